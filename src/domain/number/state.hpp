// What a number's journal amounts to: its line, profiles, money, closure and holds, and what must not be forgotten of
// earlier owners.
#pragma once

#include "domain/effects.hpp"
#include "domain/number/closure.hpp"
#include "domain/number/dispute.hpp"
#include "domain/number/ledger.hpp"
#include "domain/number/line.hpp"
#include "domain/number/note.hpp"
#include "domain/number/notice_repeats.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

struct past_closure {
    int number = 0;
    stage ended_as = stage::closed;
    instant opened_at;
    std::optional<instant> submitted_at;
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
    brought_late,     // after the submission, more than policy has paid unseen: two people say where it goes
    overcharged       // a corrected certificate says that it should not have been charged
};
BOOST_DESCRIBE_ENUM(unclaimed_why, line_ended, line_settling, number_released, refund_returned, brought_late,
                    overcharged)

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
    bool by_two = false;                   // a second person signed that it came
    std::optional<instant> payer_until{};  // the payer was paid: from then on their account is destroyed
    std::string used_by{};                 // whose reference it is; see user_of()
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
    std::vector<dispute> disputes{};  // of the owner of now, the newest last
    int disputes_made = 0;
    std::vector<representative> representatives{};  // of the owner of now, those that are over as well
    std::vector<staff_note> notes{};                // about the owner of now, the newest last
    int notes_made = 0;
    bool operator==(const number_state&) const = default;

    bool has_open_closure() const { return current && is_open(at(*current)); }
    /// What the case of now has (closure.hpp); null: nothing of the kind, or there is none.
    template <typename Part>
    const Part* of_case() const {
        return current ? has<Part>(*current) : nullptr;
    }
    /// The profile that the number is registered to, as far as is known; null: none.
    const profile* serving() const;
};
BOOST_DESCRIBE_STRUCT(number_state, (),
                      (number, language, subscription, profiles, contacts, books, current, past, held, generations,
                       closures, revision, payments, charges, shown, wanted, asked, memory, certificates, tries,
                       repeats, mismatches, offers, leaving, coming, replies, unclaimed, unclaimed_made, moved, late,
                       disputes, disputes_made, representatives, notes, notes_made))

/// Null: there is none, or it was forgotten.
const dispute* find_dispute(const number_state& s, int serial);
/// Null: nobody acts for the owner under this serial.
const representative* find_representative(const number_state& s, int serial);
/// Whoever has opened the case of now for the owner; null: its owner has, or there is none.
const representative* acting_in_case(const number_state& s);
/// Whoever is paid for the case of now where the policy says that it is not the owner: who has opened it, or, once they
/// are over, who was admitted as the same after them. Null: as above.
const representative* paid_in_case(const number_state& s);
/// Those who act for the owner and are stopped when somebody on file answers "not me": all that stand. While a case of
/// the owner's own is open, it is about that, and about whom there is still time to object to.
std::vector<int> objected_by_reply(const number_state& s, instant now);
/// Is there anywhere on file where the owner hears something: a contact point, or the line itself?
bool hears_anywhere(const number_state& s, instant now);
/// Where what is left is paid to, of the case of now: its keyed digest, whose it is, and whether one of the staff alone
/// has said so.
struct account_to_pay {
    std::string digest;
    label whose;
    bool on_word = false;
    std::optional<instant> named_at{};  // after whose it is was registered; of a representative's only
    std::optional<instant> from{};      // a representative's: not before everybody could object to them
};
account_to_pay account_of_case(const number_state& s);
/// Since when the oldest check of the case of now waits; none: none does.
std::optional<instant> check_waits_since(const number_state& s);
/// Somebody says that a certificate is wrong, and has no answer yet.
bool is_disputed(const number_state& s);

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

}  // namespace keepline::domain
