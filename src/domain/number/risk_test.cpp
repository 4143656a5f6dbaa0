// What raises the risk of a case, to the day and to the cent: each fact begins and ends where the policy says.
#include "domain/number/risk.hpp"

#include "domain/test_world.hpp"

namespace keepline::domain::risk_tests {  // names that others in the same build batch have, too
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

const risk_rules& rules_of(const world& w) { return w.own_policy().risk; }
std::vector<std::string> facts(const world& w, instant at) { return assess(w.s, w.own_policy(), at, {}).facts; }

TEST(risk, a_change_counts_for_its_days_and_not_a_moment_longer) {
    struct change {
        const char* fact;
        std::optional<instant> line::* when;
        int risk_rules::* days;
    };
    for (const auto& one :
         {change{"sim_changed", &line::sim_changed_at, &risk_rules::sim_change_days},
          change{"contact_changed", &line::contacts_changed_at, &risk_rules::contact_change_days},
          change{"new_refund_account", &line::refund_account_changed_at, &risk_rules::refund_account_days},
          change{"document_changed", &line::document_changed_at, &risk_rules::document_days},
          change{"customer_unlocked", &line::customer_unlocked_at, &risk_rules::customer_unlock_days}}) {
        world w;
        w.have_line();
        (*w.s.subscription).*one.when = w.now;
        const auto over = w.now + base::days{rules_of(w).*one.days};
        EXPECT_THAT(facts(w, over - base::duration{1}), Contains(one.fact));
        EXPECT_THAT(facts(w, over), Not(Contains(one.fact)));
    }
    world w;
    w.have_line();
    w.s.subscription->since = w.now;
    const auto grown = w.now + base::days{rules_of(w).young_line_days};
    EXPECT_THAT(facts(w, grown - base::duration{1}), Contains("young_line"));
    EXPECT_THAT(facts(w, grown), IsEmpty());
    world held;
    held.have_line();
    held.s.memory.held_at = held.now;
    const auto forgotten = held.now + base::days{rules_of(held).fraud_hold_days};
    EXPECT_THAT(facts(held, forgotten - base::duration{1}), Contains("prior_fraud_hold"));
    EXPECT_THAT(facts(held, forgotten), IsEmpty());
}

TEST(risk, wrong_codes_are_a_fact_from_the_policys_number_on_and_staffs_tries_are_not_the_owners) {
    world w;
    w.have_line();
    w.must(open_closure{});
    const int most = rules_of(w).wrong_tries;
    ASSERT_GT(most, 0);
    const auto told = [&](int wrong, int of_staff) {
        w.s.current->otp.wrong = wrong;
        w.s.current->otp.wrong_of_staff = of_staff;
        return std::ranges::count(facts(w, w.now), "wrong_tries") == 1;
    };
    EXPECT_FALSE(told(most - 1, 0));
    EXPECT_TRUE(told(most, 0));
    EXPECT_FALSE(told(most, 1));
    EXPECT_TRUE(told(most + 1, 1));
    w.s.current->opened_by = clerk;
    EXPECT_TRUE(told(most, 1)) << "staff apply: what they tried tells of who stands before them";
    w.s.current->accepted = acceptance{w.now, customer};
    EXPECT_FALSE(told(most, 1)) << "the owner took it up";
    w.s.current->accepted = acceptance{w.now, clerk};
    EXPECT_TRUE(told(most, 1));
    w.s.current->accepted = acceptance{w.now, {}};
    EXPECT_TRUE(told(most, 1)) << "nobody in particular took it up: whoever opened it";
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.risk.wrong_tries = 0; });
    EXPECT_FALSE(told(100, 0)) << "a policy that does not count them";
}

TEST(risk, a_hold_of_another_case_is_no_fact_of_this_one) {
    world w;
    w.have_line();
    w.must(open_closure{});
    EXPECT_THAT(facts(w, w.now), IsEmpty());
    w.s.current->held_since = w.now - base::days{1000};
    EXPECT_THAT(facts(w, w.now), Contains("prior_fraud_hold")) << "of this case, however long ago";
    w.must(withdraw_closure{});
    EXPECT_THAT(facts(w, w.now), IsEmpty());
}

