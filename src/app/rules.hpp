// The rules in force, from the folders policies/ and calendars/: read whole or refused whole, so that a reload never
// leaves half of them. Any thread.
#pragma once

#include "domain/context.hpp"

#include <filesystem>
#include <memory>
#include <utility>

namespace keepline::app {

/// A folder, and an operator's own that lies over it: a file there stands for the one of the same name here.
struct laid_folders {
    std::filesystem::path shipped;
    std::filesystem::path own{};  // empty: none

    laid_folders(std::filesystem::path of, std::filesystem::path over = {})  // NOLINT: one folder is the usual case
        : shipped(std::move(of)), own(std::move(over)) {}
};

/// Also refuses a policy whose calendar or zone does not exist: code::calendar_unknown, code::policy_invalid.
base::result<std::shared_ptr<const domain::rule_book>> load_rules(const laid_folders& policies,
                                                                  const laid_folders& calendars);
base::result<domain::calendar_book> load_calendars(const laid_folders& folders);
base::result<std::vector<domain::policy_source>> policy_sources(const laid_folders& folders);

/// In words, that the operator's own folder is there and has nothing to lay over; empty: it has, or none is configured.
std::string empty_folder_of(const laid_folders& folders, std::string_view extension);

}  // namespace keepline::app
