#include "http/cookies.hpp"

#include <gtest/gtest.h>

namespace keepline::http {
namespace {

TEST(cookies, are_found_by_name_and_never_of_two) {
    EXPECT_EQ(cookie_named("a=1; b=2", "b"), "2");
    EXPECT_EQ(cookie_named("ab=1;b=2", "b"), "2");
    EXPECT_EQ(cookie_named("b=", "b"), "");
    EXPECT_EQ(cookie_named("b=1; b=2", "b"), "");
    EXPECT_EQ(cookie_named("", "b"), "");
}

}  // namespace
}  // namespace keepline::http
