#include "app/zone_rule.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

TEST(zone_rule, finds_the_days_of_change) {
    const auto london = parse_zone_rule("GMT0BST,M3.5.0/1,M10.5.0");
    ASSERT_TRUE(london);
    const auto changes = changes_in(*london, 2049);
    EXPECT_EQ(base::iso(changes[0].from), "2049-03-28T01:00:00.000Z");
    EXPECT_EQ(changes[0].offset_s, 3600);
    EXPECT_EQ(base::iso(changes[1].from), "2049-10-31T01:00:00.000Z");
    EXPECT_EQ(changes[1].offset_s, 0);
}

TEST(zone_rule, knows_the_south_and_clocks_that_turn_back_in_winter) {
    const auto melbourne = parse_zone_rule("AEST-10AEDT,M10.1.0,M4.1.0/3");
    ASSERT_TRUE(melbourne);
    EXPECT_EQ(changes_in(*melbourne, 2040)[0].offset_s, 10 * 3600);
    EXPECT_EQ(base::iso(changes_in(*melbourne, 2040)[0].from), "2040-03-31T16:00:00.000Z");
    const auto dublin = parse_zone_rule("IST-1GMT0,M10.5.0,M3.5.0/1");
    ASSERT_TRUE(dublin);
    EXPECT_EQ(base::iso(changes_in(*dublin, 2049)[0].from), "2049-03-28T01:00:00.000Z");
    EXPECT_EQ(changes_in(*dublin, 2049)[0].offset_s, 3600);
    const auto nuuk = parse_zone_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
    ASSERT_TRUE(nuuk);
    EXPECT_EQ(base::iso(changes_in(*nuuk, 2040)[0].from), "2040-03-25T01:00:00.000Z");
}

TEST(zone_rule, is_nothing_without_summer_time_or_in_an_unknown_form) {
    for (const char* text : {"", "CST-8", "<+03>-3", "GMT0BST", "GMT0BST,M13.5.0,M10.5.0", "GMT0BST,J60,J300",
                             "GMT0BST,M3.5.0/1,M10.5.0,", "0", "<GMT0BST,M3.5.0,M10.5.0", "GMT0BST,M3.0.0,M10.5.0"})
        EXPECT_FALSE(parse_zone_rule(text)) << text;
}

}  // namespace
}  // namespace keepline::app
