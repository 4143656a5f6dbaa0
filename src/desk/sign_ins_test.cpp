// Signing in with a code, at the desk: what a stranger learns, what each session may, and when it ends.
#include "desk/desk.hpp"
#include "desk/fake_ground.hpp"
#include "desk/sign_in_name.hpp"
#include "desk/waiting.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace sign_ins_tests {

using base::code;
using domain::session_level;

const base::msisdn its_number = base::msisdn::trusted("+8613800138000");
const base::msisdn nobodys_number = base::msisdn::trusted("+8613900139000");

void take_in(engine::fake_front& core, port::stream_key to, engine::any_command what,
             std::optional<domain::reservation> reserved = {}) {
    engine::submission out;
    out.to = std::move(to);
    out.what = std::move(what);
    out.by = {domain::role::system, label::trusted("bss")};
    out.must_exist = false;
    out.reserved = reserved;
    core.submit(std::move(out), [](const result<engine::answer>& done) { ASSERT_TRUE(done) << done.error().words; });
}

/// Waits for nothing but work.
class hurried final : public executor {
 public:
    void run(std::function<void()> work) override { inner_.run(std::move(work)); }
    void run_after(std::chrono::milliseconds, std::function<void()> work) override { inner_.run(std::move(work)); }
    void run_one() { inner_.run_one(); }

 private:
    waiting inner_;
};
template <typename T, typename Ask>
result<T> asked_in_a_hurry(request in, Ask ask) {
    const auto own = std::make_shared<hurried>();
    in.where = own;
    const auto answer = std::make_shared<std::optional<result<T>>>();
    ask(std::move(in), reply<T>([answer](result<T> told) { *answer = std::move(told); }));
    while (!*answer) own->run_one();
    return std::move(**answer);
}

