#include "app/csv_cells.hpp"

#include "base/time.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace keepline::app {

namespace {

constexpr std::size_t excel_digits = 15;  // a spreadsheet keeps that many of a number

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

// In UTF-8: no-break, ideographic and thin spaces; marks of width zero and of direction; the byte order mark.
constexpr std::array<std::string_view, 24> unseen{" ",
                                                  "\t",
                                                  "\xc2\xa0",
                                                  "\xe3\x80\x80",
                                                  "\xe2\x80\x82",
                                                  "\xe2\x80\x83",
                                                  "\xe2\x80\x87",
                                                  "\xe2\x80\x89",
                                                  "\xe2\x80\xaf",
                                                  "\xe2\x80\x8b",
                                                  "\xe2\x80\x8c",
                                                  "\xe2\x80\x8d",
                                                  "\xe2\x80\x8e",
                                                  "\xe2\x80\x8f",
                                                  "\xe2\x80\xaa",
                                                  "\xe2\x80\xab",
                                                  "\xe2\x80\xac",
                                                  "\xe2\x80\xad",
                                                  "\xe2\x80\xae",
                                                  "\xe2\x81\xa6",
                                                  "\xe2\x81\xa7",
                                                  "\xe2\x81\xa8",
                                                  "\xe2\x81\xa9",
                                                  "\xef\xbb\xbf"};

/// Full-width digits, plus and hyphen, and what else stands for a hyphen, as ASCII.
std::string with_plain_signs(std::string_view text) {
    auto out = base::narrowed(text);
    for (const auto* hyphen : {"\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x80\x93"})
        for (auto at = out.find(hyphen); at != std::string::npos; at = out.find(hyphen, at)) out.replace(at, 3, "-");
    return out;
}

/// An apostrophe says "text" in a spreadsheet; some write it into the file.
std::string_view without_text_mark(std::string_view text) {
    if (text.starts_with('\'')) return text.substr(1);
    if (text.starts_with("\xe2\x80\x99")) return text.substr(3);
    return text;
}

/// "8.61E+12", "8,61E+12": with the plus, as spreadsheets write it; "1E23" may be a document's number.
bool is_scientific(std::string_view text) {
    const auto e = text.find_first_of("eE");
    if (e == 0 || e == std::string_view::npos) return false;
    auto power = text.substr(e + 1);
    if (!power.starts_with('+')) return false;
    power.remove_prefix(1);
    const auto head = text.substr(0, e);
    return all_digits(power) && power.size() <= 2 && is_digit(head.front()) &&
           std::ranges::all_of(head, [](char c) { return is_digit(c) || c == '.' || c == ','; });
}

/// Only zeros behind the digits that a spreadsheet keeps: one identifier in thousands ends so by itself.
bool is_rounded(std::string_view digits) {
    return digits.size() >= excel_digits + 3 && all_digits(digits) &&
           digits.substr(excel_digits).find_first_not_of('0') == std::string_view::npos;
}

result<void> check_not_damaged(std::string_view column, std::string_view text) {
    if (is_scientific(text))
        return std::unexpected(column_mistake(
            column, "holds " + std::string(text) +
                        ": Excel has turned the digits into a rounded number and they are lost. Format the column as "
                        "text and fill it in again from the source."));
    if (is_rounded(text))
        return std::unexpected(column_mistake(
            column,
            "has only zeros after its 15th digit: Excel rounds long numbers so. Format the column as text and fill it "
            "in again from the source. If it really ends so, import this row as NDJSON."));
    return {};
}

std::optional<int> small_number(std::string_view text, std::size_t longest) {
    if (!all_digits(text) || text.size() > longest) return std::nullopt;
    int out = 0;
    for (const char c : text) out = out * 10 + (c - '0');
    return out;
}

std::optional<std::string> iso_day(std::optional<int> year, std::optional<int> month, std::optional<int> day) {
    if (!year || !month || !day) return std::nullopt;
    std::array<char, 40> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02d-%02d", *year, *month, *day);
    if (!base::day_from_iso(out.data())) return std::nullopt;
    return std::string(out.data());
}

struct split_day {
    std::array<std::string_view, 3> part;
    char mark = 0;
};

std::optional<split_day> split_at_marks(std::string_view text) {
    for (const char mark : {'-', '/', '.'}) {
        const auto first = text.find(mark);
        const auto second = first == std::string_view::npos ? first : text.find(mark, first + 1);
        if (second == std::string_view::npos) continue;
        return split_day{{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)},
                         mark};
    }
    return std::nullopt;
}

std::optional<std::array<std::string_view, 3>> chinese_day(std::string_view text) {
    const auto year = text.find("年");
    const auto month = text.find("月");
    if (year == std::string_view::npos || month == std::string_view::npos || month < year || !text.ends_with("日"))
        return std::nullopt;
    const auto width = std::string_view("年").size();
    return std::array{text.substr(0, year), text.substr(year + width, month - year - width),
                      text.substr(month + width, text.size() - month - 2 * width)};
}

