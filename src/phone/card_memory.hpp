// What an eUICC keeps: profiles, notifications, one-time keys, addresses. A plain value; described, so that it can be
// written as JSON. Binary values are hexadecimal text. ICCIDs are digits (19 or 20 of them).
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::phone {

/// One recipient in notificationConfigurationInfo.
struct notification_rule {
    std::vector<int> events;  // bits of NotificationEvent
    std::string address;
    bool operator==(const notification_rule&) const = default;
};
BOOST_DESCRIBE_STRUCT(notification_rule, (), (events, address))

struct installed_profile {
    std::string iccid;
    std::string aid;  // of its ISD-P
    bool enabled = false;
    std::string nickname;
    std::string provider;  // serviceProviderName
    std::string name;      // profileName
    std::optional<int> icon_type;
    std::string icon;
    int profile_class = 2;
    std::vector<notification_rule> rules;
    std::string owner;  // the value of B7
    bool ppr1 = false;  // may not be disabled
    bool ppr2 = false;  // may not be deleted
    bool ppr_update_control = false;
    std::string policy_rules;  // the value of 99 as received
    std::string ci;            // key identifier of the CI under which it came
    std::string smdp_oid;
    std::string smdp_address;
    std::uint64_t size = 0;  // of the unprotected profile package
    bool operator==(const installed_profile&) const = default;
};
BOOST_DESCRIBE_STRUCT(installed_profile, (),
                      (iccid, aid, enabled, nickname, provider, name, icon_type, icon, profile_class, rules, owner,
                       ppr1, ppr2, ppr_update_control, policy_rules, ci, smdp_oid, smdp_address, size))

struct stored_notification {
    std::uint64_t sequence = 0;
    int event = 0;  // bit of NotificationEvent: 0 install, 1 enable, 2 disable, 3 delete
    std::string address;
    std::string iccid;
    std::string pending;  // PendingNotification, DER
    bool operator==(const stored_notification&) const = default;
};
BOOST_DESCRIBE_STRUCT(stored_notification, (), (sequence, event, address, iccid, pending))

/// otPK.EUICC of a download that was begun: kept so that the server may bind for it again (SGP.22 v2.5 §3.1.3).
struct one_time_key {
    std::string smdp_oid;
    std::string point;
    std::string pem;
    bool operator==(const one_time_key&) const = default;
};
BOOST_DESCRIBE_STRUCT(one_time_key, (), (smdp_oid, point, pem))

struct card_memory {
    std::vector<installed_profile> profiles;
    std::vector<stored_notification> notifications;
    std::uint64_t last_sequence = 0;
    std::uint64_t last_aid = 0;
    std::vector<one_time_key> one_time_keys;
    std::string default_smdp;
    std::string root_smds = "testrootsmds.gsma.com";
    std::uint64_t memory_free = 512 * 1024;
    bool operator==(const card_memory&) const = default;

    installed_profile* by_iccid(std::string_view iccid);
    installed_profile* by_aid(std::string_view aid_hex);
    installed_profile* enabled();
};
BOOST_DESCRIBE_STRUCT(card_memory, (),
                      (profiles, notifications, last_sequence, last_aid, one_time_keys, default_smdp, root_smds,
                       memory_free))

std::string_view event_name(int event);

/// EF.ICCID form (nibbles swapped, F padding) to digits and back; none when it holds no digits.
std::optional<std::string> iccid_from_swapped(base::byte_view);
base::bytes iccid_swapped(std::string_view digits);
/// The natural order that a ProfileHeader has.
std::optional<std::string> iccid_from_natural(base::byte_view);

}  // namespace keepline::phone
