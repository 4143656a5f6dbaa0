// What a number's journal knows of its line: the subscription, its profiles and devices, whom to tell.
#pragma once

#include "base/ids.hpp"
#include "base/json.hpp"
#include "domain/actor.hpp"
#include "domain/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::domain {

enum class medium { sms, mail };
BOOST_DESCRIBE_ENUM(medium, sms, mail)

/// A contact point by reference. The address itself is in the vault, under (subscriber, id).
/// `line` is the id of the line's own number (by SMS); it needs no vault entry.
///
/// Only a verified one hears anything but its own code: somebody with access to it has shown a code that was sent
/// there, or the system that brought the subscriber vouches for it and is named (`vouched_by`). Nobody's mere word
/// does: else one token could have us send thousands of messages to whomever it likes.
struct contact_ref {
    label id;
    medium by = medium::sms;
    bool verified = false;
    instant since;
    std::optional<instant> replaced_at;
    std::optional<instant> told_until;  // a replaced one is still told until then (policy.previous_contact_days)
    std::optional<label> vouched_by{};  // the back-office system that brought it; none: a code was shown, if verified
    bool operator==(const contact_ref&) const = default;
};
BOOST_DESCRIBE_STRUCT(contact_ref, (), (id, by, verified, since, replaced_at, told_until, vouched_by))

/// The span in which it is told has ended: nothing refers to it any more.
inline bool span_ended(const contact_ref& c, instant now) {
    return c.replaced_at && (!c.told_until || now >= *c.told_until);
}

/// `cancelled`: our SM-DP+ took the order back before any device had the profile.
enum class profile_state { released, downloaded, installed, enabled, disabled, deleted, written_off, cancelled };
BOOST_DESCRIBE_ENUM(profile_state, released, downloaded, installed, enabled, disabled, deleted, written_off, cancelled)

/// How we know what a device did. `report` is the word of an LPA or a platform; `signed_notification` is an eUICC's
/// signature that was verified over the received bytes.
enum class proof_kind { none, report, signed_notification, declaration, deadline, staff };
BOOST_DESCRIBE_ENUM(proof_kind, none, report, signed_notification, declaration, deadline, staff)

struct proof {
    proof_kind kind = proof_kind::none;
    std::string digest;  // SHA-256 hex of what was received, when something was
    instant at;
    bool operator==(const proof&) const = default;
};
BOOST_DESCRIBE_STRUCT(proof, (), (kind, digest, at))