constexpr std::string_view date_form = "must be a date such as 2027-02-27 (that whole day), or an RFC 3339 time.";

/// A day that people can mean: an operator's lines began after 1970 and end before 2200.
result<std::string> meant_day(std::string_view column, std::string_view written, std::optional<int> year,
                              std::optional<int> month, std::optional<int> day) {
    constexpr int first_year = 1970;
    constexpr int last_year = 2200;
    if (!year || !month || !day) return std::unexpected(column_mistake(column, date_form));
    if (*year < first_year || *year > last_year)
        return std::unexpected(column_mistake(
            column, "holds " + std::string(written) + ": the year " + std::to_string(*year) + " cannot be meant."));
    if (auto found = iso_day(year, month, day)) return *found;
    return std::unexpected(column_mistake(column, "must be a date such as 2027-02-27: `" + std::string(column) +
                                                      "` holds " + std::string(written) +
                                                      ", which is no day of the calendar."));
}

/// "00:00", "0:00:00", "00:00:00.000".
bool is_midnight(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0:.") == std::string_view::npos && text.contains(':');
}

}  // namespace

base::error column_mistake(std::string_view column, std::string_view words) {
    return {base::code::invalid,
            "Column `" + std::string(column) + "` " + std::string(words),
            {{"field", std::string(column)}}};
}

std::string_view without_margins(std::string_view text) {
    const auto head = [&] {
        return std::ranges::any_of(unseen, [&](std::string_view one) {
            if (!text.starts_with(one)) return false;
            text.remove_prefix(one.size());
            return true;
        });
    };
    const auto tail = [&] {
        return std::ranges::any_of(unseen, [&](std::string_view one) {
            if (!text.ends_with(one)) return false;
            text.remove_suffix(one.size());
            return true;
        });
    };
    while (!text.empty() && head()) {
    }
    while (!text.empty() && tail()) {
    }
    return text;
}

result<std::string> number_cell(std::string_view column, std::string_view text) {
    const auto given = with_plain_signs(without_margins(without_text_mark(without_margins(text))));
    if (given.empty()) return std::string();
    CHECK(check_not_damaged(column, given));
    std::string out;
    for (const char c : given)
        if (c != ' ' && c != '-' && c != '(' && c != ')') out += c;
    if (out.starts_with("00")) out = "+" + out.substr(2);
    if (!out.starts_with('+') && all_digits(out))
        return std::unexpected(column_mistake(
            column,
            "has no country code: write it as +8613800138000. If a + was there, Excel took it for a formula or "
            "a number: format the column as text."));
    return out;
}

result<std::string> identifier_cell(std::string_view column, std::string_view text) {
    auto given = with_plain_signs(without_margins(without_text_mark(without_margins(text))));
    CHECK(check_not_damaged(column, given));
    return given;
}

result<std::string> plain_cell(std::string_view column, std::string_view text) {
    const auto given = without_margins(without_text_mark(without_margins(text)));
    CHECK(check_not_damaged(column, given));
    return std::string(given);
}

result<std::string> date_cell(std::string_view column, std::string_view text) {
    const auto given = with_plain_signs(without_margins(without_text_mark(without_margins(text))));
    if (given.empty()) return given;
    if (base::instant_from_iso(given)) {
        TRY(checked, meant_day(column, given, small_number(given.substr(0, 4), 4), 1, 1));
        static_cast<void>(checked);
        return given;
    }
    std::string_view day = given;
    if (const auto gap = day.find_first_of(" T"); gap != std::string_view::npos) {
        if (!is_midnight(day.substr(gap + 1)))
            return std::unexpected(column_mistake(
                column, "has a time without its zone: write 2027-02-27T16:00:00+08:00, or the date alone."));
        day = day.substr(0, gap);
    }
    if (all_digits(day))
        return std::unexpected(
            column_mistake(column, "holds a number: Excel counts days so. Format the column as text, as 2027-02-27."));
    const auto meant = [&](std::string_view year, std::string_view month, std::string_view of_month) {
        return meant_day(column, day, small_number(year, 4), small_number(month, 2), small_number(of_month, 2));
    };
    if (const auto found = chinese_day(day)) return meant((*found)[0], (*found)[1], (*found)[2]);
    const auto split = split_at_marks(day);
    if (!split) return std::unexpected(column_mistake(column, date_form));
    const auto& part = split->part;
    if (part[0].size() == 4) return meant(part[0], part[1], part[2]);
    if (part[2].size() == 4 && split->mark == '.') return meant(part[2], part[1], part[0]);
    if (part[2].size() == 4)
        return std::unexpected(
            column_mistake(column, "can be read in two ways (which is the day, which the month?): write 2027-02-27."));
    return std::unexpected(column_mistake(column, date_form));
}

}  // namespace keepline::app
