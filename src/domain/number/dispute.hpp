// A dispute: the owner of a closed line says which line of their certificate is wrong. It is answered by somebody who
// had no part in the case, by a day that the policy names, with a corrected certificate that names the one it takes the
// place of, or with a reason. The rules are in rules_dispute.cpp.
#pragma once

#include "base/json.hpp"
#include "domain/actor.hpp"
#include "domain/policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// A line of a certificate (certificate_claims). What others have said (the network, the bank) is disputed like all
/// else, and corrected by them: see is_corrected_by_hand.
enum class certificate_part {
    submitted_at,
    approved_at,
    closed_at,
    evidence,
    device,
    network,
    charged,
    refund,
    still_owed,
    reclaim_until,
    not_reassigned_before,
    other
};
BOOST_DESCRIBE_ENUM(certificate_part, submitted_at, approved_at, closed_at, evidence, device, network, charged, refund,
                    still_owed, reclaim_until, not_reassigned_before, other)

enum class dispute_state { open, withdrawn, refused, corrected };
BOOST_DESCRIBE_ENUM(dispute_state, open, withdrawn, refused, corrected)

/// One line of a certificate, as it was and as it is now. As text: an instant or a day of ISO 8601, whole minor units
/// of what was charged, what became of a device.
struct correction {
    certificate_part part = certificate_part::other;
    std::string item{};
    std::string was{};
    std::string is{};
    bool operator==(const correction&) const = default;
};
BOOST_DESCRIBE_STRUCT(correction, (), (part, item, was, is))

struct dispute {
    int serial = 0;   // 1, 2, … of this owner
    int closure = 0;  // whose certificate
    certificate_part part = certificate_part::other;
    std::string item{};         // the ICCID of a device, the kind of a charge; else empty
    label words{};              // under this name the vault has what was said, sealed for the owner
    actor by;                   // who said so
    std::vector<actor> not_by;  // whoever had a part in the case: none of them answers
    instant at;
    local_day due;
    bool due_provisional = false;
    instant due_at;
    bool overdue = false;  // told
    dispute_state state = dispute_state::open;
    std::optional<instant> answered_at{};
    actor answered_by{};
    std::string reason{};                // of the answer
    std::optional<correction> made{};    // of what is corrected
    std::optional<instant> issued_at{};  // the corrected certificate was signed
    bool operator==(const dispute&) const = default;
    /// It was decided to correct, and the signature is not there yet.
    bool awaits_signature() const { return state == dispute_state::corrected && !issued_at; }
};
BOOST_DESCRIBE_STRUCT(dispute, (),
                      (serial, closure, part, item, words, by, not_by, at, due, due_provisional, due_at, overdue, state,
                       answered_at, answered_by, reason, made, issued_at))

/// Still to be answered, or to be signed: the number is kept, and so is what is known of the case.
bool is_open(const dispute& of);

}  // namespace keepline::domain
