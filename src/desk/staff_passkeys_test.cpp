// Passkeys of staff at the desk: what is made, shown, replayed, stolen, and taken to another door.
#include "desk/fake_counter.hpp"
#include "desk/fake_device.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace staff_passkeys_tests {

using namespace at_the_counter;  // NOLINT(google-build-using-namespace): what tests of staff signing in share

const fake_device& a_device() {
    static const fake_device out(domain::passkey_algorithm::es256);
    return out;
}
const fake_device& another_device() {
    static const fake_device out(domain::passkey_algorithm::eddsa, "another credential");
    return out;
}

/// Cleo, signed in with password and code, and her browser.
struct console_of_cleo : staff_counter {
    console_of_cleo() {
        const auto in = enter("cleo", good_password, code_now(secret));
        EXPECT_TRUE(in) << in.error().words;
        token = in ? in->token : "";
        passes(base::minutes{1});
    }
    request with_session(const std::string& of) {
        auto out = by({domain::role::reviewer, label::trusted("cleo"), label::trusted("cleo")});
        const auto who = at.admit_session(of, "peer");
        EXPECT_TRUE(who) << who.error().words;
        if (who) out.who = *who;
        return out;
    }
    static device_says says(const std::string& challenge, std::uint32_t count = 0) {
        device_says out;
        out.origin = "http://localhost:8091";
        out.challenge = challenge;
        out.count = count;
        return out;
    }
    result<passkey_wanted_view> want(request in) {
        return told_by<passkey_wanted_view>(
            std::move(in), [&](request as, auto then) { at.want_staff_passkey(std::move(as), nothing{}, then); });
    }
    static made_passkey_body made_with(const fake_device& device, const device_says& what) {
        made_passkey_body out;
        out.place = domain::passkey_place::computer;
        out.transports = {"internal", "telepathy"};
        out.client_data = base::base64url(base::view(fake_device::client_data(what, "webauthn.create")));
        out.authenticator_data = base::base64url(device.made_data(what));
        return out;
    }
    result<told<staff_passkey_view>> enrol(request in, made_passkey_body made, std::string password, std::string totp) {
        return told_by<told<staff_passkey_view>>(std::move(in), [&](request as, auto then) {
            at.enrol_staff_passkey(std::move(as),
                                   staff_passkey_body{std::move(made), std::move(password), std::move(totp)}, then);
        });
    }
    result<told<staff_passkey_view>> enrol(const fake_device& device, std::string password = good_password) {
        const auto wanted = want(with_session(token));
        if (!wanted) return std::unexpected(wanted.error());
        return enrol(with_session(token), made_with(device, says(wanted->challenge)), std::move(password),
                     code_now(secret));
    }
    std::string challenge() {
        const auto told = told_by<passkey_challenge_view>(
            stranger(), [&](request as, auto then) { at.ask_staff_passkey(std::move(as), nothing{}, then); });
        EXPECT_TRUE(told);
        return told ? told->challenge : "";
    }
    static shown_passkey_body shown_with(const fake_device& device, const device_says& what,
                                         const std::string& handle = "staff:cleo") {
        shown_passkey_body out;
        out.credential = device.credential();
        out.user_handle = base::base64url(base::view(handle));
        out.client_data = base::base64url(base::view(fake_device::client_data(what, "webauthn.get")));
        out.authenticator_data = base::base64url(fake_device::shown_data(what));
        out.signature = base::base64url(device.signature(what));
        return out;
    }
    result<staff_entered> show(shown_passkey_body body, const std::string& from = "elsewhere") {
        return told_by<staff_entered>(stranger(), [&](request as, auto then) {
            at.sign_in_by_staff_passkey(std::move(as), from, std::move(body), then);
        });
    }
    result<staff_entered> sign_in_with(const fake_device& device, std::uint32_t count = 0) {
        return show(shown_with(device, says(challenge(), count)));
    }
    std::vector<staff_passkey_view> listed(const std::string& session) {
        const auto told = told_by<page_of<staff_passkey_view>>(
            with_session(session), [&](request as, auto then) { at.list_staff_passkeys(std::move(as), then); });
        EXPECT_TRUE(told);
        return told ? told->items : std::vector<staff_passkey_view>();
    }

