// Stages `unbinding`, `settling` and `closed`: devices, network, holds; and the way back, reinstatement. The money is
// in money_rules.cpp.
#include "domain/number/draft.hpp"
#include "domain/number/keepalive.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t contest_words_max = 128;

bool every_profile_unbound(const number_state& s) { return std::ranges::all_of(s.profiles, is_unbound); }

bool network_said(const stages::ending& c, const base::imsi& imsi, std::string_view step) {
    return std::ranges::any_of(c.network,
                               [&](const hlr_proof& proof) { return proof.imsi == imsi && proof.step == step; });
}

bool network_done(const number_state& s, const stages::settling& c) {
    return std::ranges::all_of(
        s.profiles, [&](const profile& p) { return !is_on_network(p) || network_said(c, p.imsi, "deleted"); });
}

void write_off(draft& d, const base::iccid& iccid, proof_kind how, std::string why) {
    d.emit(profile_written_off{iccid, {how, {}, d.now.now}, std::move(why)});
}

/// A loss that the application was assessed with needs no deletion. One that is declared later is weak proof
/// (docs/rules.md R2): it locks, and ends nothing; two people write the device off, or the time for deletions does.
void write_off_lost(draft& d, instant submitted) {
    const auto profiles = d.state().profiles;
    for (const auto& one : profiles)
        if (one.lost && one.lost_at <= submitted && !is_unbound(one))
            write_off(d, one.iccid, proof_kind::declaration, "declared lost");
}

void start_unbinding(draft& d, const stages::approved& c) {
    const auto end = d.now.now + base::days{c.terms.device_write_off_days};
    const auto submitted = c.submitted_at;
    d.emit(unbinding_started{d.now.now, end, d.p == nullptr ? local_day{} : d.last_day(end)});
    write_off_lost(d, submitted);
}

/// The line itself hears it before it can hear nothing more; a line that is locked is on a device of who knows whom.
void start_settling(draft& d, const closure_terms& terms) {
    const int minutes = d.p == nullptr ? 0 : d.p->notices.last_word_minutes;
    const bool hears = minutes > 0 && !d.state().subscription->locked_since;
    const auto reclaim = d.p == nullptr ? local_day{} : d.today() + terms.reclaim_days;
    const int late = d.p == nullptr ? 0 : d.p->notices.bar_late_minutes;
    settling_started e{d.now.now, {}, {}, reclaim};
    if (hears) e.bar_at = d.now.now + base::minutes{minutes};
    if (late > 0) e.late_at = d.now.now + base::minutes{late};
    d.emit(e);
}

holds holds_from(const draft& d, const closure_terms& terms, bool harassment) {
    const base::zone utc;
    const auto& zone = d.p == nullptr ? utc : d.zone();
    const auto today = zone.day_of(d.now.now);
    const int quarantine =
        harassment ? std::max(terms.quarantine_days, terms.harassment_quarantine_days) : terms.quarantine_days;
    holds h;
    h.from = d.now.now;
    h.quarantine_day = today + quarantine;
    h.reclaim_day = today + terms.reclaim_days;
    h.quarantine_until = zone.end_of(h.quarantine_day);
    h.reclaim_until = zone.end_of(h.reclaim_day);
    h.port_right_until = zone.end_of(today + terms.port_right_days);
    h.no_reassign_until = zone.end_of(today + terms.no_reassign_days);
    h.last_day = last_day(zone, h.last(), d.now.now);
    h.first_day = today;
    h.announce_at = std::max(d.now.now, h.last() - base::days{terms.release_notice_days});
    return h;
}

}  // namespace

void end_line(draft& d, const closure_terms& terms, bool harassment, std::string why) {
    d.emit(line_ended{d.now.now, std::move(why), holds_from(d, terms, harassment)});
}

namespace {

/// A profile of another line is on its way here and goes back when it comes; a line that had ended could not send it.
/// Like a device, it is waited for as long as the policy says and no longer.
bool waits_for_coming(const draft& d, instant until) {
    const bool on_its_way =
        std::ranges::any_of(d.state().coming, [](const coming_profile& one) { return !one.returned; });
    return on_its_way && d.now.now < until;
}

/// Somebody reported the phone lost after the decision, and then it deleted its profile itself: that is the word of
/// whoever has it, and no owner's. The line found again, two who write a device off, or the time for deletions carries
/// the case on; until then every contact point may stop it.
bool waits_for_loss(const draft& d, const stages::unbinding& c) {
    if (!d.state().subscription->locked_since || d.now.now >= c.write_off_at) return false;
    return std::ranges::any_of(d.state().profiles, [&](const profile& one) {
        return one.lost && one.lost_at >= c.decided_at && one.state == profile_state::deleted;
    });
}

}  // namespace

void advance(draft& d) {
    if (!d.state().current || ending_waits(d.state())) return;
    if (const auto* approved = std::get_if<stages::approved>(&d.state().current->stands);
        approved != nullptr && d.now.now >= approved->cooling_off_until && d.now.now >= approved->earliest_end)
        start_unbinding(d, *approved);
    if (const auto* unbinding = std::get_if<stages::unbinding>(&d.state().current->stands);
        unbinding != nullptr && every_profile_unbound(d.state()) && !waits_for_coming(d, unbinding->write_off_at) &&
        !waits_for_loss(d, *unbinding))
        start_settling(d, unbinding->terms);
    if (const auto* settling = d.state().of_case<stages::settling>();
        settling != nullptr && network_done(d.state(), *settling) && d.state().mismatches.empty()) {
        const auto terms = settling->terms;
        auto charged = settle_money(d);
        d.emit(closure_closed{d.now.now, std::move(charged)});
        end_line(d, terms, d.state().current->reason == closing_reason::harassment, "closed");
    }
}

