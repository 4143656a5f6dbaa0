// Money that people's hands move: what one of them may alone, and what the journal remembers of it (docs/rules.md R9).
#include "domain/credential/credential.hpp"
#include "domain/import_plan/import_plan.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/risk.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const actor chief{role::admin, named("chief")};

add_money paid_in(std::int64_t minor, const char* reference) { return {booking_kind::top_up, yuan(minor), reference}; }

world line_in_use() {
    world w;
    w.have_line();
    return w;
}

TEST(money_by_hand, a_person_alone_brings_no_more_to_a_line_than_the_policy_says) {
    auto w = line_in_use();
    const auto most = w.own_policy().by_hand.line_max_minor;
    w.must(paid_in(most, "t-1"), clerk, channel::counter);
    EXPECT_EQ(w.s.books.customer_money(), 5000 + most);
    EXPECT_THAT(names_of(w.must(paid_in(1, "t-2"), clerk, channel::counter)), ElementsAre("second_wanted"))
        << "small steps are the same as a large one";
    EXPECT_THAT(names_of(w.must(paid_in(1, "t-3"), chief)), ElementsAre("second_wanted")) << "whoever takes the step";
    EXPECT_EQ(w.s.asked.list.back().what, act::bring_money);
    EXPECT_EQ(w.s.books.customer_money(), 5000 + most);
    w.pass(base::hours{24});
    w.must(paid_in(most, "t-4"), clerk, channel::counter);
    EXPECT_EQ(w.s.books.customer_money(), 5000 + 2 * most);
}

TEST(money_by_hand, more_than_that_comes_when_another_signs) {
    auto w = line_in_use();
    const auto most = w.own_policy().by_hand.line_max_minor;
    w.signed_by(chief, paid_in(most + 1, "t-1"), clerk);
    EXPECT_EQ(w.s.books.customer_money(), 5000 + most + 1);
    ASSERT_EQ(w.s.moved.back().by, money_hand::staff);
    EXPECT_TRUE(w.s.moved.back().by_two);
    w.must(paid_in(1, "t-2"), clerk, channel::counter);  // what two signed is nobody's own
    EXPECT_EQ(w.s.books.customer_money(), 5000 + most + 2);
}

TEST(money_by_hand, nobody_signs_their_own_and_bonuses_and_payments_are_money_too) {
    auto w = line_in_use();
    const auto most = w.own_policy().by_hand.line_max_minor;
    for (const auto kind : {booking_kind::payment, booking_kind::bonus})
        EXPECT_THAT(names_of(w.must(add_money{kind, yuan(most + 1), "x"}, chief)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, chief), code::own_application);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
}

