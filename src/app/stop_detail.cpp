#include "app/stop_detail.hpp"

#include "app/machine_clocks.hpp"
#include "app/refund_gate.hpp"
#include "engine/ending_budget.hpp"
#include "engine/trusted_clock.hpp"
#include "store/token_hold.hpp"

namespace keepline::app {

using base::code;
using base::refuse;
using base::result;

result<std::string> stop_detail(const config& how, port::notebook& notes, domain::stop_kind what, std::int64_t most,
                                const std::string& holder) {
    switch (what) {
        case domain::stop_kind::clock: return engine::clock_note::of(machine_clocks()).text();
        case domain::stop_kind::endings: {
            TRY(noted, notes.read(engine::endings_today_note));
            const auto text = noted.value_or("");
            const auto day = text.substr(0, text.find(' '));
            if (day.empty()) return refuse(code::not_found, "No server has run on this store yet.");
            return day + " " + std::to_string(most);
        }
        case domain::stop_kind::refunds: {
            TRY(held, notes.read(held_refunds_note));
            if (!held || held->empty()) return refuse(code::not_found, "No refunds wait because of a restore.");
            return std::string("all");
        }
        case domain::stop_kind::tokens: {
            TRY(on_hold, store::tokens_on_hold(how.store.path, holder));
            if (on_hold == 0) return refuse(code::not_found, "No token on hold is of that holder.");
            return holder.empty() ? std::string(everybody) : holder;
        }
        case domain::stop_kind::keys:
        case domain::stop_kind::anchors: break;
    }
    return refuse(code::invalid, "Nothing stops for that.", {{"field", "what"}});
}

}  // namespace keepline::app
