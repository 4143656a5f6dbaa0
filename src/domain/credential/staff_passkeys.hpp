// Passkeys by which one of the staff signs in instead of password and code: each verifies its user, so that it is two
// factors in itself. They hang on the account (account.hpp), and hold as long as its password does. Whoever has one
// session must not make one and stay: a passkey is made in a session that password and code opened, with password and
// code given anew, by its holder; the session's list shows it, and administrators' webhooks hear of it
// (docs/decisions/0064). Pure.
#pragma once

#include "domain/credential/account.hpp"
#include "domain/subscriber/passkeys.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// Beside the account: what it counts outlives a reset, so that nothing from before is taken after it.
struct staff_passkeys {
    std::vector<passkey> list;
    int made = 0;  // ever: serials are not given twice
    std::vector<answered_challenge> answered;
    instant tried_since;  // password and code were given to make one: the first try of the day
    int tried = 0;        // … that made none
    bool operator==(const staff_passkeys&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_passkeys, (), (list, made, answered, tried_since, tried))

// -- commands

/// Before password and code are looked at: every try counts, however many come at once. `session`: the digest of the
/// one in which it is asked. Refused: evidence_too_weak, too_many.
struct try_staff_proof {
    static constexpr std::string_view name = "try_staff_proof";
    std::string session;
};
BOOST_DESCRIBE_STRUCT(try_staff_proof, (), (session))
/// A device has made one and shown, by signing the challenge of `nonce`, that it verified its user; the password of
/// `secret` and the code of `step` were right. Refused: evidence_too_weak, otp_expired (code or challenge was used),
/// id_taken, too_many.
struct enrol_staff_passkey {
    static constexpr std::string_view name = "enrol_staff_passkey";
    passkey what;
    std::string secret;
    std::int64_t step = 0;
    std::string session;
    std::string nonce;
    instant until;
};
BOOST_DESCRIBE_STRUCT(enrol_staff_passkey, (), (what, secret, step, session, nonce, until))
/// By its holder, in any session of theirs; those that it opened end.
struct remove_staff_passkey {
    static constexpr std::string_view name = "remove_staff_passkey";
    int serial = 0;
};
BOOST_DESCRIBE_STRUCT(remove_staff_passkey, (), (serial))
/// The passkey `credential` has signed the challenge of `nonce`. One that counts backwards opens nothing, and succeeds
/// as a command: staff_passkey_doubted. `secret`: as the account had it when its door was looked at.
struct sign_in_by_staff_passkey {
    static constexpr std::string_view name = "sign_in_by_staff_passkey";
    std::string secret;
    std::string credential;
    std::string nonce;
    instant until;
    std::int64_t count = 0;
    std::string digest;  // of the session's token
    std::int64_t lives_ms = 0;
};
BOOST_DESCRIBE_STRUCT(sign_in_by_staff_passkey, (), (secret, credential, nonce, until, count, digest, lives_ms))

template <typename Command>
concept staff_passkey_command =
    std::same_as<Command, try_staff_proof> || std::same_as<Command, enrol_staff_passkey> ||
    std::same_as<Command, remove_staff_passkey> || std::same_as<Command, sign_in_by_staff_passkey>;

// -- events

struct staff_proof_tried {
    static constexpr std::string_view name = "staff_proof_tried";
    instant at;
    bool operator==(const staff_proof_tried&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_proof_tried, (), (at))
struct staff_passkey_enrolled {
    static constexpr std::string_view name = "staff_passkey_enrolled";
    passkey what;
    std::int64_t step = 0;
    answered_challenge challenge;
    bool operator==(const staff_passkey_enrolled&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_enrolled, (), (what, step, challenge))
struct staff_passkey_removed {
    static constexpr std::string_view name = "staff_passkey_removed";
    int serial = 0;
    actor by;
    instant at;
    bool operator==(const staff_passkey_removed&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_removed, (), (serial, by, at))
struct staff_passkey_used {
    static constexpr std::string_view name = "staff_passkey_used";
    int serial = 0;
    std::int64_t count = 0;
    answered_challenge challenge;
    instant at;
    bool operator==(const staff_passkey_used&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_used, (), (serial, count, challenge, at))
/// It said a number of signatures that it had passed: somebody may have a copy, and nobody was signed in.
struct staff_passkey_doubted {
    static constexpr std::string_view name = "staff_passkey_doubted";
    int serial = 0;
    std::int64_t count = 0;
    bool told = true;
    answered_challenge challenge;
    instant at;
    bool operator==(const staff_passkey_doubted&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_doubted, (), (serial, count, told, challenge, at))

template <typename Event>
concept staff_passkey_event = std::same_as<Event, staff_proof_tried> || std::same_as<Event, staff_passkey_enrolled> ||
                              std::same_as<Event, staff_passkey_removed> || std::same_as<Event, staff_passkey_used> ||
                              std::same_as<Event, staff_passkey_doubted>;

/// code::too_many (with again_at): no further password or code is heard today from whoever would make one. Signing in
/// is counted apart.
result<void> may_try_proof(const staff_passkeys& of, instant now);
/// In a session that a passkey or a provider opened none is made.
base::error no_session_for_passkeys();

void fold(staff_passkeys& into, const staff_proof_tried& e);
void fold(staff_passkeys& into, const staff_passkey_enrolled& e);
void fold(staff_passkeys& into, const staff_passkey_removed& e);
void fold(staff_passkeys& into, const staff_passkey_used& e);
void fold(staff_passkeys& into, const staff_passkey_doubted& e);
/// The account was reset or disabled: none of them holds any more.
void forget_all(staff_passkeys& into);

std::optional<std::string> unsound(const staff_passkeys& of);

}  // namespace keepline::domain
