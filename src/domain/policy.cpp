// What a policy answers about itself, and the merge of pinned and current terms in the customer's favour.
#include "domain/policy.hpp"

#include <algorithm>

namespace keepline::domain {

result<void> check_imsi(const network_rules& of, const base::imsi& imsi) {
    const auto& text = imsi.text();
    const auto wrong = [](std::string words) {
        return base::refuse(base::code::imsi_not_ours, std::move(words), {{"field", "imsi"}});
    };
    if (static_cast<int>(text.size()) != of.imsi_digits)
        return wrong("An IMSI has " + std::to_string(of.imsi_digits) + " digits here, and this one has " +
                     std::to_string(text.size()) +
                     (static_cast<int>(text.size()) < of.imsi_digits ? ": did it lose its leading zeros?" : "."));
    if (of.plmns.empty()) return {};
    if (std::ranges::any_of(of.plmns, [&](const std::string& plmn) { return text.starts_with(plmn); })) return {};
    std::string ours;
    for (const auto& one : of.plmns) ours += (ours.empty() ? "" : ", ") + one;
    return wrong("The IMSI begins with the code of another network; ours are: " + ours + ".");
}

namespace {

/// The shorter of two terms where that is certain: n calendar days never end later than n working days.
term shorter(const term& pinned, const term& current) {
    const bool certain = current.unit == pinned.unit || current.unit == day_unit::calendar_day;
    return certain && current.n <= pinned.n ? current : pinned;
}

/// The earlier moment where that is certain; the end of a cycle and the end of a month have no fixed order.
closing_moment earlier(closing_moment pinned, closing_moment current) {
    const auto rank = [](closing_moment m) {
        return m == closing_moment::immediate ? 0 : m == closing_moment::end_of_day ? 1 : 2;
    };
    return rank(current) < rank(pinned) ? current : pinned;
}

bool one_currency(const closing_fee& a, const closing_fee& b) {
    std::string_view seen;
    for (const auto* amount : {&a.amount, a.cap ? &*a.cap : nullptr, &b.amount, b.cap ? &*b.cap : nullptr}) {
        if (amount == nullptr || amount->currency.empty()) continue;
        if (!seen.empty() && seen != amount->currency) return false;
        seen = amount->currency;
    }
    return true;
}

/// Whether `a` never costs more than `b`, whatever the line's contract says.
bool never_dearer(const closing_fee& a, const closing_fee& b) {
    switch (a.kind) {
        case fee_kind::none: return true;
        case fee_kind::fixed:
            return a.amount.is_zero() || (b.kind == fee_kind::fixed && a.amount.minor <= b.amount.minor);
        case fee_kind::remaining_contract_percent:
            if (a.percent == 0) return true;
            if (b.kind == fee_kind::remaining_contract_percent) return a.percent <= b.percent;
            return b.kind == fee_kind::fixed && a.cap && a.cap->minor <= b.amount.minor;
    }
    return false;
}

closing_fee cheaper(const closing_fee& pinned, const closing_fee& current) {
    if (!one_currency(pinned, current)) return pinned;
    closing_fee out = never_dearer(current, pinned) ? current : pinned;
    out.cap = pinned.cap;
    if (current.cap && (!out.cap || current.cap->minor < out.cap->minor)) out.cap = current.cap;
    return out;
}

}  // namespace

closure_terms kinder(const closure_terms& pinned, const closure_terms& current) {
    const auto& p = pinned;
    const auto& c = current;
    closure_terms out;
    // Shorter waits before the end.
    out.review = shorter(p.review, c.review);
    out.cooling_off_hours = {std::min(p.cooling_off_hours.low, c.cooling_off_hours.low),
                             std::min(p.cooling_off_hours.medium, c.cooling_off_hours.medium),
                             std::min(p.cooling_off_hours.high, c.cooling_off_hours.high)};
    out.pause_max_days = std::min(p.pause_max_days, c.pause_max_days);
    out.effective = earlier(p.effective, c.effective);
    out.device_write_off_days = std::min(p.device_write_off_days, c.device_write_off_days);
    // Money: less to pay, more and sooner back.
    out.fee = cheaper(p.fee, c.fee);
    out.refund_unused_prepaid = p.refund_unused_prepaid || c.refund_unused_prepaid;
    out.refund_bonus = p.refund_bonus || c.refund_bonus;
    out.refund_within = shorter(p.refund_within, c.refund_within);
    out.refund_min_minor = std::min(p.refund_min_minor, c.refund_min_minor);
    // Longer rights after it, and a longer time in which nobody else has the number.
    out.quarantine_days = std::max(p.quarantine_days, c.quarantine_days);
    out.reclaim_days = std::max(p.reclaim_days, c.reclaim_days);
    out.port_right_days = std::max(p.port_right_days, c.port_right_days);
    out.no_reassign_days = std::max(p.no_reassign_days, c.no_reassign_days);
    out.harassment_quarantine_days = std::max(p.harassment_quarantine_days, c.harassment_quarantine_days);
    out.release_notice_days = std::max(p.release_notice_days, c.release_notice_days);
    return out;
}

const evidence_sets& policy::evidence_for(risk_level risk_of_case, channel through) const {
    static const evidence_sets hands_over;
    const auto of_risk = evidence.find(boost::describe::enum_to_string(risk_of_case, ""));
    if (of_risk == evidence.end()) return hands_over;
    const auto of_channel = of_risk->second.find(boost::describe::enum_to_string(through, ""));
    return of_channel == of_risk->second.end() ? hands_over : of_channel->second;
}

bool policy::offers(channel through) const { return std::ranges::find(channels, through) != channels.end(); }

const representation_rules& policy::representation_of(representative_kind kind) const {
    static const representation_rules none;
    const auto found = representation.find(boost::describe::enum_to_string(kind, ""));
    return found == representation.end() ? none : found->second;
}

const policy* policy_book::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

hand_rules policy_book::by_hand_in(std::string_view currency) const {
    std::optional<hand_rules> out;
    for (const auto& [id, one] : by_id_) {
        if (one.currency != currency) continue;
        const auto& its = one.by_hand;
        if (!out) out = its;
        out->line_max_minor = std::min(out->line_max_minor, its.line_max_minor);
        out->person_day_max_minor = std::min(out->person_day_max_minor, its.person_day_max_minor);
        out->import_day_max_minor = std::min(out->import_day_max_minor, its.import_day_max_minor);
        out->made_days_max = std::min(out->made_days_max, its.made_days_max);
    }
    return out.value_or(hand_rules{});
}

}  // namespace keepline::domain
