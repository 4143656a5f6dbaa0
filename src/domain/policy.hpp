// A policy: every number, price and choice that an operator or a jurisdiction sets for the life of a line.
// Pure data. `policy_load.cpp` reads it from TOML (with inheritance), `policy_explain.cpp` says it in words.
// Policy numbers appear in policies/*.toml only, never in code.
#pragma once

#include "base/bank_account.hpp"
#include "base/json.hpp"
#include "domain/representation.hpp"
#include "domain/subscriber/documents.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::domain {

using base::duration;
using base::instant;
using base::label;
using base::local_day;
using base::money;
using base::result;

enum class channel { web, app, hotline, counter, staff, bulk };
BOOST_DESCRIBE_ENUM(channel, web, app, hotline, counter, staff, bulk)

enum class risk_level { low, medium, high };
BOOST_DESCRIBE_ENUM(risk_level, low, medium, high)

/// What can be shown as proof of identity (docs/rules.md P1). `otp_email` counts as notification only:
/// policy loading refuses a set that holds nothing else.
enum class evidence_kind { otp_sms, otp_email, id_document, bank_card, staff_sighting, callback, recovery_code };
BOOST_DESCRIBE_ENUM(evidence_kind, otp_sms, otp_email, id_document, bank_card, staff_sighting, callback, recovery_code)

/// Every inner list is one sufficient set: all of its kinds are needed. The outer list is the choice.
/// An empty outer list means that this channel may not finish a case of that risk (it hands over to another).
using evidence_sets = std::vector<std::vector<evidence_kind>>;

enum class day_unit { working_day, calendar_day };
BOOST_DESCRIBE_ENUM(day_unit, working_day, calendar_day)

struct term {  // "7 working days"
    int n = 0;
    day_unit unit = day_unit::working_day;
    bool operator==(const term&) const = default;
};
BOOST_DESCRIBE_STRUCT(term, (), (n, unit))

enum class fee_kind { none, fixed, remaining_contract_percent };
BOOST_DESCRIBE_ENUM(fee_kind, none, fixed, remaining_contract_percent)

/// What closing costs. A contract term's own price comes from the line's contract, bounded by `cap`.
struct closing_fee {
    fee_kind kind = fee_kind::none;
    money amount;     // fixed
    int percent = 0;  // remaining_contract_percent: of monthly price times months left
    std::optional<money> cap;
    bool operator==(const closing_fee&) const = default;
};
BOOST_DESCRIBE_STRUCT(closing_fee, (), (kind, amount, percent, cap))

enum class closing_moment { immediate, end_of_day, end_of_cycle, month_end };
BOOST_DESCRIBE_ENUM(closing_moment, immediate, end_of_day, end_of_cycle, month_end)

struct hours_by_risk {
    int low = 0;
    int medium = 0;
    int high = 0;
    bool operator==(const hours_by_risk&) const = default;
    int of(risk_level r) const { return r == risk_level::low ? low : r == risk_level::medium ? medium : high; }
};
BOOST_DESCRIBE_STRUCT(hours_by_risk, (), (low, medium, high))

/// The part of a policy that a closure pins when it is submitted (docs/rules.md R8). Stored in the case itself, so that
/// a later edit of the file cannot change it; `kinder` merges it with the terms in force later.
struct closure_terms {
    term review;                      // review is due n days after receipt
    hours_by_risk cooling_off_hours;  // start at submission, run beside the review
    int pause_max_days = 0;           // how long "needs information" may stop the clock
    closing_fee fee;
    closing_moment effective = closing_moment::immediate;
    bool refund_unused_prepaid = true;
    bool refund_bonus = false;
    term refund_within;
    std::int64_t refund_min_minor = 0;  // below this nothing is paid out (it stays in the ledger as owed)
    int device_write_off_days = 0;      // an unreachable device is written off after this
    int quarantine_days = 0;
    int reclaim_days = 0;
    int port_right_days = 0;
    int no_reassign_days = 0;
    int harassment_quarantine_days = 0;
    int release_notice_days = 0;  // partners are told this long before the number is free
    bool operator==(const closure_terms&) const = default;
};
BOOST_DESCRIBE_STRUCT(closure_terms, (),
                      (review, cooling_off_hours, pause_max_days, fee, effective, refund_unused_prepaid, refund_bonus,
                       refund_within, refund_min_minor, device_write_off_days, quarantine_days, reclaim_days,
                       port_right_days, no_reassign_days, harassment_quarantine_days, release_notice_days))

/// Field by field what is better for the customer: lower fee, shorter waits before the end, longer rights after it,
/// a refund where either gives one. Both fees must be of one currency or none; otherwise the pinned one stays.
closure_terms kinder(const closure_terms& pinned, const closure_terms& current);

