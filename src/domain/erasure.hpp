// Erasing a person: what stands against it, and the plan that waits until nothing does. Pure.
#pragma once

#include "domain/number/number.hpp"
#include "domain/policy.hpp"

#include <optional>
#include <vector>

namespace keepline::domain {

/// What stands against it, of which line (public id).
struct standing {
    obstacle what = obstacle::open_case;
    std::string line;
    bool operator==(const standing&) const = default;
};
BOOST_DESCRIBE_STRUCT(standing, (), (what, line))

struct erasure_plan {
    actor by;
    std::optional<actor> second;
    instant at;
    instant look_at;  // a person looks at what still stands against it
    std::vector<standing> against;
    bool outlived = false;  // nobody asked for it: the data have outlived their purpose
    bool operator==(const erasure_plan&) const = default;
};
BOOST_DESCRIBE_STRUCT(erasure_plan, (), (by, second, at, look_at, against, outlived))

/// What of this number stands against erasing `owner`, as far as the line's policy minds.
std::vector<obstacle> obstacles_in(const number_state& s, const label& owner, const rule_book& rules, instant now);
/// How long a plan may wait before a person looks at it: the shortest of all policies.
base::duration plan_within(const rule_book& rules);

}  // namespace keepline::domain
