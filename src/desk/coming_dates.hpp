// What happens to a line, and when, if its owner does nothing: its reminders, the fee that keeps it, the bar, the
// suspension, the end. By the clock of domain/number/keepalive.hpp, from what the line shows. Pure.
#pragma once

#include "desk/views.hpp"

#include <optional>
#include <vector>

namespace keepline::desk {

enum class coming { reminder, last_reminder, kept_by_fee, grace, suspended, ended };
BOOST_DESCRIBE_ENUM(coming, reminder, last_reminder, kept_by_fee, grace, suspended, ended)

struct coming_date {
    coming what = coming::reminder;
    instant at;
    std::optional<money> price{};  // what is taken from the balance
    bool operator==(const coming_date&) const = default;
};

/// In their order; none: nothing comes by itself (the line has ended or not begun, its policy has no validity, a
/// closure was sent in and the clock stands still). After `kept_by_fee` all begins anew.
std::vector<coming_date> coming_dates(const line_view& of, const domain::keepalive_rules& rules,
                                      const base::zone& where, instant now);
/// The end waits as long as one of these stands: a hold, a move to another operator, the owner's lock.
bool end_waits(const line_view& of);

}  // namespace keepline::desk