TEST(risk, money_is_looked_at_from_the_policys_sum_on_each_hand_for_itself) {
    world w;
    w.have_line();
    w.s.moved.clear();
    const auto by_hand = rules_of(w).money_by_hand_minor;
    const auto by_system = rules_of(w).money_by_system_minor;
    const auto told = [&](std::vector<moved_money> moved, std::optional<instant> at = {}) {
        w.s.moved = std::move(moved);
        return std::ranges::count(facts(w, at.value_or(w.now)), "money_brought") == 1;
    };
    using enum money_hand;
    EXPECT_FALSE(told({{w.now, staff, by_hand - 1}}));
    EXPECT_TRUE(told({{w.now, staff, by_hand}}));
    EXPECT_TRUE(told({{w.now, staff, by_hand - 1}, {w.now, update, 1}}));
    EXPECT_FALSE(told({{w.now, staff, by_hand - 1}, {w.now, money_hand::system, 1}})) << "not of one hand";
    EXPECT_TRUE(told({{w.now, staff, by_hand}, {w.now, staff, -by_hand}, {w.now, staff, 0}}))
        << "what went out again still came";
    EXPECT_FALSE(told({{w.now, money_hand::system, by_system - 1}}));
    EXPECT_TRUE(told({{w.now, money_hand::system, by_system}}));
    EXPECT_TRUE(told({{w.now, opening, by_system}}));
    const auto over = w.now + base::days{rules_of(w).money_days};
    EXPECT_TRUE(told({{w.now, staff, by_hand}}, over - base::duration{1}));
    EXPECT_FALSE(told({{w.now, staff, by_hand}}, over));
    EXPECT_TRUE(told({{w.now, staff_opening, 1}})) << "a line that one of the staff made with money in it";
    EXPECT_FALSE(told({{w.now, staff_opening, 1, true}})) << "two signed";
    EXPECT_FALSE(told({{w.now, staff_opening, 0}}));
    EXPECT_FALSE(told({{w.now, staff, 1}}));
    EXPECT_TRUE(told({{w.now, staff_opening, 1}}, over - base::duration{1}));
    EXPECT_FALSE(told({{w.now, staff_opening, 1}}, over));
    w.rules =
        with_policy(w.rules, "cn", [](policy& p) { p.risk.money_by_hand_minor = p.risk.money_by_system_minor = 0; });
    EXPECT_FALSE(told({{w.now, staff, 1'000'000'000}, {w.now, money_hand::system, 1'000'000'000}}))
        << "a policy that does not look";
}

TEST(risk, is_the_highest_of_its_facts) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.risk.levels = {
            {"young_line", risk_level::medium}, {"lost_device", risk_level::high}, {"sim_changed", risk_level::low}};
    });
    w.have_line();
    w.s.subscription->since = w.now;
    EXPECT_EQ(assess(w.s, w.own_policy(), w.now, {}).level, risk_level::medium);
    w.s.subscription->sim_changed_at = w.now;
    EXPECT_EQ(assess(w.s, w.own_policy(), w.now, {}).level, risk_level::medium);
    w.s.subscription->locked_since = w.now;
    EXPECT_EQ(assess(w.s, w.own_policy(), w.now, {}).level, risk_level::high);
    EXPECT_EQ(assess(w.s, w.own_policy(), w.now, {"bulk_pattern"}).level, risk_level::high)
        << "what the policy does not weigh";
}

TEST(late_money, is_looked_at_by_what_came_in_all_and_kept_by_what_came_late) {
    world w;
    w.have_line();
    w.s.moved.clear();
    EXPECT_EQ(unseen_money(w.s, rules_of(w)), 0) << "no case";
    w.submit_low();
    const auto by_hand = rules_of(w).money_by_hand_minor;
    const auto by_system = rules_of(w).money_by_system_minor;
    const auto unseen = [&](std::vector<moved_money> moved, late_money late) {
        w.s.moved = std::move(moved);
        w.s.late = late;
        return unseen_money(w.s, rules_of(w));
    };
    using enum money_hand;
    EXPECT_EQ(unseen({{w.now, staff, by_hand}}, {by_hand, 0}), by_hand);
    EXPECT_EQ(unseen({{w.now, staff, by_hand - 1}}, {by_hand - 1, 0}), 0);
    EXPECT_EQ(unseen({{w.now, staff, by_hand}}, {7, 5}), 7) << "of this hand only";
    EXPECT_EQ(unseen({{w.now, money_hand::system, by_system}}, {7, 5}), 5);
    EXPECT_EQ(unseen({{w.now, money_hand::system, by_system}, {w.now, staff, by_hand}}, {7, 5}), 12);
    const auto before = w.now - base::days{rules_of(w).money_days};
    EXPECT_EQ(unseen({{before, staff, by_hand}}, {7, 0}), 0) << "too long before the submission";
    EXPECT_EQ(unseen({{before + base::duration{1}, staff, by_hand}}, {7, 0}), 7);
    w.s.current->assessed.facts = {"money_brought"};
    EXPECT_EQ(unseen({{w.now, staff, by_hand}}, {7, 0}), 0) << "people were shown the rest";
    EXPECT_EQ(unseen({}, {by_hand, 0}), by_hand);
}

}  // namespace
}  // namespace keepline::domain::risk_tests
