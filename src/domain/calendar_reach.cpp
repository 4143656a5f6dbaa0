#include "domain/calendar_reach.hpp"

#include "domain/number/quote.hpp"

#include <cstdlib>

namespace keepline::domain {

std::string calendar_reach::warning() const {
    std::string by;
    for (const auto& one : policies) by += (by.empty() ? "" : ", ") + one;
    const auto days = std::to_string(std::abs(days_left)) + (std::abs(days_left) == 1 ? " day" : " days");
    return "The calendar " + of->id + (days_left < 0 ? " ended on " : " ends on ") + base::iso(of->covers_to) +
           (days_left < 0 ? " (" + days + " ago)" : " (" + days + " left)") +
           ": due dates past it are provisional, with the policies " + by +
           ". Bring in its next year (docs/operating.md, Policies and calendars).";
}

std::vector<calendar_reach> calendar_reaches(const rule_book& rules, instant now) {
    std::vector<calendar_reach> out;
    for (const auto& [id, one] : rules.calendars.all()) {
        calendar_reach reach{&one, {}, {}, one.covers_to - base::zone().day_of(now)};
        for (const auto& [name, policy] : rules.policies.all()) {
            if (policy.calendar != id) continue;
            reach.policies.push_back(name);
            const auto today = rules.zones.of(policy.zone).day_of(now);
            if (last_day(policy.closing.review, one, today).provisional) reach.provisional.push_back(name);
        }
        out.push_back(std::move(reach));
    }
    return out;
}

}  // namespace keepline::domain
