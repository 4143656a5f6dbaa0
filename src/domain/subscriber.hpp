// Subscriber, the other aggregate: whom a line belongs to. The journal knows contact points by reference only; names,
// addresses and documents are in the vault, sealed with a key per subscriber.
#pragma once

#include "domain/context.hpp"
#include "domain/effects.hpp"
#include "domain/line.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

struct subscriber_state {
    label id;
    std::string language = "zh-CN";
    std::vector<contact_ref> contacts;
    std::vector<base::msisdn> numbers;  // lines that are told when something changes
    std::string refund_account;         // keyed digest
    std::optional<instant> erased_at;
    std::int64_t staff_reads = 0;
    bool operator==(const subscriber_state&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_state, (), (id, language, contacts, numbers, refund_account, erased_at, staff_reads))

/// A new subscriber, or the same again (no event). `number` is attached at once where it is known already which one a
/// new subscriber is about to get; what does not become theirs after all takes no notice of what it is told.
struct register_subscriber {
    static constexpr std::string_view name = "register_subscriber";
    label id;
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    base::msisdn number{};  // empty: none yet
};
BOOST_DESCRIBE_STRUCT(register_subscriber, (), (id, language, contacts, refund_account, number))
/// The contact points from now on. Those left out stay as replaced, so that they are still told for a while.
struct change_contacts {
    static constexpr std::string_view name = "change_contacts";
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
};
BOOST_DESCRIBE_STRUCT(change_contacts, (), (language, contacts, refund_account))
struct attach_number {
    static constexpr std::string_view name = "attach_number";
    base::msisdn number;
};
BOOST_DESCRIBE_STRUCT(attach_number, (), (number))
/// A member of staff reads personal data; written before the answer is given.
struct record_read {
    static constexpr std::string_view name = "record_read";
    std::string what;  // "contacts", "identity", "backup"
    std::string why;
};
BOOST_DESCRIBE_STRUCT(record_read, (), (what, why))
/// Marks the erasure; the shell destroys the key. Afterwards only this stream's references remain.
struct erase_subscriber {
    static constexpr std::string_view name = "erase_subscriber";
};
BOOST_DESCRIBE_STRUCT(erase_subscriber, (), ())

using subscriber_command =
    std::variant<register_subscriber, change_contacts, attach_number, record_read, erase_subscriber>;

struct subscriber_registered {
    static constexpr std::string_view name = "subscriber_registered";
    label id;
    std::string language;
    std::vector<contact_ref> contacts;
    std::string refund_account;
    instant at;
    base::msisdn number{};  // attached with it; empty: none
    bool operator==(const subscriber_registered&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_registered, (), (id, language, contacts, refund_account, at, number))
struct contacts_changed {
    static constexpr std::string_view name = "contacts_changed";
    std::string language;
    std::vector<contact_ref> contacts;  // all of them, the replaced ones too
    std::string refund_account;
    instant at;
    bool operator==(const contacts_changed&) const = default;
};
BOOST_DESCRIBE_STRUCT(contacts_changed, (), (language, contacts, refund_account, at))
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
    bool operator==(const subscriber_erased&) const = default;
};
BOOST_DESCRIBE_STRUCT(subscriber_erased, (), (by, at))

using subscriber_event =
    std::variant<subscriber_registered, contacts_changed, number_attached, personal_data_read, subscriber_erased>;

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
