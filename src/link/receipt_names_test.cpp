#include "link/receipt_names.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

bool finds(std::string_view answer, std::string_view receipt, receipt_ids how, receipt_way before = receipt_way::same) {
    const auto name = receipt_name(answer, how);
    return std::ranges::any_of(receipt_candidates(receipt, how, before),
                               [&](const receipt_candidate& one) { return one.name == name; });
}

TEST(receipt_names, by_themselves_match_in_any_case_with_leading_zeros_and_in_the_other_base) {
    using enum receipt_ids;
    EXPECT_TRUE(finds("1F", "1f", automatic));
    EXPECT_TRUE(finds("0000001F", "1f", automatic));
    EXPECT_TRUE(finds("1f", "0000001F", automatic));
    EXPECT_TRUE(finds("1f", "31", automatic)) << "answered in hexadecimal, receipt in decimal";
    EXPECT_TRUE(finds("31", "1F", automatic)) << "and the other way round";
    EXPECT_TRUE(finds("0000000031", "1f", automatic));
    EXPECT_TRUE(finds("FFFFFFFFFFFFFFFFFFFF", "1208925819614629174706175", automatic))
        << "longer than any machine word";
    EXPECT_TRUE(finds("2B7C0F1E-AA00-4000-8000-0123456789AB", "2b7c0f1e-aa00-4000-8000-0123456789ab", automatic));
    EXPECT_TRUE(finds("0", "000", automatic));
    EXPECT_FALSE(finds("1f", "32", automatic));
    EXPECT_FALSE(finds("aB3xZ", "Ab3xZ", automatic)) << "in ids of all letters the case may mean something";
}

TEST(receipt_names, by_setting_match_in_one_way_only) {
    using enum receipt_ids;
    EXPECT_TRUE(finds("1F", "1F", exact));
    EXPECT_FALSE(finds("1F", "1f", exact));
    EXPECT_FALSE(finds("1F", "01F", exact));
    EXPECT_TRUE(finds("10", "16", decimal));
    EXPECT_FALSE(finds("16", "16", decimal)) << "16 is 0x10 at this SMSC, whatever else waits";
    EXPECT_TRUE(finds("16", "10", hex));
    EXPECT_FALSE(finds("16", "16", hex));
}

TEST(receipt_names, what_was_found_last_is_tried_first) {
    const auto first = [](receipt_way before) {
        return receipt_candidates("16", receipt_ids::automatic, before).front();
    };
    EXPECT_EQ(first(receipt_way::same).name, "16");
    EXPECT_EQ(first(receipt_way::decimal).name, "10");
    EXPECT_EQ(first(receipt_way::decimal).way, receipt_way::decimal);
    EXPECT_EQ(first(receipt_way::hex).name, "22");
}

}  // namespace
}  // namespace keepline::link
