// Bytes and their text forms. Decoders accept exactly what the encoders make (RFC 4648), nothing looser.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::base {

using bytes = std::vector<std::uint8_t>;
using byte_view = std::span<const std::uint8_t>;

template <std::size_t N>
using byte_array = std::array<std::uint8_t, N>;
using digest = byte_array<32>;  // SHA-256, or a keyed digest of that length

inline byte_view view(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text(byte_view data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

std::string hex(byte_view data);                  // lower case
std::optional<bytes> from_hex(std::string_view);  // either case, even length
std::string base64(byte_view data);               // with padding
std::optional<bytes> from_base64(std::string_view);
std::string base64url(byte_view data);  // without padding (RFC 4648 §5, as in JWS)
std::optional<bytes> from_base64url(std::string_view);
std::string base32(byte_view data);  // lower-case Crockford alphabet, for ids people read aloud

}  // namespace keepline::base
