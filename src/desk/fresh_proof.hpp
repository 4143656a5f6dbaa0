// Who has been signed in for a while may be somebody else by now: another one at their keyboard, or a thief with their
// cookie. So what matters most is done only by whoever has proved themself lately, at the console; what it is, and how
// long a proof is good, is said by [console] step_up and step_up_minutes. A session says when that was
// (domain::held_token::proved_at). Tokens are of programs, which prove nothing anew. Pure.
#pragma once

#include "desk/doorkeeper.hpp"

#include <vector>

#include <boost/describe.hpp>

namespace keepline::desk {

/// What somebody at another's console would do harm with. `access`: who may what, and where the server's own word
/// goes. `signatures`: as the second person. `decisions`: how a case ends. `people`: who somebody is, in clear.
enum class stake { none, access, signatures, decisions, people };
BOOST_DESCRIBE_ENUM(stake, none, access, signatures, decisions, people)

struct proof_rules {
    std::vector<stake> asked_for{};
    base::duration good_for = base::minutes{10};
};

/// code::step_up_required, with what it is for and how fresh a proof must be.
result<void> check_proof(stake at, const holder& by, const proof_rules& rules, instant now);

}  // namespace keepline::desk
