// Before a command brings an ICCID or an IMSI to a line or into the stock, the identifiers are reserved (see
// domain/claim/claim.hpp): two requests that want the same never both get it, whichever servers and clusters they meet
// on. The refusal (identifier_taken) comes at once; the holder's journal and the log say that somebody tried.
#pragma once

#include "desk/asked.hpp"
#include "domain/claim/claim.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keepline::desk {

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
result<int> generation_for(const asked& c, const base::msisdn& number);
/// What the line must hold for these profiles; those it has already are left out. code::profile_exists: our SM-DP+ has
/// the ICCID with another IMSI.
result<std::vector<wanted_claim>> claims_for(const asked& c, const domain::line_holder& line,
                                             const std::vector<domain::new_profile>& profiles,
                                             std::string_view list = {});
/// Of a profile that nobody knows yet the last digit must be Luhn's, for people type it; what our SM-DP+ has needs
/// none. code::invalid names the field.
result<void> check_new_iccid(engine::front& core, const base::iccid& iccid, const std::string& field);

/// On the exchange's thread: `next` once all are held; otherwise the call is refused and nothing is held.
void reserve_all(const asked_ptr& c, std::vector<wanted_claim> wanted, int generation,
                 std::function<void(const reserved_claims& held)> next);
template <typename Asked>
void reserve_claims(const std::shared_ptr<Asked>& c, std::vector<wanted_claim> wanted, int generation,
                    std::type_identity_t<next_with<Asked, const reserved_claims&>> next) {
    reserve_all(c, std::move(wanted), generation,
                [c, next = std::move(next)](const reserved_claims& held) { next(c, held); });
}
/// The command was refused: what was free before is free again.
void give_back(const asked& c, const reserved_claims& held, const base::error& why);
/// Submits with the reservation; a refusal gives it back and is the request's answer.
template <typename Asked>
void submit_reserved(const std::shared_ptr<Asked>& c, const reserved_claims& held, engine::submission what,
                     std::type_identity_t<next_with<Asked, const engine::answer&>> next) {
    what.reserved = held.as;
    submit_as_it_is(c, std::move(what), [c, held, next = std::move(next)](const result<engine::answer>& done) {
        if (done) return next(c, *done);
        give_back(*c, held, done.error());
        c->refuse(done.error());
    });
}

}  // namespace keepline::desk
