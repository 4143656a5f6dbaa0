// What may have happened to a subscriber: the entries of its journal.
#pragma once

#include "domain/subscriber/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

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
    std::optional<instant> lineless_until{};
    std::string reference{};  // empty: as it was
    bool operator==(const subscriber_registered&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_registered, (),
                      (id, language, contacts, refund_account, at, number, account_on_word, by, document_on_word,
                       lineless_until, reference))
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
    std::string reference{};  // of this message alone: it goes to an address that may be somebody else's
    bool operator==(const contact_code_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_code_issued, (), (challenge, reference))
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
struct document_added {
    static constexpr std::string_view name = "document_added";
    kept_document what;
    bool operator==(const document_added&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_added, (), (what))
struct document_taken_back {
    static constexpr std::string_view name = "document_taken_back";
    label id;
    std::string why;
    actor by;
    instant at;
    bool operator==(const document_taken_back&) const = default;
};
BOOST_DESCRIBE_STRUCT(document_taken_back, (), (id, why, by, at))
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

/// One of their lines has ended or lives again; or its dates are others by the policies of now.
struct line_end_noted {
    static constexpr std::string_view name = "line_end_noted";
    line_end what;
    bool operator==(const line_end_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_end_noted, (), (what))
/// The policies keep longer by now whoever never had a line.
struct lineless_kept {
    static constexpr std::string_view name = "lineless_kept";
    instant until;
    bool operator==(const lineless_kept&) const = default;
};
BOOST_DESCRIBE_STRUCT(lineless_kept, (), (until))
/// The records of that line have left the vault.
struct records_dropped {
    static constexpr std::string_view name = "records_dropped";
    base::msisdn number;
    instant at;
    bool operator==(const records_dropped&) const = default;
};
BOOST_DESCRIBE_STRUCT(records_dropped, (), (number, at))
/// The records of that line have outlived their purpose.
struct records_outlived {
    static constexpr std::string_view name = "records_outlived";
    base::msisdn number;
    instant at;
    bool operator==(const records_outlived&) const = default;
};
BOOST_DESCRIBE_STRUCT(records_outlived, (), (number, at))

struct representation_admitted {
    static constexpr std::string_view name = "representation_admitted";
    representation what;
    bool operator==(const representation_admitted&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_admitted, (), (what))
/// A representative of theirs is reached or paid otherwise than was known.
struct representative_noted {
    static constexpr std::string_view name = "representative_noted";
    label representative;
    introduction known;
    instant at;
    bool operator==(const representative_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(representative_noted, (), (representative, known, at))
struct representation_stopped {
    static constexpr std::string_view name = "representation_stopped";
    int serial = 0;
    std::string why;
    actor by;
    instant at;
    bool operator==(const representation_stopped&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_stopped, (), (serial, why, by, at))
struct representation_ended {
    static constexpr std::string_view name = "representation_ended";
    int serial = 0;
    std::string why;
    actor by;
    instant at;
    bool operator==(const representation_ended&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_ended, (), (serial, why, by, at))
/// Its time is over.
struct representation_expired {
    static constexpr std::string_view name = "representation_expired";
    int serial = 0;
    instant at;
    bool operator==(const representation_expired&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_expired, (), (serial, at))
/// This person acts for that one, or does no more.
struct representation_heard {
    static constexpr std::string_view name = "representation_heard";
    label principal;
    int serial = 0;
    bool over = false;
    instant at;
    bool operator==(const representation_heard&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation_heard, (), (principal, serial, over, at))

/// Goes with `number` to the contact point "line".
struct disclosure_code_issued {
    static constexpr std::string_view name = "disclosure_code_issued";
    otp_challenge challenge;
    base::msisdn number{};
    instant signed_in{};  // of whose session
    bool operator==(const disclosure_code_issued&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_code_issued, (), (challenge, number, signed_in))
struct disclosure_code_failed {
    static constexpr std::string_view name = "disclosure_code_failed";
    int wrong = 0;
    std::optional<instant> locked_until;
    instant at;
    instant signed_in{};
    bool operator==(const disclosure_code_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_code_failed, (), (wrong, locked_until, at, signed_in))
struct disclosure_asked {
    static constexpr std::string_view name = "disclosure_asked";
    disclosure what;
    instant signed_in{};
    bool operator==(const disclosure_asked&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_asked, (), (what, signed_in))
/// Something of theirs changed while it waited.
struct disclosure_put_off {
    static constexpr std::string_view name = "disclosure_put_off";
    int serial = 0;
    instant ready_at;
    instant expires_at;
    instant at;
    bool operator==(const disclosure_put_off&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_put_off, (), (serial, ready_at, expires_at, at))
struct disclosure_stopped {
    static constexpr std::string_view name = "disclosure_stopped";
    int serial = 0;
    std::string why;
    actor by;
    instant at;
    std::optional<instant> again_at{};  // when its owner may ask; none: at once
    bool operator==(const disclosure_stopped&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_stopped, (), (serial, why, by, at, again_at))
/// `digest` is SHA-256 of the archive's manifest.json.
struct disclosure_fetched {
    static constexpr std::string_view name = "disclosure_fetched";
    int serial = 0;
    std::string digest;
    actor by;
    instant at;
    bool operator==(const disclosure_fetched&) const = default;
};
BOOST_DESCRIBE_STRUCT(disclosure_fetched, (), (serial, digest, by, at))

struct sign_in_code_sent {
    static constexpr std::string_view name = "sign_in_code_sent";
    sign_in_code what;
    bool operator==(const sign_in_code_sent&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_in_code_sent, (), (what))
struct sign_in_failed {
    static constexpr std::string_view name = "sign_in_failed";
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};
    std::string caller;
    int wrong = 0;
    std::optional<instant> locked_until;
    instant at;
    bool told = false;  // those whom the codes went to hear of the lock now
    bool operator==(const sign_in_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(sign_in_failed, (), (way, number, caller, wrong, locked_until, at, told))
struct signed_in {
    static constexpr std::string_view name = "signed_in";
    sign_in_way way = sign_in_way::line;
    base::msisdn number{};
    std::string nonce;
    session_level level = session_level::weak;
    std::string caller;
    instant at;
    bool operator==(const signed_in&) const = default;
};
BOOST_DESCRIBE_STRUCT(signed_in, (), (way, number, nonce, level, caller, at))

/// Somebody signed in with one of the saved codes of that line.
struct saved_code_used {
    static constexpr std::string_view name = "saved_code_used";
    base::msisdn number;
    std::string caller;
    instant at;
    bool operator==(const saved_code_used&) const = default;
};
BOOST_DESCRIBE_STRUCT(saved_code_used, (), (number, caller, at))

struct phrase_chosen {
    static constexpr std::string_view name = "phrase_chosen";
    std::string digest;
    instant at;
    bool operator==(const phrase_chosen&) const = default;
};
BOOST_DESCRIBE_STRUCT(phrase_chosen, (), (digest, at))
/// Empty: there is none any more.
struct calendar_chosen {
    static constexpr std::string_view name = "calendar_chosen";
    std::string nonce;
    instant at;
    bool operator==(const calendar_chosen&) const = default;
};
BOOST_DESCRIBE_STRUCT(calendar_chosen, (), (nonce, at))
struct passkey_enrolled {
    static constexpr std::string_view name = "passkey_enrolled";
    passkey what;
    answered_challenge challenge;
    bool operator==(const passkey_enrolled&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey_enrolled, (), (what, challenge))
struct passkey_removed {
    static constexpr std::string_view name = "passkey_removed";
    int serial = 0;
    std::string why;
    actor by;
    instant at;
    bool operator==(const passkey_removed&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey_removed, (), (serial, why, by, at))
struct passkey_used {
    static constexpr std::string_view name = "passkey_used";
    int serial = 0;
    std::int64_t count = 0;
    session_level level = session_level::weak;
    answered_challenge challenge;
    instant at;
    bool operator==(const passkey_used&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey_used, (), (serial, count, level, challenge, at))
/// It said a number of signatures that it had passed: nobody was signed in. `told`: everybody hears of it now.
struct passkey_doubted {
    static constexpr std::string_view name = "passkey_doubted";
    int serial = 0;
    std::int64_t count = 0;
    bool told = true;
    answered_challenge challenge;
    instant at;
    bool operator==(const passkey_doubted&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkey_doubted, (), (serial, count, told, challenge, at))

/// A line was lost while these were new: they stay `weak`.
struct passkeys_exposed {
    static constexpr std::string_view name = "passkeys_exposed";
    std::vector<int> serials;
    instant at;
    bool operator==(const passkeys_exposed&) const = default;
};
BOOST_DESCRIBE_STRUCT(passkeys_exposed, (), (serials, at))

/// A message about themself has left.
struct message_noted {
    static constexpr std::string_view name = "message_noted";
    std::string kind;
    medium by = medium::sms;
    message_place to;
    std::string reference;
    instant at;
    bool operator==(const message_noted&) const = default;
};
BOOST_DESCRIBE_STRUCT(message_noted, (), (kind, by, to, reference, at))

using subscriber_event =
    std::variant<subscriber_registered, contacts_changed, number_attached, personal_data_read, subscriber_erased,
                 contact_code_issued, contact_code_failed, contact_verified, erasure_planned, erasure_dropped,
                 erasure_cleared, second_wanted, second_given, second_refused, second_expired, account_forgotten,
                 document_changed, document_failed, line_end_noted, lineless_kept, records_outlived, records_dropped,
                 document_added, document_taken_back, representation_admitted, representative_noted,
                 representation_stopped, representation_ended, representation_expired, representation_heard,
                 disclosure_code_issued, disclosure_code_failed, disclosure_asked, disclosure_stopped,
                 disclosure_fetched, disclosure_put_off, sign_in_code_sent, sign_in_failed, signed_in, saved_code_used,
                 passkey_enrolled, passkey_removed, passkey_used, passkey_doubted, phrase_chosen, passkeys_exposed,
                 message_noted, calendar_chosen>;

}  // namespace keepline::domain
