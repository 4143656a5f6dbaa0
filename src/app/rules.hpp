// The rules in force, from the folders policies/ and calendars/: read whole or refused whole, so that a reload never
// leaves half of them. Any thread.
#pragma once

#include "domain/context.hpp"

#include <filesystem>
#include <memory>

namespace keepline::app {

/// Also refuses a policy whose calendar or zone does not exist: code::calendar_unknown, code::policy_invalid.
base::result<std::shared_ptr<const domain::rule_book>> load_rules(const std::filesystem::path& policies,
                                                                  const std::filesystem::path& calendars);
base::result<domain::calendar_book> load_calendars(const std::filesystem::path& folder);
base::result<std::vector<domain::policy_source>> policy_sources(const std::filesystem::path& folder);

}  // namespace keepline::app
