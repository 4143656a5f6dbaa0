#include "desk/views.hpp"

#include "base/utf8.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/quote.hpp"
#include "domain/number/risk.hpp"
#include "domain/reference.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

namespace {

template <typename T>
std::optional<T> unless_empty(const T& value) {
    if (value.empty()) return std::nullopt;
    return value;
}

profile_view profile_of(const domain::profile& p) {
    profile_view out{p.iccid, p.imsi, unless_empty(p.eid), p.state, p.lost, p.last_proof, p.last_sequence, {}};
    if (!p.type.empty()) out.type = p.type;
    out.to_delete = p.to_delete;
    return out;
}

std::vector<profile_view> profiles_of(const domain::number_state& s) {
    std::vector<profile_view> out;
    out.reserve(s.profiles.size());
    for (const auto& one : s.profiles) {
        out.push_back(profile_of(one));
        out.back().serving = s.subscription && s.subscription->serving == one.iccid;
        if (!domain::is_gone(one) && (one.barred || domain::held_by_loss(s, one))) out.back().stopped = true;
    }
    return out;
}

/// Customers learn in which role somebody acted, not who it was.
domain::actor shown_to(const domain::actor& by, reader who) {
    if (who == reader::staff || by.as == domain::role::subscriber) return by;
    return {by.as, {}};
}

/// As people say it; nothing where a case has none.
std::optional<std::string> said_of(const std::string& reference) {
    if (reference.empty()) return {};
    return domain::said(reference);
}

past_view past_of(const std::string& line_id, const domain::past_closure& past) {
    return {closure_id(line_id, past.number),      past.ended_as, past.opened_at,
            past.submitted_at.value_or(instant{}), past.ended_at, said_of(past.reference)};
}

otp_view otp_of(const domain::otp_state& otp) {
    otp_view out{otp.wrong, otp.locked_until, {}};
    if (otp.last)
        out.last = otp_challenge_view{otp.last->serial,    otp.last->contact,    otp.last->by,
                                      otp.last->issued_at, otp.last->expires_at, otp.last->used};
    return out;
}

/// A review whose clock runs, past its date.
bool is_overdue(const domain::closure& c, instant now) {
    const auto* review = domain::has<domain::stages::in_review>(c);
    return review != nullptr && !review->waits && now >= review->due_at;
}

case_claim claim_on(const domain::closure& c) {
    case_claim out;
    const auto* review = domain::has<domain::stages::in_review>(c);
    if (review == nullptr || !review->claim) return out;
    const auto& claim = *review->claim;
    out.claimed_by = claim.by.id;
    out.claimed_since = claim.since;
    if (claim.handed_by) {
        out.handed_by = claim.handed_by->id;
        out.handed_why = claim.why;
    }
    return out;
}

void add_submission(closure_view& out, const domain::submission& sent, reader who) {
    out.submitted_at = sent.submitted_at;
    out.terms = sent.terms;
    out.policy = unless_empty(sent.policy);
    out.calendar = unless_empty(sent.calendar);
    out.due = sent.due;
    out.due_at = sent.due_at;
    out.due_provisional = sent.due_provisional;
    out.escalated = sent.escalated;
    out.cooling_off_until = sent.cooling_off_until;
    out.earliest_end = sent.earliest_end;
    for (const auto& one : sent.approvals)
        out.approvals.push_back({shown_to(one.by, who), one.at, who == reader::staff ? one.reason : std::string()});
    if (who == reader::staff) out.look_at = sent.look_at;
    out.refund_account_questioned = !sent.account_wanted.empty();
    if (sent.line_only) out.line_only = true;
}

const domain::policy* policy_of(const domain::number_state& s, const domain::rule_book* rules) {
    return rules == nullptr || !s.subscription ? nullptr : rules->policies.find(s.subscription->policy);
}

/// What whoever decides has to go by: the risk as it stands now, and how many people that takes.
void add_review(closure_view& out, const domain::number_state& s, const domain::context& at, reader who) {
    const auto* policy = policy_of(s, at.rules);
    if (who != reader::staff || policy == nullptr || s.of_case<domain::stages::in_review>() == nullptr) return;
    out.risk = domain::standing_risk_of(s, *policy, at.now).now;
    out.approvals_wanted = domain::approvals_wanted(s, *policy, at.now);
    out.approvals_counted = std::ssize(domain::approvals_that_count(s, *policy, at.now));
}

void add_decision(closure_view& out, const domain::closure& c, instant now) {
    namespace stages = domain::stages;
    out.overdue = is_overdue(c, now);
    if (const auto* review = domain::has<stages::in_review>(c); review != nullptr && review->waits) {
        out.paused_since = review->waits->since;
        out.info_wanted = unless_empty(review->waits->wanted);
    }
    if (const auto* approved = domain::has<stages::approved>(c)) out.decided_at = approved->decided_at;
    if (const auto* left = domain::has<stages::left>(c)) out.decided_at = left->left_at;
    if (const auto* rejected = domain::has<stages::rejected>(c))
        out.decision_reason = unless_empty(rejected->decision_reason);
}

std::optional<refund_view> refund_of(const domain::refund& of) {
    if (of.state == domain::refund_state::none) return std::nullopt;
    return refund_view{of.state,  of.amount, of.id, of.file, of.due, of.attempt, of.go_at.value_or(instant{}),
                       of.earlier};
}

void add_ending(closure_view& out, const domain::number_state& s, const domain::closure& c) {
    namespace stages = domain::stages;
    if (const auto* unbinding = domain::has<stages::unbinding>(c)) {
        out.unbinding_since = unbinding->unbinding_since;
        out.write_off_at = unbinding->write_off_at;
    }
    if (const auto* end = domain::has<stages::ending>(c)) {
        out.settling_since = end->settling_since;
        out.network = end->network;
        out.refund = refund_of(end->payback);
    }
    if (const auto* closed = domain::has<stages::closed>(c)) {
        out.closed_at = closed->closed_at;
        out.has_certificate = !closed->certificate.empty();
    }
    out.ended_at = domain::ended_at(c).value_or(instant{});
    out.profiles = profiles_of(s);
    out.payout = c.paid_by;
    out.held_since = c.held_since.value_or(instant{});
    out.notices = c.notices;
    out.holds = s.held;
}

/// We refused, are late, or have stopped the case: its owner may want somebody else to look at it.
void add_complaints(closure_view& out, const domain::number_state& s, const domain::rule_book* rules) {
    using domain::stage;
    const bool is_late = out.overdue || (out.escalated && out.stage == stage::in_review);
    if (rules == nullptr || !s.subscription ||
        !(is_late || out.stage == stage::rejected || out.stage == stage::fraud_hold))
        return;
    if (const auto* policy = rules->policies.find(s.subscription->policy)) out.complain_to = complaints_of(*policy);
}

/// The kinds that the policy names are there from the beginning, for as long as they can be answered.
void add_accounts(closure_view& out, const domain::number_state& s, const domain::policy& rules) {
    using enum domain::stage;
    constexpr std::array answered{opened, in_review, approved, unbinding};
    out.accounts = s.current->accounts;
    if (std::ranges::find(answered, out.stage) == answered.end()) return;
    for (const auto what : rules.accounts_to_unbind)
        if (std::ranges::find(out.accounts, what, &domain::account_note::what) == out.accounts.end())
            out.accounts.push_back({what, domain::account_answer::later});
}

void add_to_do(closure_view& out, const domain::number_state& s, const domain::context& at) {
    const auto* policy =
        at.rules == nullptr || !s.subscription ? nullptr : at.rules->policies.find(s.subscription->policy);
    if (policy == nullptr) return;
    add_accounts(out, s, *policy);
    if (auto gaps = domain::gaps_of_application(s, at)) {
        out.missing = std::move(gaps->codes);
        out.code_too_old = gaps->code_too_old;
    }
    if (out.stage != domain::stage::opened || !s.current->offer) return;
    if (const auto open = domain::still_to_pay(*s.current->offer, s.books); open > 0)
        out.still_to_pay = money{open, s.books.currency};
}

/// A saved code that a session of the owner's had made a moment before is no proof beside that session: it was right,
/// and has not passed.
bool is_of_own_session(const domain::evidence& one) {
    return one.word_of.as == domain::role::subscriber && !one.word_of.id.empty();
}

domain::evidence_sets wanted(const domain::number_state& s, const domain::closure& c, const domain::rule_book* rules) {
    if (rules == nullptr || !s.subscription) return {};
    const auto* policy = rules->policies.find(s.subscription->policy);
    if (policy != nullptr && c.on_behalf) return policy->representation_of(c.on_behalf->kind).evidence;
    return policy == nullptr ? domain::evidence_sets{} : policy->evidence_for(c.assessed.level, c.through);
}

}  // namespace

