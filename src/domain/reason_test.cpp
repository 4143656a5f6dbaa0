#include "domain/reason.hpp"

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

TEST(reason, of_one_character_or_of_the_same_one_over_and_over_says_nothing) {
    for (const char* empty : {"", "x", "...........", "aaaaaaaaaaaaaaaa", "        ", "ok ok ok", "\xe6\x9f\xa5"})
        EXPECT_FALSE(check_reason(empty)) << empty;
    EXPECT_FALSE(check_reason(std::string(201, 'w')));
}

TEST(reason, of_a_few_words_in_any_script_is_one) {
    for (const char* fine :
         {"call back about c1", "case ln_ab12-c1", "\xe5\xae\xa2\xe6\x88\xb7\xe6\x9d\xa5\xe7\x94\xb5"})
        EXPECT_TRUE(check_reason(fine)) << fine;
}

}  // namespace
}  // namespace keepline::domain
