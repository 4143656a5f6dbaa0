#include "desk/request_views.hpp"

#include "desk/asked.hpp"
#include "desk/token_register.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace {

request_view plain_request(const domain::second_request& asked, instant now) {
    request_view out;
    out.serial = asked.serial;
    out.act = asked.what;
    out.effect = std::string(domain::what_it_does(asked.what));
    out.command = asked.command;
    out.by = asked.by;
    out.channel = asked.through;
    out.at = asked.at;
    out.expires_at = asked.expires_at;
    out.state = asked.state == domain::request_state::waiting && !asked.waits(now) ? domain::request_state::expired
                                                                                   : asked.state;
    if (asked.state != domain::request_state::waiting) {
        out.answered_by = asked.answered_by;
        out.answered_at = asked.answered_at;
    }
    if (!asked.reason.empty()) out.reason = asked.reason;
    return out;
}

/// Made, asked for or acknowledged each other's token: kinship of one of them, and not a name that both have.
bool are_kin(const domain::actor& a, const domain::actor& b) {
    return domain::same_person(a, b) && !domain::counted_as_one(a, b);
}

/// Until when the caller counts as whoever asked, in words; empty: that is not known.
std::string kin_until(const asked& c, const domain::actor& asker) {
    auto without_kin = c.who.who;
    without_kin.kin.clear();
    if (!are_kin(asker, without_kin))
        return c.who.kin_until ? " Your token counts so until " + base::iso(c.who.kin_until) + "." : std::string();
    const auto view = c.core_of().read(credential_stream(asker.as, asker.id));
    if (!view) return {};
    instant last;
    for (const auto& one : (*view)->credential().tokens)
        if (one.as == asker.as && one.person == asker.person) last = std::max(last, one.kin_until);
    return last ? " What they ask for after " + base::iso(last) + " you may sign." : std::string();
}

std::optional<base::error> why_not_signed(const asked& c, const engine::stream_view& of,
                                          const domain::second_request& asked) {
    const auto& who = c.who.who;
    auto why = of.key.kind == port::stream_kind::number       ? domain::why_not_sign(of.number(), asked, who, c.now())
               : of.key.kind == port::stream_kind::credential ? domain::why_not_sign_token(asked, who, c.now())
                                                              : domain::why_not_sign(asked, who, c.now());
    if (why && why->what == code::own_application && are_kin(asked.by, who)) why->words += kin_until(c, asked.by);
    return why;
}

}  // namespace

request_view request_of(const asked& c, const engine::stream_view& of, const domain::second_request& asked) {
    auto out = plain_request(asked, c.now());
    out.details = details_of(c, of, asked);
    const auto why_not = why_not_signed(c, of, asked);
    out.may_sign = !why_not;
    if (why_not) out.why_not = why_not->words;
    return out;
}

result<void> check_signing(const asked& c, const domain::second_request* asked) {
    if (asked == nullptr || !asked->waits(c.now())) return {};
    if (auto why = domain::why_not_sign(*asked, c.who.who, c.now())) {
        if (why->what == code::own_application && are_kin(asked->by, c.who.who)) why->words += kin_until(c, asked->by);
        return std::unexpected(std::move(*why));
    }
    const auto view = c.core_of().read(credential_stream(asked->by.as, asked->by.id));
    TRY(holds, holds_token(view, asked->by, asked->at, c.now()));
    if (holds) return {};
    return refuse(code::forbidden, "Whoever asked for this has no token in force any more: refuse it, and ask anew.",
                  {{"by", asked->by.id.text()}});
}

}  // namespace keepline::desk
