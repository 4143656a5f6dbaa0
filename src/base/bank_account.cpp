#include "base/bank_account.hpp"

#include <algorithm>
#include <array>

namespace keepline::base {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || is_capital(c); });
}

struct country {
    std::string_view code;
    std::size_t length;
    bool sepa = false;
};
/// Lengths: the IBAN registry (ISO 13616-2), release 97 of 2024. SEPA: EPC409-09, the countries in the schemes' scope.
constexpr std::array countries{
    country{"AD", 24, true}, country{"AE", 23},       country{"AL", 28, true}, country{"AT", 20, true},
    country{"AZ", 28},       country{"BA", 20},       country{"BE", 16, true}, country{"BG", 22, true},
    country{"BH", 22},       country{"BI", 27},       country{"BR", 29},       country{"BY", 28},
    country{"CH", 21, true}, country{"CR", 22},       country{"CY", 28, true}, country{"CZ", 24, true},
    country{"DE", 22, true}, country{"DJ", 27},       country{"DK", 18, true}, country{"DO", 28},
    country{"EE", 20, true}, country{"EG", 29},       country{"ES", 24, true}, country{"FI", 18, true},
    country{"FK", 18},       country{"FO", 18},       country{"FR", 27, true}, country{"GB", 22, true},
    country{"GE", 22},       country{"GI", 23, true}, country{"GL", 18},       country{"GR", 27, true},
    country{"GT", 28},       country{"HR", 21, true}, country{"HU", 28, true}, country{"IE", 22, true},
    country{"IL", 23},       country{"IQ", 23},       country{"IS", 26, true}, country{"IT", 27, true},
    country{"JO", 30},       country{"KW", 30},       country{"KZ", 20},       country{"LB", 28},
    country{"LC", 32},       country{"LI", 21, true}, country{"LT", 20, true}, country{"LU", 20, true},
    country{"LV", 21, true}, country{"LY", 25},       country{"MC", 27, true}, country{"MD", 24, true},
    country{"ME", 22, true}, country{"MK", 19, true}, country{"MN", 20},       country{"MR", 27},
    country{"MT", 31, true}, country{"MU", 30},       country{"NI", 28},       country{"NL", 18, true},
    country{"NO", 15, true}, country{"OM", 23},       country{"PK", 24},       country{"PL", 28, true},
    country{"PS", 29},       country{"PT", 25, true}, country{"QA", 29},       country{"RO", 24, true},
    country{"RS", 22, true}, country{"RU", 33},       country{"SA", 24},       country{"SC", 31},
    country{"SD", 18},       country{"SE", 24, true}, country{"SI", 19, true}, country{"SK", 24, true},
    country{"SM", 27, true}, country{"SO", 23},       country{"ST", 25},       country{"SV", 28},
    country{"TL", 23},       country{"TN", 24},       country{"TR", 26},       country{"UA", 29},
    country{"VA", 22, true}, country{"VG", 24},       country{"XK", 20},       country{"YE", 30},
};

const country* country_of(std::string_view iban) {
    const auto found = std::ranges::find(countries, iban.substr(0, 2), &country::code);
    return found == countries.end() ? nullptr : &*found;
}

/// ISO 7064 mod 97-10 over the account with its first four characters behind.
bool has_check_digits(std::string_view iban) {
    int remainder = 0;
    for (std::size_t i = 0; i < iban.size(); ++i) {
        const char c = iban[(i + 4) % iban.size()];
        remainder = is_digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
    }
    return remainder == 1;
}

