#include "link/message_budget.hpp"

#include "base/property.hpp"

namespace keepline::link {
namespace {

using domain::medium;

constexpr base::instant noon{1'795'000'000'000};

message_limits limits() {
    message_limits out;
    out.address = {3, 5};
    out.line = {6, 0};
    out.prefix = {8, 0};
    out.all = {12, 0};
    return out;
}

struct budget : testing::Test {
    port::message_metrics metrics;
    message_budget of{limits(), base::digest{7}, &metrics};

    std::string take(const std::string& to, const std::string& line, base::instant at = noon, bool vouched = false,
                     bool code = false, medium by = medium::sms) {
        return std::string(of.take({by, to, line, code, vouched}, at));
    }
};

TEST_F(budget, an_address_is_told_so_often_and_again_in_the_next_hour_and_day) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take("+8613800138000", "ln_1"), "");
    EXPECT_EQ(take("+8613800138000", "ln_1"), "address");
    EXPECT_EQ(take("+8613800138001", "ln_1"), "");
    EXPECT_EQ(take("+8613800138000", "ln_1", noon + base::hours{1}), "");
    EXPECT_EQ(take("+8613800138000", "ln_1", noon + base::hours{1}), "");
    EXPECT_EQ(take("+8613800138000", "ln_1", noon + base::hours{1}), "address") << "of the day";
    EXPECT_EQ(take("+8613800138000", "ln_1", noon + base::days{1}), "");
    EXPECT_EQ(metrics.of(true, "address").load(), 2U);
    EXPECT_EQ(metrics.of(false, "address").load(), 0U);
}

TEST_F(budget, a_line_a_prefix_and_all_of_them_have_one_each) {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(take("+33700000" + std::to_string(100 + i), "ln_1"), "");
    EXPECT_EQ(take("+44700000100", "ln_1"), "line");
    EXPECT_EQ(take("+33700000200", "ln_2"), "");
    EXPECT_EQ(take("+33700000201", "ln_3"), "");
    EXPECT_EQ(take("+33700000202", "ln_4"), "prefix") << "one country and operator";
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(take("+4" + std::to_string(i) + "700000100", "ln_" + std::to_string(10 + i)), "");
    EXPECT_EQ(take("+61400000000", "ln_20"), "all");
    EXPECT_EQ(take("a@x.cn", "ln_20", noon, false, false, medium::mail), "") << "mail is counted apart";
    EXPECT_EQ(take("+61400000000", "ln_20", noon, false, true), "") << "so are codes";
}

TEST_F(budget, what_is_vouched_for_is_held_by_its_own_address_only) {
    for (int i = 0; i < 12; ++i) (void)take("+33700000" + std::to_string(100 + i), "ln_1");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take("+33700000999", "ln_1", noon, true), "");
    EXPECT_EQ(take("+33700000999", "ln_1", noon, true), "address");
}

TEST_F(budget, what_an_owner_must_hear_is_not_pushed_out_by_what_is_sent_there_about_other_lines) {
    auto how = limits();
    how.reserve = {2, 3};
    message_budget of_all(how, base::digest{9}, nullptr);
    const auto take_one = [&](const std::string& line, bool must_hear, bool of_case, base::instant at = noon) {
        return std::string(of_all.take({medium::sms, "+8613800138000", line, false, true, must_hear, of_case}, at));
    };
    for (int i = 0; i < 80; ++i) (void)take_one("ln_" + std::to_string(100 + i), true, false);
    EXPECT_EQ(take_one("ln_1", false, false), "") << "reminders are counted apart";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(take_one("ln_1", true, false), "");
    EXPECT_EQ(take_one("ln_1", true, false), "address") << "beyond the reserve it waits like everything";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(take_one("ln_1", true, true), "") << "the case has a reserve of its own";
    EXPECT_EQ(take_one("ln_1", true, true), "address");
    EXPECT_EQ(take_one("ln_1", true, true, noon + base::hours{1}), "") << "one more within the day";
}

TEST_F(budget, a_vouched_number_abroad_is_held_by_all_budgets) {
    auto how = limits();
    how.reserve = {2, 0};
    how.numbers.own = {"+86138"};
    message_budget of_all(how, base::digest{9}, nullptr);
    const auto take_one = [&](const std::string& to) {
        return std::string(of_all.take({medium::sms, to, "ln" + to, false, true, true, false}, noon));
    };
    int passed = 0;
    for (int i = 0; i < 30; ++i) passed += take_one("+3370000" + std::to_string(1000 + i)).empty() ? 1 : 0;
    EXPECT_EQ(passed, 8) << "the prefix's budget";
    for (int i = 0; i < 30; ++i) EXPECT_EQ(take_one("+861390000" + std::to_string(1000 + i)), "") << "at home";
}

TEST_F(budget, a_satellite_or_premium_range_that_nobody_named_has_one_budget_whatever_is_vouched) {
    int passed = 0;
    for (int i = 0; i < 30; ++i) {
        const auto to = "+882" + std::to_string(100'000'000 + i * 20'000'000);
        passed += take(to, "ln_" + to, noon, true).empty() ? 1 : 0;
    }
    EXPECT_EQ(passed, 8);
}

TEST(number_ranges, know_countries_and_what_costs) {
    const port::number_ranges none{};
    EXPECT_TRUE(none.is_own("+8613800138000"));
    EXPECT_FALSE(none.is_own("+88216123456"));
    EXPECT_TRUE(none.is_home("+33700000000"));
    const port::number_ranges some{{"+86138", "+1212"}, {"+88216"}};
    EXPECT_TRUE(some.is_own("+8613800138000"));
    EXPECT_FALSE(some.is_own("+8613900138000"));
    EXPECT_TRUE(some.is_home("+8613900138000"));
    EXPECT_TRUE(some.is_home("+13105550100"));
    EXPECT_FALSE(some.is_home("+85261234567"));
    EXPECT_FALSE(some.is_costly("+88216123456"));
    EXPECT_TRUE(some.is_costly("+88217123456"));
    EXPECT_EQ(port::number_ranges::calling_code("+8613800138000"), "+86");
    EXPECT_EQ(port::number_ranges::calling_code("+79161234567"), "+7");
    EXPECT_EQ(port::number_ranges::calling_code("+3519161234"), "+351");
}

TEST_F(budget, what_did_not_leave_gives_its_place_back) {
    for (int i = 0; i < 9; ++i) {
        EXPECT_EQ(take("+8613800138000", "ln_1"), "");
        of.give_back({medium::sms, "+8613800138000", "ln_1", false, false}, noon);
    }
}

TEST_F(budget, a_clock_that_is_set_back_gives_nothing_away) {
    for (int i = 0; i < 3; ++i) (void)take("+8613800138000", "ln_1");
    EXPECT_EQ(take("+8613800138000", "ln_1", noon - base::days{400}), "address");
}

TEST(budget_sketch, never_lets_more_pass_than_the_limit_whatever_else_is_sent) {
    EXPECT_HOLDS("at most as many as the budget says", [](const std::vector<std::uint16_t>& others) {
        message_limits how;
        how.address = {4, 0};
        message_budget of(how, base::digest{3}, nullptr);
        int passed = 0;
        for (const auto n : others) {
            (void)of.take({medium::sms, "+1" + std::to_string(n), "ln", false, false}, noon);
            passed += of.take({medium::sms, "+8613800138000", "ln", false, false}, noon).empty() ? 1 : 0;
        }
        RC_ASSERT(passed <= 4);
    });
}

}  // namespace
}  // namespace keepline::link
