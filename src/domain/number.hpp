// Number, the aggregate whose stream key is the MSISDN: its line, profiles, money, closure and holds; a new owner is a
// new generation of the same stream.
//
//   decide(state, command, context) -> events | refusal      the rules; changes nothing
//   evolve(state, event)            -> state                 never refuses
//   react(state after, event)       -> effects               what the world is asked to do
//
// Pure: no clock, no randomness, no I/O. The same events always fold to the same state (`keepline verify` relies on
// it). An empty list of events is an answer too: the command was already true (applying twice is harmless, DESIGN §2
// rule 1).
#pragma once

#include "domain/closure.hpp"
#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/ledger.hpp"
#include "domain/line.hpp"
#include "domain/notice_repeats.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

struct past_closure {
    int number = 0;
    stage ended_as = stage::closed;
    instant opened_at;
    instant submitted_at;
    instant ended_at;
    std::string certificate;
    bool was_held = false;  // somebody said that it was not them
    refund payback;         // the bank's answer may come late
    /// Of the owner whose case it was, once the number is another's: kept for staff to read, never counted or shown to
    /// a later owner. Zero: of the owner of now.
    int generation = 0;
    std::string reference{};
    label owner{};  // with `generation`
    bool operator==(const past_closure&) const = default;
};
BOOST_DESCRIBE_STRUCT(past_closure, (),
                      (number, ended_as, opened_at, submitted_at, ended_at, certificate, was_held, payback, generation,
                       reference, owner))

/// Why money has no line to be booked to.
enum class unclaimed_why {
    line_ended,       // paid in after the end
    line_settling,    // between the last SMS and the end: the bill is final
    number_released,  // nobody has the number, or the owner of now is another than who was meant
    refund_returned,  // of an owner who is gone
    brought_late      // after the submission, more than policy has paid unseen: two people say where it goes
};
BOOST_DESCRIBE_ENUM(unclaimed_why, line_ended, line_settling, number_released, refund_returned, brought_late)

/// By whom money came that its owner may be paid, or went. `nobody`: the rules' own bookings. `opening`: with the
/// line's import; `staff_opening`: the same, by one of the staff.
enum class money_hand { nobody, staff, update, system, opening, staff_opening };
BOOST_DESCRIBE_ENUM(money_hand, nobody, staff, update, system, opening, staff_opening)
inline bool is_of_hands(money_hand by) {
    return by == money_hand::staff || by == money_hand::update || by == money_hand::staff_opening;
}

/// Money that came in and belongs to nobody's line: held for whoever paid it, in no line's books, and given back.
struct unclaimed_money {
    int serial = 0;  // 1, 2, … on this number
    int generation = 0;
    label owner;  // who had the number then
    money amount;
    unclaimed_why why = unclaimed_why::line_ended;
    std::string reference;  // of the payment system
    instant at;
    actor by;     // who reported it
    refund back;  // none: it waits for staff
    bool to_payer = false;
    label payee{};          // under whom the payer's account is sealed; empty again when that is destroyed
    bool credited = false;  // the line came back, and has it
    money_hand hand = money_hand::nobody;
    bool by_two = false;    // a second person signed that it came
    instant payer_until{};  // the payer was paid: from then on their account is destroyed
    std::string used_by{};  // whose reference it is; see user_of()
    bool operator==(const unclaimed_money&) const = default;
    /// Somebody of the staff has to do something about it.
    bool waits() const;
};
BOOST_DESCRIBE_STRUCT(unclaimed_money, (),
                      (serial, generation, owner, amount, why, reference, at, by, back, to_payer, payee, credited, hand,
                       by_two, payer_until, used_by))

/// What must not be forgotten when old cases are: of the owner of now.
struct begun_case {
    instant at;
    actor by;
    bool operator==(const begun_case&) const = default;
};
BOOST_DESCRIBE_STRUCT(begun_case, (), (at, by))

/// One of the staff held the owner up, on a word: withdrew their case, said that it was not them, locked the line
/// against closing, or said that it moves to another operator.
enum class hindrance_kind { withdrawal, dispute, lock, port_out };
BOOST_DESCRIBE_ENUM(hindrance_kind, withdrawal, dispute, lock, port_out)
struct hindrance {
    hindrance_kind kind = hindrance_kind::withdrawal;
    actor by;
    instant at;
    bool operator==(const hindrance&) const = default;
};
BOOST_DESCRIBE_STRUCT(hindrance, (), (kind, by, at))

