// Dates as a file that calendars open (RFC 5545). Pure; any thread.
#pragma once

#include "base/time.hpp"

#include <string>
#include <vector>

namespace keepline::portal {

struct calendar_entry {
    std::string id;  // the same date has the same one, so that a file of later changes it
    base::instant at;
    std::string title;
    std::string words;
};

/// As one file; `name` is what a calendar calls it.
std::string calendar_file(std::string_view name, const std::vector<calendar_entry>& all, base::instant made);

}  // namespace keepline::portal
