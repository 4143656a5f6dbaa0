// Signing in with a code, at the desk: what a stranger learns, what each session may, and when it ends.
#include "desk/fake_door.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace sign_ins_tests {

using base::code;
using domain::session_level;

using namespace at_the_door;  // NOLINT(google-build-using-namespace): what tests of signing in share

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
    const auto second = of.ask(sign_in_way::line);
    EXPECT_NE(second->id, first->id) << "that code was shown: there is none to wait for";
    EXPECT_TRUE(of.answer_by(of.portal(), second->id, of.right_code(second->id)));
    of.clock.advance(base::minutes{1});
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

// ------------------------------------------------------------------------------------------------ rest, and age

// Fails when a browser that was left alone stays signed in; or when a page that asks by itself keeps it so.
TEST(sign_ins, a_session_that_nobody_uses_ends) {
    front_door of;
    const auto token = of.session(sign_in_way::line);
    for (int i = 0; i < 5; ++i) {
        of.clock.advance(base::minutes{9});
        ASSERT_TRUE(of.is_in(token)) << "it is used";
    }
    const auto idle = of.session(sign_in_way::line);
    const auto looked_at = [&] { return of.at.admit("Bearer " + idle, "peer", at_door::looks).has_value(); };
    for (int i = 0; i < 3; ++i) {
        of.clock.advance(base::minutes{6});
        ASSERT_TRUE(looked_at());
    }
    of.clock.advance(base::minutes{2});
    EXPECT_FALSE(looked_at());
    EXPECT_FALSE(of.is_in(idle)) << "nor does its use bring it back";
}

// Fails when another node, or this one after a start, ends a session that is in use.
TEST(sign_ins, the_use_of_a_session_is_known_to_other_nodes) {
    front_door of;
    const auto token = of.session(sign_in_way::line);
    of.clock.advance(base::minutes{15});
    ASSERT_TRUE(of.is_in(token));
    of.clock.advance(base::minutes{15});
    token_register another{
        of.tokens,
        {[&](const port::stream_key& key) { return of.core.read(key); },
         [&](engine::submission what, engine::reply then) { of.core.submit(std::move(what), std::move(then)); }},
        of.clock,
        of.log,
        {}};
    doorkeeper there(another, of.secrets, of.clock);
    EXPECT_TRUE(there.admit("Bearer " + token, "peer"));
    of.clock.advance(base::minutes{20});
    EXPECT_FALSE(there.admit("Bearer " + token, "peer"));
}

// Fails when whoever finds a browser open, and has no phone, changes where its owner is reached.
TEST(sign_ins, an_old_session_changes_no_contact_points) {
    front_door of;
    const auto token = of.session(sign_in_way::line);
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m4"), code::internal);
    of.clock.advance(base::minutes{14});
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m2"), code::internal);
    of.clock.advance(base::minutes{1});
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m3"), code::session_too_weak);
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m2"), code::internal) << "nothing is changed";
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m2", "en"), code::internal) << "nothing is changed";
    EXPECT_EQ(of.change_contacts(*of.with_token(token), "m2", "zh-CN"), code::session_too_weak) << "warns nobody";
    EXPECT_EQ(of.change_contacts(*of.with_token(of.session(sign_in_way::line)), "m3"), code::internal);
}

}  // namespace sign_ins_tests
}  // namespace
}  // namespace keepline::desk
