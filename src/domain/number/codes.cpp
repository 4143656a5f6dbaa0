// One-time codes that we send: how often, how many wrong ones. For those of a case and those of a contact point alike.
#include "domain/number/closure.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;

std::optional<base::error> no_code_now(const otp_state& otp, const otp_rules& rules, instant now) {
    if (otp.locked_until && now < *otp.locked_until)
        return base::error{code::otp_locked, "Too many wrong codes; wait.", {{"until", base::iso(*otp.locked_until)}}};
    const auto gap = base::seconds{rules.min_gap_seconds};
    if (!otp.issued.empty() && now < otp.issued.back() + gap)
        return base::error{
            code::too_many, "A code was sent a moment ago.", {{"again_at", base::iso(otp.issued.back() + gap)}}};
    const auto today = std::ranges::find_if(otp.issued, [&](instant at) { return at > now - base::days{1}; });
    if (otp.issued.end() - today >= rules.max_per_day)
        return base::error{code::too_many, "No more codes today.", {{"again_at", base::iso(*today + base::days{1})}}};
    return std::nullopt;
}

std::optional<instant> locked_by_wrong(int wrong, const otp_rules& rules, instant now) {
    if (wrong % std::max(1, rules.max_wrong) != 0) return std::nullopt;
    return now + base::minutes{rules.lock_minutes};
}

}  // namespace keepline::domain
