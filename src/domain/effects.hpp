// What the core asks the world to do. An effect is stored with the event that called for it and reaches its peer at
// least once, with the same idempotency key every time. Effects carry references (contact ids, subscriber ids), never
// personal data.
#pragma once

#include "base/json.hpp"
#include "domain/esim/download.hpp"
#include "domain/number/line.hpp"
#include "domain/number/representative.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// Where an effect goes: one dispatcher lane per destination and partition.
enum class destination { sms, mail, hlr, refund, webhook, signer, core, operator_es2, sm_ds, voice };
BOOST_DESCRIBE_ENUM(destination, sms, mail, hlr, refund, webhook, signer, core, operator_es2, sm_ds, voice)
inline constexpr int destination_count = 10;

/// A message to one contact point. `kind` names the template (`receipt`, `approved`, …), `params` fill it.
struct send_notice {
    static constexpr std::string_view name = "send_notice";
    std::string kind;
    label subscriber;
    label contact;  // "line" for the line's own number
    medium by = medium::sms;
    std::map<std::string, std::string> params;
    bool vouched = false;  // the line's own number, or a contact that a back-office system vouches for
    bool operator==(const send_notice&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_notice, (), (kind, subscriber, contact, by, params, vouched))

/// A one-time code. The shell derives the code from case and nonce with its key at the moment of sending.
struct send_otp {
    static constexpr std::string_view name = "send_otp";
    label subscriber;
    label contact;
    medium by = medium::sms;
    int closure = 0;
    std::string nonce;
    instant expires_at;
    bool for_staff = false;   // its words say that it is to be read out
    std::string reference{};  // of the case
    bool operator==(const send_otp&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_otp, (), (subscriber, contact, by, closure, nonce, expires_at, for_staff, reference))

/// The same for a contact point that is to be verified: the code is derived from subscriber, contact and nonce.
struct send_contact_code {
    static constexpr std::string_view name = "send_contact_code";
    label subscriber;
    label contact;
    medium by = medium::sms;
    std::string nonce;
    instant expires_at;
    bool discloses = false;  // who shows it gets everything that is held about the person
    base::msisdn number{};   // of the contact "line"
    std::string reference{};
    bool operator==(const send_contact_code&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_contact_code, (), (subscriber, contact, by, nonce, expires_at, discloses, number, reference))

/// A code to sign in with, derived from subscriber and nonce; to a line of theirs (`number`, contact "line") or to one
/// of their mailboxes.
struct send_sign_in_code {
    static constexpr std::string_view name = "send_sign_in_code";
    label subscriber;
    label contact;
    medium by = medium::sms;
    base::msisdn number{};
    std::string nonce;
    instant expires_at;
    std::string reference{};
    bool operator==(const send_sign_in_code&) const = default;
};
BOOST_DESCRIBE_STRUCT(send_sign_in_code, (), (subscriber, contact, by, number, nonce, expires_at, reference))

/// A message about the person, not about one of their lines.
struct tell_person {
    static constexpr std::string_view name = "tell_person";
    std::string kind;
    label subscriber;
    label contact;  // "line" for the one of `number`
    medium by = medium::sms;
    base::msisdn number{};
    std::map<std::string, std::string> params;
    bool vouched = false;  // as of send_notice
    bool operator==(const tell_person&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_person, (), (kind, subscriber, contact, by, number, params, vouched))

/// A call to one of the applicant's phones, in which the number is asked for that is derived from line, closure and
/// nonce, and that whoever applied was told. The answer is hear_call_back.
struct call_back {
    static constexpr std::string_view name = "call_back";
    label subscriber;
    label contact;
    int closure = 0;
    int serial = 0;  // of the check
    std::string nonce;
    instant until;  // no try begins later
    bool operator==(const call_back&) const = default;
};
BOOST_DESCRIBE_STRUCT(call_back, (), (subscriber, contact, closure, serial, nonce, until))

enum class hlr_operation { provision, bar, unbar, remove, detach };
BOOST_DESCRIBE_ENUM(hlr_operation, provision, bar, unbar, remove, detach)

/// provision: subscriber exists with this MSISDN and full service. bar: no service, serving node told, read back.
/// unbar: full service again. remove: deleted, and an UpdateLocation for it is refused. detach: the IMSI has neither
/// MSISDN nor service any more, serving node told (the number moves to another profile). Each is idempotent.
struct hlr_action {
    static constexpr std::string_view name = "hlr_action";
    hlr_operation operation = hlr_operation::bar;
    base::imsi imsi;
    base::msisdn number;
    std::vector<base::imsi> of_line{};  // the other IMSIs of this line: they may have the number in passing
    bool operator==(const hlr_action&) const = default;
};
BOOST_DESCRIBE_STRUCT(hlr_action, (), (operation, imsi, number, of_line))

/// What the HLR has otherwise than the journal: read before anything was written, so nothing was done.
enum class mismatch_kind {
    imsi_serves_other,  // the IMSI has another number
    number_of_other,    // the number is served by an IMSI that is not of this line
};
BOOST_DESCRIBE_ENUM(mismatch_kind, imsi_serves_other, number_of_other)

/// One credit transfer of the next pain.001 batch. The account is in the vault, under the subscriber.
struct pay_refund {
    static constexpr std::string_view name = "pay_refund";
    std::string id;  // EndToEndId, at most 35 characters
    money amount;
    label subscriber;
    int closure = 0;  // 0: of none, money that came in for no line
    local_day due;
    std::string account{};    // keyed digest: another account than this one is not paid
    std::string reference{};  // of the case, as messages say it
    bool operator==(const pay_refund&) const = default;
};
BOOST_DESCRIBE_STRUCT(pay_refund, (), (id, amount, subscriber, closure, due, account, reference))

/// An account, or a document, that somebody asked to have named, and that nobody signed in time: the shell forgets it.
struct forget_account {
    static constexpr std::string_view name = "forget_account";
    label subscriber;
    bool operator==(const forget_account&) const = default;
};
BOOST_DESCRIBE_STRUCT(forget_account, (), (subscriber))

/// The records of one of their lines have outlived their purpose: the shell forgets them.
struct forget_records {
    static constexpr std::string_view name = "forget_records";
    label subscriber;
    base::msisdn number;
    bool operator==(const forget_records&) const = default;
};
BOOST_DESCRIBE_STRUCT(forget_records, (), (subscriber, number))

/// From a number's stream to its owner's: this line is theirs, or has ended (`ended`). What is known of them for its
/// sake is kept as long as the line's policy says. Of two that come in the wrong order the later one counts: the
/// owner's generation, and when it was so.
struct tell_owner {
    static constexpr std::string_view name = "tell_owner";
    label subscriber;
    base::msisdn number;
    int generation = 0;
    instant at;
    bool ended = false;
    label policy;
    bool operator==(const tell_owner&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_owner, (), (subscriber, number, generation, at, ended, policy))

/// A webhook that is gone, or never came to be: the shell destroys the key of its secrets.
struct forget_webhook {
    static constexpr std::string_view name = "forget_webhook";
    std::string id;
    bool operator==(const forget_webhook&) const = default;
};
BOOST_DESCRIBE_STRUCT(forget_webhook, (), (id))

/// What is sealed for others than persons has names of its own in the vault: no person's key is destroyed as one of
/// those.
inline constexpr std::string_view payers_prefix = "p_payer-";
inline constexpr std::string_view webhooks_prefix = "wh_";
inline constexpr std::string_view plans_prefix = "ip_";

/// Whoever had paid money in that has no line was paid back, or nobody signed that they are: the shell destroys the key
/// of what is sealed under this name.
struct forget_payer {
    static constexpr std::string_view name = "forget_payer";
    label payee;
    bool operator==(const forget_payer&) const = default;
};
BOOST_DESCRIBE_STRUCT(forget_payer, (), (payee))

/// The claims of a closing certificate, to be signed (the answer is the JWS).
struct sign_certificate {
    static constexpr std::string_view name = "sign_certificate";
    int closure = 0;
    base::raw_json claims;
    bool operator==(const sign_certificate&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_certificate, (), (closure, claims))

/// To every partner that subscribed to the topic ("closure.closed", "number.released", …).
struct publish {
    static constexpr std::string_view name = "publish";
    std::string topic;
    base::raw_json payload;
    bool operator==(const publish&) const = default;
};
BOOST_DESCRIBE_STRUCT(publish, (), (topic, payload))

/// From a subscriber's stream to a number's: who is to be told from now on.
struct tell_contacts {
    static constexpr std::string_view name = "tell_contacts";
    base::msisdn number;
    label subscriber;
    std::vector<contact_ref> contacts;
    std::string refund_account;  // keyed digest
    std::string language;
    std::optional<instant> document_changed_at{};
    bool account_on_word = false;
    bool document_on_word = false;
    std::optional<instant> account_named_at{};
    std::vector<representative> representatives{};
    bool operator==(const tell_contacts&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_contacts, (),
                      (number, subscriber, contacts, refund_account, language, document_changed_at, account_on_word,
                       document_on_word, account_named_at, representatives))

/// From the stream of whoever is represented to their representative's: they act for this person, or do no more.
struct tell_representative {
    static constexpr std::string_view name = "tell_representative";
    label representative;
    label principal;
    int serial = 0;
    bool over = false;
    bool operator==(const tell_representative&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_representative, (), (representative, principal, serial, over))

/// And back: how a representative is reached and paid. `gone`: their data was erased.
struct introduce_representative {
    static constexpr std::string_view name = "introduce_representative";
    label principal;
    label representative;
    std::vector<contact_ref> contacts;
    std::string refund_account;  // keyed digest
    bool account_on_word = false;
    bool document_on_word = false;
    bool gone = false;
    std::optional<instant> account_named_at{};
    bool operator==(const introduce_representative&) const = default;
};
BOOST_DESCRIBE_STRUCT(introduce_representative, (),
                      (principal, representative, contacts, refund_account, account_on_word, document_on_word, gone,
                       account_named_at))

/// From a number's stream to its owner's: somebody on file has answered by SMS that it is not so, or said it of a case
/// that was opened for the owner.
struct object_for_owner {
    static constexpr std::string_view name = "object_by_reply";  // as it was first written
    label subscriber;
    int serial = 0;
    bool operator==(const object_for_owner&) const = default;
};
BOOST_DESCRIBE_STRUCT(object_for_owner, (), (subscriber, serial))

// -- between a line and the profiles that the SM-DP+ holds for it (see esim.hpp)

/// From a number's stream to the stock: take a profile of this type and release it for download under this matching ID.
/// Repeated, it finds the profile that was taken the first time. No stock: tried again later (code::out_of_stock).
struct order_esim {
    static constexpr std::string_view name = "order_esim";
    std::string profile_type;
    base::msisdn number;
    int generation = 0;
    label subscriber;
    download_terms terms;
    bool operator==(const order_esim&) const = default;
};
BOOST_DESCRIBE_STRUCT(order_esim, (), (profile_type, number, generation, subscriber, terms))

/// From a number's stream to a profile's: the line has no use for it any more.
struct cancel_esim {
    static constexpr std::string_view name = "cancel_esim";
    base::iccid iccid;
    base::msisdn number;
    std::string matching_id;
    bool operator==(const cancel_esim&) const = default;
};
BOOST_DESCRIBE_STRUCT(cancel_esim, (), (iccid, number, matching_id))

/// From a profile's stream to a number's: this profile is yours.
struct attach_esim {
    static constexpr std::string_view name = "attach_esim";
    base::msisdn number;
    int generation = 0;
    base::iccid iccid;
    base::imsi imsi;
    base::eid eid;
    std::string profile_type;
    std::string matching_id;
    bool operator==(const attach_esim&) const = default;
};
BOOST_DESCRIBE_STRUCT(attach_esim, (), (number, generation, iccid, imsi, eid, profile_type, matching_id))

/// From a profile's stream to a number's: what became of it, with its proof.
struct tell_line {
    static constexpr std::string_view name = "tell_line";
    base::msisdn number;
    base::iccid iccid;
    profile_state state = profile_state::installed;
    base::eid eid;
    std::optional<std::uint32_t> sequence;
    proof shown;
    bool operator==(const tell_line&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_line, (), (number, iccid, state, eid, sequence, shown))

// -- claims on identifiers (see claim.hpp)

/// From a claim: does the holder's own stream still have it? Answered by what that stream has committed.
struct ask_holder {
    static constexpr std::string_view name = "ask_holder";
    std::string identifier;
    std::string holder;
    int serial = 0;
    instant usable_until;
    bool operator==(const ask_holder&) const = default;
};
BOOST_DESCRIBE_STRUCT(ask_holder, (), (identifier, holder, serial, usable_until))

/// To the number whose identifier somebody else wanted, or has at the HLR.
struct tell_contest {
    static constexpr std::string_view name = "tell_contest";
    base::msisdn number;
    std::string identifier;
    std::string wanted_by;
    bool operator==(const tell_contest&) const = default;
};
BOOST_DESCRIBE_STRUCT(tell_contest, (), (number, identifier, wanted_by))

/// From a number to a claim: the profile is gone for good, and so is its IMSI from the network.
struct free_claim {
    static constexpr std::string_view name = "free_claim";
    std::string identifier;
    std::string holder;
    bool operator==(const free_claim&) const = default;
};
BOOST_DESCRIBE_STRUCT(free_claim, (), (identifier, holder))

// -- a profile that moves to another line by agreement (see move_rules.cpp)

/// From the number that has let go of it to the one that takes it.
struct give_profile {
    static constexpr std::string_view name = "give_profile";
    base::msisdn number;
    int generation = 0;
    base::iccid iccid;
    base::imsi imsi;
    base::eid eid;
    profile_state state = profile_state::released;
    base::msisdn from;
    int from_generation = 0;
    bool operator==(const give_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(give_profile, (), (number, generation, iccid, imsi, eid, state, from, from_generation))

/// Back to the number that let go of it: the other one cannot take it.
struct return_profile {
    static constexpr std::string_view name = "return_profile";
    base::msisdn number;
    int generation = 0;
    base::iccid iccid;
    std::string why;
    bool operator==(const return_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(return_profile, (), (number, generation, iccid, why))

/// From the number that waits for the profile to a claim: it is this holder's now.
struct pass_claim {
    static constexpr std::string_view name = "pass_claim";
    std::string identifier;
    std::string holder;
    std::string to;
    bool operator==(const pass_claim&) const = default;
};
BOOST_DESCRIBE_STRUCT(pass_claim, (), (identifier, holder, to))

/// From a claim to the number that it was handed on to.
struct claim_passed {
    static constexpr std::string_view name = "claim_passed";
    base::msisdn number;
    std::string identifier;
    std::string holder;
    bool operator==(const claim_passed&) const = default;
};
BOOST_DESCRIBE_STRUCT(claim_passed, (), (number, identifier, holder))

/// The profile is about to be used: its authentication keys go to the HLR. They are in the vault under
/// ("p:" + ICCID, "keys"), not here.
struct hlr_keys {
    static constexpr std::string_view name = "hlr_keys";
    base::iccid iccid;
    base::imsi imsi;
    bool operator==(const hlr_keys&) const = default;
};
BOOST_DESCRIBE_STRUCT(hlr_keys, (), (iccid, imsi))

/// ES2+.HandleDownloadProgressInfo (SGP.22 §5.3.5). The first four are its notification points 1 to 4; for the others
/// each operator has a number of its own.
enum class progress_point { eligibility, confirmation, download, installation, enabled, disabled, deleted };
BOOST_DESCRIBE_ENUM(progress_point, eligibility, confirmation, download, installation, enabled, disabled, deleted)

struct report_progress {
    static constexpr std::string_view name = "report_progress";
    label requester;  // the operator that ordered it
    base::iccid iccid;
    base::eid eid;
    std::string profile_type;
    progress_point point = progress_point::eligibility;
    bool succeeded = true;
    std::string subject_code;  // of a failure, "8.2.7"
    std::string reason_code;   // "6.4"
    std::string message;
    std::string result_data;  // Base64 of the PendingNotification, when one came
    instant at;
    bool operator==(const report_progress&) const = default;
};
BOOST_DESCRIBE_STRUCT(report_progress, (),
                      (requester, iccid, eid, profile_type, point, succeeded, subject_code, reason_code, message,
                       result_data, at))

/// What an SM-DS tells a phone: "for this EID, ask this SM-DP+ for that event" (SGP.22 §3.6). The event is named by the
/// order's matching ID.
struct event_record {
    std::string smds;  // its address, as the order names it
    base::eid eid;
    std::string event_id;
    bool operator==(const event_record&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_record, (), (smds, eid, event_id))

/// ES12.RegisterEvent and ES12.DeleteEvent (SGP.22 §5.5).
struct register_event {
    static constexpr std::string_view name = "register_event";
    event_record record;
    bool operator==(const register_event&) const = default;
};
BOOST_DESCRIBE_STRUCT(register_event, (), (record))
struct delete_event {
    static constexpr std::string_view name = "delete_event";
    event_record record;
    bool operator==(const delete_event&) const = default;
};
BOOST_DESCRIBE_STRUCT(delete_event, (), (record))

using effect = std::variant<send_notice, send_otp, hlr_action, pay_refund, sign_certificate, publish, tell_contacts,
                            order_esim, cancel_esim, attach_esim, tell_line, hlr_keys, report_progress, register_event,
                            delete_event, send_contact_code, ask_holder, tell_contest, free_claim, give_profile,
                            return_profile, pass_claim, claim_passed, forget_account, forget_webhook, forget_payer,
                            forget_records, tell_owner, tell_representative, introduce_representative, object_for_owner,
                            tell_person, send_sign_in_code, call_back>;

destination destination_of(const effect& e);

}  // namespace keepline::domain
