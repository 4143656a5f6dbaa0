// The keep-alive clock: reminders, grace, suspension, the end, the fee that keeps a number, money that revives it.
#include "domain/number/keepalive.hpp"

#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(keepalive, reminds_then_bars_then_ends_and_says_so_each_time) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{31};
    w.must(what, machine);
    const auto valid = what.valid_until;
    for (const int before : {30, 14, 7, 3, 1}) {
        const auto& reminded = w.tick_when_due();
        EXPECT_EQ(w.now, valid - base::days{before});
        EXPECT_THAT(told_in(reminded),
                    ElementsAre("validity_reminder>mail-1", "validity_reminder>sms-1", "validity_reminder>line"));
        EXPECT_EQ(effects_of<send_notice>(reminded)[0].params.at("until"), "2026-04-02");  // where the line is
    }
    EXPECT_THAT(told_in(w.tick_when_due()), Contains("grace>mail-1"));
    EXPECT_EQ(w.now, valid);
    EXPECT_EQ(w.s.subscription->status, line_status::grace);

    const auto& suspended = w.tick_when_due();
    EXPECT_EQ(w.now, valid + base::days{30});
    EXPECT_EQ(effects_of<hlr_action>(suspended)[0].operation, hlr_operation::bar);
    EXPECT_EQ(effects_of<send_notice>(suspended)[0].params.at("until"), "2026-07-01");

    const auto& ended = w.tick_when_due();
    EXPECT_EQ(w.now, valid + base::days{90});
    EXPECT_EQ(w.s.subscription->status, line_status::ended);
    EXPECT_EQ(effects_of<hlr_action>(ended)[0].operation, hlr_operation::remove);
    EXPECT_THAT(told_in(ended), ElementsAre("line_ended>mail-1", "line_ended>sms-1"));
    ASSERT_TRUE(w.s.held.has_value());
}

TEST(keepalive, missed_reminders_come_as_one) {
    world w;
    w.have_line();
    w.now = w.s.subscription->valid_until - base::days{5};
    EXPECT_EQ(effects_of<send_notice>(w.must(tick{}, machine)).size(), 3U);
    EXPECT_EQ(w.due(), w.s.subscription->valid_until - base::days{3});
}

TEST(keepalive, money_extends_and_revives) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{1};
    w.must(what, machine);
    w.now = what.valid_until + base::days{31};
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::suspended);
    const auto& revived = w.must(add_money{booking_kind::top_up, yuan(100), "p-1"}, machine);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(w.now, 30));
    EXPECT_EQ(effects_of<hlr_action>(revived)[0].operation, hlr_operation::unbar);
}

// The tick comes in the first moment of the next day: thirty days that are paid for are not thirty-one.
TEST(keepalive, the_fee_at_the_end_of_a_validity_buys_as_many_days_as_it_says) {
    for (const auto late : {base::duration{0}, base::duration{1}, base::duration{3'600'000}}) {
        world w;
        w.rules = with_policy(w.rules, "cn", [](policy& p) {
            p.keepalive.retention_fee = yuan(200);
            p.keepalive.retention_extends_days = 30;
        });
        auto what = w.imported();
        what.valid_until = w.day_end(w.now, 1);
        w.must(what, machine);
        w.now = what.valid_until + late;
        w.must(tick{}, machine);
        EXPECT_EQ(w.s.subscription->valid_until, w.day_end(what.valid_until - base::duration{1}, 30)) << late.count();
    }
}

TEST(keepalive, money_before_the_first_use_starts_no_clock_and_the_first_use_does) {
    world w;
    w.must(w.order(), machine);
    w.must(add_money{booking_kind::top_up, yuan(100), "p-1"}, machine);
    EXPECT_EQ(w.due(), std::nullopt);
    w.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(1), 1, {proof_kind::report, "x", {}}}, machine);
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(w.now, 30));
    EXPECT_TRUE(w.due().has_value());
}

