#include "desk/line_in_hand.hpp"

namespace keepline::desk {

using base::code;
using base::refuse;

result<void> check_in_hand(const asked& c, const domain::number_state& s) {
    if (!s.subscription || s.subscription->status == domain::line_status::ended)
        return refuse(code::line_missing, "The line has ended.");
    const auto rules = c.core_of().rules();
    const auto* policy = rules->policies.find(s.subscription->policy);
    const auto& changed = s.subscription->sim_changed_at;
    const bool new_sim = policy != nullptr && changed && c.now() < *changed + base::days{policy->risk.sim_change_days};
    if (s.subscription->locked_since || new_sim)
        return refuse(code::evidence_too_weak,
                      "The line was lost, or its SIM changed lately: take another phone that is on file.");
    return {};
}

}  // namespace keepline::desk
