#include "domain/number/keepalive.hpp"

#include "domain/days.hpp"

#include <algorithm>

namespace keepline::domain {

int reminders_passed(const keepalive_rules& rules, instant valid_until, instant now) {
    return static_cast<int>(
        std::ranges::count_if(rules.remind_days_before, [&](int n) { return now >= valid_until - base::days{n}; }));
}

instant keepalive_next(const keepalive_rules& rules, line_status status, instant valid_until, int reminders_sent,
                       const base::zone& where) {
    if (rules.validity_days <= 0) return {};
    switch (status) {
        case line_status::active: {
            auto days = rules.remind_days_before;
            std::ranges::sort(days, std::greater{});
            const auto sent = static_cast<std::size_t>(reminders_sent);
            return sent < days.size() ? valid_until - base::days{days[sent]} : valid_until;
        }
        case line_status::grace: return days_later(where, valid_until, rules.grace_days);
        case line_status::suspended: return days_later(where, valid_until, rules.grace_days + rules.suspend_days);
        default: return {};
    }
}

bool is_last_reminder(const keepalive_rules& rules, int reminders_sent) {
    return static_cast<std::size_t>(reminders_sent) >= rules.remind_days_before.size();
}

}  // namespace keepline::domain
