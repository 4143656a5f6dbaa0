// What may have happened to a profile: the entries of its journal. Members are only added, and their defaults mean what
// was so before they were there.
#pragma once

#include "domain/esim/state.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::domain {

struct esim_provided {
    static constexpr std::string_view name = "esim_provided";
    base::iccid iccid;
    base::imsi imsi;
    std::string profile_type;
    label owner;
    bool keys_here = false;
    bool package = false;
    instant at;
    std::string content{};
    bool operator==(const esim_provided&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_provided, (), (iccid, imsi, profile_type, owner, keys_here, package, at, content))
struct esim_ordered {
    static constexpr std::string_view name = "esim_ordered";
    label requester;
    base::eid eid;
    base::msisdn number;
    int generation = 0;
    label subscriber;
    instant at;
    std::string call{};
    actor by{};
    bool operator==(const esim_ordered&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_ordered, (), (requester, eid, number, generation, subscriber, at, call, by))
struct esim_confirmed {
    static constexpr std::string_view name = "esim_confirmed";
    download_terms terms;
    instant at;
    bool operator==(const esim_confirmed&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_confirmed, (), (terms, at))
struct esim_released {
    static constexpr std::string_view name = "esim_released";
    instant at;
    bool operator==(const esim_released&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_released, (), (at))
struct esim_cancelled {
    static constexpr std::string_view name = "esim_cancelled";
    bool to_stock = false;
    bool delivered = false;  // a device may have it all the same
    base::msisdn number;     // whose it was
    base::eid eid;
    instant at;
    std::optional<past_order> of{};  // none: it was only taken out of the stock
    std::vector<base::eid>
        left_on{};  // the eUICCs that may have it all the same, where nobody signed that it is reused
    bool operator==(const esim_cancelled&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_cancelled, (), (to_stock, delivered, number, eid, at, of, left_on))
struct esim_reset {
    static constexpr std::string_view name = "esim_reset";
    download_terms terms;
    instant at;
    bool operator==(const esim_reset&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_reset, (), (terms, at))
struct esim_rebound {
    static constexpr std::string_view name = "esim_rebound";
    base::eid eid;
    instant at;
    bool operator==(const esim_rebound&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_rebound, (), (eid, at))
struct download_begun {
    static constexpr std::string_view name = "download_begun";
    std::string transaction;
    base::eid eid;
    std::string euicc_key;
    instant at;
    bool operator==(const download_begun&) const = default;
};
BOOST_DESCRIBE_STRUCT(download_begun, (), (transaction, eid, euicc_key, at))
struct code_refused {
    static constexpr std::string_view name = "code_refused";
    std::string transaction;
    int wrong = 0;  // so far
    bool last = false;
    instant at;
    bool missing = false;
    bool operator==(const code_refused&) const = default;
};
BOOST_DESCRIBE_STRUCT(code_refused, (), (transaction, wrong, last, at, missing))
struct package_delivered {
    static constexpr std::string_view name = "package_delivered";
    std::string transaction;
    base::eid eid;
    instant at;
    bool operator==(const package_delivered&) const = default;
};
BOOST_DESCRIBE_STRUCT(package_delivered, (), (transaction, eid, at))
struct esim_installed {
    static constexpr std::string_view name = "esim_installed";
    std::string transaction;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool counts = true;  // false: of an earlier order or another eUICC; only kept
    bool operator==(const esim_installed&) const = default;
};
BOOST_DESCRIBE_STRUCT(esim_installed, (), (transaction, eid, sequence, shown, received, counts))
struct install_failed {
    static constexpr std::string_view name = "install_failed";
    std::string transaction;
    base::eid eid;
    std::uint32_t sequence = 0;
    int error_reason = 0;
    std::string words;
    bool for_good = false;  // otherwise the same eUICC may try again
    proof shown;
    std::string received;
    bool counts = true;
    bool operator==(const install_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(install_failed, (),
                      (transaction, eid, sequence, error_reason, words, for_good, shown, received, counts))
struct device_notified {
    static constexpr std::string_view name = "device_notified";
    base::iccid iccid;  // of a profile that nobody provided here
    profile_event what = profile_event::enable;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool late = false;      // that eUICC had said something newer before
    bool of_other = false;  // not the eUICC that the profile is bound to
    base::msisdn number;    // whose it was
    label requester;
    bool operator==(const device_notified&) const = default;
};
BOOST_DESCRIBE_STRUCT(device_notified, (),
                      (iccid, what, eid, sequence, shown, received, late, of_other, number, requester))
struct notification_kept {
    static constexpr std::string_view name = "notification_kept";
    base::iccid iccid;
    std::string what;
    base::eid eid;
    std::uint32_t sequence = 0;
    proof shown;
    std::string received;
    bool operator==(const notification_kept&) const = default;
};
BOOST_DESCRIBE_STRUCT(notification_kept, (), (iccid, what, eid, sequence, shown, received))
struct session_cancelled {
    static constexpr std::string_view name = "session_cancelled";
    std::string transaction;
    base::eid eid;
    int reason = 127;
    instant at;
    bool forgiven = false;  // after a code that was not taken or did not come, or a refusal of ours: the order is open
    std::string refused{};  // by us in that transaction, "8.8/4.2"
    int excused = 0;        // see esim_state
    bool operator==(const session_cancelled&) const = default;
};
BOOST_DESCRIBE_STRUCT(session_cancelled, (), (transaction, eid, reason, at, forgiven, refused, excused))
/// The SM-DS is to hold this event from now on; and is to forget it.
struct event_wanted {
    static constexpr std::string_view name = "event_wanted";
    event_record record;
    instant at;
    bool operator==(const event_wanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_wanted, (), (record, at))
struct event_unwanted {
    static constexpr std::string_view name = "event_unwanted";
    event_record record;
    instant at;
    bool operator==(const event_unwanted&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_unwanted, (), (record, at))
struct event_answered {
    static constexpr std::string_view name = "event_answered";
    registration status = registration::registered;
    std::string refusal;
    instant at;
    bool operator==(const event_answered&) const = default;
};
BOOST_DESCRIBE_STRUCT(event_answered, (), (status, refusal, at))
/// The order is in `error` from now on.
struct order_failed {
    static constexpr std::string_view name = "order_failed";
    order_failure why = order_failure::expired;
    std::string words;
    base::eid eid;
    instant at;
    bool operator==(const order_failed&) const = default;
};
BOOST_DESCRIBE_STRUCT(order_failed, (), (why, words, eid, at))

using esim_event =
    std::variant<esim_provided, esim_ordered, esim_confirmed, esim_released, esim_cancelled, esim_reset, esim_rebound,
                 download_begun, code_refused, package_delivered, esim_installed, install_failed, device_notified,
                 notification_kept, session_cancelled, order_failed, event_wanted, event_unwanted, event_answered,
                 second_wanted, second_given, second_refused, second_expired>;

}  // namespace keepline::domain
