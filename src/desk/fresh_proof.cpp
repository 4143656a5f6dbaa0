#include "desk/fresh_proof.hpp"

#include <algorithm>
#include <chrono>

namespace keepline::desk {

result<void> check_proof(stake at, const holder& by, const proof_rules& rules, instant now) {
    if (at == stake::none || by.origin != domain::token_origin::account) return {};
    if (std::ranges::find(rules.asked_for, at) == rules.asked_for.end()) return {};
    if (by.proved_at && now < by.proved_at + rules.good_for) return {};
    const auto within = std::chrono::duration_cast<base::minutes>(rules.good_for).count();
    return base::refuse(
        base::code::step_up_required,
        "You signed in too long ago for this: show once more that it is you, and send it again.",
        {{"needed_for", boost::describe::enum_to_string(at, "")}, {"within_minutes", std::to_string(within)}});
}

}  // namespace keepline::desk