result<void> decide(draft& d, const write_off_profile& w) {
    TRY(c, d.need_stage({stage::unbinding}));
    (void)c;
    if (!d.by_staff()) return refuse(code::forbidden, "Staff write a device off, two of them.");
    const auto found = std::ranges::find(d.state().profiles, w.iccid, &profile::iccid);
    if (found == d.state().profiles.end()) return refuse(code::profile_unknown, "The line has no such profile.");
    if (w.why.empty() || w.why.size() > 200) return refuse(code::invalid, "Say why, in at most 200 characters.");
    if (is_unbound(*found)) return {};
    CHECK(need_second(d.now, act::write_off_device));
    write_off(d, w.iccid, proof_kind::staff, w.why);
    advance(d);
    return {};
}

result<void> decide(draft& d, const recheck_network&) {
    if (d.state().mismatches.empty()) return {};
    d.emit(network_asked_again{d.now.by, d.state().mismatches, d.now.now});
    advance(d);
    return {};
}

result<void> decide(draft& d, const hear_contest& c) {
    if (c.identifier.size() > contest_words_max || c.wanted_by.size() > contest_words_max)
        return refuse(code::invalid, "The words are too long.");
    d.emit(identifier_contested{c.identifier, c.wanted_by, d.now.now});
    return {};
}

/// Absence is not proof, and what serves another number is not ours to bar: nothing goes on until staff have looked.
void note_mismatch(draft& d, const hlr_answered& a) {
    const auto known = std::ranges::find(d.state().mismatches, a.imsi, &network_mismatch::imsi);
    const bool same = known != d.state().mismatches.end() && known->operation == a.operation &&
                      known->kind == *a.mismatch && known->other == a.other;
    if (!same) d.emit(network_mismatched{{a.imsi, a.operation, *a.mismatch, a.other, d.now.now}});
    const auto* settling = d.state().of_case<stages::settling>();
    if (settling != nullptr && a.operation == hlr_operation::bar && settling->late_at)
        d.emit(closing_delayed{d.now.now});
}

result<void> decide(draft& d, const hlr_answered& a) {
    if (a.mismatch) {
        note_mismatch(d, a);
        return {};
    }
    if (std::ranges::find(d.state().mismatches, a.imsi, &network_mismatch::imsi) != d.state().mismatches.end())
        d.emit(network_agreed{a.imsi, d.now.now});
    if (a.operation == hlr_operation::detach || a.operation == hlr_operation::remove) note_left(d, a.imsi);
    advance(d);
    const auto* settling = d.state().of_case<stages::settling>();
    if (settling == nullptr) return {};  // a lock, an unlock: nothing to remember
    if (a.operation != hlr_operation::bar && a.operation != hlr_operation::remove) return {};
    const std::string step = a.operation == hlr_operation::bar ? "barred" : "deleted";
    if (network_said(*settling, a.imsi, step)) return {};
    if (step == "deleted" && !network_said(*settling, a.imsi, "barred")) return {};  // the bar is proved first
    d.emit(network_answered{{a.imsi, step, a.answer, d.now.now}});
    advance(d);
    return {};
}

/// Signed twice, because the first answer was lost, it is another signature of the same words: the first that comes is
/// it.
result<void> decide(draft& d, const certificate_signed& c) {
    take_reissued(d, c);
    const auto* closed = d.state().of_case<stages::closed>();
    if (closed == nullptr || d.state().current->number != c.closure) return {};
    if (closed->certificate.empty() && !c.jws.empty()) d.emit(certificate_issued{c.jws, d.now.now});
    return {};
}

result<void> decide(draft& d, const reinstate_line&) {
    if (d.state().subscription && d.state().subscription->status != line_status::ended)
        return {};  // it is there already
    if (!d.state().held || !d.state().subscription) return refuse(code::reclaim_over, "The number has been released.");
    CHECK(d.need_policy());
    if (d.now.now >= d.state().held->reclaim_until)
        return refuse(code::reclaim_over, "The time to take the number back has passed.",
                      {{"until", base::iso(d.state().held->reclaim_until)}});
    auto shown = d.state().shown;  // a line that lapsed has no case
    if (d.state().current) shown.insert(shown.end(), d.state().current->shown.begin(), d.state().current->shown.end());
    shown = beyond_session(std::move(shown));
    if (!suffices(d.p->reinstate_evidence, shown, d.state().held->from))
        return refuse(code::evidence_too_weak, "A number is given back on strong proof only, shown after the closing.",
                      {{"needed", in_words(d.p->reinstate_evidence)}});
    // Whose line a representative closed for good, such as the dead's, is not back on one person's word, or anybody's
    // papers.
    const auto* closed = d.state().of_case<stages::closed>();
    if (closed != nullptr && d.state().current->on_behalf && !d.state().current->on_behalf->reclaim)
        CHECK(need_second(d.now, act::reinstate_line));
    CHECK(use_proof(d, d.p->reinstate_evidence, shown, d.state().held->from, act::reinstate_line));
    const auto until = d.end_after(d.now.now, d.p->keepalive.validity_days);
    d.emit(line_reinstated{d.now.now, until, d.last_day(until)});
    claim_money(d);
    // A line that lapsed is still on its owner's device: it works again at once, unless that is lost.
    if (std::ranges::find(d.state().profiles, profile_state::enabled, &profile::state) != d.state().profiles.end()) {
        const auto& rules = d.p->keepalive;
        const int passed = reminders_passed(rules, until, d.now.now);
        const auto next = keepalive_next(rules, line_status::active, until, passed, d.zone());
        d.emit(validity_extended{until, passed, next});
        d.emit(line_status_changed{line_status::active, d.now.now, next, d.last_day(until)});
    }
    return {};
}

}  // namespace keepline::domain::rules
