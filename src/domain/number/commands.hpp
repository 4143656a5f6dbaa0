// What may be asked of a number. Each says what it refuses; repeating one is harmless.
#pragma once

#include "domain/number/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

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
/// them (docs/rules.md R9).
struct import_line {
    static constexpr std::string_view name = "import_line";
    order_line order;
    instant since;
    instant valid_until;
    // Of a known line, what is left out here stays as it is (in_full); of a new one it is nothing.
    std::optional<money> balance;
    std::optional<money> bonus;
    std::optional<money> debt;
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
/// It guards closing, porting out, moving a profile away, and taking a further one or letting one serve again; what
/// was ordered for another device and is not there yet is stopped. A move of the number to what the line has already,
/// and the undoing of one, it leaves alone. Locking is free; by policy it is on
/// from the start (policy.locked_from_start). The lock comes off on policy.customer_unlock_evidence, or after the
/// policy's waiting time, of which everybody is told; by staff with a second person.
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
    std::vector<representative> representatives{};
};
BOOST_DESCRIBE_STRUCT(take_contacts, (),
                      (subscriber, contacts, refund_account, language, document_changed_at, account_on_word,
                       document_on_word, account_named_at, representatives))

/// Somebody signs in with one of the saved codes: it is gone, and that is all that it does here. Refused: otp_wrong.
struct spend_recovery_code {
    static constexpr std::string_view name = "spend_recovery_code";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(spend_recovery_code, (), (digest))

// -- the closure, stage by stage

/// Opens a case, or finds the open one (no event). Computes every block and issues quote 1 at once. `on_behalf`: the
/// serial of whoever acts for the owner, for whom one of the staff asks at a counter or in the back office; refused:
/// not_represented.
struct open_closure {
    static constexpr std::string_view name = "open_closure";
    closing_reason reason = closing_reason::not_needed;
    std::vector<std::string> signals;  // facts only the shell can see: bulk_pattern, channel_mismatch
    int on_behalf = 0;
};
BOOST_DESCRIBE_STRUCT(open_closure, (), (reason, signals, on_behalf))
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
// -- checks (check.hpp)

/// By whoever applies: compare this document, or this bank card, or call this phone. The same again while it is open
/// changes nothing. The shell says when and by whom the document was handed in, and whether the digits that were named
/// are the last of the account on file; others count as a wrong code does. Refused: closure_stage, invalid,
/// evidence_too_weak (the policy takes no such proof here; handed in before the case; a phone or an account that was
/// named lately), account_missing, contact_unknown, too_many.
struct ask_for_check {
    static constexpr std::string_view name = "ask_for_check";
    evidence_kind kind = evidence_kind::id_document;
    label document{};
    instant handed_in_at{};
    actor handed_in_by{};
    label contact{};
    bool of_line = false;  // the shell knows: that phone is one of the applicant's own lines
    std::optional<call_hours> hours{};
    comparison compared = comparison::not_compared;
    std::string call_nonce{};  // of callback: the machine calls at once (check.hpp); empty: a person does
};
BOOST_DESCRIBE_STRUCT(ask_for_check, (),
                      (kind, document, handed_in_at, handed_in_by, contact, of_line, hours, compared, call_nonce))
/// What the owner asked for, only the owner takes back.
struct withdraw_check {
    static constexpr std::string_view name = "withdraw_check";
    int serial = 0;
};
BOOST_DESCRIBE_STRUCT(withdraw_check, (), (serial))
/// By staff or a verification system who had no part in the application: how it went. It is evidence as with
/// record_evidence. What there is to compare passes where it was compared and is the same, and a phone as when it was
/// asked for. Where it failed, deciders say why in words of their own, everybody else by `why`; a second one of a case
/// nobody fails alone. Refused: not_found, closure_stage (it is not open, or was looked at in another case),
/// own_application, second_person_needed, and what ask_for_check and record_evidence are.
struct settle_check {
    static constexpr std::string_view name = "settle_check";
    int serial = 0;
    bool passed = false;
    std::string method;
    std::string digest;
    comparison compared = comparison::not_compared;
    std::string reason;    // for the customer, where it failed
    bool of_line = false;  // as above
    std::optional<check_failure> why{};
    int closure = 0;  // the case in which it was looked at; 0: the one that is open
};
BOOST_DESCRIBE_STRUCT(settle_check, (), (serial, passed, method, digest, compared, reason, of_line, why, closure))
/// By the hotline: how the call went that this check asked for. It settles the check as anybody's word on it would;
/// "that was not me" stops the case as well, also where the check was taken back while it rang. Late or twice it
/// changes nothing. Refused: as settle_check is.
struct hear_call_back {
    static constexpr std::string_view name = "hear_call_back";
    int closure = 0;
    int serial = 0;
    call_back_end end = call_back_end::nobody;
};
BOOST_DESCRIBE_STRUCT(hear_call_back, (), (closure, serial, end))

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
/// What the applicant has unbound elsewhere, while the case can still be stopped; kinds that are not named stay as they
/// are. Refused: invalid (a kind twice), closure_stage.
struct note_accounts {
    static constexpr std::string_view name = "note_accounts";
    std::vector<account_note> accounts;
};
BOOST_DESCRIBE_STRUCT(note_accounts, (), (accounts))
/// Refused with everything that is still missing at once: blocked, quote_expired, quote_not_accepted, account_missing,
/// backup_undecided, evidence_missing, contact_missing. session_too_weak: all is proved, but by nothing that whoever
/// has the session would have had in hand lately.
struct submit_closure {
    static constexpr std::string_view name = "submit_closure";
    bool line_only = false;  // the applicant has no contact point but the line: nothing is heard of the end
    std::optional<instant> session_since{};  // when a code or a passkey opened the session that submits
};
BOOST_DESCRIBE_STRUCT(submit_closure, (), (line_only, session_since))
struct want_information {
    static constexpr std::string_view name = "want_information";
    std::string what;
};
BOOST_DESCRIBE_STRUCT(want_information, (), (what))
/// Whoever decides says that they are at it, so that two do not read the same case. It keeps nobody from deciding: a
/// case is never held up by somebody who went home. Refused, as changed_since, where somebody else is at it, unless
/// `take_over` says so.
struct claim_review {
    static constexpr std::string_view name = "claim_review";
    bool take_over = false;
};
BOOST_DESCRIBE_STRUCT(claim_review, (), (take_over))
/// It is free for others again.
/// To somebody who decides, as the shell knows them: for whoever is at the case, or where nobody is.
struct hand_review_over {
    static constexpr std::string_view name = "hand_review_over";
    actor to;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(hand_review_over, (), (to, why))
struct release_review {
    static constexpr std::string_view name = "release_review";
};
BOOST_DESCRIBE_STRUCT(release_review, (), ())
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
    bool is_code = false;  // no news of the case: noted beside it
};
BOOST_DESCRIBE_STRUCT(notice_sent, (), (kind, contact, by, receipt, is_code))
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
/// The words are sealed already, under this name (note.hpp).
struct write_note {
    static constexpr std::string_view name = "write_note";
    int closure = 0;
    label words;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(write_note, (), (closure, words, digest))

// -- disputes (dispute.hpp)

/// By the owner of a closed line, or staff for them: this line of its certificate is wrong. The same one again while it
/// is open changes nothing. Refused: closure_stage (no certificate, or the number is another's), invalid (no such
/// line), too_many.
struct open_dispute {
    static constexpr std::string_view name = "open_dispute";
    int closure = 0;
    certificate_part part = certificate_part::other;
    std::string item{};
    label words{};  // the vault has them under this name
};
BOOST_DESCRIBE_STRUCT(open_dispute, (), (closure, part, item, words))
/// By the owner only: nobody else lets go of what they hold to be wrong.
struct withdraw_dispute {
    static constexpr std::string_view name = "withdraw_dispute";
    int serial = 0;
};
BOOST_DESCRIBE_STRUCT(withdraw_dispute, (), (serial))
/// By somebody who decides and had no part in the case. Refused: not_found, closure_stage (answered), own_application.
struct refuse_dispute {
    static constexpr std::string_view name = "refuse_dispute";
    int serial = 0;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(refuse_dispute, (), (serial, reason))
/// The same, and a second person signs who had no part in it either: the certificate is issued anew with `value` in the
/// disputed line. What should not have been charged is kept for its owner; a later day moves the hold, too.
struct correct_certificate {
    static constexpr std::string_view name = "correct_certificate";
    int serial = 0;
    std::string value;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(correct_certificate, (), (serial, value, reason))

// -- after the end, and calls

/// By the owner: the certificate of a case of theirs, once more to the mail addresses on file that
/// nobody named lately. None is ever named with it. Refused: closure_stage (no certificate, or the number is
/// another's), contact_missing (no such address), too_many.
struct send_certificate {
    static constexpr std::string_view name = "send_certificate";
    int closure = 0;
};
BOOST_DESCRIBE_STRUCT(send_certificate, (), (closure))
/// By the hotline: a call is over in which somebody proved this line.
struct note_line_call {
    static constexpr std::string_view name = "note_line_call";
    std::string call;
    bool by_saved_code = false;
    std::string state;
    std::string outcome;
    std::int64_t seconds = 0;
};
BOOST_DESCRIBE_STRUCT(note_line_call, (), (call, by_saved_code, state, outcome, seconds))

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

using number_command_kinds = std::variant<
    order_line, import_line, add_profile, report_profile, declare_lost, declare_found, add_money, charge_line,
    set_contract, link_product, detach_product, set_port_out, set_legal_hold, set_customer_lock, note_sim_change,
    set_recovery_codes, take_contacts, open_closure, ask_quote, accept_quote, request_otp, present_otp,
    present_recovery_code, record_evidence, prepare_backup, backup_fetched, decline_backup, submit_closure,
    want_information, give_information, approve_closure, reject_closure, withdraw_closure, repudiate_closure,
    clear_fraud, confirm_fraud, write_off_profile, reinstate_line, hlr_answered, notice_sent, notice_delivered,
    certificate_signed, refund_written, refund_answered, tick, recheck_dates, want_profile, take_esim, hear_esim,
    undo_switch, countersign, refuse_second, pay_refund_again, recheck_network, hear_contest, offer_profile,
    withdraw_offer, accept_offer, take_moved, take_back, hear_claim, hear_reply, set_reminders, choose_payout,
    return_money, stop_profile, record_payer_read, resume_profile, open_dispute, withdraw_dispute, refuse_dispute,
    correct_certificate, note_accounts, spend_recovery_code, ask_for_check, withdraw_check, settle_check, claim_review,
    release_review, hand_review_over, write_note, send_certificate, note_line_call, hear_call_back>;

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

}  // namespace keepline::domain
