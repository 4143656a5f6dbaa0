// How events change a number. Never refuses, never looks at anything but state and event: old journals must fold for
// ever.
#include "base/ensure.hpp"
#include "domain/number.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

constexpr std::size_t payments_remembered = 32;
constexpr std::size_t past_closures_kept = 16;

profile* find(number_state& s, const base::iccid& iccid) {
    const auto found = std::ranges::find(s.profiles, iccid, &profile::iccid);
    return found == s.profiles.end() ? nullptr : &*found;
}

profile made_of(const new_profile& p) { return {p.iccid, p.imsi, p.eid, p.state, false, {}, {}}; }

void remember_payment(number_state& s, const std::string& reference) {
    if (reference.empty()) return;
    s.payments.push_back(reference);
    if (s.payments.size() > payments_remembered) s.payments.erase(s.payments.begin());
}

void archive(number_state& s) {
    if (!s.current) return;
    const auto& c = *s.current;
    const auto ended = c.closed_at ? c.closed_at : c.decided_at;
    s.past.push_back({c.number, c.at_stage, c.opened_at, c.submitted_at, ended, c.certificate, bool(c.held_since)});
    if (s.past.size() > past_closures_kept) s.past.erase(s.past.begin());
    s.current.reset();
}

void take_part(closure& c, const actor& who) {
    if (who.as == role::subscriber || who.as == role::system) return;
    if (std::ranges::find(c.took_part, who) == c.took_part.end()) c.took_part.push_back(who);
}

struct folder {
    number_state& s;

    line& own() const { return *s.subscription; }
    closure& current() const { return *s.current; }

    // -- the line
    void operator()(const line_ordered& e) const {
        const auto closures = s.closures;
        s = number_state{};
        s.closures = closures;
        s.number = e.number;
        s.language = e.language;
        s.generations = e.generation;
        s.contacts = e.contacts;
        s.books.currency = e.currency;
        for (const auto& p : e.profiles) s.profiles.push_back(made_of(p));
        line l;
        l.generation = e.generation;
        l.subscriber = e.subscriber;
        l.policy = e.policy;
        l.status = e.status;
        l.since = e.since;
        l.valid_until = e.valid_until;
        l.reminders_sent = e.reminders_passed;
        l.keepalive_at = e.keepalive_at;
        l.term = e.term;
        l.products = e.products;
        l.refund_account = e.refund_account;
        l.recovery_digests = e.recovery_digests;
        s.subscription = std::move(l);
    }
    void operator()(const profile_added& e) const { s.profiles.push_back(made_of(e.added)); }
    void operator()(const profile_reported& e) const {
        auto* p = find(s, e.iccid);
        if (p == nullptr) return;
        p->state = e.state;
        if (!e.eid.empty()) p->eid = e.eid;
        if (e.sequence) p->last_sequence = e.sequence;
        p->last_proof = e.shown;
        if (e.first_use) own().status = line_status::active;
    }
    void operator()(const profile_written_off& e) const {
        if (auto* p = find(s, e.iccid)) {
            p->state = profile_state::written_off;
            p->last_proof = e.shown;
        }
    }
    void operator()(const device_lost& e) const {
        for (const auto& iccid : e.iccids)
            if (auto* p = find(s, iccid)) p->lost = true;
        if (!own().locked_since) own().locked_since = e.at;
    }
    void operator()(const device_found& e) const {
        for (const auto& iccid : e.iccids)
            if (auto* p = find(s, iccid)) p->lost = false;
        if (e.unlocks) own().locked_since.reset();
    }
    void operator()(const money_booked& e) const {
        auto after = post(s.books, e.what);
        ENSURE(after.has_value());  // decide posted it before
        s.books = std::move(*after);
        remember_payment(s, e.what.reference);
    }
    void operator()(const validity_extended& e) const {
        own().valid_until = e.until;
        own().reminders_sent = e.reminders_passed;
        own().keepalive_at = e.keepalive_at;
    }
    void operator()(const validity_reminded& e) const {
        own().reminders_sent = e.reminders;
        own().keepalive_at = e.keepalive_at;
    }
    void operator()(const line_status_changed& e) const {
        own().status = e.status;
        own().keepalive_at = e.keepalive_at;
    }
    void operator()(const contract_set& e) const { own().term = e.term; }
    void operator()(const product_linked& e) const {
        std::erase_if(own().products, [&](const auto& p) { return p.id == e.product.id; });
        own().products.push_back(e.product);
    }
    void operator()(const product_detached& e) const {
        std::erase_if(own().products, [&](const auto& p) { return p.id == e.product; });
    }
    void operator()(const port_out_set& e) const { own().port_out_since = e.since; }
    void operator()(const legal_hold_set& e) const { own().legal_hold = e.reference; }
    void operator()(const customer_lock_set& e) const { own().customer_lock = e.locked; }
    void operator()(const sim_changed& e) const { own().sim_changed_at = e.at; }
    void operator()(const recovery_codes_set& e) const { own().recovery_digests = e.digests; }
    void operator()(const contacts_taken& e) const {
        if (e.contacts != s.contacts) own().contacts_changed_at = e.at;
        s.contacts = e.contacts;
        if (!e.language.empty()) s.language = e.language;
        if (e.account_changed) own().refund_account_changed_at = e.at;
        own().refund_account = e.refund_account;
    }

