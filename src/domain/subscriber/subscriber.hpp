// Subscriber, the other aggregate: whom a line belongs to. The journal knows contact points by reference only; names,
// addresses and documents are in the vault, sealed with a key per subscriber.
#pragma once

#include "domain/context.hpp"
#include "domain/decision.hpp"
#include "domain/effects.hpp"
#include "domain/subscriber/commands.hpp"
#include "domain/subscriber/events.hpp"
#include "domain/subscriber/state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

/// What does not hold of this state; see number.hpp.
std::optional<std::string> unsound(const subscriber_state& s);

/// May `who` say anew who this is? A system may, of somebody whom one of the staff registered alone, who has no line
/// and of whom nobody has said or shown anything since.
bool may_replace(const subscriber_state& s, const actor& who);
/// May `who` hear what differs from what is on file? Whoever registered it, and of the staff only while it is what they
/// typed themselves: for everybody else trying would be reading.
bool may_compare(const subscriber_state& s, const actor& who);

/// Somebody has asked to have the account of this digest named, and may still be signed.
bool account_is_wanted(const subscriber_state& s, const std::string& digest, instant now);

/// The same of a document.
bool document_is_wanted(const subscriber_state& s, const std::string& digest, instant now);

/// What one stream tells another of a person, told as it is now: an effect that was tried again would bring back what
/// is over. Nothing: it is about something else.
std::optional<effect> told_now(const subscriber_state& s, const effect& late);

/// Null: there is none of this id.
const kept_document* find_document(const subscriber_state& s, const label& id);

/// Null: there is none of this serial, or it was forgotten.
const representation* find_representation(const subscriber_state& s, int serial);
/// As their lines hear of those who act for them.
std::vector<representative> representatives_of(const subscriber_state& s);

/// What holds for contact points whatever policies a person's lines have: the strictest of all that are loaded.
struct contact_limits {
    base::duration told_for{0};  // after it was replaced: the longest
    int changes_max = 0;
    int changes_by_one_max = 0;  // of staff
    int account_changes_max = 0;
    base::duration changes_within{0};
    otp_rules codes;
};
/// code::policy_unknown: none is loaded.
result<contact_limits> contact_limits_of(const rule_book& rules);

/// The contact points after such a change: those wanted, and those that are still told. Refused: too_many. The shell
/// keeps the addresses of these and of no others.
result<std::vector<contact_ref>> contacts_after(const subscriber_state& before, const std::vector<contact_ref>& wanted,
                                                base::duration told_for, instant now);

/// When what is known of a person who has no line has outlived its purpose; none: they have one, or the erasure is
/// planned.
std::optional<instant> identity_until(const subscriber_state& s);

/// What holds for a person's archive: of all policies that are loaded the longest wait, the shortest time and the
/// fewest.
struct disclosure_limits {
    base::duration wait{0};
    base::duration wait_after_change{0};
    base::duration kept{0};
    int a_year = 0;
    base::duration contacts_are_new{0};
    base::duration account_is_new{0};
    base::duration document_is_new{0};
    base::duration sim_is_new{0};
};
/// code::policy_unknown: none is loaded.
result<disclosure_limits> disclosure_limits_of(const rule_book& rules);
/// Null: there is none of this serial, or it is too long ago.
const disclosure* find_disclosure(const subscriber_state& s, int serial);
/// Why `by` may not fetch it at all: somebody else asked, or it was stopped.
result<void> check_fetcher(const disclosure& what, const actor& by);
/// Why `by` may not fetch it now.
result<void> check_fetching(const disclosure& what, const actor& by, instant now);
/// Where something of theirs changed while it waited: from when on it is there after all. None: as it was said.
/// `line_changed_at`: when a line of theirs was lost, or its SIM changed, last.
std::optional<instant> put_off_until(const subscriber_state& s, const disclosure& what, const disclosure_limits& limits,
                                     std::optional<instant> line_changed_at);
/// The codes of this sign-in; empty: it asked for none lately.
otp_state codes_of_sign_in(const subscriber_state& s, instant signed_in);
/// Null: there is none, or it was removed.
const passkey* find_passkey(const subscriber_state& s, int serial);
const passkey* find_passkey(const subscriber_state& s, const std::string& credential);
/// What may_enrol_in refuses.
base::error no_session_to_enrol_in();
/// Theirs, and not known to have ended.
bool has_live_line(const subscriber_state& s, const base::msisdn& number);

struct subscriber {
    using state = subscriber_state;
    using command = subscriber_command;
    using event = subscriber_event;

    static result<decided<subscriber>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    static std::optional<instant> next_due(const state& s);
};

}  // namespace keepline::domain