/// Capitals, without the spaces, hyphens and dots that people group digits with, and without "IBAN" before it. The
/// no-break space of web pages (U+00A0, U+202F) counts as one.
std::string compact(std::string_view typed) {
    std::string out;
    for (std::size_t i = 0; i < typed.size(); ++i) {
        const char c = typed[i];
        if (c == ' ' || c == '-' || c == '.' || c == '\t') continue;
        if (typed.substr(i).starts_with("\xC2\xA0")) {
            ++i;
            continue;
        }
        if (typed.substr(i).starts_with("\xE2\x80\xAF")) {
            i += 2;
            continue;
        }
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    if (out.starts_with("IBAN")) out.erase(0, out.starts_with("IBAN:") ? 5 : 4);
    return out;
}

std::string with_single_spaces(std::string_view typed) {
    std::string out;
    for (const char c : typed) {
        if (c != ' ' && c != '\t')
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

constexpr std::size_t domestic_min = 4;   // no bank has shorter ones; what is shorter was typed to get past the field
constexpr std::size_t domestic_max = 34;  // Max34Text of ISO 20022
constexpr std::size_t holder_max_bytes = 560;

/// Nothing but capitals and digits, and not longer than any bank has it.
result<account_kind> kind_of(const std::string& number, const std::string& field) {
    const auto wrong = [&](std::string words) {
        return refuse(code::invalid, "`" + field + "` " + std::move(words), {{"field", field}});
    };
    if (number.empty() || number.size() > domestic_max || !is_plain(number))
        return wrong("must be an IBAN, the number of a card or of an account: 1 to 34 letters A to Z and digits.");
    if (number.size() >= 2 && is_capital(number[0]) && is_capital(number[1])) {
        const auto* of = country_of(number);
        if (of == nullptr) return wrong("begins like an IBAN, of a country that has none.");
        if (number.size() != of->length)
            return wrong("is an IBAN of " + std::to_string(number.size()) + " characters; those of " +
                         std::string(of->code) + " have " + std::to_string(of->length) + ".");
        if (!is_iban(number))
            return wrong(
                "is an IBAN whose check digits are wrong; look for a digit too much or two that changed places.");
        return account_kind::iban;
    }
    constexpr std::size_t card_min = 16;
    constexpr std::size_t card_max = 19;
    if (is_digits(number) && number.starts_with("62") && number.size() >= card_min && number.size() <= card_max) {
        if (!has_luhn_digit(number))
            return wrong("is the number of a bank card whose last digit is wrong; look at the card again.");
        return account_kind::card;
    }
    if (number.size() < domestic_min || number.find_first_not_of('0') == std::string::npos)
        return wrong("is no account of any bank.");
    return account_kind::domestic;
}

}  // namespace

bool is_iban(std::string_view number) {
    const auto* of = country_of(number);
    return of != nullptr && number.size() == of->length && is_digits(number.substr(2, 2)) && is_plain(number) &&
           has_check_digits(number);
}

bool is_bic(std::string_view code) {
    return (code.size() == 8 || code.size() == 11) && is_plain(code) && is_capital(code[4]) && is_capital(code[5]);
}

bool is_cnaps(std::string_view code) { return code.size() == 12 && is_digits(code); }

bool is_sepa(std::string_view iban) {
    const auto* of = country_of(iban);
    return of != nullptr && of->sepa && is_iban(iban);
}

bool has_luhn_digit(std::string_view digits) {
    if (digits.size() < 2 || !is_digits(digits)) return false;
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int value = digits[digits.size() - 1 - i] - '0';
        const int counted = i % 2 == 0 ? value : value * 2;
        sum += counted > 9 ? counted - 9 : counted;
    }
    return sum % 10 == 0;
}

result<bank_account> bank_account_of(std::string_view number, std::string_view holder, std::string_view bank,
                                     std::string_view prefix) {
    bank_account out;
    const auto field = [&](std::string_view name) { return std::string(prefix) + std::string(name); };
    out.number = compact(number);
    TRY(kind, kind_of(out.number, field("iban")));
    out.kind = kind;
    out.holder = with_single_spaces(holder);
    if (out.holder.size() > holder_max_bytes)
        return refuse(code::invalid, "`" + field("holder") + "` is too long.", {{"field", field("holder")}});
    out.bank = compact(bank);
    if (out.bank == "NOTPROVIDED") out.bank.clear();  // banks' own word for none
    if (!out.bank.empty() && !is_bic(out.bank) && !is_cnaps(out.bank))
        return refuse(code::invalid,
                      "`" + field("bic") + "` must be a BIC of 8 or 11 characters, or a CNAPS code of 12 digits.",
                      {{"field", field("bic")}});
    return out;
}

}  // namespace keepline::base
