#include "base/money.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace keepline::base {

namespace {

using wide = __int128;

bool fits(wide value) { return value >= INT64_MIN + 1 && value <= INT64_MAX; }

result<std::string> common_currency(const money& a, const money& b) {
    if (a.currency == b.currency) return a.currency;
    if (a.currency.empty() && a.minor == 0) return b.currency;
    if (b.currency.empty() && b.minor == 0) return a.currency;
    return refuse(code::money_mismatch, "Amounts of different currencies cannot be added.",
                  {{"left", a.currency}, {"right", b.currency}});
}

}  // namespace

result<money> add(const money& a, const money& b) {
    TRY(currency, common_currency(a, b));
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.minor, b.minor, &sum) || !fits(sum))
        return refuse(code::money_mismatch, "The amount is too large.");
    return money{sum, currency};
}

result<money> subtract(const money& a, const money& b) { return add(a, negate(b)); }

money negate(const money& a) { return {-a.minor, a.currency}; }

result<money> fraction(const money& amount, std::int64_t part, std::int64_t whole) {
    ENSURE(whole > 0);
    const wide scaled = wide{amount.minor} * part;
    const wide half = whole / 2;
    const wide rounded = (scaled >= 0 ? scaled + half : scaled - half) / whole;
    if (!fits(rounded)) return refuse(code::money_mismatch, "The amount is too large.");
    return money{static_cast<std::int64_t>(rounded), amount.currency};
}

std::vector<money> split(const money& amount, const std::vector<std::int64_t>& weights) {
    const auto total = std::accumulate(weights.begin(), weights.end(), wide{0});
    ENSURE(total > 0);
    std::vector<money> parts;
    parts.reserve(weights.size());
    wide weight_so_far = 0;
    std::int64_t given = 0;
    for (auto weight : weights) {  // each part is the difference of two rounded running totals: nothing is lost
        weight_so_far += weight;
        const auto upto = static_cast<std::int64_t>(wide{amount.minor} * weight_so_far / total);
        parts.push_back({upto - given, amount.currency});
        given = upto;
    }
    return parts;
}

int minor_digits(std::string_view currency) {
    constexpr std::array<std::string_view, 16> none{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                    "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"};
    constexpr std::array<std::string_view, 7> three{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    if (std::ranges::find(none, currency) != none.end() || currency == "XPF") return 0;
    return std::ranges::find(three, currency) != three.end() ? 3 : 2;
}

bool is_currency(std::string_view in) {
    return in.size() == 3 && std::ranges::all_of(in, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string decimal(const money& amount) {
    const auto digits = static_cast<std::size_t>(minor_digits(amount.currency));
    const bool negative = amount.minor < 0;
    auto out = std::to_string(negative ? -amount.minor : amount.minor);
    if (digits > 0) {
        if (out.size() <= digits) out.insert(0, digits + 1 - out.size(), '0');
        out.insert(out.size() - digits, ".");
    }
    return negative ? "-" + out : out;
}

std::string text(const money& amount) {
    return amount.currency.empty() ? decimal(amount) : decimal(amount) + " " + amount.currency;
}

}  // namespace keepline::base
