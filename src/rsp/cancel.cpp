#include "rsp/cancel.hpp"

#include "rsp/steps.hpp"

#include <algorithm>

namespace keepline::rsp {

std::string_view text(cancel_reason what) {
    switch (what) {
        case cancel_reason::end_user_rejection: return "end_user_rejection";
        case cancel_reason::postponed: return "postponed";
        case cancel_reason::timeout: return "timeout";
        case cancel_reason::ppr_not_allowed: return "ppr_not_allowed";
        case cancel_reason::metadata_mismatch: return "metadata_mismatch";
        case cancel_reason::load_bpp_error: return "load_bpp_error";
        case cancel_reason::undefined: break;
    }
    return "undefined";
}

// The order of the checks: transaction, signature, what is signed (§5.6.5).
outcome<cancel_reason> cancel(const provider& own, session& ongoing, std::string_view transaction,
                              base::byte_view response) {
    if (ongoing.stage == stage::initiated || ongoing.stage == stage::ended || !names_session(ongoing, transaction))
        return refused(status::transaction_unknown);
    const auto parsed = parse_cancel_response(response);
    if (!parsed) return refused(status::malformed, parsed.error().words);
    if (!parsed->ok) return refused(status::euicc_reported_error, "The eUICC could not cancel the session.");
    const auto& answer = *parsed->ok;
    if (!euicc_key_of(ongoing).verifies(answer.signed_part, answer.signature))
        return refused(status::euicc_signature_invalid, "euiccCancelSessionSignature does not verify.");
    if (!std::ranges::equal(answer.transaction, ongoing.id))
        return refused(status::transaction_unknown, "The signed transactionId is another.");
    const auto* set = set_of(own, ongoing);
    if (set == nullptr || answer.smdp_oid != set->oid) return refused(status::oid_mismatch);
    ongoing.stage = stage::ended;
    return answer.reason <= 127 ? static_cast<cancel_reason>(answer.reason) : cancel_reason::undefined;
}

}  // namespace keepline::rsp
