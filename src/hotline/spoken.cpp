#include "hotline/spoken.hpp"

#include "base/money.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace keepline::hotline {

namespace {

constexpr std::int64_t most_said = 999'999'999'999;  // nobody owes more than is said here
constexpr std::array<std::string_view, 3> known_currencies{"CNY", "GBP", "USD"};

bool is_chinese(std::string_view language) { return language.starts_with("zh"); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string word(std::int64_t n) { return "n" + std::to_string(n); }
void append(spoken_words& to, spoken_words more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string only_digits(std::string_view text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out), is_digit);
    return out;
}

// -- digits

spoken_words digits_of(std::string_view digits, bool says_yao) {
    spoken_words out;
    for (const char c : digits) out.push_back(c == '1' && says_yao ? std::string("yao") : word(c - '0'));
    return out;
}
spoken_words groups_of(const std::vector<std::string>& groups, bool says_yao) {
    spoken_words out;
    for (const auto& one : groups) {
        if (!out.empty()) out.emplace_back(pause_word);
        append(out, digits_of(one, says_yao));
    }
    return out;
}
std::vector<std::string> by_fours(const std::string& digits) {
    constexpr std::size_t group = 4;
    std::vector<std::string> out;
    for (std::size_t at = 0; at < digits.size(); at += group) out.push_back(digits.substr(at, group));
    return out;
}

// -- days

spoken_words year_in_english(int year) {
    constexpr int hundred = 100;
    constexpr int ten = 10;
    const int front = year / hundred;
    const int back = year % hundred;
    if (back == 0 || (front % ten == 0 && back < ten)) return count_in_english(year);
    auto out = count_in_english(front);
    if (back < ten) out.push_back(word(0));
    append(out, count_in_english(back));
    return out;
}
spoken_words day_of(std::string_view value, bool chinese) {
    const auto day = base::day_from_iso(value);
    if (!day) return {};
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day->days}}};
    const auto year = static_cast<int>(date.year());
    const auto month = static_cast<unsigned>(date.month());
    const auto of_month = static_cast<unsigned>(date.day());
    if (!chinese) {
        spoken_words out{"ordinal." + std::to_string(of_month), "month." + std::to_string(month)};
        append(out, year_in_english(year));
        return out;
    }
    auto out = digits_of(std::to_string(year), false);
    out.emplace_back("year");
    append(out, count_in_chinese(month));
    out.emplace_back("month");
    append(out, count_in_chinese(of_month));
    out.emplace_back("day");
    return out;
}

// -- amounts

struct amount {
    bool below_zero = false;
    std::int64_t whole = 0;
    std::string parts;  // behind the point; empty: none
    std::string currency;
};
std::optional<amount> amount_of(std::string_view value) {
    amount out;
    const auto cut = value.rfind(' ');
    if (cut == std::string_view::npos || !base::is_currency(value.substr(cut + 1))) return {};
    out.currency = value.substr(cut + 1);
    auto number = value.substr(0, cut);
    if (number.starts_with('-')) {
        out.below_zero = true;
        number.remove_prefix(1);
    }
    const auto point = number.find('.');
    if (point != std::string_view::npos) {
        out.parts = number.substr(point + 1);
        number = number.substr(0, point);
    }
    const auto* end = number.data() + number.size();
    const auto [stopped, failure] = std::from_chars(number.data(), end, out.whole);
    if (failure != std::errc() || stopped != end || out.whole < 0 || out.whole > most_said) return {};
    if (!std::ranges::all_of(out.parts, is_digit)) return {};
    if (std::ranges::all_of(out.parts, [](char c) { return c == '0'; })) out.parts.clear();
    return out;
}

/// One that has no word of its own is spelled.
spoken_words currency_words(const std::string& currency, bool one) {
    if (std::ranges::find(known_currencies, currency) != known_currencies.end())
        return {"currency." + currency + (one ? ".one" : ".many")};
    spoken_words out;
    for (const char c : currency) out.push_back(std::string("letter.") + static_cast<char>(c - 'A' + 'a'));
    return out;
}

