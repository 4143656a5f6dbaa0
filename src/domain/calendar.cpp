// The working-day computation, and the strict reader of calendars/*.json.
#include "domain/calendar.hpp"

#include "base/ensure.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

namespace keepline::domain {

namespace {

constexpr std::size_t calendar_max_bytes = 1024 * 1024;
constexpr int max_span_days = 100 * 366;
constexpr int max_due_days = 3660;
constexpr std::size_t calendar_words_max_bytes = 1024;
constexpr std::size_t max_id_bytes = 32;

using base::local_day;
using base::result;
using boost::json::object;

std::unexpected<base::error> wrong(std::string_view field, std::string_view words) {
    return base::refuse(base::code::calendar_invalid,
                        "`" + std::string(field) + "` of the calendar " + std::string(words),
                        {{"field", std::string(field)}});
}

result<void> only(const object& in, std::string_view prefix, std::initializer_list<std::string_view> known) {
    for (const auto& [key, unused] : in)
        if (std::ranges::find(known, std::string_view(key)) == known.end())
            return wrong(std::string(prefix) + std::string(key).substr(0, 64), "is not known; remove it.");
    return {};
}

result<std::string> words_in(const object& in, std::string_view key, std::string_view field, std::size_t max_bytes) {
    const auto* found = in.if_contains(key);
    if (found == nullptr || !found->is_string()) return wrong(field, "is missing or not text; write it as a string.");
    const auto& value = found->get_string();
    if (value.empty() || value.size() > max_bytes)
        return wrong(field, "must have 1 to " + std::to_string(max_bytes) + " bytes.");
    return std::string(value);
}

result<std::vector<int>> weekend_in(const object& in) {
    constexpr std::string_view rule = "must list different ISO weekdays, 1 to 7, at most six of them, such as [6, 7].";
    const auto* found = in.if_contains("weekend");
    if (found == nullptr || !found->is_array() || found->get_array().size() > 6) return wrong("weekend", rule);
    std::vector<int> out;
    for (const auto& one : found->get_array()) {
        if (!one.is_int64() || one.get_int64() < 1 || one.get_int64() > 7) return wrong("weekend", rule);
        const int day = static_cast<int>(one.get_int64());
        if (std::ranges::find(out, day) != out.end()) return wrong("weekend", rule);
        out.push_back(day);
    }
    std::ranges::sort(out);
    return out;
}

result<std::pair<local_day, local_day>> covers_in(const object& in) {
    constexpr std::string_view rule =
        "must be the first and the last day of the data, at most a century, such as [\"2025-01-01\", \"2026-12-31\"].";
    const auto* found = in.if_contains("covers");
    if (found == nullptr || !found->is_array() || found->get_array().size() != 2) return wrong("covers", rule);
    std::optional<local_day> ends[2];
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& one = found->get_array()[i];
        if (one.is_string()) ends[i] = base::day_from_iso(std::string_view(one.get_string()));
        if (!ends[i]) return wrong("covers", rule);
    }
    if (*ends[0] > *ends[1] || *ends[1] - *ends[0] > max_span_days) return wrong("covers", rule);
    return std::pair{*ends[0], *ends[1]};
}

/// "01-01", … : days of any year; checked as days of a leap year.
result<std::vector<int>> yearly_in(const object& in) {
    constexpr std::string_view rule = R"(must list days of a year, at most 60, such as ["01-01", "05-01"].)";
    std::vector<int> out;
    const auto* found = in.if_contains("yearly");
    if (found == nullptr) return out;
    if (!found->is_array() || found->get_array().size() > 60) return wrong("yearly", rule);
    for (const auto& one : found->get_array()) {
        if (!one.is_string()) return wrong("yearly", rule);
        const std::string text(one.get_string());
        if (!base::day_from_iso("2024-" + text)) return wrong("yearly", rule);
        out.push_back(std::stoi(text.substr(0, 2)) * 100 + std::stoi(text.substr(3)));
    }
    return out;
}

result<std::map<local_day, bool>> days_in(const object& in, const calendar& out) {
    const auto* found = in.if_contains("days");
    if (found == nullptr || !found->is_object()) return wrong("days", "is missing; write {} when there is none.");
    std::map<local_day, bool> days;
    for (const auto& [key, value] : found->get_object()) {
        const std::string field = "days." + std::string(key).substr(0, 64);
        const auto day = base::day_from_iso(std::string_view(key));
        if (!day) return wrong(field, "is not a day; write it as 2026-02-13.");
        if (!out.covers(*day)) return wrong(field, "lies outside `covers`; widen `covers` or remove the day.");
        const auto* entry = value.if_object();
        if (entry == nullptr) return wrong(field, R"(must look like {"work": false, "name": "..."}.)");
        CHECK(only(*entry, field + ".", {"work", "name"}));
        const auto* work = entry->if_contains("work");
        if (work == nullptr || !work->is_bool()) return wrong(field + ".work", "must be true or false.");
        if (auto name = words_in(*entry, "name", field + ".name", calendar_words_max_bytes); !name)
            return std::unexpected(std::move(name).error());
        days.emplace(*day, work->get_bool());
    }
    return days;
}

}  // namespace