TEST(keepalive, in_india_the_balance_keeps_the_number_while_it_lasts) {
    world w;
    auto what = w.imported();
    what.order.policy = "in";
    what.valid_until = w.now + base::days{1};
    what.balance = {4500, "INR"};  // 20 rupees for 30 days: twice
    w.must(what, machine);
    w.now = what.valid_until;
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.books.customer_money(), 2500);
    EXPECT_EQ(w.s.subscription->valid_until, end_after(w.rules->zones.of("Asia/Kolkata"), what.valid_until, 30));
    w.now = w.s.subscription->valid_until;
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.books.customer_money(), 500);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    w.now = w.s.subscription->valid_until;
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.books.customer_money(), 500);
    EXPECT_EQ(w.s.subscription->status, line_status::grace);
}

TEST(keepalive, a_policy_with_fewer_reminders_leaves_no_instant_that_leads_nowhere) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{31};
    w.must(what, machine);
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.keepalive.remind_days_before = {7}; });
    EXPECT_THAT(told_in(w.tick_when_due()), IsEmpty());
    EXPECT_EQ(w.due(), what.valid_until - base::days{7});
    EXPECT_THAT(told_in(w.tick_when_due()), Contains("validity_reminder>mail-1"));
}

TEST(keepalive, every_validity_that_we_give_ends_with_a_day_where_the_line_is) {
    world w;
    auto what = w.imported();
    what.valid_until = {};
    w.must(what, machine);
    const auto& shanghai = w.rules->zones.of("Asia/Shanghai");
    const auto ends = [&] { return shanghai.local_text(w.s.subscription->valid_until); };
    EXPECT_EQ(ends(), "2026-04-02 00:00") << "1 April counts whole";
    w.pass(base::hours{17});  // three in the morning there
    w.must(add_money{booking_kind::top_up, yuan(100), "p-1"}, machine);
    EXPECT_EQ(ends(), "2026-04-03 00:00");
    w.submit_low();
    w.pass(base::hours{30});
    w.must(withdraw_closure{});
    EXPECT_EQ(ends(), "2026-04-05 00:00") << "what the case took is given back in whole days";
    w.now = w.s.subscription->valid_until - base::seconds{1};
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    w.now = w.s.subscription->valid_until;
    EXPECT_EQ(effects_of<send_notice>(w.must(tick{}, machine))[0].params.at("until"), "2026-05-04");
}

TEST(keepalive, grace_ends_with_a_day_too_where_the_clocks_are_put_forward_in_it) {
    const keepalive_rules rules{30, 10, 20, {7, 1}, {}, 0};
    const auto book = repository_rules();
    const auto& new_york = book->zones.of("America/New_York");
    const auto valid = new_york.end_of(*base::day_from_iso("2026-03-01"));
    EXPECT_EQ(new_york.local_text(keepalive_next(rules, line_status::grace, valid, 0, new_york)), "2026-03-12 00:00");
    EXPECT_EQ(new_york.local_text(keepalive_next(rules, line_status::suspended, valid, 0, new_york)),
              "2026-04-01 00:00");
}

TEST(keepalive, a_reminder_says_how_long_is_left_and_promises_only_what_the_balance_can_do) {
    for (const bool pays : {false, true}) {
        world w;
        auto what = w.imported();
        what.order.policy = "in";
        what.valid_until = w.now + base::days{40};
        what.balance = {pays ? 2500 : 100, "INR"};
        w.must(what, machine);
        const auto told = effects_of<send_notice>(w.tick_when_due())[0].params;
        EXPECT_GT(std::stoi(told.at("days")), 1);
        EXPECT_EQ(told.contains("keep"), pays);
        EXPECT_EQ(told.contains("amount") ? told.at("amount") : "", pays ? "20.00 INR" : "");
    }
    world w;  // no fee keeps a number here, whatever is on it
    w.have_line();
    EXPECT_FALSE(effects_of<send_notice>(w.tick_when_due())[0].params.contains("keep"));
}

// ------------------------------------------------------------------------------------------------ beside a closure

