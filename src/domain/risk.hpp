// How careful to be with an application: facts that the journal knows (PRACTICE §4), each raising the risk to the level
// that the policy gives it. Never looks at who somebody is, only at what happened.
#pragma once

#include "domain/context.hpp"
#include "domain/number.hpp"

#include <string>
#include <vector>

namespace keepline::domain {

/// `signals` are facts that only the shell can see: "bulk_pattern", "channel_mismatch". Others are ignored.
risk assess(const number_state& s, const policy& p, instant now, const std::vector<std::string>& signals);

}  // namespace keepline::domain
