#include "domain/number/certificate.hpp"

#include "domain/reference.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

certificate_device device_of(const profile& p) {
    certificate_device d{p.iccid, "deleted", proof_kind::none, {}, {}};
    if (p.state == profile_state::written_off) d.outcome = "written_off";
    if (p.state == profile_state::released || p.state == profile_state::cancelled) d.outcome = "never_downloaded";
    if (p.last_proof) {
        d.proof = p.last_proof->kind;
        d.proof_digest = p.last_proof->digest;
        d.at = p.last_proof->at;
    }
    return d;
}

}  // namespace

certificate_claims claims_of(const number_state& s) {
    const auto& c = *s.current;
    certificate_claims out;
    out.number = s.number;
    out.generation = s.generations;
    out.closure = c.number;
    out.case_number = said(c.reference);
    const auto* closed = has<stages::closed>(c);
    if (closed == nullptr) return out;
    out.submitted_at = closed->submitted_at;
    out.approved_at = closed->decided_at;
    out.closed_at = closed->closed_at;
    out.policy = closed->policy;
    for (const auto& e : c.shown)
        if (e.passed && std::ranges::find(out.evidence, e.kind) == out.evidence.end()) out.evidence.push_back(e.kind);
    for (const auto& p : s.profiles) out.devices.push_back(device_of(p));
    for (const auto& n : closed->network) out.network.push_back({n.step, n.answer, n.proves(), n.at});
    out.money.charged = closed->charged;
    const auto& back = closed->payback;
    if (back.state != refund_state::none)
        out.money.refund = certificate_refund{back.state, back.amount, back.id, back.due};
    // What waits for an account is in the line's books until it goes: named once.
    const auto named = back.state == refund_state::waiting ? back.amount.minor : 0;
    out.money.still_owed_to_customer = {s.books.customer_money() - s.books.of(account::bonus) - named,
                                        s.books.currency};
    if (s.held) {
        out.quarantine_until = s.held->quarantine_day;
        if (s.held->reclaim_day > s.held->first_day) out.reclaim_until = s.held->reclaim_day;
        out.not_reassigned_before = s.held->last_day + 1;
    }
    return out;
}

}  // namespace keepline::domain
