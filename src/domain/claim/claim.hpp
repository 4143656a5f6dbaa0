// Claim, the fourth aggregate: who holds an identifier that must never be in two hands. One stream per identifier, so
// that it is right with several writers and wherever the numbers lie that want it: nothing compares two streams, the
// claim alone decides.
//
//   key "iccid:89860012345678901236"    held by a line: "+8613800138000/2", the number and whose turn it is
//   (generation) key "imsi:460001234567890"          held by a profile of a line:
//   "89860012345678901236@+8613800138000/2", or by one
//                                       that our own SM-DP+ has: "89860012345678901236@stock", whoever's line it serves
//
// An MSISDN needs none: it is a stream's key itself. An EID may have many profiles; EID and ICCID together have one
// holder because the ICCID has.
//
//   free ──reserve──▶ held ──release / answer "no longer"──▶ free
//                      │  ▲
//         another wants it: doubted, the holder's own stream is looked at ──▶ kept: the other is turned away, the
//                                                                             holder is told
//   held ──hand on (both lines agreed, and the holder's has let go of it)──▶ held by the other line
//
// A reservation may be used until `usable_until`: the holder's stream refuses to take the identifier up later than
// that (context::reserved), and until a while after it nobody concludes from its absence there that it is not wanted.
// So whoever has taken an identifier up keeps its claim, without a second command that says so; a reservation that
// nobody used is free for whoever asks next.
#pragma once

#include "domain/context.hpp"
#include "domain/decision.hpp"
#include "domain/effects.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// How long a reservation may be used; and how far clocks may differ beyond it.
inline constexpr auto claim_usable_for = base::minutes{5};
inline constexpr auto claim_clocks_differ = base::minutes{1};

std::string claim_on(const base::imsi& imsi);
std::string claim_on(const base::iccid& iccid);
/// "imsi" or "iccid".
std::string kind_of_claim(std::string_view identifier);

/// A line as the holder of an ICCID.
struct line_holder {
    base::msisdn number;
    int generation = 0;
    bool operator==(const line_holder&) const = default;
    std::string text() const { return number.text() + "/" + std::to_string(generation); }
    static std::optional<line_holder> parse(std::string_view text);
};

/// A profile as the holder of an IMSI.
struct profile_holder {
    base::iccid iccid;
    std::optional<line_holder> line;  // none: of our own SM-DP+'s stock
    bool operator==(const profile_holder&) const = default;
    std::string text() const { return iccid.text() + "@" + (line ? line->text() : "stock"); }
    static std::optional<profile_holder> parse(std::string_view text);
};

/// Somebody who wanted it and was turned away.
struct claim_contest {
    std::string by;
    instant at;
    bool operator==(const claim_contest&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_contest, (), (by, at))

struct claim_state {
    std::string identifier;  // the stream's key; empty: never reserved
    std::string holder;      // empty: free
    int serial = 0;          // of the reservation; each is another
    instant since;
    instant usable_until;
    std::string wanted_by;  // the holder is being asked for this one's sake; empty: for nobody's
    instant asked_at;
    std::vector<claim_contest> contests;  // the last few
    bool operator==(const claim_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_state, (), (identifier, holder, serial, since, usable_until, wanted_by, asked_at, contests))

// ------------------------------------------------------------------------------------------------ commands

/// Free: held from now on. Held by the same: usable that long, and another reservation, so that whoever reserved it
/// before no longer releases it. Held by another: it is looked whether that one still has it (claim_doubted); come
/// again when `wanted_by` is empty.
struct reserve_claim {
    static constexpr std::string_view name = "reserve_claim";
    std::string identifier;
    std::string holder;
    instant until;
};
BOOST_DESCRIBE_STRUCT(reserve_claim, (), (identifier, holder, until))

enum class claim_word {
    has_it,
    has_it_not,
    may_still_come,  // its reservation is not over yet
};
BOOST_DESCRIBE_ENUM(claim_word, has_it, has_it_not, may_still_come)

/// What the holder's own stream says (see ask_holder). Of another reservation than that of now: nothing.
struct settle_claim {
    static constexpr std::string_view name = "settle_claim";
    int serial = 0;
    claim_word word = claim_word::may_still_come;
    base::msisdn number;  // whose line it serves, to be told; may be empty
};
BOOST_DESCRIBE_STRUCT(settle_claim, (), (serial, word, number))

/// The profile is gone for good, or a reservation was not used after all. By another than the holder, or of another
/// reservation than that of now: nothing.
struct release_claim {
    static constexpr std::string_view name = "release_claim";
    std::string holder;
    int serial = 0;  // zero: whichever
};
BOOST_DESCRIBE_STRUCT(release_claim, (), (holder, serial))

/// A profile moves to another line by agreement: its line has let go of it and the other one waits for it (see
/// pass_claim). Of another holder than that one: refused (identifier_taken); the dead letter is for staff to see.
struct hand_on_claim {
    static constexpr std::string_view name = "hand_on_claim";
    std::string holder;
    std::string to;
};
BOOST_DESCRIBE_STRUCT(hand_on_claim, (), (holder, to))

using claim_command = std::variant<reserve_claim, settle_claim, release_claim, hand_on_claim>;

// ------------------------------------------------------------------------------------------------ events

struct claim_reserved {
    static constexpr std::string_view name = "claim_reserved";
    std::string identifier;
    std::string holder;
    int serial = 0;
    instant usable_until;
    std::string moved_from;  // by agreement; empty: it was free, or held by the same
    instant at;
    bool operator==(const claim_reserved&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_reserved, (), (identifier, holder, serial, usable_until, moved_from, at))
struct claim_doubted {
    static constexpr std::string_view name = "claim_doubted";
    std::string by;
    instant at;
    bool operator==(const claim_doubted&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_doubted, (), (by, at))
struct claim_kept {
    static constexpr std::string_view name = "claim_kept";
    std::string wanted_by;
    base::msisdn number;  // is told; empty: nobody is
    instant at;
    bool operator==(const claim_kept&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_kept, (), (wanted_by, number, at))
struct claim_released {
    static constexpr std::string_view name = "claim_released";
    std::string holder;
    instant at;
    bool operator==(const claim_released&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_released, (), (holder, at))

using claim_event = std::variant<claim_reserved, claim_doubted, claim_kept, claim_released>;

// ------------------------------------------------------------------------------------------------ the three functions

struct claim {
    using state = claim_state;
    using command = claim_command;
    using event = claim_event;

    static result<decided<claim>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    static std::optional<instant> next_due(const state&) { return std::nullopt; }
};

/// Whom the holder's stream is asked for: what its answer means, given whether it has the identifier as of `looked_at`.
claim_word word_of(bool has_it, instant usable_until, instant looked_at);

}  // namespace keepline::domain
