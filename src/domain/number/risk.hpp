// How careful to be with an application: facts that the journal knows (docs/rules.md P4), each raising the risk to the
// level that the policy gives it. Never looks at who somebody is, only at what happened.
#pragma once

#include "domain/context.hpp"
#include "domain/number/number.hpp"

#include <string>
#include <vector>

namespace keepline::domain {

/// `signals` are facts that only the shell can see: "bulk_pattern", "channel_mismatch". Others are ignored.
risk assess(const number_state& s, const policy& p, instant now, const std::vector<std::string>& signals);

/// How much came to the line after its case was submitted that people would have looked at before (`money_brought`):
/// it is not paid out unseen. Zero: as little as policy lets through.
std::int64_t unseen_money(const number_state& s, const risk_rules& rules);

}  // namespace keepline::domain
