// Whom a person's news go to, and what is told to all of them. For the rules of this folder. Pure.
#pragma once

#include "domain/effects.hpp"
#include "domain/subscriber/state.hpp"

#include <map>
#include <string>
#include <vector>

namespace keepline::domain {

/// Is there anybody who would hear it?
bool anybody_is_told(const subscriber_state& s, instant at);
/// To every verified contact point, those that were replaced lately too, and to each line that lives.
std::vector<effect> to_everybody(const subscriber_state& s, const std::string& kind, instant at,
                                 std::map<std::string, std::string> params);

}  // namespace keepline::domain
