// Whom a line belongs to, as far as a journal may know: contact points by reference, digests, lines, and who read what.
#pragma once

#include "domain/erasure.hpp"
#include "domain/number/closure.hpp"
#include "domain/number/line.hpp"
#include "domain/second_person.hpp"
#include "domain/subscriber/disclosure.hpp"
#include "domain/subscriber/documents.hpp"
#include "domain/subscriber/messages.hpp"
#include "domain/subscriber/passkeys.hpp"
#include "domain/subscriber/representations.hpp"
#include "domain/subscriber/retention.hpp"
#include "domain/subscriber/sign_in.hpp"

#include <optional>
#include <string>
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
    std::vector<line_end> ends{};      // of each number that was heard of
    std::optional<instant> registered_at{};
    std::optional<instant> lineless_until{};  // whoever has never had a line is kept as long
    std::vector<kept_document> documents{};
    std::vector<instant> documents_added{};         // within a day, those that were taken back as well
    std::vector<representation> representations{};  // who acts for them, the newest last
    int representations_made = 0;
    std::vector<acting_for> acts_for{};
    std::vector<disclosure> disclosures{};  // the last ones
    int disclosures_made = 0;
    std::vector<archive_codes> disclosure_codes{};  // that are shown with an ask
    std::vector<sign_in_door> sign_in_doors{};
    std::vector<known_caller> signed_in_from{};  // the latest last
    std::vector<passkey> passkeys{};
    int passkeys_made = 0;
    std::vector<answered_challenge> answered_challenges{};
    std::string phrase{};  // keyed digest; the words are in the vault
    std::optional<instant> phrase_at{};
    std::string calendar{};  // what the address for calendars is derived from; empty: there is none
    std::optional<instant> calendar_at{};
    std::string reference{};  // that messages to them about themself carry
    std::vector<sent_message> messages{};
    std::int64_t message_notes = 0;  // entries of the stream that say no more than what was sent
    bool operator==(const subscriber_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_state, (),
                      (id, language, contacts, numbers, refund_account, erased_at, staff_reads, changes, codes, asked,
                       planned, cleared, account_changes, brought, reads, document_changed_at, account_on_word,
                       account_of_staff, account_named_at, document_on_word, registered_by, tries, ends, registered_at,
                       lineless_until, documents, documents_added, representations, representations_made, acts_for,
                       disclosures, disclosures_made, disclosure_codes, sign_in_doors, signed_in_from, passkeys,
                       passkeys_made, answered_challenges, phrase, phrase_at, calendar, calendar_at, reference,
                       messages, message_notes))

/// How the one who asks for another document on file looked at it.
enum class document_grounds { renewed, mistyped, never_noted };
BOOST_DESCRIBE_ENUM(document_grounds, renewed, mistyped, never_noted)

}  // namespace keepline::domain
