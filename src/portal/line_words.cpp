#include "portal/line_words.hpp"

namespace keepline::portal {

namespace {

bool is_gone(domain::profile_state state) {
    using enum domain::profile_state;
    return state == deleted || state == written_off || state == cancelled;
}

}  // namespace

std::string grouped(std::string_view digits) {
    constexpr std::size_t group = 4;
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % group == 0) out += ' ';
        out += digits[i];
    }
    return out;
}

model device_model(const visit& v, const desk::profile_view& of) {
    model out;
    out.set("iccid", of.iccid.text())
        .set("card", grouped(of.iccid.text()))
        .set("number_tail", last_four(of.iccid.text()))
        .set("device_state", v.says.name("device_state", of.state))
        .flag("is_lost", of.lost)
        .flag("is_stopped", of.stopped.value_or(false) && !of.lost)
        .flag("serving", of.serving && !is_gone(of.state))
        .flag("to_delete", of.to_delete && !is_gone(of.state));
    if (of.proof && of.proof->kind != domain::proof_kind::none)
        out.set("device_proof", v.says.name("device_proof", of.proof->kind))
            .set("device_proof_at", v.says.moment(of.proof->at, v.where));
    return out;
}

bool may_be_lost(const desk::profile_view& of) { return !of.lost && !is_gone(of.state); }

std::string how_to_keep(const visit& v, const desk::line_view& line) {
    const auto rules = rules_of(v.house, line.policy).keepalive;
    if (rules.retention_fee)
        return v.says.word("line.keep_by_fee", {{"price", v.says.money(*rules.retention_fee)},
                                                {"days", std::to_string(rules.retention_extends_days)}});
    if (rules.validity_days == 0) return {};
    return v.says.word("line.keep_by_top_up", {{"days", std::to_string(rules.validity_days)}});
}

void add_balance(model& page, const visit& v, const desk::balance_view& of) {
    page.set("prepaid", v.says.money(of.prepaid));
    if (!of.bonus.is_zero()) page.set("bonus", v.says.money(of.bonus));
    if (!of.debt.is_zero()) page.set("debt", v.says.money(of.debt));
    if (!of.refund_pending.is_zero()) page.set("refund_pending", v.says.money(of.refund_pending));
}

}  // namespace keepline::portal
