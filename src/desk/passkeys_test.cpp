// Passkeys and saved codes at the desk: what is made, shown, replayed and stolen; and sessions as a list.
#include "desk/fake_device.hpp"
#include "desk/fake_door.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace passkeys_tests {

using namespace at_the_door;  // NOLINT(google-build-using-namespace): what tests of signing in share
using domain::passkey_algorithm;
using domain::session_level;

const std::string owner = "sub-1";

struct pages : front_door {
    template <typename T, typename Call>
    result<T> told_by(request in, Call call) {
        return asked_in_a_hurry<T>(std::move(in),
                                   [&](request as, reply<T> then) { call(std::move(as), std::move(then)); });
    }

    result<passkey_wanted_view> want(request in, const std::string& whose = owner) {
        return told_by<passkey_wanted_view>(std::move(in), [&](request as, auto then) {
            at.want_passkey(std::move(as), whose, nothing{}, std::move(then));
        });
    }
    static made_passkey_body made_with(const fake_device& device, const device_says& says) {
        made_passkey_body out;
        out.place = domain::passkey_place::computer;
        out.transports = {"internal", "telepathy"};
        out.client_data = base::base64url(base::view(fake_device::client_data(says, "webauthn.create")));
        out.authenticator_data = base::base64url(device.made_data(says));
        return out;
    }
    result<told<passkey_view>> enrol(request in, made_passkey_body body, const std::string& whose = owner) {
        return told_by<told<passkey_view>>(std::move(in), [&](request as, auto then) {
            at.enrol_passkey(std::move(as), whose, std::move(body), std::move(then));
        });
    }
    device_says says(const std::string& challenge) const {
        device_says out;
        out.challenge = challenge;
        return out;
    }
    /// In a session that a code to the line has just opened.
    void has_passkey(const fake_device& device) {
        const auto in = *with_token(session(sign_in_way::line));
        const auto wanted = want(in);
        ASSERT_TRUE(wanted) << wanted.error().words;
        const auto told = enrol(in, made_with(device, says(wanted->challenge)));
        ASSERT_TRUE(told) << told.error().words;
    }
    std::string challenge() {
        const auto told = told_by<passkey_challenge_view>(
            portal(), [&](request as, auto then) { at.ask_passkey(std::move(as), nothing{}, std::move(then)); });
        return told ? told->challenge : "";
    }
    static shown_passkey_body shown_with(const fake_device& device, const device_says& says,
                                         const std::string& whose = owner) {
        shown_passkey_body out;
        out.credential = device.credential();
        out.user_handle = base::base64url(base::view(whose));
        out.client_data = base::base64url(base::view(fake_device::client_data(says, "webauthn.get")));
        out.authenticator_data = base::base64url(fake_device::shown_data(says));
        out.signature = base::base64url(device.signature(says));
        return out;
    }
    result<shown_once_told> show(shown_passkey_body body) {
        return told_by<shown_once_told>(portal(), [&](request as, auto then) {
            at.sign_in_by_passkey(std::move(as), std::move(body), std::move(then));
        });
    }
    result<shown_once_told> sign_in_with(const fake_device& device, std::uint32_t count = 0) {
        auto what = says(challenge());
        what.count = count;
        return show(shown_with(device, what));
    }
    static std::string token_in(const result<shown_once_told>& told) {
        EXPECT_TRUE(told) << told.error().words;
        return told ? std::string(boost::json::parse(told->text).at("token").as_string()) : "";
    }
    static std::string level_in(const result<shown_once_told>& told) {
        return told ? std::string(boost::json::parse(told->text).at("level").as_string()) : told.error().words;
    }
    std::vector<passkey_view> listed(const request& in) {
        const auto told = told_by<page_of<passkey_view>>(
            in, [&](request as, auto then) { at.list_passkeys(std::move(as), owner, std::move(then)); });
        EXPECT_TRUE(told);
        return told ? told->items : std::vector<passkey_view>();
    }
    code remove(request in, const std::string& which, std::optional<std::string> why = {}) {
        const auto told = told_by<done_told>(std::move(in), [&](request as, auto then) {
            at.remove_passkey(std::move(as), owner, which, looking_body{std::move(why)}, std::move(then));
        });
        return told ? code::internal : told.error().what;
    }
    std::vector<session_item> sessions(const request& in, const std::string& whose = owner) {
        const auto told = told_by<page_of<session_item>>(
            in, [&](request as, auto then) { at.list_sessions(std::move(as), whose, std::move(then)); });
        return told ? told->items : std::vector<session_item>();
    }
    result<revoked_view> end_one(request in, const std::string& print, const std::string& whose = owner) {
        return told_by<revoked_view>(std::move(in), [&](request as, auto then) {
            at.end_session(std::move(as), whose, print, nothing{}, std::move(then));
        });
    }
    std::vector<std::string> saved_codes() {
        const auto in = *with_token(session(sign_in_way::line));
        const auto told = told_by<shown_once_told>(in, [&](request as, auto then) {
            at.make_recovery_codes(std::move(as), line, recovery_codes_body{}, std::move(then));
        });
        std::vector<std::string> out;
        EXPECT_TRUE(told) << told.error().words;
        if (told)
            for (const auto& one : boost::json::parse(told->text).at("codes").as_array())
                out.emplace_back(one.as_string());
        return out;
    }
    result<shown_once_told> by_saved_code(std::string text, std::string caller = "home",
                                          const base::msisdn& number = its_number) {
        return told_by<shown_once_told>(portal(), [&](request as, auto then) {
            at.sign_in_by_saved_code(std::move(as), saved_code_body{number, std::move(text), std::move(caller)},
                                     std::move(then));
        });
    }
    request clerk() { return by({domain::role::agent, label::trusted("ann"), label::trusted("ann")}); }
};

