// An account of one of the staff: a name, a password and a code of their authenticator (RFC 6238), by which they sign
// in at the console. Who may have one is said by two, as with tokens; the person alone sets password and authenticator,
// with an invitation that is shown once. Or a provider of identities (OpenID Connect) vouches for them: then it says
// who they are and what they may be, each time that they sign in. A part of the credential's aggregate
// (credential.hpp): the account's name is its holder.
//
// Passwords and authenticators are nowhere here: `secret` names the sealed row in the vault. Pure.
#pragma once

#include "domain/context.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

struct staff_account {
    role as = role::agent;
    label person;
    std::vector<channel> channels;
    actor by;
    std::optional<actor> second;
    instant since;
    std::vector<label> kin;  // saw an invitation: they count as its holder until kin_until
    instant kin_until;
    std::string invitation;  // its digest; empty: it was used
    instant invited_until;
    std::string secret;  // empty: nobody has set a password since the account was made, or made anew
    instant taken_up_at;
    std::int64_t step = 0;             // of the last code of the authenticator: each is good once
    std::vector<std::string> callers;  // from where its holder signed in lately, keyed; the latest last
    instant signed_in_at;
    instant wrong_since;  // a wrong code after the right password: the first of the day
    int wrong = 0;
    instant disabled_at;  // zero: it is not
    instant ended_at;  // when somebody disabled or reset it last: what was asked for in it before is asked for no more
    std::string provided{};  // who they are at the provider (its issuer and subject, as a digest); empty: nobody there
    instant left_at{};       // the provider vouches for no role of theirs any more; zero: it does
    bool operator==(const staff_account&) const = default;

    bool has_password() const { return !disabled_at && !secret.empty(); }
    /// The provider lets its holder in.
    bool is_provided() const { return !disabled_at && !provided.empty() && !left_at; }
    /// Its holder may sign in, in one way or the other.
    bool is_active() const { return has_password() || is_provided(); }
    /// Two administrators gave it its role, or one that of an agent: no provider gives it another.
    bool is_local() const { return !invitation.empty() || taken_up_at; }
    bool is_invited(instant now) const { return !disabled_at && !invitation.empty() && now < invited_until; }
};
BOOST_DESCRIBE_STRUCT(staff_account, (),
                      (as, person, channels, by, second, since, kin, kin_until, invitation, invited_until, secret,
                       taken_up_at, step, callers, signed_in_at, wrong_since, wrong, disabled_at, ended_at, provided,
                       left_at))

// -- commands

/// By an administrator; `invitation` is a digest. A role that decides takes two, and so does another's name.
struct open_account {
    static constexpr std::string_view name = "open_account";
    label holder;
    role as = role::agent;
    label person;
    std::vector<channel> channels;
    std::string invitation;
    std::int64_t invited_ms = 0;
    std::int64_t kin_ms = 0;
    bool lone_admin = false;
    bool anothers_name = false;
};
BOOST_DESCRIBE_STRUCT(open_account, (),
                      (holder, as, person, channels, invitation, invited_ms, kin_ms, lone_admin, anothers_name))
/// Password and authenticator are forgotten, and a new invitation sets others. Two administrators, whatever the role:
/// whoever has the invitation is its holder.
struct reset_account {
    static constexpr std::string_view name = "reset_account";
    std::string invitation;
    std::int64_t invited_ms = 0;
    std::int64_t kin_ms = 0;
    bool lone_admin = false;
};
BOOST_DESCRIBE_STRUCT(reset_account, (), (invitation, invited_ms, kin_ms, lone_admin))
/// By one administrator, at once: it stops. Only a reset lets it in again.
struct disable_account {
    static constexpr std::string_view name = "disable_account";
    std::string why;
};
BOOST_DESCRIBE_STRUCT(disable_account, (), (why))

