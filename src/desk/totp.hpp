// Codes of an authenticator (RFC 6238: HMAC-SHA-1, 30 seconds, six digits), and how its secret is told to one. Pure.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::desk {

inline constexpr std::size_t totp_secret_bytes = 20;  // RFC 4226 §4, R6
inline constexpr std::size_t totp_digits = 6;

std::string totp_code(base::byte_view secret, std::int64_t step);

/// The step whose code this is: the present one or one beside it, for clocks that differ; never one of `after` or
/// before, which was used. None: the code is wrong.
std::optional<std::int64_t> totp_step(base::byte_view secret, std::string_view code, base::instant now,
                                      std::int64_t after);

/// RFC 4648 §6, without padding: as authenticators take a secret that is typed.
std::string totp_secret_text(base::byte_view secret);

/// "otpauth://totp/…", as authenticators read it from a QR code.
std::string totp_uri(std::string_view issuer, std::string_view name, base::byte_view secret);

}  // namespace keepline::desk
