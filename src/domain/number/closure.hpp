// The case: everything that a closure has gathered. The rules that move it are in rules_application.cpp (to its
// submission), rules_review.cpp, rules_ending.cpp and rules_time.cpp.
#pragma once

#include "base/json.hpp"
#include "domain/number/check.hpp"
#include "domain/number/ledger.hpp"
#include "domain/number/line.hpp"
#include "domain/number/representative.hpp"
#include "domain/policy.hpp"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace keepline::domain {

enum class stage {
    opened,
    in_review,
    approved,
    unbinding,
    settling,
    closed,  // the way
    withdrawn,
    rejected,
    expired,
    fraud_hold  // the exits; fraud_hold may lead back
};
BOOST_DESCRIBE_ENUM(stage, opened, in_review, approved, unbinding, settling, closed, withdrawn, rejected, expired,
                    fraud_hold)

/// Still open: it can go on. A line has at most one such closure.
bool is_open(stage s);
/// Withdrawal and repudiation are possible.
bool may_still_stop(stage s);

/// A device that is broken is not lost: nobody else has it, so nothing is locked.
enum class closing_reason {
    not_needed,
    moving_abroad,
    too_expensive,
    harassment,
    lost_device,
    deceased,
    other,
    device_broken,
    provider_policy_change
};
BOOST_DESCRIBE_ENUM(closing_reason, not_needed, moving_abroad, too_expensive, harassment, lost_device, deceased, other,
                    device_broken, provider_policy_change)

// -- eligibility: what stands in the way, what lifts it, what that costs

enum class block_kind {
    debt,
    contract_term,
    linked_products,
    port_out,
    legal_hold,
    fraud_hold,
    customer_lock,
    recent_change,
    network_mismatch  // the HLR has it otherwise: nothing is settled, nothing is certified
};
BOOST_DESCRIBE_ENUM(block_kind, debt, contract_term, linked_products, port_out, legal_hold, fraud_hold, customer_lock,
                    recent_change, network_mismatch)

enum class lift {
    pay_or_offset,
    pay_fee,
    detach,
    cancel_port,
    ask_authority,
    staff_review,
    unlock,
    wait,
    set_network_right
};
BOOST_DESCRIBE_ENUM(lift, pay_or_offset, pay_fee, detach, cancel_port, ask_authority, staff_review, unlock, wait,
                    set_network_right)

struct block {
    block_kind kind = block_kind::debt;
    lift by = lift::pay_or_offset;
    bool in_quote = false;         // accepting the quote lifts it
    money price;                   // zero where lifting costs nothing
    std::optional<instant> until;  // it falls away by itself then
    std::string reference;         // document, order, product
    bool operator==(const block&) const = default;
};
BOOST_DESCRIBE_STRUCT(block, (), (kind, by, in_quote, price, until, reference))

// -- quote

enum class quote_item_kind {
    closing_fee,
    contract_fee,
    detach_fee,
    debt,
    prepaid_refund,
    prepaid_forfeited,
    bonus_refund,
    bonus_forfeited
};
BOOST_DESCRIBE_ENUM(quote_item_kind, closing_fee, contract_fee, detach_fee, debt, prepaid_refund, prepaid_forfeited,
                    bonus_refund, bonus_forfeited)

struct quote_item {
    quote_item_kind kind = quote_item_kind::closing_fee;
    money amount;  // always >= 0; the kind says who pays whom
    bool operator==(const quote_item&) const = default;
};
BOOST_DESCRIBE_STRUCT(quote_item, (), (kind, amount))

struct quote {
    int number = 0;  // 1, 2, … within the case
    std::vector<quote_item> items;
    money to_pay;     // what the prepaid balance does not cover; to be paid before submission
    money to_refund;  // what is paid back when nothing else moves the balance
    instant issued_at;
    instant expires_at;
    local_day review_due;  // if submitted today
    bool review_due_provisional = false;
    local_day refund_due;  // if closed at once
    local_day quarantine_until;
    local_day reclaim_until;
    bool operator==(const quote&) const = default;
};
BOOST_DESCRIBE_STRUCT(quote, (),
                      (number, items, to_pay, to_refund, issued_at, expires_at, review_due, review_due_provisional,
                       refund_due, quarantine_until, reclaim_until))

