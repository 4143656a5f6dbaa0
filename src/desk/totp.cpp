#include "desk/totp.hpp"

#include "base/digest.hpp"
#include "base/hmac_sha1.hpp"

#include <array>

namespace keepline::desk {

namespace {
namespace totp {

constexpr std::int64_t step_ms = 30'000;
constexpr std::int64_t beside = 1;

/// RFC 3986 §2.3: what need not be escaped.
std::string escaped(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char one : text) {
        const auto byte = static_cast<unsigned char>(one);
        if (plain.find(one) != std::string_view::npos)
            out += one;
        else
            out.append("%").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return out;
}

}  // namespace totp
}  // namespace

std::string totp_code(base::byte_view secret, std::int64_t step) {
    std::array<std::uint8_t, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i)
        counter[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
    const auto mac = base::hmac_sha1(secret, counter);
    // RFC 4226 §5.3.
    const std::size_t at = mac[19] & 0x0FU;
    std::uint32_t number = mac[at] & 0x7FU;
    for (std::size_t i = 1; i < 4; ++i) number = (number << 8U) | mac[at + i];
    auto digits = std::to_string(number % 1'000'000U);
    return std::string(totp_digits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> totp_step(base::byte_view secret, std::string_view code, base::instant now,
                                      std::int64_t after) {
    const auto present = now.ms / totp::step_ms;
    std::optional<std::int64_t> out;
    for (auto step = present - totp::beside; step <= present + totp::beside; ++step) {
        const auto right = totp_code(secret, step);
        if (base::equal_secrets(base::view(right), base::view(code)) && step > after && !out) out = step;
    }
    return out;
}

std::string totp_secret_text(base::byte_view secret) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const auto byte : secret) {
        held = (held << 8U) | byte;
        bits += 8;
        for (; bits >= 5; bits -= 5) out += letters[(held >> static_cast<unsigned>(bits - 5)) & 31U];
    }
    if (bits > 0) out += letters[(held << static_cast<unsigned>(5 - bits)) & 31U];
    return out;
}

std::string totp_uri(std::string_view issuer, std::string_view name, base::byte_view secret) {
    return "otpauth://totp/" + totp::escaped(issuer) + ":" + totp::escaped(name) +
           "?secret=" + totp_secret_text(secret) + "&issuer=" + totp::escaped(issuer);
}

}  // namespace keepline::desk
