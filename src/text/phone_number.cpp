#include "text/phone_number.hpp"

#include <algorithm>
#include <array>

namespace keepline::text {

namespace {

constexpr std::size_t subscriber_part_min = 10;  // of a number that has its country code before it, but no plus

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// ITU-T E.164 list of country codes: 1 and 7 have one digit, these have two, all others three.
std::size_t country_code_length(std::string_view digits) {
    using namespace std::string_view_literals;
    constexpr std::array two{"20"sv, "27"sv, "30"sv, "31"sv, "32"sv, "33"sv, "34"sv, "36"sv, "39"sv, "40"sv, "41"sv,
                             "43"sv, "44"sv, "45"sv, "46"sv, "47"sv, "48"sv, "49"sv, "51"sv, "52"sv, "53"sv, "54"sv,
                             "55"sv, "56"sv, "57"sv, "58"sv, "60"sv, "61"sv, "62"sv, "63"sv, "64"sv, "65"sv, "66"sv,
                             "81"sv, "82"sv, "84"sv, "86"sv, "90"sv, "91"sv, "92"sv, "93"sv, "94"sv, "95"sv, "98"sv};
    if (digits.starts_with('1') || digits.starts_with('7')) return 1;
    return std::ranges::find(two, digits.substr(0, 2)) != two.end() ? 2 : 3;
}

}  // namespace

std::string spaced(std::string_view number) {
    constexpr std::size_t small = 3;
    constexpr std::size_t large = 4;
    if (!base::msisdn::parse(number)) return std::string(number);
    const auto digits = number.substr(1);
    const auto code = country_code_length(digits);
    std::string out = "+" + std::string(digits.substr(0, code));
    for (auto rest = digits.substr(code); !rest.empty();) {
        const bool fits_large = rest.size() == large || rest.size() == 2 * large;  // the rest of three is made up first
        const auto next = rest.size() < 2 * small && !fits_large ? rest.size() : fits_large ? large : small;
        out += ' ' + std::string(rest.substr(0, next));
        rest.remove_prefix(next);
    }
    return out;
}

base::result<base::msisdn> typed_number(std::string_view in, std::string_view country_code) {
    std::string digits;
    for (const char c : in)
        if (std::string_view(" -()./\t").find(c) == std::string_view::npos) digits += c;
    const std::string plus = "+";
    if (digits.starts_with("00")) {
        digits.replace(0, 2, plus);
    } else if (!country_code.empty() && !digits.empty() && std::ranges::all_of(digits, is_digit)) {
        const bool has_code =
            digits.starts_with(country_code) && digits.size() >= country_code.size() + subscriber_part_min;
        const auto national = std::string_view(digits).substr(digits.starts_with('0') ? 1 : 0);
        digits = has_code ? plus + digits : plus + std::string(country_code) + std::string(national);
    }
    return base::msisdn::parse(digits);
}

}  // namespace keepline::text
