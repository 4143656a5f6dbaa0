// Profile metadata (StoreMetadata, BF25; SGP.22 §4.4 and §5.5.3): what a phone shows before and after the download,
// whom it notifies, and the profile policy rules. Pure; any thread.
#pragma once

#include "rsp/messages.hpp"

#include <optional>
#include <string>
#include <vector>

namespace keepline::rsp {

/// In characters, as the SIZE of their UTF8Strings has it.
inline constexpr std::size_t most_provider_name = 32, most_profile_name = 64;

enum class profile_class : std::uint8_t { test = 0, provisioning = 1, operational = 2 };

/// Bits of PprIds.
inline constexpr std::uint32_t ppr_update_control = 1u << 0, ppr_1 = 1u << 1, ppr_2 = 1u << 2;
/// Bits of NotificationEvent.
inline constexpr std::uint32_t notify_install = 1u << 0, notify_enable = 1u << 1, notify_disable = 1u << 2,
                               notify_delete = 1u << 3, notify_all = 0xf;

struct profile_owner {
    std::string mcc_mnc;  // "46001" or "310260"
    base::bytes gid1, gid2;
};
struct profile_icon {
    bool png = true;
    base::bytes image;  // at most 1024 bytes, 64 x 64 pixels
};
struct profile_metadata {
    std::string iccid{};          // digits
    std::string provider_name{};  // at most 32 characters
    std::string profile_name{};   // at most 64
    std::optional<profile_icon> icon{};
    profile_class kind = profile_class::operational;
    std::string notification_address{};  // FQDN; empty: no notification configuration at all
    std::uint32_t notify = notify_all;
    std::optional<profile_owner> owner{};
    std::uint32_t rules = 0;
};

/// BF25. Refused: names that are too long or not UTF-8, an ICCID or MCC/MNC that is none, PPRs without an owner.
base::result<base::bytes> build_metadata(const profile_metadata&);
/// The other way, for packages that came with their own metadata.
base::result<profile_metadata> parse_metadata(base::byte_view der);

/// MCC and MNC as three octets (3GPP TS 24.008 §10.5.1.13).
std::optional<base::byte_array<3>> plmn_octets(std::string_view mcc_mnc);

}  // namespace keepline::rsp
