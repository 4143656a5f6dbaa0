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

/// What a submitted case is decided by: its risk as it was assessed or, where that is higher, as it is now.
struct standing_risk {
    risk now;  // the higher level; every fact of both
    /// The newest fact that policy weighs and that became known after the submission: no approval of before knew it.
    std::optional<instant> learned_at;
    /// The owner's contact points were changed since: whoever takes a number over does that first, so two look at it
    /// (docs/rules.md P4), and closing waits from then on as it does before a submission.
    bool contacts_changed = false;
};
standing_risk standing_risk_of(const number_state& s, const policy& p, instant now);

/// How many people a case in review takes: one, or two where anything of it asks for that.
int approvals_wanted(const number_state& s, const policy& p, instant now);
/// Those of the approvals that count: given since the newest of what is known.
std::vector<approval> approvals_that_count(const number_state& s, const policy& p, instant now);
/// Until when it cools off, as things stand: what became known late has the hours of its level from then on.
instant cools_off_until(const number_state& s, const policy& p, instant now);

/// How much came to the line after its case was submitted that people would have looked at before (`money_brought`):
/// it is not paid out unseen. Zero: as little as policy lets through.
std::int64_t unseen_money(const number_state& s, const risk_rules& rules);

}  // namespace keepline::domain
