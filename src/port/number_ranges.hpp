// Which numbers are the operator's own, which are at home where it works, and which cost what a hundred others cost.
// Set once by the configuration ([messages]); read by what sends and by what takes orders. Any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::port {

struct number_ranges {
    /// Prefixes of the operator's own numbers ("+86138"). None: every line's number is the operator's.
    std::vector<std::string> own{};
    /// Of the special ranges (see is_special), those that the operator means to reach: its own satellite, say.
    std::vector<std::string> special{};

    bool is_own(std::string_view number) const { return (own.empty() && !is_costly(number)) || begins(own, number); }
    /// In the country (the calling code of ITU-T E.164) of an own number; where none is named, everywhere.
    bool is_home(std::string_view number) const {
        if (is_costly(number)) return begins(own, number);
        if (own.empty()) return true;
        const auto code = calling_code(number);
        return std::ranges::any_of(own, [&](const std::string& one) { return calling_code(one) == code; });
    }
    /// In a special range that nobody has named.
    bool is_costly(std::string_view number) const {
        return is_special(number) && !begins(special, number) && !begins(own, number);
    }

    /// ITU-T E.164: codes of no country, for services and satellites (+870, +881, +882, +883), for shared-cost and
    /// premium-rate numbers (+808, +979).
    static bool is_special(std::string_view number) {
        constexpr std::array<std::string_view, 9> codes{"+800", "+808", "+870", "+878", "+881",
                                                        "+882", "+883", "+888", "+979"};
        return std::ranges::any_of(codes, [&](std::string_view one) { return number.starts_with(one); });
    }
    /// "+86" of "+8613800138000". Codes have one digit (1, 7), two (these), or three.
    static std::string_view calling_code(std::string_view number) {
        constexpr std::string_view two =
            "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 "
            "84 86 90 91 92 93 94 95 98 ";
        if (number.size() < 3) return number;
        const std::size_t digits = number[1] == '1' || number[1] == '7' ? 1 : two.contains(number.substr(1, 2)) ? 2 : 3;
        return number.substr(0, digits + 1);
    }

 private:
    static bool begins(const std::vector<std::string>& prefixes, std::string_view number) {
        return std::ranges::any_of(prefixes, [&](const std::string& one) { return number.starts_with(one); });
    }
};

}  // namespace keepline::port
