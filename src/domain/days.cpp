#include "domain/days.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

/// Nobody means the year 0202: a digit is missing, and the line would be without end or long over.
base::result<given_time> meant(std::string_view field, std::string_view text, given_time found) {
    const auto year = text.substr(0, 4);
    if (year >= "1970" && year <= "2200") return found;
    return base::refuse(base::code::invalid,
                        "`" + std::string(field) + "`: the year " + std::string(year) + " cannot be meant.",
                        {{"field", std::string(field)}});
}

/// Of the form, and not in the calendar.
bool is_no_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    return text.find_first_not_of("0123456789-") == std::string_view::npos;
}

}  // namespace

base::result<given_time> read_time(std::string_view field, std::string_view text) {
    if (const auto day = base::day_from_iso(text)) return meant(field, text, {*day, {}});
    if (const auto at = base::instant_from_iso(text)) return meant(field, text, {{}, *at});
    if (is_no_day(text))
        return base::refuse(base::code::invalid,
                            "`" + std::string(field) + "` is no day of the calendar: " + std::string(text) +
                                ". Write a date such as 2027-02-27, or a time such as 2027-02-27T16:00:00+08:00.",
                            {{"field", std::string(field)}});
    return base::refuse(base::code::invalid,
                        "`" + std::string(field) +
                            "` must be a date such as 2027-02-27 (that whole day) or a time such as "
                            "2027-02-27T16:00:00+08:00.",
                        {{"field", std::string(field)}});
}

base::local_day last_day(const base::zone& where, base::instant until, base::instant from) {
    return std::max(where.day_of(until - base::seconds{1}), where.day_of(from));
}

base::instant end_after(const base::zone& where, base::instant from, int n) {
    return where.end_of(where.day_of(from - base::duration{1}) + n);
}

bool ends_a_day(const base::zone& where, base::instant end) { return end_after(where, end, 0) == end; }

base::instant days_later(const base::zone& where, base::instant end, int n) {
    return ends_a_day(where, end) ? end_after(where, end, n) : end + base::days{n};
}

base::instant later_by(const base::zone& where, base::instant end, base::duration by) {
    return ends_a_day(where, end) ? end_after(where, end + by, 0) : end + by;
}

}  // namespace keepline::domain
