#include "link/sms_text.hpp"

#include "base/property.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

TEST(sms_text, a_short_gsm_text_is_one_segment_of_one_octet_per_character) {
    const auto parts = sms_segments("Hello @ €5", 7);
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].coding, coding_default);
    EXPECT_FALSE(parts[0].has_header);
    EXPECT_EQ(parts[0].octets, (base::bytes{'H', 'e', 'l', 'l', 'o', ' ', 0x00, ' ', 0x1b, 0x65, '5'}));
}

TEST(sms_text, the_limits_are_160_and_153_in_the_gsm_alphabet) {
    EXPECT_EQ(sms_segments(std::string(160, 'a'), 7).size(), 1U);
    const auto two = sms_segments(std::string(161, 'a'), 7);
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].octets.size(), 6U + 153);
    EXPECT_EQ(two[1].octets.size(), 6U + 8);
    EXPECT_EQ(base::bytes(two[1].octets.begin(), two[1].octets.begin() + 6), (base::bytes{5, 0, 3, 7, 2, 2}));
    EXPECT_EQ(sms_segments(std::string(306, 'a'), 7).size(), 2U);
    EXPECT_EQ(sms_segments(std::string(307, 'a'), 7).size(), 3U);
}

TEST(sms_text, an_extension_character_is_never_cut_in_two) {
    const auto parts = sms_segments(std::string(152, 'a') + "€" + std::string(20, 'b'), 7);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].octets.size(), 6U + 152);
    EXPECT_EQ(parts[1].octets[6], 0x1b);
}

TEST(sms_text, other_characters_make_it_ucs2_with_limits_of_70_and_67) {
    std::string seventy;
    for (int i = 0; i < 70; ++i) seventy += "保";
    EXPECT_EQ(sms_segments(seventy, 7).size(), 1U);
    EXPECT_EQ(sms_segments(seventy, 7)[0].coding, coding_ucs2);
    EXPECT_EQ(sms_segments(seventy, 7)[0].octets[0], 0x4f);  // U+4FDD, high octet first
    const auto parts = sms_segments(seventy + "号", 7);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].octets.size(), 6U + 134);
}

TEST(sms_text, a_surrogate_pair_is_never_cut_in_two) {
    std::string text;
    for (int i = 0; i < 66; ++i) text += "保";
    text += "😀保保保保保";
    const auto parts = sms_segments(text, 7);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].octets.size(), 6U + 132);
    EXPECT_EQ(parts[1].octets[6], 0xd8);
}

TEST(sms_text, bytes_that_are_not_utf8_become_replacement_characters) {
    EXPECT_EQ(code_points("a\xff\xc3(\xed\xa0\x80"), U"a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(code_points("\xc0\xaf"), U"\uFFFD\uFFFD");  // overlong
}

/// The parts as a reader has them: one text each.
std::vector<std::u32string> read_parts(const std::string& text) {
    std::vector<std::u32string> out;
    for (const auto& one : sms_segments(text, 7)) {
        std::u32string part;
        const std::size_t from = one.has_header ? 6 : 0;
        if (one.coding == coding_default)
            for (std::size_t i = from; i < one.octets.size(); ++i) part += static_cast<char32_t>(one.octets[i]);
        else
            for (std::size_t i = from; i + 1 < one.octets.size(); i += 2)
                part += static_cast<char32_t>(one.octets[i] << 8U | one.octets[i + 1]);
        out.push_back(part);
    }
    return out;
}

TEST(sms_text, a_number_is_never_cut_wherever_it_stands) {
    for (const auto& [number, filler] : std::vector<std::pair<std::string, std::string>>{{"10099", "保"},
                                                                                         {"4821 0937 1156", "保"},
                                                                                         {"+8613800138000", "保"},
                                                                                         {"10099", "a"},
                                                                                         {"4821 0937 1156", "b"},
                                                                                         {"2026-12-01 16:05", "c"},
                                                                                         {"1,234.50", "d"}})
        for (std::size_t before = 40; before < 170; ++before) {
            std::string text;
            for (std::size_t i = 0; i < before; ++i) text += filler;
            text += number;
            for (std::size_t i = 0; i < 180; ++i) text += filler;
            const auto wanted = code_points(number);
            const auto parts = read_parts(text);
            EXPECT_TRUE(std::ranges::any_of(
                parts, [&](const std::u32string& part) { return part.find(wanted) != std::u32string::npos; }))
                << number << " after " << before << " of " << filler;
        }
}

TEST(sms_text, digits_without_end_are_cut_all_the_same) {
    EXPECT_EQ(sms_segments(std::string(400, '7'), 7).size(), 3U);
    EXPECT_EQ(sms_segments("保" + std::string(133, '7'), 7).size(), 2U);
}

TEST(sms_text, every_text_makes_segments_that_fit) {
    EXPECT_HOLDS("segments fit 140 octets and count up", [](const std::string& text, std::uint8_t reference) {
        const auto parts = sms_segments(text, reference);
        RC_ASSERT(!parts.empty() && parts.size() <= sms_segments_max);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto size = parts[i].octets.size();
            const auto on_air = parts[i].coding == coding_default
                                    ? (parts[i].has_header ? 6 + ((size - 6) * 7 + 7) / 8 : (size * 7 + 7) / 8)
                                    : size;
            RC_ASSERT(on_air <= 140);
            RC_ASSERT(parts[i].has_header == (parts.size() > 1));
            if (parts[i].has_header) RC_ASSERT(parts[i].octets[5] == i + 1);
        }
    });
}

}  // namespace
}  // namespace keepline::link
