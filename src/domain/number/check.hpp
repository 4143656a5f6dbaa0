// A check: whoever applies for a closure asks us to compare a document or a bank card, or to call back. It proves
// nothing; what somebody who had no part in the application then says of it is evidence like any other. The rules are
// in rules_check.cpp.
#pragma once

#include "base/json.hpp"
#include "domain/actor.hpp"
#include "domain/policy.hpp"

#include <optional>
#include <string>

namespace keepline::domain {

/// `dropped`: the case went on, or ended, without it.
enum class check_state { open, withdrawn, passed, failed, dropped };
BOOST_DESCRIBE_ENUM(check_state, open, withdrawn, passed, failed, dropped)

/// Why one failed, for the customer to read in the words of our texts: whoever does not decide about cases types none
/// into a message of ours.
enum class check_failure { unreadable, incomplete, expired, not_taken, not_the_holder, not_confirmed, no_answer };
BOOST_DESCRIBE_ENUM(check_failure, unreadable, incomplete, expired, not_taken, not_the_holder, not_confirmed, no_answer)

/// Of a picture, of a card, or of a call.
constexpr bool may_fail_by(evidence_kind kind, check_failure why) {
    using enum check_failure;
    switch (why) {
        case unreadable:
        case incomplete:
        case expired:
        case not_taken: return kind == evidence_kind::id_document;
        case not_confirmed: return kind == evidence_kind::bank_card;
        case no_answer: return kind == evidence_kind::callback;
        case not_the_holder: return true;
    }
    return false;
}

/// When somebody likes to be called: whole hours of the day, where the line is.
struct call_hours {
    int from = 0;
    int until = 24;
    bool operator==(const call_hours&) const = default;
};
BOOST_DESCRIBE_STRUCT(call_hours, (), (from, until))

struct identity_check {
    int serial = 0;  // 1, 2, … of this case
    evidence_kind kind = evidence_kind::id_document;
    label document{};                   // of id_document: which of the applicant's
    actor brought_by{};                 // who handed that in
    label contact{};                    // of callback: which of the applicant's phones
    std::optional<call_hours> hours{};  // and when
    actor by;
    instant at;
    local_day due;
    bool due_provisional = false;
    instant due_at;
    check_state state = check_state::open;
    std::optional<instant> settled_at{};
    actor settled_by{};
    std::string reason{};                // why it failed, in a decider's words
    std::optional<check_failure> why{};  // or as everybody may say it
    /// Of a call back that the machine makes: what the number is derived from that the applicant was told, and that is
    /// keyed in where it rings. Empty: a person calls.
    std::string call_nonce{};
    bool operator==(const identity_check&) const = default;
};
BOOST_DESCRIBE_STRUCT(identity_check, (),
                      (serial, kind, document, brought_by, contact, hours, by, at, due, due_provisional, due_at, state,
                       settled_at, settled_by, reason, why, call_nonce))

/// How a call back by the machine went. `nobody`: nobody answered, or nothing was keyed in; a mailbox presses no key.
enum class call_back_end { nobody, confirmed, wrong, repudiated };
BOOST_DESCRIBE_ENUM(call_back_end, nobody, confirmed, wrong, repudiated)

/// The longest time from asking for it to the last try: whoever asked still waits beside a phone.
inline constexpr base::hours call_back_within{1};

inline bool is_by_machine(const identity_check& of) { return !of.call_nonce.empty(); }
inline bool is_open(const identity_check& of) { return of.state == check_state::open; }

}  // namespace keepline::domain
