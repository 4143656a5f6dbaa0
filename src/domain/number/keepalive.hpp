// The keep-alive clock of a line: when the next reminder, the grace period, the suspension or the end comes.
#pragma once

#include "domain/number/line.hpp"
#include "domain/policy.hpp"

namespace keepline::domain {

/// How many of the policy's reminders lie at or before `now` for this validity.
int reminders_passed(const keepalive_rules& rules, instant valid_until, instant now);

/// The next instant at which keep-alive has something to do; zero when it has nothing. `where`: the line's zone.
instant keepalive_next(const keepalive_rules& rules, line_status status, instant valid_until, int reminders_sent,
                       const base::zone& where = {});
/// The last reminder: after it the validity ends. Everybody hears it, whatever they stopped.
bool is_last_reminder(const keepalive_rules& rules, int reminders_sent);

}  // namespace keepline::domain