/// What is known of somebody who signs in, once password and code were right: the code's step, from where (keyed), and
/// the session that opens.
struct staff_entrance {
    std::int64_t step = 0;
    std::string caller;
    std::string digest;  // of the session's token
    std::int64_t lives_ms = 0;
    std::string instead_of{};  // the print of the session that this one stands for, and that ends; empty: of none
    bool operator==(const staff_entrance&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_entrance, (), (step, caller, digest, lives_ms, instead_of))

/// By its holder, with the invitation: `secret` is the row that holds what they chose.
struct take_up_account {
    static constexpr std::string_view name = "take_up_account";
    std::string invitation;
    std::string secret;
    staff_entrance how;
};
BOOST_DESCRIBE_STRUCT(take_up_account, (), (invitation, secret, how))
struct sign_in_staff {
    static constexpr std::string_view name = "sign_in_staff";
    std::string secret;  // whose password and code were right: another one may be there by now
    staff_entrance how;
};
BOOST_DESCRIBE_STRUCT(sign_in_staff, (), (secret, how))
/// The password was right and the code was not.
struct note_wrong_code {
    static constexpr std::string_view name = "note_wrong_code";
    std::string caller;
};
BOOST_DESCRIBE_STRUCT(note_wrong_code, (), (caller))

/// Whom a provider vouched for comes in; by themselves, as the role that it says. Where they have no account it is
/// made: under a name that nobody has or had, or under whichever the configuration says is theirs (`named`).
struct enter_provided {
    static constexpr std::string_view name = "enter_provided";
    label holder;
    std::vector<channel> channels;
    std::string provided;
    bool named = false;
    bool anothers_name = false;
    std::string caller;
    std::string digest;  // of the session's token
    std::int64_t lives_ms = 0;
    std::string at_provider;   // its session there, as a digest; empty: it says none
    instant proved_at{};       // when they proved themself there, well enough for what matters most; zero: they did not
    std::string instead_of{};  // as staff_entrance's
};
BOOST_DESCRIBE_STRUCT(enter_provided, (),
                      (holder, channels, provided, named, anothers_name, caller, digest, lives_ms, at_provider,
                       proved_at, instead_of))
/// The provider vouches for no role of theirs any more: what it opened ends.
struct leave_provided {
    static constexpr std::string_view name = "leave_provided";
    std::string provided;
};
BOOST_DESCRIBE_STRUCT(leave_provided, (), (provided))
/// The provider says that they signed out there: what it opened ends, or what was opened in that session of theirs.
struct end_provided {
    static constexpr std::string_view name = "end_provided";
    std::string provided;  // empty: `at_provider` says it alone
    std::string at_provider;
};
BOOST_DESCRIBE_STRUCT(end_provided, (), (provided, at_provider))

template <typename Command>
concept account_command = std::same_as<Command, open_account> || std::same_as<Command, reset_account> ||
                          std::same_as<Command, disable_account> || std::same_as<Command, take_up_account> ||
                          std::same_as<Command, sign_in_staff> || std::same_as<Command, note_wrong_code> ||
                          std::same_as<Command, enter_provided> || std::same_as<Command, leave_provided> ||
                          std::same_as<Command, end_provided>;

// -- events

struct account_opened {
    static constexpr std::string_view name = "account_opened";
    label holder;
    staff_account account;
    bool operator==(const account_opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_opened, (), (holder, account))
struct account_reset {
    static constexpr std::string_view name = "account_reset";
    std::string invitation;
    instant invited_until;
    std::vector<label> kin;
    instant kin_until;
    actor by;
    std::optional<actor> second;
    instant at;
    bool operator==(const account_reset&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_reset, (), (invitation, invited_until, kin, kin_until, by, second, at))
struct account_disabled {
    static constexpr std::string_view name = "account_disabled";
    actor by;
    std::string why;
    instant at;
    bool operator==(const account_disabled&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_disabled, (), (by, why, at))
struct account_taken_up {
    static constexpr std::string_view name = "account_taken_up";
    std::string secret;
    instant at;
    bool operator==(const account_taken_up&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_taken_up, (), (secret, at))
struct staff_signed_in {
    static constexpr std::string_view name = "staff_signed_in";
    std::int64_t step = 0;
    std::string caller;
    instant at;
    bool operator==(const staff_signed_in&) const = default;
};
BOOST_DESCRIBE_STRUCT(staff_signed_in, (), (step, caller, at))
struct account_code_wrong {
    static constexpr std::string_view name = "account_code_wrong";
    bool known = false;  // from where its holder signed in lately
    instant at;
    bool operator==(const account_code_wrong&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_code_wrong, (), (known, at))

/// The provider vouches for its holder, in that role: for the first time, again, or in another role than before.
struct account_provided {
    static constexpr std::string_view name = "account_provided";
    std::string provided;
    role as = role::agent;
    instant at;
    bool operator==(const account_provided&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_provided, (), (provided, as, at))
struct account_left {
    static constexpr std::string_view name = "account_left";
    instant at;
    bool operator==(const account_left&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_left, (), (at))
struct provided_signed_in {
    static constexpr std::string_view name = "provided_signed_in";
    std::string caller;
    instant at;
    bool operator==(const provided_signed_in&) const = default;
};
BOOST_DESCRIBE_STRUCT(provided_signed_in, (), (caller, at))

template <typename Event>
concept account_event = std::same_as<Event, account_opened> || std::same_as<Event, account_reset> ||
                        std::same_as<Event, account_disabled> || std::same_as<Event, account_taken_up> ||
                        std::same_as<Event, staff_signed_in> || std::same_as<Event, account_code_wrong> ||
                        std::same_as<Event, account_provided> || std::same_as<Event, account_left> ||
                        std::same_as<Event, provided_signed_in>;

/// Has its holder signed in from there lately? Whoever guesses from elsewhere must not keep them out.
bool is_known_caller(const staff_account& of, std::string_view caller);
/// code::too_many (with again_at): no further code is heard from there today.
result<void> may_try_code(const staff_account& of, std::string_view caller, instant now);

/// Everything but account_opened.
void fold(staff_account& into, const account_reset& e);
void fold(staff_account& into, const account_disabled& e);
void fold(staff_account& into, const account_taken_up& e);
void fold(staff_account& into, const staff_signed_in& e);
void fold(staff_account& into, const account_code_wrong& e);
void fold(staff_account& into, const account_provided& e);
void fold(staff_account& into, const account_left& e);
void fold(staff_account& into, const provided_signed_in& e);

}  // namespace keepline::domain
