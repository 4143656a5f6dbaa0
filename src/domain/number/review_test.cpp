// Stages `in_review` and `approved`, and the ways out: information, decision, withdrawal, repudiation.
#include "domain/number/risk.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using strings = std::vector<std::string>;

/// A case of low risk that a person must review.
struct review : ::testing::Test {
    world w;
    void SetUp() override {
        w.rules = with_policy(w.rules, "cn", [](policy& p) { p.auto_approve = false; });
        w.have_line();
        w.submit_low();
    }
};

TEST_F(review, is_decided_by_a_reviewer_who_took_no_part) {
    EXPECT_EQ(w.refused(approve_closure{}, customer), code::forbidden);
    EXPECT_EQ(w.refused(approve_closure{}, clerk), code::forbidden);
    EXPECT_EQ(w.refused(approve_closure{}, machine), code::forbidden);
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    EXPECT_EQ(w.sent().approvals[0].by, reviewer);
    EXPECT_THAT(told_in(w.last()), Contains("approved>mail-1"));
}

// Whom the policy names is looked up when the message leaves: nothing of it is in the journal but the policy's id.
TEST_F(review, what_refuses_is_late_or_stops_names_the_policy_that_says_who_hears_complaints) {
    const auto named_in = [](const step& done) {
        std::set<std::string> out;
        for (const auto& one : effects_of<send_notice>(done))
            if (const auto under = one.params.find("complain_under"); under != one.params.end())
                out.insert(one.kind + " " + under->second);
        return out;
    };
    EXPECT_THAT(named_in(w.last()), IsEmpty()) << "a receipt refuses nothing";
    auto late = w;
    EXPECT_THAT(named_in(late.tick_when_due()), ElementsAre("escalated cn"));
    auto stopped = w;
    EXPECT_THAT(named_in(stopped.must(repudiate_closure{}, customer)), ElementsAre("repudiated cn"));
    EXPECT_THAT(named_in(w.must(reject_closure{"no photo"}, reviewer)), ElementsAre("rejected cn"));
}

