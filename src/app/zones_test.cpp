#include "app/zones.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

using base::instant_from_iso;

TEST(zones, say_which_day_it_is_in_each_place) {
    const auto zones = load_zones({"Asia/Shanghai", "Europe/Lisbon", "America/New_York", "UTC"});
    ASSERT_TRUE(zones);
    const auto t = *instant_from_iso("2026-07-01T22:30:00Z");
    EXPECT_EQ(zones->of("Asia/Shanghai").local_text(t), "2026-07-02 06:30");
    EXPECT_EQ(zones->of("Europe/Lisbon").local_text(t), "2026-07-01 23:30");
    EXPECT_EQ(zones->of("America/New_York").local_text(t), "2026-07-01 18:30");
    EXPECT_EQ(zones->of("UTC").local_text(t), "2026-07-01 22:30");
}

TEST(zones, follow_summer_time_in_far_years_too) {
    const auto zone = load_zone("Europe/London");
    ASSERT_TRUE(zone);
    EXPECT_EQ(zone->offset_s(*instant_from_iso("2026-03-29T00:59:59Z")), 0);
    EXPECT_EQ(zone->offset_s(*instant_from_iso("2026-03-29T01:00:00Z")), 3600);
    EXPECT_EQ(zone->offset_s(*instant_from_iso("2049-07-01T00:00:00Z")), 3600);
    EXPECT_EQ(zone->offset_s(*instant_from_iso("2049-12-01T00:00:00Z")), 0);
}

TEST(zones, follow_the_southern_summer_too) {
    const auto zone = load_zone("Australia/Melbourne");
    ASSERT_TRUE(zone);
    for (const auto* year : {"2026", "2037", "2038", "2050"}) {
        EXPECT_EQ(zone->offset_s(*instant_from_iso(std::string(year) + "-01-15T00:00:00Z")), 11 * 3600) << year;
        EXPECT_EQ(zone->offset_s(*instant_from_iso(std::string(year) + "-07-15T00:00:00Z")), 10 * 3600) << year;
        EXPECT_EQ(zone->offset_s(*instant_from_iso(std::string(year) + "-12-15T00:00:00Z")), 11 * 3600) << year;
    }
}

TEST(zones, refuse_a_name_nobody_knows) {
    const auto zone = load_zone("Mars/Olympus");
    ASSERT_FALSE(zone);
    EXPECT_EQ(zone.error().what, base::code::policy_invalid);
    EXPECT_NE(zone.error().words.find("Mars/Olympus"), std::string::npos);
}

}  // namespace
}  // namespace keepline::app
