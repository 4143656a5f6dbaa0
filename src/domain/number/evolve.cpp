// How events change a number. Never refuses, never looks at anything but state and event: old journals must fold for
// ever.
#include "base/ensure.hpp"
#include "domain/claim/claim.hpp"
#include "domain/number/number.hpp"

#include <algorithm>
#include <utility>

namespace keepline::domain {

namespace {

constexpr std::size_t proofs_remembered = 32;
constexpr std::size_t askers_remembered = 32;
constexpr std::size_t devices_remembered = 8;
constexpr std::size_t past_closures_kept = 16;
constexpr std::size_t replies_remembered = 32;
constexpr std::size_t disputes_kept = 32;
constexpr std::size_t moved_kept = 64;
constexpr auto moved_remembered = base::days{365};

profile* find(number_state& s, const base::iccid& iccid) {
    const auto found = std::ranges::find(s.profiles, iccid, &profile::iccid);
    return found == s.profiles.end() ? nullptr : &*found;
}

profile made_of(const new_profile& p) {
    return {p.iccid, p.imsi, p.eid, p.state, false, {}, {}, {}, p.type, p.matching_id};
}

/// The profile is in another eUICC now; what the one before said last is kept, so that its late words are known as
/// such.
void move_to(profile& p, const base::eid& eid) {
    std::erase_if(p.earlier, [&](const device_sequence& one) { return one.eid == eid || one.eid == p.eid; });
    p.earlier.push_back({p.eid, p.last_sequence, p.sequence_proved});
    if (p.earlier.size() > devices_remembered) p.earlier.erase(p.earlier.begin());
    p.eid = eid;
    p.last_sequence.reset();
    p.sequence_proved = false;
}

/// What an eUICC signed is not moved by anybody's word.
void note_sequence(profile& p, const std::optional<std::uint32_t>& sequence, const proof& shown) {
    const bool proved = shown.kind == proof_kind::signed_notification;
    if (!sequence || (p.sequence_proved && !proved)) return;
    p.last_sequence = sequence;
    p.sequence_proved = proved;
}

/// Where there is no room, decide has seen that the oldest may be forgotten.
void remember(std::vector<known_reference>& in, known_reference what) {
    const auto alike = [&](const known_reference& one) { return one.by_hand == what.by_hand; };
    if (std::ranges::count_if(in, alike) >= references_max(what.by_hand)) in.erase(std::ranges::find_if(in, alike));
    in.push_back(std::move(what));
}

void remember(number_state& s, const money_booked& e) {
    const auto& what = e.what;
    if (what.reference.empty()) return;
    const bool came_in =
        what.kind == booking_kind::top_up || what.kind == booking_kind::payment || what.kind == booking_kind::bonus;
    const bool taken = what.kind == booking_kind::charge || what.kind == booking_kind::charge_on_credit;
    if (!came_in && !taken) return;
    const money moved{std::abs(what.postings.front().minor), s.books.currency};
    remember(came_in ? s.payments : s.charges,
             used_reference(what.reference, e.used_by, amount_under_reference(moved, what.kind == booking_kind::bonus),
                            e.at, e.by == money_hand::staff));
}

constexpr std::size_t told_kept = 24;
constexpr std::size_t told_to_kept = 24;    // more contact points than a line has
constexpr std::size_t unclaimed_kept = 96;  // those that somebody has to do something about always are

void keep_unclaimed(number_state& s, const unclaimed_money& what) {
    s.unclaimed_made = what.serial;
    s.unclaimed.push_back(what);
    if (s.unclaimed.size() <= unclaimed_kept) return;
    const auto done = std::ranges::find_if(s.unclaimed, [](const unclaimed_money& one) {
        return one.credited || (one.back.state == refund_state::settled && !one.payer_until);
    });
    if (done != s.unclaimed.end()) s.unclaimed.erase(done);
}

/// An order takes the place of the one before, of which the bank may still say something.
void order_refund(refund& of, const money& amount, const std::string& id, local_day due) {
    if (!of.id.empty())
        of.earlier.push_back({of.id, of.amount, of.state == refund_state::held ? refund_state::returned : of.state});
    const int attempt = of.id.empty() ? 1 : of.attempt + 1;
    of = {refund_state::ordered, amount, id, {}, due, attempt, std::nullopt, std::move(of.earlier), {}};
}

/// What was to go to an account that is not its owner's any more, or whose owner is gone, waits again.
void let_wait(refund& of) {
    if (of.state != refund_state::held) return;
    of.state = of.id.empty() ? refund_state::waiting : refund_state::returned;
    of.go_at.reset();
    of.account.clear();
}
void let_wait(unclaimed_money& of) {
    if (of.back.state != refund_state::held) return;
    const bool first = of.back.id.empty();
    let_wait(of.back);
    if (first) of.back.state = refund_state::none;
    if (!of.to_payer) of.payee = {};  // their owner is found anew when it goes
}

/// Every refund that is known here, one after the other, until `done` says so.
template <typename Done>
void each_refund(number_state& s, const Done& done) {
    if (auto* end = s.current ? has<stages::ending>(*s.current) : nullptr; end != nullptr && done(end->payback)) return;
    for (auto& one : s.past)
        if (done(one.payback)) return;
    for (auto& one : s.unclaimed)
        if (done(one.back)) return;
}

/// To the owner's good: more of their money, more given credit, less debt.
moved_money moved_by(const money_booked& e) {
    moved_money one{e.at, e.by, 0, e.by_two};
    for (const auto& part : e.what.postings)
        if (part.where == account::prepaid || part.where == account::bonus || part.where == account::debt)
            one.minor -= part.minor;
    return one;
}

void remember_moved(number_state& s, const moved_money& one) {
    if (one.by == money_hand::nobody || one.minor == 0) return;
    std::erase_if(s.moved, [&](const moved_money& old) { return old.at + moved_remembered <= one.at; });
    // The two oldest of one kind become one, as of the later. There are fewer kinds than places, so two alike are
    // found.
    for (auto old = s.moved.begin(); s.moved.size() >= moved_kept && old != s.moved.end(); ++old) {
        const auto next = std::find_if(old + 1, s.moved.end(), [&](const moved_money& other) {
            return other.by == old->by && (other.minor > 0) == (old->minor > 0) && other.by_two == old->by_two;
        });
        if (next == s.moved.end()) continue;
        next->minor += old->minor;
        s.moved.erase(old);
        break;
    }
    s.moved.push_back(one);
}

/// Two who signed have looked at it.
void note_late(number_state& s, const moved_money& one) {
    if (one.by == money_hand::nobody || one.by_two || one.minor <= 0) return;
    if (!s.has_open_closure() || s.of_case<submission>() == nullptr) return;
    auto& late = s.late;
    (is_of_hands(one.by) ? late.by_hand : late.by_system) += one.minor;
}

/// Who tries codes and starts again from the beginning keeps the wrong ones of the last day.
otp_state otp_of_next_case(const closure& before, instant now) {
    const auto ended = ended_at(before).value_or(before.opened_at);
    if (now - ended >= base::days{1}) return {};
    auto otp = before.otp;
    otp.last.reset();
    return otp;
}

void archive(number_state& s) {
    if (!s.current) return;
    const auto& c = *s.current;
    const auto* sent = has<submission>(c);
    const auto* end = has<stages::closed>(c);
    const auto waits_for_bank = [](const past_closure& one) {
        return is_open(one.payback);  // whoever's it is
    };
    past_closure past;
    past.number = c.number;
    past.ended_as = at(c);
    past.opened_at = c.opened_at;
    if (sent != nullptr) past.submitted_at = sent->submitted_at;
    past.ended_at = ended_at(c).value_or(c.opened_at);
    if (end != nullptr) past.certificate = end->certificate;
    past.was_held = c.held_since.has_value();
    if (const auto* back = payback_of(c)) past.payback = *back;
    past.reference = c.reference;
    s.past.push_back(std::move(past));
    let_wait(s.past.back().payback);
    if (s.past.size() > past_closures_kept) {
        auto leaves = std::ranges::find_if_not(s.past, waits_for_bank);
        if (leaves == s.past.end()) leaves = s.past.begin();
        if (!leaves->certificate.empty())  // readable for ever
            s.certificates.push_back({leaves->number, leaves->generation == 0 ? s.generations : leaves->generation,
                                      leaves->opened_at, leaves->certificate});
        s.past.erase(leaves);
    }
    s.current.reset();
}

void note_recent(std::vector<begun_case>& in, const actor& by, instant at) {
    std::erase_if(in, [&](const begun_case& one) { return one.at <= at - base::days{30}; });
    in.push_back({at, by});
}

constexpr std::size_t hindrances_kept = 64;

bool is_staff(const actor& who) { return who.as != role::subscriber && who.as != role::system && !who.id.empty(); }

/// What one of the staff held up; the latest of each person and kind. A reviewer of a case counts like anybody.
void note_hindrance(case_memory& in, hindrance_kind kind, const actor& by, instant at) {
    if (!is_staff(by)) return;
    std::erase_if(in.hindered, [&](const hindrance& one) { return one.kind == kind && counted_as_one(one.by, by); });
    in.hindered.push_back({kind, by, at});
    if (in.hindered.size() > hindrances_kept) in.hindered.erase(in.hindered.begin());
}

/// A case that one of the staff took away counts as theirs: nobody's own places are used up by another.
void take_over_count(std::vector<begun_case>& in, instant begun, const actor& taken_by) {
    for (auto& one : in)
        if (one.at == begun) one.by = taken_by;
}

void note_once(std::vector<actor>& in, const actor& who) {
    if (std::ranges::find(in, who) == in.end()) in.push_back(who);
}

/// Whoever has shown most makes room first, and with what failed: nobody pushes out what others proved.
void remember_proof(std::vector<evidence>& in, const evidence& shown) {
    in.push_back(shown);
    if (in.size() <= proofs_remembered) return;
    const auto shown_by = [&](const actor& who) {
        return std::ranges::count_if(in, [&](const evidence& one) { return counted_as_one(one.by, who); });
    };
    const auto most = std::ranges::max_element(in, {}, [&](const evidence& one) { return shown_by(one.by); });
    const auto theirs = [who = most->by](const evidence& one) { return counted_as_one(one.by, who); };
    auto leaves = std::ranges::find_if(in, [&](const evidence& one) { return theirs(one) && !one.passed; });
    if (leaves == in.end()) leaves = std::ranges::find_if(in, theirs);
    in.erase(leaves == in.end() ? in.begin() : leaves);
}

/// What a case has at one stage and takes to the next.
template <typename Part>
Part taken(closure& c) {
    auto* part = has<Part>(c);
    return part == nullptr ? Part{} : std::move(*part);
}
std::optional<submission> taken_if_sent(closure& c) {
    auto* sent = has<submission>(c);
    return sent == nullptr ? std::nullopt : std::optional(std::move(*sent));
}

void take_part(closure& c, const actor& who) {
    if (who.as == role::subscriber || who.as == role::system) return;
    if (std::ranges::find(c.took_part, who) == c.took_part.end()) c.took_part.push_back(who);
}

struct folder {
    number_state& s;