const fake_device& a_device() {
    static const fake_device out(passkey_algorithm::es256);
    return out;
}
const fake_device& another_device() {
    static const fake_device out(passkey_algorithm::eddsa, "another credential");
    return out;
}

TEST(passkeys, one_that_was_enrolled_signs_in_weakly_and_after_a_month_fully) {
    pages of;
    of.has_passkey(a_device());
    EXPECT_EQ(of.level_in(of.sign_in_with(a_device())), "weak");
    of.clock.advance(base::days{31});
    const auto told = of.sign_in_with(a_device());
    EXPECT_EQ(of.level_in(told), "reach");
    const auto in = *of.with_token(of.token_in(told));
    const auto listed = of.listed(in);
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].place, domain::passkey_place::computer);
    EXPECT_EQ(listed[0].opens, session_level::reach);
    EXPECT_EQ(listed[0].used_at, of.clock.now());
    EXPECT_EQ(of.want(in).error().what, code::session_too_weak) << "a passkey makes no passkey";
}

TEST(passkeys, an_assertion_is_good_once_and_so_is_a_challenge) {
    pages of;
    of.has_passkey(a_device());
    const auto shown = of.shown_with(a_device(), of.says(of.challenge()));
    ASSERT_TRUE(of.show(shown));
    const auto again = of.show(shown);
    ASSERT_FALSE(again) << "replayed";
    EXPECT_EQ(again.error().what, code::otp_wrong);
    const auto old = of.challenge();
    of.clock.advance(base::minutes{10});
    EXPECT_FALSE(of.show(of.shown_with(a_device(), of.says(old))));
    auto made_up = of.challenge();
    made_up[made_up.size() / 2] = made_up[made_up.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(of.show(of.shown_with(a_device(), of.says(made_up))));
    EXPECT_FALSE(of.show(of.shown_with(a_device(), of.says("bm9uZSBvZiBvdXJz"))));
}

TEST(passkeys, whatever_is_wrong_is_one_and_the_same_refusal) {
    pages of;
    of.has_passkey(a_device());
    const auto refused = [&](auto spoil) {
        auto says = of.says(of.challenge());
        spoil(says);
        const auto told = of.show(of.shown_with(a_device(), says));
        return told ? base::error{} : told.error();
    };
    const auto no = refused([](device_says& s) { s.spoils_signature = true; });
    EXPECT_EQ(no.what, code::otp_wrong);
    EXPECT_EQ(refused([](device_says& s) { s.origin = "https://evil.example"; }), no);
    EXPECT_EQ(refused([](device_says& s) { s.party = "evil.example"; }), no);
    EXPECT_EQ(refused([](device_says& s) { s.flags = 0x01; }), no);
    EXPECT_EQ(refused([](device_says& s) { s.type = "webauthn.create"; }), no);
    for (const auto* whose : {"sub-2", "neighbour-1000", "Not A Label"})
        EXPECT_EQ(of.show(of.shown_with(a_device(), of.says(of.challenge()), whose)).error(), no) << whose;
    EXPECT_EQ(of.sign_in_with(another_device()).error(), no);
    EXPECT_EQ(of.log.text().find("credential-of-tests"), std::string::npos);
    EXPECT_TRUE(of.sign_in_with(a_device())) << "none of it keeps its owner out";
}

TEST(passkeys, are_enrolled_with_a_challenge_of_this_person_in_a_session_of_now) {
    pages of;
    const auto in = *of.with_token(of.session(sign_in_way::line));
    const auto refused = [&](const request& as, const device_says& says) {
        const auto told = of.enrol(as, pages::made_with(a_device(), says));
        return told ? code::internal : told.error().what;
    };
    EXPECT_EQ(refused(in, of.says(of.challenge())), code::otp_expired) << "that of a sign-in";
    of.neighbour(0);
    auto other = in;
    other.who.who.id = label::trusted("neighbour-1000");
    const auto theirs = of.want(other, "neighbour-1000");
    ASSERT_TRUE(theirs) << theirs.error().words;
    EXPECT_EQ(refused(in, of.says(theirs->challenge)), code::otp_expired) << "that of another person";
    EXPECT_EQ(of.want(other).error().what, code::not_found) << "of somebody else";
    auto says = of.says(of.want(in)->challenge);
    says.flags = 0x01;
    EXPECT_EQ(refused(in, says), code::invalid);
    says = of.says(of.want(in)->challenge);
    ASSERT_EQ(refused(in, says), code::internal);
    auto again = in;  // another request, not the same one sent twice
    again.once.reset();
    EXPECT_EQ(of.enrol(again, pages::made_with(another_device(), says)).error().what, code::otp_expired) << "answered";
    EXPECT_EQ(of.want(in)->known.at(0).id, a_device().credential());
    EXPECT_EQ(of.want(in)->known.at(0).transports, std::vector<std::string>{"internal"});
    EXPECT_EQ(of.want(in)->user_name, its_number.text());
    const auto late = of.want(in)->challenge;
    of.clock.advance(base::minutes{9});
    ASSERT_TRUE(of.want(in));
    of.clock.advance(base::minutes{6});
    EXPECT_EQ(of.want(in).error().what, code::session_too_weak) << "stolen later";
    EXPECT_EQ(refused(in, of.says(late)), code::otp_expired);
    const auto weak = *of.with_token(of.session(sign_in_way::mail));
    EXPECT_EQ(of.want(weak).error().what, code::session_too_weak);
    EXPECT_EQ(of.want(of.clerk()).error().what, code::forbidden);
}

TEST(passkeys, one_that_counts_backwards_is_refused_told_and_logged) {
    pages of;
    of.has_passkey(a_device());
    ASSERT_TRUE(of.sign_in_with(a_device(), 5));
    EXPECT_EQ(of.sign_in_with(a_device(), 5).error().what, code::otp_wrong);
    EXPECT_NE(of.log.text().find("passkey_doubted"), std::string::npos);
    const auto view = *of.core.read(key_of_subscriber(label::trusted(owner)));
    EXPECT_TRUE(view->subscriber().passkeys.at(0).doubted_at);
    EXPECT_TRUE(of.sign_in_with(a_device(), 6));
}

TEST(passkeys, what_a_thief_enrolled_its_owner_removes_from_a_mailbox_and_its_sessions_end) {
    pages of;
    of.has_passkey(a_device());  // the thief, with the phone
    const auto thief = of.token_in(of.sign_in_with(a_device()));
    const auto weak = *of.with_token(thief);
    EXPECT_FALSE(check_role(use::change_contacts, weak.who)) << "weak until everybody had time to mind";
    ASSERT_TRUE(of.is_in(thief));
    const auto owners = *of.with_token(of.session(sign_in_way::mail));
    ASSERT_EQ(of.listed(owners).size(), 1U);
    EXPECT_EQ(of.remove(owners, "2"), code::not_found);
    EXPECT_EQ(of.remove(owners, "1"), code::internal);
    EXPECT_FALSE(of.is_in(thief));
    EXPECT_EQ(of.sign_in_with(a_device()).error().what, code::otp_wrong);
    EXPECT_EQ(of.remove(owners, "1"), code::internal) << "once more";
    EXPECT_EQ(of.remove(of.clerk(), "1"), code::internal) << "gone, whoever asks";
}

TEST(passkeys, open_little_while_a_line_is_lost_and_their_sessions_end_with_it) {
    pages of;
    of.has_passkey(a_device());
    of.clock.advance(base::days{31});
    const auto before = of.token_in(of.sign_in_with(a_device()));
    EXPECT_EQ(of.lost(of.clerk()), code::internal);
    EXPECT_FALSE(of.is_in(before));
    EXPECT_EQ(of.level_in(of.sign_in_with(a_device())), "weak");
}

TEST(passkeys, one_that_was_new_when_a_line_was_lost_stays_weak_whatever_is_lost_later) {
    pages of;
    of.has_passkey(a_device());
    EXPECT_EQ(of.lost(of.clerk()), code::internal);
    const auto view = *of.core.read(key_of_subscriber(label::trusted(owner)));
    EXPECT_TRUE(view->subscriber().passkeys.at(0).exposed);
    of.clock.advance(base::days{31});
    EXPECT_EQ(of.lost(of.clerk()), code::internal);
    EXPECT_EQ(of.level_in(of.sign_in_with(a_device())), "weak");
}

TEST(passkeys, a_loss_while_somebody_signs_in_leaves_no_full_session) {
    pages of;
    of.has_passkey(a_device());
    of.clock.advance(base::days{31});
    bool is_lost = false;
    of.core.meanwhile = [&](const engine::submission& what) {
        const auto* command = std::get_if<domain::credential_command>(&what.what);
        if (command == nullptr || !std::holds_alternative<domain::issue_token>(*command)) return;
        if (std::exchange(is_lost, true)) return;
        EXPECT_EQ(of.lost(of.clerk()), code::internal);
    };
    EXPECT_EQ(of.sign_in_with(a_device()).error().what, code::otp_wrong);
    ASSERT_TRUE(is_lost);
    EXPECT_EQ(of.level_in(of.sign_in_with(a_device())), "weak");
}

TEST(passkeys, a_removal_while_somebody_signs_in_leaves_no_session) {
    pages of;
    of.has_passkey(a_device());
    const auto owners = *of.with_token(of.session(sign_in_way::mail));
    bool is_removed = false;
    of.core.meanwhile = [&](const engine::submission& what) {
        const auto* command = std::get_if<domain::credential_command>(&what.what);
        if (command == nullptr || !std::holds_alternative<domain::issue_token>(*command)) return;
        if (std::exchange(is_removed, true)) return;
        EXPECT_EQ(of.remove(owners, "1"), code::internal);
    };
    EXPECT_EQ(of.sign_in_with(a_device()).error().what, code::otp_wrong);
    ASSERT_TRUE(is_removed);
    const auto left = of.sessions(owners);
    EXPECT_TRUE(std::ranges::none_of(left, [](const session_item& one) { return one.passkey.has_value(); }));
}

TEST(passkeys, without_a_portal_there_are_none) {
    pages of;
    const auto in = *of.with_token(of.session(sign_in_way::line));
    desk without(of.stood_on());
    const auto told = of.told_by<passkey_wanted_view>(
        in, [&](request as, auto then) { without.want_passkey(std::move(as), owner, nothing{}, std::move(then)); });
    EXPECT_EQ(told.error().what, code::not_found);
}

TEST(saved_codes, open_a_weak_session_once_and_are_counted_by_caller_alone) {
    pages of;
    const auto codes = of.saved_codes();
    ASSERT_EQ(codes.size(), 8U);
    const auto told = of.by_saved_code(codes[0]);
    EXPECT_EQ(of.level_in(told), "weak");
    const auto in = *of.with_token(of.token_in(told));
    EXPECT_EQ(in.who.way, sign_in_way::saved_code);
    const auto no = of.by_saved_code(codes[0]).error();
    EXPECT_EQ(no.what, code::otp_wrong) << "used up";
    EXPECT_EQ(of.by_saved_code(codes[1], "home", nobodys_number).error(), no);
    EXPECT_EQ(of.by_saved_code("short").error().what, code::invalid);
    const auto before = (*of.core.read(key_of_subscriber(label::trusted(owner))))->version;
    for (int i = 0; i < 12; ++i) EXPECT_EQ(of.by_saved_code("0000-0000-0000-0000", "stranger").error(), no);
    EXPECT_EQ((*of.core.read(key_of_subscriber(label::trusted(owner))))->version, before) << "nobody writes there";
    EXPECT_EQ(of.by_saved_code(codes[1], "stranger").error(), no) << "that one is locked out";
    EXPECT_EQ(of.level_in(of.by_saved_code(codes[1])), "weak") << "and nobody else";
    EXPECT_EQ(of.by_saved_code(codes[1], "elsewhere").error(), no);
}

TEST(sessions, are_listed_with_what_opened_them_and_ended_one_by_one) {
    pages of;
    of.has_passkey(a_device());
    of.clock.advance(base::minutes{2});
    const auto by_mail = of.session(sign_in_way::mail);
    of.clock.advance(base::minutes{1});
    const auto by_passkey = of.token_in(of.sign_in_with(a_device()));
    auto mine = *of.with_token(by_mail);
    mine.once.reset();  // each is a request of its own
    const auto all = of.sessions(mine);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].way, sign_in_way::passkey);
    EXPECT_EQ(all[0].passkey, 1);
    EXPECT_EQ(all[1].way, sign_in_way::mail);
    EXPECT_TRUE(all[1].own && !all[0].own);
    EXPECT_EQ(all[2].way, sign_in_way::line);
    EXPECT_EQ(all[2].number, its_number);
    EXPECT_EQ(all[2].level, session_level::reach);
    EXPECT_EQ(all[0].print.find(of.secrets.keyed_digest("token", "", by_passkey)), std::string::npos);
    EXPECT_EQ(of.end_one(mine, all[0].print)->revoked, 1);
    EXPECT_FALSE(of.is_in(by_passkey));
    EXPECT_EQ(of.end_one(mine, all[0].print)->revoked, 0);
    EXPECT_EQ(of.end_one(mine, "nothing")->revoked, 0);
    of.neighbour(0);
    auto other = mine;
    other.who.who.id = label::trusted("neighbour-1000");
    EXPECT_EQ(of.end_one(other, all[1].print).error().what, code::not_found);
    EXPECT_EQ(of.end_one(other, all[1].print, "neighbour-1000")->revoked, 0) << "another's print, in their own";
    EXPECT_TRUE(of.sessions(other).empty());
    EXPECT_TRUE(of.is_in(by_mail));
}

}  // namespace passkeys_tests
}  // namespace
}  // namespace keepline::desk
