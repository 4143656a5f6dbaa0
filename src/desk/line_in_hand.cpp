#include "desk/line_in_hand.hpp"

#include <algorithm>

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

domain::lines_lost lost_lines(const asked& c, const domain::subscriber_state& s) {
    domain::lines_lost out;
    for (const auto& number : s.numbers) {
        const auto view = c.core_of().read(key_of_number(number));
        const auto* line = view && (*view)->number().subscription ? &*(*view)->number().subscription : nullptr;
        if (line == nullptr || line->subscriber != s.id) continue;
        out.now = out.now || line->locked_since.has_value();
        for (const auto& at : {line->locked_since, line->last_loss})
            if (at) out.last = std::max(out.last.value_or(*at), *at);
    }
    return out;
}

}  // namespace keepline::desk
