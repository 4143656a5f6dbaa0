#include "domain/days.hpp"

#include <algorithm>

namespace keepline::domain {

base::result<given_time> read_time(std::string_view field, std::string_view text) {
    if (const auto day = base::day_from_iso(text)) return given_time{*day, {}};
    if (const auto at = base::instant_from_iso(text)) return given_time{{}, *at};
    return base::refuse(base::code::invalid,
                        "`" + std::string(field) +
                            "` must be a date such as 2027-02-27 (that whole day) or a time such as "
                            "2027-02-27T16:00:00+08:00.",
                        {{"field", std::string(field)}});
}

base::local_day last_day(const base::zone& where, base::instant until, base::instant from) {
    return std::max(where.day_of(until - base::seconds{1}), where.day_of(from));
}

}  // namespace keepline::domain
