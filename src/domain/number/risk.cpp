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

constexpr auto contact_changed = "contact_changed";
constexpr auto new_account = "new_refund_account";

/// What is a fact for some days after it became known.
struct change {
    const char* fact;
    std::optional<instant> at;
    int days;
};

std::vector<change> changes_of(const line& of, const risk_rules& rules) {
    return {{"sim_changed", of.sim_changed_at, rules.sim_change_days},
            {contact_changed, of.contacts_changed_at, rules.contact_change_days},
            {new_account, of.refund_account_changed_at, rules.refund_account_days},
            {"document_changed", of.document_changed_at, rules.document_days}};
}

std::vector<std::string> facts_of(const number_state& s, const risk_rules& rules, instant now) {
    const auto& line = *s.subscription;
    std::vector<std::string> facts;
    const auto note = [&](bool holds, const char* fact) {
        if (holds) facts.emplace_back(fact);
    };
    for (const auto& one : changes_of(line, rules)) note(within(one.at, one.days, now), one.fact);
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

/// When each fact became known that has a time: a loss when it was reported, whenever it happened (only a line that is
/// given back has an earlier one, and no case is open then). Money has a rule of its own (unseen_money), and so has an
/// account that is named late (account_questioned: assessed again, and no approval of before is left).
std::vector<change> times_of(const number_state& s, const risk_rules& rules) {
    const auto& line = *s.subscription;
    constexpr int always = 1;
    auto out = changes_of(line, rules);
    std::erase_if(out, [](const change& one) { return std::string_view(one.fact) == new_account; });
    out.push_back({"customer_unlocked", line.customer_unlocked_at, rules.customer_unlock_days});
    out.push_back({"lost_device", line.last_loss, always});
    for (const auto& one : s.representatives)
        if (one.kind == representative_kind::heir && one.state == representation_state::stopped)
            out.push_back({"living_objection", one.over_at, always});
    std::erase_if(out, [](const change& one) { return !one.at || one.days <= 0; });
    return out;
}

bool has_fact(const risk& of, std::string_view fact) { return std::ranges::find(of.facts, fact) != of.facts.end(); }

risk_level level_of(const policy& p, const std::string& fact) {
    const auto found = p.risk.levels.find(fact);
    return found == p.risk.levels.end() ? risk_level::low : found->second;
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
    for (const auto& fact : found.facts) found.level = std::max(found.level, level_of(p, fact));
    return found;
}

standing_risk standing_risk_of(const number_state& s, const policy& p, instant now) {
    const auto* sent = s.of_case<submission>();
    if (sent == nullptr || !s.subscription) return {};
    const auto& then = s.current->assessed;
    standing_risk out{then, {}, false};
    const auto add = [&](const std::string& fact, risk_level level) {
        if (!has_fact(out.now, fact)) out.now.facts.push_back(fact);
        out.now.level = std::max(out.now.level, level);
    };
    for (const auto& fact : assess(s, p, now, then.facts).facts) add(fact, level_of(p, fact));
    // What became known late stands until the case is decided, found again or long ago as it may be by then.
    for (const auto& one : times_of(s, p.risk)) {
        const auto level = level_of(p, one.fact);
        const bool late = *one.at > sent->submitted_at || (*one.at == sent->submitted_at && !has_fact(then, one.fact));
        if (!late || level == risk_level::low) continue;
        add(one.fact, level);
        out.learned_at = std::max(out.learned_at.value_or(instant{}), *one.at);
        if (std::string_view(one.fact) == contact_changed) out.contacts_changed = true;
    }
    return out;
}

int approvals_wanted(const number_state& s, const policy& p, instant now) {
    const auto* sent = s.of_case<submission>();
    if (sent == nullptr) return 0;
    const auto stands = standing_risk_of(s, p, now);
    const bool two = stands.now.level >= p.four_eyes_from || stands.contacts_changed || !sent->account_wanted.empty() ||
                     s.current->on_behalf.has_value();
    return two ? 2 : 1;
}

std::vector<approval> approvals_that_count(const number_state& s, const policy& p, instant now) {
    const auto* sent = s.of_case<submission>();
    if (sent == nullptr) return {};
    const auto learned = standing_risk_of(s, p, now).learned_at;
    auto out = sent->approvals;
    if (learned) std::erase_if(out, [&](const approval& one) { return one.at <= *learned; });
    return out;
}

instant cools_off_until(const number_state& s, const policy& p, instant now) {
    const auto* sent = s.of_case<submission>();
    if (sent == nullptr) return {};
    const auto stands = standing_risk_of(s, p, now);
    if (!stands.learned_at) return sent->cooling_off_until;
    base::duration rests = base::hours{sent->terms.cooling_off_hours.of(stands.now.level)};
    if (stands.contacts_changed) rests = std::max<base::duration>(rests, base::days{p.contact_change_lock_days});
    if (s.subscription->locked_since)
        rests = std::max<base::duration>(rests, base::hours{p.lost_device_cooling_off_hours});
    return std::max(sent->cooling_off_until, *stands.learned_at + rests);
}

}  // namespace keepline::domain
