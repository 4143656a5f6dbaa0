// For tests only: the rules of docs/rules.md as checks over what happened to one number. Each is written from the
// design, not from the rules' code, and answers what is broken, or nothing.
#pragma once

#include "domain/message_words.hpp"
#include "domain/number/certificate.hpp"
#include "domain/number/quote.hpp"
#include "domain/test_world.hpp"

#include <set>

namespace keepline::domain::testing {

using verdict = std::optional<std::string>;

// ------------------------------------------------------------------------------------------------ reading a trace

struct moment {
    const step* in = nullptr;
    const happening* at = nullptr;
};

inline std::vector<moment> moments_of(const trace& t) {
    std::vector<moment> out;
    for (const auto& one : t)
        for (const auto& h : one.happened) out.push_back({&one, &h});
    return out;
}

template <typename Event>
const Event* as(const moment& m) {
    return std::get_if<Event>(&m.at->what);
}

inline const policy* policy_at(const moment& m) {
    const auto& line = m.at->before.subscription ? m.at->before.subscription : m.at->after.subscription;
    return line ? m.in->rules->policies.find(line->policy) : nullptr;
}

/// The received case: from the submission to its end, whatever the end is.
inline bool is_received(const number_state& s) { return s.has_open_closure() && s.of_case<submission>() != nullptr; }

inline bool has_live_line(const number_state& s) {
    return s.subscription && s.subscription->status != line_status::ended;
}

// ------------------------------------------------------------------------------------------------ 1

/// Applying twice is harmless.
inline verdict broken_rule_1(const trace& t) {
    for (const auto& m : moments_of(t))
        if (const auto* e = as<closure_opened>(m)) {
            if (m.at->before.has_open_closure()) return "a second closure was opened beside an open one";
            if (e->number != m.at->before.closures + 1) return "the case numbers are not counted up one by one";
        }
    for (const auto& one : t) {
        const bool again = std::holds_alternative<open_closure>(one.what) && one.before.has_open_closure();
        const bool submitted_again =
            std::holds_alternative<submit_closure>(one.what) && has_live_line(one.before) && is_received(one.before);
        if (!again && !submitted_again) continue;
        if (one.refusal) return "a repeated application was refused";
        if (!one.happened.empty() || one.after != one.before) return "a repeated application changed something";
        const auto* was = one.before.of_case<submission>();
        if (was != nullptr && one.after.of_case<submission>()->due != was->due)
            return "a repeated application moved the due date";
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 2

inline bool enough(const evidence_sets& sets, const std::vector<evidence>& shown) {
    for (const auto& set : sets) {
        bool all = !set.empty();
        bool beyond_mail = false;
        for (const auto kind : set) {
            bool found = false;
            for (const auto& e : shown) found = found || (e.passed && e.kind == kind);
            all = all && found;
            beyond_mail = beyond_mail || kind != evidence_kind::otp_email;
        }
        if (all && beyond_mail) return true;
    }
    return false;
}

/// What was signed by a second person was asked for before.
inline base::duration waited_for_second(const step& in) {
    const auto* sign = std::get_if<countersign>(&in.what);
    const auto* asked = sign == nullptr ? nullptr : in.before.asked.find(sign->serial);
    return asked == nullptr ? base::duration{0} : in.at - asked->at;
}

/// The fact of risk that becomes known here, if one does.
inline std::string learned_in(const moment& m) {
    const auto& before = m.at->before.subscription;
    const auto& after = m.at->after.subscription;
    if (!before || !after) return {};
    if (as<device_lost>(m) != nullptr) return before->locked_since ? "" : "lost_device";
    if (as<contacts_taken>(m) != nullptr)
        return before->contacts_changed_at == after->contacts_changed_at ? "" : "contact_changed";
    if (const auto* e = as<sim_changed>(m)) return e->blocks ? "sim_changed" : "";
    if (as<line_switched>(m) != nullptr) return "sim_changed";
    if (const auto* e = as<customer_lock_set>(m)) return e->locked ? "" : "customer_unlocked";
    return {};
}

/// Any word locks the line of a lost phone.
inline verdict unlocked_by_loss(const trace& t) {
    for (const auto& one : t) {
        const auto* lost = std::get_if<declare_lost>(&one.what);
        if (lost == nullptr || !has_live_line(one.before)) continue;
        const bool known = !lost->iccid || std::ranges::any_of(one.before.profiles, [&](const profile& p) {
            return p.iccid == *lost->iccid;
        });
        if (known && (one.refusal || !one.after.subscription->locked_since))
            return "a lost phone did not lock the line";
    }
    return {};
}

/// Weak proof may stop something, never end something.
inline verdict broken_rule_2(const trace& t) {
    std::vector<evidence> of_case;
    std::vector<evidence> of_line;
    std::vector<evidence> since_end;
    std::vector<std::string> approvers;
    evidence_sets asked;
    bool in_person_decided = false;
    risk_level learned_late = risk_level::low;
    bool contacts_changed = false;
    for (const auto& m : moments_of(t)) {
        const auto* p = policy_at(m);
        if (as<closure_opened>(m) != nullptr) {
            of_case.clear();
            approvers.clear();
            in_person_decided = contacts_changed = false;
            learned_late = risk_level::low;
        }
        if (const auto fact = learned_in(m); !fact.empty() && p != nullptr && is_received(m.at->before))
            if (const auto level = p->risk.levels.find(fact);
                level != p->risk.levels.end() && level->second > risk_level::low) {
                approvers.clear();  // nobody who approved before knew it
                learned_late = std::max(learned_late, level->second);
                contacts_changed = contacts_changed || fact == "contact_changed";
            }
        if (const auto* e = as<evidence_recorded>(m)) {
            const auto* otp =
                m.at->before.current && m.at->before.current->otp.last ? &*m.at->before.current->otp.last : nullptr;
            if (e->shown.kind == evidence_kind::otp_sms && e->shown.passed) {
                const bool of_owner =
                    !m.at->before.current->on_behalf || m.at->before.of_case<stages::closed>() != nullptr;
                if (otp == nullptr || (of_owner && otp->contact.text() != "line"))
                    return "a code sent elsewhere proves the line";
                if (otp->used || m.in->at >= otp->expires_at) return "a code counts twice or late";
            }
            (e->of_line ? of_line : of_case).push_back(e->shown);
            since_end.push_back(e->shown);
        }
        if (as<closure_submitted>(m) != nullptr && p != nullptr) {
            const auto& acts = m.at->before.current->on_behalf;
            asked = acts ? p->representation_of(acts->kind).evidence
                         : p->evidence_for(as<closure_submitted>(m)->assessed.level, m.in->through);
            if (!enough(asked, of_case)) return "a case was submitted on too little proof";
        }
        if (const auto* e = as<approval_given>(m)) {
            if (e->given.by.as != role::reviewer && e->given.by.as != role::admin) return "no reviewer decided";
            for (const auto& who : m.at->before.current->took_part)
                if (who.id == e->given.by.id) return "somebody decided about an application they took part in";
            approvers.push_back(e->given.by.id.text());
            in_person_decided = true;
        }
        if (as<closure_repudiated>(m) != nullptr || as<account_questioned>(m) != nullptr) approvers.clear();
        if (as<closure_approved>(m) != nullptr && p != nullptr) {
            const auto level = std::max(m.at->before.current->assessed.level, learned_late);
            const auto people = std::set<std::string>(approvers.begin(), approvers.end()).size();
            const bool by_policy = !in_person_decided && p->auto_approve && level <= p->auto_approve_max;
            const bool two = level >= p->four_eyes_from || contacts_changed || m.at->before.current->on_behalf ||
                             !m.at->before.of_case<submission>()->account_wanted.empty();
            if (!by_policy && people < (two ? 2U : 1U)) return "too few people decided";
        }
        if (const auto* e = as<line_ended>(m)) {
            since_end.clear();
            if (e->why == "closed" && !enough(asked, of_case)) return "a line was closed on too little proof";
        }
        if (const auto* e = as<device_found>(m)) {
            std::vector<evidence> fresh;
            for (const auto& one : of_line)
                if (one.at >= m.in->at - base::hours{1} - waited_for_second(*m.in)) fresh.push_back(one);
            if (e->unlocks && !e->replaced && p != nullptr && !enough(p->unlock_evidence, fresh))
                return "a line was unlocked on too little proof";
        }
        if (as<line_reinstated>(m) != nullptr && p != nullptr && !enough(p->reinstate_evidence, since_end))
            return "a number was given back on too little proof";
    }
    return unlocked_by_loss(t);
}

// ------------------------------------------------------------------------------------------------ 3

inline local_day counted_due(const term& length, const calendar& days, local_day start) {
    auto at = start;
    for (int left = length.n; left > 0;) {
        at = at + 1;
        const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{at.days}}};
        const int of_year =
            static_cast<int>(static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day()));
        const bool by_law = !days.covers(at) && std::ranges::count(days.yearly, of_year) > 0;
        const bool working = days.days.contains(at)
                                 ? days.days.at(at)
                                 : !by_law && std::ranges::count(days.weekend, base::weekday(at)) == 0;
        if (working || length.unit == day_unit::calendar_day) --left;
    }
    return at;
}

