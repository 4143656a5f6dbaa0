// Who may ask what: the sets of roles that the doors name, and the channels that a token of a role may speak through.
// Says nothing of transports. Pure; any thread.
#pragma once

#include "base/error.hpp"
#include "domain/actor.hpp"
#include "domain/policy.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace keepline::desk {

using base::result;
using domain::channel;
using domain::role;

/// Roles as bits.
using role_set = std::uint8_t;
constexpr role_set bit(role one) { return static_cast<role_set>(1U << static_cast<unsigned>(one)); }
constexpr bool is_in(role_set set, role one) { return (set & bit(one)) != 0; }

/// A role that is named in no set may ask nothing: `portal` stands in none but its own.
namespace who {

inline constexpr role_set customer = bit(role::subscriber);
inline constexpr role_set agent = bit(role::agent);
inline constexpr role_set reviewer = bit(role::reviewer);
inline constexpr role_set admin = bit(role::admin);
inline constexpr role_set machine = bit(role::system);
inline constexpr role_set portal = bit(role::portal);

inline constexpr role_set everyone = customer | agent | reviewer | admin | machine;
inline constexpr role_set everyone_but_customers = agent | reviewer | admin | machine;
inline constexpr role_set applicants = customer | agent | admin | machine;  // who may act on the customer's side
inline constexpr role_set clerks = agent | admin | machine;
inline constexpr role_set deciders = reviewer | admin;
inline constexpr role_set back_office = admin | machine;
inline constexpr role_set whoever = everyone | portal;  // asks about themself only

}  // namespace who

/// A human being holds it: it is bound to a named person.
bool is_staff(role one);
/// May decide, pay or speak for anybody: a credential for it takes two administrators.
bool needs_second_admin(role one);

// -- channels are bound to tokens: whoever holds one cannot say that the customer stands before them

/// What a token of this role may be bound to.
std::span<const channel> channels_open_to(role one);
/// What it is bound to where nothing was said when it was issued.
std::span<const channel> usual_channels(role one);
/// code::invalid for a channel that this role can never speak through; the usual ones for an empty list.
result<std::vector<channel>> bound_channels(role one, const std::vector<channel>& wanted);
/// The channel of a request: what it names, if its token is bound to that (code::forbidden); else the token's first.
result<channel> channel_of(role one, std::span<const channel> bound, std::string_view named);

}  // namespace keepline::desk
