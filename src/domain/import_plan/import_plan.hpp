// Import plan, an aggregate of its own: changes of many lines that no single person makes. Who plans, the hash of
// exactly what, who signed that hash, how far it has been carried out and what was not. The changes themselves are
// sealed in the vault (they hold personal data), under the plan's own key, which is destroyed when the plan is over;
// the journal has counts, the hash and the outcomes.
//
//   make_plan ──▶ waits for a second person ──countersign──▶ signed ──note_carried, piece by piece──▶ done
//                          │ refused, expired                  │ stopped, by one                       │
//                          └──────────────────────────────▶ over ◀─────────────────────────────────────┘ ──▶ cleared
//
// Each change is carried out by the very command that does it singly, on its own stream, as the one who planned and
// with the one who signed beside; see app/plan_carrier.hpp. Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/decision.hpp"
#include "domain/effects.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// What became of one change. `asked`: done as far as two people may; the other line's side must still agree.
enum class plan_outcome { changed, known, asked, refused };
BOOST_DESCRIBE_ENUM(plan_outcome, changed, known, asked, refused)

struct plan_note {
    int change = 0;  // 1, 2, …
    int row = 0;     // of the file
    plan_outcome how = plan_outcome::changed;
    std::string code{};   // of a refusal, as in problems
    std::string words{};  // without personal data
    bool operator==(const plan_note&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_note, (), (change, row, how, code, words))

struct plan_kind {
    std::string kind;  // "line", "contacts", "profile", …
    int count = 0;
    bool operator==(const plan_kind&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_kind, (), (kind, count))

/// What a plan does, counted: all that is known of it without its key.
struct plan_summary {
    std::string hash;  // SHA-256 of the changes, hex: what is signed
    int rows = 0;
    int changes = 0;
    std::vector<plan_kind> kinds;
    std::vector<money> brought;  // by currency: to the owners' good …
    std::vector<money> taken;    // … and not
    bool operator==(const plan_summary&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_summary, (), (hash, rows, changes, kinds, brought, taken))

enum class plan_stage { waiting, refused, expired, signed_by_two, stopped, done };
BOOST_DESCRIBE_ENUM(plan_stage, waiting, refused, expired, signed_by_two, stopped, done)

struct import_plan_state {
    label id;
    plan_summary what;
    actor by;
    channel through = channel::staff;
    instant made_at;
    std::optional<actor> signed_by;
    instant signed_at;
    int carried = 0;  // so many of the changes have their outcome
    int changed = 0;
    int known = 0;
    int asked_for = 0;
    int refused = 0;
    std::vector<plan_note> notes;  // of what was refused, or waits for another side
    std::optional<actor> stopped_by;
    std::string why_stopped;
    instant ended_at;      // from then on its key may be gone
    bool cleared = false;  // it is
    second_requests asked;
    bool operator==(const import_plan_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(import_plan_state, (),
                      (id, what, by, through, made_at, signed_by, signed_at, carried, changed, known, asked_for,
                       refused, notes, stopped_by, why_stopped, ended_at, cleared, asked))

plan_stage stage_of(const import_plan_state& s, instant now);

/// A plan of another id is another stream. The same again changes nothing.
struct make_plan {
    static constexpr std::string_view name = "make_plan";
    label id;
    plan_summary what;
};
BOOST_DESCRIBE_STRUCT(make_plan, (), (id, what))
/// By whoever carries it out: what became of the changes after `carried` of now.
struct note_carried {
    static constexpr std::string_view name = "note_carried";
    int from = 0;  // as many as have an outcome already
    std::vector<plan_note> outcomes;
};
BOOST_DESCRIBE_STRUCT(note_carried, (), (from, outcomes))
/// Of a plan that was signed: what has no outcome yet is not done. One person's word is enough to stop something.
struct stop_plan {
    static constexpr std::string_view name = "stop_plan";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(stop_plan, (), (reason))
/// Its key is destroyed.
struct note_plan_cleared {
    static constexpr std::string_view name = "note_plan_cleared";
};
BOOST_DESCRIBE_STRUCT(note_plan_cleared, (), ())

using import_plan_command =
    std::variant<make_plan, note_carried, stop_plan, note_plan_cleared, countersign, refuse_second, expire_requests>;

struct plan_made {
    static constexpr std::string_view name = "plan_made";
    label id;
    plan_summary what;
    actor by;
    channel through = channel::staff;
    instant at;
    bool operator==(const plan_made&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_made, (), (id, what, by, through, at))
struct plan_signed {
    static constexpr std::string_view name = "plan_signed";
    std::string hash;
    actor by;
    instant at;
    bool operator==(const plan_signed&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_signed, (), (hash, by, at))
struct plan_carried {
    static constexpr std::string_view name = "plan_carried";
    int upto = 0;
    int changed = 0;
    int known = 0;
    std::vector<plan_note> notes;  // of the others
    instant at;
    bool operator==(const plan_carried&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_carried, (), (upto, changed, known, notes, at))
struct plan_stopped {
    static constexpr std::string_view name = "plan_stopped";
    std::string reason;
    actor by;
    instant at;
    bool operator==(const plan_stopped&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_stopped, (), (reason, by, at))
struct plan_cleared {
    static constexpr std::string_view name = "plan_cleared";
    instant at;
    bool operator==(const plan_cleared&) const = default;
};
BOOST_DESCRIBE_STRUCT(plan_cleared, (), (at))

using import_plan_event = std::variant<plan_made, plan_signed, plan_carried, plan_stopped, plan_cleared, second_wanted,
                                       second_given, second_refused, second_expired>;

struct import_plan {
    using state = import_plan_state;
    using command = import_plan_command;
    using event = import_plan_event;

    static result<decided<import_plan>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    static std::optional<instant> next_due(const state& s);
};

}  // namespace keepline::domain