/// The clock starts at receipt and charges stop at receipt.
inline verdict broken_rule_3(const trace& t) {
    for (const auto& m : moments_of(t)) {
        if (const auto* e = as<closure_submitted>(m)) {
            const auto* p = policy_at(m);
            const auto& zone = m.in->rules->zones.of(p->zone);
            const auto due =
                counted_due(p->closing.review, *m.in->rules->calendars.find(p->calendar), zone.day_of(m.in->at));
            if (e->at != m.in->at) return "the clock did not start at receipt";
            if (e->due != due) return "the due date is not counted from the day of receipt";
            if (e->due_at != zone.start_of(due + 1)) return "the last day does not end at 24:00";
            const auto hours = e->cooling_off_until - e->at;
            if (hours < base::hours{p->closing.cooling_off_hours.of(e->assessed.level)})
                return "cooling-off does not run from the submission";
        }
        if (!is_received(m.at->before)) continue;
        if (const auto* e = as<money_booked>(m))
            if (e->what.kind == booking_kind::charge || e->what.kind == booking_kind::charge_on_credit ||
                e->what.kind == booking_kind::retention_fee)
                return "something was charged after receipt";
        if (const auto* e = as<line_status_changed>(m); e != nullptr && e->status != line_status::active)
            return "a line was cut off while it waited to be closed";
        if (const auto* e = as<line_ended>(m); e != nullptr && e->why != "closed")
            return "a line lapsed while it waited to be closed";
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 4

inline std::int64_t booked(const number_event& what, booking_kind kind, account where) {
    std::int64_t sum = 0;
    if (const auto* e = std::get_if<money_booked>(&what); e != nullptr && e->what.kind == kind)
        for (const auto& part : e->what.postings)
            if (part.where == where) sum += part.minor;
    return sum;
}

/// What was quoted is what is charged.
inline verdict broken_rule_4(const trace& t) {
    std::optional<quote> accepted;
    std::optional<quote> running;
    closing_fee when_quoted;
    std::vector<closing_fee> of_closed;  // the fee by which each case that closed was quoted
    for (const auto& m : moments_of(t)) {
        const auto* p = policy_at(m);
        if (as<closure_opened>(m) != nullptr) accepted = running = std::nullopt;
        if (const auto* e = as<quote_issued>(m)) {
            if (running && m.in->at < running->expires_at &&
                quoted(e->offer, quote_item_kind::closing_fee) > quoted(*running, quote_item_kind::closing_fee))
                return "the fee rose while a quote was running";
            running = e->offer;
            when_quoted = p->closing.fee;
        }
        if (as<quote_accepted>(m) != nullptr) {
            if (!running || m.in->at >= running->expires_at) return "an expired quote was accepted";
            accepted = running;
        }
        if (as<closure_submitted>(m) != nullptr) {
            if (!accepted || accepted != running) return "submitted without an accepted quote";
            if (m.in->at >= accepted->expires_at) return "submitted on an expired quote";
        }
        if (as<closure_closed>(m) != nullptr) of_closed.push_back(when_quoted);
    }
    std::size_t closed = 0;
    for (const auto& one : t) {
        const bool closes = first_of<closure_closed>(one) != nullptr;
        if (!closes) continue;
        const auto& c = *one.before.current;
        std::int64_t closing = 0;
        std::int64_t leaving = 0;
        std::int64_t debt = 0;
        for (const auto& h : one.happened) {
            closing -= booked(h.what, booking_kind::closing_fee, account::revenue);
            leaving -= booked(h.what, booking_kind::contract_fee, account::revenue);
            debt -= booked(h.what, booking_kind::debt_offset, account::debt);
        }
        const auto quoted_closing = quoted(*c.offer, quote_item_kind::closing_fee);
        const auto quoted_leaving =
            quoted(*c.offer, quote_item_kind::contract_fee) + quoted(*c.offer, quote_item_kind::detach_fee);
        if (closing > quoted_closing || leaving > quoted_leaving) return "more was charged than was quoted";
        const bool same_price = one.before.of_case<submission>()->terms.fee == of_closed[closed++];
        if (same_price && (closing != quoted_closing || leaving != quoted_leaving))
            return "not what was quoted is what was charged";
        if (debt != one.before.books.of(account::debt)) return "the debt was not settled as it was";
        if (one.after.books.of(account::debt) != 0) return "a closed line still owes";
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 5

/// The notice that a step calls for, or none.
struct notice_finder {
    const number_state& s;
    std::string operator()(const closure_submitted&) const { return "receipt"; }
    std::string operator()(const information_wanted&) const { return "information_wanted"; }
    std::string operator()(const information_given&) const { return "information_given"; }
    std::string operator()(const review_escalated&) const { return "escalated"; }
    std::string operator()(const closure_approved&) const { return "approved"; }
    std::string operator()(const closure_rejected&) const { return "rejected"; }
    std::string operator()(const closure_withdrawn&) const {
        return s.of_case<submission>() != nullptr ? "withdrawn" : "";
    }
    std::string operator()(const closure_expired&) const { return "expired"; }
    std::string operator()(const closure_repudiated&) const { return "repudiated"; }
    std::string operator()(const fraud_cleared&) const { return "fraud_cleared"; }
    std::string operator()(const unbinding_started&) const {
        const auto nowhere = [](const profile& p) { return p.state == profile_state::released || is_gone(p); };
        return std::ranges::all_of(s.profiles, nowhere) ? "" : "unbinding";
    }
    std::string operator()(const line_switched&) const { return "switched"; }
    std::string operator()(const switch_undone&) const { return "switch_undone"; }
    std::string operator()(const profile_stopped&) const { return "profile_stopped"; }
    std::string operator()(const profile_resumed&) const { return "profile_resumed"; }
    std::string operator()(const customer_unlock_announced&) const { return "customer_unlock_announced"; }
    std::string operator()(const account_questioned&) const { return "account_questioned"; }
    std::string operator()(const certificate_issued&) const { return "closed"; }
    std::string operator()(const check_asked&) const { return "check_asked"; }
    std::string operator()(const check_settled& e) const { return e.passed ? "check_passed" : "check_failed"; }
    std::string operator()(const dispute_opened&) const { return "dispute_received"; }
    std::string operator()(const dispute_withdrawn&) const { return "dispute_withdrawn"; }
    std::string operator()(const dispute_overdue&) const { return "dispute_late"; }
    std::string operator()(const dispute_refused&) const { return "dispute_refused"; }
    std::string operator()(const certificate_reissued&) const { return "certificate_corrected"; }
    std::string operator()(const line_reinstated&) const { return "reinstated"; }
    std::string operator()(const line_ended& e) const { return e.why == "closed" ? "" : "line_ended"; }
    std::string operator()(const device_lost&) const { return "device_locked"; }
    std::string operator()(const sim_changed&) const { return "sim_changed"; }
    std::string operator()(const notices_held& e) const { return e.kind; }
    std::string operator()(const notices_gathered& e) const { return e.count > 0 ? e.kind : ""; }
    std::string operator()(const due_moved& e) const { return e.due == e.was ? "" : "due_moved"; }
    template <typename Event>
    std::string operator()(const Event&) const {
        return "";
    }
};
inline std::string notice_of(const happening& h) { return std::visit(notice_finder{h.after}, h.what); }

inline bool holds_link(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text.find("://") != std::string::npos || text.find("www.") != std::string::npos;
}

/// Nobody is surprised.
inline verdict broken_rule_5(const trace& t) {
    // What begins a quiet time is told although it is one.
    const auto says_so = [](const moment& m) { return as<notices_held>(m) != nullptr; };
    int told_days = 30;  // of the policy in force when contact points were replaced
    for (const auto& m : moments_of(t)) {
        if (as<contacts_taken>(m) != nullptr) told_days = policy_at(m)->previous_contact_days;
        std::multiset<std::pair<std::string, std::string>> told;
        for (const auto& e : m.at->effects)
            if (const auto* notice = std::get_if<send_notice>(&e)) {
                told.emplace(notice->kind, notice->contact.text());
                for (const auto& [name, value] : notice->params)
                    if (holds_link(value) ||
                        ((name == "what" || name == "reason") && !unfit_for_message(value).empty()))
                        return "a message holds a link";
            }
        const auto kind = notice_of(*m.at);
        if (kind.empty() || (!says_so(m) && is_held(m.at->after.repeats, kind, m.in->at)))
            continue;  // gathered: see notices_held
        for (const auto& c : m.at->after.contacts) {
            const bool concerns = c.verified && (!c.replaced_at || m.in->at < *c.replaced_at + base::days{told_days});
            if (told.count({kind, c.id.text()}) != (concerns ? 1U : 0U))
                return "at `" + kind + "` not every contact point was told once";
        }
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 6

/// Nothing is lost: the events are the whole truth, money adds up, a refund is paid once, and what is stored is what
/// was.
inline verdict broken_rule_6(const trace& t) {
    number_state folded = t.empty() ? number_state{} : t.front().before;
    std::map<std::string, refund_state> refunds;
    std::string of_this_case;
    for (const auto& one : t) {
        if (one.before != folded) return "something changed without an event";
        for (const auto& h : one.happened) {
            number::evolve(folded, h.what);
            if (folded != h.after) return "the same events fold to another state";
            if (auto why = unsound(folded)) return why;
            if (number::react(folded, h.what) != h.effects) return "the same event calls for other effects";
            std::int64_t sum = 0;
            for (const auto& [name, minor] : folded.books.balances) sum += minor;
            if (sum != 0) return "the ledger does not add up to zero";
            if (folded.books.of(account::prepaid) > 0) return "more was taken than the customer had";
            if (const auto* e = std::get_if<refund_ordered>(&h.what)) {
                if (refunds.contains(e->id)) return "a refund was ordered twice";
                if (!of_this_case.empty() && refunds[of_this_case] != refund_state::returned)
                    return "a refund was ordered again before the bank returned it";
                refunds[e->id] = refund_state::ordered;
                of_this_case = e->id;
            }
            if (std::holds_alternative<closure_opened>(h.what)) of_this_case.clear();
            if (const auto* e = std::get_if<refund_state_changed>(&h.what)) refunds[e->id] = e->state;
        }
        if (folded != one.after) return "an event is missing";
        const context again{.now = one.at,
                            .rules = one.rules.get(),
                            .by = one.by,
                            .through = one.through,
                            .draw = one.draw,
                            .reserved = one.reserved};
        const auto done = number::decide(one.before, one.what, again);
        if (done.has_value() == one.refusal.has_value()) return "the same command is decided otherwise";
        if (done) {
            const auto& events = done->events;
            if (events.size() != one.happened.size()) return "the same command is decided otherwise";
            for (std::size_t i = 0; i < events.size(); ++i)
                if (events[i] != one.happened[i].what) return "the same command is decided otherwise";
            if (auto why = not_as_folded<number>(one.before, *done); !why.empty()) return why;
            const auto stored = base::to_json(events);
            const auto read = base::from_json<std::vector<number_event>>(stored);
            if (!read || *read != events || base::to_json(*read) != stored) return "events change when they are stored";
        }
        const auto snapshot = base::to_json(one.after);
        const auto read = base::from_json<number_state>(snapshot);
        if (!read || *read != one.after || base::to_json(*read) != snapshot)
            return "a snapshot changes when it is stored";
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 7

/// A number is never given to two people, nor to anyone while a hold runs.
inline verdict broken_rule_7(const trace& t) {
    bool held = false;
    bool told = false;
    instant longest;
    for (const auto& m : moments_of(t)) {
        if (const auto* e = as<line_ended>(m)) {
            const auto* p = policy_at(m);
            const auto& terms = e->why == "closed" ? m.at->before.of_case<submission>()->terms : p->closing;
            const auto& zone = m.in->rules->zones.of(p->zone);
            const auto after = [&](int days) { return zone.start_of(zone.day_of(m.in->at) + days + 1); };
            if (e->held.quarantine_until < after(terms.quarantine_days) ||
                e->held.reclaim_until < after(terms.reclaim_days) ||
                e->held.port_right_until < after(terms.port_right_days) ||
                e->held.no_reassign_until < after(terms.no_reassign_days))
                return "a hold is shorter than the terms say";
            longest = after(
                std::max({terms.quarantine_days, terms.reclaim_days, terms.port_right_days, terms.no_reassign_days}));
            held = true;
            told = false;
        }
        if (as<partners_told>(m) != nullptr) told = true;
        if (as<line_reinstated>(m) != nullptr) {
            if (m.at->before.subscription->subscriber != m.at->after.subscription->subscriber)
                return "a number was taken back by somebody else";
            held = false;
        }
        if (as<number_released>(m) != nullptr) {
            if (m.in->at < longest) return "a number was released before its longest hold";
            if (!told) return "a number was released before partners were told";
            held = false;
        }
        if (const auto* e = as<line_ordered>(m)) {
            if (held) return "a number was given out while a hold ran";
            if (has_live_line(m.at->before)) return "a number was given to a second person";
            if (e->generation != m.at->before.generations + 1) return "owners are not counted";
        }
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 8

/// What of these terms is worse for the customer than those, if anything.
inline verdict worse_than(const closure_terms& now, const closure_terms& then) {
    const auto longer = [](const term& a, const term& b) { return a.n > b.n; };
    if (longer(now.review, then.review)) return "review";
    if (longer(now.refund_within, then.refund_within)) return "refund_within";
    for (auto level : {risk_level::low, risk_level::medium, risk_level::high})
        if (now.cooling_off_hours.of(level) > then.cooling_off_hours.of(level)) return "cooling_off_hours";
    if (now.pause_max_days > then.pause_max_days) return "pause_max_days";
    if (then.fee.kind == fee_kind::none && now.fee.kind != fee_kind::none && !now.fee.amount.is_zero()) return "fee";
    if (now.fee.kind == then.fee.kind &&
        (now.fee.amount.minor > then.fee.amount.minor || now.fee.percent > then.fee.percent))
        return "fee";
    if (then.refund_unused_prepaid && !now.refund_unused_prepaid) return "refund_unused_prepaid";
    if (then.refund_bonus && !now.refund_bonus) return "refund_bonus";
    if (now.refund_min_minor > then.refund_min_minor) return "refund_min_minor";
    if (now.device_write_off_days > then.device_write_off_days) return "device_write_off_days";
    if (now.quarantine_days < then.quarantine_days) return "quarantine_days";
    if (now.reclaim_days < then.reclaim_days) return "reclaim_days";
    if (now.port_right_days < then.port_right_days) return "port_right_days";
    if (now.no_reassign_days < then.no_reassign_days) return "no_reassign_days";
    return {};
}

/// The policy at submission governs, or the kinder one.
inline verdict broken_rule_8(const trace& t) {
    std::optional<closure_terms> pinned;
    for (const auto& m : moments_of(t)) {
        if (as<closure_opened>(m) != nullptr) pinned.reset();
        if (const auto* e = as<closure_submitted>(m)) {
            pinned = e->terms;
            if (e->terms != policy_at(m)->closing) return "the terms of the submission are not those of its policy";
        }
        const auto* sent = m.at->after.of_case<submission>();
        if (!pinned || sent == nullptr) continue;
        if (const auto worse = worse_than(sent->terms, *pinned)) return "the terms became worse: " + *worse;
        if (const auto* e = as<unbinding_started>(m);
            e != nullptr && m.in->at < m.at->before.of_case<submission>()->cooling_off_until)
            return "cooling-off was cut short";
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ 9

/// Another person, who may decide, signed what this step did.
inline bool was_countersigned(const step& in) {
    const auto* sign = std::get_if<countersign>(&in.what);
    const auto* asked = sign == nullptr ? nullptr : in.before.asked.find(sign->serial);
    return asked != nullptr && is_decider(in.by) && !same_person(asked->by, in.by);
}

/// Who asked for what this step did, be it signed in another step.
inline actor asked_by(const step& in) {
    const auto* sign = std::get_if<countersign>(&in.what);
    const auto* asked = sign == nullptr ? nullptr : in.before.asked.find(sign->serial);
    return asked == nullptr ? in.by : asked->by;
}

/// On whose word proof rests, read from the commands alone and not from what the rules noted: whoever attested it, or
/// had the codes made of which it is one. Nobody's are a code that reached the line, codes that came with the line, and
/// those that the owner made so long ago that everybody was told in time.
class words_said {
 public:
    void hear(const moment& m) {
        if (as<line_ordered>(m) != nullptr) made_.clear();  // another owner's codes, whatever they are called
        if (const auto* e = as<recovery_codes_set>(m)) made_.push_back({e->digests, asked_by(*m.in), m.in->at});
    }
    std::optional<actor> of(const moment& m, const evidence& shown) const {
        if (shown.kind == evidence_kind::otp_sms || shown.kind == evidence_kind::otp_email) return {};
        if (shown.kind != evidence_kind::recovery_code) return asked_by(*m.in);
        const auto has = [&](const codes& one) {
            return std::ranges::find(one.digests, shown.digest) != one.digests.end();
        };
        const auto found = std::ranges::find_if(made_.rbegin(), made_.rend(), has);
        if (found == made_.rend()) return {};
        const auto* p = policy_at(m);
        const base::duration rest = base::days{p == nullptr ? 0 : p->recovery_code_rest_days};
        if (found->by.as == role::subscriber && m.in->at >= found->at + rest) return {};
        return found->by;
    }
    /// Without anybody else: staff and a session of the owner's are one hand too few, and so are two of the staff of
    /// whom nobody decides. What a verification system says is for its owner.
    static bool stands(const std::optional<actor>& word, const actor& asks) {
        return !word || (word->as == role::system && asks.as == role::subscriber);
    }
    /// What a step recorded that stands without a signature.
    std::vector<evidence> standing_in(const moment& m) const {
        std::vector<evidence> out;
        for (const auto& h : m.in->happened)
            if (const auto* e = std::get_if<evidence_recorded>(&h.what);
                e != nullptr && stands(of(m, e->shown), asked_by(*m.in)))
                out.push_back(e->shown);
        return out;
    }

 private:
    struct codes {
        std::vector<std::string> digests;
        actor by;
        instant at;
    };
    std::vector<codes> made_;
};

/// No money leaves to an account that the owner did not name at submission without two people, or the owner's proof.
inline verdict broken_rule_9_money(const trace& t) {
    words_said words;
    std::string named;
    std::string later;
    std::vector<actor> agreed;  // to the later one
    std::string proved;         // and waits for its time
    for (const auto& m : moments_of(t)) {
        words.hear(m);
        if (const auto* e = as<closure_submitted>(m)) {
            named = e->account;
            later.clear();
            const auto& acts = m.at->before.current->on_behalf;
            if (!acts || acts->refund == refund_payee::principal) {
                if (named != m.at->before.subscription->refund_account) return "the account is not the one on file";
            } else if (std::ranges::none_of(m.at->before.representatives, [&](const representative& one) {
                           return one.serial == acts->serial && one.refund_account == named;
                       })) {
                return "the account is not the representative's";
            }
        }
        if (const auto* e = as<account_questioned>(m)) {
            later = e->account;
            agreed.clear();
        }
        if (const auto* e = as<approval_given>(m))
            if (std::ranges::none_of(agreed, [&](const actor& one) { return same_person(one, e->given.by); }))
                agreed.push_back(e->given.by);
        const auto stood_for = [&] {
            const auto standing = words.standing_in(m);
            const bool owners_proof = std::ranges::any_of(standing, [](const evidence& one) { return one.passed; });
            return was_countersigned(*m.in) || owners_proof;
        };
        if (const auto* taken = as<contacts_taken>(m); taken != nullptr && taken->account_changed) proved.clear();
        if (const auto* held = as<payout_held>(m)) {
            if (!stood_for()) return "money waits for an account that nobody stood for";
            proved = held->account;
        }
        if (as<money_return_ordered>(m) != nullptr) {
            const bool ticked = std::holds_alternative<tick>(m.in->what);  // two people had signed before
            if (!ticked && !was_countersigned(*m.in)) return "money without a line left on one person's word";
        }
        if (const auto* chosen = as<payout_chosen>(m); chosen != nullptr && chosen->how == payout::waive) {
            const bool owners = chosen->by.as == role::subscriber;
            if (!owners && !was_countersigned(*m.in)) return "a refund was given up on one person's word";
        }
        const auto* e = as<refund_ordered>(m);
        if (e == nullptr) continue;
        for (const auto& effect : m.at->effects)
            if (const auto* pay = std::get_if<pay_refund>(&effect); pay != nullptr && pay->account != e->account)
                return "another account is paid than the refund was ordered for";
        if (e->account == named) continue;
        if (e->account == later && agreed.size() >= 2) continue;
        if (!proved.empty() && e->account == proved) continue;
        if (!stood_for()) return "money left to an account that nobody stood for";
    }
    return {};
}

/// Nobody's hand, and no system, brings money after the submission that is paid with the refund, unless it is as little
/// as policy never looks at, two have signed it, or people were shown it before they decided.
inline verdict broken_rule_9_late(const trace& t) {
    std::int64_t seen = 0;  // what there was when somebody looked, and what two signed
    std::int64_t by_hand = 0;
    std::int64_t by_system = 0;
    const auto on_line = [](const number_state& s) { return s.books.customer_money() - s.books.of(account::bonus); };
    for (const auto& m : moments_of(t)) {
        if (as<closure_submitted>(m) != nullptr || as<account_questioned>(m) != nullptr ||
            as<fraud_cleared>(m) != nullptr) {
            seen = on_line(m.at->after);
            by_hand = by_system = 0;
        }
        const auto* in = std::get_if<add_money>(&m.in->what);
        if (as<money_booked>(m) != nullptr && is_received(m.at->before)) {
            const bool two = was_countersigned(*m.in);
            if (two && in == nullptr) seen += std::max<std::int64_t>(0, on_line(m.at->after) - on_line(m.at->before));
            if (in != nullptr) (m.in->by.as == role::system ? by_system : by_hand) += in->amount.minor;
        }
        const auto* paid = as<refund_ordered>(m);
        const auto* p = policy_at(m);
        const bool first = paid != nullptr && first_of<closure_closed>(*m.in) != nullptr;
        if (!first || p == nullptr) continue;
        const auto unseen = [](std::int64_t sum, std::int64_t most) { return most > 0 && sum >= most ? 0 : sum; };
        if (paid->amount.minor >
            seen + unseen(by_hand, p->risk.money_by_hand_minor) + unseen(by_system, p->risk.money_by_system_minor))
            return "money that came after the submission was paid and nobody had looked at it";
    }
    return {};
}

/// Nobody closes a line for another who may not, or before everybody on file could object; what is left goes to whoever
/// the policy says, and the owner's word stops it.
/// The owner's own lock keeps the number where it is, whoever asks and however many sign.
inline verdict broken_own_lock(const trace& t) {
    for (const auto& m : moments_of(t)) {
        const auto& was = m.at->before;
        if (!was.subscription || !was.subscription->customer_lock) continue;
        if (const auto* e = as<port_out_set>(m); e != nullptr && e->since)
            return "a number was said to move to another operator while its owner's lock was on";
        const auto* added = as<profile_added>(m);
        const auto* wanted = as<profile_wanted>(m);
        if ((added != nullptr && added->further) || (wanted != nullptr && wanted->further))
            return "a line got a further device while its owner's lock was on";
        if (as<profile_coming>(m) != nullptr || as<profile_handed_over>(m) != nullptr)
            return "a profile moved between lines while their owner's lock was on";
        const auto* resumed = as<profile_resumed>(m);
        const auto known =
            resumed == nullptr ? was.profiles.end() : std::ranges::find(was.profiles, resumed->iccid, &profile::iccid);
        if (known != was.profiles.end() && known->further)
            return "a further device was let serve again while the owner's lock was on";
    }
    return {};
}

inline verdict broken_rule_9_for_others(const trace& t) {
    for (const auto& m : moments_of(t)) {
        const auto& before = m.at->before;
        if (const auto* e = as<closure_opened>(m)) {
            const bool dead = e->reason == closing_reason::deceased;
            if (!e->on_behalf && dead) return "a line was to be closed as the dead's, and nobody is the heir";
            if (!e->on_behalf) continue;
            const auto who = std::ranges::find(before.representatives, e->on_behalf->serial, &representative::serial);
            if (who == before.representatives.end() || who->state != representation_state::standing)
                return "somebody applied for the owner who does not act for them";
            if (m.in->at < who->in_force_at || (who->until && m.in->at >= *who->until))
                return "somebody applied for the owner before it was in force, or after";
            if (dead != (who->kind == representative_kind::heir)) return "an heir applied for the living";
        }
        if (as<closure_approved>(m) != nullptr || as<closure_submitted>(m) != nullptr) {
            const auto& acts = before.current->on_behalf;
            if (acts && std::ranges::any_of(before.representatives, [&](const representative& one) {
                    return one.serial == acts->serial &&
                           (one.state == representation_state::stopped || one.state == representation_state::ended);
                }))
                return "a case went on that its owner's word had stopped";
        }
        if (as<refund_ordered>(m) == nullptr || !before.current || !before.current->on_behalf) continue;
        for (const auto& effect : m.at->effects)
            if (const auto* pay = std::get_if<pay_refund>(&effect);
                pay != nullptr && before.current->on_behalf->refund == refund_payee::principal &&
                pay->subscriber != before.subscription->subscriber)
                return "money of the owner's went to whoever acts for them";
    }
    return {};
}

/// Somebody's asking brings a profile to a line that somebody has: it is used, or a profile came to it before.
inline bool gives_further_profile(const moment& m) {
    const auto& was = m.at->before;
    const bool had = was.subscription && (was.subscription->status != line_status::ordered ||
                                          was.subscription->owner_since || !was.profiles.empty());
    const bool asked_for = std::holds_alternative<want_profile>(m.in->what) ||
                           std::holds_alternative<add_profile>(m.in->what) ||
                           std::holds_alternative<countersign>(m.in->what);
    return had && asked_for && (as<profile_wanted>(m) != nullptr || as<profile_added>(m) != nullptr);
}

/// What nobody countersigned and yet happened on one person's word. `saved`: the proof that stands for who asked;
/// `p`: the line's rules, null before it has any.
inline verdict taken_on_one_word(const moment& m, const policy* p, const std::vector<evidence>& saved) {
    const bool ticked = std::holds_alternative<tick>(m.in->what);
    if (const auto* e = as<device_found>(m);
        e != nullptr && e->unlocks && !e->replaced && !enough(p->unlock_evidence, saved))
        return "a line was unlocked on one person's word";
    if (as<switch_undone>(m) != nullptr && !enough(p->switch_evidence, saved))
        return "the number was moved back on one person's word";
    if (const auto* e = as<customer_lock_set>(m);
        e != nullptr && !e->locked && !ticked && !enough(p->customer_unlock_evidence, saved))
        return "the customer's lock came off on one person's word";
    if (gives_further_profile(m) &&
        !enough(m.at->before.subscription->locked_since ? p->unlock_evidence : p->switch_evidence, saved))
        return "a profile that can take the number was given on one person's word";
    if (as<profile_resumed>(m) != nullptr &&
        !enough(m.at->before.subscription->locked_since ? p->unlock_evidence : p->switch_evidence, saved))
        return "a stopped profile was let serve again on one person's word";
    if (as<profile_handed_over>(m) != nullptr) return "another line's profile was taken on one person's word";
    if (const auto* e = as<legal_hold_set>(m); e != nullptr && !m.at->before.subscription->legal_hold.empty())
        return "a legal hold was lifted or renamed by one person";
    if (const auto* e = as<port_out_set>(m);
        e != nullptr && !e->since &&
        !(m.in->by == m.at->before.subscription->port_out_by && m.in->by.as == role::system))
        return "a port-out was said to be over by one person";
    if (const auto* e = as<profile_written_off>(m);
        e != nullptr && (e->shown.kind == proof_kind::staff || e->shown.kind == proof_kind::report))
        return "a device was written off on one person's word";
    if (const auto* e = as<profile_reported>(m); e != nullptr && e->state == profile_state::deleted &&
                                                 e->shown.kind != proof_kind::signed_notification &&
                                                 !std::holds_alternative<hear_esim>(m.in->what))
        return "an unsigned word counted as a deletion";
    return {};
}

/// No proof is attested or made and used by one person, nor by two of whom nobody decides.
inline verdict broken_rule_9_proof(const trace& t) {
    struct said {
        evidence shown;
        std::optional<actor> word_of;  // read from the commands, not from what the rules noted
    };
    words_said words;
    verdict made_alone;
    std::vector<said> of_case;
    std::vector<said> since_end;
    std::vector<actor> applied;
    std::set<std::string> approved;
    evidence_sets asked;
    const auto beyond = [](const std::vector<said>& all, const std::vector<actor>& who) {
        std::vector<evidence> out;
        for (const auto& one : all)
            if (!one.word_of || std::ranges::none_of(who, [&](const actor& a) { return same_person(a, *one.word_of); }))
                out.push_back(one.shown);
        return out;
    };
    for (const auto& m : moments_of(t)) {
        const auto* p = policy_at(m);
        words.hear(m);
        if (const auto* e = as<closure_opened>(m)) {
            of_case.clear();
            approved.clear();
            applied = {e->by};
        }
        if (as<quote_accepted>(m) != nullptr) applied.push_back(m.in->by);
        if (const auto* e = as<evidence_recorded>(m)) {
            const said one{e->shown, words.of(m, e->shown)};
            if (!e->of_line) of_case.push_back(one);
            since_end.push_back(one);
        }
        if (as<closure_submitted>(m) != nullptr && p != nullptr) {
            applied.push_back(m.in->by);
            approved.clear();
            asked = p->evidence_for(as<closure_submitted>(m)->assessed.level, m.in->through);
        }
        if (const auto* e = as<approval_given>(m)) approved.insert(e->given.by.id.text());
        if (as<closure_approved>(m) != nullptr && approved.empty() && !enough(asked, beyond(of_case, applied)))
            return "a case was approved by nobody, on the word of who applied";
        if (as<line_ended>(m) != nullptr) since_end.clear();
        if (was_countersigned(*m.in)) continue;
        const auto saved = words.standing_in(m);
        if (as<recovery_codes_set>(m) != nullptr && m.in->by.as != role::subscriber && m.in->by.as != role::system)
            made_alone = "one of the staff made codes that prove for the owner";  // their use would be worse
        if (auto taken = taken_on_one_word(m, p, saved)) return taken;
        if (as<line_reinstated>(m) != nullptr) {
            std::vector<evidence> standing;
            for (const auto& one : since_end)
                if (words_said::stands(one.word_of, m.in->by)) standing.push_back(one.shown);
            if (!enough(p->reinstate_evidence, standing)) return "a number was given back on one person's word";
        }
    }
    return made_alone;
}

// ------------------------------------------------------------------------------------------------ disputes

/// A certificate is wrong, its owner says: nobody who decided about the case answers, two correct it, everybody hears,
/// and until then the number is nobody else's.
inline verdict broken_dispute(const trace& t) {
    std::vector<actor> deciders;
    std::set<int> open;
    std::string certificate;
    std::vector<std::pair<std::pair<certificate_part, std::string>, actor>> answered;
    for (const auto& m : moments_of(t)) {
        if (as<closure_opened>(m) != nullptr) {
            deciders.clear();
            answered.clear();
        }
        if (const auto* e = as<approval_given>(m)) deciders.push_back(e->given.by);
        if (const auto* e = as<fraud_cleared>(m)) deciders.push_back(e->by);
        if (const auto* e = as<certificate_issued>(m)) certificate = e->jws;
        if (const auto* e = as<dispute_opened>(m)) {
            if (!open.insert(e->what.serial).second) return "two disputes have one number";
            if (e->what.by.as != role::subscriber) deciders.push_back(e->what.by);
        }
        const auto had_part = [&](const actor& who) {
            return std::ranges::any_of(deciders, [&](const actor& one) { return same_person(one, who); });
        };
        if (const auto* e = as<dispute_withdrawn>(m)) {
            if (e->by.as != role::subscriber) return "somebody else took the owner's dispute back";
            open.erase(e->serial);
        }
        if (const auto* e = as<dispute_refused>(m)) {
            if (had_part(e->by)) return "a dispute was refused by somebody who had a part in the case";
            const auto* about = find_dispute(m.at->before, e->serial);
            for (const auto& [line, who] : answered)
                if (about != nullptr && line == std::pair(about->part, about->item) && same_person(who, e->by))
                    return "somebody answered about their own answer";
            if (about != nullptr) answered.emplace_back(std::pair(about->part, about->item), e->by);
            open.erase(e->serial);
        }
        if (const auto* e = as<certificate_corrected>(m)) {
            if (!was_countersigned(*m.in)) return "a certificate was corrected by one person";
            if (had_part(e->by) || had_part(m.in->by))
                return "a certificate was corrected by whoever had a part in the case";
        }
        if (const auto* e = as<certificate_reissued>(m)) {
            if (!open.contains(e->serial)) return "a certificate was issued anew that nobody disputed";
            if (e->replaces != certificate_print(certificate))
                return "a certificate takes the place of another than the last";
            if (e->jws.empty() || e->jws == certificate) return "a certificate was issued anew with the same words";
            certificate = e->jws;
            open.erase(e->serial);
        }
        if (as<number_released>(m) != nullptr && !open.empty())
            return "a number was given away whose certificate is disputed";
        if (as<number_released>(m) != nullptr || as<line_ordered>(m) != nullptr) open.clear();
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ checks

/// Whoever applied says nothing of their own proof, and nobody fails two of a case; what passed is evidence of the same
/// moment and person; a call back goes to a phone that everybody has been told of.
inline verdict broken_check(const trace& t) {
    std::vector<actor> applied;
    std::vector<actor> failed;
    std::map<int, identity_check> open;
    for (const auto& m : moments_of(t)) {
        if (const auto* e = as<closure_opened>(m)) {
            applied = {e->by};
            failed.clear();
            open.clear();
        }
        if (as<quote_accepted>(m) != nullptr || as<closure_submitted>(m) != nullptr) applied.push_back(m.in->by);
        if (const auto* e = as<check_asked>(m)) {
            applied.push_back(e->what.by);
            for (const auto& [serial, one] : open)
                if (one.kind == e->what.kind) return "two checks of one kind are open";
            if (!open.emplace(e->what.serial, e->what).second) return "two checks have one number";
            const auto& contacts = m.at->before.contacts;
            const auto phone = std::ranges::find(contacts, e->what.contact, &contact_ref::id);
            const auto* p = policy_at(m);
            if (e->what.kind == evidence_kind::callback && phone != contacts.end() && p != nullptr &&
                m.in->at < phone->since + base::days{p->contact_change_lock_days})
                return "a call goes to a phone that was named a short time ago";
        }
        if (const auto* e = as<check_withdrawn>(m)) open.erase(e->serial);
        if (const auto* e = as<check_settled>(m)) {
            const auto about = open.find(e->serial);
            if (about == open.end()) return "a check was settled that nobody waits for";
            for (const auto& one : applied)
                if (same_person(one, e->by)) return "somebody settled a check of their own application";
            const auto is_its_proof = [&](const happening& h) {
                const auto* shown = std::get_if<evidence_recorded>(&h.what);
                return shown != nullptr && shown->shown.kind == about->second.kind && shown->shown.by == e->by &&
                       shown->shown.passed == e->passed;
            };
            if (std::ranges::none_of(m.in->happened, is_its_proof)) return "a check was settled without its evidence";
            const bool by_machine = is_by_machine(about->second) && m.in->at <= about->second.at + call_back_within;
            const bool judged = !e->passed && !by_machine;
            for (const auto& one : failed)
                if (judged && same_person(one, e->by)) return "one person failed two checks of a case";
            if (judged) failed.push_back(e->by);
            open.erase(about);
        }
        const auto& after = m.at->after.current;
        if (!after || (at(*after) != stage::opened && at(*after) != stage::in_review)) open.clear();
    }
    return {};
}

}  // namespace keepline::domain::testing
