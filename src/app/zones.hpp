// The zones of the rules, read from the system's time zone database (package tzdata). At start and at reload; one
// thread.
#pragma once

#include "domain/context.hpp"

#include <set>
#include <string>

namespace keepline::app {

/// code::policy_invalid for a name the database does not know.
base::result<base::zone> load_zone(const std::string& name);
base::result<domain::zone_book> load_zones(const std::set<std::string>& names);

}  // namespace keepline::app
