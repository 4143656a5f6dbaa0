#include "domain/risk.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

bool within(const std::optional<instant>& at, int days, instant now) { return at && now < *at + base::days{days}; }

/// Whoever brings money and then closes the line is paid it: that is looked at by people. A line that one of the staff
/// made with money in it is, however little that was, and however old they said that it is.
bool much_money_came(const number_state& s, const risk_rules& rules, instant now) {
    std::int64_t by_hand = 0;
    std::int64_t by_system = 0;
    for (const auto& one : s.moved) {
        if (one.minor <= 0 || now >= one.at + base::days{rules.money_days}) continue;
        if (one.by == money_hand::staff_opening && !one.by_two) return true;
        const bool hands =
            one.by == money_hand::staff || one.by == money_hand::update || one.by == money_hand::staff_opening;
        (hands ? by_hand : by_system) += one.minor;
    }
    return (rules.money_by_hand_minor > 0 && by_hand >= rules.money_by_hand_minor) ||
           (rules.money_by_system_minor > 0 && by_system >= rules.money_by_system_minor);
}

/// What staff tried in vain tells of whoever stood before them: of a case that staff had no other part in, nothing.
int wrong_tries(const closure& c) {
    const auto by_other = [](const actor& one) { return !one.id.empty() && one.as != role::subscriber; };
    return by_other(c.opened_by) || by_other(c.accepted.by) ? c.otp.wrong : c.otp.wrong - c.otp.wrong_of_staff;
}

std::vector<std::string> facts_of(const number_state& s, const risk_rules& rules, instant now) {
    const auto& line = *s.subscription;
    std::vector<std::string> facts;
    const auto note = [&](bool holds, const char* fact) {
        if (holds) facts.emplace_back(fact);
    };
    note(within(line.sim_changed_at, rules.sim_change_days, now), "sim_changed");
    note(within(line.contacts_changed_at, rules.contact_change_days, now), "contact_changed");
    note(within(line.refund_account_changed_at, rules.refund_account_days, now), "new_refund_account");
    note(within(line.document_changed_at, rules.document_days, now), "document_changed");
    note(now < line.since + base::days{rules.young_line_days}, "young_line");
    note(s.current && rules.wrong_tries > 0 && wrong_tries(*s.current) >= rules.wrong_tries, "wrong_tries");
    const bool of_this_case = s.has_open_closure() && s.current->held_since;  // whatever people found
    note(within(s.memory.held_at, rules.fraud_hold_days, now) || of_this_case, "prior_fraud_hold");
    note(line.customer_lock, "customer_lock");
    note(within(line.customer_unlocked_at, rules.customer_unlock_days, now), "customer_unlocked");
    note(line.locked_since.has_value(), "lost_device");
    note(much_money_came(s, rules, now), "money_brought");
    return facts;
}

}  // namespace

risk assess(const number_state& s, const policy& p, instant now, const std::vector<std::string>& signals) {
    risk found{risk_level::low, facts_of(s, p.risk, now)};
    for (const auto* signal : {"bulk_pattern", "channel_mismatch"})
        if (std::ranges::find(signals, signal) != signals.end()) found.facts.emplace_back(signal);
    for (const auto& fact : found.facts)
        if (const auto level = p.risk.levels.find(fact); level != p.risk.levels.end())
            found.level = std::max(found.level, level->second);
    return found;
}

}  // namespace keepline::domain