    line& own() const { return *s.subscription; }
    closure& current() const { return *s.current; }
    identity_check* check_of(int serial) const {
        const auto found = std::ranges::find(current().checks, serial, &identity_check::serial);
        return found == current().checks.end() ? nullptr : &*found;
    }
    /// Of the case of now; null: nothing of the kind.
    template <typename Part>
    Part* in_case() const {
        return s.current ? has<Part>(*s.current) : nullptr;
    }

    // -- the line
    void operator()(const line_ordered& e) const {
        const auto closures = s.closures;
        const auto revision = s.revision;
        const auto asked = s.asked.made;
        auto past = std::move(s.past);
        auto certificates = std::move(s.certificates);
        auto payments = std::move(s.payments);
        auto charges = std::move(s.charges);
        auto unclaimed = std::move(s.unclaimed);
        const auto unclaimed_made = s.unclaimed_made;
        s = number_state{};
        s.unclaimed = std::move(unclaimed);
        s.unclaimed_made = unclaimed_made;
        for (auto& one : s.unclaimed) let_wait(one);
        s.payments = std::move(payments);  // a payment of years ago that comes again is not the new owner's
        s.charges = std::move(charges);
        s.revision = revision;
        s.closures = closures;
        s.asked.made = asked;
        s.certificates = std::move(certificates);
        s.past = std::move(past);  // of earlier owners: number_released has marked them
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
        l.account_on_word = e.account_on_word;
        l.document_on_word = e.document_on_word;
        l.customer_lock = e.customer_lock;
        l.refund_account_changed_at = e.account_named_at;
        l.sold_by = e.by;
        l.recovery_digests = e.recovery_digests;
        l.reference = e.reference;
        l.import_print = e.import_print;
        l.serving = e.serving;
        s.subscription = std::move(l);
    }
    void operator()(const line_corrected& e) const {
        auto& l = own();
        l.since = e.since;
        l.valid_until = e.valid_until;
        l.reminders_sent = e.reminders_passed;
        l.keepalive_at = e.keepalive_at;
        l.term = e.term;
        l.products = e.products;
        l.import_print = e.import_print;
        remember_moved(s, e.moved);
        remember_moved(s, e.dearer);
    }
    void operator()(const profile_added& e) const {
        s.profiles.push_back(made_of(e.added));
        auto& added = s.profiles.back();
        added.further = e.further;
        if (e.added.matching_id.empty()) added.for_loss = last_loss();
        if (s.wanted && s.wanted->terms.matching_id == e.added.matching_id) {
            added.for_loss = s.wanted->for_loss;
            added.ordered_by = s.wanted->by;
            added.ordered_at = s.wanted->since;
        }
        forget_wanted(e.added.matching_id);
        std::erase_if(s.coming, [&](const coming_profile& one) { return one.iccid == e.added.iccid; });
        std::erase_if(s.leaving, [&](const leaving_profile& one) { return one.what.iccid == e.added.iccid; });
    }
    void operator()(const profile_wanted& e) const {
        s.wanted = wanted_profile{e.profile_type, e.terms, e.at, e.by, e.further, last_loss()};
    }
    void operator()(const profile_stopped& e) const {
        turn(e.iccid);
        if (auto* p = find(s, e.iccid)) p->barred = true;
    }
    void operator()(const profile_resumed& e) const {
        turn(e.iccid);
        if (auto* p = find(s, e.iccid)) {
            p->barred = false;
            p->for_loss = last_loss();
        }
        if (e.serves) own().serving = e.iccid;
    }
    void operator()(const profile_returned& e) const { forget_wanted(e.matching_id); }
    void operator()(const line_switched& e) const {
        turn(e.from);
        own().last_switch = line_switch{e.from, e.to, e.at, e.undo_until, false};
        own().sim_changed_at = e.at;
        if (auto* p = find(s, e.from)) p->to_delete = !is_unbound(*p);
    }
    void operator()(const switch_undone& e) const {
        turn(e.from);
        turn(e.to);
        own().last_switch->undone = true;
        own().serving = e.to;
        if (auto* back = find(s, e.to)) {
            back->to_delete = back->barred = false;
            back->for_loss = last_loss();
        }
        if (auto* left = find(s, e.from)) {
            left->to_delete = !is_unbound(*left);
            left->barred = true;
        }
    }
    void operator()(const profile_reported& e) const {
        auto* p = find(s, e.iccid);
        if (p == nullptr) return;
        const auto before = *p;
        const bool moves = e.serves && own().serving != e.iccid;
        p->state = e.state;
        if (e.stopped) p->barred = true;
        if (e.other_device)
            move_to(*p, e.eid);
        else if (!e.eid.empty())
            p->eid = e.eid;
        note_sequence(*p, e.sequence, e.shown);
        p->last_proof = e.shown;
        if (e.serves) {
            own().serving = e.iccid;
            p->to_delete = false;
        }
        if (is_unbound(*p)) p->to_delete = false;
        // Whoever holds the phone switches it on and off as they like: what waits to be signed does not rest on that.
        if (moves || e.other_device || p->eid != before.eid || p->barred != before.barred ||
            is_unbound(*p) != is_unbound(before) || awaits_download(*p) != awaits_download(before))
            ++p->turns;
        if (e.first_use) own().status = line_status::active;
    }
    void operator()(const profile_written_off& e) const {
        if (auto* p = find(s, e.iccid)) {
            ++p->turns;
            p->state = awaits_download(*p) ? profile_state::cancelled : profile_state::written_off;
            p->to_delete = false;
            p->last_proof = e.shown;
        }
    }
    void operator()(const device_lost& e) const {
        for (const auto& iccid : e.iccids)
            if (auto* p = find(s, iccid)) {
                ++p->turns;
                p->lost = true;
                p->lost_at = e.at;
            }
        if (!own().locked_since) own().locked_since = own().last_loss = e.at;
    }
    void operator()(const device_found& e) const {
        for (const auto& iccid : e.iccids)
            if (auto* p = find(s, iccid)) {
                ++p->turns;
                p->lost = false;
                p->for_loss = last_loss();
            }
        if (!e.unlocks) return;
        own().locked_since.reset();
        if (e.replaced) return;
        for (auto& p : s.profiles)
            if (p.iccid == own().serving || (e.all && !awaits_download(p))) p.for_loss = last_loss();
    }
    void operator()(const money_booked& e) const {
        auto after = post(s.books, e.what);
        ENSURE(after.has_value());  // decide posted it before
        s.books = std::move(*after);
        remember(s, e);
        remember_moved(s, moved_by(e));
        note_late(s, moved_by(e));
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
    void operator()(const contract_set& e) const {
        own().term = e.term;
        remember_moved(s, e.moved);
        remember_moved(s, e.dearer);
    }
    void operator()(const product_linked& e) const {
        remember_moved(s, e.moved);
        std::erase_if(own().products, [&](const auto& p) { return p.id == e.product.id; });
        own().products.push_back(e.product);
    }
    void operator()(const product_detached& e) const {
        remember_moved(s, e.moved);
        std::erase_if(own().products, [&](const auto& p) { return p.id == e.product; });
    }
    void operator()(const port_out_set& e) const {
        own().port_out_since = e.since;
        own().port_out_by = e.since ? e.by : actor{};
        if (e.since) note_hindrance(s.memory, hindrance_kind::port_out, e.by, *e.since);
    }
    void operator()(const legal_hold_set& e) const {
        own().legal_hold = e.reference;
        ++own().holds_set;
    }
    void operator()(const customer_lock_set& e) const {
        own().customer_lock = e.locked;
        own().customer_unlock_at.reset();
        if (!e.locked) own().customer_unlocked_at = e.at;
        if (e.locked) note_hindrance(s.memory, hindrance_kind::lock, e.by, e.at);
    }
    void operator()(const customer_unlock_announced& e) const { own().customer_unlock_at = e.until; }
    void operator()(const proof_failed& e) const {
        std::erase_if(s.tries, [&](const proof_tries& one) { return counted_as_one(one.who, e.by); });
        s.tries.push_back({e.by, e.wrong, e.at, e.locked_until});  // the latest last
        if (s.tries.size() > askers_remembered) s.tries.erase(s.tries.begin());
        if (!e.in_case) return;
        ++current().otp.wrong;
        ++current().otp.wrong_of_staff;
    }
    void operator()(const sim_changed& e) const {
        if (!e.blocks) return;
        own().sim_changed_at = e.at;
        if (e.said) own().sim_blocked_at = e.at;
    }
    void operator()(const recovery_codes_set& e) const {
        own().recovery_digests = e.digests;
        own().recovery_by = e.by;
        own().recovery_since = e.at;
        own().codes_before = e.before;
    }
    void operator()(const recovery_code_spent& e) const { forget_code(e.digest); }
    void forget_code(const std::string& digest) const {
        if (!s.subscription) return;
        std::erase(s.subscription->recovery_digests, digest);
        if (auto& before = s.subscription->codes_before) std::erase(before->digests, digest);
    }
    void operator()(const contacts_taken& e) const {
        std::erase_if(s.contacts, [&](const contact_ref& c) { return span_ended(c, e.at); });
        if (e.contacts != s.contacts) own().contacts_changed_at = e.at;
        unmute_others(e.contacts);
        s.contacts = e.contacts;
        if (!e.language.empty()) s.language = e.language;
        if (e.account_changed) own().refund_account_changed_at = e.at;
        if (e.document_changed_at) own().document_changed_at = e.document_changed_at;
        own().refund_account = e.refund_account;
        own().account_on_word = e.account_on_word;
        own().document_on_word = e.document_on_word;
        let_other_account_wait();
        for (auto& one : s.unclaimed)
            if (one.back.account != e.refund_account) let_wait(one);
    }
    void let_other_account_wait() const {
        if (auto* end = in_case<stages::ending>(); end != nullptr && end->payback.account != account_of_case(s).digest)
            let_wait(end->payback);
    }
    void operator()(const representatives_taken& e) const {
        s.representatives = e.all;
        let_other_account_wait();
    }

    // -- opened
    void operator()(const closure_opened& e) const {
        closure c;
        if (s.current) c.otp = otp_of_next_case(*s.current, e.at);
        archive(s);
        c.number = s.closures = e.number;
        c.through = e.through;
        c.reason = e.reason;
        c.opened_by = e.by;
        c.opened_at = e.at;
        c.expires_at = e.expires_at;
        c.blocks = e.blocks;
        c.assessed = e.assessed;
        c.reference = e.reference;
        take_part(c, e.by);
        c.on_behalf = e.on_behalf;
        // Whoever had the representative admitted does not decide about what is done by them.
        if (e.on_behalf)
            if (const auto* acts = find_representative(s, e.on_behalf->serial)) {
                take_part(c, acts->admitted_by);
                for (const auto& one : acts->had_part) take_part(c, one);
            }
        note_once(c.applied, e.by);
        note_recent(s.memory.opened, e.by, e.at);
        s.current = std::move(c);
    }
    void operator()(const quote_issued& e) const {
        current().offer = e.offer;
        current().blocks = e.blocks;
        current().accepted.reset();
    }
    void operator()(const quote_accepted& e) const {
        current().accepted = acceptance{e.at, e.by};
        current().detach = e.detach;
        if (!e.by.id.empty()) note_once(current().applied, e.by);
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
        if (e.shown.kind == evidence_kind::recovery_code) forget_code(e.shown.digest);
        if (e.of_line) {
            return remember_proof(s.shown, e.shown);
        }
        auto& c = current();
        if (e.otp_serial != 0 && c.otp.last && c.otp.last->serial == e.otp_serial) c.otp.last->used = true;
        take_part(c, e.shown.by);
        remember_proof(c.shown, e.shown);
    }
    void operator()(const backup_prepared& e) const {
        current().backup = {backup_state::prepared, e.at, e.expires_at, {}};
    }
    void operator()(const backup_downloaded& e) const {
        auto& b = current().backup;
        b = {backup_state::downloaded, e.at, b.expires_at, e.digest, {}};
    }
    void operator()(const backup_declined& e) const {
        current().backup = {backup_state::declined, e.at, std::nullopt, {}, e.by};
    }
    void operator()(const accounts_noted& e) const {
        auto& c = current();
        c.accounts = e.accounts;
        take_part(c, e.by);
    }
    void operator()(const check_asked& e) const {
        auto& c = current();
        c.checks.push_back(e.what);
        take_part(c, e.what.by);
        note_once(c.applied, e.what.by);
    }
    void operator()(const check_withdrawn& e) const {
        take_part(current(), e.by);
        if (auto* one = check_of(e.serial)) one->state = check_state::withdrawn;
    }
    void operator()(const check_settled& e) const {
        auto* one = check_of(e.serial);
        if (one == nullptr) return;
        one->state = e.passed ? check_state::passed : check_state::failed;
        one->settled_at = e.at;
        one->settled_by = e.by;
        one->reason = e.reason;
        one->why = e.why;
    }
    void operator()(const closure_submitted& e) const {
        auto& c = current();
        stages::in_review review;
        review.submitted_at = e.at;
        review.terms = e.terms;
        review.policy = e.policy;
        review.calendar = e.calendar;
        review.due = e.due;
        review.due_provisional = e.due_provisional;
        review.due_at = e.due_at;
        review.cooling_off_until = e.cooling_off_until;
        review.earliest_end = e.earliest_end;
        review.due_from = e.received;
        review.due_days = e.terms.review.n;
        review.account = e.account;
        review.look_at = e.look_at;
        review.line_only = e.line_only;
        c.stands = std::move(review);
        s.late = {};
        c.assessed = e.assessed;
        take_part(c, e.by);
        note_once(c.applied, e.by);
        note_recent(s.memory.submitted, e.by, e.at);
        if (std::ranges::find(e.look_at, "sampled") != e.look_at.end()) s.memory.sampled_at = e.at;
    }

    // -- in_review and approved
    void operator()(const due_moved& e) const {
        auto* sent = in_case<submission>();
        if (sent == nullptr) return;
        set_due(*sent, e.due, e.due_provisional, e.due_at);
        sent->calendar = e.calendar;
    }
    void operator()(const information_wanted& e) const {
        if (auto* review = in_case<stages::in_review>()) review->waits = pause{e.at, e.what};
    }
    void operator()(const information_given& e) const {
        auto* review = in_case<stages::in_review>();
        if (review == nullptr) return;
        review->waits.reset();
        review->paused_ms += e.stopped_ms;
        review->due_from = e.due_from;
        review->due_days = e.due_days;
        set_due(*review, e.due, e.due_provisional, e.due_at);
    }
    void operator()(const review_claimed& e) const {
        if (auto* review = in_case<stages::in_review>()) review->claim = review_claim{e.by, e.at, {}, {}};
    }
    void operator()(const review_handed& e) const {
        if (auto* review = in_case<stages::in_review>()) review->claim = review_claim{e.to, e.at, e.by, e.why};
    }
    void operator()(const review_released&) const {
        if (auto* review = in_case<stages::in_review>()) review->claim.reset();
    }
    void operator()(const review_escalated&) const {
        if (auto* sent = in_case<submission>()) sent->escalated = true;
    }
    void operator()(const approval_given& e) const {
        if (auto* sent = in_case<submission>()) sent->approvals.push_back(e.given);
    }
    void operator()(const closure_approved& e) const {
        stages::approved next{taken<submission>(current()), e.at};
        next.terms = e.terms;
        if (e.cooling_off_until) next.cooling_off_until = *e.cooling_off_until;
        if (!next.account_wanted.empty()) next.account = std::exchange(next.account_wanted, {});
        current().stands = std::move(next);
    }
    void operator()(const account_questioned& e) const {
        auto& c = current();
        c.assessed = e.assessed;
        s.late = {};  // whoever decides is shown this assessment
        auto* sent = in_case<submission>();
        if (sent == nullptr) return;
        sent->account_wanted = e.account == sent->account ? std::string() : e.account;
        if (std::ranges::find(sent->look_at, "new_account") == sent->look_at.end())
            sent->look_at.emplace_back("new_account");
        sent->approvals.clear();
        sent->cooling_off_until = e.cooling_off_until;
        if (at(c) == stage::fraud_hold) return;
        look_again(std::move(*sent), e);
    }
    void operator()(const closure_rejected& e) const {
        current().stands = stages::rejected{left_at(e.at), e.reason};
        if (s.subscription) own().fraud_hold = false;
    }
    void operator()(const closure_withdrawn& e) const {
        const auto& c = current();
        if (is_staff(e.by) && is_anothers_case(c, e.by)) {
            note_hindrance(s.memory, hindrance_kind::withdrawal, e.by, e.at);
            take_over_count(s.memory.opened, c.opened_at, e.by);
            if (const auto* sent = has<submission>(c)) take_over_count(s.memory.submitted, sent->submitted_at, e.by);
        }
        current().stands = stages::withdrawn{left_at(e.at)};
    }
    void operator()(const closure_expired& e) const { current().stands = stages::expired{left_at(e.at)}; }
    void operator()(const closure_repudiated& e) const {
        note_hindrance(s.memory, hindrance_kind::dispute, e.by, e.at);
        current().stands = stages::fraud_hold{taken_if_sent(current())};
        current().held_since = e.at;
        s.memory.held_before = std::exchange(s.memory.held_at, e.at);
        if (s.subscription) own().fraud_hold = true;
    }
    void operator()(const fraud_cleared& e) const {
        auto& c = current();
        c.assessed = e.assessed;
        s.late = {};
        note_once(c.fraud_cleared_by, e.by);
        s.memory.held_at = std::exchange(s.memory.held_before, {});  // people have looked: the next case is as before
        own().fraud_hold = false;
        if (auto sent = taken_if_sent(c)) {
            sent->cooling_off_until = e.cooling_off_until;
            sent->approvals.clear();
            look_again(std::move(*sent), e);
        } else {
            c.stands = stages::opened{};
        }
    }

    // -- the end
    void operator()(const unbinding_started& e) const {
        current().stands = stages::unbinding{taken<stages::approved>(current()), e.at, e.write_off_at};
        s.wanted.reset();
    }
    void operator()(const settling_started& e) const {
        stages::settling next;
        static_cast<stages::unbinding&>(next) = taken<stages::unbinding>(current());
        next.settling_since = e.at;
        next.bar_at = e.bar_at;
        next.late_at = e.late_at;
        current().stands = std::move(next);
    }
    void operator()(const last_word_over&) const {
        if (auto* settling = in_case<stages::settling>()) settling->bar_at.reset();
    }
    void operator()(const closing_delayed&) const {
        if (auto* settling = in_case<stages::settling>()) settling->late_at.reset();
    }
    void operator()(const reminders_set& e) const {
        if (e.contact.empty() || !e.stopped) own().reminders_stopped = e.stopped;
        if (e.contact.empty()) return;
        std::erase(own().muted, e.contact);
        if (e.stopped) own().muted.push_back(e.contact);
    }
    void operator()(const reply_heard& e) const {
        auto& known = s.replies;
        std::erase_if(known.heard, [&](instant at) { return at + base::days{1} <= e.at; });
        known.heard.push_back(e.at);
        known.ids.push_back(e.id);
        if (known.ids.size() > replies_remembered) known.ids.erase(known.ids.begin());
        if (e.word != reply_word::keep) return;
        known.keep_digest = e.keep_digest;
        known.keep_until = e.outcome == reply_outcome::confirm ? std::optional(e.at + base::days{1}) : std::nullopt;
    }
    void operator()(const network_answered& e) const {
        auto* settling = in_case<stages::settling>();
        if (settling == nullptr) return;
        settling->network.push_back(e.answer);
        settling->late_at.reset();
    }
    void operator()(const network_mismatched& e) const {
        forget_mismatch(e.what.imsi);
        s.mismatches.push_back(e.what);
        note_block();
    }
    void operator()(const network_agreed& e) const {
        forget_mismatch(e.imsi);
        note_block();
    }
    void operator()(const network_asked_again&) const {
        s.mismatches.clear();
        note_block();
    }
    void operator()(const identifier_contested&) const {}

    // -- from line to line
    void operator()(const profile_offered& e) const {
        forget_offer(e.offer.iccid);
        s.offers.push_back(e.offer);
    }
    void operator()(const offer_ended& e) const { forget_offer(e.iccid); }
    void operator()(const profile_handed_over& e) const {
        forget_offer(e.iccid);
        const auto found = std::ranges::find(s.profiles, e.iccid, &profile::iccid);
        if (found == s.profiles.end()) return;
        const auto* serving = s.serving();
        const bool served = serving != nullptr && serving->iccid == e.iccid;
        std::erase_if(s.leaving, [&](const leaving_profile& one) { return one.what.iccid == e.iccid; });
        s.leaving.push_back({*found, e.to, e.to_generation, served, false});
        s.profiles.erase(found);
        if (own().serving == e.iccid) own().serving = {};
    }
    void operator()(const profile_left& e) const {
        for (auto& one : s.leaving)
            if (one.what.iccid == e.iccid) one.left = true;
    }
    void operator()(const profile_came_back& e) const {
        const auto found =
            std::ranges::find_if(s.leaving, [&](const leaving_profile& one) { return one.what.iccid == e.iccid; });
        if (found == s.leaving.end()) return;
        s.profiles.push_back(found->what);
        s.leaving.erase(found);
        if (e.serves) own().serving = e.iccid;
    }
    void operator()(const profile_coming& e) const {
        std::erase_if(s.coming, [&](const coming_profile& one) { return one.iccid == e.what.iccid; });
        s.coming.push_back(e.what);
    }
    void operator()(const profile_not_taken& e) const {
        for (auto& one : s.coming)
            if (!e.imsi.empty() && one.iccid == e.iccid) one.returned = true;
    }
    void operator()(const identifier_passed& e) const {
        // An IMSI's claim names the profile, too: another one with the same IMSI may be on its way.
        const auto profile = profile_holder::parse(e.holder);
        const auto by_imsi = [&](const coming_profile& one) {
            return profile && profile->iccid == one.iccid && claim_on(one.imsi) == e.identifier;
        };
        const auto by_iccid = [&](const coming_profile& one) { return claim_on(one.iccid) == e.identifier; };
        for (auto& one : s.coming) {
            if (by_iccid(one)) one.iccid_held = true;
            if (by_imsi(one)) one.imsi_held = true;
        }
        if (!e.wanted)
            std::erase_if(s.coming, [&](const coming_profile& one) { return by_iccid(one) || by_imsi(one); });
    }
    void forget_offer(const base::iccid& iccid) const {
        std::erase_if(s.offers, [&](const profile_offer& one) { return one.iccid == iccid; });
    }
    void operator()(const refund_ordered& e) const {
        auto* end = in_case<stages::ending>();
        if (end == nullptr) return;
        order_refund(end->payback, e.amount, e.id, e.due);
        end->account = e.account;
    }
    void operator()(const refund_state_changed& e) const {
        each_refund(s, [&](refund& of) {
            if (of.id == e.id) {
                of.state = e.state;
                of.file = e.file;
                of.go_at.reset();
                return true;
            }
            const auto before = std::ranges::find(of.earlier, e.id, &earlier_refund::id);
            if (before == of.earlier.end()) return false;
            before->state = e.state;
            return true;
        });
        for (auto& one : s.unclaimed)
            if (one.back.id == e.id) one.payer_until = e.payer_until;
    }
    void operator()(const payout_chosen& e) const { current().paid_by = e.how; }
    void operator()(const refund_set_aside& e) const {
        auto* end = in_case<stages::ending>();
        if (end == nullptr) return;
        auto& back = end->payback;
        back.state = e.state;
        back.amount = e.amount;
        if (!e.id.empty()) back.id = e.id;
        back.due = e.due;
        back.go_at.reset();
        back.account.clear();
    }
    void operator()(const payout_held& e) const {
        auto* end = in_case<stages::ending>();
        if (end == nullptr) return;
        end->payback.state = refund_state::held;
        end->payback.go_at = e.go_at;
        end->payback.account = e.account;
    }
    void operator()(const payout_waits&) const {
        if (auto* end = in_case<stages::ending>()) let_wait(end->payback);
    }
    void operator()(const refund_contradicted&) const {}
    void operator()(const payer_read&) const {}
    void operator()(const payer_let_go& e) const {
        for (auto& one : s.unclaimed)
            if (one.to_payer && one.payee == e.payee) {
                one.payee = {};
                one.payer_until.reset();
            }
    }
    void operator()(const money_unclaimed& e) const {
        keep_unclaimed(s, e.what);
        const bool paid_in = e.what.why != unclaimed_why::refund_returned && e.what.why != unclaimed_why::brought_late;
        if (paid_in)
            remember(s.payments,
                     used_reference(e.what.reference, e.what.used_by, amount_under_reference(e.what.amount, false),
                                    e.what.at, e.what.hand == money_hand::staff));
    }
    void operator()(const money_return_ordered& e) const {
        const auto found = std::ranges::find(s.unclaimed, e.serial, &unclaimed_money::serial);
        if (found == s.unclaimed.end()) return;
        found->to_payer = e.to_payer;
        found->payee = e.payee;
        if (!e.go_at) return order_refund(found->back, found->amount, e.id, e.due);
        found->back.state = refund_state::held;
        found->back.go_at = e.go_at;
        found->back.account = e.account;
    }
    void operator()(const money_claimed& e) const {
        const auto found = std::ranges::find(s.unclaimed, e.serial, &unclaimed_money::serial);
        if (found == s.unclaimed.end()) return;
        let_wait(*found);
        found->credited = true;
    }
    void operator()(const closure_closed& e) const {
        stages::closed next;
        static_cast<stages::ending&>(next) = taken<stages::ending>(current());
        next.charged = e.charged;
        next.closed_at = e.at;
        current().stands = std::move(next);
    }
    void operator()(const line_ended& e) const {
        own().status = line_status::ended;
        own().keepalive_at = {};
        own().locked_since.reset();
        s.wanted.reset();
        s.offers.clear();
        own().products.clear();
        own().term.reset();
        s.held = e.held;
    }
    void operator()(const certificate_issued& e) const {
        if (auto* closed = in_case<stages::closed>()) closed->certificate = e.jws;
    }
    void operator()(const note_written& e) const {
        s.notes_made = e.what.serial;
        s.notes.push_back(e.what);
    }
    void operator()(const certificate_sent_again&) const {}  // how often: notice_repeats
    void operator()(const line_called&) const {}
    void operator()(const dispute_opened& e) const {
        s.disputes_made = e.what.serial;
        s.disputes.push_back(e.what);
        if (s.disputes.size() <= disputes_kept) return;
        const auto done = std::ranges::find_if_not(s.disputes, [](const dispute& one) { return is_open(one); });
        if (done != s.disputes.end()) s.disputes.erase(done);
    }
    void operator()(const dispute_withdrawn& e) const { answer(e.serial, dispute_state::withdrawn, e.by, {}, e.at); }
    void operator()(const dispute_overdue& e) const {
        if (auto* one = disputed(e.serial)) one->overdue = true;
    }
    void operator()(const dispute_refused& e) const { answer(e.serial, dispute_state::refused, e.by, e.reason, e.at); }
    void operator()(const certificate_corrected& e) const {
        answer(e.serial, dispute_state::corrected, e.by, e.reason, e.at);
        if (auto* one = disputed(e.serial)) {
            one->made = e.made;
            one->second = e.second;
        }
        if (e.held) s.held = e.held;
    }
    void operator()(const certificate_reissued& e) const {
        auto* one = disputed(e.serial);
        if (one == nullptr) return;
        one->issued_at = e.at;
        if (s.current && s.current->number == one->closure) {
            if (auto* closed = in_case<stages::closed>()) closed->certificate = e.jws;
            return;
        }
        for (auto& past : s.past)
            if (past.number == one->closure && past.generation == 0) past.certificate = e.jws;
        for (auto& old : s.certificates)
            if (old.closure == one->closure && old.generation == s.generations) old.jws = e.jws;
    }
    void operator()(const notice_noted& e) const {
        if (e.beside) return remember_told(e.record);
        if (!s.current) return;
        auto& notices = current().notices;
        const auto same = std::ranges::find_if(notices, [&](const notice_record& r) {
            return r.kind == e.record.kind && r.contact == e.record.contact &&
                   (e.record.receipt == r.receipt || e.record.receipt.starts_with(r.receipt + " "));
        });
        if (same != notices.end() && !same->receipt.empty())
            *same = e.record;
        else
            notices.push_back(e.record);
    }
    void operator()(const notices_held& e) const { hold_back(s.repeats, e.kind, e.at, e.until, e.round); }
    void operator()(const notices_gathered& e) const { gathered(s.repeats, notice_group(e.kind), e.at); }
    void operator()(const line_reinstated& e) const {
        own().status = line_status::ordered;
        own().valid_until = e.valid_until;
        if (!own().owner_since) own().owner_since = own().since;
        own().since = e.at;
        own().reminders_sent = 0;
        if (auto* end = in_case<stages::ending>()) let_wait(end->payback);
        if (const auto* p = find(s, own().serving); p != nullptr && is_unbound(*p)) own().serving = {};
        std::erase_if(s.profiles, is_unbound);  // gone for good (see still_has): they may be another line's by now
        const auto lost = std::ranges::find(s.profiles, true, &profile::lost);  // the phone that was stolen still is
        if (lost != s.profiles.end())
            own().locked_since = own().last_loss = lost->lost_at ? lost->lost_at : e.at;
        else if (auto* p = find(s, own().serving))
            p->for_loss = last_loss();  // its lock ended with the line; this was proved, or signed for
        s.held.reset();
    }
    void operator()(const second_wanted& e) const { fold(s.asked, e); }
    void operator()(const second_given& e) const { fold(s.asked, e); }
    void operator()(const second_refused& e) const { fold(s.asked, e); }
    void operator()(const second_expired& e) const { fold(s.asked, e); }
    void operator()(const partners_told& e) const { s.held->partners_told_at = e.at; }
    void operator()(const number_released& e) const {
        // The next owner starts with nothing of this one. What staff may still have to read is marked as the old
        // owner's.
        number_state empty;
        if (e.keeps_past) {
            archive(s);
            for (auto& one : s.past) {
                if (one.generation != 0) continue;
                one.generation = s.generations;
                if (s.subscription) one.owner = s.subscription->subscriber;
            }
            empty.past = std::move(s.past);
            empty.certificates = std::move(s.certificates);
        }
        empty.number = s.number;
        empty.generations = s.generations;
        empty.closures = s.closures;
        empty.revision = s.revision;
        empty.asked.made = s.asked.made;
        empty.payments = std::move(s.payments);  // one that comes again is nobody else's
        empty.charges = std::move(s.charges);
        empty.unclaimed = std::move(s.unclaimed);
        empty.unclaimed_made = s.unclaimed_made;
        for (auto& one : empty.unclaimed) let_wait(one);
        s = std::move(empty);
    }

 private:
    dispute* disputed(int serial) const {
        const auto found = std::ranges::find(s.disputes, serial, &dispute::serial);
        return found == s.disputes.end() ? nullptr : &*found;
    }
    void answer(int serial, dispute_state how, const actor& by, const std::string& reason, instant at) const {
        auto* one = disputed(serial);
        if (one == nullptr) return;
        one->state = how;
        one->answered_by = by;
        one->answered_at = at;
        one->reason = reason;
    }

    /// Whoever has the id of somebody who wanted no reminders has not said so.
    void unmute_others(const std::vector<contact_ref>& next) const {
        std::erase_if(own().muted, [&](const label& one) {
            if (one == label::trusted("line")) return false;
            const auto was = std::ranges::find(s.contacts, one, &contact_ref::id);
            const auto is = std::ranges::find(next, one, &contact_ref::id);
            return is == next.end() || was == s.contacts.end() || was->since != is->since;
        });
    }
    void remember_told(const notice_record& one) const {
        if (!s.subscription) return;
        auto& told = own().told;
        if (is_told_lately(s, one)) return;
        const auto known = std::ranges::find_if(told, [&](const told_lately& was) { return is_told_with(was, one); });
        if (known != told.end()) {
            if (known->to.size() < told_to_kept) known->to.push_back(one.contact);
            return;
        }
        if (told.size() >= told_kept) told.erase(told.begin());
        told.push_back({one.kind, one.by, one.sent_at, {one.contact}});
    }
    instant last_loss() const { return own().last_loss.value_or(instant{}); }
    void turn(const base::iccid& iccid) const {
        if (auto* p = find(s, iccid)) ++p->turns;
    }
    void forget_wanted(const std::string& matching_id) const {
        if (s.wanted && s.wanted->terms.matching_id == matching_id) s.wanted.reset();
    }
    void forget_mismatch(const base::imsi& imsi) const {
        std::erase_if(s.mismatches, [&](const network_mismatch& one) { return one.imsi == imsi; });
    }
    /// The case shows that it cannot go on until the network is set right.
    void note_block() const {
        if (!s.has_open_closure()) return;
        std::erase_if(current().blocks, [](const block& one) { return one.kind == block_kind::network_mismatch; });
        for (const auto& one : s.mismatches)
            current().blocks.push_back({block_kind::network_mismatch,
                                        lift::set_network_right,
                                        false,
                                        {},
                                        {},
                                        boost::describe::enum_to_string(one.kind, "")});
    }
    stages::left left_at(instant at) const { return {taken_if_sent(current()), at}; }
    static void set_due(submission& of, local_day due, bool provisional, instant at) {
        of.due = due;
        of.due_provisional = provisional;
        of.due_at = at;
    }
    /// The review begins anew, with its whole term.
    template <typename Event>
    void look_again(submission sent, const Event& e) const {
        set_due(sent, e.due, e.due_provisional, e.due_at);
        sent.due_from = e.due_from;
        sent.due_days = sent.terms.review.n;
        sent.escalated = false;
        current().stands = stages::in_review{std::move(sent), {}};
    }
};

}  // namespace

stage at(const closure& c) { return static_cast<stage>(c.stands.index()); }

std::optional<instant> ended_at(const closure& c) {
    if (const auto* closed = has<stages::closed>(c)) return closed->closed_at;
    const auto* left = has<stages::left>(c);
    return left == nullptr ? std::nullopt : std::optional(left->left_at);
}

const refund* payback_of(const closure& c) {
    const auto* end = has<stages::ending>(c);
    return end == nullptr ? nullptr : &end->payback;
}

namespace {

template <std::size_t... I>
constexpr bool stands_in_order(std::index_sequence<I...>) {
    using names = boost::describe::describe_enumerators<stage>;
    using way = decltype(closure::stands);
    return ((std::variant_alternative_t<I, way>::name == boost::mp11::mp_at_c<names, I>::name) && ...);
}
static_assert(stands_in_order(std::make_index_sequence<std::variant_size_v<decltype(closure::stands)>>()));

}  // namespace

bool is_anothers_case(const closure& c, const actor& who) {
    return std::ranges::any_of(c.applied, [&](const actor& one) { return !counted_as_one(one, who); });
}

const identity_check* find_check(const closure& c, int serial) {
    const auto found = std::ranges::find(c.checks, serial, &identity_check::serial);
    return found == c.checks.end() ? nullptr : &*found;
}

namespace {

/// Nobody compares any more what the case does not wait for.
void drop_checks(number_state& s) {
    if (!s.current || s.current->checks.empty()) return;
    if (at(*s.current) == stage::opened || at(*s.current) == stage::in_review) return;
    for (auto& one : s.current->checks)
        if (is_open(one)) one.state = check_state::dropped;
}

}  // namespace

void number::evolve(state& s, const event& what) {
    const auto told = kinds_told(s, what);
    std::visit(folder{s}, what);
    drop_checks(s);
    const auto at = told.empty() ? instant{} : told_at(what);
    for (const auto kind : told) count_told(s.repeats, kind, at);
    const bool only_noted = std::holds_alternative<notice_noted>(what) ||
                            std::holds_alternative<identifier_contested>(what) ||
                            std::holds_alternative<line_called>(what);
    if (!only_noted) ++s.revision;
}

}  // namespace keepline::domain
