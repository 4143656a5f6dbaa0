#include "domain/number/risk.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

bool within(const std::optional<instant>& at, int days, instant now) { return at && now < *at + base::days{days}; }

constexpr auto money_brought = "money_brought";

/// Within so many days before `now`, and all that came since.
late_money brought(const number_state& s, const risk_rules& rules, instant now) {
    late_money out;
    for (const auto& one : s.moved) {
        if (one.minor <= 0 || now >= one.at + base::days{rules.money_days}) continue;
        (is_of_hands(one.by) ? out.by_hand : out.by_system) += one.minor;
    }
    return out;
}

bool is_much(std::int64_t minor, std::int64_t from_minor) { return from_minor > 0 && minor >= from_minor; }

/// Whoever brings money and then closes the line is paid it: that is looked at by people. A line that one of the staff
/// made with money in it is, however little that was, and however old they said that it is.
bool much_money_came(const number_state& s, const risk_rules& rules, instant now) {
    const auto opened_by_hand = [&](const moved_money& one) {
        return one.minor > 0 && now < one.at + base::days{rules.money_days} && one.by == money_hand::staff_opening &&
               !one.by_two;
    };
    const auto all = brought(s, rules, now);
    return std::ranges::any_of(s.moved, opened_by_hand) || is_much(all.by_hand, rules.money_by_hand_minor) ||
           is_much(all.by_system, rules.money_by_system_minor);
}

/// What staff tried in vain tells of whoever stood before them: of a case that its owner took up, whoever had opened
/// it before them, nothing.
int wrong_tries(const closure& c) {
    const auto& applies = !c.accepted || c.accepted->by.id.empty() ? c.opened_by : c.accepted->by;
    const bool by_owner = applies.id.empty() || applies.as == role::subscriber;
    return by_owner ? c.otp.wrong - c.otp.wrong_of_staff : c.otp.wrong;
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
    note(within(line.customer_unlocked_at, rules.customer_unlock_days, now), "customer_unlocked");
    note(line.locked_since.has_value(), "lost_device");
    note(much_money_came(s, rules, now), money_brought);
    // Somebody is said to be dead, and says that they are not.
    const auto lives = [&](const representative& one) {
        return one.kind == representative_kind::heir && one.state == representation_state::stopped &&
               within(one.over_at, rules.fraud_hold_days, now);
    };
    note(std::ranges::any_of(s.representatives, lives), "living_objection");
    return facts;
}

}  // namespace

std::int64_t unseen_money(const number_state& s, const risk_rules& rules) {
    const auto* sent = s.of_case<submission>();
    if (sent == nullptr) return 0;
    const auto& c = *s.current;
    // What was brought before and looked at is done with; what was too little for that is a part of the sum.
    const bool looked_at = std::ranges::find(c.assessed.facts, money_brought) != c.assessed.facts.end();
    const auto all = looked_at ? s.late : brought(s, rules, sent->submitted_at);
    return (is_much(all.by_hand, rules.money_by_hand_minor) ? s.late.by_hand : 0) +
           (is_much(all.by_system, rules.money_by_system_minor) ? s.late.by_system : 0);
}

risk assess(const number_state& s, const policy& p, instant now, const std::vector<std::string>& signals) {
    risk found{risk_level::low, facts_of(s, p.risk, now)};
    for (const auto* signal : {"bulk_pattern", "channel_mismatch", "on_behalf", "owner_not_told"})
        if (std::ranges::find(signals, signal) != signals.end()) found.facts.emplace_back(signal);
    for (const auto& fact : found.facts)
        if (const auto level = p.risk.levels.find(fact); level != p.risk.levels.end())
            found.level = std::max(found.level, level->second);
    return found;
}

}  // namespace keepline::domain
