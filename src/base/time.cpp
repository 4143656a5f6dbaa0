#include "base/time.hpp"

#include <algorithm>

namespace keepline::base {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t ms_per_day = 86'400'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

/// Reads exactly `count` digits at `at`.
std::optional<int> digits(std::string_view in, std::size_t at, std::size_t count) {
    if (at + count > in.size()) return std::nullopt;
    int value = 0;
    for (char c : in.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// Writes `value` with leading zeros, so that its last digit stands before `end`.
void put(char* end, unsigned value, int count) {
    for (; count > 0; --count, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

year_month_day civil(local_day day) { return year_month_day{sys_days{std::chrono::days{day.days}}}; }

}  // namespace

int weekday(local_day day) {
    return static_cast<int>(std::chrono::weekday{sys_days{std::chrono::days{day.days}}}.iso_encoding());
}

std::string iso(local_day day) {
    const auto date = civil(day);
    const int year = static_cast<int>(date.year());
    std::string out = std::to_string(year);
    if (year >= 0 && out.size() < 4) out.insert(0, 4 - out.size(), '0');
    out += "-00-00";
    char* const end = out.data() + out.size();
    put(end, static_cast<unsigned>(date.day()), 2);
    put(end - 3, static_cast<unsigned>(date.month()), 2);
    return out;
}

std::optional<local_day> day_from_iso(std::string_view in) {
    if (in.size() != 10 || in[4] != '-' || in[7] != '-') return std::nullopt;
    const auto y = digits(in, 0, 4);
    const auto m = digits(in, 5, 2);
    const auto d = digits(in, 8, 2);
    if (!y || !m || !d) return std::nullopt;
    const year_month_day date{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                              std::chrono::day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    return local_day{static_cast<std::int32_t>(sys_days{date}.time_since_epoch().count())};
}

std::string iso(instant t) {
    const std::int64_t day = floor_div(t.ms, ms_per_day);
    const auto of_day = static_cast<unsigned>(t.ms - day * ms_per_day);
    std::string out = iso(local_day{static_cast<std::int32_t>(day)});
    out += "T00:00:00.000Z";
    char* const end = out.data() + out.size();
    put(end - 1, of_day % 1000, 3);
    put(end - 5, of_day / 1000 % 60, 2);
    put(end - 8, of_day / 60'000 % 60, 2);
    put(end - 11, of_day / 3'600'000, 2);
    return out;
}

std::optional<instant> instant_from_iso(std::string_view in) {
    if (in.size() < 20 || in.size() > 35 || (in[10] != 'T' && in[10] != 't')) return std::nullopt;
    const auto day = day_from_iso(in.substr(0, 10));
    const auto h = digits(in, 11, 2);
    const auto m = digits(in, 14, 2);
    const auto s = digits(in, 17, 2);
    if (!day || !h || !m || !s || in[13] != ':' || in[16] != ':' || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
    std::size_t at = 19;
    std::int64_t fraction_ms = 0;
    if (in[at] == '.') {
        int scale = 100;
        for (++at; at < in.size() && in[at] >= '0' && in[at] <= '9'; ++at, scale /= 10)
            fraction_ms += (in[at] - '0') * scale;
        if (at == 20) return std::nullopt;
    }
    std::int64_t offset_min = 0;
    const auto rest = in.substr(at);
    if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
        const auto oh = digits(rest, 1, 2);
        const auto om = digits(rest, 4, 2);
        if (!oh || !om || *oh > 23 || *om > 59) return std::nullopt;
        offset_min = (*oh * 60 + *om) * (rest[0] == '-' ? -1 : 1);
    } else if (rest != "Z" && rest != "z") {
        return std::nullopt;
    }
    const std::int64_t of_day_s = *h * 3600 + *m * 60 + *s - offset_min * 60;
    return instant{day->days * ms_per_day + of_day_s * 1000 + fraction_ms};
}

zone::zone(std::string name, std::vector<change> changes) : name_(std::move(name)), changes_(std::move(changes)) {
    std::ranges::sort(changes_, {}, &change::from);
}

std::int32_t zone::offset_s(instant t) const {
    const auto next = std::ranges::upper_bound(changes_, t, {}, &change::from);
    if (next == changes_.begin()) return changes_.empty() ? 0 : changes_.front().offset_s;
    return std::prev(next)->offset_s;
}

local_day zone::day_of(instant t) const {
    return {static_cast<std::int32_t>(floor_div(t.ms + std::int64_t{offset_s(t)} * 1000, ms_per_day))};
}

instant zone::start_of(local_day day) const {
    const std::int64_t wall_ms = day.days * ms_per_day;
    // Try the offset on both sides of a change; the later offset wins where midnight does not exist.
    const instant guess{wall_ms - std::int64_t{offset_s(instant{wall_ms})} * 1000};
    instant found{wall_ms - std::int64_t{offset_s(guess)} * 1000};
    if (day_of(found) < day) found = {wall_ms - std::int64_t{offset_s(instant{found.ms - ms_per_day / 2})} * 1000};
    const instant earlier{wall_ms - std::int64_t{offset_s(found - seconds{1})} * 1000};
    return day_of(earlier) == day && earlier < found ? earlier : found;
}

std::string zone::local_text(instant t) const {
    const auto shifted = iso(instant{t.ms + std::int64_t{offset_s(t)} * 1000});
    return shifted.substr(0, 10) + " " + shifted.substr(11, 5);
}

}  // namespace keepline::base
