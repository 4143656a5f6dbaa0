#include "hotline/spoken.hpp"

#include "base/time.hpp"
#include "hotline/sentences.hpp"
#include "hotline/test_dialogue.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace keepline::hotline {
namespace {

std::string heard_as(spoken_as how, std::string_view value, const std::string& language) {
    std::string out;
    for (const auto& word : spoken(how, value, language)) {
        if (word == pause_word) {
            out += language == "en" ? "," : "，";
            continue;
        }
        if (language == "en" && !out.empty()) out += ' ';
        const auto words = words_of(shipped_dialogue(), {"word." + word, language});
        EXPECT_FALSE(words.empty()) << word;
        out += words;
    }
    return out;
}
std::string zh(spoken_as how, std::string_view value) { return heard_as(how, value, "zh-CN"); }
std::string en(spoken_as how, std::string_view value) { return heard_as(how, value, "en"); }
using enum spoken_as;

TEST(days, are_said_as_people_say_them) {
    EXPECT_EQ(zh(day, "2026-12-08"), "二零二六年十二月八日");
    EXPECT_EQ(zh(day, "2030-02-20"), "二零三零年二月二十日");
    EXPECT_EQ(en(day, "2026-12-08"), "the eighth of December twenty twenty six");
    EXPECT_EQ(en(day, "2005-01-31"), "the thirty-first of January two thousand and five");
    EXPECT_EQ(en(day, "1999-03-01"), "the first of March nineteen ninety nine");
    EXPECT_EQ(en(day, "2100-03-01"), "the first of March two thousand one hundred");
    EXPECT_EQ(en(day, "2026-02-30"), "");
}

TEST(amounts, are_said_as_people_say_them) {
    EXPECT_EQ(zh(money, "12.30 CNY"), "十二元三角");
    EXPECT_EQ(zh(money, "12.35 CNY"), "十二元三角五分");
    EXPECT_EQ(zh(money, "12.05 CNY"), "十二元零五分");
    EXPECT_EQ(zh(money, "0.00 CNY"), "零元");
    EXPECT_EQ(zh(money, "2.00 CNY"), "两元");
    EXPECT_EQ(zh(money, "-5.50 GBP"), "负五点五零英镑");
    EXPECT_EQ(en(money, "12.30 CNY"), "twelve yuan and thirty fen");
    EXPECT_EQ(en(money, "1.01 GBP"), "one pound and one penny");
    EXPECT_EQ(en(money, "250.00 USD"), "two hundred and fifty dollars");
    EXPECT_EQ(en(money, "1.250 KWD"), "one point two five zero K W D");
    EXPECT_EQ(en(money, "12,30 CNY"), "");
    EXPECT_EQ(en(money, "12.30"), "");
}

TEST(numbers_of_telephones, are_grouped_and_one_is_yao_in_chinese) {
    EXPECT_EQ(zh(phone, "+8613800138000"), "幺三八，零零幺三，八零零零");
    EXPECT_EQ(zh(phone, "8001"), "八零零幺");
    EXPECT_EQ(en(phone, "13800138000"), "one three eight, zero zero one three, eight zero zero zero");
    EXPECT_EQ(en(phone, "+447700900123"), "four four seven, seven zero zero, nine zero zero, one two three");
}

TEST(case_numbers, are_said_in_groups) {
    EXPECT_EQ(zh(reference, "4821 0937 1156"), "四八二一，零九三七，一一五六");
    EXPECT_EQ(en(reference, "4821 0937 1156"), "four eight two one, zero nine three seven, one one five six");
}

TEST(counts, are_said_as_chinese_says_them) {
    const auto said = [](std::int64_t n) { return zh(money, std::to_string(n) + ".00 CNY"); };
    EXPECT_EQ(said(10), "十元");
    EXPECT_EQ(said(105), "一百零五元");
    EXPECT_EQ(said(110), "一百一十元");
    EXPECT_EQ(said(2'000), "两千元");
    EXPECT_EQ(said(1'005), "一千零五元");
    EXPECT_EQ(said(1'050), "一千零五十元");
    EXPECT_EQ(said(10'010), "一万零一十元");
    EXPECT_EQ(said(20'000), "两万元");
    EXPECT_EQ(said(123'456), "十二万三千四百五十六元");
    EXPECT_EQ(said(100'000'001), "一亿零一元");
}

TEST(counts, are_said_as_english_says_them) {
    const auto said = [](std::int64_t n) { return en(money, std::to_string(n) + ".00 USD"); };
    EXPECT_EQ(said(21), "twenty one dollars");
    EXPECT_EQ(said(1'001), "one thousand and one dollars");
    EXPECT_EQ(said(1'234'567), "one million two hundred and thirty four thousand five hundred and sixty seven dollars");
}

/// The list that is recorded from holds whatever may be said.
RC_GTEST_PROP(words, that_are_said_are_all_recorded, (std::int64_t n, std::uint16_t days)) {
    const auto amount =
        std::to_string(std::abs(n % 1'000'000'000)) + "." + std::to_string(10 + std::abs(n % 90)) + " CNY";
    const auto date = base::iso(base::local_day{20'000 + days});
    for (const std::string language : {"en", "zh-CN"}) {
        const auto all = all_words(language);
        auto said = spoken(money, amount, language);
        RC_ASSERT(!said.empty());
        for (const auto& more : {spoken(day, date, language), spoken(phone, std::to_string(std::abs(n / 2)), language)})
            said.insert(said.end(), more.begin(), more.end());
        for (const auto& word : said) RC_ASSERT(word == pause_word || std::ranges::find(all, word) != all.end());
    }
}

}  // namespace
}  // namespace keepline::hotline
