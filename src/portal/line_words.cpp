#include "portal/line_words.hpp"

namespace keepline::portal {

namespace {

/// In groups of four, as it stands on a card.
std::string grouped(std::string_view digits) {
    constexpr std::size_t group = 4;
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % group == 0) out += ' ';
        out += digits[i];
    }
    return out;
}

bool is_gone(domain::profile_state state) {
    using enum domain::profile_state;
    return state == deleted || state == written_off || state == cancelled;
}

}  // namespace

model device_model(const visit& v, const desk::profile_view& of) {
    model out;
    out.set("iccid", of.iccid.text())
        .set("card", grouped(of.iccid.text()))
        .set("device_state", v.says.name("device_state", of.state))
        .flag("is_lost", of.lost)
        .flag("serving", of.serving && !is_gone(of.state))
        .flag("to_delete", of.to_delete && !is_gone(of.state));
    if (of.proof && of.proof->kind != domain::proof_kind::none)
        out.set("device_proof", v.says.name("device_proof", of.proof->kind))
            .set("device_proof_at", v.says.moment(of.proof->at, v.where));
    return out;
}

bool may_be_lost(const desk::profile_view& of) { return !of.lost && !is_gone(of.state); }

}  // namespace keepline::portal