constexpr std::size_t hundredths = 2;

/// 12.30: twelve yuan and thirty fen.
spoken_words money_in_english(const amount& of) {
    auto out = count_in_english(of.whole);
    const bool has_name = std::ranges::find(known_currencies, of.currency) != known_currencies.end();
    if (of.parts.empty() || (has_name && of.parts.size() == hundredths)) {
        append(out, currency_words(of.currency, of.whole == 1));
        if (of.parts.empty()) return out;
        const auto parts = std::stoll(of.parts);
        out.emplace_back("and");
        append(out, count_in_english(parts));
        out.push_back("minor." + of.currency + (parts == 1 ? ".one" : ".many"));
        return out;
    }
    out.emplace_back("point");
    append(out, digits_of(of.parts, false));
    append(out, currency_words(of.currency, false));
    return out;
}
/// 12.30 CNY: 十二元三角; 12.05: 十二元零五分. Of other currencies the decimals are read out.
spoken_words money_in_chinese(const amount& of) {
    constexpr std::int64_t two = 2;
    auto out = of.whole == two ? spoken_words{"liang"} : count_in_chinese(of.whole);
    if (of.currency == "CNY" && of.parts.size() <= hundredths) {
        out.emplace_back("currency.CNY.many");
        if (of.parts.empty()) return out;
        const char tenths = of.parts[0];
        const char last = of.parts.size() == hundredths ? of.parts[1] : '0';
        out.push_back(word(tenths - '0'));
        if (tenths != '0') out.emplace_back("jiao");
        if (last == '0') return out;
        out.push_back(word(last - '0'));
        out.emplace_back("fen");
        return out;
    }
    if (!of.parts.empty()) {
        out.emplace_back("point");
        append(out, digits_of(of.parts, false));
    }
    append(out, currency_words(of.currency, false));
    return out;
}
spoken_words money_of(std::string_view value, bool chinese) {
    const auto is = amount_of(value);
    if (!is) return {};
    spoken_words out;
    if (is->below_zero) out.emplace_back("minus");
    append(out, chinese ? money_in_chinese(*is) : money_in_english(*is));
    return out;
}

// -- counts

/// Below ten thousand: 一千零五; `leads`: nothing stands before it, so that 十二 needs no 一.
void add_chinese_group(spoken_words& out, int n, bool leads) {
    static constexpr std::array<std::pair<int, std::string_view>, 3> places{
        {{1000, "thousand"}, {100, "hundred"}, {10, "n10"}}};
    bool zero_owed = !leads && n < 1000;
    bool said = false;
    for (const auto& [size, name] : places) {
        const int digit = n / size % 10;
        if (digit == 0) {
            zero_owed = zero_owed || said;
            continue;
        }
        if (std::exchange(zero_owed, false)) out.push_back(word(0));
        if (!(size == 10 && digit == 1 && leads && !said))
            out.push_back(digit == 2 && size == 1000 ? std::string("liang") : word(digit));
        out.emplace_back(name);
        said = true;
    }
    if (n % 10 == 0) return;
    if (zero_owed) out.push_back(word(0));
    out.push_back(word(n % 10));
}

void add_below_thousand(spoken_words& out, int n) {
    constexpr int hundred = 100;
    constexpr int twenty = 20;
    constexpr int ten = 10;
    if (n >= hundred) {
        out.push_back(word(n / hundred));
        out.emplace_back("hundred");
        n %= hundred;
        if (n == 0) return;
        out.emplace_back("and");
    }
    if (n >= twenty) {
        out.push_back(word(n / ten * ten));
        n %= ten;
        if (n == 0) return;
    }
    out.push_back(word(n));
}

}  // namespace

