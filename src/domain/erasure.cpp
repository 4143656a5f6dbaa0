#include "domain/erasure.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

/// What left for the bank is waited for, too, but not for ever: most banks say nothing of what they have paid.
bool is_waiting(const refund& of, const policy* p, const rule_book& rules, instant now) {
    if (of.state != refund_state::written) return is_open(of);
    if (p == nullptr) return true;
    return now < rules.zones.of(p->zone).end_of(of.due + p->erasure_refund_days);
}

/// Money without a line, which may still have to go to their account.
bool holds_money_of(const number_state& s, const label& owner) {
    return std::ranges::any_of(s.unclaimed, [&](const unclaimed_money& one) {
        return one.owner == owner && !one.credited && !one.to_payer && (one.waits() || is_open(one.back));
    });
}

std::optional<obstacle> of_stage(stage at) {
    switch (at) {
        case stage::fraud_hold: return obstacle::dispute;
        case stage::unbinding: return obstacle::unbinding;
        case stage::settling: return obstacle::settling;
        case stage::opened:
        case stage::in_review:
        case stage::approved: return obstacle::open_case;
        default: return std::nullopt;
    }
}

}  // namespace

std::vector<obstacle> obstacles_in(const number_state& s, const label& owner, const rule_book& rules, instant now) {
    std::vector<obstacle> out;
    if (!s.subscription || s.subscription->subscriber != owner) {
        if (holds_money_of(s, owner)) out.push_back(obstacle::refund);
        return out;
    }
    const auto& line = *s.subscription;
    const auto* p = rules.policies.find(line.policy);
    const auto add = [&](bool stands, obstacle what) {
        const bool minds = p == nullptr || std::ranges::find(p->erasure_waits_for, what) != p->erasure_waits_for.end();
        if (stands && minds && std::ranges::find(out, what) == out.end()) out.push_back(what);
    };
    const bool ended = line.status == line_status::ended;
    add(!line.legal_hold.empty(), obstacle::legal_hold);
    add(line.fraud_hold, obstacle::fraud_hold);
    if (s.current)
        if (const auto what = of_stage(s.current->at_stage)) add(true, *what);
    add(s.current && is_waiting(s.current->payback, p, rules, now), obstacle::refund);
    for (const auto& past : s.past)
        add(past.generation == 0 && is_waiting(past.payback, p, rules, now), obstacle::refund);
    add(holds_money_of(s, owner), obstacle::refund);
    add(s.books.of(account::debt) > 0, obstacle::debt);
    add(!ended, obstacle::active_line);
    add(std::ranges::any_of(s.asked.list, [&](const second_request& one) { return one.waits(now); }),
        obstacle::request);
    return out;
}

base::duration plan_within(const rule_book& rules) {
    std::optional<base::duration> least;
    for (const auto& [id, one] : rules.policies.all()) {
        const base::duration within = base::days{one.erasure_within_days};
        if (!least || within < *least) least = within;
    }
    return least.value_or(base::days{30});
}

}  // namespace keepline::domain
