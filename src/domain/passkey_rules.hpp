// What holds of passkeys whosever they are, a customer's (subscriber/passkey_rules.hpp) or of the staff
// (credential/staff_passkeys.hpp): a challenge is answered once, an id is there once, and what counts counts upwards.
// Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/subscriber/passkeys.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain::passkey_rules {

/// code::otp_expired: answered before, or too old, whichever. code::too_many.
result<void> check_challenge(const std::vector<answered_challenge>& answered, const answered_challenge& now_answered,
                             instant now);
/// And forgets those that ran out by themselves.
void remember(std::vector<answered_challenge>& answered, const answered_challenge& what, instant now);

/// code::invalid, id_taken, too_many.
result<void> check_made(const std::vector<passkey>& there, const passkey& made);
/// Somebody may have a copy of it (WebAuthn level 2 §7.2, step 21).
constexpr bool counts_backwards(const passkey& known, std::int64_t count) {
    return (count != 0 || known.count != 0) && count <= known.count;
}

/// What must hold of a list of them, of which `made` were ever made.
std::optional<std::string> unsound(const std::vector<passkey>& there, int made,
                                   const std::vector<answered_challenge>& answered);

template <typename Passkeys>
auto* find(Passkeys& all, int serial) {
    for (auto& one : all)
        if (one.serial == serial) return &one;
    return static_cast<decltype(all.data())>(nullptr);
}
template <typename Passkeys>
auto* find(Passkeys& all, const std::string& credential) {
    for (auto& one : all)
        if (one.credential == credential) return &one;
    return static_cast<decltype(all.data())>(nullptr);
}

}  // namespace keepline::domain::passkey_rules