TEST(keepalive, rests_while_a_closure_waits_and_gives_the_time_back) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{2};
    what.since = w.now;  // young: medium risk, reviewed
    w.must(what, machine);
    w.make_ready();
    w.prove_by_sms();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    ASSERT_EQ(w.at_stage(), stage::in_review);
    w.pass(base::days{200});
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.subscription->status, line_status::active);

    w.must(reject_closure{"the document is not readable"}, reviewer);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->valid_until - w.now, base::days{2});
    EXPECT_EQ(*w.due() - w.now, base::days{1});
}

TEST(keepalive, rests_while_a_case_is_frozen_for_fraud) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{2};
    w.must(what, machine);
    w.must(open_closure{});
    w.must(repudiate_closure{"mail-1"});
    EXPECT_EQ(w.due(), std::nullopt);
    w.pass(base::days{300});
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    w.must(confirm_fraud{"not the owner"}, reviewer);
    EXPECT_EQ(w.s.subscription->valid_until - w.now, base::days{2});
    EXPECT_FALSE(w.s.subscription->fraud_hold);
}

TEST(keepalive, money_during_a_closure_counts_if_the_closure_is_withdrawn) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now + base::days{2};
    w.must(what, machine);
    w.submit_low();
    w.must(add_money{booking_kind::top_up, yuan(100), "p-1"}, machine);
    w.must(withdraw_closure{});
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(w.now, 30));
}

TEST(keepalive, a_line_that_lapses_takes_its_unsubmitted_case_with_it) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now - base::days{89};
    w.must(what, machine);
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::suspended);
    w.must(open_closure{});
    w.pass(base::days{2});
    w.must(tick{}, machine);
    EXPECT_EQ(w.at_stage(), stage::expired);
    EXPECT_EQ(w.s.subscription->status, line_status::ended);
}

TEST(keepalive, a_line_under_an_order_of_an_authority_does_not_lapse_until_it_is_lifted) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now - base::days{89};
    w.must(what, machine);
    w.must(set_legal_hold{"order-1"}, clerk);
    w.pass(base::days{5});
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::suspended);
    ASSERT_FALSE(w.due().has_value()) << "nothing to do until it is lifted";
    w.signed_by(reviewer, set_legal_hold{""}, clerk);
    ASSERT_LE(*w.due(), w.now);
    w.must(tick{}, machine);
    EXPECT_EQ(w.s.subscription->status, line_status::ended);
}

TEST(keepalive, a_lapsed_line_comes_back_as_locked_as_it_was) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "stolen"});
    while (w.s.subscription->status != line_status::ended) w.tick_when_due();
    w.see_in_person();
    const auto& back = w.signed_by(reviewer, reinstate_line{}, customer);
    EXPECT_TRUE(w.s.profiles.front().lost);
    EXPECT_TRUE(w.s.subscription->locked_since.has_value());
    EXPECT_THAT(effects_of<hlr_action>(back), IsEmpty());
    w.must(report_profile{iccid_of(1), profile_state::disabled, eid_of(1), {}, {proof_kind::report, "r", {}}}, clerk);
    const auto& said = w.must(
        report_profile{iccid_of(1), profile_state::enabled, eid_of(1), {}, {proof_kind::report, "s", {}}}, clerk);
    EXPECT_THAT(effects_of<hlr_action>(said), IsEmpty()) << "the stolen phone is not served on an agent's word";
    declare_found found{{}, {}};
    for (const auto kind : {evidence_kind::id_document, evidence_kind::staff_sighting})
        found.shown.push_back({kind, true, w.now, "counter 12", "digest", clerk});
    const auto& unlocked = w.signed_by(reviewer, found, clerk);
    ASSERT_FALSE(effects_of<hlr_action>(unlocked).empty());
    EXPECT_EQ(effects_of<hlr_action>(unlocked)[0].operation, hlr_operation::provision);
}

TEST(keepalive, of_a_lapsed_line_nobody_pushes_out_what_its_owner_proved) {
    world w;
    w.have_line();
    while (w.s.subscription->status != line_status::ended) w.tick_when_due();
    w.must(present_recovery_code{"saved-1"});
    w.must(record_evidence{evidence_kind::id_document, true, "kyc", "digest"}, machine);
    for (int who = 0; who < 5; ++who) {
        const actor one{role::agent, named("clerk-" + std::to_string(who))};
        for (int i = 0; i < 8; ++i)
            w.must(record_evidence{evidence_kind::callback, i % 2 == 0, "call " + std::to_string(i), ""}, one);
        if (who == 0)
            EXPECT_EQ(w.refused(record_evidence{evidence_kind::callback, true, "one more", ""}, one), code::too_many);
    }
    EXPECT_THAT(names_of(w.must(reinstate_line{})), Contains("line_reinstated"));
}

