#include "desk/coming_dates.hpp"

#include "domain/number/keepalive.hpp"

namespace keepline::desk {

namespace {
namespace coming_days {

using domain::line_status;

bool clock_rests(const line_view& of) {
    return of.closure && domain::is_open(of.closure->stage) && of.closure->stage != domain::stage::opened;
}

bool fee_is_there(const line_view& of, const domain::keepalive_rules& rules) {
    return rules.retention_fee && rules.retention_extends_days > 0 &&
           rules.retention_fee->currency == of.balance.prepaid.currency &&
           of.balance.prepaid.minor >= rules.retention_fee->minor;
}

void add_reminders(std::vector<coming_date>& out, const line_view& of, const domain::keepalive_rules& rules,
                   const base::zone& where, instant now) {
    for (int sent = domain::reminders_passed(rules, of.valid_until, now);; ++sent) {
        const auto at = domain::keepalive_next(rules, line_status::active, of.valid_until, sent, where);
        if (at >= of.valid_until) return;
        const bool last = domain::is_last_reminder(rules, sent + 1);
        out.push_back({last ? coming::last_reminder : coming::reminder, at});
    }
}

}  // namespace coming_days
}  // namespace

bool end_waits(const line_view& of) { return of.legal_hold || of.port_out_since || of.customer_lock; }

std::vector<coming_date> coming_dates(const line_view& of, const domain::keepalive_rules& rules,
                                      const base::zone& where, instant now) {
    using enum domain::line_status;
    std::vector<coming_date> out;
    const auto status = of.status.value_or(ended);
    if (rules.validity_days <= 0 || status == ordered || status == ended || coming_days::clock_rests(of)) return out;
    const auto next = [&](domain::line_status at) {
        return domain::keepalive_next(rules, at, of.valid_until, 0, where);
    };
    if (status == active) {
        coming_days::add_reminders(out, of, rules, where, now);
        if (coming_days::fee_is_there(of, rules)) {
            out.push_back({coming::kept_by_fee, of.valid_until, rules.retention_fee});
            return out;
        }
        out.push_back({coming::grace, of.valid_until});
    }
    if (status != suspended) out.push_back({coming::suspended, next(grace)});
    out.push_back({coming::ended, next(suspended)});
    return out;
}

}  // namespace keepline::desk
