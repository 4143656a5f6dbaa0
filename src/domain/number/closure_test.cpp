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

}  // namespace
}  // namespace keepline::domain
