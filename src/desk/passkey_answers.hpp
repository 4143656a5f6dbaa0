// What making and showing a passkey has in common, whosever it is, a customer's (passkeys.cpp) or of the staff
// (staff_passkeys.cpp): challenges, sealed for one purpose (`scope`) and kept nowhere, so that any node knows them
// again; and what a browser brought, as bytes. Only for the desk's own files.
#pragma once

#include "desk/asked.hpp"
#include "desk/said.hpp"
#include "desk/views.hpp"
#include "desk/webauthn.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keepline::desk::passkey_answers {

using challenge = domain::answered_challenge;

challenge new_challenge(const asked& c);
std::string sealed(const asked& c, std::string_view scope, const challenge& what);

/// Of whom one is made: `handle` comes back when it is shown, `name` is what the device lists it by.
struct maker {
    std::string scope;
    std::string handle;
    std::string name;
};
passkey_wanted_view wanted(const asked& c, const webauthn::relying_party& who, const maker& of,
                           const std::vector<domain::passkey>& known);

struct made {
    domain::passkey what;
    challenge answers;
};
/// code::otp_expired: it answers none of ours, or one of another scope, or too late. code::invalid.
result<made> made_in(const asked& c, const webauthn::relying_party& who, std::string_view scope,
                     const made_passkey_body& in);

struct shown_bytes {
    std::string handle;
    std::string text;  // of the challenge
    challenge answers;
    base::bytes client;
    base::bytes authenticator;
    base::bytes signature;
};
/// The same of one that is shown; who signed is looked at by `check`, once it is known whose it should be.
result<shown_bytes> shown_as(const asked& c, std::string_view scope, const shown_passkey_body& in);
/// The number of its signature. code::invalid.
result<std::int64_t> check(const shown_bytes& in, const webauthn::relying_party& who, const domain::passkey& by);

void log_refused(const asked& c, const std::string& why);

template <typename Events, typename Event>
const Event* event_in(const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<Events>(&one);
        if (const auto* found = event == nullptr ? nullptr : std::get_if<Event>(event)) return found;
    }
    return nullptr;
}

}  // namespace keepline::desk::passkey_answers