struct case_memory {
    std::vector<begun_case> opened;     // of the last 30 days
    std::vector<begun_case> submitted;  // of the last 30 days
    std::optional<instant> held_at;     // somebody said that it was not them
    std::optional<instant> sampled_at;  // a case was picked for a person to look at; the next one is too, for a while
    std::optional<instant> held_before{};  // held_at, before what people look into now
    std::vector<hindrance> hindered{};     // the latest, of each person and kind one
    bool operator==(const case_memory&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_memory, (), (opened, submitted, held_at, sampled_at, held_before, hindered))

/// A certificate of a case that has been left behind: readable for ever.
struct old_certificate {
    int closure = 0;
    int generation = 0;
    instant opened_at;
    std::string jws;
    bool operator==(const old_certificate&) const = default;
};
BOOST_DESCRIBE_STRUCT(old_certificate, (), (closure, generation, opened_at, jws))

/// A profile that the line waits for: ordered from the stock of our SM-DP+.
struct wanted_profile {
    std::string type;
    download_terms terms;
    instant since;
    actor by{};
    bool further = false;
    instant for_loss{};  // see profile
    bool operator==(const wanted_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(wanted_profile, (), (type, terms, since, by, further, for_loss))

/// The HLR has it otherwise than the journal says. What was wanted was not done; staff look into it.
struct network_mismatch {
    base::imsi imsi;
    hlr_operation operation = hlr_operation::bar;  // what was wanted
    mismatch_kind kind = mismatch_kind::imsi_serves_other;
    std::string other;  // the other number, or the other IMSI
    instant at;
    bool operator==(const network_mismatch&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_mismatch, (), (imsi, operation, kind, other, at))

/// One of the line's profiles is offered to another line, until then. Two people of this side did it.
struct profile_offer {
    base::iccid iccid;
    base::msisdn to;
    int to_generation = 0;
    actor by;
    actor second;
    instant until;
    bool operator==(const profile_offer&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_offer, (), (iccid, to, to_generation, by, second, until))

/// The line has let go of it for the other line's sake. It has its claims until they are handed on.
struct leaving_profile {
    profile what;
    base::msisdn to;
    int to_generation = 0;
    bool served = false;  // the number was registered to it
    bool left = false;    // the network knows: the other line may have it
    bool operator==(const leaving_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(leaving_profile, (), (what, to, to_generation, served, left))

/// Another line's, which has let go of it for this line's sake; this line's as soon as both its claims are.
struct coming_profile {
    base::iccid iccid;
    base::imsi imsi;
    base::eid eid;
    profile_state state = profile_state::released;
    base::msisdn from;
    int from_generation = 0;
    bool iccid_held = false;
    bool imsi_held = false;
    bool returned = false;  // it came too late and goes back: until the other line has them, its claims are here
    bool operator==(const coming_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(coming_profile, (),
                      (iccid, imsi, eid, state, from, from_generation, iccid_held, imsi_held, returned))

/// What a customer wrote in an SMS about this line, and what came of it. The words themselves are in no journal.
enum class reply_word { withdraw, not_me, status, stop, start, keep, unknown };
BOOST_DESCRIBE_ENUM(reply_word, withdraw, not_me, status, stop, start, keep, unknown)
enum class reply_outcome { done, nothing_to_do, too_late, answered, confirm, cannot, for_staff };
BOOST_DESCRIBE_ENUM(reply_outcome, done, nothing_to_do, too_late, answered, confirm, cannot, for_staff)

struct reply_memory {
    std::vector<std::string> ids{};  // of the last ones: an SMSC may bring one twice
    std::vector<instant> heard{};    // within the last day
    std::string keep_digest{};       // of what the second KEEP must name
    std::optional<instant> keep_until{};
    bool operator==(const reply_memory&) const = default;
};
BOOST_DESCRIBE_STRUCT(reply_memory, (), (ids, heard, keep_digest, keep_until))

struct moved_money {
    instant at;
    money_hand by = money_hand::nobody;
    std::int64_t minor = 0;  // more than zero: to the owner's good
    bool by_two = false;     // a second person signed
    bool operator==(const moved_money&) const = default;
};
BOOST_DESCRIBE_STRUCT(moved_money, (), (at, by, minor, by_two))

/// Came to the line after the case of now was submitted, so nobody has looked at it: see unseen_money (risk.hpp).
struct late_money {
    std::int64_t by_hand = 0;
    std::int64_t by_system = 0;
    bool operator==(const late_money&) const = default;
};
BOOST_DESCRIBE_STRUCT(late_money, (), (by_hand, by_system))

/// Money came in, or was charged, under this reference: the same one does so no second time. A reference is its user's:
/// another's same one is another payment.
struct known_reference {
    std::string print;  // of the reference and of who used it
    instant at;
    bool by_hand = false;  // of staff, who have places of their own
    std::string
        amount{};  // of what; empty: of nobody in particular, from before references had users, and of any amount
    bool operator==(const known_reference&) const = default;
};
BOOST_DESCRIBE_STRUCT(known_reference, (), (print, at, by_hand, amount))

struct number_state {
    base::msisdn number;
    std::string language = "zh-CN";
    std::optional<line> subscription;
    std::vector<profile> profiles;
    std::vector<contact_ref> contacts;
    ledger books;
    std::optional<closure> current;  // the open closure, or the last one until the next is opened
    std::vector<past_closure> past;
    std::optional<holds> held;
    int generations = 0;        // given out so far
    int closures = 0;           // opened so far
    std::int64_t revision = 0;  // grows with all that happens, but for notes of what was sent: what an If-Match names
    std::vector<known_reference> payments;  // of all owners
    std::vector<known_reference> charges;
    std::vector<evidence> shown;  // proof shown outside a case: to unlock, to take a lapsed line back
    std::optional<wanted_profile> wanted;
    second_requests asked;  // what waits for a second person
    case_memory memory;
    std::vector<old_certificate> certificates;
    std::vector<proof_tries> tries;              // one of each asker: nobody's failures lock another out
    std::vector<notice_repeats> repeats;         // what is told again and again
    std::vector<network_mismatch> mismatches{};  // one at most per IMSI
    std::vector<profile_offer> offers{};         // to other lines, one at most per profile
    std::vector<leaving_profile> leaving{};      // they went to other lines
    std::vector<coming_profile> coming{};        // they come from other lines
    reply_memory replies{};
    std::vector<unclaimed_money> unclaimed{};  // of all owners; what is done with is forgotten first
    int unclaimed_made = 0;
    std::vector<moved_money> moved{};  // lately, the newest last
    late_money late{};
    bool operator==(const number_state&) const = default;

    bool has_open_closure() const { return current && is_open(current->at_stage); }
    /// The profile that the number is registered to, as far as is known; null: none.
    const profile* serving() const;
};
BOOST_DESCRIBE_STRUCT(number_state, (),
                      (number, language, subscription, profiles, contacts, books, current, past, held, generations,
                       closures, revision, payments, charges, shown, wanted, asked, memory, certificates, tries,
                       repeats, mismatches, offers, leaving, coming, replies, unclaimed, unclaimed_made, moved, late))

// ------------------------------------------------------------------------------------------------ commands

struct new_profile {
    base::iccid iccid;
    base::imsi imsi;
    base::eid eid;
    profile_state state = profile_state::released;
    std::string type{};         // of our SM-DP+
    std::string matching_id{};  // of our SM-DP+; empty: the profile came from elsewhere
    bool operator==(const new_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(new_profile, (), (iccid, imsi, eid, state, type, matching_id))

// -- the line

/// A new line on a free number. The ICCIDs and IMSIs of its profiles are reserved for it before (context::reserved).
/// Refused: line_exists, number_on_hold, policy_unknown, imsi_not_ours, identifier_unreserved.
struct order_line {
    static constexpr std::string_view name = "order_line";
    base::msisdn number;
    label subscriber;
    std::string policy;
    std::string language;
    std::vector<contact_ref> contacts;
    std::vector<new_profile> profiles;
    std::string refund_account;
    std::vector<std::string> recovery_digests;
    /// Not empty: a profile of this type is ordered from our SM-DP+ at once, as by want_profile.
    std::string profile_type{};
    download_terms download{};
    bool account_on_word = false;
    bool document_on_word = false;
    std::optional<instant> account_named_at{};  // after the registration: new to this line, too
    bool operator==(const order_line&) const = default;
};
BOOST_DESCRIBE_STRUCT(order_line, (),
                      (number, subscriber, policy, language, contacts, profiles, refund_account, recovery_digests,
                       profile_type, download, account_on_word, document_on_word, account_named_at))

/// A line that exists already at the operator. The same facts again change nothing, also when the line has lived on
/// since. Other facts are refused (line_exists, with what differs); with `update` the balance, the dates and the
/// contract become these, and more money than one person may change takes a second one (plan_wanted). Whose line it is,
/// its identifiers, contact points and the account for refunds never change so: one token must not move thousands of
/// them (DESIGN §2 rule 9).
struct import_line {
    static constexpr std::string_view name = "import_line";
    order_line order;
    instant since;
    instant valid_until;
    money balance;
    money bonus;
    money debt;
    std::optional<contract> term;
    std::vector<linked_product> products;
    std::string owner_print{};                 // keyed digest of what is said of the subscriber
    std::vector<std::string> owner_differs{};  // the parts of it that are not what is known of them
    bool update = false;
    bool over_budget = false;  // who imports has changed so much money today already
};
BOOST_DESCRIBE_STRUCT(import_line, (),
                      (order, since, valid_until, balance, bonus, debt, term, products, owner_print, owner_differs,
                       update, over_budget))

/// Reserved before, as with order_line. A line that somebody has takes a further one on the owner's proof only, as with
/// want_profile. Refused: profile_exists, imsi_not_ours, identifier_unreserved, evidence_too_weak.
struct add_profile {
    static constexpr std::string_view name = "add_profile";
    new_profile added;
    std::vector<evidence> shown{};
};
BOOST_DESCRIBE_STRUCT(add_profile, (), (added, shown))

/// Another device for the line: a profile of this type is ordered from our SM-DP+ and comes back as take_esim. The
/// matching ID is the activation code's secret part: the shell makes it from randomness (at least 80 bits). Limits that
/// are left at zero are the policy's. Whoever downloads it can take the number along: but for the first one of a
/// new line it takes policy.switch_evidence, and a second person where that rests on the word of who asks, or where
/// staff or a system shows none. Refused: device_limit, line_locked, closure_stage, evidence_too_weak.
struct want_profile {
    static constexpr std::string_view name = "want_profile";
    std::string profile_type;  // not `type`, which is the command's own name where it is written down
    download_terms download;
    std::vector<evidence> shown{};
};
BOOST_DESCRIBE_STRUCT(want_profile, (), (profile_type, download, shown))

/// A profile that does not serve the number will not, until it is resumed, and an order for it that waits is taken
/// back. Weak proof may stop something: the owner in a session, and who ordered what nobody has downloaded yet. Anybody
/// else stops alone only what somebody has on a device, while the number is known to be registered to another profile;
/// and what was ordered for the place of what is lost, while the line is locked for that, nobody but who ordered it.
/// Refused: profile_unknown, blocked (the number is registered to it: that is declare_lost, or undo_switch; or, in a
/// session, no other profile could serve), line_locked (in a session, what takes the lost one's place).
struct stop_profile {
    static constexpr std::string_view name = "stop_profile";
    base::iccid iccid;
};
BOOST_DESCRIBE_STRUCT(stop_profile, (), (iccid))

/// A stopped profile may serve again, and does at once where it is switched on and no other one serves. What it takes
/// to get another profile: policy.switch_evidence, or a second person. Refused: profile_unknown, evidence_too_weak,
/// blocked (gone, lost, or an order of before a loss: its code may be known to whoever has what was lost).
struct resume_profile {
    static constexpr std::string_view name = "resume_profile";
    base::iccid iccid;
    std::vector<evidence> shown{};
};
BOOST_DESCRIBE_STRUCT(resume_profile, (), (iccid, shown))

/// From a profile's stream (see attach_esim). Never refused: what the line cannot take is given back.
struct take_esim {
    static constexpr std::string_view name = "take_esim";
    new_profile added;
    int generation = 0;
};
BOOST_DESCRIBE_STRUCT(take_esim, (), (added, generation))

/// From a profile's stream (see tell_line): what our own SM-DP+ knows, beside what devices report.
struct hear_esim {
    static constexpr std::string_view name = "hear_esim";
    base::iccid iccid;
    profile_state state = profile_state::installed;  // downloaded, installed, enabled, disabled, deleted, cancelled
    base::eid eid;
    std::optional<std::uint32_t> sequence;
    proof shown;
};
BOOST_DESCRIBE_STRUCT(hear_esim, (), (iccid, state, eid, sequence, shown))

// -- a profile moves to another line: both sides agree (see move_rules.cpp)

/// Staff of the line that has it offer it; a second person signs. Refused: profile_unknown, closure_stage, line_locked,
/// blocked, esim_taken (one of our own SM-DP+).
struct offer_profile {
    static constexpr std::string_view name = "offer_profile";
    base::iccid iccid;
    base::msisdn to;
    int to_generation = 0;
};
BOOST_DESCRIBE_STRUCT(offer_profile, (), (iccid, to, to_generation))
/// Weak proof may stop something: the owner of the line, or anybody of the staff.
struct withdraw_offer {
    static constexpr std::string_view name = "withdraw_offer";
    base::iccid iccid;
};
BOOST_DESCRIBE_STRUCT(withdraw_offer, (), (iccid))
/// The other side agrees: the owner of that line or one of the staff asks, a second person signs, and neither had a
/// hand in the offer. To the stream of the line that has the profile, which lets go of it. Refused: not_found (not
/// offered to that line, or not any more), own_application, closure_stage, line_locked, blocked.
struct accept_offer {
    static constexpr std::string_view name = "accept_offer";
    base::iccid iccid;
    base::msisdn to;
    int to_generation = 0;
};
BOOST_DESCRIBE_STRUCT(accept_offer, (), (iccid, to, to_generation))
/// From the other line's stream (see give_profile). Never refused: what this line cannot take goes back.
struct take_moved {
    static constexpr std::string_view name = "take_moved";
    coming_profile what;
    int generation = 0;
};
BOOST_DESCRIBE_STRUCT(take_moved, (), (what, generation))
/// From the other line's stream (see return_profile).
struct take_back {
    static constexpr std::string_view name = "take_back";
    base::iccid iccid;
    int generation = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(take_back, (), (iccid, generation, why))
/// From a claim (see claim_passed).
struct hear_claim {
    static constexpr std::string_view name = "hear_claim";
    std::string identifier;
    std::string holder;
};
BOOST_DESCRIBE_STRUCT(hear_claim, (), (identifier, holder))

/// The number goes back to the profile that it was moved away from, while the policy allows; the other one never serves
/// it again. Twice is harmless. Refused: switch_undo_over.
struct undo_switch {
    static constexpr std::string_view name = "undo_switch";
    std::vector<evidence> shown{};  // policy.switch_evidence; on the word of who asks, a second person signs
};
BOOST_DESCRIBE_STRUCT(undo_switch, (), (shown))

/// What a device said of a profile. Late, repeated and out-of-order reports are accepted and do the right thing:
/// `sequence` orders them per EID; an older one than the last changes nothing.
struct report_profile {
    static constexpr std::string_view name = "report_profile";
    base::iccid iccid;
    profile_state state = profile_state::installed;  // installed, enabled, disabled or deleted
    base::eid eid;
    std::optional<std::uint32_t> sequence;
    proof shown;
};
BOOST_DESCRIBE_STRUCT(report_profile, (), (iccid, state, eid, sequence, shown))

/// Locks the line at once, on any proof (rule 2): no activation code is shown, and the number moves to nothing but what
/// is ordered for it since, on policy.unlock_evidence or by two. Without an ICCID every profile of the line is meant
/// but what was ordered since: that is lost by the word of who ordered it, or of two. Refused then: line_locked in a
/// session.
struct declare_lost {
    static constexpr std::string_view name = "declare_lost";
    std::optional<base::iccid> iccid;
    std::string how;  // "call from another number", "web session"
};
BOOST_DESCRIBE_STRUCT(declare_lost, (), (iccid, how))

/// Unlocks; needs policy.unlock_evidence among `shown`, within the last hour: a saved code must be one of the line's
/// and is used up, everything else must have been seen by staff or a verification system, and on the word of who asks
/// alone a second person signs. A proof that failed is counted (`proof_failed`), which is no refusal.
struct declare_found {
    static constexpr std::string_view name = "declare_found";
    std::optional<base::iccid> iccid;
    std::vector<evidence> shown;
};
BOOST_DESCRIBE_STRUCT(declare_found, (), (iccid, shown))

/// Money into the line: top_up extends the validity, payment settles debt first, bonus is given credit. Where there is
/// no line (any more), or its bill is final, money is kept as unclaimed (money_unclaimed); a bonus is refused.
struct add_money {
    static constexpr std::string_view name = "add_money";
    booking_kind kind = booking_kind::top_up;  // top_up, payment or bonus
    money amount;
    std::string reference;     // unique per payment and caller; the same again changes nothing (reference_taken: of
                               // another amount)
    bool over_budget = false;  // of the staff: they have moved so much today already
};
BOOST_DESCRIBE_STRUCT(add_money, (), (kind, amount, reference, over_budget))

/// Usage or a fee: taken from bonus, then prepaid, then owed. Refused after receipt of a closure (rule 3). By staff,
/// beyond what the policy leaves to one person, a second one signs.
struct charge_line {
    static constexpr std::string_view name = "charge_line";
    money amount;
    std::string what;
    std::string reference;
    bool over_budget = false;
};
BOOST_DESCRIBE_STRUCT(charge_line, (), (amount, what, reference, over_budget))

struct set_contract {
    static constexpr std::string_view name = "set_contract";
    std::optional<contract> term;
    bool over_budget = false;  // see add_money
};
BOOST_DESCRIBE_STRUCT(set_contract, (), (term, over_budget))
struct link_product {
    static constexpr std::string_view name = "link_product";
    linked_product product;
    bool over_budget = false;  // see add_money
};
BOOST_DESCRIBE_STRUCT(link_product, (), (product, over_budget))
struct detach_product {
    static constexpr std::string_view name = "detach_product";
    label product;
    bool over_budget = false;  // see add_money
};
BOOST_DESCRIBE_STRUCT(detach_product, (), (product, over_budget))
/// That it is over is said by the system that said so before, or takes a second person: it ends a protection.
struct set_port_out {
    static constexpr std::string_view name = "set_port_out";
    bool pending = false;
};
BOOST_DESCRIBE_STRUCT(set_port_out, (), (pending))
/// One person sets it, two lift it or name another order. The reference can be read: it names the authority.
struct set_legal_hold {
    static constexpr std::string_view name = "set_legal_hold";
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(set_legal_hold, (), (reference))
/// Locking is free. The lock comes off on policy.customer_unlock_evidence, or after the policy's waiting time, of which
/// everybody is told; by staff with a second person.
struct set_customer_lock {
    static constexpr std::string_view name = "set_customer_lock";
    bool locked = false;
    std::vector<evidence> shown{};
};
BOOST_DESCRIBE_STRUCT(set_customer_lock, (), (locked, shown))
struct note_sim_change {
    static constexpr std::string_view name = "note_sim_change";
};
BOOST_DESCRIBE_STRUCT(note_sim_change, (), ())
/// New saved codes. Those of before hold beside them for policy.recovery_code_rest_days, while everybody is told, but
/// where two people sign or one of the old ones is `shown`.
struct set_recovery_codes {
    static constexpr std::string_view name = "set_recovery_codes";
    std::vector<std::string> digests;
    std::vector<evidence> shown{};
};
BOOST_DESCRIBE_STRUCT(set_recovery_codes, (), (digests, shown))
/// From the subscriber's stream (see tell_contacts).
struct take_contacts {
    static constexpr std::string_view name = "take_contacts";
    label subscriber;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    std::string language;
    std::optional<instant> document_changed_at{};
    bool account_on_word = false;
    bool document_on_word = false;
    std::optional<instant> account_named_at{};
};
BOOST_DESCRIBE_STRUCT(take_contacts, (),
                      (subscriber, contacts, refund_account, language, document_changed_at, account_on_word,
                       document_on_word, account_named_at))

// -- the closure, stage by stage

/// Opens a case, or finds the open one (no event). Computes every block and issues quote 1 at once.
struct open_closure {
    static constexpr std::string_view name = "open_closure";
    closing_reason reason = closing_reason::not_needed;
    std::vector<std::string> signals;  // facts only the shell can see: bulk_pattern, channel_mismatch
};
BOOST_DESCRIBE_STRUCT(open_closure, (), (reason, signals))
struct ask_quote {
    static constexpr std::string_view name = "ask_quote";
};
BOOST_DESCRIBE_STRUCT(ask_quote, (), ())
struct accept_quote {
    static constexpr std::string_view name = "accept_quote";
    int quote = 0;
    std::vector<label> detach;  // products to detach; all linked ones must be named
};
BOOST_DESCRIBE_STRUCT(accept_quote, (), (quote, detach))
/// `nonce` and `digest` come from the shell (see otp_challenge). Refused: contact_unknown, too_many, otp_locked.
struct request_otp {
    static constexpr std::string_view name = "request_otp";
    label contact;  // "line" or a contact's id
    std::string nonce;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(request_otp, (), (contact, nonce, digest))
/// Refused (and counted): otp_wrong; otp_expired, otp_locked. A refusal that must be remembered is an event, so a wrong
/// code succeeds as a command with an `otp_failed` event; `outcome_of` tells the channel.
struct present_otp {
    static constexpr std::string_view name = "present_otp";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(present_otp, (), (digest))
struct present_recovery_code {
    static constexpr std::string_view name = "present_recovery_code";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(present_recovery_code, (), (digest))
/// How what is left is paid back, where the policy gives a choice. Until submission, by the applicant; that it is
/// waived is said by its owner, or by two.
struct choose_payout {
    static constexpr std::string_view name = "choose_payout";
    payout how = payout::account;
};
BOOST_DESCRIBE_STRUCT(choose_payout, (), (how))
/// By staff or a verification system: id_document, bank_card, staff_sighting, callback.
struct record_evidence {
    static constexpr std::string_view name = "record_evidence";
    evidence_kind kind = evidence_kind::id_document;
    bool passed = false;
    std::string method;
    std::string digest;
    comparison compared = comparison::not_compared;
};
BOOST_DESCRIBE_STRUCT(record_evidence, (), (kind, passed, method, digest, compared))
struct prepare_backup {
    static constexpr std::string_view name = "prepare_backup";
};
BOOST_DESCRIBE_STRUCT(prepare_backup, (), ())
struct backup_fetched {
    static constexpr std::string_view name = "backup_fetched";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(backup_fetched, (), (digest))
struct decline_backup {
    static constexpr std::string_view name = "decline_backup";
};
BOOST_DESCRIBE_STRUCT(decline_backup, (), ())
/// Refused with everything that is still missing at once: blocked, quote_expired, quote_not_accepted, backup_undecided,
/// evidence_missing.
struct submit_closure {
    static constexpr std::string_view name = "submit_closure";
};
BOOST_DESCRIBE_STRUCT(submit_closure, (), ())
struct want_information {
    static constexpr std::string_view name = "want_information";
    std::string what;
};
BOOST_DESCRIBE_STRUCT(want_information, (), (what))
struct give_information {
    static constexpr std::string_view name = "give_information";
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(give_information, (), (reference))
struct approve_closure {
    static constexpr std::string_view name = "approve_closure";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(approve_closure, (), (reason))
struct reject_closure {
    static constexpr std::string_view name = "reject_closure";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(reject_closure, (), (reason))
struct withdraw_closure {
    static constexpr std::string_view name = "withdraw_closure";
};
BOOST_DESCRIBE_STRUCT(withdraw_closure, (), ())
/// "That was not me": any contact point may say it, on any proof; it stops the case and freezes the line's end.
struct repudiate_closure {
    static constexpr std::string_view name = "repudiate_closure";
    std::string contact;
};
BOOST_DESCRIBE_STRUCT(repudiate_closure, (), (contact))
struct clear_fraud {
    static constexpr std::string_view name = "clear_fraud";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(clear_fraud, (), (reason))
struct confirm_fraud {
    static constexpr std::string_view name = "confirm_fraud";
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(confirm_fraud, (), (reason))
struct write_off_profile {
    static constexpr std::string_view name = "write_off_profile";
    base::iccid iccid;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(write_off_profile, (), (iccid, why))
/// The old owner takes the number back while the reclaim window runs, after a closure or after it lapsed; needs
/// policy.reinstate_evidence shown since the end.
struct reinstate_line {
    static constexpr std::string_view name = "reinstate_line";
};
BOOST_DESCRIBE_STRUCT(reinstate_line, (), ())

// -- answers from the world and from time

struct hlr_answered {
    static constexpr std::string_view name = "hlr_answered";
    hlr_operation operation = hlr_operation::bar;
    base::imsi imsi;
    std::string answer;
    std::optional<mismatch_kind> mismatch{};  // set: nothing was done, and why
    std::string other{};                      // of a mismatch: the other number, or the other IMSI
};
BOOST_DESCRIBE_STRUCT(hlr_answered, (), (operation, imsi, answer, mismatch, other))
/// Staff have set the HLR right, or think so: what was not done is asked for again.
struct recheck_network {
    static constexpr std::string_view name = "recheck_network";
};
BOOST_DESCRIBE_STRUCT(recheck_network, (), ())
/// Somebody else wanted an identifier of this number's (see tell_contest): only noted.
struct hear_contest {
    static constexpr std::string_view name = "hear_contest";
    std::string identifier;
    std::string wanted_by;
};
BOOST_DESCRIBE_STRUCT(hear_contest, (), (identifier, wanted_by))
/// A customer's SMS (weak proof: whoever sends one may write any sender). `id` is the transport's: the same again
/// changes nothing. It may stop and ask; what costs money needs a code, which only who reads the line's SMS knows: the
/// shell gives the digest of the one that was named, and nonce and digest of one to ask for (see otp_challenge).
struct hear_reply {
    static constexpr std::string_view name = "hear_reply";
    reply_word word = reply_word::unknown;
    label contact;  // where it came from: "line", or a contact's id
    std::string id;
    std::string named{};  // empty: no code was
    std::string nonce{};
    std::string digest{};
};
BOOST_DESCRIBE_STRUCT(hear_reply, (), (word, contact, id, named, nonce, digest))
/// Reminders only: what a case does, and the end of a line, is always told.
struct set_reminders {
    static constexpr std::string_view name = "set_reminders";
    bool stopped = false;
};
BOOST_DESCRIBE_STRUCT(set_reminders, (), (stopped))
struct notice_sent {
    static constexpr std::string_view name = "notice_sent";
    std::string kind;
    label contact;
    medium by = medium::sms;
    std::string receipt;
};
BOOST_DESCRIBE_STRUCT(notice_sent, (), (kind, contact, by, receipt))
/// The SMSC's delivery receipt for a notice that left (matched by `receipt`, the message id it gave).
struct notice_delivered {
    static constexpr std::string_view name = "notice_delivered";
    std::string receipt;
    std::string outcome;  // "DELIVRD", "UNDELIV", …
};
BOOST_DESCRIBE_STRUCT(notice_delivered, (), (receipt, outcome))
struct certificate_signed {
    static constexpr std::string_view name = "certificate_signed";
    int closure = 0;
    std::string jws;
};
BOOST_DESCRIBE_STRUCT(certificate_signed, (), (closure, jws))
struct refund_written {
    static constexpr std::string_view name = "refund_written";
    std::string id;
    std::string file;
};
BOOST_DESCRIBE_STRUCT(refund_written, (), (id, file))
/// From the bank, about any of its EndToEndIds: paid (settled) or came back (returned: it is ordered again when the
/// owner names another account). From people, or against what the bank said before, a second person signs.
struct refund_answered {
    static constexpr std::string_view name = "refund_answered";
    std::string id;
    bool settled = true;
};
BOOST_DESCRIBE_STRUCT(refund_answered, (), (id, settled))
/// The refund of a closed line waits, because no account was named or because the bank returned it, and its owner has
/// named one: it is ordered, on policy.payout_evidence, and with a second person where that rests on the word of who
/// asks. Another account than the last one is paid after the policy's hold, of which everybody has heard, by itself.
struct pay_refund_again {
    static constexpr std::string_view name = "pay_refund_again";
    std::vector<evidence> shown;
};
BOOST_DESCRIBE_STRUCT(pay_refund_again, (), (shown))
/// Unclaimed money goes back: to the account of the owner on file, or to the payer's, which the shell has sealed under
/// `payee`. A second person signs, who did not report the payment.
struct return_money {
    static constexpr std::string_view name = "return_money";
    int serial = 0;
    bool to_payer = false;
    std::string account{};  // keyed digest; of the payer's
    label payee{};
};
BOOST_DESCRIBE_STRUCT(return_money, (), (serial, to_payer, account, payee))
/// Whoever is to sign sees what they sign: the payer's account is read after this, with a reason.
struct record_payer_read {
    static constexpr std::string_view name = "record_payer_read";
    int serial = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(record_payer_read, (), (serial, why))
/// The number's next instant has come (see next_due).
struct tick {
    static constexpr std::string_view name = "tick";
};
BOOST_DESCRIBE_STRUCT(tick, (), ())
/// New calendar or policy data: dates that were provisional are computed again.
struct recheck_dates {
    static constexpr std::string_view name = "recheck_dates";
};
BOOST_DESCRIBE_STRUCT(recheck_dates, (), ())

using number_command_kinds =
    std::variant<order_line, import_line, add_profile, report_profile, declare_lost, declare_found, add_money,
                 charge_line, set_contract, link_product, detach_product, set_port_out, set_legal_hold,
                 set_customer_lock, note_sim_change, set_recovery_codes, take_contacts, open_closure, ask_quote,
                 accept_quote, request_otp, present_otp, present_recovery_code, record_evidence, prepare_backup,
                 backup_fetched, decline_backup, submit_closure, want_information, give_information, approve_closure,
                 reject_closure, withdraw_closure, repudiate_closure, clear_fraud, confirm_fraud, write_off_profile,
                 reinstate_line, hlr_answered, notice_sent, notice_delivered, certificate_signed, refund_written,
                 refund_answered, tick, recheck_dates, want_profile, take_esim, hear_esim, undo_switch, countersign,
                 refuse_second, pay_refund_again, recheck_network, hear_contest, offer_profile, withdraw_offer,
                 accept_offer, take_moved, take_back, hear_claim, hear_reply, set_reminders, choose_payout,
                 return_money, stop_profile, record_payer_read, resume_profile>;

// ------------------------------------------------------------------------------------------------ events

struct line_ordered {
    static constexpr std::string_view name = "line_ordered";
    base::msisdn number;
    label subscriber;
    std::string policy;
    std::string currency;
    std::string language;
    std::vector<contact_ref> contacts;
    std::vector<new_profile> profiles;
    std::string refund_account;
    std::vector<std::string> recovery_digests;
    int generation = 1;
    bool imported = false;
    line_status status = line_status::ordered;
    instant since;
    instant valid_until;
    int reminders_passed = 0;
    instant keepalive_at;
    std::optional<contract> term;
    std::vector<linked_product> products;
    std::string reference{};
    std::string import_print{};  // by which the same import is known again
    base::iccid serving{};       // of an import: the number is registered to this profile
    bool account_on_word = false;
    actor by{};
    bool document_on_word = false;
    std::optional<instant> account_named_at{};
    bool operator==(const line_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_ordered, (),
                      (number, subscriber, policy, currency, language, contacts, profiles, refund_account,
                       recovery_digests, generation, imported, status, since, valid_until, reminders_passed,
                       keepalive_at, term, products, reference, import_print, serving, account_on_word, by,
                       document_on_word, account_named_at))
/// An import said otherwise than the one before (import_line::update); money is booked beside it.
struct line_corrected {
    static constexpr std::string_view name = "line_corrected";
    instant since;
    instant valid_until;
    int reminders_passed = 0;
    instant keepalive_at;
    std::optional<contract> term;
    std::vector<linked_product> products;
    std::string import_print;
    std::vector<std::string> differed;
    actor by;
    instant at;
    moved_money moved{};   // what leaving costs less by it, at some time until the later end
    moved_money dearer{};  // … and more
    bool operator==(const line_corrected&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_corrected, (),
                      (since, valid_until, reminders_passed, keepalive_at, term, products, import_print, differed, by,
                       at, moved, dearer))
struct profile_added {
    static constexpr std::string_view name = "profile_added";
    new_profile added;
    instant at;
    bool further = false;  // the line was somebody's already
    bool operator==(const profile_added&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_added, (), (added, at, further))
/// It never serves the number; an order that waits is taken back.
struct profile_stopped {
    static constexpr std::string_view name = "profile_stopped";
    base::iccid iccid;
    actor by;
    instant at;
    bool operator==(const profile_stopped&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_stopped, (), (iccid, by, at))
/// It may serve the number again.
struct profile_resumed {
    static constexpr std::string_view name = "profile_resumed";
    base::iccid iccid;
    bool serves = false;  // the number is registered to it from now on
    actor by;
    instant at;
    bool operator==(const profile_resumed&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_resumed, (), (iccid, serves, by, at))
struct profile_reported {
    static constexpr std::string_view name = "profile_reported";
    base::iccid iccid;
    profile_state state = profile_state::installed;
    base::eid eid;
    std::optional<std::uint32_t> sequence;
    proof shown;
    bool first_use = false;     // the line becomes active by it
    bool other_device = false;  // bound to another EID than before: a SIM change
    bool serves = false;        // the number is registered to it from now on
    bool stopped = false;       // it came to a device while the line was locked as lost: it serves not until resumed
    bool operator==(const profile_reported&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_reported, (),
                      (iccid, state, eid, sequence, shown, first_use, other_device, serves, stopped))
struct profile_wanted {
    static constexpr std::string_view name = "profile_wanted";
    std::string profile_type;
    download_terms terms;
    instant at;
    actor by{};
    bool further = false;  // the line was somebody's already
    bool operator==(const profile_wanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_wanted, (), (profile_type, terms, at, by, further))
/// The line could not take it: it goes back to the SM-DP+.
struct profile_returned {
    static constexpr std::string_view name = "profile_returned";
    base::iccid iccid;
    std::string matching_id;
    std::string why;
    instant at;
    bool operator==(const profile_returned&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_returned, (), (iccid, matching_id, why, at))
/// The number leaves `from`; the report that follows says that `to` serves it.
struct line_switched {
    static constexpr std::string_view name = "line_switched";
    base::iccid from;
    base::iccid to;
    instant at;
    instant undo_until;  // zero: it cannot be undone
    int undo_hours = 0;
    bool operator==(const line_switched&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_switched, (), (from, to, at, undo_until, undo_hours))
struct switch_undone {
    static constexpr std::string_view name = "switch_undone";
    base::iccid from;  // served the number until now
    base::iccid to;    // serves it again
    instant at;
    bool operator==(const switch_undone&) const = default;
};
BOOST_DESCRIBE_STRUCT(switch_undone, (), (from, to, at))
struct profile_written_off {
    static constexpr std::string_view name = "profile_written_off";
    base::iccid iccid;
    proof shown;
    std::string why;
    bool operator==(const profile_written_off&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_written_off, (), (iccid, shown, why))
struct device_lost {
    static constexpr std::string_view name = "device_lost";
    std::vector<base::iccid> iccids;
    std::string how;
    instant at;
    bool operator==(const device_lost&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_lost, (), (iccids, how, at))
struct device_found {
    static constexpr std::string_view name = "device_found";
    std::vector<base::iccid> iccids;
    bool unlocks = false;
    instant at;
    bool replaced = false;  // nothing was found: another profile serves from now on, which was ordered for that
    bool all = false;       // found without naming one: whatever is on a device is in its owner's hands
    bool operator==(const device_found&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_found, (), (iccids, unlocks, at, replaced, all))
struct money_booked {
    static constexpr std::string_view name = "money_booked";
    booking what;
    std::string note;
    instant at;
    money_hand by = money_hand::nobody;
    bool by_two = false;
    std::string used_by{};  // whose reference it is; see user_of()
    bool operator==(const money_booked&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_booked, (), (what, note, at, by, by_two, used_by))
struct validity_extended {
    static constexpr std::string_view name = "validity_extended";
    instant until;
    int reminders_passed = 0;
    instant keepalive_at;
    bool operator==(const validity_extended&) const = default;
};
BOOST_DESCRIBE_STRUCT(validity_extended, (), (until, reminders_passed, keepalive_at))
struct validity_reminded {
    static constexpr std::string_view name = "validity_reminded";
    int reminders = 0;
    instant keepalive_at;
    local_day last_day;
    instant at;
    bool operator==(const validity_reminded&) const = default;
};
BOOST_DESCRIBE_STRUCT(validity_reminded, (), (reminders, keepalive_at, last_day, at))
struct line_status_changed {
    static constexpr std::string_view name = "line_status_changed";
    line_status status = line_status::active;
    instant at;
    instant keepalive_at;
    local_day last_day{};  // of this status, unless money comes in
    bool operator==(const line_status_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_status_changed, (), (status, at, keepalive_at, last_day))
struct contract_set {
    static constexpr std::string_view name = "contract_set";
    std::optional<contract> term;
    moved_money moved{};   // what leaving costs less by it, at some time until the later end
    moved_money dearer{};  // … and more
    bool operator==(const contract_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(contract_set, (), (term, moved, dearer))
struct product_linked {
    static constexpr std::string_view name = "product_linked";
    linked_product product;
    moved_money moved{};  // what leaving costs less by it
    bool operator==(const product_linked&) const = default;
};
BOOST_DESCRIBE_STRUCT(product_linked, (), (product, moved))
struct product_detached {
    static constexpr std::string_view name = "product_detached";
    label product;
    moved_money moved{};  // what leaving costs less by it
    bool operator==(const product_detached&) const = default;
};
BOOST_DESCRIBE_STRUCT(product_detached, (), (product, moved))
struct port_out_set {
    static constexpr std::string_view name = "port_out_set";
    std::optional<instant> since;
    actor by{};
    bool operator==(const port_out_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(port_out_set, (), (since, by))
struct legal_hold_set {
    static constexpr std::string_view name = "legal_hold_set";
    std::string reference;
    bool operator==(const legal_hold_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(legal_hold_set, (), (reference))
/// The lock stays on until `until`; who did not mean it locks again.
struct customer_unlock_announced {
    static constexpr std::string_view name = "customer_unlock_announced";
    instant at;
    instant until;
    local_day day;  // where the line is
    int hours = 0;
    bool operator==(const customer_unlock_announced&) const = default;
};
BOOST_DESCRIBE_STRUCT(customer_unlock_announced, (), (at, until, day, hours))
/// The asker's alone. Within a case what the customer does wrong is `otp_failed`; what staff do wrong is this one, and
/// counts as a fact of the case, too.
struct proof_failed {
    static constexpr std::string_view name = "proof_failed";
    evidence_kind kind = evidence_kind::id_document;
    int wrong = 0;
    std::optional<instant> locked_until;
    actor by;
    instant at;
    bool in_case = false;
    bool operator==(const proof_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(proof_failed, (), (kind, wrong, locked_until, by, at, in_case))
/// After the submission another refund account was named: the case is assessed again and waits for two people.
struct account_questioned {
    static constexpr std::string_view name = "account_questioned";
    std::string account;  // keyed digest; the one of the submission: there is nothing to decide about any more
    risk assessed;
    instant at;
    local_day due;
    bool due_provisional = false;
    instant due_at;
    local_day due_from{};
    instant cooling_off_until;
    bool operator==(const account_questioned&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_questioned, (),
                      (account, assessed, at, due, due_provisional, due_at, due_from, cooling_off_until))
struct customer_lock_set {
    static constexpr std::string_view name = "customer_lock_set";
    bool locked = false;
    instant at{};
    actor by{};
    bool operator==(const customer_lock_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(customer_lock_set, (), (locked, at, by))
struct sim_changed {
    static constexpr std::string_view name = "sim_changed";
    instant at;
    bool said = false;   // by one of the staff, and nothing else shows it
    bool blocks = true;  // closing waits for a while
    bool operator==(const sim_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(sim_changed, (), (at, said, blocks))
struct recovery_codes_set {
    static constexpr std::string_view name = "recovery_codes_set";
    std::vector<std::string> digests;
    instant at{};
    actor by{};
    std::optional<saved_codes> before{};  // these hold beside them for a while
    bool operator==(const recovery_codes_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(recovery_codes_set, (), (digests, at, by, before))
struct contacts_taken {
    static constexpr std::string_view name = "contacts_taken";
    std::vector<contact_ref> contacts;
    std::string refund_account;
    std::string language;
    bool account_changed = false;
    instant at;
    std::optional<instant> document_changed_at{};  // another document than this line knew of is on file since
    bool account_on_word = false;
    bool document_on_word = false;
    bool operator==(const contacts_taken&) const = default;
};
BOOST_DESCRIBE_STRUCT(contacts_taken, (),
                      (contacts, refund_account, language, account_changed, at, document_changed_at, account_on_word,
                       document_on_word))

struct closure_opened {
    static constexpr std::string_view name = "closure_opened";
    int number = 0;
    channel through = channel::web;
    closing_reason reason = closing_reason::not_needed;
    actor by;
    instant at;
    instant expires_at;
    std::vector<block> blocks;
    risk assessed;
    std::string reference{};
    bool operator==(const closure_opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_opened, (), (number, through, reason, by, at, expires_at, blocks, assessed, reference))
struct quote_issued {
    static constexpr std::string_view name = "quote_issued";
    quote offer;
    std::vector<block> blocks;
    bool operator==(const quote_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(quote_issued, (), (offer, blocks))
struct quote_accepted {
    static constexpr std::string_view name = "quote_accepted";
    int quote = 0;
    std::vector<label> detach;
    instant at;
    actor by{};
    bool operator==(const quote_accepted&) const = default;
};
BOOST_DESCRIBE_STRUCT(quote_accepted, (), (quote, detach, at, by))
struct otp_issued {
    static constexpr std::string_view name = "otp_issued";
    otp_challenge challenge;
    bool operator==(const otp_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_issued, (), (challenge))
struct otp_failed {
    static constexpr std::string_view name = "otp_failed";
    int wrong = 0;
    std::optional<instant> locked_until;
    instant at;
    bool operator==(const otp_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_failed, (), (wrong, locked_until, at))
struct evidence_recorded {
    static constexpr std::string_view name = "evidence_recorded";
    evidence shown;
    int otp_serial = 0;
    bool of_line = false;  // shown outside a case
    bool operator==(const evidence_recorded&) const = default;
};
BOOST_DESCRIBE_STRUCT(evidence_recorded, (), (shown, otp_serial, of_line))
struct backup_prepared {
    static constexpr std::string_view name = "backup_prepared";
    instant at;
    instant expires_at;
    bool operator==(const backup_prepared&) const = default;
};
BOOST_DESCRIBE_STRUCT(backup_prepared, (), (at, expires_at))
struct backup_downloaded {
    static constexpr std::string_view name = "backup_downloaded";
    instant at;
    std::string digest;
    bool operator==(const backup_downloaded&) const = default;
};
BOOST_DESCRIBE_STRUCT(backup_downloaded, (), (at, digest))
struct backup_declined {
    static constexpr std::string_view name = "backup_declined";
    instant at;
    actor by{};
    bool operator==(const backup_declined&) const = default;
};
BOOST_DESCRIBE_STRUCT(backup_declined, (), (at, by))
struct closure_submitted {
    static constexpr std::string_view name = "closure_submitted";
    instant at;
    actor by;
    risk assessed;
    closure_terms terms;
    std::string policy;
    std::string calendar;
    local_day due;
    bool due_provisional = false;
    instant due_at;
    instant cooling_off_until;
    instant earliest_end;
    local_day received;                  // the day that is not counted
    std::string account{};               // keyed digest of the refund account: money goes there
    std::vector<std::string> look_at{};  // why policy does not decide alone
    bool operator==(const closure_submitted&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_submitted, (),
                      (at, by, assessed, terms, policy, calendar, due, due_provisional, due_at, cooling_off_until,
                       earliest_end, received, account, look_at))
struct due_moved {
    static constexpr std::string_view name = "due_moved";
    local_day due;
    bool due_provisional = false;
    instant due_at;
    std::string calendar;
    instant at;
    local_day was{};
    bool operator==(const due_moved&) const = default;
};
BOOST_DESCRIBE_STRUCT(due_moved, (), (due, due_provisional, due_at, calendar, at, was))
struct information_wanted {
    static constexpr std::string_view name = "information_wanted";
    std::string what;
    actor by;
    instant at;
    local_day answer_by{};  // the last whole day before the application expires
    bool operator==(const information_wanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(information_wanted, (), (what, by, at, answer_by))
struct information_given {
    static constexpr std::string_view name = "information_given";
    std::string reference;
    instant at;
    local_day due;
    bool due_provisional = false;
    instant due_at;
    local_day due_from{};  // the clock runs again from this day, with due_days left
    int due_days = 0;
    std::int64_t stopped_ms = 0;  // how long the clock stood still
    bool operator==(const information_given&) const = default;
};
BOOST_DESCRIBE_STRUCT(information_given, (),
                      (reference, at, due, due_provisional, due_at, due_from, due_days, stopped_ms))
struct review_escalated {
    static constexpr std::string_view name = "review_escalated";
    instant at;
    bool operator==(const review_escalated&) const = default;
};
BOOST_DESCRIBE_STRUCT(review_escalated, (), (at))
struct approval_given {
    static constexpr std::string_view name = "approval_given";
    approval given;
    bool operator==(const approval_given&) const = default;
};
BOOST_DESCRIBE_STRUCT(approval_given, (), (given))
struct closure_approved {
    static constexpr std::string_view name = "closure_approved";
    instant at;
    closure_terms terms;
    bool operator==(const closure_approved&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_approved, (), (at, terms))
struct closure_rejected {
    static constexpr std::string_view name = "closure_rejected";
    actor by;
    std::string reason;
    instant at;
    bool operator==(const closure_rejected&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_rejected, (), (by, reason, at))
struct closure_withdrawn {
    static constexpr std::string_view name = "closure_withdrawn";
    actor by;
    instant at;
    bool operator==(const closure_withdrawn&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_withdrawn, (), (by, at))
struct closure_expired {
    static constexpr std::string_view name = "closure_expired";
    instant at;
    bool operator==(const closure_expired&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_expired, (), (at))
struct closure_repudiated {
    static constexpr std::string_view name = "closure_repudiated";
    std::string contact;
    actor by;
    instant at;
    bool operator==(const closure_repudiated&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_repudiated, (), (contact, by, at))
struct fraud_cleared {
    static constexpr std::string_view name = "fraud_cleared";
    actor by;
    std::string reason;
    instant at;
    local_day due;  // the review starts again
    bool due_provisional = false;
    instant due_at;
    local_day due_from{};
    risk assessed{};  // again: somebody said that it was not them
    instant cooling_off_until{};
    bool operator==(const fraud_cleared&) const = default;
};
BOOST_DESCRIBE_STRUCT(fraud_cleared, (),
                      (by, reason, at, due, due_provisional, due_at, due_from, assessed, cooling_off_until))
struct unbinding_started {
    static constexpr std::string_view name = "unbinding_started";
    instant at;
    instant write_off_at;
    local_day write_off_day{};
    bool operator==(const unbinding_started&) const = default;
};
BOOST_DESCRIBE_STRUCT(unbinding_started, (), (at, write_off_at, write_off_day))
struct settling_started {
    static constexpr std::string_view name = "settling_started";
    instant at;
    instant bar_at{};         // the line's last SMS goes first, and the bar waits for it until then; zero: at once
    instant late_at{};        // who was told "now" hears then that it takes longer; zero: never
    local_day reclaim_day{};  // if it closes today
    bool operator==(const settling_started&) const = default;
};
BOOST_DESCRIBE_STRUCT(settling_started, (), (at, bar_at, late_at, reclaim_day))
/// The line's last SMS has left, or the time for it is over: the bar goes out.
struct last_word_over {
    static constexpr std::string_view name = "last_word_over";
    instant at;
    bool left = false;  // the message centre has it
    bool operator==(const last_word_over&) const = default;
};
BOOST_DESCRIBE_STRUCT(last_word_over, (), (at, left))
/// The network has not barred the number in time, or will not: everybody who was told "now" hears so.
struct closing_delayed {
    static constexpr std::string_view name = "closing_delayed";
    instant at;
    bool operator==(const closing_delayed&) const = default;
};
BOOST_DESCRIBE_STRUCT(closing_delayed, (), (at))
struct reminders_set {
    static constexpr std::string_view name = "reminders_set";
    bool stopped = false;
    actor by;
    instant at;
    bool operator==(const reminders_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(reminders_set, (), (stopped, by, at))
/// Answered to where it came from, and nowhere else.
struct reply_heard {
    static constexpr std::string_view name = "reply_heard";
    reply_word word = reply_word::unknown;
    label contact;
    std::string id;
    reply_outcome outcome = reply_outcome::done;
    instant at;
    std::string keep_nonce{};  // of `confirm`, and the digest of its code, which is kept nowhere
    std::string keep_digest{};
    std::optional<money> price{};
    local_day until{};  // the last day, as things are
    bool operator==(const reply_heard&) const = default;
};
BOOST_DESCRIBE_STRUCT(reply_heard, (), (word, contact, id, outcome, at, keep_nonce, keep_digest, price, until))
struct network_answered {
    static constexpr std::string_view name = "network_answered";
    hlr_proof answer;
    bool operator==(const network_answered&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_answered, (), (answer))
/// The HLR has it otherwise: nothing was done for this IMSI.
struct network_mismatched {
    static constexpr std::string_view name = "network_mismatched";
    network_mismatch what;
    bool operator==(const network_mismatched&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_mismatched, (), (what))
/// For this IMSI the HLR and the journal agree again.
struct network_agreed {
    static constexpr std::string_view name = "network_agreed";
    base::imsi imsi;
    instant at;
    bool operator==(const network_agreed&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_agreed, (), (imsi, at))
struct network_asked_again {
    static constexpr std::string_view name = "network_asked_again";
    actor by;
    std::vector<network_mismatch> what;
    instant at;
    bool operator==(const network_asked_again&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_asked_again, (), (by, what, at))
/// Somebody else wanted an identifier of this number's and was turned away; or has it at the HLR.
struct identifier_contested {
    static constexpr std::string_view name = "identifier_contested";
    std::string identifier;
    std::string wanted_by;
    instant at;
    bool operator==(const identifier_contested&) const = default;
};
BOOST_DESCRIBE_STRUCT(identifier_contested, (), (identifier, wanted_by, at))
struct profile_offered {
    static constexpr std::string_view name = "profile_offered";
    profile_offer offer;
    instant at;
    bool operator==(const profile_offered&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_offered, (), (offer, at))
/// Taken back, or over.
struct offer_ended {
    static constexpr std::string_view name = "offer_ended";
    base::iccid iccid;
    bool expired = false;
    instant at;
    bool operator==(const offer_ended&) const = default;
};
BOOST_DESCRIBE_STRUCT(offer_ended, (), (iccid, expired, at))
/// The other side agreed: the line has it no longer.
struct profile_handed_over {
    static constexpr std::string_view name = "profile_handed_over";
    base::iccid iccid;
    base::imsi imsi;
    base::msisdn to;
    int to_generation = 0;
    actor accepted_by;
    bool on_network = false;  // the IMSI leaves the number there first
    instant at;
    bool operator==(const profile_handed_over&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_handed_over, (), (iccid, imsi, to, to_generation, accepted_by, on_network, at))
struct profile_left {
    static constexpr std::string_view name = "profile_left";
    base::iccid iccid;
    instant at;
    bool operator==(const profile_left&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_left, (), (iccid, at))
/// The other line could not take it: it is this line's again.
struct profile_came_back {
    static constexpr std::string_view name = "profile_came_back";
    base::iccid iccid;
    bool serves = false;
    std::string why;
    instant at;
    bool operator==(const profile_came_back&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_came_back, (), (iccid, serves, why, at))
struct profile_coming {
    static constexpr std::string_view name = "profile_coming";
    coming_profile what;
    instant at;
    bool operator==(const profile_coming&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_coming, (), (what, at))
struct profile_not_taken {
    static constexpr std::string_view name = "profile_not_taken";
    base::iccid iccid;
    base::msisdn from;
    int from_generation = 0;
    std::string why;
    instant at;
    base::imsi imsi{};  // set: its claims had come here, and go back too
    bool operator==(const profile_not_taken&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_not_taken, (), (iccid, from, from_generation, why, at, imsi))
/// `wanted`: not any more, the line has ended meanwhile: the claim is free again.
struct identifier_passed {
    static constexpr std::string_view name = "identifier_passed";
    std::string identifier;
    std::string holder;
    bool wanted = true;
    instant at;
    bool operator==(const identifier_passed&) const = default;
};
BOOST_DESCRIBE_STRUCT(identifier_passed, (), (identifier, holder, wanted, at))
struct refund_ordered {
    static constexpr std::string_view name = "refund_ordered";
    std::string id;
    money amount;
    local_day due;
    instant at;
    std::string account{};  // keyed digest of the account that it may be paid to, and no other
    bool operator==(const refund_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_ordered, (), (id, amount, due, at, account))
struct refund_state_changed {
    static constexpr std::string_view name = "refund_state_changed";
    refund_state state = refund_state::written;
    std::string file;
    instant at;
    std::string id{};       // of the refund; it may belong to an earlier case
    instant payer_until{};  // of money without a line, paid to whoever had paid it
    bool operator==(const refund_state_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_state_changed, (), (state, file, at, id, payer_until))
struct payout_chosen {
    static constexpr std::string_view name = "payout_chosen";
    payout how = payout::account;
    actor by;
    instant at;
    bool operator==(const payout_chosen&) const = default;
};
BOOST_DESCRIBE_STRUCT(payout_chosen, (), (how, by, at))
/// What is left is not ordered to be paid: no account is known (waiting), in cash (to_collect, with an id of its own),
/// or its owner gave it up (waived).
struct refund_set_aside {
    static constexpr std::string_view name = "refund_set_aside";
    refund_state state = refund_state::waiting;
    money amount;
    std::string id;
    local_day due;
    instant at;
    bool operator==(const refund_set_aside&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_set_aside, (), (state, amount, id, due, at))
/// Proved; it goes by itself then, if the account is still that one.
struct payout_held {
    static constexpr std::string_view name = "payout_held";
    std::string account;
    instant go_at;
    local_day day;
    instant at;
    bool operator==(const payout_held&) const = default;
};
BOOST_DESCRIBE_STRUCT(payout_held, (), (account, go_at, day, at))
/// What was held is not ordered: there is no such money any more. It is as before it was proved.
struct payout_waits {
    static constexpr std::string_view name = "payout_waits";
    instant at;
    bool operator==(const payout_waits&) const = default;
};
BOOST_DESCRIBE_STRUCT(payout_waits, (), (at))
/// The bank says of an earlier order something else than before. Nothing is ordered by it; somebody must look.
struct refund_contradicted {
    static constexpr std::string_view name = "refund_contradicted";
    std::string id;
    money amount;
    bool settled = false;
    actor by;
    instant at;
    bool operator==(const refund_contradicted&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_contradicted, (), (id, amount, settled, by, at))
struct money_unclaimed {
    static constexpr std::string_view name = "money_unclaimed";
    unclaimed_money what;
    instant at;
    bool operator==(const money_unclaimed&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_unclaimed, (), (what, at))
/// To be paid back at `go_at`; zero: it is ordered with `id` now.
struct money_return_ordered {
    static constexpr std::string_view name = "money_return_ordered";
    int serial = 0;
    bool to_payer = false;
    std::string id;
    std::string account;
    label payee;
    local_day due;
    instant go_at;
    actor by;
    instant at;
    bool operator==(const money_return_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_return_ordered, (), (serial, to_payer, id, account, payee, due, go_at, by, at))
/// Somebody reads the name and the account of who paid.
struct payer_read {
    static constexpr std::string_view name = "payer_read";
    int serial = 0;
    std::string why;
    actor by;
    instant at;
    bool operator==(const payer_read&) const = default;
};
BOOST_DESCRIBE_STRUCT(payer_read, (), (serial, why, by, at))
/// Nobody needs the payer's account any more: what is sealed under this name is destroyed.
struct payer_let_go {
    static constexpr std::string_view name = "payer_let_go";
    label payee;
    instant at;
    bool operator==(const payer_let_go&) const = default;
};
BOOST_DESCRIBE_STRUCT(payer_let_go, (), (payee, at))
/// Its owner took the number back: booked to the line.
struct money_claimed {
    static constexpr std::string_view name = "money_claimed";
    int serial = 0;
    instant at;
    bool operator==(const money_claimed&) const = default;
};
BOOST_DESCRIBE_STRUCT(money_claimed, (), (serial, at))
struct closure_closed {
    static constexpr std::string_view name = "closure_closed";
    instant at;
    std::vector<quote_item> charged{};
    bool operator==(const closure_closed&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_closed, (), (at, charged))
struct line_ended {
    static constexpr std::string_view name = "line_ended";
    instant at;
    std::string why;
    holds held;
    bool operator==(const line_ended&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_ended, (), (at, why, held))
struct certificate_issued {
    static constexpr std::string_view name = "certificate_issued";
    std::string jws;
    instant at;
    bool operator==(const certificate_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_issued, (), (jws, at))
struct notice_noted {
    static constexpr std::string_view name = "notice_noted";
    notice_record record;
    bool operator==(const notice_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(notice_noted, (), (record))
/// Notices of one kind of thing came too close together: until then they are gathered (domain/notice_repeats.hpp).
struct notices_held {
    static constexpr std::string_view name = "notices_held";
    std::string kind;
    instant at;
    instant until;
    int minutes = 0;  // that it lasts
    int round = 0;
    bool operator==(const notices_held&) const = default;
};
BOOST_DESCRIBE_STRUCT(notices_held, (), (kind, at, until, minutes, round))
/// What was held back is told in one.
struct notices_gathered {
    static constexpr std::string_view name = "notices_gathered";
    std::string kind;  // of what happened last
    int count = 0;
    instant at;
    bool operator==(const notices_gathered&) const = default;
};
BOOST_DESCRIBE_STRUCT(notices_gathered, (), (kind, count, at))
struct line_reinstated {
    static constexpr std::string_view name = "line_reinstated";
    instant at;
    instant valid_until;
    local_day valid_day;
    bool operator==(const line_reinstated&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_reinstated, (), (at, valid_until, valid_day))
struct partners_told {
    static constexpr std::string_view name = "partners_told";
    instant at;
    bool operator==(const partners_told&) const = default;
};
BOOST_DESCRIBE_STRUCT(partners_told, (), (at))
struct number_released {
    static constexpr std::string_view name = "number_released";
    instant at;
    bool keeps_past = false;  // in journals from before, the past cases were forgotten here
    bool operator==(const number_released&) const = default;
};
BOOST_DESCRIBE_STRUCT(number_released, (), (at, keeps_past))

using number_event_kinds = std::variant<
    line_ordered, profile_added, profile_reported, profile_written_off, device_lost, device_found, money_booked,
    validity_extended, validity_reminded, line_status_changed, contract_set, product_linked, product_detached,
    port_out_set, legal_hold_set, customer_lock_set, sim_changed, recovery_codes_set, contacts_taken, closure_opened,
    quote_issued, quote_accepted, otp_issued, otp_failed, evidence_recorded, backup_prepared, backup_downloaded,
    backup_declined, closure_submitted, due_moved, information_wanted, information_given, review_escalated,
    approval_given, closure_approved, closure_rejected, closure_withdrawn, closure_expired, closure_repudiated,
    fraud_cleared, unbinding_started, settling_started, network_answered, refund_ordered, refund_state_changed,
    closure_closed, line_ended, certificate_issued, notice_noted, line_reinstated, partners_told, number_released,
    profile_wanted, profile_returned, line_switched, switch_undone, second_wanted, second_given, second_refused,
    second_expired, customer_unlock_announced, proof_failed, account_questioned, notices_held, notices_gathered,
    network_mismatched, network_agreed, network_asked_again, identifier_contested, profile_offered, offer_ended,
    profile_handed_over, profile_left, profile_came_back, profile_coming, profile_not_taken, identifier_passed,
    last_word_over, closing_delayed, reminders_set, reply_heard, line_corrected, payout_chosen, refund_set_aside,
    payout_held, refund_contradicted, money_unclaimed, money_return_ordered, money_claimed, profile_stopped,
    payout_waits, payer_read, payer_let_go, profile_resumed>;

// ------------------------------------------------------------------------------------------------ the three functions

/// One of the commands. A type of its own, so that what copies, moves and ends a hundred alternatives is compiled once
/// (number.cpp) and not by every file that holds one.
struct number_command : number_command_kinds {
    using variant::variant;
    number_command();
    number_command(const number_command&);
    number_command(number_command&&) noexcept;
    number_command& operator=(const number_command&);
    number_command& operator=(number_command&&) noexcept;
    ~number_command();
};

/// One of the events, likewise.
struct number_event : number_event_kinds {
    using variant::variant;
    number_event();
    number_event(const number_event&);
    number_event(number_event&&) noexcept;
    number_event& operator=(const number_event&);
    number_event& operator=(number_event&&) noexcept;
    ~number_event();
};

/// It was there when the line was last locked as lost, and nobody has proved it anew: found it, or let it serve again.
/// Nothing moves to it, and nobody sees its activation code; also when the lock has ended.
bool held_by_loss(const number_state& s, const profile& p);

struct number {
    using state = number_state;
    using command = number_command;
    using event = number_event;

    static result<std::vector<event>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    /// The next instant at which this number has something to do; the shell sends a `tick` then.
    static std::optional<instant> next_due(const state& s);
};

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
