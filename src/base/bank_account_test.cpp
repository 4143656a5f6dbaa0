#include "base/bank_account.hpp"

#include "base/property.hpp"

#include <gtest/gtest.h>

namespace keepline::base {
namespace {

std::string number_of(std::string_view typed) {
    const auto out = bank_account_of(typed, "Li Lei", "");
    return out ? out->number : "refused: " + out.error().words;
}

TEST(bank_account, an_iban_is_taken_as_people_write_it) {
    for (const auto* typed : {"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89 3704 0044 0532 0130 00",
                              "IBAN DE89370400440532013000", "iban: DE89-3704-0044-0532-0130-00",
                              "DE89\xC2\xA0"
                              "3704\xE2\x80\xAF"
                              "0044 0532 0130 00"})
        EXPECT_EQ(number_of(typed), "DE89370400440532013000") << typed;
    EXPECT_EQ(number_of("MT84 MALT 0110 0001 2345 MTLC AST0 01S"), "MT84MALT011000012345MTLCAST001S");
    EXPECT_EQ(bank_account_of("NO93 8601 1117 947", "x", "")->kind, account_kind::iban);
}

// Fails when an IBAN that is none is taken for a domestic account: it would be refused by the bank, weeks later.
TEST(bank_account, a_mistyped_iban_is_refused_with_what_is_wrong) {
    EXPECT_NE(number_of("DE98370400440532013000").find("check digits"), std::string::npos);
    EXPECT_NE(number_of("DE8937040044053201300").find("those of DE have 22"), std::string::npos);
    EXPECT_NE(number_of("XX89370400440532013000").find("has none"), std::string::npos);
    EXPECT_NE(number_of("").find("refused"), std::string::npos);
    EXPECT_NE(number_of("DE89;370400440532013000").find("refused"), std::string::npos);
}

TEST(bank_account, every_changed_digit_of_an_iban_is_noticed) {
    const std::string good = "GB33BUKB20201555555555";
    ASSERT_TRUE(is_iban(good));
    for (std::size_t i = 2; i < good.size(); ++i) {
        auto bad = good;
        bad[i] = bad[i] == '9' ? '8' : bad[i] >= '0' && bad[i] < '9' ? static_cast<char>(bad[i] + 1) : 'Z';
        EXPECT_FALSE(is_iban(bad)) << bad;
    }
    EXPECT_FALSE(is_iban("GB33 BUKB 2020 1555 5555 55"));
    EXPECT_FALSE(is_iban("6222021234567890128"));
}

TEST(bank_account, a_bank_card_of_china_has_its_luhn_digit) {
    EXPECT_EQ(bank_account_of("6222 0212 3456 7890 128", "Li Lei", "")->kind, account_kind::card);
    EXPECT_NE(number_of("6222021234567890123").find("last digit"), std::string::npos);
    EXPECT_EQ(bank_account_of("0200 0012 0920 0012345", "Li Lei", "102100099996")->kind, account_kind::domestic);
}

TEST(bank_account, what_was_typed_to_get_past_the_field_is_no_account) {
    for (const auto* typed : {"0", "123", "0000", "0000 0000 0000 0000 000", "A"})
        EXPECT_NE(number_of(typed).find("no account of any bank"), std::string::npos) << typed;
    EXPECT_EQ(number_of("1234"), "1234");
    EXPECT_EQ(number_of("0000 0001"), "00000001");
}

TEST(bank_account, every_changed_digit_of_a_card_is_noticed) {
    EXPECT_HOLDS("luhn", [] {
        auto digits = "62" + *rc::gen::container<std::string>(16, rc::gen::inRange('0', ':'));
        int last = 0;
        while (!has_luhn_digit(digits + std::to_string(last))) ++last;
        RC_ASSERT(last < 10);
        digits += std::to_string(last);
        const auto at = *rc::gen::inRange<std::size_t>(0, digits.size());
        auto other = digits;
        other[at] = static_cast<char>('0' + (other[at] - '0' + *rc::gen::inRange(1, 10)) % 10);
        RC_ASSERT(!has_luhn_digit(other));
    });
}

TEST(bank_account, the_bank_is_a_bic_or_a_code_of_cnaps) {
    EXPECT_EQ(bank_account_of("1234567", "x", "cmbc cnbs")->bank, "CMBCCNBS");
    EXPECT_EQ(bank_account_of("1234567", "x", "102100099996")->bank, "102100099996");
    EXPECT_EQ(bank_account_of("1234567", "x", "")->bank, "");
    EXPECT_EQ(bank_account_of("1234567", "x", "NOTPROVIDED")->bank, "");
    for (const auto* wrong : {"CMBCCN", "12345678901", "CMBC12BS"})
        EXPECT_FALSE(bank_account_of("1234567", "x", wrong)) << wrong;
}

TEST(bank_account, sepa_is_where_its_countries_are) {
    EXPECT_TRUE(is_sepa("DE89370400440532013000"));
    EXPECT_TRUE(is_sepa("GB33BUKB20201555555555"));
    EXPECT_FALSE(is_sepa("KW81CBKU0000000000001234560101"));
}

TEST(bank_account, the_holder_keeps_its_letters_and_loses_spare_spaces) {
    EXPECT_EQ(bank_account_of("1234567", "  Li   Lei ", "")->holder, "Li Lei");
    EXPECT_EQ(bank_account_of("1234567", "李雷", "")->holder, "李雷");
}

}  // namespace
}  // namespace keepline::base
