#include "domain/days.hpp"

#include "domain/test_world.hpp"

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

using namespace testing;

const base::zone new_york{"America/New_York", {{base::instant{0}, -5 * 3600}}};
const base::zone shanghai{"Asia/Shanghai", {{base::instant{0}, 8 * 3600}}};

TEST(days, a_bare_date_ends_with_that_day_where_the_line_is) {
    const auto given = read_time("valid_until", "2026-11-28").value();
    EXPECT_EQ(given.as_end(new_york), at("2026-11-29T05:00:00Z"));
    EXPECT_EQ(given.as_end(shanghai), at("2026-11-28T16:00:00Z"));
    EXPECT_EQ(given.as_beginning(shanghai), at("2026-11-27T16:00:00Z"));
}

TEST(days, a_time_is_taken_as_it_is) {
    const auto given = read_time("valid_until", "2026-11-28T10:00:00+08:00").value();
    EXPECT_EQ(given.as_end(new_york), at("2026-11-28T02:00:00Z"));
    EXPECT_EQ(given.as_beginning(shanghai), at("2026-11-28T02:00:00Z"));
}

TEST(days, what_went_in_as_a_date_comes_out_as_the_same_date) {
    const auto from = at("2026-01-01T00:00:00Z");
    for (const auto* zone : {&new_york, &shanghai})
        for (int i = 0; i < 800; ++i) {
            const auto written = day("2026-02-01") + i;
            const auto given = read_time("until", base::iso(written)).value();
            ASSERT_EQ(last_day(*zone, given.as_end(*zone), from), written);
        }
}

TEST(days, what_ends_within_a_day_is_named_by_that_day) {
    const auto from = at("2026-11-01T00:00:00Z");
    EXPECT_EQ(last_day(shanghai, at("2026-11-28T10:00:00Z"), from), day("2026-11-28"));
    EXPECT_EQ(last_day(shanghai, at("2026-11-28T16:00:00Z"), from), day("2026-11-28")) << "24:00 there";
    EXPECT_EQ(last_day(shanghai, at("2026-11-28T16:00:01Z"), from), day("2026-11-29"));
}

TEST(days, other_writings_are_refused_with_the_field_and_an_example) {
    for (const auto* text : {"", "2026/11/28", "28.11.2026", "2026-02-30", "2026-11-28 10:00", "tomorrow"}) {
        const auto read = read_time("expires_at", text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().words.find("`expires_at`"), std::string::npos);
        EXPECT_NE(read.error().words.find("2027-02-27"), std::string::npos);
    }
}

}  // namespace
}  // namespace keepline::domain