/// What the customer owes by this quote: fees and debt together.
std::int64_t charges(const quote& q);

// -- evidence

/// What was shown beside what is on file: the shell compares keyed digests, the core hears how it went.
enum class comparison { not_compared, matched, mismatched, not_on_file };
BOOST_DESCRIBE_ENUM(comparison, not_compared, matched, mismatched, not_on_file)

struct evidence {
    evidence_kind kind = evidence_kind::otp_sms;
    bool passed = false;
    instant at;
    std::string method;  // "sms to the line", "counter 12", the provider's name
    std::string digest;  // keyed digest of what was shown; never the thing itself
    actor by;
    comparison compared = comparison::not_compared;
    /// On whose word it rests; without an id: on nobody's (a code that reached the line, a code saved long ago).
    actor word_of{};
    channel through = channel::staff;  // by which it came, whatever the case's is
    bool operator==(const evidence&) const = default;
};
BOOST_DESCRIBE_STRUCT(evidence, (), (kind, passed, at, method, digest, by, compared, word_of, through))

/// Proof of one asker's that failed: wrong saved codes, documents that are not the ones on file. The customer's within
/// a case are counted there (otp_state).
struct proof_tries {
    actor who;
    int wrong = 0;  // within a day of the one before
    std::optional<instant> last_at;
    std::optional<instant> locked_until;
    bool operator==(const proof_tries&) const = default;
};
BOOST_DESCRIBE_STRUCT(proof_tries, (), (who, wrong, last_at, locked_until))

