// For others (docs/rules.md R9): who acts for a person, and for whom a person acts, on the subscriber's stream. Two
// people admit a representative on papers that are kept of whoever is represented; then everybody on file is told and
// may object, before a line is closed by it. Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/number/representative.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

inline constexpr std::size_t representations_standing_max = 4;  // of one person
inline constexpr std::size_t representations_kept = 16;         // those that are over are forgotten first
inline constexpr std::size_t acts_for_max = 64;
inline constexpr int acts_for_spare = 8;  // of them, for admissions that were asked for at once and wait to be signed

/// How a representative is reached and paid: their own stream says so, whenever it changes.
struct introduction {
    std::vector<contact_ref> contacts;
    std::string refund_account;  // keyed digest
    bool account_on_word = false;
    bool document_on_word = false;
    std::optional<instant> account_named_at{};  // after the registration
    bool operator==(const introduction&) const = default;
};
BOOST_DESCRIBE_STRUCT(introduction, (), (contacts, refund_account, account_on_word, document_on_word, account_named_at))

struct representation {
    int serial = 0;  // 1, 2, … of this person
    representative_kind kind = representative_kind::attorney;
    label representative;                    // a subscriber
    std::vector<label> documents;            // kept of this person
    std::vector<document_purpose> purposes;  // theirs
    instant from;
    std::optional<instant> until;  // none: until it is ended
    instant in_force_at;
    actor by;
    std::optional<actor> second;
    instant at;
    representation_state state = representation_state::standing;
    std::optional<instant> over_at{};
    actor over_by{};
    std::string why_over{};
    std::optional<introduction> known{};  // none: nothing is heard of them yet, and no line is told
    std::vector<std::string> papers{};    // digests of the documents
    std::vector<actor> brought_by{};      // who handed those in, or registered whoever acts
    bool operator==(const representation&) const = default;
};
BOOST_DESCRIBE_STRUCT(representation, (),
                      (serial, kind, representative, documents, purposes, from, until, in_force_at, by, second, at,
                       state, over_at, over_by, why_over, known, papers, brought_by))

/// Whom this person acts for.
struct acting_for {
    label principal;
    int serial = 0;  // on the principal's stream
    bool operator==(const acting_for&) const = default;
};
BOOST_DESCRIBE_STRUCT(acting_for, (), (principal, serial))

/// What the shell found of whoever is to act for somebody: another stream's facts.
struct representative_found {
    bool known = false;         // registered, and not erased
    bool has_document = false;  // on file
    bool document_on_word = false;
    bool has_contact = false;  // a verified one
    actor registered_by{};
    int acts_for = 0;  // as many already
    bool operator==(const representative_found&) const = default;
};
BOOST_DESCRIBE_STRUCT(representative_found, (),
                      (known, has_document, document_on_word, has_contact, registered_by, acts_for))

}  // namespace keepline::domain
