#include "base/problem_titles.hpp"

#include <gtest/gtest.h>

namespace keepline::base {
namespace {

TEST(problem_titles, every_code_has_one_in_chinese) {
#define X(name, id, status, exit_code, title, whose)                  \
    EXPECT_NE(problem_title(base::code::name, "zh-CN"), title) << id; \
    EXPECT_EQ(problem_title(base::code::name, "en"), title);
#include "base/error_codes.def"
#undef X
}

TEST(problem_titles, the_language_is_the_one_that_is_wanted_more) {
    for (const char* header :
         {"zh", "zh-CN", "zh-Hans-CN,zh;q=0.9,en;q=0.8", "fr, ZH-cn;q=0.5, en;q=0.1", "en;q=0.3,zh;q=0.7"})
        EXPECT_EQ(wanted_language(header), "zh-CN") << header;
    for (const char* header : {"", "en", "fr", "*", "en-GB,zh;q=0.9", "zh;q=0", "zhx", ";;,,q=", "zh;q=0.2,en;q=0.21"})
        EXPECT_EQ(wanted_language(header), "en") << header;
}

}  // namespace
}  // namespace keepline::base
