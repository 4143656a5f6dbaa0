// Subscriber, the other aggregate: whom a line belongs to. The journal knows contact points by reference only; names,
// addresses and documents are in the vault, sealed with a key per subscriber.
#pragma once

#include "domain/closure.hpp"
#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/erasure.hpp"
#include "domain/line.hpp"
#include "domain/second_person.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

/// A change of the contact points that counts against how often they may be changed.
struct contact_change {
    instant at;
    bool by_owner = false;  // with their own token; otherwise by staff or a system
    actor by{};
    bool operator==(const contact_change&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_change, (), (at, by_owner, by))

/// Who of the staff brought a contact point that nobody has shown to be the customer's yet.
struct contact_bringer {
    label contact;
    actor by;
    bool operator==(const contact_bringer&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_bringer, (), (contact, by))

/// A member of the staff read this person's data then, and said why: the same again soon after adds no entry.
struct read_note {
    actor by;
    std::string what;
    std::string why;
    instant at;
    bool operator==(const read_note&) const = default;
};
BOOST_DESCRIBE_STRUCT(read_note, (), (by, what, why, at))

struct subscriber_state {
    label id;
    std::string language = "zh-CN";
    std::vector<contact_ref> contacts;
    std::vector<base::msisdn> numbers;  // lines that are told when something changes
    std::string refund_account;         // keyed digest
    std::optional<instant> erased_at;
    std::int64_t staff_reads = 0;
    std::vector<contact_change> changes;  // the last ones
    otp_state codes;                      // that were sent to verify a contact point
    second_requests asked;
    std::optional<erasure_plan> planned;  // the erasure
    bool cleared = false;                 // after the erasure: nothing of the person is left in the shell
    std::vector<contact_change> account_changes{};
    std::vector<contact_bringer> brought{};        // of those that are not verified
    std::vector<read_note> reads{};                // the last ones
    std::optional<instant> document_changed_at{};  // two people had another document put on file
    /// Named on the word of one: of staff, or of a system after the registration. Its owner or a second person has not
    /// said it yet.
    bool account_on_word = false;
    bool account_of_staff = false;              // the word is one of the staff's: a session alone does not make it good
    std::optional<instant> account_named_at{};  // after the registration: by its owner, a system or two
    bool document_on_word = false;              // one of the staff registered it, and no second person has said it yet
    actor registered_by{};
    std::vector<proof_tries> tries{};  // of whoever asked for another document with what is not on file
    bool operator==(const subscriber_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_state, (),
                      (id, language, contacts, numbers, refund_account, erased_at, staff_reads, changes, codes, asked,
                       planned, cleared, account_changes, brought, reads, document_changed_at, account_on_word,
                       account_of_staff, account_named_at, document_on_word, registered_by, tries))

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
/// How the one who asks for another document on file looked at it.
enum class document_grounds { renewed, mistyped, never_noted };
BOOST_DESCRIBE_ENUM(document_grounds, renewed, mistyped, never_noted)
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
/// The key is destroyed, tokens are revoked and spools cleared.
struct note_cleared {
    static constexpr std::string_view name = "note_cleared";
};
BOOST_DESCRIBE_STRUCT(note_cleared, (), ())

using subscriber_command =
    std::variant<register_subscriber, change_contacts, attach_number, record_read, erase_subscriber,
                 request_contact_code, answer_contact_code, carry_out_erasure, drop_erasure, note_cleared, name_account,
                 countersign, refuse_second, expire_requests, forget_wanted, change_document, fail_document>;

/// A request to name another account was answered in vain, and what it named was forgotten.
struct account_forgotten {
    static constexpr std::string_view name = "account_forgotten";
    instant at;
    bool operator==(const account_forgotten&) const = default;
};
BOOST_DESCRIBE_STRUCT(account_forgotten, (), (at))
struct subscriber_registered {
    static constexpr std::string_view name = "subscriber_registered";
    label id;
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    instant at;
    base::msisdn number{};  // attached with it; empty: none
    bool account_on_word = false;
    actor by{};
    bool document_on_word = false;
    bool operator==(const subscriber_registered&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_registered, (),
                      (id, language, contacts, refund_account, at, number, account_on_word, by, document_on_word))
struct contacts_changed {
    static constexpr std::string_view name = "contacts_changed";
    std::string language;
    std::vector<contact_ref> contacts;  // all of them, the replaced ones too
    std::string refund_account;
    instant at;
    bool counts = false;  // against how often contact points may be changed
    bool by_owner = false;
    bool account_counts = false;  // against how often the account may be
    actor changed_by{};
    bool account_on_word = false;
    bool account_said = false;  // named now, be it another or the same one again
    bool operator==(const contacts_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(contacts_changed, (),
                      (language, contacts, refund_account, at, counts, by_owner, account_counts, changed_by,
                       account_on_word, account_said))
struct contact_code_issued {
    static constexpr std::string_view name = "contact_code_issued";
    otp_challenge challenge;
    bool operator==(const contact_code_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_code_issued, (), (challenge))
struct contact_code_failed {
    static constexpr std::string_view name = "contact_code_failed";
    int wrong = 0;
    std::optional<instant> locked_until;
    instant at;
    bool operator==(const contact_code_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_code_failed, (), (wrong, locked_until, at))
/// Who has access to it has shown the code that was sent there.
struct contact_verified {
    static constexpr std::string_view name = "contact_verified";
    label contact;
    instant at;
    actor by{};                     // who typed it
    std::optional<actor> second{};  // signed that it came from the customer, where one of the staff typed it
    bool operator==(const contact_verified&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_verified, (), (contact, at, by, second))
struct document_changed {
    static constexpr std::string_view name = "document_changed";
    document_grounds grounds = document_grounds::renewed;
    bool was_shown = false;
    std::string why;
    actor by;
    std::optional<actor> second;
    instant at;
    bool operator==(const document_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_changed, (), (grounds, was_shown, why, by, second, at))
struct document_failed {
    static constexpr std::string_view name = "document_failed";
    int wrong = 0;
    std::optional<instant> locked_until;
    actor by;
    instant at;
    bool operator==(const document_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_failed, (), (wrong, locked_until, by, at))
struct number_attached {
    static constexpr std::string_view name = "number_attached";
    base::msisdn number;
    bool operator==(const number_attached&) const = default;
};
BOOST_DESCRIBE_STRUCT(number_attached, (), (number))
struct personal_data_read {
    static constexpr std::string_view name = "personal_data_read";
    actor by;
    std::string what;
    std::string why;
    instant at;
    bool operator==(const personal_data_read&) const = default;
};
BOOST_DESCRIBE_STRUCT(personal_data_read, (), (by, what, why, at))
struct subscriber_erased {
    static constexpr std::string_view name = "subscriber_erased";
    actor by;
    instant at;
    std::optional<actor> second;
    bool operator==(const subscriber_erased&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_erased, (), (by, at, second))
struct erasure_planned {
    static constexpr std::string_view name = "erasure_planned";
    erasure_plan plan;
    bool operator==(const erasure_planned&) const = default;
};
BOOST_DESCRIBE_STRUCT(erasure_planned, (), (plan))
struct erasure_dropped {
    static constexpr std::string_view name = "erasure_dropped";
    actor by;
    instant at;
    bool operator==(const erasure_dropped&) const = default;
};
BOOST_DESCRIBE_STRUCT(erasure_dropped, (), (by, at))
struct erasure_cleared {
    static constexpr std::string_view name = "erasure_cleared";
    instant at;
    bool operator==(const erasure_cleared&) const = default;
};
BOOST_DESCRIBE_STRUCT(erasure_cleared, (), (at))

using subscriber_event =
    std::variant<subscriber_registered, contacts_changed, number_attached, personal_data_read, subscriber_erased,
                 contact_code_issued, contact_code_failed, contact_verified, erasure_planned, erasure_dropped,
                 erasure_cleared, second_wanted, second_given, second_refused, second_expired, account_forgotten,
                 document_changed, document_failed>;

/// May `who` say anew who this is? A system may, of somebody whom one of the staff registered alone, who has no line
/// and of whom nobody has said or shown anything since.
bool may_replace(const subscriber_state& s, const actor& who);
/// May `who` hear what differs from what is on file? Whoever registered it, and of the staff only while it is what they
/// typed themselves: for everybody else trying would be reading.
bool may_compare(const subscriber_state& s, const actor& who);

/// Somebody has asked to have the account of this digest named, and may still be signed.
bool account_is_wanted(const subscriber_state& s, const std::string& digest, instant now);

/// The same of a document.
bool document_is_wanted(const subscriber_state& s, const std::string& digest, instant now);

/// What holds for contact points whatever policies a person's lines have: the strictest of all that are loaded.
struct contact_limits {
    base::duration told_for{0};  // after it was replaced: the longest
    int changes_max = 0;
    int changes_by_one_max = 0;  // of staff
    int account_changes_max = 0;
    base::duration changes_within{0};
    otp_rules codes;
};
/// code::policy_unknown: none is loaded.
result<contact_limits> contact_limits_of(const rule_book& rules);

/// The contact points after such a change: those wanted, and those that are still told. Refused: too_many. The shell
/// keeps the addresses of these and of no others.
result<std::vector<contact_ref>> contacts_after(const subscriber_state& before, const std::vector<contact_ref>& wanted,
                                                base::duration told_for, instant now);

struct subscriber {
    using state = subscriber_state;
    using command = subscriber_command;
    using event = subscriber_event;

    static result<std::vector<event>> decide(const state& before, const command& what, const context& now);
    static void evolve(state& s, const event& what);
    static std::vector<effect> react(const state& after, const event& what);
    static std::optional<instant> next_due(const state& s);
};

}  // namespace keepline::domain