std::string closure_id(std::string_view line_id, int number) {
    return std::string(line_id) + "-c" + std::to_string(number);
}

balance_view balance_of(const domain::number_state& s) {
    using domain::account;
    const auto owed = [&](account where) { return base::negate(s.books.amount(where)); };
    balance_view out{
        owed(account::prepaid), owed(account::bonus), s.books.amount(account::debt), owed(account::refund), {}};
    if (s.subscription && s.subscription->valid_until) out.valid_until = s.subscription->valid_until;
    return out;
}

line_view line_of(const engine::stream_view& of, reader who) {
    const auto& s = of.number();
    line_view out;
    out.id = of.public_id;
    out.version = of.revision();
    out.number = s.number;
    out.language = s.language;
    out.generation = s.generations;
    if (s.subscription) {
        const auto& l = *s.subscription;
        out.status = l.status;
        out.subscriber = l.subscriber;
        out.policy = l.policy;
        out.since = l.since;
        out.valid_until = l.valid_until;
        out.locked_since = l.locked_since;
        out.contract = l.term;
        out.products = l.products;
        out.port_out_since = l.port_out_since;
        if (who == reader::staff) out.legal_hold = unless_empty(l.legal_hold);
        out.fraud_hold = l.fraud_hold;
        out.customer_lock = l.customer_lock;
        out.customer_unlock_at = l.customer_unlock_at;
        out.sim_changed_at = l.sim_changed_at;
        out.contacts_changed_at = l.contacts_changed_at;
        out.recovery_codes_left = static_cast<std::int64_t>(l.recovery_digests.size());
        out.last_switch = l.last_switch;
    }
    if (s.wanted) out.wanted = wanted_view{s.wanted->type, s.wanted->since};
    out.profiles = profiles_of(s);
    out.contacts = s.contacts;
    out.balance = balance_of(s);
    const auto shows = [&](instant opened_at) { return who == reader::staff || opened_at >= out.since; };
    if (s.current && shows(s.current->opened_at))
        out.closure = closure_ref{closure_id(of.public_id, s.current->number), at(*s.current),
                                  domain::ended_at(*s.current), said_of(s.current->reference)};
    for (const auto& one : s.past)
        if (shows(one.opened_at) && (one.generation == 0 || who == reader::staff))
            out.past_closures.push_back(past_of(of.public_id, one));
    out.holds = s.held;
    return out;
}

