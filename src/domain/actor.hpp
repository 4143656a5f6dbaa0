// Who acts, and when two of them are one human being: everything that needs two people asks here. Pure.
#pragma once

#include "base/ids.hpp"
#include "base/json.hpp"

#include <vector>

namespace keepline::domain {

using base::label;

enum class role { subscriber, agent, reviewer, admin, system, portal };
BOOST_DESCRIBE_ENUM(role, subscriber, agent, reviewer, admin, system, portal)

/// `id`: the credential under which the journal names the caller (for a subscriber: theirs). `person`: the human being
/// behind a credential of staff; empty for machines and subscribers. `kin`: the people who made, re-issued or raised
/// the credential so short a time ago that they may still hold it themselves. Never a name.
struct actor {
    role as = role::system;
    label id;
    label person{};
    std::vector<label> kin{};
    static constexpr std::string_view left_out_when_empty = "person kin";
    bool operator==(const actor&) const = default;
};
BOOST_DESCRIBE_STRUCT(actor, (), (as, id, person, kin))

/// Under this name stands whoever can write the store's file: what was made past the API has it as its kin.
inline constexpr std::string_view console_name = "console";
/// The kin of a token that was made there later than the first two, until an administrator says that they know of it.
inline constexpr std::string_view unacknowledged_name = "unacknowledged";

/// An operator on ES2+ is a machine of this name: no credential has one like it, so that a token named as an operator
/// is not taken for who ordered.
inline constexpr std::string_view operators_prefix = "es2.";
inline label operator_name(const label& of) { return label::trusted(std::string(operators_prefix) + of.text()); }

/// May one of them answer for the other? For what being one person *forbids*, and for nothing else. Credentials of one
/// id or person are one person, whatever their roles; so are a credential and whoever made it, and all that were made
/// past the API (one hand can make any number of those). Two that the same administrator asked for are not: a second
/// one signed for each who may decide. A subscriber is the same as themself only.
bool same_person(const actor& a, const actor& b);

/// Is `who` the one whom the journal names as `then`? For what being the same *allows*: the same role, id and person;
/// neither who made the token, nor another of theirs. An agent's token takes one administrator, and the command line
/// nobody: one that somebody made since is not yet the one of before.
bool same_holder(const actor& who, const actor& then);

/// For limits that keep one from taking everybody's place: another token of the same human being counts with it, and
/// who made it does not, or somebody's tokens could be spent by those whom they made.
bool counted_as_one(const actor& a, const actor& b);

/// Is `name` the id or the person of `who`, or of one who made their token lately?
bool answers_to(const actor& who, const label& name);

/// False: somebody with file access made the token, and no administrator has said that they know of it. Such a one
/// signs and decides nothing.
bool is_acknowledged(const actor& who);

/// Who may decide about what others asked for.
bool is_decider(const actor& who);

}  // namespace keepline::domain
