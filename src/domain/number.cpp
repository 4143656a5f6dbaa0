// The aggregate's three functions and its clock; the rules themselves are in *_rules.cpp.
#include "domain/number.hpp"

#include "domain/draft.hpp"

#include <algorithm>

namespace keepline::domain {

const profile* number_state::serving() const {
    const auto with = [&](auto fits) {
        const auto found = std::ranges::find_if(profiles, fits);
        return found == profiles.end() ? nullptr : &*found;
    };
    if (subscription && !subscription->serving.empty())
        return with([&](const profile& p) { return p.iccid == subscription->serving; });
    // Lines from before this was remembered, and imported ones: whichever profile is or was switched on.
    const auto* on = with([](const profile& p) { return p.state == profile_state::enabled; });
    return on != nullptr ? on : with([](const profile& p) { return p.state == profile_state::disabled; });
}

result<std::vector<number_event>> number::decide(const state& before, const command& what, const context& now) {
    const auto* p = before.subscription ? now.rules->policies.find(before.subscription->policy) : nullptr;
    draft d{before, now, p};
    CHECK(std::visit([&](const auto& c) { return rules::decide(d, c); }, what));
    return std::move(d.events);
}

namespace {

using rules::awaits_certificate;
using rules::ending_waits;

std::optional<instant> closure_due(const number_state& s) {
    const auto& c = *s.current;
    switch (c.at_stage) {
        case stage::opened: return c.expires_at;
        case stage::in_review:
            if (c.paused_since) return *c.paused_since + base::days{c.terms.pause_max_days};
            return c.escalated ? std::nullopt : std::optional(c.due_at);
        case stage::approved:
            return ending_waits(s) ? std::nullopt : std::optional(std::max(c.cooling_off_until, c.earliest_end));
        case stage::unbinding: return ending_waits(s) ? std::nullopt : std::optional(c.write_off_at);
        default: return std::nullopt;
    }
}

/// The last owner's certificate comes first.
std::optional<instant> holds_due(const number_state& s) {
    if (!s.held->partners_told_at) return s.held->announce_at;
    return awaits_certificate(s) ? std::nullopt : std::optional(s.held->last());
}

}  // namespace

std::optional<instant> number::next_due(const state& s) {
    std::optional<instant> next;
    const auto consider = [&](const std::optional<instant>& at) {
        if (at && *at && (!next || *at < *next)) next = at;
    };
    if (s.current) consider(closure_due(s));
    if (s.held) consider(holds_due(s));
    if (s.subscription && !rules::keepalive_rests(s)) consider(s.subscription->keepalive_at);
    return next;
}

}  // namespace keepline::domain