struct keepalive_rules {
    int validity_days = 0;  // a top-up keeps the line alive this long
    int grace_days = 0;     // then outgoing is barred
    int suspend_days = 0;   // then suspended; then the line ends
    std::vector<int> remind_days_before;
    std::optional<money> retention_fee;  // taken from the balance instead of letting the validity end
    int retention_extends_days = 0;
    bool operator==(const keepalive_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(keepalive_rules, (),
                      (validity_days, grace_days, suspend_days, remind_days_before, retention_fee,
                       retention_extends_days))

struct otp_rules {
    int ttl_minutes = 0;
    int max_wrong = 0;  // wrong codes per case before the lock; a new code does not reset the count
    int lock_minutes = 0;
    int min_gap_seconds = 0;  // between two codes
    int max_per_day = 0;
    /// Staff may ask for a code that the customer reads out to them: another code, whose message says so. Without it no
    /// agent ever types a customer's code.
    bool read_out_to_staff = false;
    int submit_within_minutes = 0;  // what was shown longer ago does not have a case submitted, or decided by policy
    bool operator==(const otp_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(otp_rules, (),
                      (ttl_minutes, max_wrong, lock_minutes, min_gap_seconds, max_per_day, read_out_to_staff,
                       submit_within_minutes))

/// Phones that may hold a profile of the line, and the orders for their downloads from our own SM-DP+.
struct device_rules {
    int bound_max = 0;          // profiles of one line that devices hold or may download, at the same time
    int switch_undo_hours = 0;  // how long a move of the number to another profile may be undone
    int download_tries = 0;     // per order
    int code_tries = 0;         // wrong confirmation codes per order
    int activation_days = 0;    // how long an activation code is valid
    int seller_code_hours = 0;  // so long whoever ordered a profile for a line is shown its activation code; 0: never
    bool operator==(const device_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_rules, (),
                      (bound_max, switch_undo_hours, download_tries, code_tries, activation_days, seller_code_hours))

/// How what is left on a line reaches its owner: to an account, in cash at a counter, or not at all because they said
/// so.
enum class payout { account, cash, waive };
BOOST_DESCRIBE_ENUM(payout, account, cash, waive)

struct payout_rules {
    bool account_first = false;                // it is asked for before a case with a refund is submitted
    int hold_hours = 0;                        // an account that was named after the submission is paid to after this
    std::vector<base::account_kind> accounts;  // that are paid to
    std::vector<payout> otherwise;             // what else its owner may choose: cash, waive
    int payer_days = 0;  // who was paid back what had no line: their account is destroyed after this
    bool operator==(const payout_rules&) const = default;
    bool pays_to(const std::string& account_digest) const;
    bool offers(payout how) const;
};
BOOST_DESCRIBE_STRUCT(payout_rules, (), (account_first, hold_hours, accounts, otherwise, payer_days))
/// The keyed digest of an account ends in its kind (".iban"); an older one says nothing.
std::optional<base::account_kind> kind_in(const std::string& account_digest);

/// How often contact points may be changed: by the owner's own token, and apart from that by staff and systems.
struct contact_rules {
    int changes_max = 0;
    int changes_days = 0;
    int account_changes_max = 0;  // of the account for refunds, in the same days
    int changes_by_one_max = 0;   // of the contact points, by one of the staff
    bool operator==(const contact_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_rules, (), (changes_max, changes_days, account_changes_max, changes_by_one_max))

/// A person's own archive (domain/subscriber/disclosure.hpp).
struct disclosure_rules {
    int wait_hours = 0;          // between the ask and the archive: everybody on file is told meanwhile
    int after_change_hours = 0;  // instead, where contact points, account or document changed lately
    int days = 0;                // then it can be fetched for as long
    int a_year = 0;              // by the owner, and as many by staff
    bool operator==(const disclosure_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_rules, (), (wait_hours, after_change_hours, days, a_year))

/// What is told again and again is gathered (domain/number/notice_repeats.hpp).
struct notice_rules {
    int repeats_max = 0;        // of one kind of thing, told one by one within …
    int repeats_minutes = 0;    // … and then gathered for as long, and twice as long the next time
    int a_day = 0;              // of all kinds together, told one by one
    int last_word_minutes = 0;  // the bar waits so long for the last SMS to the line to leave; zero: it does not wait
    int bar_late_minutes = 0;   // a bar that takes longer is told; zero: it is not
    int replies_a_day = 0;      // SMS of a customer about one line that are acted upon
    bool operator==(const notice_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(notice_rules, (),
                      (repeats_max, repeats_minutes, a_day, last_word_minutes, bar_late_minutes, replies_a_day))

/// Which IMSIs this operator's network has. Spreadsheets drop leading zeros, so the length is checked, always.
struct network_rules {
    std::vector<std::string> plmns;  // MCC and MNC together, "46001"; none: not checked
    int imsi_digits = 0;
    bool operator==(const network_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(network_rules, (), (plmns, imsi_digits))
/// code::imsi_not_ours.
result<void> check_imsi(const network_rules& of, const base::imsi& imsi);

/// Money that people's hands move: beyond this a second person signs. In minor units of the policy's currency, within
/// 24 hours. What a system books with a reference of its own is no hand's.
struct hand_rules {
    std::int64_t line_max_minor = 0;        // of one line: staff bring so much alone, and take so much; imports alike
    std::int64_t person_day_max_minor = 0;  // brought or taken by one of the staff, all lines together
    std::int64_t import_day_max_minor = 0;  // changed by one caller's imports, all lines together
    int made_days_max = 0;  // so many people's days, those whom one person made lately may spend together
    bool operator==(const hand_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(hand_rules, (), (line_max_minor, person_day_max_minor, import_day_max_minor, made_days_max))

/// What the owner of a closed line holds to be wrong in its certificate.
struct dispute_rules {
    term answer;          // answered within
    int open_max = 0;     // of one case, at the same time
    int of_case_max = 0;  // and in all
    bool operator==(const dispute_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(dispute_rules, (), (answer, open_max, of_case_max))

/// What an applicant asks us to compare, or to be called for.
struct check_rules {
    term answer;          // settled within
    int of_case_max = 0;  // of one case, in all: the owner's, and apart from those everybody else's
    int a_day_max = 0;    // the same within 24 hours
    bool operator==(const check_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(check_rules, (), (answer, of_case_max, a_day_max))

/// One kind of representative: what they show, and what is different when they close a line.
struct representation_rules {
    bool allowed = false;
    std::vector<document_purpose> documents;  // kept of the one who is represented, all of them
    evidence_sets evidence;                   // shown by the representative, whatever the risk
    int wait_days = 0;                        // everybody on file is told and may object, before anything is done by it
    int unheard_wait_days = 0;  // the same, where nobody can be told: no contact point, and the line is not in hand
    refund_payee refund = refund_payee::principal;
    bool reclaim = true;  // false: the number is given back by two people only
    bool operator==(const representation_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_rules, (),
                      (allowed, documents, evidence, wait_days, unheard_wait_days, refund, reclaim))

/// Days within which a fact raises the risk, and what level it raises it to (docs/rules.md P4).
struct risk_rules {
    int sim_change_days = 0;
    int contact_change_days = 0;
    int young_line_days = 0;
    int wrong_tries = 0;
    int refund_account_days = 0;
    int document_days = 0;  // another document was put on file
    int customer_unlock_days = 0;
    int fraud_hold_days = 0;
    int money_days = 0;
    std::int64_t money_by_hand_minor = 0;      // brought by staff and imports in these days, together
    std::int64_t money_by_system_minor = 0;    // brought by systems, or with the line's own import
    std::map<std::string, risk_level> levels;  // fact name -> level: see domain/number/risk.hpp for the facts
    bool operator==(const risk_rules&) const = default;
};
BOOST_DESCRIBE_STRUCT(risk_rules, (),
                      (sim_change_days, contact_change_days, young_line_days, wrong_tries, refund_account_days,
                       document_days, customer_unlock_days, fraud_hold_days, money_days, money_by_hand_minor,
                       money_by_system_minor, levels))

/// What an erasure waits for (GDPR Art. 17(3): obligations and claims come first). `dispute`: somebody said that they
/// had not asked for the case, or that its certificate is wrong.
enum class obstacle {
    legal_hold,
    fraud_hold,
    dispute,
    open_case,
    unbinding,
    settling,
    refund,
    debt,
    active_line,
    request
};
BOOST_DESCRIBE_ENUM(obstacle, legal_hold, fraud_hold, dispute, open_case, unbinding, settling, refund, debt,
                    active_line, request)

/// What people have bound to a number, as they call it: each loses its codes with the line.
enum class bound_account { bank, wechat, alipay, two_factor, government, mail, social, shopping };
BOOST_DESCRIBE_ENUM(bound_account, bank, wechat, alipay, two_factor, government, mail, social, shopping)

/// Who hears a customer whom we refused: a regulator, an ombudsman. Named to customers in plain words (docs/rules.md
/// R5).
struct complaint_body {
    std::string name;     // in letters that any phone shows
    std::string name_zh;  // for readers of Chinese; empty: `name`
    std::string web;      // "commsombudsman.org": no scheme, so that it is read and not clicked; empty: none
    std::string phone;    // empty: none
    term after;           // a complaint to us comes first, and has this time to be settled; zero: at once
    const std::string& name_in(bool chinese) const { return chinese && !name_zh.empty() ? name_zh : name; }
    bool operator==(const complaint_body&) const = default;
};
BOOST_DESCRIBE_STRUCT(complaint_body, (), (name, name_zh, web, phone, after))

struct policy {
    std::string id;  // "cn"
    int version = 0;
    std::string title;
    std::string source;    // where the numbers come from, in words
    std::string calendar;  // id of a calendar
    std::string zone;      // IANA name
    std::string currency;  // ISO 4217, of every line under this policy
    keepalive_rules keepalive;
    closure_terms closing;
    std::vector<channel> channels;  // through which a closure may be applied for
    bool auto_approve = false;      // at or below auto_approve_max
    risk_level auto_approve_max = risk_level::low;
    risk_level four_eyes_from = risk_level::high;
    int sample_percent = 0;  // of what policy would approve, picked by chance for a person to look at
    std::vector<obstacle> erasure_waits_for;
    int erasure_refund_days = 0;  // after its due date, a refund that left counts as paid
    int erasure_within_days = 0;  // a plan that waits longer is looked at by a person
    int second_person_hours = 0;  // what waits for a second person is dropped after this
    int quote_valid_hours = 0;
    int application_ttl_days = 0;  // an application that is not submitted expires
    int max_applications_per_30d = 0;
    int max_openings_per_30d = 0;  // cases that were opened, submitted or not
    int wait_after_reject_hours = 0;
    int hold_up_days = 0;  // on a word, one of the staff holds the owner of a line up once in these (number.hpp)
    int acknowledge_within_s = 0;
    int previous_contact_days = 0;  // contact points that were replaced are still told for this long
    int backup_ttl_days = 0;
    int contact_change_lock_days = 0;
    int sim_change_lock_days = 0;
    int lost_device_cooling_off_hours = 0;
    /// risk -> channel -> what suffices
    std::map<std::string, std::map<std::string, evidence_sets>> evidence;
    /// What suffices to unlock a line that was locked as lost, and to reinstate a closed one.
    evidence_sets unlock_evidence;
    evidence_sets reinstate_evidence;
    evidence_sets switch_evidence;                  // to undo a switch
    evidence_sets customer_unlock_evidence;         // to take the customer's own lock off at once
    int customer_unlock_wait_hours = 0;             // without proof it comes off after this
    bool locked_from_start = false;                 // a line that is ordered has it on already
    std::vector<bound_account> accounts_to_unbind;  // kinds that an applicant is reminded of
    evidence_sets payout_evidence;                  // to have a returned refund paid to another account
    int recovery_code_rest_days = 0;                // saved codes that were made in a session prove nothing before
    otp_rules otp;
    device_rules devices{};
    contact_rules contacts{};
    notice_rules notices{};
    network_rules network{};
    payout_rules payout{};
    hand_rules by_hand{};
    dispute_rules disputes{};
    check_rules checks{};
    std::map<std::string, representation_rules> representation{};  // by the kind of representative
    disclosure_rules disclosure{};
    risk_rules risk;
    std::map<std::string, int> retention_days;  // class of data -> days
    std::vector<std::string> reporting;         // in words; used by explain
    std::vector<complaint_body> complaints;     // any one of them; none: nobody is named
    bool operator==(const policy&) const = default;

    const evidence_sets& evidence_for(risk_level, channel) const;
    bool offers(channel) const;
    /// Of a kind that it says nothing of: not allowed.
    const representation_rules& representation_of(representative_kind) const;
};

/// All policies that are in force, by id.
class policy_book {
 public:
    policy_book() = default;
    explicit policy_book(std::map<std::string, policy, std::less<>> by_id) : by_id_(std::move(by_id)) {}
    const policy* find(std::string_view id) const;
    const std::map<std::string, policy, std::less<>>& all() const { return by_id_; }
    /// The strictest of all that are in this currency; nothing may be moved by hand in one that none has. One person's
    /// money is counted over all lines, whatever their policies.
    hand_rules by_hand_in(std::string_view currency) const;

 private:
    std::map<std::string, policy, std::less<>> by_id_;
};

/// One policy file as text. `name` is the file's stem and must equal the policy's id.
struct policy_source {
    std::string name;
    std::string text;
};

/// Parses and validates all files together (children name their parent with `inherits`; cycles, unknown keys, missing
/// values, impossible numbers and evidence sets without an out-of-band proof are refused with file, line and reason).
/// Errors: code::policy_invalid, data: file, line, column, field.
result<policy_book> load_policies(const std::vector<policy_source>& sources);

/// What a customer of this policy gets, in words (`language` "en" or "zh-CN"): dates, fees, holds, proof asked for.
std::string explain(const policy& p, std::string_view language);

}  // namespace keepline::domain
