// GSUP, osmo-hlr's protocol towards serving nodes (libosmocore gsup.h): a message type, then elements tag | length |
// value. Only what proving a bar needs has a name here; other elements are skipped. Pure; takes hostile bytes.
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <optional>
#include <string>

namespace keepline::link {

enum class gsup_type : std::uint8_t {
    update_location_request = 0x04,
    update_location_error = 0x05,
    update_location_result = 0x06,
    insert_data_request = 0x10,
    insert_data_error = 0x11,
    insert_data_result = 0x12,
    delete_data_request = 0x14,
    delete_data_error = 0x15,
    delete_data_result = 0x16,
    location_cancel_request = 0x1c,
    location_cancel_error = 0x1d,
    location_cancel_result = 0x1e,
};

/// GMM causes (3GPP TS 24.008 §10.5.5.14).
inline constexpr std::uint8_t cause_imsi_unknown = 0x02;
inline constexpr std::uint8_t cause_plmn_not_allowed =
    0x0b;  // osmo-hlr's answer where network-access-mode forbids the domain
inline constexpr std::uint8_t cause_network_failure = 0x11;

struct gsup_message {
    gsup_type type{};
    std::string imsi;  // digits
    std::optional<std::uint8_t> cause;
};

/// UpdateLocation for circuit-switched service, as a VLR asks it.
base::bytes encode_update_location(const base::imsi& imsi);
base::bytes encode_gsup(const gsup_message& what);
/// nullopt for what is no GSUP message.
std::optional<gsup_message> decode_gsup(base::byte_view message);

}  // namespace keepline::link
