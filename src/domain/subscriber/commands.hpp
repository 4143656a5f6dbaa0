// What may be asked of a subscriber.
#pragma once

#include "domain/subscriber/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// A new subscriber, or the same again (no event), or a system's facts in the place of what one of the staff registered
/// alone (see may_replace): what they leave empty stays as it is, and on the word that it is on. `number` is attached
/// at once where it is known already which one a new subscriber is about to get; what does not become theirs after all
/// takes no notice of what it is told.
struct register_subscriber {
    static constexpr std::string_view name = "register_subscriber";
    label id;
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    base::msisdn number{};  // empty: none yet
    bool document = false;  // its number comes with it
};
BOOST_DESCRIBE_STRUCT(register_subscriber, (), (id, language, contacts, refund_account, number, document))
/// The contact points from now on. Those left out stay as replaced, so that they are still told for a while; nothing
/// that is still told can be pushed out: the change is refused instead (too_many). A new one hears nothing but its own
/// code until that code is shown, whatever the caller says of it.
struct change_contacts {
    static constexpr std::string_view name = "change_contacts";
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
};
BOOST_DESCRIBE_STRUCT(change_contacts, (), (language, contacts, refund_account))
/// Where refunds go from now on. Its owner says so; whoever else asks needs a second person, but for a system that
/// names the first one (account_on_word). Everybody whom a change of the contact points would tell is told. Refused:
/// too_many (policy.contacts.account_changes_max).
struct name_account {
    static constexpr std::string_view name = "name_account";
    std::string refund_account;
};
BOOST_DESCRIBE_STRUCT(name_account, (), (refund_account))
/// Words of the person's own that mails carry from now on to the mailboxes that were theirs long enough then
/// (signing_in::mailboxes), so that they know ours from a stranger's. The words are in the vault, `digest` is keyed.
/// Only by themself, once a day; everybody is told. Refused: too_many, contact_unknown (there is no such mailbox).
struct choose_phrase {
    static constexpr std::string_view name = "choose_phrase";
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(choose_phrase, (), (digest))
/// The address by which calendars fetch the coming dates of the person's lines: it is derived from `nonce`, which opens
/// nothing by itself, and stands in no journal. Another one ends the one before; empty: there is none from now on. Only
/// by themself. Refused: too_many (another one within minutes).
struct choose_calendar {
    static constexpr std::string_view name = "choose_calendar";
    std::string nonce;
};
BOOST_DESCRIBE_STRUCT(choose_calendar, (), (nonce))
/// Another document is on file from now on: of the person who is there already, never of another one. Whoever asks,
/// somebody else signs, everybody whom a change of the contact points would tell is told, and for some days it is a
/// fact of risk. `document` is a keyed digest of what waits in the vault; `was_shown`: the one on file was shown too.
struct change_document {
    static constexpr std::string_view name = "change_document";
    std::string document;
    document_grounds grounds = document_grounds::renewed;
    bool was_shown = false;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(change_document, (), (document, grounds, was_shown, why))
/// What was said of the document on file is not what is on file, and counts for whoever said it. Refused while too much
/// of theirs has failed: otp_locked.
struct fail_document {
    static constexpr std::string_view name = "fail_document";
};
BOOST_DESCRIBE_STRUCT(fail_document, (), ())
/// `nonce` and `digest` come from the shell (see otp_challenge). Refused: contact_unknown, too_many, otp_locked. One
/// that is verified already gets none (no event).
struct request_contact_code {
    static constexpr std::string_view name = "request_contact_code";
    label contact;
    std::string nonce;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(request_contact_code, (), (contact, nonce, digest))
/// A wrong code succeeds as a command with a `contact_code_failed` event, because it counts. Refused: otp_expired,
/// otp_locked.
struct answer_contact_code {
    static constexpr std::string_view name = "answer_contact_code";
    label contact;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(answer_contact_code, (), (contact, digest))
struct attach_number {
    static constexpr std::string_view name = "attach_number";
    base::msisdn number;
};
BOOST_DESCRIBE_STRUCT(attach_number, (), (number))
/// A member of staff reads personal data; written before the answer is given. The same again for the same reason within
/// an hour adds no entry; too_many of them are refused.
struct record_read {
    static constexpr std::string_view name = "record_read";
    std::string what;  // "contacts", "identity", "backup"
    std::string why;
    int hourly = 0;  // of the same person's reads of this one, for other reasons; 0: any number
};
BOOST_DESCRIBE_STRUCT(record_read, (), (what, why, hourly))
/// Marks the erasure; the shell destroys the key. Afterwards only this stream's references remain.
///
/// `against` is what the shell found in the person's lines. With something in it: refused (blocked), or planned where
/// that was asked for. A second person signs in either case.
struct erase_subscriber {
    static constexpr std::string_view name = "erase_subscriber";
    std::vector<standing> against;
    bool plan = false;
};
BOOST_DESCRIBE_STRUCT(erase_subscriber, (), (against, plan))
/// A planned erasure is looked at again: what stands against it now.
struct carry_out_erasure {
    static constexpr std::string_view name = "carry_out_erasure";
    std::vector<standing> against;
};
BOOST_DESCRIBE_STRUCT(carry_out_erasure, (), (against))
/// The plan is dropped; what was erased stays so.
struct drop_erasure {
    static constexpr std::string_view name = "drop_erasure";
};
BOOST_DESCRIBE_STRUCT(drop_erasure, (), ())
/// An account that nobody waits for any more leaves the vault with this (see forget_account).
struct forget_wanted {
    static constexpr std::string_view name = "forget_wanted";
};
BOOST_DESCRIBE_STRUCT(forget_wanted, (), ())
/// From a number's stream (see tell_owner): a line is theirs, or has ended. Whatever the shell did not come to do, the
/// number is theirs from then on.
struct note_line {
    static constexpr std::string_view name = "note_line";
    base::msisdn number;
    int generation = 0;
    instant at;
    bool ended = false;
    label policy;
};
BOOST_DESCRIBE_STRUCT(note_line, (), (number, generation, at, ended, policy))
/// The records of that line leave the vault with this (see forget_records).
struct drop_records {
    static constexpr std::string_view name = "drop_records";
    base::msisdn number;
};
BOOST_DESCRIBE_STRUCT(drop_records, (), (number))
/// Something about the line stands against it: they are looked at again then.
struct put_off_records {
    static constexpr std::string_view name = "put_off_records";
    base::msisdn number;
    instant until;
};
BOOST_DESCRIBE_STRUCT(put_off_records, (), (number, until))
/// The timer's word: requests that waited too long are over, and what has outlived its purpose goes.
struct keep_time {
    static constexpr std::string_view name = "keep_time";
};
BOOST_DESCRIBE_STRUCT(keep_time, (), ())
/// The key is destroyed, tokens are revoked and spools cleared.
struct note_cleared {
    static constexpr std::string_view name = "note_cleared";
};
BOOST_DESCRIBE_STRUCT(note_cleared, (), ())

/// A document is kept, whose bytes were put and sealed before. The same again is no event. Refused: too_large, too_many
/// (documents_max, documents_a_day).
struct add_document {
    static constexpr std::string_view name = "add_document";
    label id;
    document_purpose purpose = document_purpose::other;
    document_media media = document_media::jpeg;
    std::int64_t bytes = 0;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(add_document, (), (id, purpose, media, bytes, digest))
/// Taken back by whoever handed it in, within a day: a slip. Later it stays, for somebody may have decided by it
/// (forbidden).
struct take_document_back {
    static constexpr std::string_view name = "take_document_back";
    label id;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(take_document_back, (), (id, why))

/// Somebody may act for this person: staff ask at a counter or in the back office, somebody else signs who handed none
/// of the papers in, and everybody on file is told and may object before it is in force. `policies`: of their lines.
/// `until` zero: until it is ended. Refused: not_represented, evidence_too_weak, own_application, too_many.
struct admit_representative {
    static constexpr std::string_view name = "admit_representative";
    representative_kind kind = representative_kind::attorney;
    label representative;
    std::vector<label> documents;
    instant from;
    std::optional<instant> until;
    std::vector<label> policies;
    representative_found found;
    bool unheard = false;  // a line of theirs has nowhere to tell them
};
BOOST_DESCRIBE_STRUCT(admit_representative, (),
                      (kind, representative, documents, from, until, policies, found, unheard))
/// It is not so, says the one who is represented, or one of the staff on their word: that stops it at once
/// (docs/rules.md R2).
struct object_to_representative {
    static constexpr std::string_view name = "object_to_representative";
    int serial = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(object_to_representative, (), (serial, why))
/// It was taken back, or is done with.
struct end_representation {
    static constexpr std::string_view name = "end_representation";
    int serial = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(end_representation, (), (serial, why))
/// From the stream of whoever is represented (see tell_representative).
struct hear_representation {
    static constexpr std::string_view name = "hear_representation";
    label principal;
    int serial = 0;
    bool over = false;
};
BOOST_DESCRIBE_STRUCT(hear_representation, (), (principal, serial, over))
/// From a representative's stream (see introduce_representative).
struct note_representative {
    static constexpr std::string_view name = "note_representative";
    label representative;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    bool account_on_word = false;
    bool document_on_word = false;
    bool gone = false;
    std::optional<instant> account_named_at{};
};
BOOST_DESCRIBE_STRUCT(note_representative, (),
                      (representative, contacts, refund_account, account_on_word, document_on_word, gone,
                       account_named_at))

/// A code for asking for the archive goes to a verified phone, or to a line that is theirs ("line" and its
/// number; whether that one is in their hands the shell has asked its stream). Refused: contact_unknown,
/// contact_unverified, evidence_too_weak (a mailbox), too_many, otp_locked.
struct request_disclosure_code {
    static constexpr std::string_view name = "request_disclosure_code";
    label contact;
    base::msisdn number{};
    std::string nonce;
    std::string digest;
    instant signed_in{};  // when the session was made in which it is asked for
};
BOOST_DESCRIBE_STRUCT(request_disclosure_code, (), (contact, number, nonce, digest, signed_in))
/// The archive of everything. The owner shows the code (`digest`); staff say why, and a second person signs. A wrong
/// code succeeds as a command with `disclosure_code_failed`, because it counts. Refused: otp_expired, otp_locked,
/// too_many (one is open; policy.disclosure.a_year); contact_unverified (of staff, where nobody would hear of it).
struct ask_disclosure {
    static constexpr std::string_view name = "ask_disclosure";
    std::string digest;
    std::string why;
    instant signed_in{};
    std::optional<instant> line_changed_at{};  // a line of theirs was lost, or its SIM changed, last
};
BOOST_DESCRIBE_STRUCT(ask_disclosure, (), (digest, why, signed_in, line_changed_at))
/// On a word: that costs whoever asked a wait, and nobody their data.
struct stop_disclosure {
    static constexpr std::string_view name = "stop_disclosure";
    int serial = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(stop_disclosure, (), (serial, why))
/// Before the first byte leaves; `digest` is the archive's. By whoever asked, while it is there. Where something
/// changed while it waited it succeeds as a command with `disclosure_put_off`, which everybody hears.
struct fetch_disclosure {
    static constexpr std::string_view name = "fetch_disclosure";
    int serial = 0;
    std::string digest;
    std::optional<instant> line_changed_at{};
};
BOOST_DESCRIBE_STRUCT(fetch_disclosure, (), (serial, digest, line_changed_at))

/// A code to sign in with, by `way`: to the line (`number`; whether it is in its owner's hands the shell has asked its
/// stream), or to their mailboxes. `caller`: keyed digest of where it is asked for. Refused: contact_unknown, too_many,
/// otp_locked; whoever asks is told none of them.
struct ask_sign_in {
    static constexpr std::string_view name = "ask_sign_in";
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};
    std::string caller;
    std::string nonce;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(ask_sign_in, (), (way, number, caller, nonce, digest))
/// The code that was asked for under `nonce`. A wrong one succeeds as a command with `sign_in_failed`, because it
/// counts. Refused: otp_expired, otp_locked.
struct answer_sign_in {
    static constexpr std::string_view name = "answer_sign_in";
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};
    std::string nonce;
    std::string digest;
};
BOOST_DESCRIBE_STRUCT(answer_sign_in, (), (way, number, nonce, digest))

/// With a saved code of one of their lines, which that line's stream has spent (see spend_recovery_code). Everybody is
/// told.
struct sign_in_by_saved_code {
    static constexpr std::string_view name = "sign_in_by_saved_code";
    base::msisdn number;
    std::string caller;
};
BOOST_DESCRIBE_STRUCT(sign_in_by_saved_code, (), (number, caller))

/// A device has made a passkey and shown, by signing the challenge of `nonce`, that it verified its user. `way` and
/// `signed_in` are the session's; `what` as the device says, the rest is filled in. Refused: session_too_weak (no code
/// to the line, or not lately), too_many, id_taken, otp_expired (the challenge was answered, or is too old).
struct enrol_passkey {
    static constexpr std::string_view name = "enrol_passkey";
    passkey what;
    std::string nonce;
    instant until;
    std::optional<sign_in_way> way;
    instant signed_in;
};
BOOST_DESCRIBE_STRUCT(enrol_passkey, (), (what, nonce, until, way, signed_in))
/// Stopping needs no proof; everybody is told. One that is gone already is no event.
struct remove_passkey {
    static constexpr std::string_view name = "remove_passkey";
    int serial = 0;
    std::string why;
};
BOOST_DESCRIBE_STRUCT(remove_passkey, (), (serial, why))
/// The passkey `credential` has signed the challenge of `nonce`, and says that it is its signature number `count`. One
/// that counts backwards succeeds as a command with `passkey_doubted`, which everybody hears. Refused: otp_expired.
struct sign_in_by_passkey {
    static constexpr std::string_view name = "sign_in_by_passkey";
    std::string credential;
    std::string nonce;
    instant until;
    std::int64_t count = 0;
    lines_lost lost;
};
BOOST_DESCRIBE_STRUCT(sign_in_by_passkey, (), (credential, nonce, until, count, lost))

/// A line of theirs was locked as lost: the passkeys that are new now stay `weak`, whatever is lost or found later.
struct note_loss {
    static constexpr std::string_view name = "note_loss";
};
BOOST_DESCRIBE_STRUCT(note_loss, (), ())

/// From the connector: it has left. Never refused.
struct note_message {
    static constexpr std::string_view name = "note_message";
    std::string kind;
    medium by = medium::sms;
    message_place to;
    std::string reference;
};
BOOST_DESCRIBE_STRUCT(note_message, (), (kind, by, to, reference))

using subscriber_command =
    std::variant<register_subscriber, change_contacts, attach_number, record_read, erase_subscriber,
                 request_contact_code, answer_contact_code, carry_out_erasure, drop_erasure, note_cleared, name_account,
                 countersign, refuse_second, forget_wanted, change_document, fail_document, note_line, drop_records,
                 put_off_records, keep_time, add_document, take_document_back, admit_representative,
                 object_to_representative, end_representation, hear_representation, note_representative,
                 request_disclosure_code, ask_disclosure, stop_disclosure, fetch_disclosure, ask_sign_in,
                 answer_sign_in, sign_in_by_saved_code, enrol_passkey, remove_passkey, sign_in_by_passkey,
                 choose_phrase, choose_calendar, note_loss, note_message>;

}  // namespace keepline::domain
