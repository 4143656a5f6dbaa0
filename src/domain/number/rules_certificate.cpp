// A certificate that was issued is sent once more, to where its owner has been told of it before.
#include "domain/number/certificate.hpp"
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::string_view sent_again = "certificate_again";

/// Of the owner: a mail address that they read, and that nobody put there or took away a short time ago. Whoever has a
/// code or a session has nothing sent to where they like.
std::vector<label> addresses_on_file(const draft& d) {
    std::vector<label> out;
    for (const auto& one : d.state().contacts) {
        const bool rested = d.now.now >= one.since + base::days{d.p->contact_change_lock_days};
        if (one.by == medium::mail && one.verified && !one.replaced_at && rested) out.push_back(one.id);
    }
    return out;
}

}  // namespace

/// A certificate names the line and no person: but that it was sent is told to nobody beside those addresses, so that
/// it is asked for without anybody's notice is bounded, as often in a day as the policy tells one thing (notices).
result<void> decide(draft& d, const send_certificate& c) {
    const auto& s = d.state();
    if (d.now.by.as != role::subscriber) return refuse(code::forbidden, "Its owner asks for it.");
    if (!s.subscription || certificate_of(s, c.closure) == nullptr)
        return refuse(code::closure_stage, "There is no certificate of this case that could be sent.");
    CHECK(d.need_policy());
    auto to = addresses_on_file(d);
    if (to.empty())
        return refuse(code::contact_missing, "There is no mail address on file that was there for long enough.");
    constexpr auto day = base::hours{24};
    const auto group = notice_group(sent_again);
    if (is_held(s.repeats, sent_again, d.now.now) ||
        told_within(s.repeats, group, d.now.now, day) >= d.p->notices.repeats_max ||
        told_within(s.repeats, {}, d.now.now, day) >= d.p->notices.a_day)
        return refuse(code::too_many, "It was sent as often today as it may be.");
    d.emit(certificate_sent_again{c.closure, std::move(to), d.now.by, d.now.now});
    return {};
}

}  // namespace keepline::domain::rules
