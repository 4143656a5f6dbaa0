#include "domain/calendar_reach.hpp"

#include "domain/test_world.hpp"

#include <algorithm>
#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using namespace keepline::domain::testing;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

instant noon(std::string_view day) { return *base::instant_from_iso(std::string(day) + "T12:00:00Z"); }

calendar_reach reach_of(const rule_book& rules, std::string_view id, std::string_view day) {
    const auto all = calendar_reaches(rules, noon(day));
    const auto found = std::ranges::find_if(all, [&](const auto& one) { return one.of->id == id; });
    EXPECT_NE(found, all.end());
    return found == all.end() ? calendar_reach{} : *found;
}

class calendars : public ::testing::Test {
 protected:
    /// Whatever years are brought in, China's ends with 2026 here.
    rules_ptr rules = with_calendar(repository_rules(), "CN", [](calendar& one) {
        one.covers_to = *base::day_from_iso("2026-12-31");
        std::erase_if(one.days, [&](const auto& day) { return day.first > one.covers_to; });
    });
};

TEST_F(calendars, warn_from_sixty_days_before_their_end_and_say_how_many_are_left) {
    const auto before = reach_of(*rules, "CN", "2026-11-01");
    EXPECT_EQ(before.days_left, 60);
    EXPECT_TRUE(before.ends_soon());
    EXPECT_FALSE(reach_of(*rules, "CN", "2026-10-31").ends_soon());
    EXPECT_THAT(reach_of(*rules, "CN", "2026-12-01").warning(), HasSubstr("CN ends on 2026-12-31 (30 days left)"));
    EXPECT_THAT(reach_of(*rules, "CN", "2026-12-30").warning(), HasSubstr("(1 day left)"));
    EXPECT_EQ(reach_of(*rules, "CN", "2026-12-31").days_left, 0);
    const auto after = reach_of(*rules, "CN", "2027-01-03");
    EXPECT_EQ(after.days_left, -3);
    EXPECT_TRUE(after.ends_soon());
    EXPECT_THAT(after.warning(), HasSubstr("CN ended on 2026-12-31 (3 days ago)"));
}

TEST_F(calendars, name_the_policies_that_go_by_them_and_those_whose_reviews_are_provisional_already) {
    const auto early = reach_of(*rules, "CN", "2026-12-01");
    EXPECT_THAT(early.policies, Contains("base"));
    EXPECT_THAT(early.policies, Contains("cn"));
    EXPECT_THAT(early.policies, Not(Contains("us")));
    EXPECT_THAT(early.provisional, IsEmpty());
    // Seven working days from 24 December leave the year.
    EXPECT_THAT(reach_of(*rules, "CN", "2026-12-24").provisional, Contains("cn"));
    EXPECT_THAT(reach_of(*rules, "US", "2026-12-24").provisional, IsEmpty());
}

TEST_F(calendars, that_no_policy_names_warn_nobody) {
    const auto nobodys = reach_of(*rules, "DE", "2030-01-01");
    EXPECT_THAT(nobodys.policies, IsEmpty());
    EXPECT_LT(nobodys.days_left, 0);
    EXPECT_FALSE(nobodys.ends_soon());
}

}  // namespace
}  // namespace keepline::domain
