#include "domain/erasure.hpp"

#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

/// What left for the bank is waited for, too, but not for ever: most banks say nothing of what they have paid.
bool is_waiting(const refund& of, const policy& p, const rule_book& rules, instant now) {
    if (of.state != refund_state::written) return is_open(of);
    return now < rules.zones.of(p.zone).end_of(of.due + p.erasure_refund_days);
}

/// Money that may still have to go to their account, of whatever case or of none, as this policy minds it.
bool waits_for_money(const number_state& s, const label& owner, const policy& p, const rule_book& rules, instant now) {
    if (std::ranges::find(p.erasure_waits_for, obstacle::refund) == p.erasure_waits_for.end()) return false;
    const auto waits = [&](const refund& of) { return is_waiting(of, p, rules, now); };
    const bool here = s.subscription && s.subscription->subscriber == owner;
    if (const auto* end = s.of_case<stages::ending>(); here && end != nullptr && waits(end->payback)) return true;
    const auto theirs = [&](const past_closure& one) { return one.generation == 0 ? here : one.owner == owner; };
    if (std::ranges::any_of(s.past, [&](const auto& one) { return theirs(one) && waits(one.payback); })) return true;
    return std::ranges::any_of(s.unclaimed, [&](const unclaimed_money& one) {
        return one.owner == owner && !one.credited && !one.to_payer && (one.waits() || waits(one.back));
    });
}

/// Whose number it was before: under which policy is not known any more, so whichever minds the longest holds.
bool waits_for_money(const number_state& s, const label& owner, const rule_book& rules, instant now) {
    return std::ranges::any_of(rules.policies.all(),
                               [&](const auto& one) { return waits_for_money(s, owner, one.second, rules, now); });
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
        if (waits_for_money(s, owner, rules, now)) out.push_back(obstacle::refund);
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
        if (const auto what = of_stage(at(*s.current))) add(true, *what);
    add(rules::is_disputed(s), obstacle::dispute);
    add(p == nullptr ? waits_for_money(s, owner, rules, now) : waits_for_money(s, owner, *p, rules, now),
        obstacle::refund);
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