bool calendar::is_working(local_day day) const {
    if (const auto found = days.find(day); found != days.end()) return found->second;
    if (!yearly.empty() && !covers(day)) {
        const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day.days}}};
        const auto of_year = static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day());
        if (std::ranges::find(yearly, static_cast<int>(of_year)) != yearly.end()) return false;
    }
    return std::ranges::find(weekend, base::weekday(day)) == weekend.end();
}

due_day due(const calendar& c, local_day start, int n) {
    ENSURE(n >= 0 && n <= max_due_days);
    due_day out{start, false};
    while (n > 0) {
        out.day = out.day + 1;
        if (!c.covers(out.day)) out.provisional = true;
        if (c.is_working(out.day)) --n;
    }
    return out;
}

result<calendar> load_calendar(std::string_view json_text) {
    if (json_text.size() > calendar_max_bytes)
        return base::refuse(base::code::calendar_invalid, "The calendar is larger than 1 MiB; split it by year.");
    const auto parsed = base::parse_json(json_text, 4);
    if (!parsed)
        return base::refuse(base::code::calendar_invalid, "The calendar is not JSON. " + parsed.error().words,
                            parsed.error().data);
    const auto* in = parsed->if_object();
    if (in == nullptr) return base::refuse(base::code::calendar_invalid, "The calendar must be a JSON object.");
    CHECK(only(*in, "", {"id", "version", "source", "licence", "weekend", "covers", "days", "yearly"}));
    calendar out;
    TRY(id, words_in(*in, "id", "id", max_id_bytes));
    const auto in_id = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!std::ranges::all_of(id, in_id)) return wrong("id", "may hold letters, digits, - and _ only.");
    TRY(version, words_in(*in, "version", "version", calendar_words_max_bytes));
    TRY(source, words_in(*in, "source", "source", calendar_words_max_bytes));
    TRY(licence, words_in(*in, "licence", "licence", calendar_words_max_bytes));
    TRY(weekend, weekend_in(*in));
    TRY(covers, covers_in(*in));
    out.id = std::move(id);
    out.version = std::move(version);
    out.source = std::move(source);
    out.licence = std::move(licence);
    out.weekend = std::move(weekend);
    out.covers_from = covers.first;
    out.covers_to = covers.second;
    TRY(yearly, yearly_in(*in));
    out.yearly = std::move(yearly);
    TRY(days, days_in(*in, out));
    out.days = std::move(days);
    return out;
}

calendar_book::calendar_book(std::vector<calendar> calendars) {
    for (auto& one : calendars) {
        auto id = one.id;
        by_id_.insert_or_assign(std::move(id), std::move(one));
    }
}

const calendar* calendar_book::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

const calendar* calendar_book::find_typed(std::string_view id) const {
    if (const auto* exact = find(id)) return exact;
    const auto same = [](char a, char b) {
        const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        return low(a) == low(b);
    };
    const calendar* only = nullptr;
    for (const auto& [name, one] : by_id_) {
        if (!std::ranges::equal(name, id, same)) continue;
        if (only != nullptr) return nullptr;  // two that differ in nothing else
        only = &one;
    }
    return only;
}

}  // namespace keepline::domain
