// A line as an import says it, made ready for the core. Shared by the import and by plans of imports. Pure.
#pragma once

#include "base/time.hpp"
#include "desk/said.hpp"
#include "domain/context.hpp"
#include "domain/subscriber/subscriber.hpp"

namespace keepline::desk {

using base::result;

struct import_dates {
    instant since;
    instant valid_until;
};

/// A date is a day where the line is: in the zone of its policy (domain/days.hpp).
result<import_dates> dates_of(const domain::rule_book& rules, const imported_line_body& in);
/// What a new line takes over from its subscriber.
void take_over(domain::order_line& order, const domain::subscriber_state& from);
std::vector<domain::new_profile> profiles_from(const std::vector<profile_body>& in);
domain::import_line import_from(imported_line_body in, const import_dates& dates,
                                const domain::subscriber_state& subscriber);

}  // namespace keepline::desk