check_view check_of(const domain::identity_check& of, instant now, reader who) {
    check_view out;
    out.serial = of.serial;
    out.kind = of.kind;
    if (!of.document.empty()) out.document = of.document;
    if (!of.contact.empty()) out.contact = of.contact;
    out.hours = of.hours;
    out.by = shown_to(of.by, who);
    out.at = of.at;
    out.due = of.due;
    out.due_provisional = of.due_provisional;
    out.overdue = is_open(of) && now >= of.due_at;
    out.state = of.state;
    out.settled_at = of.settled_at;
    if (of.settled_at && who == reader::staff) out.settled_by = of.settled_by;
    out.reason = unless_empty(of.reason);
    out.why = of.why;
    if (is_by_machine(of)) out.at_once = true;
    return out;
}

closure_view closure_of(const engine::stream_view& of, const domain::context& at, reader who) {
    const auto& s = of.number();
    const auto now = at.now;
    const auto* rules = at.rules;
    const auto& c = *s.current;
    closure_view out;
    out.id = closure_id(of.public_id, c.number);
    out.line_id = of.public_id;
    out.serial = c.number;
    out.version = of.revision();
    out.stage = domain::at(c);
    out.channel = c.through;
    out.reason = c.reason;
    out.opened_by = shown_to(c.opened_by, who);
    out.opened_at = c.opened_at;
    out.expires_at = c.expires_at;
    out.risk = c.assessed;
    if (who == reader::customer) out.risk->facts.clear();
    const auto* sent = domain::has<domain::submission>(c);
    // Once submitted, what stops the case now; before, what its quote was made of.
    out.blocks = sent != nullptr && s.has_open_closure() ? domain::stops_of(s) : c.blocks;
    out.reference = said_of(c.reference);
    if (who == reader::customer)
        for (auto& one : out.blocks)  // that it stands in the way, not whose order it is
            if (one.kind == domain::block_kind::legal_hold) one.reference.clear();
    out.quote = c.offer;
    if (c.accepted) out.quote_accepted_at = c.accepted->at;
    out.detach = c.detach;
    out.on_behalf = c.on_behalf;
    out.evidence_wanted = wanted(s, c, rules);
    for (const auto& one : c.shown)
        out.evidence.push_back(
            {one.kind, one.passed && !is_of_own_session(one), one.at, one.method, shown_to(one.by, who), one.compared});
    for (const auto& one : c.checks) out.checks.push_back(check_of(one, now, who));
    out.otp = otp_of(c.otp);
    out.backup = backup_view{c.backup.state, c.backup.at.value_or(instant{}), c.backup.expires_at.value_or(instant{}),
                             unless_empty(c.backup.digest)};
    if (who == reader::staff) {
        out.took_part = c.took_part;
        static_cast<case_claim&>(out) = claim_on(c);
    }
    if (sent != nullptr) add_submission(out, *sent, who);
    add_review(out, s, at, who);
    add_decision(out, c, now);
    add_ending(out, s, c);
    add_complaints(out, s, rules);
    add_to_do(out, s, at);
    return out;
}