/// Somebody with a line and a mailbox; a portal; and the tokens as the journal has them.
struct front_door : fake_ground {
    front_door() {
        take_in(core, key_of_subscriber(label::trusted("sub-1")), domain::subscriber_command(person()));
        take_in(core, key_of_subscriber(label::trusted("sub-1")),
                domain::subscriber_command(domain::attach_number{its_number}));
        take_in(core, key_of_number(its_number), domain::number_command(imported()),
                domain::reservation{1, clock.now() + base::minutes{5}});
        line = (*core.read(key_of_number(its_number)))->public_id;
        port::person known;
        known.contacts.push_back({label::trusted("m1"), domain::medium::mail, "w@example.com"});
        engine::submission seals;
        seals.to = key_of_subscriber(label::trusted("sub-1"));
        seals.what = domain::subscriber_command(domain::attach_number{base::msisdn::trusted("+8613800138009")});
        seals.by = {domain::role::system, label::trusted("bss")};
        seals.vault.push_back(*vault.seal("sub-1", port::person_kind, base::to_json(known)));
        core.submit(std::move(seals), [](const result<engine::answer>& done) { ASSERT_TRUE(done); });
    }
    static domain::register_subscriber person() {
        domain::register_subscriber out;
        out.id = label::trusted("sub-1");
        out.language = "en";
        domain::contact_ref mail{label::trusted("m1"), domain::medium::mail, true, {}, {}, {}, {}};
        out.contacts.push_back(std::move(mail));
        return out;
    }
    static domain::import_line imported() {
        domain::import_line out;
        out.order.number = its_number;
        out.order.subscriber = label::trusted("sub-1");
        out.order.policy = "cn";
        out.order.language = "en";
        out.order.refund_account = "account-1";
        domain::new_profile profile;
        profile.iccid = base::iccid::trusted("89860012345678901238");
        profile.imsi = base::imsi::trusted("460001234567890");
        profile.state = domain::profile_state::enabled;
        out.order.profiles = {profile};
        out.since = *base::instant_from_iso("2020-01-01T00:00:00Z");
        out.valid_until = *base::instant_from_iso("2027-06-01T00:00:00Z");
        out.balance = base::money{1'250, "CNY"};
        return out;
    }
    parts with_register() {
        auto out = stood_on();
        out.tokens = &journalled;
        return out;
    }

    request portal() { return by({domain::role::portal, label::trusted("portal")}); }
    request by(domain::actor who) {
        request in;
        in.who.channels = every_channel(who.as);
        in.through = in.who.channels.empty() ? domain::channel::staff : in.who.channels.front();
        in.who.who = std::move(who);
        in.correlation = "test-1";
        engine::idempotency once;
        once.key[0] = ++keys_;
        in.once = once;
        return in;
    }
    /// What whoever sends this token may.
    result<request> with_token(const std::string& token) {
        TRY(who, at.admit("Bearer " + token, "peer"));
        auto out = by(who.who);
        out.who = std::move(who);
        return out;
    }

    result<sign_in_told> ask_by(request in, sign_in_body body) {
        return asked_in_a_hurry<sign_in_told>(std::move(in), [&](request as, reply<sign_in_told> then) {
            at.ask_sign_in(std::move(as), std::move(body), std::move(then));
        });
    }
    /// Another person with a line and a mailbox; their number.
    base::msisdn neighbour(int n) {
        const auto text = std::to_string(1'000 + n);
        const auto id = label::trusted("neighbour-" + text);
        const auto number = base::msisdn::trusted("+861370013" + text);
        auto who = person();
        who.id = id;
        auto has = imported();
        has.order.number = number;
        has.order.subscriber = id;
        has.order.profiles[0].iccid = base::iccid::trusted("898600123456780" + text + "0");
        has.order.profiles[0].imsi = base::imsi::trusted("46000123457" + text);
        take_in(core, key_of_subscriber(id), domain::subscriber_command(std::move(who)));
        take_in(core, key_of_subscriber(id), domain::subscriber_command(domain::attach_number{number}));
        take_in(core, key_of_number(number), domain::number_command(std::move(has)),
                domain::reservation{1, clock.now() + base::minutes{5}});
        return number;
    }
    result<sign_in_told> ask(sign_in_way how, std::string caller = "home", base::msisdn number = its_number) {
        return ask_by(portal(), {std::move(number), how, std::move(caller)});
    }
    result<shown_once_told> answer_by(request in, const std::string& sign_in, std::string digits) {
        return asked_in_a_hurry<shown_once_told>(std::move(in), [&](request as, reply<shown_once_told> then) {
            at.answer_sign_in(std::move(as), sign_in, code_body{std::move(digits)}, std::move(then));
        });
    }
    std::string right_code(const std::string& sign_in) {
        const auto name = unsealed(secrets, sign_in);
        return secrets.otp_code(port::sign_in_scope("sub-1"), name ? name->nonce : "");
    }
    static std::string wrong_code(const std::string& right) { return right == "00000000" ? "00000001" : "00000000"; }
    boost::json::object signed_in(sign_in_way how) {
        const auto asked = ask(how);
        EXPECT_TRUE(asked);
        const auto told = answer_by(portal(), asked->id, right_code(asked->id));
        EXPECT_TRUE(told) << told.error().words;
        return told ? boost::json::parse(told->text).as_object() : boost::json::object();
    }
    std::string session(sign_in_way how) { return std::string(signed_in(how).at("token").as_string()); }
    std::size_t codes_sent() {
        std::size_t out = 0;
        const auto view = *core.read(key_of_subscriber(label::trusted("sub-1")));
        for (const auto& door : view->subscriber().sign_in_doors) out += door.codes.size();
        return out;
    }
    code lost(request in) {
        const auto told = asked_in_a_hurry<line_told>(std::move(in), [&](request as, reply<line_told> then) {
            at.lock_lost(std::move(as), line, lost_body{}, std::move(then));
        });
        return told ? code::internal : told.error().what;
    }
    code change_contacts(request in, const char* id) {
        contacts_body body;
        contact_body mail;
        mail.id = label::trusted(id);
        mail.by = domain::medium::mail;
        mail.address = std::string(id) + "@example.com";
        body.contacts = {mail};
        const auto told =
            asked_in_a_hurry<told_subscriber>(std::move(in), [&](request as, reply<told_subscriber> then) {
                at.change_contacts(std::move(as), "sub-1", std::move(body), std::move(then));
            });
        return told ? code::internal : told.error().what;
    }
    bool is_in(const std::string& token) { return at.admit("Bearer " + token, "peer").has_value(); }

    using told_subscriber = told<subscriber_view>;
    token_register journalled{
        tokens,
        {[this](const port::stream_key& key) { return core.read(key); },
         [this](engine::submission what, engine::reply then) { core.submit(std::move(what), std::move(then)); }},
        clock,
        log,
        {}};
    desk at{with_register()};
    std::string line;
    std::uint8_t keys_ = 0;
};

TEST(sign_ins, a_code_to_the_line_opens_a_full_session_and_one_by_mail_a_weak_one) {
    front_door of;
    const auto full = of.signed_in(sign_in_way::line);
    EXPECT_EQ(full.at("level").as_string(), "reach");
    EXPECT_EQ(full.at("id").as_string(), "sub-1");
    EXPECT_TRUE(full.contains("expires_at"));
    EXPECT_EQ(of.with_token(std::string(full.at("token").as_string()))->who.level, session_level::reach);
    const auto weak = of.signed_in(sign_in_way::mail);
    EXPECT_EQ(weak.at("level").as_string(), "weak");
    EXPECT_EQ(of.with_token(std::string(weak.at("token").as_string()))->who.level, session_level::weak);
}

TEST(sign_ins, a_retry_sees_the_same_and_a_code_is_good_once) {
    front_door of;
    const auto first = of.portal();
    const auto asked = of.ask_by(first, {its_number, sign_in_way::line, "home"});
    ASSERT_TRUE(asked);
    EXPECT_EQ(of.ask_by(first, {its_number, sign_in_way::line, "home"})->id, asked->id);
    EXPECT_EQ(of.codes_sent(), 1U);
    const auto second = of.portal();
    const auto told = of.answer_by(second, asked->id, of.right_code(asked->id));
    ASSERT_TRUE(told);
    EXPECT_EQ(of.answer_by(second, asked->id, of.right_code(asked->id))->text, told->text);
    EXPECT_EQ(of.answer_by(of.portal(), asked->id, of.right_code(asked->id)).error().what, code::otp_wrong);
}

TEST(sign_ins, nothing_tells_whether_a_number_is_ours_locked_or_asked_for_too_often) {
    front_door of;
    const auto known = of.ask(sign_in_way::line);
    ASSERT_TRUE(known);
    std::vector<result<sign_in_told>> others;
    others.push_back(of.ask(sign_in_way::line));  // a moment ago
    others.push_back(of.ask(sign_in_way::line, "home", nobodys_number));
    others.push_back(of.ask(sign_in_way::mail, "home", nobodys_number));
    EXPECT_EQ(of.lost(of.by({domain::role::agent, label::trusted("ann"), label::trusted("ann")})), code::internal);
    others.push_back(of.ask(sign_in_way::line, "elsewhere"));
    EXPECT_EQ(of.codes_sent(), 1U);
    const auto no = of.answer_by(of.portal(), known->id, of.wrong_code(of.right_code(known->id))).error();
    EXPECT_EQ(no.what, code::otp_wrong);
    for (const auto& one : others) {
        ASSERT_TRUE(one);
        EXPECT_EQ(one->id.size(), known->id.size());
        EXPECT_EQ(one->id.find(its_number.text().substr(1)), std::string::npos);
        EXPECT_EQ(one->expires_at, known->expires_at);
        EXPECT_EQ(of.answer_by(of.portal(), one->id, of.right_code(one->id)).error(), no);
    }
    EXPECT_EQ(of.answer_by(of.portal(), known->id, of.right_code(known->id)).error(), no) << "lost meanwhile";
    for (const auto* id : {"", "nothing", "../sub-1"}) EXPECT_EQ(of.answer_by(of.portal(), id, "12345678").error(), no);
    EXPECT_EQ(of.answer_by(of.portal(), known->id, "1234").error().what, code::invalid);
}

TEST(sign_ins, a_name_that_was_changed_is_none_and_one_of_an_older_secret_is_read) {
    const auto old_key = base::sha256(base::view("old"));
    const auto new_key = base::sha256(base::view("new"));
    const port::secrets before(old_key);
    const sign_in_name name{sign_in_way::mail, base::msisdn::trusted("+861380013800012"), "abcdefghijklmnop"};
    const auto text = sealed(before, name);
    EXPECT_EQ(unsealed(before, text), name);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto other = text;
        other[i] = other[i] == '0' ? '1' : '0';
        EXPECT_NE(unsealed(before, other), name) << i;
        EXPECT_EQ(unsealed(before, other), std::nullopt) << i;
    }
    port::secrets::generations both;
    both.emplace_back(base::byte_view(new_key));
    both.emplace_back(base::byte_view(old_key));
    EXPECT_EQ(unsealed(port::secrets(std::move(both)), text), name);
    EXPECT_EQ(unsealed(port::secrets(new_key), text), std::nullopt);
}

TEST(sign_ins, only_a_portal_signs_anybody_in) {
    front_door of;
    using enum domain::role;
    for (const auto as : {subscriber, agent, reviewer, admin, domain::role::system}) {
        const auto in = of.by({as, label::trusted("sub-1"), {}});
        EXPECT_EQ(of.ask_by(in, {its_number, sign_in_way::line, {}}).error().what, code::forbidden);
        EXPECT_EQ(of.answer_by(in, "x", "12345678").error().what, code::forbidden);
    }
}

TEST(sign_ins, a_weak_session_looks_and_stops_and_is_told_what_else_would_need) {
    front_door of;
    const auto weak = *of.with_token(of.session(sign_in_way::mail));
    for (const auto& one : {use::read_line, use::read_closure, use::read_history, use::lock_lost, use::withdraw_closure,
                            use::repudiate_closure, use::object_to_representative, use::stop_disclosure,
                            use::end_sessions, use::who_am_i, use::read_certificate})
        EXPECT_TRUE(check_role(one, weak.who)) << one.name;
    for (const auto& one :
         {use::open_closure, use::submit_closure, use::change_contacts, use::name_account, use::read_person,
          use::list_line_profiles, use::activation_code_svg, use::make_recovery_codes, use::declare_found,
          use::ask_disclosure, use::request_otp, use::set_customer_lock, use::end_representation, use::drop_erasure}) {
        const auto no = check_role(one, weak.who);
        ASSERT_FALSE(no) << one.name;
        EXPECT_EQ(no.error().what, code::session_too_weak);
        EXPECT_EQ(no.error().data.back().value, "reach");
    }
    EXPECT_EQ(of.change_contacts(weak, "m2"), code::session_too_weak);
}

TEST(sign_ins, a_lost_line_ends_what_its_codes_opened) {
    front_door of;
    const auto by_line = of.session(sign_in_way::line);
    const auto by_mail = of.session(sign_in_way::mail);
    ASSERT_TRUE(of.is_in(by_line));
    EXPECT_EQ(of.lost(*of.with_token(by_mail)), code::internal);
    EXPECT_FALSE(of.is_in(by_line));
    EXPECT_TRUE(of.is_in(by_mail));
}

TEST(sign_ins, changed_contact_points_end_every_session_but_that_in_which_they_were_changed) {
    front_door of;
    const auto first = of.session(sign_in_way::line);
    of.clock.advance(base::minutes{2});
    const auto second = of.session(sign_in_way::line);
    EXPECT_EQ(of.change_contacts(*of.with_token(second), "m2"), code::internal);
    EXPECT_FALSE(of.is_in(first));
    EXPECT_TRUE(of.is_in(second));
    EXPECT_EQ(of.change_contacts(of.by({domain::role::system, label::trusted("bss")}), "m3"), code::internal);
    EXPECT_FALSE(of.is_in(second));
}

TEST(sign_ins, one_caller_is_answered_as_before_when_nothing_is_sent_any_more) {
    front_door of;
    for (int i = 0; i < 1000; ++i) {
        const auto number = base::msisdn::trusted("+86139001" + std::to_string(10'000 + i));
        if (i % 40 == 0) of.clock.advance(base::minutes{1});
        ASSERT_TRUE(of.ask_by(of.portal(), {number, sign_in_way::line, "scanner"}));
    }
    EXPECT_TRUE(of.ask(sign_in_way::line, "scanner"));
    EXPECT_EQ(of.codes_sent(), 0U);
    EXPECT_TRUE(of.ask(sign_in_way::line, "home"));
    EXPECT_EQ(of.codes_sent(), 1U);
}

TEST(sign_ins, an_owner_is_not_counted_where_they_signed_in_before) {
    front_door of;
    of.session(sign_in_way::line);
    for (int i = 0; i < 1000; ++i) {
        const auto number = base::msisdn::trusted("+86139001" + std::to_string(10'000 + i));
        if (i % 40 == 0) of.clock.advance(base::minutes{1});
        ASSERT_TRUE(of.ask_by(of.portal(), {number, sign_in_way::line, "home"}));
    }
    const auto sent = of.codes_sent();
    EXPECT_TRUE(of.ask(sign_in_way::line, "home"));
    EXPECT_EQ(of.codes_sent(), sent + 1) << "whoever shares their address used it up for strangers alone";
}

TEST(sign_ins, strangers_keep_nobody_out_who_signed_in_from_there_before) {
    front_door of;
    of.session(sign_in_way::line);
    for (int i = 0; i < 61; ++i) {
        of.clock.advance(base::seconds{5});
        ASSERT_TRUE(of.ask(sign_in_way::line, "stranger-" + std::to_string(i)));
    }
    const auto sent = of.codes_sent();
    EXPECT_EQ(sent, 10U) << "nine, and the one with which the owner first came";
    EXPECT_TRUE(of.ask(sign_in_way::line, "home"));
    EXPECT_TRUE(of.ask(sign_in_way::mail, "home"));
    EXPECT_EQ(of.codes_sent(), sent + 2);
}

TEST(sign_ins, who_asks_again_within_the_gap_gets_the_sign_in_whose_code_is_on_its_way) {
    front_door of;
    const auto first = of.ask(sign_in_way::line);
    ASSERT_TRUE(first);
    of.clock.advance(base::seconds{30});
    EXPECT_EQ(of.ask(sign_in_way::line)->id, first->id);
    EXPECT_NE(of.ask(sign_in_way::line, "elsewhere")->id, first->id);
    EXPECT_NE(of.ask(sign_in_way::mail)->id, first->id);
    const auto nobodys = of.ask(sign_in_way::line, "home", nobodys_number);
    of.clock.advance(base::seconds{29});
    EXPECT_EQ(of.ask(sign_in_way::line, "home", nobodys_number)->id, nobodys->id)
        << "whether the number is ours or not";
    EXPECT_EQ(of.ask(sign_in_way::line)->id, first->id);
    EXPECT_TRUE(of.answer_by(of.portal(), first->id, of.right_code(first->id)));
    of.clock.advance(base::minutes{1});
    EXPECT_NE(of.ask(sign_in_way::line)->id, first->id);
    EXPECT_NE(of.ask(sign_in_way::line, "home", nobodys_number)->id, nobodys->id);
}

TEST(sign_ins, strangers_of_everybody_have_so_many_codes_an_hour_and_a_warning_is_logged) {
    front_door of;
    of.session(sign_in_way::line);
    const auto ask = [&](const base::msisdn& number, sign_in_way how, const std::string& caller) {
        auto in = of.portal();
        in.once.reset();
        ASSERT_TRUE(of.ask_by(std::move(in), {number, how, caller}));
    };
    for (int n = 0; n < 250; ++n) {
        const auto number = of.neighbour(n);
        for (int i = 0; i < 10; ++i)
            for (const auto how : {sign_in_way::line, sign_in_way::mail})
                if (n + i > 0) ask(number, how, "stranger-" + std::to_string(n) + "-" + std::to_string(i));
    }
    EXPECT_EQ(of.log.text().find("sign_in_codes_stopped"), std::string::npos);
    of.clock.advance(base::minutes{2});
    const auto sent = of.codes_sent();
    ask(its_number, sign_in_way::line, "stranger");
    EXPECT_EQ(of.codes_sent(), sent + 1) << "with that of the session, the 5000th";
    ask(its_number, sign_in_way::line, "another");
    ask(its_number, sign_in_way::line, "a third");
    EXPECT_EQ(of.codes_sent(), sent + 1);
    ask(its_number, sign_in_way::line, "home");
    EXPECT_EQ(of.codes_sent(), sent + 2) << "where the owner signed in before";
    const auto logged = of.log.text();
    const auto found = logged.find("sign_in_codes_stopped");
    ASSERT_NE(found, std::string::npos);
    EXPECT_EQ(logged.find("sign_in_codes_stopped", found + 1), std::string::npos) << "once an hour";
    of.clock.advance(base::minutes{60});
    ask(its_number, sign_in_way::line, "another");
    EXPECT_EQ(of.codes_sent(), sent + 3);
}

TEST(sign_ins, a_line_that_is_lost_while_its_code_is_shown_opens_no_session) {
    front_door of;
    const auto asked = of.ask(sign_in_way::line);
    ASSERT_TRUE(asked);
    bool is_lost = false;
    of.core.meanwhile = [&](const engine::submission& what) {
        const auto* command = std::get_if<domain::credential_command>(&what.what);
        if (command == nullptr || !std::holds_alternative<domain::issue_token>(*command)) return;
        if (std::exchange(is_lost, true)) return;
        EXPECT_EQ(of.lost(of.by({domain::role::agent, label::trusted("ann"), label::trusted("ann")})), code::internal);
    };
    const auto told = of.answer_by(of.portal(), asked->id, of.right_code(asked->id));
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().what, code::otp_wrong);
    ASSERT_TRUE(is_lost);
    const auto theirs = *of.core.read(credential_stream(domain::role::subscriber, label::trusted("sub-1")));
    for (const auto& one : theirs->credential().tokens)
        EXPECT_EQ(domain::token_in_force(theirs->credential(), one.digest, of.clock.now()), nullptr);
}

}  // namespace sign_ins_tests
}  // namespace
}  // namespace keepline::desk
