#include "desk/masked.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using domain::medium;

TEST(masked, an_address_is_known_again_by_its_owner_only) {
    EXPECT_EQ(masked_address(medium::sms, "+8613800138000"), "***8000");
    EXPECT_EQ(masked_address(medium::mail, "wang@example.org"), "w***@example.org");
    EXPECT_EQ(masked_address(medium::mail, "w@example.org"), "***@example.org");
    EXPECT_EQ(masked_tail("1234"), "***");
    EXPECT_EQ(masked_tail(""), "");
}

TEST(masked, four_digits_are_at_most_half_of_what_they_stand_for) {
    EXPECT_EQ(last_four("+1234567"), "4567");
    EXPECT_EQ(last_four("1234567"), "");
    EXPECT_EQ(last_four(""), "");
}

TEST(masked, staff_tell_what_is_short_apart_too_and_never_see_all_of_it) {
    EXPECT_EQ(tail_of("DE89370400440532013000"), "…3000");
    EXPECT_EQ(tail_of("1234"), "…234");
    EXPECT_EQ(tail_of("1"), "…");
    EXPECT_EQ(tail_of(""), "");
}

}  // namespace
}  // namespace keepline::desk