struct otp_challenge {
    int serial = 0;
    label contact;
    medium by = medium::sms;
    std::string nonce;   // the code is derived from it by the shell's key; the code is stored nowhere
    std::string digest;  // keyed digest of the code
    instant issued_at;
    instant expires_at;
    bool used = false;
    bool for_staff = false;  // to be read out to staff, and good for nothing else
    bool operator==(const otp_challenge&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_challenge, (), (serial, contact, by, nonce, digest, issued_at, expires_at, used, for_staff))

struct otp_state {
    std::optional<otp_challenge> last;
    int wrong = 0;  // a new code does not reset it
    std::optional<instant> locked_until;
    std::vector<instant> issued;  // within the last day
    int wrong_of_staff = 0;       // among `wrong`: a fact of risk, and no lock for the customer
    bool operator==(const otp_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_state, (), (last, wrong, locked_until, issued, wrong_of_staff))

/// Why no code may be sent now: too many wrong ones, one was sent a moment ago, or enough for today.
std::optional<base::error> no_code_now(const otp_state& otp, const otp_rules& rules, instant now);
/// What a wrong code leads to: it counts whatever code comes next, and now and then locks.
std::optional<instant> locked_by_wrong(int wrong, const otp_rules& rules, instant now);

// -- risk

struct risk {
    risk_level level = risk_level::low;
    std::vector<std::string> facts;  // "sim_changed", "young_line", …
    bool operator==(const risk&) const = default;
};
BOOST_DESCRIBE_STRUCT(risk, (), (level, facts))

// -- backup

enum class backup_state { undecided, prepared, downloaded, declined };
BOOST_DESCRIBE_ENUM(backup_state, undecided, prepared, downloaded, declined)

struct backup_choice {
    backup_state state = backup_state::undecided;
    std::optional<instant> at;
    std::optional<instant> expires_at;  // of the download
    std::string digest;                 // SHA-256 of the manifest that was downloaded
    actor by{};                         // who declined it
    bool operator==(const backup_choice&) const = default;
};
BOOST_DESCRIBE_STRUCT(backup_choice, (), (state, at, expires_at, digest, by))

// -- what the network and the bank answered

/// How an answer ends by which nothing is known, because there is no HLR to ask.
inline constexpr std::string_view nothing_proved = "nothing is proved";

struct hlr_proof {
    base::imsi imsi;
    std::string step;    // "barred", "deleted"
    std::string answer;  // what the HLR said, without subscriber data ("nam none; serving node told", "UpdateLocation
                         // refused 0x02")
    instant at;
    bool proves() const { return !answer.ends_with(nothing_proved); }
    bool operator==(const hlr_proof&) const = default;
};
BOOST_DESCRIBE_STRUCT(hlr_proof, (), (imsi, step, answer, at))

/// `waiting`: nobody has said where to. `held`: to another account than the case was submitted with, as soon as the
/// time that everybody is told of is over. `to_collect`: in cash, at a counter.
enum class refund_state { none, ordered, written, settled, returned, waiting, held, to_collect, waived };
BOOST_DESCRIBE_ENUM(refund_state, none, ordered, written, settled, returned, waiting, held, to_collect, waived)

/// An order before the last one. The bank may say something else about it, long after.
struct earlier_refund {
    std::string id;
    money amount;
    refund_state state = refund_state::returned;
    bool operator==(const earlier_refund&) const = default;
};
BOOST_DESCRIBE_STRUCT(earlier_refund, (), (id, amount, state))

struct refund {
    refund_state state = refund_state::none;
    money amount;
    std::string id;    // EndToEndId in pain.001
    std::string file;  // message id of the pain.001 that carries it
    local_day due;
    int attempt = 1;                 // the bank may return it: then it is ordered again, to another account
    std::optional<instant> go_at{};  // while held
    std::vector<earlier_refund> earlier{};
    std::string account{};  // while held: keyed digest of where it will go, and nowhere else
    bool operator==(const refund&) const = default;
};
BOOST_DESCRIBE_STRUCT(refund, (), (state, amount, id, file, due, attempt, go_at, earlier, account))
/// The bank's word, or the customer's, is still to come.
bool is_open(const refund& of);

struct approval {
    actor by;
    instant at;
    std::string reason;
    bool operator==(const approval&) const = default;
};
BOOST_DESCRIBE_STRUCT(approval, (), (by, at, reason))

// -- accounts elsewhere that know the owner by this number

enum class account_answer { later, done, unknown };
BOOST_DESCRIBE_ENUM(account_answer, later, done, unknown)

/// What its applicant says of one kind. A list of theirs to work through: no rule asks for it.
struct account_note {
    bound_account what = bound_account::bank;
    account_answer answer = account_answer::later;
    bool operator==(const account_note&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_note, (), (what, answer))

/// Of the quote.
struct acceptance {
    instant at;
    actor by{};
    bool operator==(const acceptance&) const = default;
};
BOOST_DESCRIBE_STRUCT(acceptance, (), (at, by))

/// What every case has, at whatever stage.
struct application {
    int number = 0;         // 1, 2, … on this stream
    std::string reference;  // what people say and type (reference.hpp)
    channel through = channel::web;
    closing_reason reason = closing_reason::not_needed;
    actor opened_by;
    instant opened_at;
    instant expires_at;         // of the application, while opened
    std::vector<block> blocks;  // as last computed
    std::optional<quote> offer;
    std::optional<acceptance> accepted;  // of the offer
    std::vector<label> detach;           // products the customer agreed to detach
    std::vector<evidence> shown;
    otp_state otp;
    backup_choice backup;
    risk assessed;
    payout paid_by = payout::account;     // what is left on the line
    std::vector<actor> took_part;         // staff who acted for the applicant; none of them may decide
    std::vector<actor> applied;           // whoever acted as the applicant: their own word proves nothing for them
    std::optional<instant> held_since;    // somebody said that it was not them, the last time
    std::vector<actor> fraud_cleared_by;  // none of them may approve
    std::vector<notice_record> notices;
    std::optional<case_representative> on_behalf{};  // whoever applies for the owner
    std::vector<account_note> accounts{};
    std::vector<identity_check> checks{};  // that were asked for, the newest last
    bool operator==(const application&) const = default;
};
BOOST_DESCRIBE_STRUCT(application, (),
                      (number, reference, through, reason, opened_by, opened_at, expires_at, blocks, offer, accepted,
                       detach, shown, otp, backup, assessed, paid_by, took_part, applied, held_since, fraud_cleared_by,
                       notices, on_behalf, accounts, checks))

/// What it has from its submission on.
struct submission {
    instant submitted_at;
    closure_terms terms;  // pinned then
    std::string policy;   // id and version, "cn@4"
    local_day due;
    bool due_provisional = false;
    std::string calendar;  // id and version by which `due` was computed
    instant due_at;        // 24:00 of that day
    instant cooling_off_until;
    instant earliest_end;        // the policy's closing moment
    local_day due_from;          // `due` is due_days after this day
    int due_days = 0;            // of terms.review's unit
    std::int64_t paused_ms = 0;  // how long the clock stood still in pauses that are over
    bool escalated = false;
    std::string account;               // keyed digest of the refund account that was named then
    std::string account_wanted;        // another that was named later; the case waits until two people have decided
    std::vector<std::string> look_at;  // why policy did not decide: self_attested, staff_only, sampled, new_account
    std::vector<approval> approvals;
    bool line_only = false;  // nobody hears of the end: the certificate is found by the reference
    bool operator==(const submission&) const = default;
};
BOOST_DESCRIBE_STRUCT(submission, (),
                      (submitted_at, terms, policy, due, due_provisional, calendar, due_at, cooling_off_until,
                       earliest_end, due_from, due_days, paused_ms, escalated, account, account_wanted, look_at,
                       approvals, line_only))

/// The clock of the review stands still: information is waited for.
struct pause {
    instant since;
    std::string wanted;
    bool operator==(const pause&) const = default;
};
BOOST_DESCRIBE_STRUCT(pause, (), (since, wanted))

/// Who of those who decide is at the case. Says so, and keeps nobody from anything.
struct review_claim {
    actor by;
    instant since;
    std::optional<actor> handed_by{};  // none: they took it by themselves
    std::string why{};                 // it was handed to them
    bool operator==(const review_claim&) const = default;
};
BOOST_DESCRIBE_STRUCT(review_claim, (), (by, since, handed_by, why))

/// How a case stands: what it has there and nowhere else. A stage that follows from another has what that one had.
namespace stages {

struct opened {
    static constexpr std::string_view name = "opened";
    bool operator==(const opened&) const = default;
};
BOOST_DESCRIBE_STRUCT(opened, (), ())

struct in_review : submission {
    static constexpr std::string_view name = "in_review";
    std::optional<pause> waits;
    std::optional<review_claim> claim{};
    bool operator==(const in_review&) const = default;
};
BOOST_DESCRIBE_STRUCT(in_review, (submission), (waits, claim))

struct approved : submission {
    static constexpr std::string_view name = "approved";
    instant decided_at;
    bool operator==(const approved&) const = default;
};
BOOST_DESCRIBE_STRUCT(approved, (submission), (decided_at))

struct unbinding : approved {
    static constexpr std::string_view name = "unbinding";
    instant unbinding_since;
    instant write_off_at;
    bool operator==(const unbinding&) const = default;
};
BOOST_DESCRIBE_STRUCT(unbinding, (approved), (unbinding_since, write_off_at))

/// Of `settling` and `closed`.
struct ending : unbinding {
    instant settling_since;
    std::vector<hlr_proof> network;
    refund payback;
    bool operator==(const ending&) const = default;
};
BOOST_DESCRIBE_STRUCT(ending, (unbinding), (settling_since, network, payback))

struct settling : ending {
    static constexpr std::string_view name = "settling";
    std::optional<instant> bar_at;   // until then the bar waits for the line's last SMS
    std::optional<instant> late_at;  // then it is told that the bar takes long
    bool operator==(const settling&) const = default;
};
BOOST_DESCRIBE_STRUCT(settling, (ending), (bar_at, late_at))

struct closed : ending {
    static constexpr std::string_view name = "closed";
    std::vector<quote_item> charged;  // never more than was quoted
    instant closed_at;
    std::string certificate;  // JWS; empty until it is signed
    bool operator==(const closed&) const = default;
};
BOOST_DESCRIBE_STRUCT(closed, (ending), (charged, closed_at, certificate))

/// Of the exits. `sent`: none of what was never submitted.
struct left {
    std::optional<submission> sent;
    instant left_at;
    bool operator==(const left&) const = default;
};
BOOST_DESCRIBE_STRUCT(left, (), (sent, left_at))

struct withdrawn : left {
    static constexpr std::string_view name = "withdrawn";
    bool operator==(const withdrawn&) const = default;
};
BOOST_DESCRIBE_STRUCT(withdrawn, (left), ())

struct rejected : left {
    static constexpr std::string_view name = "rejected";
    std::string decision_reason;
    bool operator==(const rejected&) const = default;
};
BOOST_DESCRIBE_STRUCT(rejected, (left), (decision_reason))

struct expired : left {
    static constexpr std::string_view name = "expired";
    bool operator==(const expired&) const = default;
};
BOOST_DESCRIBE_STRUCT(expired, (left), ())

struct fraud_hold {
    static constexpr std::string_view name = "fraud_hold";
    std::optional<submission> sent;
    bool operator==(const fraud_hold&) const = default;
};
BOOST_DESCRIBE_STRUCT(fraud_hold, (), (sent))

}  // namespace stages

struct closure : application {
    /// In the order of `stage`.
    std::variant<stages::opened, stages::in_review, stages::approved, stages::unbinding, stages::settling,
                 stages::closed, stages::withdrawn, stages::rejected, stages::expired, stages::fraud_hold>
        stands;
    bool operator==(const closure&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure, (application), (stands))

/// For people and columns; what rules ask of a case is what it has.
stage at(const closure& c);

/// What it has, at the stage it is at: of one stage (stages::settling), or of several (submission,
/// stages::approved: it was decided, and goes on); null: nothing of the kind.
template <typename Part>
const Part* has(const closure& c) {
    return std::visit(
        []<typename Stage>(const Stage& one) -> const Part* {
            if constexpr (std::is_base_of_v<Part, Stage>)
                return &one;
            else if constexpr (std::is_same_v<Part, submission> && requires { one.sent; })
                return one.sent ? &*one.sent : nullptr;
            else
                return nullptr;
        },
        c.stands);
}
template <typename Part>
Part* has(closure& c) {
    return const_cast<Part*>(has<Part>(std::as_const(c)));
}

/// When it was closed or left; none: it is open.
std::optional<instant> ended_at(const closure& c);
/// What is paid back, or was; null: it has not come to that.
const refund* payback_of(const closure& c);

/// Null: there is none.
const identity_check* find_check(const closure& c, int serial);

/// Somebody else than `who` has acted as the applicant.
bool is_anothers_case(const closure& c, const actor& who);

/// After the end: four separate clocks. The number is free when the last has run out (docs/rules.md R7).
struct holds {
    instant from;
    instant quarantine_until;
    instant reclaim_until;
    instant port_right_until;
    instant no_reassign_until;
    instant announce_at;
    std::optional<instant> partners_told_at;
    local_day quarantine_day;  // the last day of each, where the line was
    local_day reclaim_day;
    local_day last_day;
    local_day first_day{};  // the day of the end, there
    bool operator==(const holds&) const = default;
    instant last() const;
};
BOOST_DESCRIBE_STRUCT(holds, (),
                      (from, quarantine_until, reclaim_until, port_right_until, no_reassign_until, announce_at,
                       partners_told_at, quarantine_day, reclaim_day, last_day, first_day))

}  // namespace keepline::domain