spoken_words count_in_chinese(std::int64_t n) {
    if (n < 0 || n > most_said) return {};
    if (n == 0) return {word(0)};
    constexpr std::int64_t wan = 10'000;
    constexpr std::int64_t yi = wan * wan;
    spoken_words out;
    for (const auto& [size, name] : {std::pair{yi, "yi"}, {wan, "wan"}, {std::int64_t{1}, ""}}) {
        const auto group = static_cast<int>(n / size % wan);
        if (group == 0) continue;
        if (group == 2 && size > 1 && out.empty())
            out.emplace_back("liang");
        else
            add_chinese_group(out, group, out.empty());
        if (size > 1) out.emplace_back(name);
    }
    return out;
}

spoken_words count_in_english(std::int64_t n) {
    if (n < 0 || n > most_said) return {};
    if (n == 0) return {word(0)};
    constexpr std::int64_t thousand = 1'000;
    constexpr std::int64_t million = thousand * thousand;
    constexpr std::int64_t billion = thousand * million;
    spoken_words out;
    for (const auto& [size, name] :
         {std::pair{billion, "billion"}, {million, "million"}, {thousand, "thousand"}, {std::int64_t{1}, ""}}) {
        const auto group = static_cast<int>(n / size % thousand);
        if (group == 0) continue;
        constexpr int hundred = 100;
        if (size == 1 && !out.empty() && group < hundred) out.emplace_back("and");
        add_below_thousand(out, group);
        if (size > 1) out.emplace_back(name);
    }
    return out;
}

std::vector<std::string> phone_groups(std::string_view number) {
    constexpr std::size_t mobile_of_china = 11;
    auto digits = only_digits(number);
    if (number.starts_with("+86")) digits.erase(0, 2);
    if (digits.size() == mobile_of_china && digits[0] == '1')
        return {digits.substr(0, 3), digits.substr(3, 4), digits.substr(7)};
    std::vector<std::string> out;
    constexpr std::size_t group = 3;
    while (digits.size() > group + 1) {
        out.push_back(digits.substr(0, group));
        digits.erase(0, group);
    }
    if (!digits.empty()) out.push_back(digits);
    return out;
}

spoken_words spoken(spoken_as how, std::string_view value, std::string_view language) {
    const bool chinese = is_chinese(language);
    switch (how) {
        case spoken_as::day: return day_of(value, chinese);
        case spoken_as::money: return money_of(value, chinese);
        case spoken_as::phone: return groups_of(phone_groups(value), chinese);
        case spoken_as::digits: return digits_of(only_digits(value), false);
        case spoken_as::reference: return groups_of(by_fours(only_digits(value)), false);
        case spoken_as::name: return {};
    }
    return {};
}

spoken_words all_words(std::string_view language) {
    spoken_words out{"minus", "point", "hundred", "thousand"};
    const auto add_numbers = [&](int from, int to, int by) {
        for (int n = from; n <= to; n += by) out.push_back(word(n));
    };
    if (is_chinese(language)) {
        add_numbers(0, 10, 1);
        for (const auto* one : {"liang", "yao", "wan", "yi", "year", "month", "day", "jiao", "fen"})
            out.emplace_back(one);
        for (const auto currency : known_currencies) out.push_back("currency." + std::string(currency) + ".many");
    } else {
        add_numbers(0, 19, 1);
        add_numbers(20, 90, 10);
        for (const auto* one : {"and", "million", "billion"}) out.emplace_back(one);
        for (int n = 1; n <= 12; ++n) out.push_back("month." + std::to_string(n));
        for (int n = 1; n <= 31; ++n) out.push_back("ordinal." + std::to_string(n));
        for (const auto currency : known_currencies)
            for (const auto* kind : {"currency.", "minor."})
                for (const auto* many : {".one", ".many"}) out.push_back(kind + std::string(currency) + many);
    }
    for (char c = 'a'; c <= 'z'; ++c) out.push_back(std::string("letter.") + c);
    return out;
}

}  // namespace keepline::hotline
