#include "base/ids.hpp"

#include <algorithm>
#include <array>

namespace keepline::base {

namespace {

bool all_digits(std::string_view in) {
    return std::ranges::all_of(in, [](char c) { return c >= '0' && c <= '9'; });
}

/// ISO/IEC 7812-1 annex B.
bool luhn_holds(std::string_view number) {
    int sum = 0;
    bool twice = false;
    for (auto it = number.rbegin(); it != number.rend(); ++it, twice = !twice) {
        const int digit = (*it - '0') * (twice ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/// Countries whose trunk prefix is 0 and falls away behind the country code (ITU-T, Operational Bulletin 994, annex
/// "Dialling procedures"): +44 07… is +44 7… written wrongly. Not here: those whose numbers keep it (Italy, Gabon, …).
constexpr std::array<std::string_view, 44> zero_falls_away{
    "20",  "27",  "31",  "32",  "33",  "40",  "41",  "43",  "44",  "46",  "49",  "60",  "61",  "62",  "63",
    "64",  "66",  "81",  "82",  "84",  "86",  "90",  "91",  "92",  "93",  "94",  "95",  "98",  "234", "254",
    "353", "355", "358", "359", "380", "381", "385", "386", "389", "421", "886", "961", "966", "972"};

bool has_trunk_zero(std::string_view digits) {
    return std::ranges::any_of(zero_falls_away, [&](std::string_view country) {
        return digits.starts_with(country) && digits.substr(country.size()).starts_with('0');
    });
}

}  // namespace

result<std::string> msisdn_kind::check(std::string_view in) {
    if (in.size() < 8 || in.size() > 16 || in[0] != '+' || in[1] == '0' || !all_digits(in.substr(1)))
        return refuse(code::invalid, "An MSISDN is written in E.164 form: a plus and 7 to 15 digits.");
    if (has_trunk_zero(in.substr(1)))
        return refuse(code::invalid,
                      "The 0 behind the country code is dialled inside the country only: +44 07700 900123 is written "
                      "+447700900123.");
    return std::string(in);
}

result<std::string> imsi_kind::check(std::string_view in) {
    if (in.size() < 6 || in.size() > 15 || !all_digits(in)) return refuse(code::invalid, "An IMSI is 6 to 15 digits.");
    return std::string(in);
}

result<std::string> card_iccid_kind::check(std::string_view in) {
    while (in.ends_with('F') || in.ends_with('f')) in.remove_suffix(1);
    if (in.size() < 18 || in.size() > 20 || !all_digits(in))
        return refuse(code::invalid, "An ICCID is 18 to 20 digits.");
    return std::string(in);
}

result<iccid> iccid_of_card(std::string_view in) {
    TRY(digits, card_iccid_kind::check(in));
    return iccid::trusted(std::move(digits));
}

result<std::string> iccid_kind::check(std::string_view in) {
    auto digits = card_iccid_kind::check(in);
    if (!digits || !luhn_holds(*digits))
        return refuse(code::invalid, "An ICCID is 18 to 20 digits and its last digit is a Luhn check digit.");
    return digits;
}

result<std::string> eid_kind::check(std::string_view in) {
    if (in.size() != 32 || !all_digits(in)) return refuse(code::invalid, "An EID is 32 digits.");
    int remainder = 0;
    for (char c : in) remainder = (remainder * 10 + (c - '0')) % 97;
    if (remainder != 1) return refuse(code::invalid, "The EID's check digits do not hold.");
    return std::string(in);
}

result<std::string> label_kind::check(std::string_view in) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    if (in.empty() || in.size() > 64 || !std::ranges::all_of(in, allowed))
        return refuse(code::invalid, "An id is 1 to 64 of a-z, 0-9, dot, underscore and hyphen.");
    // A label may be a segment of a path, where `.` and `..` mean something else.
    if (in.find_first_not_of('.') == std::string_view::npos)
        return refuse(code::invalid, "An id is not made of dots only.");
    for (const auto prefix : reserved_prefixes)
        if (in.starts_with(prefix))
            return refuse(code::invalid,
                          "Ids that begin with `" + std::string(prefix) + "` are made by Keepline only.");
    return std::string(in);
}

}  // namespace keepline::base
