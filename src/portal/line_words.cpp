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

}  // namespace

model device_model(const visit& v, const desk::profile_view& of) {
    model out;
    out.set("iccid", of.iccid.text())
        .set("card", grouped(of.iccid.text()))
        .set("device_state", v.says.name("device_state", of.state))
        .flag("is_lost", of.lost)
        .flag("serving", of.serving)
        .flag("to_delete", of.to_delete);
    if (of.proof && of.proof->kind != domain::proof_kind::none)
        out.set("device_proof", v.says.name("device_proof", of.proof->kind))
            .set("device_proof_at", v.says.moment(of.proof->at, v.where));
    return out;
}

bool may_be_lost(const desk::profile_view& of) {
    using enum domain::profile_state;
    return !of.lost && of.state != deleted && of.state != written_off && of.state != cancelled;
}

}  // namespace keepline::portal
