// What may have happened to a number: the entries of its journal. Members are only added, and their defaults mean what
// was so before they were there.
#pragma once

#include "domain/number/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

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
    bool customer_lock = false;  // from the start, by its policy
    bool operator==(const line_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_ordered, (),
                      (number, subscriber, policy, currency, language, contacts, profiles, refund_account,
                       recovery_digests, generation, imported, status, since, valid_until, reminders_passed,
                       keepalive_at, term, products, reference, import_print, serving, account_on_word, by,
                       document_on_word, account_named_at, customer_lock))
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
    int days = 0;                     // to the last one
    bool last = false;                // everybody hears it
    std::optional<money> keep_for{};  // the fee, where the balance can keep the number
    bool operator==(const validity_reminded&) const = default;
};
BOOST_DESCRIBE_STRUCT(validity_reminded, (), (reminders, keepalive_at, last_day, at, days, last, keep_for))
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
/// Somebody signed in with it.
struct recovery_code_spent {
    static constexpr std::string_view name = "recovery_code_spent";
    std::string digest;
    instant at;
    bool operator==(const recovery_code_spent&) const = default;
};
BOOST_DESCRIBE_STRUCT(recovery_code_spent, (), (digest, at))
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

/// What is new of one of those who act for the owner: they may from that day on, or do no more.
struct representative_news {
    int serial = 0;
    bool over = false;
    local_day from{};
    bool operator==(const representative_news&) const = default;
};
BOOST_DESCRIBE_STRUCT(representative_news, (), (serial, over, from))
struct representatives_taken {
    static constexpr std::string_view name = "representatives_taken";
    std::vector<representative> all;
    std::vector<representative_news> news;
    instant at;
    bool operator==(const representatives_taken&) const = default;
};
BOOST_DESCRIBE_STRUCT(representatives_taken, (), (all, news, at))

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
    std::optional<case_representative> on_behalf{};
    bool operator==(const closure_opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_opened, (),
                      (number, through, reason, by, at, expires_at, blocks, assessed, reference, on_behalf))
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
/// All of them as they are now.
struct accounts_noted {
    static constexpr std::string_view name = "accounts_noted";
    std::vector<account_note> accounts;
    instant at;
    actor by;
    bool operator==(const accounts_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(accounts_noted, (), (accounts, at, by))
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
    bool line_only = false;              // `by` said that there is no contact point but the line
    bool operator==(const closure_submitted&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_submitted, (),
                      (at, by, assessed, terms, policy, calendar, due, due_provisional, due_at, cooling_off_until,
                       earliest_end, received, account, look_at, line_only))
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
struct review_claimed {
    static constexpr std::string_view name = "review_claimed";
    actor by;
    instant at;
    bool operator==(const review_claimed&) const = default;
};
BOOST_DESCRIBE_STRUCT(review_claimed, (), (by, at))
struct review_handed {
    static constexpr std::string_view name = "review_handed";
    actor by;
    actor to;
    std::string why;
    instant at;
    bool operator==(const review_handed&) const = default;
};
BOOST_DESCRIBE_STRUCT(review_handed, (), (by, to, why, at))
struct review_released {
    static constexpr std::string_view name = "review_released";
    actor by;
    instant at;
    bool operator==(const review_released&) const = default;
};
BOOST_DESCRIBE_STRUCT(review_released, (), (by, at))
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
    /// Later than the submission said: something became known meanwhile.
    std::optional<instant> cooling_off_until{};
    bool operator==(const closure_approved&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_approved, (), (at, terms, cooling_off_until))
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
    std::optional<instant> bar_at{};   // the line's last SMS goes first, and the bar waits for it; none: at once
    std::optional<instant> late_at{};  // who was told "now" hears then that it takes longer; none: never
    local_day reclaim_day{};           // if it closes today
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
    label contact{};  // theirs alone; empty: everybody's
    bool operator==(const reminders_set&) const = default;
};
BOOST_DESCRIBE_STRUCT(reminders_set, (), (stopped, by, at, contact))
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
    std::string id{};                      // of the refund; it may belong to an earlier case
    std::optional<instant> payer_until{};  // of money without a line, paid to whoever had paid it
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
/// To be paid back at `go_at`; none: it is ordered with `id` now.
struct money_return_ordered {
    static constexpr std::string_view name = "money_return_ordered";
    int serial = 0;
    bool to_payer = false;
    std::string id;
    std::string account;
    label payee;
    local_day due;
    std::optional<instant> go_at;
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
    bool beside = false;  // the case keeps no more of them, or there is none
    bool operator==(const notice_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(notice_noted, (), (record, beside))
/// Notices of one kind of thing came too close together: until then they are gathered
/// (domain/number/notice_repeats.hpp).
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

struct dispute_opened {
    static constexpr std::string_view name = "dispute_opened";
    dispute what;
    bool operator==(const dispute_opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_opened, (), (what))
struct dispute_withdrawn {
    static constexpr std::string_view name = "dispute_withdrawn";
    int serial = 0;
    actor by;
    instant at;
    bool operator==(const dispute_withdrawn&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_withdrawn, (), (serial, by, at))
/// Nobody has answered by its day.
struct dispute_overdue {
    static constexpr std::string_view name = "dispute_overdue";
    int serial = 0;
    instant at;
    bool operator==(const dispute_overdue&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_overdue, (), (serial, at))
struct dispute_refused {
    static constexpr std::string_view name = "dispute_refused";
    int serial = 0;
    actor by;
    std::string reason;
    instant at;
    bool operator==(const dispute_refused&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_refused, (), (serial, by, reason, at))
/// Two people have decided what the certificate should say; it is signed next (certificate_reissued).
struct certificate_corrected {
    static constexpr std::string_view name = "certificate_corrected";
    int serial = 0;
    correction made;
    actor by;
    std::string reason;
    instant at;
    std::optional<holds> held{};  // where a day was moved
    std::optional<actor> second{};
    bool operator==(const certificate_corrected&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_corrected, (), (serial, made, by, reason, at, held, second))
struct certificate_reissued {
    static constexpr std::string_view name = "certificate_reissued";
    int serial = 0;  // of the dispute
    std::string jws;
    std::string replaces;  // certificate_print of the one before
    instant at;
    bool operator==(const certificate_reissued&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_reissued, (), (serial, jws, replaces, at))

struct note_written {
    static constexpr std::string_view name = "note_written";
    staff_note what;
    bool operator==(const note_written&) const = default;
};
BOOST_DESCRIBE_STRUCT(note_written, (), (what))

struct certificate_sent_again {
    static constexpr std::string_view name = "certificate_sent_again";
    int closure = 0;
    std::vector<label> to;  // contact points
    actor by;
    instant at;
    bool operator==(const certificate_sent_again&) const = default;
};
BOOST_DESCRIBE_STRUCT(certificate_sent_again, (), (closure, to, by, at))

/// `state`: of the dialogue, where the call ended; `outcome`: why it ended, as metrics name it.
struct line_called {
    static constexpr std::string_view name = "line_called";
    std::string call;
    bool by_saved_code = false;  // else a code that was sent to the line
    std::string state;
    std::string outcome;
    std::int64_t seconds = 0;
    instant at;
    bool operator==(const line_called&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_called, (), (call, by_saved_code, state, outcome, seconds, at))

struct check_asked {
    static constexpr std::string_view name = "check_asked";
    identity_check what;
    std::optional<channel> through{};
    bool operator==(const check_asked&) const = default;
};
BOOST_DESCRIBE_STRUCT(check_asked, (), (what, through))
struct check_withdrawn {
    static constexpr std::string_view name = "check_withdrawn";
    int serial = 0;
    actor by;
    instant at;
    bool operator==(const check_withdrawn&) const = default;
};
BOOST_DESCRIBE_STRUCT(check_withdrawn, (), (serial, by, at))
/// The evidence stands before it.
struct check_settled {
    static constexpr std::string_view name = "check_settled";
    int serial = 0;
    bool passed = false;
    actor by;
    std::string reason;
    instant at;
    std::optional<check_failure> why{};
    bool operator==(const check_settled&) const = default;
};
BOOST_DESCRIBE_STRUCT(check_settled, (), (serial, passed, by, reason, at, why))

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
    payout_waits, payer_read, payer_let_go, profile_resumed, dispute_opened, dispute_withdrawn, dispute_overdue,
    dispute_refused, certificate_corrected, certificate_reissued, representatives_taken, accounts_noted,
    recovery_code_spent, check_asked, check_withdrawn, check_settled, review_claimed, review_released, review_handed,
    note_written, certificate_sent_again, line_called>;

/// One of the events: see number_command.
struct number_event : number_event_kinds {
    using variant::variant;
    number_event();
    number_event(const number_event&);
    number_event(number_event&&) noexcept;
    number_event& operator=(const number_event&);
    number_event& operator=(number_event&&) noexcept;
    ~number_event();
};

}  // namespace keepline::domain
