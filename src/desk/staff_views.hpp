// The staff's accounts and sessions: what is said with a request, and what is shown.
#pragma once

#include "desk/said.hpp"
#include "domain/credential/credential.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::label;

// -- what is said

struct staff_sign_in_body {
    label name;
    std::string password;
    std::string totp;
};
BOOST_DESCRIBE_STRUCT(staff_sign_in_body, (), (name, password, totp))

/// By whoever is signed in: their own, once more.
struct staff_proof_body {
    std::string password;
    std::string totp;
};
BOOST_DESCRIBE_STRUCT(staff_proof_body, (), (password, totp))

struct staff_invitation_body {
    label name;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(staff_invitation_body, (), (name, code))

/// `enrolment` is what the invitation's answer says; the code is of an authenticator that has taken its secret.
struct staff_acceptance_body {
    label name;
    std::string code;
    std::string enrolment;
    std::string password;
    std::string totp;
};
BOOST_DESCRIBE_STRUCT(staff_acceptance_body, (), (name, code, enrolment, password, totp))

struct staff_account_body {
    label name;
    domain::role role = domain::role::agent;
    std::optional<label> person;  // absent: `name` is one
    std::vector<domain::channel> channels;
};
BOOST_DESCRIBE_STRUCT(staff_account_body, (), (name, role, person, channels))

/// What their device made, and password and code anew.
struct staff_passkey_body {
    made_passkey_body passkey;
    std::string password;
    std::string totp;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_body, (), (passkey, password, totp))

// -- what is shown

struct staff_session_view {
    label name;
    domain::role role = domain::role::agent;
    label person;
    std::vector<domain::channel> channels;
    instant since;
    instant until;
    std::int64_t idle_minutes = 0;  // it ends when nothing is asked for so long
    std::optional<bool> provided;   // true: by a provider of identities, where there is a session, too
};
BOOST_DESCRIBE_STRUCT(staff_session_view, (), (name, role, person, channels, since, until, idle_minutes, provided))

/// Signed in: the door keeps the token in a cookie, and shows it to nobody.
struct staff_entered {
    std::string token;
    staff_session_view is;
};

struct staff_session_item {
    std::string print;  // by which it is ended
    instant since;
    instant expires_at;
    bool own = false;            // the one in which this is asked
    std::optional<int> passkey;  // the serial of the one that opened it
};
BOOST_DESCRIBE_STRUCT(staff_session_item, (), (print, since, expires_at, own, passkey))

struct staff_passkey_view {
    int serial = 0;
    domain::passkey_place place = domain::passkey_place::phone;
    bool synced = false;
    instant at;
    std::optional<instant> used_at;
    std::optional<instant> doubted_at;
};
BOOST_DESCRIBE_STRUCT(staff_passkey_view, (), (serial, place, synced, at, used_at, doubted_at))

struct staff_invitation_view {
    label name;
    domain::role role = domain::role::agent;
    label person;
    std::string enrolment;
    std::string totp_secret;
    std::string otpauth;
    instant until;
};
BOOST_DESCRIBE_STRUCT(staff_invitation_view, (), (name, role, person, enrolment, totp_secret, otpauth, until))

/// `invited`: its holder has not set a password yet; `lapsed`: nor can they any more; `waiting`: a provider of
/// identities sent somebody new in a role that decides, whom two administrators let in by a reset.
enum class account_state { invited, lapsed, active, disabled, waiting };
BOOST_DESCRIBE_ENUM(account_state, invited, lapsed, active, disabled, waiting)

struct staff_account_view {
    label name;
    domain::role role = domain::role::agent;
    label person;
    std::vector<domain::channel> channels;
    account_state state = account_state::invited;
    instant since;
    label by;
    std::optional<label> second;
    std::optional<instant> invited_until;
    std::optional<instant> signed_in_at;
    std::optional<int> wrong_codes;  // after the right password, on the last day on which there were any
    std::optional<bool> provided;    // true: a provider of identities vouches for its holder
};
BOOST_DESCRIBE_STRUCT(staff_account_view, (),
                      (name, role, person, channels, state, since, by, second, invited_until, signed_in_at, wrong_codes,
                       provided))

/// In which ways staff may sign in now.
struct sign_in_ways_view {
    bool accounts = true;
    bool provider = false;
};
BOOST_DESCRIBE_STRUCT(sign_in_ways_view, (), (accounts, provider))

/// Where a browser goes to sign in at the provider, and what it keeps until it is back.
struct provider_way {
    std::string browser;
    std::string address;
};

/// With what it came back.
struct provider_return {
    std::string browser;
    std::string state;
    std::string code;
};
/// Whether whoever has this (provider_way::browser) set out to prove themself anew, and not to sign in.
bool proves_anew(std::string_view browser);

/// The invitation is shown once, to who asked for it.
struct invited_view {
    label name;
    domain::role role = domain::role::agent;
    label person;
    std::string invitation;
    std::int64_t invited_hours = 0;  // from when it is signed, where it takes two
    std::optional<int> request;      // another administrator must sign this one first
};
BOOST_DESCRIBE_STRUCT(invited_view, (), (name, role, person, invitation, invited_hours, request))

}  // namespace keepline::desk