TEST_F(review, is_claimed_by_who_is_at_it_which_keeps_nobody_from_deciding) {
    const auto claim = [&] { return w.s.of_case<stages::in_review>()->claim; };
    EXPECT_EQ(w.refused(claim_review{}, clerk), code::forbidden);
    w.must(claim_review{}, reviewer);
    EXPECT_EQ(claim()->by, reviewer);
    EXPECT_TRUE(w.must(claim_review{}, reviewer).happened.empty()) << "twice is harmless";
    EXPECT_EQ(w.refused(claim_review{}, second_reviewer), code::changed_since);
    EXPECT_EQ(w.refused(release_review{}, second_reviewer), code::forbidden);
    auto taken_over = w;
    taken_over.must(claim_review{true}, second_reviewer);
    EXPECT_EQ(taken_over.s.of_case<stages::in_review>()->claim->by, second_reviewer);
    auto let_go = w;
    let_go.must(release_review{}, reviewer);
    EXPECT_FALSE(let_go.s.of_case<stages::in_review>()->claim);
    w.must(approve_closure{"fine"}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST_F(review, is_handed_over_to_somebody_who_decides_with_a_word_why) {
    const auto claim = [&] { return w.s.of_case<stages::in_review>()->claim; };
    EXPECT_EQ(w.refused(hand_review_over{reviewer, "night shift"}, clerk), code::forbidden);
    EXPECT_EQ(w.refused(hand_review_over{clerk, "night shift"}, reviewer), code::forbidden) << "they decide nothing";
    EXPECT_EQ(w.refused(hand_review_over{reviewer, "night shift"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(hand_review_over{second_reviewer, ""}, reviewer), code::invalid);
    w.must(hand_review_over{second_reviewer, "night shift"}, reviewer);
    EXPECT_EQ(claim()->by, second_reviewer);
    EXPECT_EQ(claim()->handed_by, reviewer);
    EXPECT_EQ(claim()->why, "night shift");
    EXPECT_EQ(w.refused(hand_review_over{third_reviewer, "not mine"}, reviewer), code::changed_since)
        << "it is another's";
    w.must(claim_review{true}, reviewer);
    EXPECT_FALSE(claim()->handed_by);
    w.must(approve_closure{"fine"}, third_reviewer);
}

// Whoever applied, or proved something, chooses nobody who decides; and a friend of theirs hands it to none of them.
TEST_F(review, is_handed_over_neither_by_nor_to_whoever_took_part) {
    w.must(record_evidence{evidence_kind::callback, true, "called back", ""}, reviewer);
    EXPECT_EQ(w.refused(hand_review_over{second_reviewer, "night shift"}, reviewer), code::own_application);
    EXPECT_EQ(w.refused(hand_review_over{reviewer, "night shift"}, second_reviewer), code::own_application);
    const actor made_by_them{role::reviewer, named("fresh"), named("fresh"), {reviewer.id}};
    EXPECT_EQ(w.refused(hand_review_over{made_by_them, "night shift"}, second_reviewer), code::own_application);
}

TEST_F(review, is_not_claimed_by_whoever_took_part) {
    w.must(record_evidence{evidence_kind::callback, true, "called back", ""}, reviewer);
    EXPECT_EQ(w.refused(claim_review{}, reviewer), code::own_application);
}

TEST_F(review, nobody_decides_their_own_application) {
    w.must(record_evidence{evidence_kind::callback, true, "called back", ""}, reviewer);
    EXPECT_EQ(w.refused(approve_closure{}, reviewer), code::own_application);
    EXPECT_EQ(w.refused(reject_closure{"no"}, reviewer), code::own_application);
    EXPECT_EQ(w.refused(want_information{"?"}, reviewer), code::own_application);
    // The same person with another token's role.
    EXPECT_EQ(w.refused(approve_closure{}, {role::admin, reviewer.id}), code::own_application);
    w.must(approve_closure{}, second_reviewer);
}

TEST_F(review, is_not_decided_with_a_token_that_was_made_past_the_api_and_that_nobody_knows_of) {
    const actor ghost{role::reviewer,
                      named("ghost"),
                      named("ghost"),
                      {named(std::string(console_name)), named(std::string(unacknowledged_name))}};
    EXPECT_EQ(w.refused(approve_closure{}, ghost), code::forbidden);
    EXPECT_EQ(w.refused(reject_closure{"no photo"}, ghost), code::forbidden);
    EXPECT_EQ(w.refused(want_information{"a photo"}, ghost), code::forbidden);
    auto doubted = w;
    doubted.must(repudiate_closure{}, customer);
    EXPECT_EQ(doubted.refused(clear_fraud{"a call"}, ghost), code::forbidden);
    EXPECT_EQ(doubted.refused(confirm_fraud{"a call"}, ghost), code::forbidden);
    w.must(approve_closure{}, {role::reviewer, named("ghost"), named("ghost"), {named(std::string(console_name))}});
}

TEST(four_eyes, high_risk_takes_two_people) {
    world w;
    w.have_line();
    w.submit_high();
    w.must(approve_closure{"looks right"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.refused(approve_closure{}, reviewer), code::second_person_needed);
    EXPECT_EQ(w.refused(approve_closure{}, {role::admin, reviewer.id}), code::second_person_needed);
    w.must(approve_closure{}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved);
    EXPECT_EQ(w.sent().approvals.size(), 2U);
}

// What becomes known after the submission counts as it would have counted before.
TEST_F(review, a_loss_that_is_reported_late_takes_two_and_the_hours_of_a_lost_phone) {
    w.pass(base::hours{1});
    EXPECT_EQ(approvals_wanted(w.s, w.own_policy(), w.now), 1);
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    const auto lost = w.now;
    EXPECT_EQ(approvals_wanted(w.s, w.own_policy(), w.now), 2);
    EXPECT_THAT(standing_risk_of(w.s, w.own_policy(), w.now).now.facts, Contains("lost_device"));
    EXPECT_THAT(w.open_case().assessed.facts, IsEmpty()) << "what the submission said stays what it said";
    w.pass(base::minutes{1});
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.refused(approve_closure{}, reviewer), code::second_person_needed);
    w.must(approve_closure{"called back"}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved);
    EXPECT_EQ(w.sent().cooling_off_until, lost + base::hours{w.own_policy().lost_device_cooling_off_hours});
}

TEST_F(review, an_approval_of_before_the_loss_was_known_is_not_one_of_the_two) {
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.four_eyes_from = risk_level::low; });
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(approvals_that_count(w.s, w.own_policy(), w.now).size(), 1U);
    w.pass(base::minutes{1});
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    EXPECT_THAT(approvals_that_count(w.s, w.own_policy(), w.now), IsEmpty());
    w.pass(base::minutes{1});
    w.must(approve_closure{"called back"}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.refused(approve_closure{}, second_reviewer), code::second_person_needed);
    w.must(approve_closure{"and again"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved) << "whoever approved before may do so in its knowledge";
}

TEST_F(review, a_phone_that_was_found_again_was_lost_all_the_same) {
    w.pass(base::minutes{1});
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    const declare_found proof{{},
                              {{evidence_kind::id_document, true, w.now, "counter", "d", clerk},
                               {evidence_kind::staff_sighting, true, w.now, "counter", "", clerk}}};
    w.signed_by(third_reviewer, proof, clerk);
    ASSERT_FALSE(w.s.subscription->locked_since);
    w.pass(base::minutes{1});
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    w.must(approve_closure{"fine"}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved);
}

TEST_F(review, contact_points_that_were_changed_late_take_two_and_closing_waits_as_before_a_submission) {
    w.pass(base::hours{1});
    auto contacts = w.s.contacts;
    contacts.push_back({named("sms-2"), medium::sms, true, w.now, {}, {}});
    w.must(take_contacts{w.owner.id, contacts, w.s.subscription->refund_account, w.s.language}, machine);
    const auto changed = w.now;
    EXPECT_EQ(approvals_wanted(w.s, w.own_policy(), w.now), 2)
        << "alone it is of medium risk, beside a case it is more";
    w.pass(base::minutes{1});
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    w.must(approve_closure{"called the old number"}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved);
    EXPECT_EQ(w.sent().cooling_off_until, changed + base::days{w.own_policy().contact_change_lock_days});
    w.tick_when_due();
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST_F(review, what_policy_does_not_weigh_changes_nothing_late) {
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.risk.levels["lost_device"] = risk_level::low;
        p.risk.levels.erase("contact_changed");
    });
    w.pass(base::minutes{1});
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    w.must(take_contacts{w.owner.id, {}, w.s.subscription->refund_account, w.s.language}, machine);
    EXPECT_EQ(approvals_wanted(w.s, w.own_policy(), w.now), 1);
    w.must(approve_closure{"fine"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST_F(review, a_rejection_has_a_reason_that_may_be_sent) {
    EXPECT_EQ(w.refused(reject_closure{""}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(reject_closure{"see HTTPS://example.com"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(reject_closure{"see www.example.com"}, reviewer), code::invalid);
    const auto& rejected = w.must(reject_closure{"the photo is not readable"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::rejected);
    EXPECT_EQ(effects_of<send_notice>(rejected)[0].params.at("reason"), "the photo is not readable");
    EXPECT_FALSE(w.s.has_open_closure());
}

TEST_F(review, overdue_escalates_once_and_tells_the_customer) {
    const auto& late = w.tick_when_due();
    EXPECT_EQ(w.now, w.sent().due_at);
    EXPECT_THAT(told_in(late), Contains("escalated>mail-1"));
    EXPECT_EQ(effects_of<publish>(late)[0].topic, "closure.review_overdue");
    EXPECT_EQ(w.due(), std::nullopt);
    w.pass(base::days{5});
    EXPECT_THAT(w.must(tick{}, machine).happened, IsEmpty());
    w.must(approve_closure{}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

// ------------------------------------------------------------------------------------------------ the clock

TEST_F(review, a_question_stops_the_clock_and_the_answer_starts_it_again) {
    w.now = at("2026-03-04T02:00:00Z");  // Wednesday: two of seven working days have passed
    EXPECT_EQ(effects_of<send_notice>(w.must(want_information{"a clearer copy"}, reviewer))[0].params.at("what"),
              "a clearer copy");
    EXPECT_THAT(w.must(want_information{"another"}, reviewer).happened, IsEmpty());
    EXPECT_EQ(w.due(), w.now + base::days{10});
    w.now = at("2026-03-09T02:00:00Z");  // Monday
    const auto& given = w.must(give_information{"copy-2"});
    EXPECT_EQ(base::iso(w.sent().due), "2026-03-16");  // five working days after Monday
    EXPECT_EQ(effects_of<send_notice>(given)[0].params.at("due"), "2026-03-16");
    EXPECT_THAT(w.must(give_information{"again"}).happened, IsEmpty());
    EXPECT_EQ(w.due(), at("2026-03-16T16:00:00Z"));
}

TEST_F(review, without_an_answer_in_time_the_case_expires) {
    w.must(want_information{"a clearer copy"}, reviewer);
    const auto asked = w.now;
    const auto& gone = w.tick_when_due();
    EXPECT_EQ(w.now, asked + base::days{10});
    EXPECT_EQ(w.at_stage(), stage::expired);
    EXPECT_THAT(told_in(gone), Contains("expired>mail-1"));
}

TEST_F(review, questions_together_stop_the_clock_no_longer_than_the_policy_says) {
    w.must(want_information{"one"}, reviewer);
    w.pass(base::days{8});  // Tuesday 10 March
    w.must(give_information{"1"});
    EXPECT_EQ(base::iso(w.sent().due), "2026-03-19");
    w.must(want_information{"two"}, reviewer);
    w.pass(base::days{8});  // two days are left to stop; then our time runs
    w.must(give_information{"2"});
    EXPECT_EQ(base::iso(w.sent().due), "2026-03-23");  // seven working days after Thursday 12 March
    w.must(want_information{"three"}, reviewer);
    w.pass(base::days{2});
    w.must(give_information{"3"});
    EXPECT_EQ(base::iso(w.sent().due), "2026-03-23");
}

TEST_F(review, an_approval_ends_a_pause) {
    w.must(want_information{"one"}, reviewer);
    w.must(approve_closure{"no need after all"}, reviewer);
    EXPECT_EQ(w.s.of_case<stages::in_review>(), nullptr) << "nothing waits any more";
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST(provisional, dates_are_counted_again_when_the_calendar_grows) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.auto_approve = false; });
    w.now = at("2026-12-28T02:00:00Z");  // Monday; the data ends with the year
    w.have_line();
    w.submit_low();
    ASSERT_TRUE(w.sent().due_provisional);
    EXPECT_EQ(base::iso(w.sent().due), "2027-01-07");
    EXPECT_EQ(effects_of<send_notice>(w.last())[0].params.at("provisional"), "yes");
    EXPECT_THAT(w.must(recheck_dates{}, machine).happened, IsEmpty());

    w.rules = with_calendar(w.rules, "CN", [](calendar& c) {
        c.version = "2027";
        c.covers_to = day("2027-12-31");
        c.days[day("2027-01-01")] = false;
        c.days[day("2027-01-04")] = false;
    });
    const auto& moved = w.must(recheck_dates{}, machine);
    EXPECT_EQ(base::iso(w.sent().due), "2027-01-08");
    EXPECT_FALSE(w.sent().due_provisional);
    EXPECT_THAT(told_in(moved), Contains("due_moved>mail-1"));
    EXPECT_THAT(w.must(recheck_dates{}, machine).happened, IsEmpty());
}

TEST(provisional, a_date_that_stays_is_final_without_a_word) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.auto_approve = false; });
    w.now = at("2026-12-28T02:00:00Z");
    w.have_line();
    w.submit_low();
    w.rules = with_calendar(w.rules, "CN", [](calendar& c) {
        c.version = "2027";
        c.covers_to = day("2027-12-31");
        c.days[day("2027-01-01")] = false;
    });
    EXPECT_THAT(told_in(w.must(recheck_dates{}, machine)), IsEmpty());
    EXPECT_FALSE(w.sent().due_provisional);
}

TEST(provisional, counting_again_remembers_a_pause) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.auto_approve = false; });
    w.now = at("2026-12-28T02:00:00Z");
    w.have_line();
    w.submit_low();
    w.must(want_information{"a copy"}, reviewer);
    w.pass(base::days{7});  // Monday 4 January
    w.must(give_information{"copy"});
    EXPECT_EQ(base::iso(w.sent().due), "2027-01-13");
    w.rules = with_calendar(w.rules, "CN", [](calendar& c) {
        c.version = "2027";
        c.covers_to = day("2027-12-31");
        c.days[day("2027-01-08")] = false;
    });
    w.must(recheck_dates{}, machine);
    EXPECT_EQ(base::iso(w.sent().due), "2027-01-14");  // not counted from the submission again
}

// ------------------------------------------------------------------------------------------------ the ways out

TEST(ways_out, withdrawal_at_every_stage_before_settling) {
    const auto after = [](auto reach) {
        world w;
        w.have_line();
        reach(w);
        const auto before = w.at_stage();
        w.must(withdraw_closure{});
        EXPECT_EQ(w.at_stage(), stage::withdrawn);
        EXPECT_THAT(w.must(withdraw_closure{}).happened, IsEmpty());
        EXPECT_EQ(w.s.subscription->status, line_status::active);
        return before;
    };
    EXPECT_EQ(after([](world& w) { w.make_ready(); }), stage::opened);
    EXPECT_EQ(after([](world& w) { w.submit_high(); }), stage::in_review);
    EXPECT_EQ(after([](world& w) {
                  w.submit_high();
                  w.must(approve_closure{}, reviewer);
                  w.must(approve_closure{}, second_reviewer);
              }),
              stage::approved);
    EXPECT_EQ(after([](world& w) { w.submit_low(); }), stage::unbinding);

    world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    EXPECT_EQ(w.refused(withdraw_closure{}), code::closure_stage);
    EXPECT_EQ(w.refused(repudiate_closure{"mail-1"}), code::closure_stage);
}

TEST(ways_out, a_withdrawal_before_submission_is_nobodys_business) {
    world w;
    w.have_line();
    w.must(open_closure{});
    EXPECT_THAT(told_in(w.must(withdraw_closure{})), IsEmpty());
}

TEST(ways_out, that_was_not_me_freezes_the_case_until_a_reviewer_clears_it) {
    world w;
    w.have_line();
    w.submit_low();
    const auto& frozen = w.must(repudiate_closure{"mail-1"});
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
    EXPECT_TRUE(w.s.subscription->fraud_hold);
    EXPECT_THAT(told_in(frozen), ElementsAre("repudiated>mail-1", "repudiated>sms-1", "repudiated>line"));
    EXPECT_THAT(w.must(repudiate_closure{"sms-1"}).happened, IsEmpty());
    EXPECT_EQ(w.refused(withdraw_closure{}), code::closure_stage);
    EXPECT_EQ(w.due(), std::nullopt);

    w.pass(base::days{30});  // Wednesday 1 April
    EXPECT_EQ(w.refused(clear_fraud{"it was them"}, clerk), code::forbidden);
    w.must(clear_fraud{"they called from the shop"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_FALSE(w.s.subscription->fraud_hold);
    EXPECT_EQ(base::iso(w.sent().due), "2026-04-13");  // the review starts again, past the festival of 6 April
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high) << "assessed again: somebody said that it was not them";
    EXPECT_EQ(w.refused(approve_closure{}, reviewer), code::own_application) << "who cleared does not approve";
    w.must(approve_closure{}, second_reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    w.must(approve_closure{}, third_reviewer);
    EXPECT_EQ(w.at_stage(), stage::approved) << "and it cools off as a case of high risk does";
    w.tick_when_due();
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST(ways_out, an_unsubmitted_case_goes_back_to_where_it_was) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(repudiate_closure{"mail-1"});
    w.must(clear_fraud{"a mistake"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::opened);
}

TEST(ways_out, fraud_confirmed_ends_the_case_and_is_remembered) {
    world w;
    w.have_line();
    w.submit_low();
    w.must(repudiate_closure{"mail-1"});
    w.must(confirm_fraud{"the owner was abroad"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::rejected);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    w.pass(base::days{2});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high);
    EXPECT_THAT(w.open_case().assessed.facts, Contains("prior_fraud_hold"));
    w.must(withdraw_closure{});
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, Contains("prior_fraud_hold"));
}

TEST(ways_out, what_cannot_be_decided_now_is_refused) {
    world w;
    w.have_line();
    w.must(open_closure{});
    EXPECT_EQ(w.refused(approve_closure{}, reviewer), code::closure_stage);
    EXPECT_EQ(w.refused(reject_closure{"no"}, reviewer), code::closure_stage);
    EXPECT_EQ(w.refused(want_information{"?"}, reviewer), code::closure_stage);
    EXPECT_EQ(w.refused(give_information{"!"}), code::closure_stage);
    EXPECT_EQ(w.refused(clear_fraud{"?"}, reviewer), code::closure_stage);
    EXPECT_EQ(w.refused(confirm_fraud{"?"}, reviewer), code::closure_stage);
    EXPECT_EQ(w.refused(write_off_profile{iccid_of(1), "gone"}, clerk), code::closure_stage);
}

// ------------------------------------------------------------------------------------------------ the end waits

TEST(waiting, an_order_a_port_or_the_customers_lock_holds_the_end_back) {
    const std::vector<std::pair<number_command, number_command>> holds{
        {set_legal_hold{"order-1"}, set_legal_hold{""}},
        {set_port_out{true}, set_port_out{false}},
        {set_customer_lock{true}, set_customer_lock{false, {world().saved_code()}}}};
    for (const auto& [hold, lift] : holds) {
        world w;
        w.have_line();
        w.submit_low();
        w.must(hold, machine);
        w.delete_profiles();
        EXPECT_EQ(w.at_stage(), stage::unbinding);
        EXPECT_EQ(w.due(), std::nullopt);
        if (std::holds_alternative<set_legal_hold>(lift))  // one sets it, two lift it
            w.signed_by(third_reviewer, lift, machine);
        else
            w.must(lift, machine);
        EXPECT_EQ(w.at_stage(), stage::settling);
    }
}

// ------------------------------------------------------------------------------------------------ policy in force

TEST(kinder_terms, come_with_the_approval) {
    world w;
    const auto slow = with_policy(w.rules, "cn", [](policy& p) {
        p.auto_approve = false;
        p.closing.device_write_off_days = 60;
        p.closing.reclaim_days = 30;
    });
    const auto kind = with_policy(w.rules, "cn", [](policy& p) {
        p.closing.device_write_off_days = 10;
        p.closing.reclaim_days = 90;
        p.closing.fee = {fee_kind::fixed, yuan(100), 0, {}};
    });
    w.rules = slow;
    w.have_line();
    w.submit_low();
    w.rules = kind;
    w.must(approve_closure{}, reviewer);
    EXPECT_EQ(w.sent().terms.device_write_off_days, 10);
    EXPECT_EQ(w.sent().terms.reclaim_days, 90);
    EXPECT_EQ(w.sent().terms.fee.kind, fee_kind::none);
}

}  // namespace
}  // namespace keepline::domain
