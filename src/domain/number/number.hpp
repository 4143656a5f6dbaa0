// Number, the aggregate whose stream key is the MSISDN: its line, profiles, money, closure and holds; a new owner is a
// new generation of the same stream.
//
//   decide(state, command, context) -> events, the state after them, effects | refusal      the rules; changes nothing
//   evolve(state, event)            -> state                                                never refuses
//   react(state after, event)       -> effects                                              what the world is asked to
//   do
//
// `decide` has evolved and reacted already, event by event; the other two are there for what is read back.
//
// Pure: no clock, no randomness, no I/O. The same events always fold to the same state (`keepline verify` relies on
// it). An empty list of events is an answer too: the command was already true (applying twice is harmless,
// docs/rules.md R1).
#pragma once

#include "base/json.hpp"
#include "domain/context.hpp"
#include "domain/decision.hpp"
#include "domain/number/commands.hpp"
#include "domain/number/events.hpp"
#include "domain/number/state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// What holds of every state, and does not of this one; in words. Nothing: it is sound. Asked after each event in tests
/// and in `keepline verify`, and by the engine before it commits.
std::optional<std::string> unsound(const number_state& s);

/// It was there when the line was last locked as lost, and nobody has proved it anew: found it, or let it serve again.
/// Nothing moves to it, and nobody sees its activation code; also when the lock has ended.
bool held_by_loss(const number_state& s, const profile& p);

/// Of all contact points only the line itself hears: once it is closed, nobody does.
bool only_line_hears(const number_state& s);

/// Is it among what the line remembers as told? One of a kind within the hour tells as much as all of them.
bool is_told_lately(const number_state& s, const notice_record& what);
/// The same kind by the same medium within the hour: told in one with it, whoever gets it.
bool is_told_with(const told_lately& one, const notice_record& what);

/// What a case that is being applied for would be refused for, were it sent in now by `at.by`.
struct application_gaps {
    std::vector<std::string> codes;  // of errors, each once: "quote-expired", "evidence-missing"
    bool code_too_old = false;       // proof suffices but for a code that a session showed too long ago
    bool operator==(const application_gaps&) const = default;
};
/// None: no case of a line whose policy is loaded is being applied for.
std::optional<application_gaps> gaps_of_application(const number_state& s, const context& at);

/// This one is what a new line begins with: until it is on a phone, the number itself hears nothing.
bool is_first_profile(const number_state& s, const base::iccid& iccid);
/// The first profile's activation code goes to that contact point: while it waits and nothing was ever lost, to one
/// that was vouched for or shown, that nobody has replaced, and that is not the line. Asked when the message leaves.
bool may_send_code(const number_state& s, const base::iccid& iccid, const label& contact);

struct number {
    using state = number_state;
    using command = number_command;
    using event = number_event;

    /// Of its effects what happens at one moment is told in one message (notice_merge.hpp).
    static result<decided<number>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    /// The next instant at which this number has something to do; the shell sends a `tick` then.
    static std::optional<instant> next_due(const state& s);
};

/// The import with what it leaves out as the line has it; of no line, as it is.
import_line in_full(const number_state& s, import_line c);
/// How much an import would move, whichever way: of the balance, the bonus and the debt together, and of what leaving a
/// known line costs (eligibility.hpp). Of a new line: from the empty state.
std::int64_t money_changed_by(const number_state& s, const import_line& c, const rule_book& rules, instant now);
/// By name (the columns of a file), what an update would change. Empty: the line is so already.
std::vector<std::string> changed_by(const number_state& s, const import_line& c);
/// The row that was taken last comes again: it changes nothing, whatever happened to the line since.
bool is_taken_already(const number_state& s, const import_line& c);

/// So many references of money are remembered, apart of staff and of everybody else.
std::ptrdiff_t references_max(bool by_hand);
/// To whom the references that this one uses belong: the holder, whichever of their tokens it is, and nobody who has
/// only the name. "system/bss", "agent/clerk-2/anna".
std::string user_of(const actor& who);
/// `again`: the same payment was said before. `other`: this user's reference stands for another amount.
enum class reference_use { unused, again, other };
reference_use use_of(const std::vector<known_reference>& known, const std::string& reference, const std::string& user,
                     const std::string& amount);
/// As it is remembered.
known_reference used_reference(const std::string& reference, const std::string& user, std::string amount, instant at,
                               bool by_hand);
/// Of what a reference stands for: credit that was given is no money that came.
std::string amount_under_reference(const money& amount, bool given);
/// Under which name the payer's account is sealed: of the request that waits, or of what was ordered last; empty: of
/// none.
label payer_of(const number_state& s, int serial, instant now);

/// Why `who` may not sign this request of the number; nothing: they may.
std::optional<base::error> why_not_sign(const number_state& s, const second_request& asked, const actor& who,
                                        instant now);
/// The command of a request as people may see it: without digests and other secrets; empty once it is answered.
std::optional<number_command> shown_command(const second_request& asked);
/// Has this owner of the number the profile still, or may have it again? Of an ended line what is left on a device may
/// come back with a reinstatement; what is gone from it is gone for good.
bool still_has(const number_state& s, int generation, const base::iccid& iccid);
/// The same, and what is on its way from one line to another by agreement: between letting go and taking nobody else
/// gets the claims.
bool keeps_claim(const number_state& s, int generation, const base::iccid& iccid);

/// A refund of this id, of a case or of money without a line, as it is known here; null: none is.
const refund* find_refund(const number_state& s, std::string_view id);
/// How far this order is; of one that a newer one has followed, how far it came.
std::optional<refund_state> refund_state_of(const number_state& s, std::string_view id);

/// The notices that this event calls for and that may be gathered, as the number is before it; and of when they are.
std::vector<std::string_view> kinds_told(const number_state& before, const number_event& what);
instant told_at(const number_event& what);

/// A reference of money as it is remembered for ever: short, and nobody finds two that share one.
std::string reference_print(std::string_view reference);

/// Would the network still be asked for this, as the number is now? For what waited while later orders went ahead.
bool still_wanted(const number_state& s, const hlr_action& what);
/// The same of keys that the number itself sent, when it was reinstated: its line has the profile.
bool still_wanted(const number_state& s, const hlr_keys& what);

}  // namespace keepline::domain

namespace keepline::base {

// The journal's form of a hundred alternatives is compiled once, in number_json.cpp.
extern template void encode(std::string&, const domain::number_command&, form);
extern template void encode(std::string&, const domain::number_event&, form);
extern template result<domain::number_command> decode(const boost::json::value&, form, std::string_view);
extern template result<domain::number_event> decode(const boost::json::value&, form, std::string_view);

}  // namespace keepline::base
