// Money: whole minor units of one ISO 4217 currency. No floating point, no silent overflow, no silent mixing.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::base {

struct money {
    std::int64_t minor = 0;
    std::string currency;  // three capital letters; empty only for zero that has no currency yet

    bool operator==(const money&) const = default;
    bool is_zero() const { return minor == 0; }
};

/// Checked: the same currency (a currency-less zero fits any), and no overflow. Otherwise code::money_mismatch.
result<money> add(const money& a, const money& b);
result<money> subtract(const money& a, const money& b);
money negate(const money& a);

/// part/whole of an amount, rounded half away from zero; whole > 0. For prices; the ledger never divides.
result<money> fraction(const money& amount, std::int64_t part, std::int64_t whole);

/// Splits an amount by weights (each >= 0, at least one > 0) so that the parts add up to it exactly.
std::vector<money> split(const money& amount, const std::vector<std::int64_t>& weights);

/// Digits after the decimal point of an ISO 4217 currency (2 where the table has no other).
int minor_digits(std::string_view currency);
bool is_currency(std::string_view text);  // form only: three capital letters
/// "12.30 CNY", "-5 JPY".
std::string text(const money& amount);
/// "12.30": the form of ISO 20022 amounts.
std::string decimal(const money& amount);

}  // namespace keepline::base