    std::string secret = reviewer("cleo");
    std::string token;
};

code what(const auto& told) { return told ? code::internal : told.error().what; }

TEST(staff_passkeys, one_that_was_made_with_password_and_code_signs_in_without_them) {
    console_of_cleo of;
    const auto made = of.enrol(a_device());
    ASSERT_TRUE(made) << made.error().words;
    const auto in = of.sign_in_with(a_device());
    ASSERT_TRUE(in) << in.error().words;
    EXPECT_EQ(in->is.name.text(), "cleo");
    EXPECT_EQ(in->is.role, domain::role::reviewer);
    const auto who = of.at.admit_session(in->token, "peer");
    ASSERT_TRUE(who) << who.error().words;
    EXPECT_EQ(who->who.kin, std::vector{label::trusted("ada")}) << "who saw the invitation, as by password";
    const auto all = of.listed(in->token);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].used_at);
    const auto sessions = of.told_by<page_of<staff_session_item>>(
        of.with_session(of.token), [&](request as, auto then) { of.at.list_staff_sessions(std::move(as), then); });
    ASSERT_TRUE(sessions);
    const auto by_it = std::ranges::count_if(sessions->items, [](const auto& one) { return one.passkey == 1; });
    EXPECT_EQ(by_it, 1) << "seen in another browser";
}

TEST(staff_passkeys, a_session_alone_makes_none_and_tries_end) {
    console_of_cleo of;
    for (int n = 0; n < 9; ++n) EXPECT_EQ(what(of.enrol(a_device(), "a guess at it")), code::otp_wrong) << n;
    const auto wanted = of.want(of.with_session(of.token));
    ASSERT_TRUE(wanted);
    const auto made = of.made_with(a_device(), of.says(wanted->challenge));
    EXPECT_EQ(what(of.enrol(of.with_session(of.token), made, good_password, "000000")), code::otp_wrong);
    EXPECT_EQ(what(of.enrol(a_device())), code::too_many) << "a right one, too";
    EXPECT_TRUE(of.listed(of.token).empty());
    EXPECT_TRUE(of.enter("cleo", good_password, of.code_now(of.secret), "elsewhere")) << "signing in is counted apart";
}

TEST(staff_passkeys, a_code_is_good_once_for_one_thing) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    EXPECT_EQ(what(of.enrol(another_device())), code::otp_wrong) << "of the same half minute";
    EXPECT_EQ(what(of.enter("cleo", good_password, of.code_now(of.secret))), code::unauthenticated);
}

TEST(staff_passkeys, none_makes_the_next_nor_does_a_token) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    const auto in = of.sign_in_with(a_device());
    ASSERT_TRUE(in);
    EXPECT_EQ(what(of.want(of.with_session(in->token))), code::evidence_too_weak);
    EXPECT_NE(what(of.want(of.by(ada))), code::internal);
}

TEST(staff_passkeys, what_is_wrong_with_one_is_answered_alike) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    auto not_verified = of.says(of.challenge());
    not_verified.flags = 0x01;
    auto other_page = of.says(of.challenge());
    other_page.origin = "http://localhost:8090";
    auto spoilt = of.says(of.challenge());
    spoilt.spoils_signature = true;
    const auto good = of.says(of.challenge());
    std::vector<result<staff_entered>> all;
    all.push_back(of.show(of.shown_with(a_device(), not_verified)));
    all.push_back(of.show(of.shown_with(a_device(), other_page)));
    all.push_back(of.show(of.shown_with(a_device(), spoilt)));
    all.push_back(of.show(of.shown_with(another_device(), good)));
    all.push_back(of.show(of.shown_with(a_device(), good, "staff:dora")));
    all.push_back(of.show(of.shown_with(a_device(), good, "cleo")));
    for (const auto& one : all) {
        ASSERT_FALSE(one);
        EXPECT_EQ(one.error().what, code::unauthenticated);
        EXPECT_EQ(one.error().words, all[0].error().words);
    }
    ASSERT_TRUE(of.show(of.shown_with(a_device(), good)));
    EXPECT_FALSE(of.show(of.shown_with(a_device(), good))) << "a challenge is answered once";
}