    // -- opened
    void operator()(const closure_opened& e) const {
        archive(s);
        closure c;
        c.number = s.closures = e.number;
        c.through = e.through;
        c.reason = e.reason;
        c.opened_by = e.by;
        c.opened_at = e.at;
        c.expires_at = e.expires_at;
        c.blocks = e.blocks;
        c.assessed = e.assessed;
        take_part(c, e.by);
        s.current = std::move(c);
    }
    void operator()(const quote_issued& e) const {
        current().offer = e.offer;
        current().blocks = e.blocks;
        current().offer_accepted = false;
    }
    void operator()(const quote_accepted& e) const {
        current().offer_accepted = true;
        current().accepted_at = e.at;
        current().detach = e.detach;
    }
    void operator()(const otp_issued& e) const {
        auto& otp = current().otp;
        otp.last = e.challenge;
        std::erase_if(otp.issued, [&](instant at) { return at <= e.challenge.issued_at - base::hours{24}; });
        otp.issued.push_back(e.challenge.issued_at);
    }
    void operator()(const otp_failed& e) const {
        current().otp.wrong = e.wrong;
        current().otp.locked_until = e.locked_until;
    }
    void operator()(const evidence_recorded& e) const {
        auto& c = current();
        if (e.otp_serial != 0 && c.otp.last && c.otp.last->serial == e.otp_serial) c.otp.last->used = true;
        if (e.shown.kind == evidence_kind::recovery_code && s.subscription)
            std::erase(s.subscription->recovery_digests, e.shown.digest);
        take_part(c, e.shown.by);
        c.shown.push_back(e.shown);
    }
    void operator()(const backup_prepared& e) const {
        current().backup = {backup_state::prepared, e.at, e.expires_at, {}};
    }
    void operator()(const backup_downloaded& e) const {
        auto& b = current().backup;
        b = {backup_state::downloaded, e.at, b.expires_at, e.digest};
    }
    void operator()(const backup_declined& e) const { current().backup = {backup_state::declined, e.at, {}, {}}; }
    void operator()(const closure_submitted& e) const {
        auto& c = current();
        c.at_stage = stage::in_review;
        c.submitted_at = e.at;
        c.assessed = e.assessed;
        c.terms = e.terms;
        c.policy = e.policy;
        c.calendar = e.calendar;
        c.due = e.due;
        c.due_provisional = e.due_provisional;
        c.due_at = e.due_at;
        c.cooling_off_until = e.cooling_off_until;
        c.earliest_end = e.earliest_end;
        take_part(c, e.by);
    }

