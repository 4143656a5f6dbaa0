// The POSIX form of a zone's rule for ever after, the last line of a time zone file (RFC 8536 §3.3):
// "GMT0BST,M3.5.0/1,M10.5.0". Pure; any thread.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace keepline::app {

struct zone_rule {
    struct moment {  // "M3.5.0/1": the last (5) Sunday (0) of March, at 01:00 of the local time before the change
        unsigned month = 1;
        unsigned week = 1;
        unsigned weekday = 0;
        std::int32_t at_s = 7200;
    };
    std::int32_t standard_s = 0;  // seconds east of UTC
    std::int32_t summer_s = 0;
    moment summer_from;
    moment summer_to;
};

/// Nothing when the rule has no summer time, or is in none of the forms that the database uses.
std::optional<zone_rule> parse_zone_rule(std::string_view text);

/// Both changes of a year, earlier first.
std::vector<base::zone::change> changes_in(const zone_rule& rule, int year);

}  // namespace keepline::app
