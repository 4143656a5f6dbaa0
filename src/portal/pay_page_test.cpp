// The operator's page for payments: which addresses are one, and how a payment is named.
#include "portal/pay_page.hpp"

#include <gtest/gtest.h>

namespace keepline::portal {
namespace {

const std::string operators = "https://pay.operator.example/?ref={reference}&amount={amount}&currency={currency}";

TEST(pay_page, is_an_address_with_places_that_are_known) {
    for (const auto& good : {operators, std::string("http://localhost:9000/{reference}"),
                             std::string("http://127.0.0.1/pay?r={reference}&l={language}"),
                             std::string("https://pay.operator.example/{reference}?again={reference}")})
        EXPECT_EQ(unfit_pay_page(good), "") << good;
    for (const auto& bad :
         {std::string(), std::string("https://pay.operator.example/"), std::string("http://pay.example/{reference}"),
          std::string("javascript:alert('{reference}')"), std::string("https://{reference}.example/"),
          std::string("https://a@b/{reference}"), std::string("https://pay.example/{reference}/{number}"),
          std::string("https://pay.example/{reference"), std::string("https://pay.example/{reference}}"),
          std::string("https://pay.example/{{reference}}"), std::string("https://pay.example/ {reference}"),
          std::string("https://pay.example/{reference}\"onclick=\"x"), std::string("//pay.example/{reference}"),
          "https://pay.example/{reference}" + std::string(500, 'x')})
        EXPECT_NE(unfit_pay_page(bad), "") << bad;
}

TEST(pay_page, is_filled_with_what_is_paid_and_with_nothing_else) {
    EXPECT_EQ(pay_address(operators, {"ln_a-c1-q2-9900", {9900, "CNY"}, "en"}),
              "https://pay.operator.example/?ref=ln_a-c1-q2-9900&amount=99.00&currency=CNY");
    EXPECT_EQ(pay_address("https://p/{reference}?l={language}", {"a&b={amount}", {5, "JPY"}, "zh-CN"}),
              "https://p/a%26b%3D%7Bamount%7D?l=zh-CN");
}

TEST(pay_page, names_the_same_payment_alike_until_a_part_of_it_has_come) {
    EXPECT_EQ(closing_reference("ln_a-c1", 2, {9900, "CNY"}), "ln_a-c1-q2-9900");
    EXPECT_NE(closing_reference("ln_a-c1", 2, {9900, "CNY"}), closing_reference("ln_a-c1", 2, {5000, "CNY"}));
    const base::instant paid{1'796'000'000'000};
    EXPECT_EQ(closing_reference("ln_a-c1", 2, {9900, "CNY"}, paid), "ln_a-c1-q2-9900-1796000000000");
    EXPECT_NE(closing_reference("ln_a-c1", 2, {9900, "CNY"}, paid), closing_reference("ln_a-c1", 2, {9900, "CNY"}))
        << "it was paid, and as much is open again";
    EXPECT_EQ(top_up_reference("ln_a", 7, {2000, "CNY"}), "ln_a-t7-2000");
    EXPECT_NE(top_up_reference("ln_a", 7, {2000, "CNY"}), top_up_reference("ln_a", 8, {2000, "CNY"}));
}

TEST(pay_page, takes_an_amount_as_people_type_it) {
    EXPECT_EQ(typed_amount("20", "CNY"), (base::money{2000, "CNY"}));
    EXPECT_EQ(typed_amount("20.5", "CNY"), (base::money{2050, "CNY"}));
    EXPECT_EQ(typed_amount("0,01", "CNY"), (base::money{1, "CNY"}));
    EXPECT_EQ(typed_amount("500", "JPY"), (base::money{500, "JPY"}));
    for (const auto* bad : {"", "0", "0.00", "-5", "+5", "20.", ".5", "1.234", "1e3", "12 00", "1234567890", "abc"})
        EXPECT_FALSE(typed_amount(bad, "CNY")) << bad;
    EXPECT_FALSE(typed_amount("5.5", "JPY"));
}

}  // namespace
}  // namespace keepline::portal
