// The address by which calendars fetch when something comes for a line: "<line>-<secret>". The secret is derived from
// what the owner's stream holds, the line and the instance's key, so it stands nowhere; another owner's, or one that
// was ended, opens nothing. Whoever has it learns dates and no more: the portal shows neither number nor name.
#include "base/digest.hpp"
#include "desk/taking.hpp"

#include <algorithm>

namespace keepline::desk {

using base::code;
using base::refuse;

namespace calendar_feed {

constexpr std::size_t secret_digits = 40;
constexpr std::string_view purpose = "calendar-address";

std::unexpected<base::error> no_such_address() { return refuse(code::not_found, "There is no such calendar."); }

/// The owner of a line now, and what their addresses are derived from. Empty: they have none.
std::string nonce_of_owner(const asked& c, const domain::number_state& line) {
    if (!line.subscription || line.subscription->status == domain::line_status::ended) return {};
    const auto owner = c.core_of().read({port::stream_kind::subscriber, line.subscription->subscriber.text()});
    return owner ? (*owner)->subscriber().calendar : std::string();
}

std::string scope_of(const engine::stream_view& line) {
    return line.public_id + "/" + line.number().subscription->subscriber.text();
}

/// By the newest key: those of older keys are taken, too, for as long as the instance keeps them.
std::string secret_of(const asked& c, const engine::stream_view& line, const std::string& nonce) {
    return c.secrets().keyed_digest(purpose, scope_of(line), nonce).substr(0, secret_digits);
}

bool opens(const asked& c, const engine::stream_view& line, const std::string& nonce, std::string_view secret) {
    const auto all = c.secrets().keyed_digests(purpose, scope_of(line), nonce);
    return std::ranges::any_of(all, [&](const std::string& one) {
        return base::equal_secrets(base::view(std::string_view(one).substr(0, secret_digits)), base::view(secret));
    });
}

}  // namespace calendar_feed

void desk::read_calendar_address(request by, const std::string& line, reply<calendar_view> then) {
    take(shared_, use::read_calendar_address, std::move(by), std::move(then), [&](const ask_ptr<calendar_view>& c) {
        const auto view = line_for(*c, line);
        if (!view) return c->refuse(view.error());
        const auto nonce = calendar_feed::nonce_of_owner(*c, (*view)->number());
        if (nonce.empty()) return c->answer({});
        c->answer({(*view)->public_id + "-" + calendar_feed::secret_of(*c, **view, nonce)});
    });
}

void desk::read_line_of_calendar(request in, const std::string& address, reply<line_told> then) {
    take(shared_, use::read_line_of_calendar, std::move(in), std::move(then), [&](const ask_ptr<line_told>& c) {
        const auto dash = address.rfind('-');
        if (dash == std::string::npos || address.size() - dash - 1 != calendar_feed::secret_digits)
            return c->refuse(calendar_feed::no_such_address().error());
        const auto view = line_for(*c, std::string_view(address).substr(0, dash));
        if (!view) return c->refuse(calendar_feed::no_such_address().error());
        const auto nonce = calendar_feed::nonce_of_owner(*c, (*view)->number());
        if (nonce.empty() || !calendar_feed::opens(*c, **view, nonce, std::string_view(address).substr(dash + 1)))
            return c->refuse(calendar_feed::no_such_address().error());
        answer_line(c, {*view, {}, false});
    });
}

}  // namespace keepline::desk
