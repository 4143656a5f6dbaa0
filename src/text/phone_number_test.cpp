#include "text/phone_number.hpp"

#include <gtest/gtest.h>

namespace keepline::text {
namespace {

TEST(phone_number, is_read_in_groups) {
    EXPECT_EQ(spaced("+8613800138000"), "+86 138 0013 8000");
    EXPECT_EQ(spaced("+12125550123"), "+1 212 555 0123");
    EXPECT_EQ(spaced("+447700900123"), "+44 770 090 0123");
    EXPECT_EQ(spaced("+6591234567"), "+65 9123 4567");
    EXPECT_EQ(spaced("+3531234567"), "+353 123 4567");
    EXPECT_EQ(spaced("+1234567"), "+1 234 567");
    EXPECT_EQ(spaced("+35212345"), "+352 12345") << "no group of one digit or two";
    EXPECT_EQ(spaced("ln_7q4m2k9d"), "ln_7q4m2k9d");
}

TEST(phone_number, nothing_but_spaces_comes_in) {
    for (const std::string number : {"+4912345678", "+49123456789", "+4912345678901", "+123456789012345", "+1234567"}) {
        auto back = spaced(number);
        std::erase(back, ' ');
        EXPECT_EQ(back, number);
        EXPECT_EQ(typed_number(spaced(number), "86").value().text(), number);
    }
}

std::string typed(std::string_view in, std::string_view country_code = "86") {
    const auto out = typed_number(in, country_code);
    return out ? out->text() : "none";
}

TEST(phone_number, is_typed_as_people_do) {
    EXPECT_EQ(typed("+86 138-0013-8000"), "+8613800138000");
    EXPECT_EQ(typed("0086 (138) 0013.8000"), "+8613800138000");
    EXPECT_EQ(typed("+1 212 555 0123"), "+12125550123") << "another country's";
    EXPECT_EQ(typed("twelve"), "none");
    EXPECT_EQ(typed(""), "none");
    EXPECT_EQ(typed("+"), "none");
}

TEST(phone_number, without_a_country_code_is_one_of_the_operators_country) {
    EXPECT_EQ(typed("13800138000"), "+8613800138000");
    EXPECT_EQ(typed("8613800138000"), "+8613800138000") << "the plus was forgotten";
    EXPECT_EQ(typed("07700 900123", "44"), "+447700900123") << "the trunk prefix falls";
    EXPECT_EQ(typed("2125550123", "1"), "+12125550123");
    EXPECT_EQ(typed("12125550123", "1"), "+12125550123");
    EXPECT_EQ(typed("9198765432", "91"), "+919198765432") << "begins as its country code does";
    EXPECT_EQ(typed("13800138000", ""), "none");
}

}  // namespace
}  // namespace keepline::text
