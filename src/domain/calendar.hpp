// Working-day calendars as data, and the one computation on them.
// China Civil Code arts 201-204, Regulation (EEC) 1182/71: the day of the event is not counted; the last day ends at
// 24:00.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::domain {

struct calendar {
    std::string id;       // "CN"
    std::string version;  // of the data
    std::string source;
    std::string licence;
    std::vector<int> weekend;  // ISO weekdays, e.g. {6, 7}
    base::local_day covers_from;
    base::local_day covers_to;  // inclusive; outside, a day is judged by its weekday and `yearly`, and is provisional
    std::map<base::local_day, bool> days;  // overrides: true = working day
    std::vector<int> yearly{};             // month * 100 + day: off by law every year, also outside the span

    bool is_working(base::local_day day) const;
    bool covers(base::local_day day) const { return day >= covers_from && day <= covers_to; }
};

struct due_day {
    base::local_day day;
    bool provisional = false;
    bool operator==(const due_day&) const = default;
};

/// The n-th working day after `start` (0 <= n <= 3660); provisional when a step left the span that the data covers.
due_day due(const calendar& c, base::local_day start, int n);

/// Reads calendars/<id>.json: {id, version, source, licence, weekend, covers:[from,to], days:{date:{work,name}}}
/// and, optional, yearly:["01-01", …].
/// Errors: code::calendar_invalid with the field.
base::result<calendar> load_calendar(std::string_view json_text);

class calendar_book {
 public:
    calendar_book() = default;
    explicit calendar_book(std::vector<calendar> calendars);
    const calendar* find(std::string_view id) const;
    /// Whatever the case of the letters: for what people type.
    const calendar* find_typed(std::string_view id) const;
    const std::map<std::string, calendar, std::less<>>& all() const { return by_id_; }

 private:
    std::map<std::string, calendar, std::less<>> by_id_;
};

}  // namespace keepline::domain