TEST(keepalive, who_comes_back_another_day_shows_proof_again_of_a_case_or_a_lapsed_line) {
    const auto one_of_many = [](int i) {
        return record_evidence{evidence_kind::callback, true, std::to_string(i), ""};
    };
    for (const bool lapses : {false, true}) {
        world w;
        w.have_line();
        if (lapses)
            while (w.s.subscription->status != line_status::ended) w.tick_when_due();
        else
            w.must(open_closure{});
        for (int day = 0; day < 5; ++day) {
            for (int i = 0; i < 8; ++i) w.must(one_of_many(i), machine);
            EXPECT_EQ(w.refused(one_of_many(8), machine), code::too_many);
            w.pass(base::days{1});
        }
        EXPECT_EQ((lapses ? w.s.shown : w.s.current->shown).size(), 32U);
        w.must(present_recovery_code{"saved-1"});
    }
}

TEST(keepalive, what_was_shown_before_a_line_was_closed_takes_no_place_after_it) {
    world w;
    w.have_line();
    w.must(open_closure{});
    const record_evidence one{evidence_kind::callback, true, "call", ""};
    for (int i = 0; i < 8; ++i) w.must(one, other_clerk);
    EXPECT_EQ(w.refused(one, other_clerk), code::too_many);
    w.now = w.now + base::minutes{1};
    w.s.current->stands = stages::closed{};
    w.s.subscription->status = line_status::ended;
    w.s.held.emplace();
    w.s.held->from = w.now;
    w.must(one, other_clerk);
}

TEST(keepalive, a_lapsed_line_can_be_taken_back_and_works_at_once) {
    world w;
    auto what = w.imported();
    what.valid_until = w.now - base::days{91};
    w.must(what, machine);
    w.must(tick{}, machine);
    ASSERT_EQ(w.s.subscription->status, line_status::ended);
    EXPECT_EQ(w.refused(reinstate_line{}), code::evidence_too_weak);
    w.must(record_evidence{evidence_kind::id_document, true, "counter", "d"}, clerk);
    EXPECT_EQ(names_of(w.must(present_recovery_code{"guessed"})), std::vector<std::string>{"proof_failed"});
    w.must(present_recovery_code{"saved-1"});
    const auto& back = w.signed_by(reviewer, reinstate_line{}, customer);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    EXPECT_EQ(w.s.subscription->valid_until, w.day_end(w.now, 30));
    EXPECT_EQ(w.s.books.customer_money(), 5000);  // nothing is lost
    EXPECT_EQ(effects_of<hlr_action>(back)[0].operation, hlr_operation::provision);
    EXPECT_FALSE(w.s.held.has_value());
    EXPECT_TRUE(w.due().has_value());
}

TEST(keepalive, next_knows_every_status) {
    const keepalive_rules rules{30, 10, 20, {7, 1}, {}, 0};
    const auto valid = at("2026-06-01T00:00:00Z");
    EXPECT_EQ(keepalive_next(rules, line_status::active, valid, 0), valid - base::days{7});
    EXPECT_EQ(keepalive_next(rules, line_status::active, valid, 2), valid);
    EXPECT_EQ(keepalive_next(rules, line_status::grace, valid, 0), valid + base::days{10});
    EXPECT_EQ(keepalive_next(rules, line_status::suspended, valid, 0), valid + base::days{30});
    EXPECT_EQ(keepalive_next(rules, line_status::ordered, valid, 0), instant{});
    EXPECT_EQ(keepalive_next(rules, line_status::ended, valid, 0), instant{});
    EXPECT_EQ(reminders_passed(rules, valid, valid - base::days{2}), 1);
}

}  // namespace
}  // namespace keepline::domain