TEST(money_by_hand, over_the_days_budget_of_all_lines_a_small_amount_takes_two_as_well) {
    auto w = line_in_use();
    auto little = paid_in(1, "t-1");
    little.over_budget = true;
    EXPECT_THAT(names_of(w.must(little, clerk, channel::counter)), ElementsAre("second_wanted"));
    charge_line taken{yuan(1), "fee", "c-1"};
    taken.over_budget = true;
    EXPECT_THAT(names_of(w.must(taken, chief)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.books.customer_money(), 5000);
}

TEST(money_by_hand, a_person_alone_takes_no_more_from_a_line_than_the_policy_says) {
    auto w = line_in_use();
    w.must(paid_in(100'000, "bss-1"), machine);
    const auto most = w.own_policy().by_hand.line_max_minor;
    w.must(charge_line{yuan(most), "fee", "c-1"}, chief);
    EXPECT_THAT(names_of(w.must(charge_line{yuan(1), "fee", "c-2"}, chief)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.asked.list.back().what, act::take_money);
    EXPECT_EQ(w.s.books.customer_money(), 105'000 - most);
    w.must(charge_line{yuan(most + 1), "usage", "u-1"}, machine);  // a system charges what was used
    EXPECT_EQ(w.s.books.customer_money(), 105'000 - 2 * most - 1);
    w.must(paid_in(most, "t-1"), clerk, channel::counter);  // bringing is another way than taking
}

TEST(money_by_hand, a_system_tops_up_as_much_as_its_customers_pay) {
    auto w = line_in_use();
    for (int i = 0; i < 20; ++i)
        w.must(paid_in(w.own_policy().by_hand.line_max_minor, ("p-" + std::to_string(i)).c_str()), machine);
    EXPECT_EQ(w.s.moved.back().by, money_hand::system);
    EXPECT_THAT(w.s.asked.list, IsEmpty());
}

// ------------------------------------------------------------------------------------------------ imports

base::error why_not_updated(world& w, const import_line& what, const actor& by = machine) {
    const auto done = w.apply(what, by, channel::staff);
    return done ? base::error{} : done.error();
}

TEST(money_by_hand, an_update_changes_no_more_money_than_one_person_may_whichever_way_it_goes) {
    auto w = line_in_use();
    auto row = w.imported();
    row.update = true;
    const auto most = w.own_policy().by_hand.line_max_minor;
    row.balance = yuan(5000 + most + 1);
    EXPECT_EQ(why_not_updated(w, row).what, code::plan_wanted);
    row.balance = yuan(5000 + most);
    w.must(row, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5000 + most);
    row.balance = yuan(5000 + most + 1);
    EXPECT_EQ(why_not_updated(w, row).what, code::plan_wanted) << "in steps";
    row.balance = yuan(0);
    EXPECT_EQ(why_not_updated(w, row).what, code::plan_wanted) << "nor away";
    w.pass(base::hours{24});
    row.balance = yuan(5000);
    row.debt = yuan(1);
    EXPECT_EQ(why_not_updated(w, row).what, code::plan_wanted) << "balance and debt together";
    row.debt = yuan(0);
    w.must(row, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
}

TEST(money_by_hand, an_update_over_the_days_budget_or_of_much_money_is_for_two) {
    auto w = line_in_use();
    auto row = w.imported();
    row.update = true;
    row.over_budget = true;
    row.balance = yuan(5001);
    EXPECT_EQ(why_not_updated(w, row).what, code::plan_wanted);
    row.balance = yuan(500'000);
    const context two{w.now, w.rules.get(), machine, channel::staff, chief};
    const auto done = number::decide(w.s, row, two);
    ASSERT_TRUE(done) << done.error().words;
    w.s = done->after;
    EXPECT_EQ(w.s.books.customer_money(), 500'000);
    EXPECT_TRUE(w.s.moved.back().by_two);
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Contains("money_brought"))
        << "whoever decides about the closing sees it all the same";
}

import_line new_line_with(world& w, std::int64_t minor) {
    auto row = w.imported();
    row.balance = yuan(minor);
    row.since = w.now - base::days{700};
    return row;
}

TEST(money_by_hand, a_new_line_that_one_of_the_staff_imports_has_no_more_money_than_they_bring_to_any) {
    world w;
    const auto most = w.rules->policies.find("cn")->by_hand.line_max_minor;
    EXPECT_EQ(w.refused(new_line_with(w, most + 1), chief), code::second_person_needed);
    auto over = new_line_with(w, 1);
    over.over_budget = true;
    EXPECT_EQ(w.refused(over, chief), code::second_person_needed);
    w.must(new_line_with(w, most), chief);
    EXPECT_EQ(w.s.moved.back().by, money_hand::staff_opening);
    EXPECT_THAT(names_of(w.must(paid_in(1, "t-1"), chief)), ElementsAre("second_wanted"));

    world other;
    other.must(new_line_with(other, 9'000'000), machine);  // a system brings the operator's customers as they are
    EXPECT_EQ(other.s.books.customer_money(), 9'000'000);
}

TEST(money_by_hand, a_line_that_staff_made_with_money_is_looked_at_however_little_it_is_and_old_they_said_it_is) {
    world w;
    w.must(new_line_with(w, 1), chief);
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, ElementsAre("money_brought"));
    world none;
    none.must(new_line_with(none, 0), chief);
    EXPECT_THAT(assess(none.s, none.own_policy(), none.now, {}).facts, IsEmpty());
}

TEST(money_by_hand, the_strictest_policy_of_a_currency_bounds_what_one_person_moves_in_it) {
    const auto rules = with_policy(repository_rules(), "cn", [](policy& p) { p.by_hand.person_day_max_minor = 7; });
    EXPECT_EQ(rules->policies.by_hand_in("CNY").person_day_max_minor, 7);
    EXPECT_EQ(rules->policies.by_hand_in("XTS"), hand_rules{});
}

// ------------------------------------------------------------------------------------------------ risk

bool is_brought(const world& w) {
    const auto found = assess(w.s, w.own_policy(), w.now, {});
    return std::ranges::find(found.facts, "money_brought") != found.facts.end();
}

TEST(money_by_hand, money_that_staff_brought_lately_is_a_fact_of_risk_for_some_days) {
    auto w = line_in_use();
    const auto& risk = w.own_policy().risk;
    w.must(paid_in(risk.money_by_hand_minor - 1, "t-1"), clerk, channel::counter);
    EXPECT_FALSE(is_brought(w));
    w.pass(base::hours{25});
    w.must(paid_in(1, "t-2"), clerk, channel::counter);
    EXPECT_TRUE(is_brought(w)) << "in steps, too";
    EXPECT_GE(assess(w.s, w.own_policy(), w.now, {}).level, risk_level::medium);
    w.pass(base::days{risk.money_days});
    EXPECT_FALSE(is_brought(w));
}

TEST(money_by_hand, so_is_much_money_from_systems_and_money_that_an_import_brought_but_not_what_was_taken) {
    auto w = line_in_use();
    const auto& risk = w.own_policy().risk;
    w.must(paid_in(risk.money_by_system_minor - 5001, "p-1"), machine);
    EXPECT_FALSE(is_brought(w));
    w.must(paid_in(1, "p-2"), machine);
    EXPECT_TRUE(is_brought(w)) << "with what the line was imported with";

    auto other = line_in_use();
    auto row = other.imported();
    row.update = true;
    row.balance = yuan(5000 + risk.money_by_hand_minor);
    other.must(row, machine);
    EXPECT_TRUE(is_brought(other));

    auto third = line_in_use();
    third.must(charge_line{yuan(5000), "fee", "c-1"}, chief);
    EXPECT_FALSE(is_brought(third));
}

TEST(money_by_hand, a_case_with_such_money_is_decided_by_people) {
    auto w = line_in_use();
    w.must(paid_in(w.own_policy().risk.money_by_hand_minor, "t-1"), clerk, channel::counter);
    w.make_ready();
    w.prove_by_sms();
    w.see_in_person();
    w.must(submit_closure{});
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.open_case().assessed.facts, Contains("money_brought"));
}

TEST(money_by_hand, what_is_remembered_is_bounded_and_loses_no_amount_of_the_last_days) {
    auto w = line_in_use();
    for (int i = 0; i < 300; ++i) w.must(paid_in(10, ("p-" + std::to_string(i)).c_str()), machine);
    std::int64_t sum = 0;
    for (const auto& one : w.s.moved) sum += one.minor;
    EXPECT_LE(w.s.moved.size(), 64U);
    EXPECT_EQ(sum, 5000 + 3000);
}

// ------------------------------------------------------------------------------------------------ what leaving costs

contract for_fee(std::int64_t fee, const char* ends) { return {day(ends), yuan(0), yuan(fee), "c-1"}; }
contract monthly(std::int64_t price, const char* ends) { return {day(ends), yuan(price), yuan(0), "c-1"}; }

/// 50 yuan and a contract that a system named.
world line_bound_by(const contract& term) {
    auto w = line_in_use();
    w.must(set_contract{term}, machine);
    return w;
}

TEST(leaving_price, is_what_is_charged_whatever_makes_it_cheaper_or_dearer_by_hand) {
    const auto asks_two = [](const contract& before, const std::optional<contract>& after, act what) {
        auto w = line_bound_by(before);
        EXPECT_THAT(names_of(w.must(set_contract{after}, chief)), ElementsAre("second_wanted"));
        EXPECT_EQ(w.s.asked.list.back().what, what);
        EXPECT_EQ(w.s.subscription->term, before);
    };
    const auto fee = for_fee(40'000, "2026-12-31");
    asks_two(fee, std::nullopt, act::bring_money);
    asks_two(fee, for_fee(40'000, "2026-02-28"), act::bring_money);  // an end in the past: nothing is charged any more
    asks_two(fee, for_fee(40'000, "2026-11-30"), act::bring_money);  // … from December on
    asks_two(fee, monthly(4'000, "2026-12-31"), act::bring_money);   // this policy charges no months
    asks_two(monthly(4'000, "2026-12-31"), fee, act::take_money);
    asks_two(for_fee(40'000, "2026-02-28"), fee, act::take_money);  // one that had ended runs again
    asks_two(fee, for_fee(40'000, "2027-01-31"), act::take_money);
}

TEST(leaving_price, that_changes_little_is_one_persons_and_remembered_both_ways) {
    auto w = line_bound_by(for_fee(10'000, "2026-12-31"));
    w.must(set_contract{for_fee(1'000, "2027-12-31")}, chief);  // 90 less this year, 10 more the next
    ASSERT_GE(w.s.moved.size(), 2U);
    EXPECT_EQ(w.s.moved.rbegin()[1].minor, 9'000);
    EXPECT_EQ(w.s.moved.back().minor, -1'000);
    w.must(set_contract{for_fee(0, "2027-12-31")}, chief);
    EXPECT_TRUE(is_brought(w)) << "what leaving costs less is money that was brought";
}

TEST(leaving_price, is_bounded_for_imports_and_remembered) {
    auto w = line_bound_by(for_fee(15'000, "2026-12-31"));
    auto row = w.imported();
    row.update = true;
    row.term = for_fee(15'000, "2026-02-28");
    w.must(row, machine);
    EXPECT_TRUE(is_brought(w));

    auto much = line_bound_by(for_fee(40'000, "2026-12-31"));
    row.term = for_fee(40'000, "2026-02-28");
    EXPECT_EQ(why_not_updated(much, row).what, code::plan_wanted);
}

TEST(leaving_price, of_a_system_is_its_own_to_change_and_a_fact_of_risk) {
    auto w = line_bound_by(for_fee(60'000, "2026-12-31"));
    w.must(set_contract{std::nullopt}, machine);
    EXPECT_TRUE(is_brought(w));
}

TEST(leaving_price, by_a_policys_months_is_measured_where_it_differs_most) {
    const auto rules = with_policy(repository_rules(), "cn", [](policy& p) {
        p.closing.fee = {fee_kind::remaining_contract_percent, {}, 50, {}};
    });
    world w;
    w.rules = rules;
    w.must(w.imported(), machine);
    w.must(set_contract{monthly(10'000, "2026-06-30")}, machine);
    const auto change = [&](const contract& to) {
        return leaving_changed_by(w.s, set_contract{to}, *rules, w.now).value();
    };
    EXPECT_EQ(change(monthly(10'000, "2026-08-31")).dearer, 15'000) << "on the 1st, still three months and two begun";
    EXPECT_EQ(change(monthly(10'000, "2026-08-31")).cheaper, 0);
    EXPECT_EQ(change(monthly(5'000, "2026-06-30")).cheaper, 10'000) << "today, four months";
    EXPECT_EQ(change(monthly(5'000, "2026-06-30")).dearer, 0);
    EXPECT_EQ(change(monthly(10'000, "9999-12-31")).cheaper, 0);
}

TEST(leaving_price, is_signed_for_as_it_was_asked_about) {
    auto w = line_in_use();
    w.must(link_product{{named("bb"), "broadband", yuan(25'000)}}, machine);
    w.must(detach_product{named("bb")}, clerk, channel::counter);
    w.must(link_product{{named("bb"), "broadband", yuan(700'000)}}, machine);
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, reviewer), code::changed_since);
    w.must(set_contract{for_fee(40'000, "2026-12-31")}, machine);
    w.must(set_contract{std::nullopt}, chief);
    w.must(set_contract{for_fee(90'000, "2026-12-31")}, machine);
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, reviewer), code::changed_since);
}

// ------------------------------------------------------------------------------------------------ after the submission

std::int64_t paid_out(const world& w) { return w.payback().amount.minor; }

TEST(late_money, is_kept_apart_and_the_owners_own_is_paid_as_it_would_have_been) {
    auto w = line_in_use();
    w.submit_low();
    w.must(paid_in(90'000'000, "p-1"), machine);
    w.delete_profiles();
    w.answer_network();
    ASSERT_EQ(w.at_stage(), stage::closed);
    EXPECT_EQ(paid_out(w), 5000);
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_EQ(w.s.unclaimed[0].amount, yuan(90'000'000));
    EXPECT_EQ(w.s.unclaimed[0].why, unclaimed_why::brought_late);
    EXPECT_EQ(w.s.books.customer_money(), 0);
    EXPECT_EQ(w.s.books.of(account::cash), -w.s.books.of(account::refund)) << "it is in no line's books";
    EXPECT_THAT(names_of(w.must(return_money{1, false}, clerk, channel::counter)), ElementsAre("second_wanted"));
    w.must(countersign{w.s.asked.made}, reviewer);
    EXPECT_THAT(names_of(w.last()), Contains("money_return_ordered"));
}

TEST(late_money, of_hands_is_kept_apart_from_as_little_as_people_look_at_and_in_steps) {
    const auto most = repository_rules()->policies.find("cn")->risk.money_by_hand_minor;
    for (const auto& [before, after, apart] :
         {std::tuple{0L, most - 1, 0L}, {0L, most, most}, {most - 1, 1L, 1L}, {most - 2, 1L, 0L}}) {
        auto w = line_in_use();
        if (before > 0) w.must(paid_in(before, "t-1"), clerk, channel::counter);
        w.submit_low();
        if (before > 0) w.pass(base::hours{1});
        w.must(paid_in(after, "t-2"), other_clerk, channel::counter);
        w.delete_profiles();
        w.answer_network();
        ASSERT_EQ(w.at_stage(), stage::closed) << before << " and " << after;
        EXPECT_EQ(paid_out(w), 5000 + before + after - apart) << before << " and " << after;
        EXPECT_EQ(w.s.unclaimed.size(), apart > 0 ? 1U : 0U);
    }
}

TEST(late_money, that_two_brought_or_that_people_were_shown_is_paid) {
    auto w = line_in_use();
    w.submit_low();
    w.signed_by(chief, paid_in(90'000, "t-1"), clerk);
    w.delete_profiles();
    w.answer_network();
    EXPECT_EQ(paid_out(w), 95'000);

    auto shown = line_in_use();
    shown.submit_low();
    shown.must(paid_in(90'000, "p-1"), machine);
    shown.must(repudiate_closure{"line"});
    shown.must(clear_fraud{"the owner came and said so"}, reviewer);
    EXPECT_THAT(shown.open_case().assessed.facts, Contains("money_brought"));
    shown.must(approve_closure{"seen"}, second_reviewer);
    shown.must(approve_closure{"seen"}, third_reviewer);
    shown.pass(base::days{30});
    shown.must(tick{}, machine);
    shown.delete_profiles();
    shown.answer_network();
    ASSERT_EQ(shown.at_stage(), stage::closed);
    EXPECT_EQ(paid_out(shown), 95'000);
}

TEST(late_money, comes_back_to_the_line_with_its_owner) {
    auto w = line_in_use();
    w.submit_low();
    w.must(paid_in(90'000, "p-1"), machine);
    w.delete_profiles();
    w.answer_network();
    w.pass(base::hours{1});
    w.see_in_person();
    w.signed_by(reviewer, reinstate_line{}, other_clerk);
    EXPECT_EQ(w.s.books.customer_money(), 90'000);
}

// ------------------------------------------------------------------------------------------------ a day's budget

TEST(money_by_hand, a_holder_moves_so_much_a_day_over_all_lines) {
    credential_state s;
    auto now = at("2026-03-02T02:00:00Z");
    const auto note = [&](std::int64_t minor, const char* of = "by hand CNY") -> result<void> {
        const context circumstances{now, repository_rules().get(), clerk, channel::counter};
        TRY(done, credential::decide(s, note_money{of, "ln_1", minor, 1000}, circumstances));
        s = std::move(done.after);
        return {};
    };
    EXPECT_TRUE(note(600));
    EXPECT_EQ(note(401).error().what, code::too_many);
    EXPECT_TRUE(note(400)) << "what was refused is not counted";
    EXPECT_FALSE(note(1));
    EXPECT_TRUE(note(1000, "import CNY")) << "another kind is another budget";
    now = now + base::hours{25};
    EXPECT_TRUE(note(1));
    EXPECT_EQ(s.money.size(), 1U) << "what is over is forgotten";
    now = now + base::hours{23};
    EXPECT_TRUE(note(999));
    now = now + base::hours{2};
    EXPECT_TRUE(note(1)) << "the first has gone, and what came late in that day has not";
    EXPECT_FALSE(note(1)) << "twice the bound within hours, over the end of a day that began with a trifle";
}

// ------------------------------------------------------------------------------------------------ plans

const actor ruth{role::reviewer, named("ruth"), named("ruth")};

struct planned_import {
    import_plan_state s;
    instant now = at("2026-03-02T02:00:00Z");

    result<std::size_t> apply(const import_plan_command& what, const actor& by) {
        const context circumstances{now, repository_rules().get(), by, channel::staff};
        TRY(done, import_plan::decide(s, what, circumstances));
        testing::expect_folded<import_plan>(s, done);
        s = std::move(done.after);
        return done.events.size();
    }
    plan_stage stage() const { return stage_of(s, now); }
};

make_plan plan_of(int changes) {
    return {named("ip_1"), {std::string(64, 'a'), changes, changes, {{"line", changes}}, {yuan(500)}, {}}};
}

TEST(import_plan, is_carried_out_when_another_person_signed_it_and_by_the_server_only) {
    planned_import p;
    ASSERT_EQ(p.apply(plan_of(3), chief), 2U);
    EXPECT_EQ(p.stage(), plan_stage::waiting);
    EXPECT_EQ(p.apply(plan_of(3), chief), 0U) << "the same again";
    EXPECT_EQ(p.apply(note_carried{0, {{1, 1}}}, {role::system, named("engine")}).error().what,
              code::second_person_wanted);
    const actor chief_by_night{role::reviewer, named("night"), named("chief")};
    const actor made_by_boss{role::reviewer, named("new"), named("new"), {named("chief")}};
    for (const auto& who : {chief, chief_by_night, made_by_boss})
        EXPECT_EQ(p.apply(countersign{1}, who).error().what, code::own_application) << who.id.text();
    for (const auto& who : {clerk, machine}) EXPECT_EQ(p.apply(countersign{1}, who).error().what, code::forbidden);
    ASSERT_EQ(p.apply(countersign{1}, ruth), 2U);
    EXPECT_EQ(p.stage(), plan_stage::signed_by_two);
    EXPECT_EQ(p.apply(countersign{1}, ruth).error().what, code::closure_stage);
    EXPECT_EQ(p.apply(refuse_second{1, "too late"}, ruth).error().what, code::closure_stage);
    EXPECT_EQ(p.apply(note_carried{0, {{1, 1}}}, chief).error().what, code::forbidden);

    const actor engine{role::system, named("engine")};
    EXPECT_EQ(p.apply(note_carried{0, {{1, 1}, {2, 2, plan_outcome::refused, "changed-since", "words"}}}, engine), 1U);
    EXPECT_EQ(p.apply(note_carried{0, {{1, 1}}}, engine), 0U) << "a repeat after a crash";
    EXPECT_EQ(p.apply(note_plan_cleared{}, engine).error().what, code::closure_stage);
    EXPECT_EQ(p.apply(note_carried{2, {{3, 3, plan_outcome::known}}}, engine), 1U);
    EXPECT_EQ(p.stage(), plan_stage::done);
    EXPECT_EQ(p.s.changed, 1);
    EXPECT_EQ(p.s.known, 1);
    EXPECT_EQ(p.s.refused, 1);
    ASSERT_EQ(p.s.notes.size(), 1U);
    EXPECT_EQ(p.s.notes[0].row, 2);
    EXPECT_EQ(p.apply(note_plan_cleared{}, engine), 1U);
}

TEST(import_plan, that_nobody_signed_runs_out_and_one_that_was_refused_is_over) {
    planned_import p;
    ASSERT_TRUE(p.apply(plan_of(1), chief));
    ASSERT_TRUE(p.apply(refuse_second{1, "not these lines"}, ruth));
    EXPECT_EQ(p.stage(), plan_stage::refused);
    EXPECT_FALSE(p.apply(countersign{1}, ruth));

    planned_import other;
    ASSERT_TRUE(other.apply(plan_of(1), chief));
    ASSERT_TRUE(import_plan::next_due(other.s).has_value());
    other.now = *import_plan::next_due(other.s);
    EXPECT_EQ(other.apply(countersign{1}, ruth).error().what, code::closure_stage);
    EXPECT_EQ(other.apply(expire_requests{}, machine), 1U);
    EXPECT_EQ(other.stage(), plan_stage::expired);
    EXPECT_FALSE(import_plan::next_due(other.s).has_value());
}

TEST(import_plan, that_was_signed_is_stopped_by_one_person_and_what_was_done_by_then_is_noted) {
    const actor engine{role::system, named("engine")};
    planned_import p;
    ASSERT_TRUE(p.apply(plan_of(3), chief));
    EXPECT_EQ(p.apply(stop_plan{"not these lines"}, chief).error().what, code::closure_stage) << "refuse it";
    ASSERT_TRUE(p.apply(countersign{1}, ruth));
    ASSERT_TRUE(p.apply(note_carried{0, {{1, 1}}}, engine));
    EXPECT_EQ(p.apply(stop_plan{"x"}, chief).error().what, code::invalid) << "without saying why";
    EXPECT_EQ(p.apply(stop_plan{"not these lines"}, chief), 1U);
    EXPECT_EQ(p.stage(), plan_stage::stopped);
    EXPECT_TRUE(p.s.ended_at);
    EXPECT_EQ(p.apply(stop_plan{"once more, please"}, ruth), 0U);
    EXPECT_EQ(p.s.why_stopped, "not these lines");
    EXPECT_EQ(p.apply(note_carried{1, {{2, 2}}}, engine), 1U) << "it was under way";
    EXPECT_EQ(p.stage(), plan_stage::stopped);
    EXPECT_EQ(p.s.changed, 2);
    EXPECT_EQ(p.apply(countersign{1}, ruth).error().what, code::closure_stage);
    EXPECT_EQ(p.apply(note_plan_cleared{}, engine), 1U);
}

TEST(import_plan, an_account_beside_contact_points_is_changed_when_two_have_signed) {
    const context alone{at("2026-03-02T02:00:00Z"), repository_rules().get(), chief, channel::staff};
    subscriber_state s;
    s.id = named("sub-1");
    const change_contacts change{"en", {{named("mail-1"), medium::mail, false, {}, {}, {}}}, "another"};
    EXPECT_EQ(subscriber::decide(s, change, alone).error().what, code::second_person_needed);
    auto two = alone;
    two.second = ruth;
    EXPECT_TRUE(subscriber::decide(s, change, two));
}

TEST(late_money, of_given_credit_waits_with_it_where_the_policy_pays_credit_out) {
    auto w = line_in_use();
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.refund_bonus = true; });
    w.submit_low();
    w.must(add_money{booking_kind::bonus, yuan(90'000'000), "g-1"}, machine);
    w.delete_profiles();
    w.answer_network();
    ASSERT_EQ(w.at_stage(), stage::closed);
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_EQ(w.s.unclaimed[0].amount, yuan(90'000'000));
    EXPECT_EQ(paid_out(w), 5000);
    EXPECT_EQ(w.s.books.of(account::prepaid), 0);
    EXPECT_EQ(w.s.books.of(account::bonus), 0);
}

}  // namespace
}  // namespace keepline::domain
