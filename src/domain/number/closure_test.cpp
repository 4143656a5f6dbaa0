// A case has what its stage has, and what it came with; nothing of a stage that it is not at.
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;

TEST(closure, has_what_its_stage_has) {
    world w;
    w.have_line();
    EXPECT_EQ(w.s.of_case<stages::opened>(), nullptr) << "there is none";
    w.must(open_closure{});
    EXPECT_NE(w.s.of_case<stages::opened>(), nullptr);
    EXPECT_EQ(w.s.of_case<submission>(), nullptr);
    EXPECT_EQ(ended_at(w.open_case()), std::nullopt);
    w.must(withdraw_closure{});
    EXPECT_EQ(ended_at(w.open_case()), w.now);
    EXPECT_EQ(w.s.of_case<submission>(), nullptr) << "it was never submitted";

    w.submit_low();
    const auto received = w.now;
    ASSERT_EQ(w.at_stage(), stage::unbinding);
    EXPECT_NE(w.s.of_case<stages::approved>(), nullptr) << "it was decided, and goes on";
    EXPECT_EQ(w.s.of_case<stages::ending>(), nullptr);
    EXPECT_EQ(payback_of(w.open_case()), nullptr);
    w.pass(base::hours{1});
    w.delete_profiles();
    ASSERT_EQ(w.at_stage(), stage::settling);
    EXPECT_NE(payback_of(w.open_case()), nullptr);
    w.answer_network();
    ASSERT_EQ(w.at_stage(), stage::closed);
    EXPECT_EQ(w.s.of_case<stages::settling>(), nullptr);
    EXPECT_EQ(w.closed().submitted_at, received);
    EXPECT_EQ(w.closed().decided_at, received);
    EXPECT_EQ(w.closed().unbinding_since, received);
    EXPECT_EQ(w.closed().settling_since, w.now);
    EXPECT_EQ(ended_at(w.open_case()), w.now);
}

TEST(closure, takes_what_was_submitted_along_and_leaves_the_rest) {
    world w;
    w.have_line();
    w.submit_low();
    ASSERT_EQ(w.at_stage(), stage::unbinding);
    const auto sent = w.sent();
    w.must(repudiate_closure{"mail-1"});
    ASSERT_EQ(w.at_stage(), stage::fraud_hold);
    EXPECT_EQ(w.sent(), sent);
    EXPECT_EQ(w.s.of_case<stages::approved>(), nullptr);
    w.must(clear_fraud{"it was them"}, reviewer);
    ASSERT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.sent().terms, sent.terms);
    EXPECT_EQ(w.sent().submitted_at, sent.submitted_at);
    w.must(want_information{"a clearer copy"}, reviewer);
    EXPECT_EQ(w.s.of_case<stages::in_review>()->waits, (pause{w.now, "a clearer copy"}));
    w.must(reject_closure{"not readable"}, reviewer);
    EXPECT_EQ(w.s.of_case<stages::rejected>()->decision_reason, "not readable");
    EXPECT_EQ(w.sent().submitted_at, sent.submitted_at);
}

TEST(closure, is_stored_with_its_stage_and_without_what_is_none) {
    world w;
    w.have_line();
    w.submit_low();
    const auto text = base::to_json(w.open_case());
    EXPECT_NE(text.find(R"("stands":{"type":"unbinding")"), std::string::npos) << text;
    EXPECT_EQ(text.find("held_since"), std::string::npos) << text;
    EXPECT_EQ(base::from_json<closure>(text).value(), w.open_case());
}

TEST(notices, of_a_case_are_remembered_once_each_and_a_fixed_number_of_them) {
    world w;
    w.have_line();
    w.must(open_closure{});
    const auto noted = [&](const notice_sent& what) { return !w.must(what, machine).happened.empty(); };
    const notice_sent first{"receipt", named("mail-1"), medium::mail, "m-1"};
    EXPECT_TRUE(noted(first));
    EXPECT_FALSE(noted(first));
    EXPECT_TRUE(noted({"approved", named("mail-1"), medium::mail, "m-1"}));
    EXPECT_TRUE(noted({"receipt", named("sms-1"), medium::mail, "m-1"}));
    EXPECT_TRUE(noted({"receipt", named("mail-1"), medium::mail, "m-2"}));
    EXPECT_TRUE(noted({"receipt", named("mail-1"), medium::mail, std::string(200, 'r')}));
    EXPECT_FALSE(noted({"receipt", named("mail-1"), medium::mail, std::string(201, 'r')})) << "no receipt is so long";
    for (int n = 6; n <= 64; ++n) EXPECT_TRUE(noted({"receipt", named("mail-1"), medium::mail, std::to_string(n)}));
    EXPECT_TRUE(noted({"receipt", named("mail-1"), medium::mail, "m-65"})) << "by the line, once an hour";
    EXPECT_FALSE(noted({"receipt", named("mail-1"), medium::mail, "m-66"}));
    EXPECT_EQ(w.open_case().notices.size(), 64U);
}

TEST(notices, of_a_line_are_the_last_of_each_kind_that_no_case_keeps) {
    world w;
    w.have_line();
    const auto send = [&](const std::string& kind) -> const step& {
        return w.must(notice_sent{kind, named("sms-1"), medium::sms, "r-" + kind}, machine);
    };
    const auto told = [&] {
        std::vector<std::string> kinds;
        for (const auto& one : w.s.subscription->told) kinds.push_back(one.kind);
        return kinds;
    };
    send("a");
    EXPECT_TRUE(send("a").happened.empty()) << "the same within the hour";
    send("b");
    w.must(open_closure{});
    for (const auto* kind : {"c", "d", "d", "e"}) send(kind);
    w.must(notice_delivered{"r-e", "DELIVRD"}, machine);
    EXPECT_EQ(told(), (std::vector<std::string>{"a", "b"})) << "the case keeps its own";
    EXPECT_EQ(w.open_case().notices.size(), 3U);
    for (int i = 0; i < 90; ++i) send("k" + std::to_string(i));
    EXPECT_EQ(w.open_case().notices.size(), 64U);
    EXPECT_EQ(told().size(), 24U);
    EXPECT_EQ(told().back(), "k89") << "the line goes on where the case keeps no more";
}

TEST(notices, are_delivered_once_and_what_the_peer_says_instead_is_kept_short) {
    world w;
    w.have_line();
    w.must(open_closure{});
    for (const auto* receipt : {"m-1", "m-2", ""})
        w.must(notice_sent{"receipt", named("sms-1"), medium::sms, receipt}, machine);
    const auto told = [&](const std::string& receipt, const std::string& outcome) {
        return !w.must(notice_delivered{receipt, outcome}, machine).happened.empty();
    };
    EXPECT_FALSE(told("m-9", "DELIVRD"));
    EXPECT_FALSE(told("", "DELIVRD")) << "of a peer that gives no number";
    EXPECT_TRUE(told("m-1", "DELIVRD"));
    EXPECT_EQ(w.open_case().notices[0].delivered_at, w.now);
    EXPECT_FALSE(told("m-1", "DELIVRD"));
    EXPECT_TRUE(told("m-2", "UNDELIV0123456789"));
    EXPECT_EQ(w.open_case().notices[1].receipt, "m-2 UNDELIV012345678");
    EXPECT_FALSE(w.open_case().notices[1].delivered_at);
}

}  // namespace
}  // namespace keepline::domain
