// What may be sent in: one described struct per request body, decoded strictly (base::form::api). An optional member is
// the only one that may be absent; a list that is absent is empty.
#pragma once

#include "domain/credential/credential.hpp"
#include "domain/number/number.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "port/person.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::label;
using base::money;

/// No body, or an empty object.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

// -- subscribers

struct contact_body {
    label id;
    domain::medium by = domain::medium::sms;
    std::string address;
    bool verified = false;
    bool operator==(const contact_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_body, (), (id, by, address, verified))

struct person_body {
    std::string full_name;
    std::optional<std::string> document_kind;
    std::optional<std::string> document_number;
    std::optional<std::string> refund_iban;
    std::optional<std::string> refund_holder;
    std::optional<std::string> refund_bic;
    bool operator==(const person_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(person_body, (),
                      (full_name, document_kind, document_number, refund_iban, refund_holder, refund_bic))

struct subscriber_body {
    std::optional<label> id;
    std::string language;
    person_body person;
    std::vector<contact_body> contacts;
    bool operator==(const subscriber_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_body, (), (id, language, person, contacts))

/// `shown_before`: the number of the document on file, where that one was shown too.
struct document_body {
    std::string document_kind;
    std::string document_number;
    domain::document_grounds grounds = domain::document_grounds::renewed;
    std::optional<std::string> shown_before;
    std::string reason;
    bool operator==(const document_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_body, (), (document_kind, document_number, grounds, shown_before, reason))

/// The bytes as they came, of a picture or a PDF.
struct document_upload {
    domain::document_purpose purpose = domain::document_purpose::other;
    std::string content;
};
/// Why somebody looks; the person themself says nothing.
struct looking_body {
    static constexpr bool may_be_absent = true;
    std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(looking_body, (), (reason))

/// Who acts for this person, on which of the documents that are kept of them.
struct representative_body {
    domain::representative_kind kind = domain::representative_kind::attorney;
    label representative;
    std::vector<label> documents;
    std::optional<base::instant> from;
    std::optional<base::instant> until;
    bool operator==(const representative_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(representative_body, (), (kind, representative, documents, from, until))
/// Where the code goes with which the archive is asked for: a phone of theirs by its id, or a line by its own.
struct disclosure_code_body {
    std::optional<label> contact;
    std::optional<std::string> line;
};
BOOST_DESCRIBE_STRUCT(disclosure_code_body, (), (contact, line))

/// The owner shows the code; staff say why.
struct disclosure_body {
    std::optional<std::string> code;
    std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(disclosure_body, (), (code, reason))

struct refund_account_body {
    std::string iban;
    std::string holder;
    std::optional<std::string> bic;
    bool operator==(const refund_account_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_account_body, (), (iban, holder, bic))

struct contacts_body {
    std::optional<std::string> language;
    std::vector<contact_body> contacts;
    std::optional<refund_account_body> refund;
};
BOOST_DESCRIBE_STRUCT(contacts_body, (), (language, contacts, refund))

// -- lines
// An ICCID is read as it stands on the card, whatever its last digit is: it names a profile that is known. One that is
// not is tried where its identifiers are reserved (check_new_iccid), for there it may be mistyped.

struct profile_body {
    base::card_iccid iccid;
    base::imsi imsi;
    std::optional<base::eid> eid;
    std::optional<domain::profile_state> state;
    bool operator==(const profile_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_body, (), (iccid, imsi, eid, state))

struct shown_body {
    domain::evidence_kind kind = domain::evidence_kind::id_document;
    std::string method;
    std::optional<std::string> shown;
    bool operator==(const shown_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(shown_body, (), (kind, method, shown))

/// A profile from our SM-DP+ (`type`), or one that is made elsewhere (`iccid` and `imsi`).
struct new_profile_body {
    std::optional<std::string> type;
    std::optional<std::string> confirmation_code;
    std::optional<base::card_iccid> iccid;
    std::optional<base::imsi> imsi;
    std::optional<base::eid> eid;
    std::optional<domain::profile_state> state;
    std::vector<shown_body> evidence;  // a line that somebody has takes it on proof only
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(new_profile_body, (), (type, confirmation_code, iccid, imsi, eid, state, evidence, recovery_code))

struct line_body {
    base::msisdn number;
    label subscriber;
    label policy;
    std::optional<std::string> language;
    std::vector<profile_body> profiles;
    std::optional<std::string> profile_type;       // ordered from our SM-DP+ at once
    std::optional<std::string> confirmation_code;  // which its download asks for
};
BOOST_DESCRIBE_STRUCT(line_body, (), (number, subscriber, policy, language, profiles, profile_type, confirmation_code))

struct imported_line_body {
    base::msisdn number;
    label policy;
    std::optional<std::string> language;
    std::string since;        // a date or a time: see domain/days.hpp
    std::string valid_until;  // the same
    std::optional<money> balance;
    std::optional<money> bonus;
    std::optional<money> debt;
    std::optional<domain::contract> contract;
    std::vector<domain::linked_product> products;
    std::vector<profile_body> profiles;
    bool operator==(const imported_line_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(imported_line_body, (),
                      (number, policy, language, since, valid_until, balance, bonus, debt, contract, products,
                       profiles))

struct import_body {
    subscriber_body subscriber;
    imported_line_body line;
    bool update = false;  // where balance, dates or contract differ, they become these
};
BOOST_DESCRIBE_STRUCT(import_body, (), (subscriber, line, update))

/// A file as `keepline import` takes it, in a string.
struct csv_body {
    std::string csv;
    bool update = false;
};
BOOST_DESCRIBE_STRUCT(csv_body, (), (csv, update))

/// Exactly what is signed: the hash that the plan's reader saw.
struct plan_signature_body {
    std::string hash;
};
BOOST_DESCRIBE_STRUCT(plan_signature_body, (), (hash))

/// One of them.
struct search_body {
    std::optional<base::msisdn> number;
    std::optional<std::string> reference;  // of a case or a line, however it is grouped
    std::optional<base::card_iccid> iccid;
    std::optional<base::eid> eid;
};
BOOST_DESCRIBE_STRUCT(search_body, (), (number, reference, iccid, eid))

enum class report_kind { report, signed_notification };
BOOST_DESCRIBE_ENUM(report_kind, report, signed_notification)

struct report_proof_body {
    report_kind kind = report_kind::report;
    std::optional<base::digest> digest;
};
BOOST_DESCRIBE_STRUCT(report_proof_body, (), (kind, digest))

struct report_body {
    base::card_iccid iccid;
    domain::profile_state state = domain::profile_state::installed;
    std::optional<base::eid> eid;
    std::optional<std::uint32_t> sequence;
    std::optional<report_proof_body> proof;
};
BOOST_DESCRIBE_STRUCT(report_body, (), (iccid, state, eid, sequence, proof))

struct lost_body {
    std::optional<base::card_iccid> iccid;
    std::optional<std::string> how;
    std::optional<std::string> caller;  // who called the hotline, opaque: only so many locks by one caller in an hour
};
BOOST_DESCRIBE_STRUCT(lost_body, (), (iccid, how, caller))

/// `caller`: opaque, whom to count; none where the network shows no number.
struct stranger_loss_body {
    base::msisdn number;
    std::optional<std::string> caller;
};
BOOST_DESCRIBE_STRUCT(stranger_loss_body, (), (number, caller))

/// Proof in hand: what staff or a verification system saw, or a saved code.
struct proof_body {
    std::vector<shown_body> evidence;
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(proof_body, (), (evidence, recovery_code))

/// A code of before: then those of before hold no longer from now on.
struct recovery_codes_body {
    static constexpr bool may_be_absent = true;
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(recovery_codes_body, (), (recovery_code))

struct found_body {
    std::optional<base::card_iccid> iccid;
    std::vector<shown_body> evidence;
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(found_body, (), (iccid, evidence, recovery_code))

struct resumed_body {
    base::card_iccid iccid;
    std::vector<shown_body> evidence;
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(resumed_body, (), (iccid, evidence, recovery_code))

struct money_body {
    money amount;
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(money_body, (), (amount, reference))

struct charge_body {
    money amount;
    std::string what;
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(charge_body, (), (amount, what, reference))

struct contract_body {
    std::optional<domain::contract> contract;
};
BOOST_DESCRIBE_STRUCT(contract_body, (), (contract))

// Where forgetting a member must not mean "false", the flag is optional here and asked for by the command.
struct port_out_body {
    std::optional<bool> pending;
};
BOOST_DESCRIBE_STRUCT(port_out_body, (), (pending))

struct legal_hold_body {
    std::optional<std::string> reference;
};
BOOST_DESCRIBE_STRUCT(legal_hold_body, (), (reference))

struct customer_lock_body {
    std::optional<bool> locked;
    std::vector<shown_body> evidence;
    std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(customer_lock_body, (), (locked, evidence, recovery_code))

// -- closures

enum class signal { bulk_pattern, channel_mismatch };
BOOST_DESCRIBE_ENUM(signal, bulk_pattern, channel_mismatch)

struct open_body {
    domain::closing_reason reason = domain::closing_reason::not_needed;
    std::vector<signal> signals;
    std::optional<int> on_behalf;  // the serial of whoever acts for the owner
};
BOOST_DESCRIBE_STRUCT(open_body, (), (reason, signals, on_behalf))

struct accept_body {
    int quote = 0;
    std::vector<label> detach;
};
BOOST_DESCRIBE_STRUCT(accept_body, (), (quote, detach))

struct phrase_body {
    std::string phrase;
};
BOOST_DESCRIBE_STRUCT(phrase_body, (), (phrase))

/// Whether calendars may fetch dates from now on; true: by another address than before.
struct calendar_body {
    bool wanted = false;
};
BOOST_DESCRIBE_STRUCT(calendar_body, (), (wanted))

struct accounts_body {
    std::vector<domain::account_note> accounts;
};
BOOST_DESCRIBE_STRUCT(accounts_body, (), (accounts))

struct otp_body {
    label contact;
};
BOOST_DESCRIBE_STRUCT(otp_body, (), (contact))

struct code_body {
    std::string code;
};
BOOST_DESCRIBE_STRUCT(code_body, (), (code))

struct evidence_body {
    domain::evidence_kind kind = domain::evidence_kind::id_document;
    std::optional<bool> passed;
    std::string method;
    std::optional<std::string> shown;
};
BOOST_DESCRIBE_STRUCT(evidence_body, (), (kind, passed, method, shown))

/// `digits`: the last four of the card, and never more of it.
struct check_body {
    domain::evidence_kind kind = domain::evidence_kind::id_document;
    std::optional<label> document;
    std::optional<label> contact;
    std::optional<domain::call_hours> hours;
    std::optional<std::string> digits;
    std::optional<bool> at_once{};  // of callback: the machine calls, now
};
BOOST_DESCRIBE_STRUCT(check_body, (), (kind, document, contact, hours, digits, at_once))

struct check_result_body {
    std::optional<bool> passed;
    std::string method;
    std::optional<std::string> shown;
    std::optional<std::string> reason;           // for the customer, where it failed: a decider's words
    std::optional<domain::check_failure> why{};  // or one of those that everybody names
};
BOOST_DESCRIBE_STRUCT(check_result_body, (), (passed, method, shown, reason, why))

struct claim_body {
    std::optional<bool> take_over{};  // from whoever is at it
    static constexpr bool may_be_absent = true;
};
BOOST_DESCRIBE_STRUCT(claim_body, (), (take_over))

struct hand_over_body {
    label to;  // whose credential it is
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(hand_over_body, (), (to, reason))

/// Of people by name. `after`: where the page before ended.
struct people_search_body {
    std::string name;
    std::string reason;
    std::optional<std::string> after{};
    std::optional<int> limit{};
};
BOOST_DESCRIBE_STRUCT(people_search_body, (), (name, reason, after, limit))

struct note_body {
    std::string words;
};
BOOST_DESCRIBE_STRUCT(note_body, (), (words))

struct information_request_body {
    std::string what;
};
BOOST_DESCRIBE_STRUCT(information_request_body, (), (what))

struct information_body {
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(information_body, (), (reference))

/// A profile of the line, offered to another one (its id).
struct offer_body {
    base::card_iccid iccid;
    std::string to;
};
BOOST_DESCRIBE_STRUCT(offer_body, (), (iccid, to))
struct iccid_body {
    base::card_iccid iccid;
};
BOOST_DESCRIBE_STRUCT(iccid_body, (), (iccid))

struct reason_body {
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(reason_body, (), (reason))

/// What was made or done past the API and is known of: tokens by their prints, acts of the console by their serials.
struct acknowledgement_body {
    std::vector<std::string> tokens;
    std::vector<int> acts;
};
BOOST_DESCRIBE_STRUCT(acknowledgement_body, (), (tokens, acts))

struct repudiation_body {
    std::optional<label> contact;
};
BOOST_DESCRIBE_STRUCT(repudiation_body, (), (contact))

struct write_off_body {
    base::card_iccid iccid;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(write_off_body, (), (iccid, why))

/// The EndToEndId is in the path; `refund` says it too where the path names a closure.
struct refund_answer_body {
    std::optional<std::string> refund;
    std::optional<bool> settled;
};
BOOST_DESCRIBE_STRUCT(refund_answer_body, (), (refund, settled))
enum class money_goes { owner, payer };
BOOST_DESCRIBE_ENUM(money_goes, owner, payer)
struct return_body {
    money_goes to = money_goes::owner;
    std::optional<refund_account_body> account;  // of the payer
};
BOOST_DESCRIBE_STRUCT(return_body, (), (to, account))
struct submission_body {
    static constexpr bool may_be_absent = true;
    std::optional<bool> line_only;  // the applicant has no contact point but the line
    bool operator==(const submission_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(submission_body, (), (line_only))

/// What its owner holds to be wrong: a line of the certificate, and why in their words.
struct dispute_body {
    domain::certificate_part part = domain::certificate_part::other;
    std::optional<std::string> item;  // the ICCID of a device, the kind of a charge, the step of the network
    std::string words;
};
BOOST_DESCRIBE_STRUCT(dispute_body, (), (part, item, words))
struct correction_body {
    std::string value;
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(correction_body, (), (value, reason))

struct payout_body {
    domain::payout how = domain::payout::account;
};
BOOST_DESCRIBE_STRUCT(payout_body, (), (how))

// -- operating

struct retries_body {
    std::optional<domain::destination> destination;
};
BOOST_DESCRIBE_STRUCT(retries_body, (), (destination))

struct token_body {
    domain::role role = domain::role::subscriber;
    label id;
    std::optional<label> person;  // of staff: the human being; absent: `id` is one
    std::vector<domain::channel> channels;
    std::optional<std::string> note;
    std::optional<std::string> expires_at;  // a time, or a date (UTC: a token belongs to no place)
};
BOOST_DESCRIBE_STRUCT(token_body, (), (role, id, person, channels, note, expires_at))

/// What the server stopped for and may go on with.
struct going_on_body {
    domain::stop_kind what = domain::stop_kind::clock;
    std::string reason;
    std::optional<std::int64_t> most;  // endings: so many more today; absent: all that are due
    std::optional<label> holder;       // tokens: of this one; absent: of everybody
};
BOOST_DESCRIBE_STRUCT(going_on_body, (), (what, reason, most, holder))

/// Where a webhook goes, all of it.
struct webhook_target_body {
    std::string name;
    std::string url;
    std::vector<std::string> topics;   // none: all that its role is shown
    std::optional<domain::role> role;  // absent: system
};
BOOST_DESCRIBE_STRUCT(webhook_target_body, (), (name, url, topics, role))

struct webhook_secret_body {
    static constexpr bool may_be_absent = true;
    std::optional<int> both_hours;  // how long the one before signs too
};
BOOST_DESCRIBE_STRUCT(webhook_secret_body, (), (both_hours))

/// One of them.
struct redelivery_body {
    std::optional<std::string> event;
    std::optional<std::string> since;
};
BOOST_DESCRIBE_STRUCT(redelivery_body, (), (event, since))

struct erasure_body {
    static constexpr bool may_be_absent = true;
    bool plan = false;  // where something stands against it: later, by itself
};
BOOST_DESCRIBE_STRUCT(erasure_body, (), (plan))

/// `level`: by what the portal knows that it is the customer; not said: as much as a code to the line.
struct session_body {
    static constexpr bool may_be_absent = true;
    std::optional<int> minutes;
    std::vector<domain::channel> channels;
    std::optional<domain::session_level> level{};
};
BOOST_DESCRIBE_STRUCT(session_body, (), (minutes, channels, level))

using domain::sign_in_way;

/// `caller`: opaque to us, whom to count (an address, a device); so that one who guesses keeps out nobody else.
struct sign_in_body {
    base::msisdn number;
    sign_in_way how = sign_in_way::line;
    std::optional<std::string> caller;
};
BOOST_DESCRIBE_STRUCT(sign_in_body, (), (number, how, caller))
/// Number and saved code of whoever has neither phone nor mailbox at hand.
struct saved_code_body {
    base::msisdn number;
    std::string code;
    std::optional<std::string> caller;
};
BOOST_DESCRIBE_STRUCT(saved_code_body, (), (number, code, caller))

/// What a browser got from its device (PublicKeyCredential): bytes as base64url.
struct made_passkey_body {
    domain::passkey_place place = domain::passkey_place::phone;
    std::vector<std::string> transports;
    std::string client_data;
    std::string authenticator_data;
};
BOOST_DESCRIBE_STRUCT(made_passkey_body, (), (place, transports, client_data, authenticator_data))
struct shown_passkey_body {
    std::string credential;
    std::string user_handle;
    std::string client_data;
    std::string authenticator_data;
    std::string signature;
};
BOOST_DESCRIBE_STRUCT(shown_passkey_body, (), (credential, user_handle, client_data, authenticator_data, signature))

/// `caller`: as in sign_in_body.
struct message_question_body {
    std::string reference;
    std::optional<std::string> caller;
};
BOOST_DESCRIBE_STRUCT(message_question_body, (), (reference, caller))

/// A call that is over. `caller`: as in stranger_loss_body; `state`: of the dialogue, where it ended.
struct ended_call_body {
    std::string call;
    std::optional<std::string> caller;
    bool proved = false;
    std::string state;
    std::string outcome;
    std::int64_t seconds = 0;
    int entries = 0;
};
BOOST_DESCRIBE_STRUCT(ended_call_body, (), (call, caller, proved, state, outcome, seconds, entries))
/// The same, of a line that was proved in it.
struct line_call_body {
    std::string call;
    bool by_saved_code = false;
    std::string state;
    std::string outcome;
    std::int64_t seconds = 0;
};
BOOST_DESCRIBE_STRUCT(line_call_body, (), (call, by_saved_code, state, outcome, seconds))

}  // namespace keepline::desk
