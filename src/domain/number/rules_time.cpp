// What happens because time passed, and what the messengers report. `next_due` names the instant, `tick` does what is
// due.
#include "domain/number/draft.hpp"
#include "domain/number/keepalive.hpp"

#include <algorithm>

namespace keepline::domain::rules {

namespace {

constexpr std::size_t notices_max = 64;
constexpr std::size_t receipt_max = 200;

/// The bar does not wait for ever for the last SMS, and nobody waits unheard for the bar.
void tick_bar(draft& d) {
    const auto* settling = d.state().of_case<stages::settling>();
    if (settling == nullptr) return;
    if (settling->bar_at && d.now.now >= *settling->bar_at) d.emit(last_word_over{d.now.now, false});
    if (settling->late_at && d.now.now >= *settling->late_at) d.emit(closing_delayed{d.now.now});
}

void tick_review(draft& d, const stages::in_review& c) {
    const auto now = d.now.now;
    if (c.waits) {
        if (now >= c.waits->since + base::days{c.terms.pause_max_days}) leave_case(d, closure_expired{now});
    } else if (now >= c.due_at && !c.escalated) {
        d.emit(review_escalated{now});
    }
}

void tick_closure(draft& d) {
    if (!d.state().current) return;
    const auto now = d.now.now;
    const auto& stands = d.state().current->stands;
    if (std::holds_alternative<stages::opened>(stands)) {
        if (now >= d.state().current->expires_at) d.emit(closure_expired{now});
    } else if (const auto* review = std::get_if<stages::in_review>(&stands)) {
        tick_review(d, *review);
    } else if (const auto* unbinding = std::get_if<stages::unbinding>(&stands);
               unbinding != nullptr && now >= unbinding->write_off_at) {
        const auto profiles = d.state().profiles;
        for (const auto& one : profiles)
            if (!is_unbound(one))
                d.emit(
                    profile_written_off{one.iccid, {proof_kind::deadline, {}, now}, "no word from the device in time"});
    }
    tick_bar(d);
    advance(d);
}

/// Nobody minded in time.
void tick_customer_lock(draft& d) {
    if (!d.state().subscription || !d.state().subscription->customer_unlock_at) return;
    if (d.now.now < *d.state().subscription->customer_unlock_at) return;
    d.emit(customer_lock_set{false, d.now.now});
    advance(d);
}

void tick_requests(draft& d) {
    for (auto& one : lapsed(d.state().asked, d.now.now)) d.emit(std::move(one));
}

void tick_holds(draft& d) {
    if (!d.state().held) return;
    if (!d.state().held->partners_told_at && d.now.now >= d.state().held->announce_at) d.emit(partners_told{d.now.now});
    if (d.now.now < d.state().held->last() || awaits_certificate(d.state()) || is_kept(d.state()) ||
        is_disputed(d.state()))
        return;
    keep_unpaid(d);
    d.emit(number_released{d.now.now, true});
}

/// Since when the keep-alive clock of this case stands still.
std::optional<instant> resting_since(const number_state& s) {
    if (!keepalive_rests(s)) return std::nullopt;
    const auto* sent = s.of_case<submission>();
    return sent != nullptr ? std::optional(sent->submitted_at) : s.current->held_since;
}

/// As much validity is left as when the clock stopped.
void resume_keepalive(draft& d, instant rested_since) {
    if (d.p == nullptr || !d.state().subscription || !d.state().subscription->keepalive_at) return;
    const auto& rules = d.p->keepalive;
    const auto until = later_by(d.zone(), d.state().subscription->valid_until, d.now.now - rested_since);
    const int passed = reminders_passed(rules, until, d.now.now);
    d.emit(validity_extended{until, passed,
                             keepalive_next(rules, d.state().subscription->status, until, passed, d.zone())});
}

/// Nothing was due after all: the policy has changed since the next instant was set, or is not loaded today.
void plan_again(draft& d) {
    const auto& line = *d.state().subscription;
    const auto tomorrow = d.now.now + base::days{1};
    if (d.p == nullptr) return d.emit(validity_extended{line.valid_until, line.reminders_sent, tomorrow});
    const int passed = reminders_passed(d.p->keepalive, line.valid_until, d.now.now);
    const auto next = keepalive_next(d.p->keepalive, line.status, line.valid_until, passed, d.zone());
    d.emit(validity_extended{line.valid_until, passed, next && next <= d.now.now ? tomorrow : next});
}

void remind(draft& d) {
    const auto& line = *d.state().subscription;
    const auto& rules = d.p->keepalive;
    const int passed = reminders_passed(rules, line.valid_until, d.now.now);
    if (passed <= line.reminders_sent) return;
    const auto day = d.last_day(line.valid_until);
    const auto price = can_retain(d) ? rules.retention_fee : std::nullopt;  // no message promises what is then refused
    d.emit(validity_reminded{passed, keepalive_next(rules, line.status, line.valid_until, passed, d.zone()), day,
                             d.now.now, day - d.today(), is_last_reminder(rules, passed), price});
}

bool retain(draft& d) {
    if (!can_retain(d)) return false;
    keep_by_fee(d);
    return true;
}

void change_status(draft& d, line_status to) {
    const auto next = keepalive_next(d.p->keepalive, to, d.state().subscription->valid_until, 0, d.zone());
    d.emit(line_status_changed{to, d.now.now, next, d.last_day(next)});
}

void keep_alive(draft& d) {
    if (d.p == nullptr) return;
    const auto& rules = d.p->keepalive;
    const auto now = d.now.now;
    const auto valid = d.state().subscription->valid_until;
    if (d.state().subscription->status == line_status::active) {
        if (now < valid) return remind(d);
        if (retain(d)) return;
        change_status(d, line_status::grace);
    }
    if (d.state().subscription->status == line_status::grace && now >= days_later(d.zone(), valid, rules.grace_days))
        change_status(d, line_status::suspended);
    if (d.state().subscription->status == line_status::suspended &&
        now >= days_later(d.zone(), valid, rules.grace_days + rules.suspend_days)) {
        if (ending_waits(d.state())) return;
        if (d.state().has_open_closure()) d.emit(closure_expired{now});
        end_line(d, d.p->closing, false, "lapsed");
    }
}

void tick_keepalive(draft& d) {
    if (!d.state().subscription || keepalive_rests(d.state()) || lapse_waits(d.state())) return;
    const auto due = d.state().subscription->keepalive_at;
    if (!due || d.now.now < due) return;
    keep_alive(d);
    const auto next = d.state().subscription->keepalive_at;
    if (next && next <= d.now.now && !lapse_waits(d.state())) plan_again(d);
}

}  // namespace

bool can_retain(const draft& d) {
    const auto& rules = d.p->keepalive;
    return rules.retention_fee && rules.retention_extends_days > 0 &&
           rules.retention_fee->currency == d.state().books.currency &&
           d.state().books.customer_money() >= rules.retention_fee->minor;
}

void keep_by_fee(draft& d) {
    const auto& rules = d.p->keepalive;
    d.emit(money_booked{
        transfer(booking_kind::retention_fee, account::revenue, account::prepaid, rules.retention_fee->minor),
        "retention fee", d.now.now});
    // The tick comes a moment after the end, which may be a day later by the calendar: it is no day more for that.
    const auto ended = d.state().subscription->valid_until;
    const auto from = d.now.now < ended + base::days{1} && d.state().subscription->status == line_status::active
                          ? ended
                          : std::max(d.now.now, ended);
    const auto until = d.end_after(from, rules.retention_extends_days);
    const int passed = reminders_passed(rules, until, d.now.now);
    d.emit(validity_extended{until, passed, keepalive_next(rules, line_status::active, until, passed, d.zone())});
}

void leave_case(draft& d, number_event how) {
    const auto since = resting_since(d.state());
    d.emit(std::move(how));
    if (since && !keepalive_rests(d.state())) resume_keepalive(d, *since);
}

result<void> decide(draft& d, const tick&) {
    tick_requests(d);
    tick_offers(d);
    tick_customer_lock(d);
    tick_notices(d);
    tick_closure(d);
    tick_payouts(d);
    tick_payers(d);
    tick_disputes(d);
    tick_holds(d);
    tick_keepalive(d);
    return {};
}

result<void> decide(draft& d, const notice_sent& n) {
    const auto* settling = d.state().of_case<stages::settling>();
    if (settling != nullptr && settling->bar_at && n.kind == "closing_now" && n.contact == label::trusted("line"))
        d.emit(last_word_over{d.now.now, true});
    if (!d.state().subscription || n.receipt.size() > receipt_max) return {};
    const notice_record record{n.kind, n.contact, n.by, d.now.now, {}, n.receipt};
    const auto* of_case = d.state().current ? &d.state().current->notices : nullptr;
    if (of_case == nullptr || n.is_code || of_case->size() >= notices_max) {
        if (!is_told_lately(d.state(), record)) d.emit(notice_noted{record, true});
        return {};
    }
    const auto same = [&](const notice_record& r) {
        return r.kind == n.kind && r.contact == n.contact && r.receipt == n.receipt;
    };
    if (std::ranges::none_of(*of_case, same)) d.emit(notice_noted{record});
    return {};
}

result<void> decide(draft& d, const notice_delivered& n) {
    if (!d.state().current || n.receipt.empty()) return {};
    const auto found = std::ranges::find(d.state().current->notices, n.receipt, &notice_record::receipt);
    if (found == d.state().current->notices.end() || found->delivered_at) return {};
    auto record = *found;
    if (n.outcome == "DELIVRD")
        record.delivered_at = d.now.now;
    else
        record.receipt = n.receipt + " " + n.outcome.substr(0, 16);
    d.emit(notice_noted{std::move(record)});
    return {};
}

}  // namespace keepline::domain::rules

namespace keepline::domain {

bool is_told_with(const told_lately& one, const notice_record& what) {
    constexpr base::duration as_one = base::hours{1};
    return one.kind == what.kind && one.by == what.by && what.sent_at < one.at + as_one;
}

bool is_told_lately(const number_state& s, const notice_record& what) {
    return s.subscription && std::ranges::any_of(s.subscription->told, [&](const told_lately& one) {
               return is_told_with(one, what) && std::ranges::find(one.to, what.contact) != one.to.end();
           });
}

}  // namespace keepline::domain
