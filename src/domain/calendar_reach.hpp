// How far the calendars reach that the policies go by: past its span every due date is provisional, so somebody has to
// bring in the next year before. Pure.
#pragma once

#include "domain/context.hpp"

#include <string>
#include <vector>

namespace keepline::domain {

/// From so many days before a calendar's end on, whoever runs the server is told.
inline constexpr int calendar_warning_days = 60;

struct calendar_reach {
    const calendar* of = nullptr;          // lives as long as the rule book
    std::vector<std::string> policies;     // that name it
    std::vector<std::string> provisional;  // those of them by which a review that begins now is due past its span
    int days_left = 0;                     // after today (UTC); 0: today is the last day; below: it has ended

    /// Where nobody goes by it, nobody needs to know.
    bool ends_soon() const { return !policies.empty() && days_left <= calendar_warning_days; }
    /// In words, for whoever runs the server.
    std::string warning() const;
};

/// Of every calendar, by id.
std::vector<calendar_reach> calendar_reaches(const rule_book& rules, instant now);

}  // namespace keepline::domain
