// What a date means, in and out: one rule for files, requests, the command line, messages, certificates and screens.
//
//   in    a bare date that ends something ("valid until 2027-02-27") is the end of that day where the line is: its
//         whole last day counts. One that begins something is the day's first instant. A time is taken as it is.
//   out   "until" names the last day that counts ("2027年2月27日（含）前"), so that a date that went in comes
//         out again; what ends within a day (at the hour of a top-up) is named by that day. How a language writes a day
//         is in texts/.
//
// Pure.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::domain {

/// A date or an RFC 3339 time as somebody gave it; which instant it is, the zone says.
struct given_time {
    std::optional<base::local_day> day;
    base::instant at;  // where no day is given

    base::instant as_end(const base::zone& where) const { return day ? where.end_of(*day) : at; }
    base::instant as_beginning(const base::zone& where) const { return day ? where.start_of(*day) : at; }
    bool operator==(const given_time&) const = default;
};

/// code::invalid in words that say what can be written; `field` is named in them.
base::result<given_time> read_time(std::string_view field, std::string_view text);

/// The last day of which `until` leaves something, and no day before the one of `from`: what "until" names.
base::local_day last_day(const base::zone& where, base::instant until, base::instant from);

/// A validity is whole days: the end of the n-th day after the one of `from` there. What ends a day is of that day.
base::instant end_after(const base::zone& where, base::instant from, int n);
bool ends_a_day(const base::zone& where, base::instant end);
/// So much later; what ends a day there still does, whatever the clocks were put to meanwhile.
base::instant days_later(const base::zone& where, base::instant end, int n);
base::instant later_by(const base::zone& where, base::instant end, base::duration by);

}  // namespace keepline::domain
