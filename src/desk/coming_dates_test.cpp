// What comes if nothing is done.
#include "desk/coming_dates.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {
namespace coming_tests {

constexpr instant noon{1'795'348'800'000};  // 2026-11-22T12:00:00Z

domain::keepalive_rules rules_of_test() {
    domain::keepalive_rules out;
    out.validity_days = 30;
    out.grace_days = 10;
    out.suspend_days = 20;
    out.remind_days_before = {3, 14};
    return out;
}

line_view line_until(instant valid_until) {
    line_view out;
    out.status = domain::line_status::active;
    out.valid_until = valid_until;
    out.balance.prepaid = {500, "CNY"};
    return out;
}

std::vector<coming> kinds(const std::vector<coming_date>& all) {
    std::vector<coming> out;
    for (const auto& one : all) out.push_back(one.what);
    return out;
}

TEST(coming_dates, are_each_reminder_and_then_each_step_to_the_end) {
    const auto until = noon + base::days{20};
    const auto all = coming_dates(line_until(until), rules_of_test(), {}, noon);
    using enum coming;
    EXPECT_EQ(kinds(all), (std::vector{reminder, last_reminder, grace, suspended, ended}));
    EXPECT_EQ(all[0].at, until - base::days{14});
    EXPECT_EQ(all[1].at, until - base::days{3});
    EXPECT_EQ(all[2].at, until);
    EXPECT_EQ(all[3].at, until + base::days{10});
    EXPECT_EQ(all[4].at, until + base::days{30});
}

TEST(coming_dates, leave_out_what_is_past) {
    using enum coming;
    auto line = line_until(noon + base::days{5});
    EXPECT_EQ(kinds(coming_dates(line, rules_of_test(), {}, noon)),
              (std::vector{last_reminder, grace, suspended, ended}));
    line.status = domain::line_status::grace;
    EXPECT_EQ(kinds(coming_dates(line, rules_of_test(), {}, noon)), (std::vector{suspended, ended}));
    line.status = domain::line_status::suspended;
    EXPECT_EQ(kinds(coming_dates(line, rules_of_test(), {}, noon)), (std::vector{ended}));
}

TEST(coming_dates, end_with_the_fee_where_the_balance_keeps_the_number) {
    using enum coming;
    auto rules = rules_of_test();
    rules.retention_fee = money{500, "CNY"};
    rules.retention_extends_days = 30;
    auto line = line_until(noon + base::days{2});
    const auto kept = coming_dates(line, rules, {}, noon);
    EXPECT_EQ(kinds(kept), (std::vector{kept_by_fee}));
    EXPECT_EQ(kept[0].price, rules.retention_fee);
    line.balance.prepaid.minor = 499;
    EXPECT_EQ(kinds(coming_dates(line, rules, {}, noon)), (std::vector{grace, suspended, ended}));
}

TEST(coming_dates, are_none_where_nothing_comes_by_itself) {
    auto line = line_until(noon + base::days{2});
    EXPECT_TRUE(coming_dates(line, {}, {}, noon).empty());
    line.closure = closure_ref{"ln_1-c1", domain::stage::opened};
    EXPECT_FALSE(coming_dates(line, rules_of_test(), {}, noon).empty());
    line.closure->stage = domain::stage::in_review;
    EXPECT_TRUE(coming_dates(line, rules_of_test(), {}, noon).empty());
    line.closure.reset();
    line.status = domain::line_status::ended;
    EXPECT_TRUE(coming_dates(line, rules_of_test(), {}, noon).empty());
}

TEST(coming_dates, an_end_waits_for_what_stands_against_it) {
    auto line = line_until(noon);
    EXPECT_FALSE(end_waits(line));
    line.customer_lock = true;
    EXPECT_TRUE(end_waits(line));
}

}  // namespace coming_tests
}  // namespace
}  // namespace keepline::desk
