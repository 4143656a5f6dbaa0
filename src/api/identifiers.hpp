// Before a command brings an ICCID or an IMSI to a line or into the stock, the identifiers are reserved (see
// domain/claim/claim.hpp): two requests that want the same never both get it, whichever servers and clusters they meet
// on. The refusal (identifier_taken) comes at once; the holder's journal and the log say that somebody tried.
#pragma once

#include "api/call.hpp"
#include "domain/claim/claim.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keepline::api {

struct wanted_claim {
    std::string identifier;
    std::string holder;
};

/// What a request holds meanwhile. Given back if its command is refused.
struct reserved_claims {
    domain::reservation as;
    struct one {
        std::string identifier;
        std::string holder;
        int serial = 0;
    };
    std::vector<one> fresh;  // free before
};

/// Which owner of the number a new line, or a profile for the line that is there, is for.
result<int> generation_for(const call& c, const base::msisdn& number);
/// What the line must hold for these profiles; those it has already are left out. code::profile_exists: our SM-DP+ has
/// the ICCID with another IMSI.
result<std::vector<wanted_claim>> claims_for(const call& c, const domain::line_holder& line,
                                             const std::vector<domain::new_profile>& profiles);

using reserved_then = std::function<void(const call_ptr& c, const reserved_claims& held)>;
/// On the exchange's thread: `next` once all are held; otherwise the call is refused and nothing is held.
void reserve_claims(const call_ptr& c, std::vector<wanted_claim> wanted, int generation, reserved_then next);
/// The command was refused: what was free before is free again.
void give_back(const call& c, const reserved_claims& held, const base::error& why);
/// Submits with the reservation; a refusal gives it back and is the call's answer.
void submit_reserved(const call_ptr& c, const reserved_claims& held, engine::submission what, then next);

}  // namespace keepline::api
