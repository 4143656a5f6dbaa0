// What the API shows: structs as they are written (base::form::api), and how they come out of the state. Pure.
// Nonces and digests of codes, keyed digests and staff-only facts never get into a view that is not meant for them; a
// test reads every view for them. api/openapi.yaml describes the same shapes.
#pragma once

#include "desk/files_gone.hpp"
#include "engine/engine.hpp"
#include "port/tokens.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::label;
using base::local_day;
using base::money;

/// For whom a view is made.
enum class reader { customer, staff };

/// Customers learn in which role somebody did it, not who it was.
inline domain::actor as_shown(const domain::actor& by, reader to) {
    return to == reader::staff || by.as == domain::role::subscriber ? by : domain::actor{by.as, {}};
}

struct balance_view {
    money prepaid;
    money bonus;
    money debt;
    money refund_pending;
    std::optional<instant> valid_until;
    bool operator==(const balance_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(balance_view, (), (prepaid, bonus, debt, refund_pending, valid_until))

struct profile_view {
    base::iccid iccid;
    base::imsi imsi;
    std::optional<base::eid> eid;
    domain::profile_state state = domain::profile_state::released;
    bool lost = false;
    std::optional<domain::proof> proof;
    std::optional<std::uint32_t> sequence;
    std::optional<std::string> type;
    bool serving = false;           // the number is registered to it
    bool to_delete = false;         // the number has moved to another profile
    std::optional<bool> stopped{};  // it does not serve the number before it is let serve again; absent: it may
    bool operator==(const profile_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile_view, (),
                      (iccid, imsi, eid, state, lost, proof, sequence, type, serving, to_delete, stopped))

struct wanted_view {
    std::string type;
    instant since;
    bool operator==(const wanted_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(wanted_view, (), (type, since))

struct closure_ref {
    std::string id;
    domain::stage stage = domain::stage::opened;
    std::optional<instant> ended_at{};
    std::optional<std::string> reference{};  // as customers say it
    bool operator==(const closure_ref&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_ref, (), (id, stage, ended_at, reference))

struct past_view {
    std::string id;
    domain::stage stage = domain::stage::closed;
    instant opened_at;
    instant submitted_at;
    instant ended_at;
    std::optional<std::string> reference{};  // as customers say it
    bool operator==(const past_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(past_view, (), (id, stage, opened_at, submitted_at, ended_at, reference))

struct line_view {
    std::string id;
    std::uint64_t version = 0;
    base::msisdn number;
    std::optional<domain::line_status> status;
    std::string language;
    int generation = 0;
    std::optional<label> subscriber;
    std::optional<std::string> policy;
    instant since;
    instant valid_until;
    std::optional<instant> locked_since;
    std::optional<domain::contract> contract;
    std::vector<domain::linked_product> products;
    std::optional<instant> port_out_since;
    std::optional<std::string> legal_hold;
    bool fraud_hold = false;
    bool customer_lock = false;
    std::optional<instant> customer_unlock_at;  // it comes off then
    std::optional<instant> sim_changed_at;
    std::optional<instant> contacts_changed_at;
    std::vector<profile_view> profiles;
    std::optional<wanted_view> wanted;
    std::optional<domain::line_switch> last_switch;
    std::vector<domain::contact_ref> contacts;
    balance_view balance;
    std::int64_t recovery_codes_left = 0;
    std::optional<closure_ref> closure;
    std::vector<past_view> past_closures;
    std::optional<domain::holds> holds;
    bool operator==(const line_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_view, (),
                      (id, version, number, status, language, generation, subscriber, policy, since, valid_until,
                       locked_since, contract, products, port_out_since, legal_hold, fraud_hold, customer_lock,
                       customer_unlock_at, sim_changed_at, contacts_changed_at, profiles, wanted, last_switch, contacts,
                       balance, recovery_codes_left, closure, past_closures, holds))

struct evidence_view {
    domain::evidence_kind kind = domain::evidence_kind::otp_sms;
    bool passed = false;
    instant at;
    std::string method;
    domain::actor by;
    domain::comparison compared = domain::comparison::not_compared;
    bool operator==(const evidence_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(evidence_view, (), (kind, passed, at, method, by, compared))

struct check_view {
    int serial = 0;
    domain::evidence_kind kind = domain::evidence_kind::id_document;
    std::optional<label> document;
    std::optional<label> contact;
    std::optional<domain::call_hours> hours;
    domain::actor by;
    instant at;
    local_day due;
    bool due_provisional = false;
    bool overdue = false;
    domain::check_state state = domain::check_state::open;
    std::optional<instant> settled_at;
    std::optional<domain::actor> settled_by;  // for staff
    std::optional<std::string> reason;        // why it failed, in a decider's words
    std::optional<domain::check_failure> why;
    std::optional<bool> at_once{};           // a machine calls, or has called
    std::optional<std::string> call_code{};  // that it asks for; for whoever asked to be called, while it is open
    bool operator==(const check_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(check_view, (),
                      (serial, kind, document, contact, hours, by, at, due, due_provisional, overdue, state, settled_at,
                       settled_by, reason, why, at_once, call_code))

/// One that waits, among those of all lines.
struct waiting_check : check_view {
    std::string line_id;
    std::string closure_id;
    std::optional<std::string> reference;  // as the customer says it
    label subscriber;                      // whose document, card or phone it is
    bool operator==(const waiting_check&) const = default;
};
BOOST_DESCRIBE_STRUCT(waiting_check, (check_view), (line_id, closure_id, reference, subscriber))

struct otp_challenge_view {
    int serial = 0;
    label contact;
    domain::medium by = domain::medium::sms;
    instant issued_at;
    instant expires_at;
    bool used = false;
    bool operator==(const otp_challenge_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_challenge_view, (), (serial, contact, by, issued_at, expires_at, used))

struct otp_view {
    int wrong_tries = 0;
    std::optional<instant> locked_until;
    std::optional<otp_challenge_view> last;
    bool operator==(const otp_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_view, (), (wrong_tries, locked_until, last))

struct backup_view {
    domain::backup_state state = domain::backup_state::undecided;
    instant at;
    instant expires_at;
    std::optional<std::string> manifest_sha256;
    bool operator==(const backup_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(backup_view, (), (state, at, expires_at, manifest_sha256))

/// Without the digest of its account, which is for the machine only.
struct refund_view {
    domain::refund_state state = domain::refund_state::none;
    domain::money amount;
    std::string id;  // EndToEndId
    std::string file;
    local_day due;
    int attempt = 1;
    instant go_at;  // while held
    std::vector<domain::earlier_refund> earlier;
    bool operator==(const refund_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund_view, (), (state, amount, id, file, due, attempt, go_at, earlier))

/// Who hears a customer whom we refused, by the line's policy.
struct complaint_view {
    std::string name;
    std::optional<std::string> name_zh;
    std::optional<std::string> web;
    std::optional<std::string> phone;
    std::optional<domain::term> after;  // a complaint to the operator comes first
    bool operator==(const complaint_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(complaint_view, (), (name, name_zh, web, phone, after))

/// Apart, as a struct describes 52 members at most.
struct case_hearers {
    std::optional<bool> line_only;  // nobody hears of the end: the applicant has no contact point but the line
    std::vector<complaint_view> complain_to;               // of a case that is rejected, late or stopped
    std::optional<domain::case_representative> on_behalf;  // whoever applied for the owner
    bool operator==(const case_hearers&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_hearers, (), (line_only, complain_to, on_behalf))

/// While it is being applied for, and what its applicant works through.
struct case_to_do {
    std::vector<std::string> missing;            // codes of errors: what sending it in now would be refused for
    bool code_too_old = false;                   // proof suffices but for a code that was shown too long ago
    std::vector<domain::account_note> accounts;  // of the kinds that the policy names, as answered
    std::vector<check_view> checks;              // that were asked for
    std::optional<money> still_to_pay{};         // of what the offer costs; none: nothing
    bool operator==(const case_to_do&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_to_do, (), (missing, code_too_old, accounts, checks, still_to_pay))

/// Who of the staff is at it, for the staff.
struct case_claim {
    std::optional<label> claimed_by;  // the credential of who is at it
    std::optional<instant> claimed_since;
    std::optional<label> handed_by;  // who handed it to them, and why
    std::optional<std::string> handed_why;
    bool operator==(const case_claim&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_claim, (), (claimed_by, claimed_since, handed_by, handed_why))

/// While it is in review, for the staff: how many people it takes as things stand, and how many of its `approvals`, the
/// last ones, count.
struct case_signatures {
    std::optional<std::int64_t> approvals_wanted;
    std::optional<std::int64_t> approvals_counted;
    bool operator==(const case_signatures&) const = default;
};
BOOST_DESCRIBE_STRUCT(case_signatures, (), (approvals_wanted, approvals_counted))

struct closure_view : case_hearers, case_to_do, case_claim, case_signatures {
    std::string id;
    std::string line_id;
    int serial = 0;
    std::uint64_t version = 0;
    domain::stage stage = domain::stage::opened;
    std::optional<domain::channel> channel;
    std::optional<domain::closing_reason> reason;
    std::optional<domain::actor> opened_by;
    instant opened_at;
    instant expires_at;
    std::optional<domain::risk> risk;
    std::vector<domain::block> blocks;
    std::optional<domain::quote> quote;
    instant quote_accepted_at;
    std::vector<label> detach;
    domain::evidence_sets evidence_wanted;
    std::vector<evidence_view> evidence;
    std::optional<otp_view> otp;
    std::optional<backup_view> backup;
    std::vector<domain::actor> took_part;
    std::vector<std::string> look_at;        // why policy does not decide alone
    bool refund_account_questioned = false;  // another was named after the submission: two people decide
    instant submitted_at;
    std::optional<domain::closure_terms> terms;
    std::optional<std::string> policy;
    std::optional<std::string> calendar;
    local_day due;
    instant due_at;
    bool due_provisional = false;
    bool overdue = false;
    bool escalated = false;
    instant cooling_off_until;
    instant earliest_end;
    std::optional<instant> paused_since;
    std::optional<std::string> info_wanted;
    std::vector<domain::approval> approvals;
    std::optional<std::string> decision_reason;
    instant decided_at;
    instant unbinding_since;
    instant write_off_at;
    std::vector<profile_view> profiles;
    instant settling_since;
    std::vector<domain::hlr_proof> network;
    std::optional<refund_view> refund;
    std::optional<domain::payout> payout;  // how what is left is paid back
    instant closed_at;
    instant ended_at;
    instant held_since;
    bool has_certificate = false;
    std::vector<domain::notice_record> notices;
    std::optional<domain::holds> holds;
    std::optional<std::string> reference;  // what messages carry and people say, "4821 0937 1156"
    bool operator==(const closure_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_view, (case_hearers, case_to_do, case_claim, case_signatures),
                      (id, line_id, serial, version, stage, channel, reason, opened_by, opened_at, expires_at, risk,
                       blocks, quote, quote_accepted_at, detach, evidence_wanted, evidence, otp, backup, took_part,
                       look_at, refund_account_questioned, submitted_at, terms, policy, calendar, due, due_at,
                       due_provisional, overdue, escalated, cooling_off_until, earliest_end, paused_since, info_wanted,
                       approvals, decision_reason, decided_at, unbinding_since, write_off_at, profiles, settling_since,
                       network, refund, payout, closed_at, ended_at, held_since, has_certificate, notices, holds,
                       reference))

struct closure_summary : case_claim {
    std::string id;
    std::string line_id;
    std::uint64_t version = 0;
    domain::stage stage = domain::stage::opened;
    domain::channel channel = domain::channel::web;
    domain::closing_reason reason = domain::closing_reason::not_needed;
    domain::risk_level risk = domain::risk_level::low;
    instant opened_at;
    instant submitted_at;
    local_day due;
    instant due_at;
    bool due_provisional = false;
    bool overdue = false;
    std::optional<instant> paused_since;
    bool escalated = false;
    std::int64_t approvals = 0;
    std::optional<std::string> reference;  // as customers say it
    std::string number;                    // the telephone number
    std::optional<label> subscriber;
    std::int64_t age_hours = 0;             // since it was received, or opened
    std::optional<std::int64_t> days_left;  // of the review's term, without today; below zero: so many days late
    bool operator==(const closure_summary&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_summary, (case_claim),
                      (id, line_id, version, stage, channel, reason, risk, opened_at, submitted_at, due, due_at,
                       due_provisional, overdue, paused_since, escalated, approvals, reference, number, subscriber,
                       age_hours, days_left))

/// How many cases stand at each stage, and how many reviews are late, as the store counts them.
struct closure_counts {
    std::map<std::string, std::int64_t> stages;
    std::int64_t overdue = 0;
};
BOOST_DESCRIBE_STRUCT(closure_counts, (), (stages, overdue))

/// GET /v1/lines/{}/eligibility
struct eligibility_view {
    std::string line_id;
    bool can_apply = false;  // nothing stands in the way but what a quote settles
    std::vector<domain::block> blocks;
    std::vector<domain::quote_item> items;
    domain::money to_pay;
    domain::money to_refund;
    local_day review_due;
    local_day reclaim_until;
    std::optional<std::string> open_closure;  // there is a case already
    bool contact_wanted = false;  // only the number itself is told: ask for a phone or e-mail that outlives it
    bool operator==(const eligibility_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(eligibility_view, (),
                      (line_id, can_apply, blocks, items, to_pay, to_refund, review_due, reclaim_until, open_closure,
                       contact_wanted))

/// GET /v1/messages/{}. Of one kind by one medium within an hour: when the first of them left, and where they went, as
/// its owner knows it again (desk/masked.hpp); not those places whose address is kept no more.
struct message_told_view {
    std::string kind;
    domain::medium by = domain::medium::sms;
    instant at;
    std::vector<std::string> to;
    bool operator==(const message_told_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(message_told_view, (), (kind, by, at, to))
struct message_check_view {
    std::string reference;
    std::optional<std::string> number_tail;  // of what is about a line
    std::string about;                       // "closure", "line", "person"
    std::vector<message_told_view> told;
    std::optional<std::string> zone;  // of what is about a line: where its owner's clock is
    bool operator==(const message_check_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(message_check_view, (), (reference, number_tail, about, told, zone))

/// Empty: there is none.
struct calendar_view {
    std::string address;
    bool operator==(const calendar_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(calendar_view, (), (address))

struct subscriber_view {
    label id;
    std::uint64_t version = 0;
    std::string language;
    std::vector<domain::contact_ref> contacts;
    std::vector<std::string> lines;
    std::optional<instant> erased_at;
    std::int64_t staff_reads = 0;
    std::optional<domain::erasure_plan> erasure;                 // planned
    std::optional<instant> kept_until;                           // of who has no line: then the erasure is planned
    std::optional<std::vector<std::string>> erasure_in_words{};  // of a planned one, in the person's language
    std::optional<instant> phrase_since{};                       // their own words are in our mails
    std::optional<instant> contacts_until{};  // so long this session of theirs may change the contact points
    bool operator==(const subscriber_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_view, (),
                      (id, version, language, contacts, lines, erased_at, staff_reads, erasure, kept_until,
                       erasure_in_words, phrase_since, contacts_until))

/// `fetched_then_stopped`: what was fetched before the stop has left.
enum class disclosure_stage { waiting, ready, fetched, stopped, fetched_then_stopped, expired };
BOOST_DESCRIBE_ENUM(disclosure_stage, waiting, ready, fetched, stopped, fetched_then_stopped, expired)

/// A person's archive that was asked for.
struct disclosure_view {
    int serial = 0;
    disclosure_stage state = disclosure_stage::waiting;
    domain::disclosure_proof shown = domain::disclosure_proof::contact_code;
    bool longer = false;  // it waits longer, for something of theirs changed lately, or while it waited
    domain::actor by;
    instant at;
    instant ready_at;
    instant expires_at;
    int fetches = 0;
    std::optional<instant> fetched_at;
    std::optional<instant> stopped_at;
    std::optional<domain::actor> stopped_by;
    std::optional<std::string> reason;  // of staff, for staff
    bool operator==(const disclosure_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_view, (),
                      (serial, state, shown, longer, by, at, ready_at, expires_at, fetches, fetched_at, stopped_at,
                       stopped_by, reason))
struct disclosure_code_view {
    label contact;
    instant expires_at;
    bool operator==(const disclosure_code_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_code_view, (), (contact, expires_at))

/// One of those who act, or acted, for a person.
struct representative_view {
    int serial = 0;
    domain::representative_kind kind = domain::representative_kind::attorney;
    label representative;
    std::vector<label> documents;
    instant from;
    std::optional<instant> until;
    instant in_force_at;  // everybody on file may object before; a line that hears of it later has the time from then
    domain::representation_state state = domain::representation_state::standing;
    domain::actor by;
    std::optional<domain::actor> second;
    instant at;
    std::optional<instant> over_at;
    bool lines_told = false;            // how they are reached is known, and the lines have heard of it
    std::optional<std::string> name{};  // masked: who knows them recognises them
    bool operator==(const representative_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(representative_view, (),
                      (serial, kind, representative, documents, from, until, in_force_at, state, by, second, at,
                       over_at, lines_told, name))

struct document_view {
    label id;
    domain::document_purpose purpose = domain::document_purpose::other;
    domain::document_media media = domain::document_media::jpeg;
    std::int64_t bytes = 0;
    domain::actor by;
    instant at;
    bool operator==(const document_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_view, (), (id, purpose, media, bytes, by, at))

struct history_entry_view {
    std::uint64_t version = 0;
    instant at;
    domain::actor by;
    domain::channel channel = domain::channel::staff;
    std::optional<std::string> correlation;
    std::vector<base::raw_json> events;  // as their reader may see them: desk/seen_events.hpp
    base::digest hash{};
    bool operator==(const history_entry_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(history_entry_view, (), (version, at, by, channel, correlation, events, hash))

struct effect_item {
    std::string id;
    domain::destination to = domain::destination::sms;
    std::string kind;
    std::string line_id;
    int attempts = 0;
    bool dead = false;
    instant first_failed_at;
    instant next_at;
    std::string error_code;
    std::string error_words;
    bool operator==(const effect_item&) const = default;
};
BOOST_DESCRIBE_STRUCT(effect_item, (),
                      (id, to, kind, line_id, attempts, dead, first_failed_at, next_at, error_code, error_words))

struct policy_item {
    std::string id;
    int version = 0;
    std::string title;
    std::string source;
    std::string calendar;
    std::string zone;
    std::string currency;
    std::vector<domain::channel> channels;
    std::vector<complaint_view> complaints;
    bool operator==(const policy_item&) const = default;
};
BOOST_DESCRIBE_STRUCT(policy_item, (), (id, version, title, source, calendar, zone, currency, channels, complaints))

struct calendar_item {
    std::string id;
    std::string version;
    std::string source;
    std::string licence;
    local_day covers_from;
    local_day covers_to;
    int days_left = 0;                     // after today; below zero: it has ended
    bool ends_soon = false;                // a policy goes by it, and it is time to bring in the next year
    std::vector<std::string> policies;     // that name it
    std::vector<std::string> provisional;  // those of them by which a review that begins now is due past the span
    bool operator==(const calendar_item&) const = default;
};
BOOST_DESCRIBE_STRUCT(calendar_item, (),
                      (id, version, source, licence, covers_from, covers_to, days_left, ends_soon, policies,
                       provisional))

struct explanation_view {
    std::string policy;
    int version = 0;
    std::string language;
    std::string text;
    bool operator==(const explanation_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(explanation_view, (), (policy, version, language, text))

struct token_view {
    label id;
    domain::role role = domain::role::subscriber;
    std::string note;
    instant created_at;
    std::optional<instant> expires_at;
    std::optional<instant> revoked_at;
    std::optional<instant> on_hold_since;  // of a restore: until its holder is confirmed
    std::optional<label> person;
    std::vector<domain::channel> channels;
    domain::token_origin origin = domain::token_origin::admins;
    bool in_force = false;             // signed where it takes two, in the journal, neither expired nor revoked
    std::string print;                 // what names it; an acknowledgement names those that were seen
    std::optional<bool> acknowledged;  // of one that was made with file access
    bool operator==(const token_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(token_view, (),
                      (id, role, note, created_at, expires_at, revoked_at, on_hold_since, person, channels, origin,
                       in_force, print, acknowledged))

struct issued_token_view : token_view {
    std::string token;
    std::optional<int> request;  // another administrator must sign this one before the token opens anything
    bool operator==(const issued_token_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(issued_token_view, (token_view), (token, request))

/// Whether a code is on its way is told to nobody but its owner: the same of any number.
struct sign_in_told {
    std::string id;
    instant expires_at;
};
BOOST_DESCRIBE_STRUCT(sign_in_told, (), (id, expires_at))

struct signed_in_view {
    std::string token;
    label id;  // of the subscriber
    domain::session_level level = domain::session_level::weak;
    instant expires_at;
};
BOOST_DESCRIBE_STRUCT(signed_in_view, (), (token, id, level, expires_at))

/// What a page asks the device for (navigator.credentials), bytes as base64url.
struct passkey_known {
    std::string id;
    std::vector<std::string> transports;
    bool operator==(const passkey_known&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey_known, (), (id, transports))
struct passkey_wanted_view {
    std::string challenge;
    std::string rp_id;
    std::string user_handle;
    std::string user_name;  // as the device lists it: a number of theirs
    std::vector<int> algorithms;
    std::vector<passkey_known> known;  // on whose devices no second one is made
    instant expires_at;
};
BOOST_DESCRIBE_STRUCT(passkey_wanted_view, (),
                      (challenge, rp_id, user_handle, user_name, algorithms, known, expires_at))
struct passkey_challenge_view {
    std::string challenge;
    std::string rp_id;
    instant expires_at;
};
BOOST_DESCRIBE_STRUCT(passkey_challenge_view, (), (challenge, rp_id, expires_at))
struct passkey_view {
    int serial = 0;
    domain::passkey_place place = domain::passkey_place::phone;
    bool synced = false;
    domain::session_level opens = domain::session_level::weak;  // now
    instant at;
    instant full_from;
    std::optional<instant> used_at;
    std::optional<instant> doubted_at;
};
BOOST_DESCRIBE_STRUCT(passkey_view, (), (serial, place, synced, opens, at, full_from, used_at, doubted_at))

/// A customer's session, by the name under which it is ended.
struct session_item {
    std::string print;
    std::optional<domain::sign_in_way> way;  // none: a portal by means of its own
    domain::session_level level = domain::session_level::weak;
    std::optional<base::msisdn> number;  // whose code opened it
    std::optional<int> passkey;          // the serial of the one that did
    instant since;
    instant expires_at;
    bool own = false;  // the one in which this is asked
};
BOOST_DESCRIBE_STRUCT(session_item, (), (print, way, level, number, passkey, since, expires_at, own))

struct recovery_codes_view {
    std::string line_id;
    std::vector<std::string> codes;
    std::optional<int> request;  // a second person must sign this one before the codes hold
    bool operator==(const recovery_codes_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(recovery_codes_view, (), (line_id, codes, request))

/// The id of a closure in addresses: "<line id>-c<N>".
/// An order of a refund that is no case's any more.
struct refund_word_view {
    std::string refund;  // EndToEndId
    std::string line_id;
    std::optional<std::string> closure;  // the line's latest case
    domain::refund_state state = domain::refund_state::none;
    domain::money amount;
};
BOOST_DESCRIBE_STRUCT(refund_word_view, (), (refund, line_id, closure, state, amount))

/// Money that came in and that no line took.
struct unclaimed_view {
    std::string line_id;
    int serial = 0;
    domain::money amount;
    domain::unclaimed_why why = domain::unclaimed_why::line_ended;
    std::string reference;
    instant at;
    domain::actor by;
    int generation = 0;
    std::optional<label> owner;                               // who had the number then
    bool owner_has_line = false;                              // the account on file is theirs
    domain::refund_state state = domain::refund_state::none;  // none: it waits for somebody
    std::optional<std::string> refund;                        // EndToEndId
    bool operator==(const unclaimed_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(unclaimed_view, (),
                      (line_id, serial, amount, why, reference, at, by, generation, owner, owner_has_line, state,
                       refund))

/// What is kept, why and how long; see docs/privacy.md.
struct kept_for {
    std::string policy;
    int days = 0;
    bool operator==(const kept_for&) const = default;
};
BOOST_DESCRIBE_STRUCT(kept_for, (), (policy, days))
struct kept_class {
    std::string data_class;  // its name in [retention_days]
    std::string what;
    std::string since;
    std::string goes;
    bool by_itself = false;
    std::vector<kept_for> days;
    std::optional<files_gone> gone{};  // of those that are files
    bool operator==(const kept_class&) const = default;
};
BOOST_DESCRIBE_STRUCT(kept_class, (), (data_class, what, since, goes, by_itself, days, gone))
struct planned_erasure {
    label subscriber;
    instant at;
    instant look_at;
    bool outlived = false;  // nobody asked for it
    std::vector<domain::standing> against;
    bool operator==(const planned_erasure&) const = default;
};
BOOST_DESCRIBE_STRUCT(planned_erasure, (), (subscriber, at, look_at, outlived, against))
struct retention_view {
    std::vector<kept_class> classes;
    std::int64_t kept_after_end = 0;  // persons without a line, who are kept for a while yet
    std::int64_t erasures_planned = 0;
    std::int64_t erased = 0;
    std::vector<planned_erasure> planned;  // the first of them, with what stands against each
    std::optional<instant> backup_at{};  // the newest copy: what was erased since is in it, sealed by a key that is not
    bool operator==(const retention_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(retention_view, (), (classes, kept_after_end, erasures_planned, erased, planned, backup_at))

struct dispute_view {
    std::string line_id;
    std::string closure_id;
    int serial = 0;
    domain::certificate_part part = domain::certificate_part::other;
    std::optional<std::string> item;
    std::optional<std::string> words;  // for the owner; for whoever decides and says why
    std::optional<domain::actor> by;   // of staff
    instant at;
    local_day due;
    bool due_provisional = false;
    bool overdue = false;
    domain::dispute_state state = domain::dispute_state::open;
    std::optional<instant> answered_at;
    std::optional<domain::actor> answered_by;  // for staff
    std::optional<std::string> reason;
    std::optional<domain::correction> correction;
    std::optional<instant> issued_at;         // the corrected certificate is there
    std::vector<complaint_view> complain_to;  // where it is refused or late
    bool operator==(const dispute_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_view, (),
                      (line_id, closure_id, serial, part, item, words, by, at, due, due_provisional, overdue, state,
                       answered_at, answered_by, reason, correction, issued_at, complain_to))

/// That one of the staff looked at what is a person's.
struct look_view {
    instant at;
    domain::role as = domain::role::agent;
    std::string what;                 // "identity", "notes", …: [look] of the texts
    std::optional<domain::actor> by;  // for administrators, as why
    std::optional<std::string> why;
    bool operator==(const look_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(look_view, (), (at, as, what, by, why))

/// Somebody who may be meant by a name: masked, with what tells them from others of that name.
struct person_line {
    std::string line_id;
    std::string number_tail;
    domain::line_status status = domain::line_status::active;
    bool operator==(const person_line&) const = default;
};
BOOST_DESCRIBE_STRUCT(person_line, (), (line_id, number_tail, status))
struct person_hit {
    label id;
    std::string name;
    std::vector<person_line> lines;  // the first few
    bool operator==(const person_hit&) const = default;
};
BOOST_DESCRIBE_STRUCT(person_hit, (), (id, name, lines))

/// What one of the staff wrote down about a line or a case.
struct note_view {
    std::string line_id;
    std::optional<std::string> closure_id;  // none: about the line
    int serial = 0;
    domain::actor by;
    instant at;
    std::optional<std::string> words;  // for whoever says why they read them
    std::optional<bool> altered;       // what is kept of it is not what was written
    bool operator==(const note_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(note_view, (), (line_id, closure_id, serial, by, at, words, altered))

/// A profile of a line, with its activation code for whoever may see it.
struct line_profile_view : profile_view {
    std::optional<std::string> activation_code;
    std::optional<bool> confirmation_code;
    bool operator==(const line_profile_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_profile_view, (profile_view), (activation_code, confirmation_code))

/// Where the HLR contradicts what the journal says of a number.
struct mismatch_item {
    std::string line_id;
    std::optional<std::string> closure;  // the open case that cannot go on
    base::imsi imsi;
    domain::hlr_operation wanted = domain::hlr_operation::bar;
    domain::mismatch_kind mismatch = domain::mismatch_kind::imsi_serves_other;
    std::string other;
    instant at;
};
BOOST_DESCRIBE_STRUCT(mismatch_item, (), (line_id, closure, imsi, wanted, mismatch, other, at))

/// Whoever asks.
struct holder_view {
    label id;
    domain::role role = domain::role::subscriber;
    std::optional<label> person;
    std::vector<domain::channel> channels;
    std::optional<instant> expires_at;
    std::optional<domain::session_level> level;  // of a customer's session
};
BOOST_DESCRIBE_STRUCT(holder_view, (), (id, role, person, channels, expires_at, level))

struct retried_view {
    std::int64_t retried = 0;
};
BOOST_DESCRIBE_STRUCT(retried_view, (), (retried))

struct credential_history_view {
    std::uint64_t version = 0;
    instant at;
    domain::actor by;
    std::vector<base::raw_json> events;
    base::digest hash{};
};
BOOST_DESCRIBE_STRUCT(credential_history_view, (), (version, at, by, events, hash))

struct revoked_view {
    int revoked = 0;
};
BOOST_DESCRIBE_STRUCT(revoked_view, (), (revoked))

std::string closure_id(std::string_view line_id, int number);

balance_view balance_of(const domain::number_state& s);
/// A customer does not see closures from before their own time with the number.
line_view line_of(const engine::stream_view& of, reader who);
/// The line's latest closure. `at.rules` may be null (then evidence_wanted, missing and complain_to stay empty);
/// `missing` is of `at.by`.
check_view check_of(const domain::identity_check& of, instant now, reader who);
closure_view closure_of(const engine::stream_view& of, const domain::context& at, reader who);
closure_view past_closure_of(const engine::stream_view& of, const domain::past_closure& past,
                             const domain::rule_book* rules);
std::vector<complaint_view> complaints_of(const domain::policy& of);
closure_summary summary_of(const engine::stream_view& of, const domain::rule_book& rules, instant now);
token_view token_of(const port::token_record& token, instant now);
}  // namespace keepline::desk