std::vector<complaint_view> complaints_of(const domain::policy& of) {
    std::vector<complaint_view> out;
    for (const auto& one : of.complaints) {
        out.push_back({one.name, unless_empty(one.name_zh), unless_empty(one.web), unless_empty(one.phone), {}});
        if (one.after.n > 0) out.back().after = one.after;
    }
    return out;
}

closure_view past_closure_of(const engine::stream_view& of, const domain::past_closure& past,
                             const domain::rule_book* rules) {
    closure_view out;
    out.id = closure_id(of.public_id, past.number);
    out.line_id = of.public_id;
    out.serial = past.number;
    out.version = of.revision();
    out.stage = past.ended_as;
    out.opened_at = past.opened_at;
    out.submitted_at = past.submitted_at.value_or(instant{});
    out.ended_at = past.ended_at;
    out.has_certificate = !past.certificate.empty();
    out.refund = refund_of(past.payback);
    out.reference = said_of(past.reference);
    add_complaints(out, of.number(), rules);
    return out;
}

namespace {

/// Days of the kind that the term counts in, from tomorrow to the last one; after that one, how many have passed.
std::optional<std::int64_t> days_left(const domain::submission& of, const std::string& policy,
                                      const domain::rule_book& rules, instant now) {
    const auto* p = rules.policies.find(policy);
    const auto* days = p == nullptr ? nullptr : rules.calendars.find(p->calendar);
    if (days == nullptr) return std::nullopt;
    const auto today = rules.zones.of(p->zone).day_of(now);
    const auto counted = [&](local_day after, local_day upto) {
        std::int64_t out = 0;
        for (auto day = after + 1; day <= upto; day = day + 1)
            out += of.terms.review.unit == domain::day_unit::calendar_day || days->is_working(day) ? 1 : 0;
        return out;
    };
    return today <= of.due ? counted(today, of.due) : -counted(of.due, today);
}

}  // namespace

closure_summary summary_of(const engine::stream_view& of, const domain::rule_book& rules, instant now) {
    const auto& s = of.number();
    const auto& c = *s.current;
    const auto* sent = domain::has<domain::submission>(c);
    const auto* review = domain::has<domain::stages::in_review>(c);
    closure_summary out;
    out.id = closure_id(of.public_id, c.number);
    out.line_id = of.public_id;
    out.version = of.revision();
    out.stage = domain::at(c);
    out.channel = c.through;
    out.reason = c.reason;
    out.risk = c.assessed.level;
    out.opened_at = c.opened_at;
    if (sent != nullptr) {
        out.submitted_at = sent->submitted_at;
        out.due = sent->due;
        out.due_at = sent->due_at;
        out.due_provisional = sent->due_provisional;
        out.escalated = sent->escalated;
        const auto* policy = policy_of(s, &rules);
        out.approvals = policy == nullptr || review == nullptr
                            ? std::ssize(sent->approvals)
                            : std::ssize(domain::approvals_that_count(s, *policy, now));
    }
    out.overdue = is_overdue(c, now);
    if (review != nullptr && review->waits) out.paused_since = review->waits->since;
    if (review != nullptr && !review->waits && s.subscription)
        out.days_left = days_left(*review, s.subscription->policy, rules, now);
    static_cast<case_claim&>(out) = claim_on(c);
    out.reference = said_of(c.reference);
    out.number = s.number.text();
    if (s.subscription) out.subscriber = s.subscription->subscriber;
    const auto since = sent != nullptr ? sent->submitted_at : c.opened_at;
    out.age_hours = std::chrono::duration_cast<base::hours>(now - since).count();
    return out;
}

token_view token_of(const port::token_record& token, instant now) {
    return {token.who.id,
            token.who.as,
            base::repaired_utf8(token.note),  // the command line took any bytes once
            token.created_at,
            token.expires_at,
            token.on_hold ? std::nullopt : token.revoked_at,
            token.on_hold ? token.revoked_at : std::nullopt,
            unless_empty(token.who.person),
            token.channels,
            token.origin,
            token.in_journal && !token.revoked_at && (!token.expires_at || now < *token.expires_at),
            domain::token_print(token.digest),
            std::nullopt};
}

}  // namespace keepline::desk
