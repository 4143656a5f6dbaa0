// What a device signed, checked: WebAuthn (level 2, §7) for one relying party, over the bytes as they were received.
// Only the .cpp sees libfido2. Pure but for the library; any thread.
#pragma once

#include "base/bytes.hpp"
#include "domain/subscriber/passkeys.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keepline::desk::webauthn {

using base::result;

/// Whom passkeys are for, and the page that may ask for them.
struct relying_party {
    std::string id;      // the host of the origin
    std::string origin;  // "https://my.operator.example", as browsers say it
};
relying_party party_of(std::string_view origin);

inline constexpr std::size_t client_data_max = 4096;
inline constexpr std::size_t authenticator_data_max = 4096;
inline constexpr std::size_t signature_max = 1024;

/// The challenge (base64url) that the client says it answers: whether it is one of ours its reader asks. code::invalid.
result<std::string> challenge_in(std::string_view client_data);

/// What the device has made: id, key, count and whether it is synced. Attestation is not looked at: who makes the
/// device is not our business. code::invalid: another page, party or challenge, a user who was not verified, a key of
/// another kind.
result<domain::passkey> check_made(const relying_party& who, std::string_view challenge, std::string_view client_data,
                                   base::byte_view authenticator_data);

/// The number of its signature, if `by` made it over exactly this. code::invalid.
result<std::int64_t> check_signed(const relying_party& who, std::string_view challenge, const domain::passkey& by,
                                  std::string_view client_data, base::byte_view authenticator_data,
                                  base::byte_view signature);

}  // namespace keepline::desk::webauthn
