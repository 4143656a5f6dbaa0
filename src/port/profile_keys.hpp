// Where the vault keeps the secrets of a profile of our SM-DP+: named here once, so that who makes profiles (http), who
// binds them and who tells the HLR (link) agree. Never logged.
#pragma once

#include "base/ids.hpp"

#include <string>

namespace keepline::port {

/// Vault kind of the keys, as JSON: rsp::profile_secrets, of which the HLR's side reads algorithm, ki and opc.
inline constexpr std::string_view profile_keys_kind = "keys";
/// Vault kind of a pre-personalised profile package: Base64 of its DER.
inline constexpr std::string_view profile_package_kind = "package";

/// Vault kind of what the last package of the running order was bound with: the one-time keys' public halves and the
/// session keys, kept for the same eUICC only (SGP.22 §3.1.3). It goes with the order, see domain::ends_binding.
inline constexpr std::string_view profile_binding_kind = "binding";

/// The owner of a profile's rows in the vault. No id of a subscriber has a colon, so no erasure of one reaches a
/// profile.
inline std::string profile_owner_of(const base::iccid& iccid) { return "p:" + iccid.text(); }

}  // namespace keepline::port
