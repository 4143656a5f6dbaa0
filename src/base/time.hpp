// Time without a clock: instants, local days and zones are values that come in from the shell.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::base {

using duration = std::chrono::milliseconds;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Zero means "never set".
struct instant {
    std::int64_t ms = 0;

    explicit constexpr operator bool() const { return ms != 0; }
    constexpr auto operator<=>(const instant&) const = default;
    friend constexpr instant operator+(instant t, duration d) { return {t.ms + d.count()}; }
    friend constexpr instant operator-(instant t, duration d) { return {t.ms - d.count()}; }
    friend constexpr duration operator-(instant a, instant b) { return duration{a.ms - b.ms}; }
};

/// A calendar day of some place, as days since 1970-01-01.
struct local_day {
    std::int32_t days = 0;

    constexpr auto operator<=>(const local_day&) const = default;
    friend constexpr local_day operator+(local_day d, int n) { return {d.days + n}; }
    friend constexpr int operator-(local_day a, local_day b) { return a.days - b.days; }
};

/// ISO weekday, Monday = 1 … Sunday = 7.
int weekday(local_day day);
std::string iso(local_day day);                             // "2026-02-13"
std::optional<local_day> day_from_iso(std::string_view);    // exactly that form, real days only
std::string iso(instant t);                                 // RFC 3339, "2026-02-13T08:00:00.000Z"
std::optional<instant> instant_from_iso(std::string_view);  // RFC 3339 with Z or a numeric offset

/// The rules of one IANA zone, as data: from each instant on, local time is UTC plus the offset.
/// The shell reads them from the system's zone database; inside the core they are a plain value.
class zone {
 public:
    struct change {
        instant from;
        std::int32_t offset_s = 0;
        bool operator==(const change&) const = default;
    };
    zone() = default;  // UTC
    zone(std::string name, std::vector<change> changes);

    const std::string& name() const { return name_; }
    /// Seconds east of UTC in force at t.
    std::int32_t offset_s(instant t) const;
    local_day day_of(instant t) const;
    /// The instant at which the day begins there (where midnight is skipped, the first instant after it).
    instant start_of(local_day day) const;
    /// The first instant after the day: "24:00".
    instant end_of(local_day day) const { return start_of(day + 1); }
    /// RFC 3339 in this zone, to the minute: "2026-02-13 16:00".
    std::string local_text(instant t) const;

 private:
    std::string name_ = "UTC";
    std::vector<change> changes_;  // sorted by `from`
};

}  // namespace keepline::base
