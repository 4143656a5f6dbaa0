// Signing in with a code: by SMS to one of the person's lines, or by mail to a mailbox of theirs. Anybody can ask for
// one who knows the number. So codes are counted by way, and apart for callers from where the person has signed in
// before; and wrong ones by way and caller: a stranger who guesses locks themself out, and nobody else. Pure.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "domain/session_level.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

using base::instant;
using base::label;

inline constexpr int sign_ins_of_one_caller = 3;  // a day, from where the person has not signed in before
inline constexpr std::size_t callers_remembered = 8;
inline constexpr base::duration caller_known_for = base::days{90};
inline constexpr base::duration sign_ins_count_for = base::hours{24};  // and wrong codes after the latest
inline constexpr std::size_t sign_in_contacts_max = 8;
/// A stranger's wrong codes are told no oftener: whoever wants to plague somebody must not have us do it.
inline constexpr base::duration sign_in_lock_told_again = base::hours{24};

/// Of a session that a code opened. (A passkey's: passkeys.hpp.)
constexpr session_level level_of(sign_in_way way) {
    return way == sign_in_way::line ? session_level::reach : session_level::weak;
}

/// One code, asked for by whoever knows the number.
struct sign_in_code {
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};        // of the way `line`
    std::vector<label> contacts;  // of the way `mail`: those that it went to
    std::string nonce;            // names it; the code is derived from it by the shell's key
    std::string digest;           // keyed digest of the code
    std::string caller;           // keyed digest of where it was asked for; empty: nobody said
    bool from_known = false;      // the person has signed in from there before
    instant issued_at;
    instant expires_at;
    bool used = false;
    bool operator==(const sign_in_code&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_in_code, (),
                      (way, number, contacts, nonce, digest, caller, from_known, issued_at, expires_at, used))

/// Wrong codes of one caller. A new code does not reset them.
struct sign_in_wrongs {
    std::string caller;
    int wrong = 0;  // within a day of the one before
    instant at;
    std::optional<instant> locked_until;
    bool operator==(const sign_in_wrongs&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_in_wrongs, (), (caller, wrong, at, locked_until))

/// One way in: a line's, or the mailboxes'.
struct sign_in_door {
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};
    std::vector<sign_in_code> codes;  // of the last day
    std::vector<sign_in_wrongs> wrongs{};
    std::optional<instant> lock_told_at{};  // that wrong codes locked a caller out
    bool operator==(const sign_in_door&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_in_door, (), (way, number, codes, wrongs, lock_told_at))

/// From where the person has signed in.
struct known_caller {
    std::string caller;
    instant at;
    bool operator==(const known_caller&) const = default;
};
BOOST_DESCRIBE_STRUCT(known_caller, (), (caller, at))

}  // namespace keepline::domain
