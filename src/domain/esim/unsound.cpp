// What holds of every state of a profile, whatever led to it.
#include "domain/esim/esim.hpp"

#include <algorithm>

namespace keepline::domain {

std::optional<std::string> unsound(const esim_state& s) {
    if (s.foreign && s.status != esim_status::unavailable) return "a profile of elsewhere is in stock";
    if ((s.status == esim_status::error) != s.failed_by.has_value()) return "an order failed for no reason, or goes on";
    if (s.is_ordered() && s.orders == 0) return "it is ordered, and nobody did";
    if (s.status == esim_status::available && (s.delivered || !s.number.empty() || !s.terms.matching_id.empty()))
        return "it is in stock with what is left of an order";
    if (s.status == esim_status::downloaded && !s.delivered) return "it was downloaded, and nothing left";
    for (const auto& one : s.transactions)
        if (one.order > s.orders) return "a download is of an order to come";
    for (const auto& one : s.reports)
        if (std::ranges::count(s.reports, one.eid, &device_report::eid) > 1) return "an eUICC has two last words";
    return unsound(s.asked);
}

}  // namespace keepline::domain