TEST(staff_passkeys, a_challenge_serves_one_purpose_one_person_and_one_door) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    of.passes(base::minutes{1});
    const auto to_sign_in = of.challenge();
    EXPECT_EQ(what(of.enrol(of.with_session(of.token), of.made_with(another_device(), of.says(to_sign_in)),
                            good_password, of.code_now(of.secret))),
              code::otp_expired);
    const auto to_enrol = of.want(of.with_session(of.token));
    ASSERT_TRUE(to_enrol);
    EXPECT_FALSE(of.show(of.shown_with(a_device(), of.says(to_enrol->challenge))));
    const auto of_portal = of.told_by<passkey_challenge_view>(
        of.portal(), [&](request as, auto then) { of.at.ask_passkey(std::move(as), nothing{}, then); });
    ASSERT_TRUE(of_portal);
    EXPECT_FALSE(of.show(of.shown_with(a_device(), of.says(of_portal->challenge))));
    auto at_portal = of.says(of.challenge());
    at_portal.origin = "http://localhost:8090";
    EXPECT_FALSE(of.told_by<shown_once_told>(of.portal(), [&](request as, auto then) {
        of.at.sign_in_by_passkey(std::move(as), of.shown_with(a_device(), at_portal), then);
    })) << "nor the staff's at the portal";
}

TEST(staff_passkeys, a_copy_opens_nothing_and_is_said) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    ASSERT_TRUE(of.sign_in_with(a_device(), 7));
    EXPECT_EQ(what(of.sign_in_with(a_device(), 7)), code::unauthenticated);
    EXPECT_NE(of.log.text().find("staff_passkey_doubted"), std::string::npos);
    const auto all = of.listed(of.token);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].doubted_at);
}

TEST(staff_passkeys, wrong_ones_are_so_many_and_keep_nobody_from_their_password) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    of.passes(base::minutes{1});
    const auto wrong = of.shown_with(another_device(), of.says(of.challenge()));
    for (int n = 0; n < 200; ++n) EXPECT_EQ(what(of.show(wrong, "far away")), code::unauthenticated) << n;
    EXPECT_EQ(what(of.show(of.shown_with(a_device(), of.says(of.challenge())), "far away")), code::too_many);
    EXPECT_TRUE(of.show(of.shown_with(a_device(), of.says(of.challenge())), "elsewhere"));
    EXPECT_TRUE(of.enter("cleo", good_password, of.code_now(of.secret), "far away"));
}

TEST(staff_passkeys, one_ends_with_the_account_with_a_restore_and_by_its_holder) {
    console_of_cleo of;
    ASSERT_TRUE(of.enrol(a_device()));
    const auto in = of.sign_in_with(a_device());
    ASSERT_TRUE(in);
    const auto removed = of.told_by<done_told>(of.with_session(of.token), [&](request as, auto then) {
        of.at.remove_staff_passkey(std::move(as), "1", nothing{}, then);
    });
    ASSERT_TRUE(removed) << removed.error().words;
    EXPECT_FALSE(of.at.admit_session(in->token, "peer")) << "its session went with it";
    EXPECT_EQ(what(of.sign_in_with(a_device())), code::unauthenticated);

    of.passes(base::minutes{1});
    ASSERT_TRUE(of.enrol(another_device()));
    ASSERT_TRUE(of.sign_in_with(another_device()));
    ASSERT_TRUE(of.told_by<staff_account_view>(of.by(ada), [&](request as, auto then) {
        of.at.disable_account(std::move(as), "cleo", reason_body{"the laptop is gone"}, then);
    }));
    EXPECT_EQ(what(of.sign_in_with(another_device())), code::unauthenticated);

    console_of_cleo other;
    ASSERT_TRUE(other.enrol(a_device()));
    ASSERT_TRUE(other.tokens.revoke(false, "cleo", other.clock.now()));  // as a restore does it in the table of tokens
    EXPECT_EQ(what(other.sign_in_with(a_device())), code::unauthenticated);
}

}  // namespace staff_passkeys_tests
}  // namespace
}  // namespace keepline::desk
