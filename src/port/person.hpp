// What the vault holds about a subscriber: described here once, so that everything that seals or opens agrees.
#pragma once

#include "base/bank_account.hpp"
#include "base/json.hpp"
#include "domain/number/line.hpp"

#include <string>
#include <utility>
#include <vector>

namespace keepline::port {

/// Vault kind of `person`.
inline constexpr std::string_view person_kind = "person";
/// Vault kind of `line_records` of one line: this prefix plus the line's public id.
inline constexpr std::string_view records_prefix = "records:";

struct contact_address {
    base::label id;
    domain::medium by = domain::medium::sms;
    std::string address;  // E.164 for sms, RFC 5321 mailbox for mail
    bool operator==(const contact_address&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_address, (), (id, by, address))

/// An account that somebody of the staff asked to have named, until a second person signs or refuses.
struct wanted_account {
    std::string digest;  // as the request has it
    std::string iban;
    std::string holder;
    std::string bic;
    std::optional<int> request{};                                              // its serial, where it is shown
    static constexpr std::string_view left_out_when_empty = "digest request";  // the digest is for the machine only
    bool operator==(const wanted_account&) const = default;
};
BOOST_DESCRIBE_STRUCT(wanted_account, (), (digest, iban, holder, bic, request))

/// A document that somebody asked to have put on file, until a second person signs or refuses.
struct wanted_document {
    std::string digest;  // as the request has it
    std::string kind;
    std::string number;
    std::optional<int> request{};
    static constexpr std::string_view left_out_when_empty = "digest request";
    bool operator==(const wanted_document&) const = default;
};
BOOST_DESCRIBE_STRUCT(wanted_document, (), (digest, kind, number, request))

struct person {
    std::string full_name;
    std::string document_kind;  // "id-card", "passport"
    std::string document_number;
    std::string refund_iban;  // or a domestic account number
    std::string refund_holder;
    std::string refund_bic;
    std::vector<contact_address> contacts;
    std::string refund_iban_before{};  // told by its last digits when the account changes
    std::vector<wanted_account> refund_wanted{};
    std::vector<wanted_document> document_wanted{};
    std::string phrase{};                  // in mails to them
    std::vector<std::string> phrase_to{};  // to these of their mailboxes, by id
    static constexpr std::string_view left_out_when_empty = "refund_wanted document_wanted phrase phrase_to";
    bool operator==(const person&) const = default;
};
BOOST_DESCRIBE_STRUCT(person, (),
                      (full_name, document_kind, document_number, refund_iban, refund_holder, refund_bic, contacts,
                       refund_iban_before, refund_wanted, document_wanted, phrase, phrase_to))

/// Where their refunds go; without a number where nothing is on file.
inline base::bank_account refund_account_of(const person& of) {
    auto known = base::bank_account_of(of.refund_iban, of.refund_holder, of.refund_bic);
    if (known) return std::move(*known);
    return {base::account_kind::domestic, of.refund_iban, of.refund_holder, of.refund_bic};
}

struct stored_contact {  // an address-book entry kept with the line
    std::string name;
    std::vector<std::string> phones;
    std::vector<std::string> mails;
    bool operator==(const stored_contact&) const = default;
};
BOOST_DESCRIBE_STRUCT(stored_contact, (), (name, phones, mails))

struct stored_message {
    base::instant at;
    std::string peer;
    bool outgoing = false;
    std::string text;
    bool operator==(const stored_message&) const = default;
};
BOOST_DESCRIBE_STRUCT(stored_message, (), (at, peer, outgoing, text))

struct usage_record {
    base::instant at;
    std::string kind;  // "voice", "sms", "data"
    std::string peer;
    std::int64_t amount = 0;  // seconds, messages or bytes
    bool operator==(const usage_record&) const = default;
};
BOOST_DESCRIBE_STRUCT(usage_record, (), (at, kind, peer, amount))

struct consent_record {
    base::instant at;
    std::string what;
    bool given = false;
    bool operator==(const consent_record&) const = default;
};
BOOST_DESCRIBE_STRUCT(consent_record, (), (at, what, given))

struct bill_record {
    base::local_day day;
    std::string number;
    base::money amount;
    std::string text;
    bool operator==(const bill_record&) const = default;
};
BOOST_DESCRIBE_STRUCT(bill_record, (), (day, number, amount, text))

struct line_records {
    std::vector<bill_record> bills;
    std::vector<usage_record> usage;
    std::vector<consent_record> consents;
    std::vector<stored_contact> contacts;
    std::vector<stored_message> messages;
    bool operator==(const line_records&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_records, (), (bills, usage, consents, contacts, messages))

}  // namespace keepline::port
