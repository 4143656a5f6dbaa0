// What happens because time passed, and what the messengers report. `next_due` names the instant, `tick` does what is
// due.
#include "domain/draft.hpp"
#include "domain/keepalive.hpp"

#include <algorithm>

namespace keepline::domain::rules {

namespace {

constexpr std::size_t notices_max = 64;

void tick_closure(draft& d) {
    if (!d.s.current) return;
    const auto now = d.now.now;
    const auto& c = *d.s.current;
    if (c.at_stage == stage::opened && now >= c.expires_at) d.emit(closure_expired{now});
    if (c.at_stage == stage::in_review) {
        if (c.paused_since) {
            if (now >= *c.paused_since + base::days{c.terms.pause_max_days}) d.emit(closure_expired{now});
        } else if (now >= c.due_at && !c.escalated) {
            d.emit(review_escalated{now});
        }
    }
    if (c.at_stage == stage::unbinding && now >= c.write_off_at) {
        const auto profiles = d.s.profiles;
        for (const auto& one : profiles)
            if (!is_unbound(one))
                d.emit(
                    profile_written_off{one.iccid, {proof_kind::deadline, {}, now}, "no word from the device in time"});
    }
    advance(d);
}

void tick_holds(draft& d) {
    if (!d.s.held) return;
    if (!d.s.held->partners_told_at && d.now.now >= d.s.held->announce_at) d.emit(partners_told{d.now.now});
    if (d.now.now >= d.s.held->last()) d.emit(number_released{d.now.now});
}

/// A line that is being closed is kept as it is: nobody is charged or cut off while waiting for us (rule 3).
bool keepalive_rests(const number_state& s) { return s.has_open_closure() && s.current->submitted_at; }

void remind(draft& d) {
    const auto& line = *d.s.subscription;
    const auto& rules = d.p->keepalive;
    const int passed = reminders_passed(rules, line.valid_until, d.now.now);
    if (passed > line.reminders_sent)
        d.emit(validity_reminded{passed, keepalive_next(rules, line.status, line.valid_until, passed),
                                 d.zone().day_of(line.valid_until - base::seconds{1}), d.now.now});
}

/// Takes the policy's retention fee from the balance instead of letting the validity end.
bool retain(draft& d) {
    const auto& rules = d.p->keepalive;
    if (!rules.retention_fee || rules.retention_extends_days <= 0 ||
        rules.retention_fee->currency != d.s.books.currency || d.s.books.customer_money() < rules.retention_fee->minor)
        return false;
    d.emit(money_booked{
        transfer(booking_kind::retention_fee, account::revenue, account::prepaid, rules.retention_fee->minor),
        "retention fee", d.now.now});
    const auto until = std::max(d.now.now, d.s.subscription->valid_until) + base::days{rules.retention_extends_days};
    const int passed = reminders_passed(rules, until, d.now.now);
    d.emit(validity_extended{until, passed, keepalive_next(rules, line_status::active, until, passed)});
    return true;
}

void tick_keepalive(draft& d) {
    if (!d.s.subscription || d.p == nullptr || keepalive_rests(d.s) || d.p->keepalive.validity_days <= 0) return;
    const auto& rules = d.p->keepalive;
    const auto now = d.now.now;
    const auto valid = d.s.subscription->valid_until;
    if (d.s.subscription->status == line_status::active) {
        if (now < valid) return remind(d);
        if (retain(d)) return;
        d.emit(line_status_changed{line_status::grace, now, keepalive_next(rules, line_status::grace, valid, 0)});
    }
    if (d.s.subscription->status == line_status::grace && now >= valid + base::days{rules.grace_days})
        d.emit(
            line_status_changed{line_status::suspended, now, keepalive_next(rules, line_status::suspended, valid, 0)});
    if (d.s.subscription->status == line_status::suspended &&
        now >= valid + base::days{rules.grace_days + rules.suspend_days}) {
        if (d.s.has_open_closure()) d.emit(closure_expired{now});
        end_line(d, d.p->closing, false, "lapsed");
    }
}

}  // namespace

result<void> decide(draft& d, const tick&) {
    tick_closure(d);
    tick_holds(d);
    tick_keepalive(d);
    return {};
}

result<void> decide(draft& d, const notice_sent& n) {
    if (!d.s.current || d.s.current->notices.size() >= notices_max) return {};
    const auto same = [&](const notice_record& r) {
        return r.kind == n.kind && r.contact == n.contact && r.receipt == n.receipt;
    };
    if (std::ranges::none_of(d.s.current->notices, same))
        d.emit(notice_noted{{n.kind, n.contact, n.by, d.now.now, {}, n.receipt}});
    return {};
}

result<void> decide(draft& d, const notice_delivered& n) {
    if (!d.s.current) return {};
    const auto found = std::ranges::find(d.s.current->notices, n.receipt, &notice_record::receipt);
    if (found == d.s.current->notices.end() || found->delivered_at) return {};
    auto record = *found;
    if (n.outcome == "DELIVRD")
        record.delivered_at = d.now.now;
    else
        record.receipt = n.receipt + " " + n.outcome.substr(0, 16);
    d.emit(notice_noted{std::move(record)});
    return {};
}

}  // namespace keepline::domain::rules