    // -- in_review and approved
    void operator()(const due_moved& e) const {
        set_due(e.due, e.due_provisional, e.due_at);
        current().calendar = e.calendar;
    }
    void operator()(const information_wanted& e) const {
        current().paused_since = e.at;
        current().info_wanted = e.what;
    }
    void operator()(const information_given& e) const {
        current().paused_since.reset();
        current().info_wanted.clear();
        set_due(e.due, e.due_provisional, e.due_at);
    }
    void operator()(const review_escalated&) const { current().escalated = true; }
    void operator()(const approval_given& e) const { current().approvals.push_back(e.given); }
    void operator()(const closure_approved& e) const {
        current().at_stage = stage::approved;
        current().decided_at = e.at;
        current().terms = e.terms;
    }
    void operator()(const closure_rejected& e) const {
        end(stage::rejected, e.at);
        current().decision_reason = e.reason;
        if (s.subscription) own().fraud_hold = false;
    }
    void operator()(const closure_withdrawn& e) const { end(stage::withdrawn, e.at); }
    void operator()(const closure_expired& e) const { end(stage::expired, e.at); }
    void operator()(const closure_repudiated& e) const {
        current().at_stage = stage::fraud_hold;
        current().held_since = e.at;
        if (s.subscription) own().fraud_hold = true;
    }
    void operator()(const fraud_cleared& e) const {
        auto& c = current();
        c.at_stage = c.submitted_at ? stage::in_review : stage::opened;
        c.approvals.clear();
        c.escalated = false;
        c.paused_since.reset();
        if (c.submitted_at) set_due(e.due, e.due_provisional, e.due_at);
        own().fraud_hold = false;
    }

    // -- the end
    void operator()(const unbinding_started& e) const {
        current().at_stage = stage::unbinding;
        current().unbinding_since = e.at;
        current().write_off_at = e.write_off_at;
    }
    void operator()(const settling_started& e) const {
        current().at_stage = stage::settling;
        current().settling_since = e.at;
    }
    void operator()(const network_answered& e) const { current().network.push_back(e.answer); }
    void operator()(const refund_ordered& e) const {
        current().payback = {refund_state::ordered, e.amount, e.id, {}, e.due};
    }
    void operator()(const refund_state_changed& e) const {
        current().payback.state = e.state;
        current().payback.file = e.file;
    }
    void operator()(const closure_closed& e) const { end(stage::closed, e.at); }
    void operator()(const line_ended& e) const {
        own().status = line_status::ended;
        own().keepalive_at = {};
        own().locked_since.reset();
        own().products.clear();
        own().term.reset();
        s.held = e.held;
    }
    void operator()(const certificate_issued& e) const { current().certificate = e.jws; }
    void operator()(const notice_noted& e) const {
        auto& notices = current().notices;
        const auto same = std::ranges::find_if(notices, [&](const notice_record& r) {
            return r.kind == e.record.kind && r.contact == e.record.contact && e.record.receipt.starts_with(r.receipt);
        });
        if (same != notices.end() && !same->receipt.empty())
            *same = e.record;
        else
            notices.push_back(e.record);
    }
    void operator()(const line_reinstated& e) const {
        own().status = line_status::ordered;
        own().valid_until = e.valid_until;
        own().since = e.at;
        s.held.reset();
    }
    void operator()(const partners_told& e) const { s.held->partners_told_at = e.at; }
    void operator()(const number_released&) const {
        // The next owner starts with nothing of this one; the journal keeps the history.
        number_state empty;
        empty.number = s.number;
        empty.generations = s.generations;
        empty.closures = s.closures;
        s = std::move(empty);
    }

 private:
    void end(stage how, instant at) const {
        current().at_stage = how;
        (how == stage::closed ? current().closed_at : current().decided_at) = at;
    }
    void set_due(local_day due, bool provisional, instant at) const {
        current().due = due;
        current().due_provisional = provisional;
        current().due_at = at;
    }
};

}  // namespace

void number::evolve(state& s, const event& what) { std::visit(folder{s}, what); }

}  // namespace keepline::domain