/// The last number that an eUICC gave its notifications about a profile it held before.
struct device_sequence {
    base::eid eid;
    std::optional<std::uint32_t> last;
    bool proved = false;  // an eUICC signed it
    bool operator==(const device_sequence&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_sequence, (), (eid, last, proved))

struct profile {
    base::iccid iccid;
    base::imsi imsi;
    base::eid eid;  // empty until bound
    profile_state state = profile_state::released;
    bool lost = false;
    std::optional<proof> last_proof;
    std::optional<std::uint32_t> last_sequence;  // of the eUICC's notifications, SGP.22 §4.1 seqNumber
    std::vector<device_sequence> earlier;        // of the eUICCs that held it before
    std::string type{};                          // profile type, of our SM-DP+
    std::string matching_id{};                   // of our SM-DP+; empty: the profile came from elsewhere
    bool to_delete = false;                      // the number has moved to another profile
    bool barred = false;           // stopped, or a switch to it was undone: it serves no more, until resumed
    bool sequence_proved = false;  // an eUICC signed last_sequence: nobody's word moves it
    bool further = false;          // came to a line that somebody had already
    actor ordered_by{};            // from our SM-DP+; nobody else of the staff sees its activation code
    instant ordered_at{};
    instant lost_at{};  // declared so the last time, found since or not
    /// The line's last loss when it was ordered, or let serve again: what came before a loss is held (held_by_loss).
    instant for_loss{};
    int turns = 0;  // what has happened to it, counted: a request about it rests on that
    bool operator==(const profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(profile, (),
                      (iccid, imsi, eid, state, lost, last_proof, last_sequence, earlier, type, matching_id, to_delete,
                       barred, sequence_proved, further, ordered_by, ordered_at, lost_at, for_loss, turns))

/// No device has it any more, or it went back to the stock.
bool is_gone(const profile& p);
/// Gone from the customer's devices, or never there.
bool is_unbound(const profile& p);
/// Waits on our SM-DP+ for its download: no device has it, but one may still get it.
bool awaits_download(const profile& p);
/// The network may know its IMSI: it is barred and removed at the end.
bool is_on_network(const profile& p);

/// The number moved from one profile of the line to another.
struct line_switch {
    base::iccid from;
    base::iccid to;
    instant at;
    instant undo_until;  // zero: it cannot be undone
    bool undone = false;
    bool operator==(const line_switch&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_switch, (), (from, to, at, undo_until, undone))

enum class line_status { ordered, active, grace, suspended, ended };
BOOST_DESCRIBE_ENUM(line_status, ordered, active, grace, suspended, ended)

struct contract {
    local_day ends;
    money monthly;         // price of one month
    money fixed_fee;       // a fee for leaving early named in the contract itself; wins over the policy's percentage
    std::string document;  // reference a person can ask for
    bool operator==(const contract&) const = default;
};
BOOST_DESCRIBE_STRUCT(contract, (), (ends, monthly, fixed_fee, document))

struct linked_product {
    label id;
    std::string kind;  // "broadband", "family-plan"
    money detach_price;
    bool operator==(const linked_product&) const = default;
};
BOOST_DESCRIBE_STRUCT(linked_product, (), (id, kind, detach_price))

/// Saved codes that others have replaced, and that still hold until then: a session alone does not take from an owner
/// what they kept.
struct saved_codes {
    std::vector<std::string> digests;
    actor by{};
    std::optional<instant> since{};
    instant until;
    bool operator==(const saved_codes&) const = default;
};
BOOST_DESCRIBE_STRUCT(saved_codes, (), (digests, by, since, until))

/// A notice that left, and what came back for it.
struct notice_record {
    std::string kind;
    label contact;
    medium by = medium::sms;
    instant sent_at;
    std::optional<instant> delivered_at;
    std::string receipt;  // the peer's own id or state
    bool operator==(const notice_record&) const = default;
};
BOOST_DESCRIBE_STRUCT(notice_record, (), (kind, contact, by, sent_at, delivered_at, receipt))
struct told_lately {
    std::string kind;
    medium by = medium::sms;
    instant at;
    std::vector<label> to{};  // within the hour from then
    bool operator==(const told_lately&) const = default;
};
BOOST_DESCRIBE_STRUCT(told_lately, (), (kind, by, at, to))

struct line {
    int generation = 1;  // owners of this number, counted
    label subscriber;
    std::string policy;  // id
    line_status status = line_status::ordered;
    instant since;
    instant valid_until;  // keep-alive
    int reminders_sent = 0;
    instant keepalive_at;                 // next reminder, grace, suspension or end; zero: none
    std::optional<instant> locked_since;  // a device was declared lost
    std::optional<contract> term;
    std::vector<linked_product> products;
    std::optional<instant> port_out_since;  // pending
    std::string legal_hold;                 // reference of the order; empty: none
    bool fraud_hold = false;
    bool customer_lock = false;
    std::optional<instant> sim_changed_at;
    std::optional<instant> contacts_changed_at;
    std::optional<instant> refund_account_changed_at;
    std::string refund_account;                     // keyed digest; the account is in the vault
    std::vector<std::string> recovery_digests;      // keyed digests of unused recovery codes
    actor recovery_by{};                            // who had them made; without an id: they came with the line
    std::optional<instant> recovery_since{};        // made then
    std::optional<instant> customer_unlock_at{};    // the customer's lock comes off then, if nobody minds
    std::optional<instant> customer_unlocked_at{};  // came off: a fact of risk for a while
    base::iccid serving{};                          // the profile that the number is registered to; empty: none yet
    std::optional<line_switch> last_switch{};
    std::string reference{};                  // what messages outside a case carry (reference.hpp)
    bool reminders_stopped = false;           // everybody's; one contact's are in `muted`
    std::optional<instant> owner_since{};     // when this owner got it; a reinstatement changes `since`, not this
    std::string import_print{};               // of the last import; empty: ordered here
    actor port_out_by{};                      // who said that it moves to another operator
    std::optional<instant> sim_blocked_at{};  // one of the staff said that the SIM was changed, and closing waits
    int holds_set = 0;                        // authorities' orders and what lifted them, counted
    std::optional<instant> document_changed_at{};
    bool account_on_word = false;        // see subscriber_state
    std::optional<instant> last_loss{};  // when it was last locked as lost, unlocked since or not
    actor sold_by{};                     // who ordered or imported it
    bool document_on_word = false;       // likewise
    std::optional<saved_codes> codes_before{};
    std::vector<label> muted{};  // they want no reminders, but the last
    /// The last of each kind that left lately and that no case keeps, to whomever: whoever holds a message asks whether
    /// it is ours.
    std::vector<told_lately> told{};
    bool operator==(const line&) const = default;
};
BOOST_DESCRIBE_STRUCT(line, (),
                      (generation, subscriber, policy, status, since, valid_until, reminders_sent, keepalive_at,
                       locked_since, term, products, port_out_since, legal_hold, fraud_hold, customer_lock,
                       sim_changed_at, contacts_changed_at, refund_account_changed_at, refund_account, recovery_digests,
                       recovery_by, recovery_since, customer_unlock_at, customer_unlocked_at, serving, last_switch,
                       reference, reminders_stopped, owner_since, import_print, port_out_by, document_changed_at,
                       sim_blocked_at, holds_set, account_on_word, last_loss, sold_by, document_on_word, codes_before,
                       muted, told))

}  // namespace keepline::domain
