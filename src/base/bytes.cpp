#include "base/bytes.hpp"

#include <algorithm>

#include <openssl/evp.h>

namespace keepline::base {

namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32_alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

std::string encode_base64(byte_view data) {
    constexpr std::size_t at_once = 3 << 20;               // EVP_EncodeBlock counts in int
    std::string out((data.size() + 2) / 3 * 4 + 1, '\0');  // it writes a zero behind
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    while (!data.empty()) {
        const auto size = std::min(at_once, data.size());
        to += EVP_EncodeBlock(to, data.data(), static_cast<int>(size));
        data = data.subspan(size);
    }
    out.pop_back();
    return out;
}

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> out{};
    out.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        out[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return out;
}
constexpr auto standard_digits = digits_of(standard_alphabet);
constexpr auto url_digits = digits_of(url_alphabet);

/// Not EVP_DecodeBlock: it skips white space and does not look at the last bits.
std::optional<bytes> decode_base64(std::string_view in, const std::array<std::uint8_t, 256>& digits) {
    if (in.size() % 4 == 1) return std::nullopt;
    bytes out(in.size() / 4 * 3 + (in.size() % 4 == 0 ? 0 : in.size() % 4 - 1));
    const auto digit = [&](std::size_t at) { return std::uint32_t{digits[static_cast<std::uint8_t>(in[at])]}; };
    std::uint32_t wrong = 0;
    std::size_t to = 0;
    std::size_t i = 0;
    for (; i + 4 <= in.size(); i += 4) {
        const std::uint32_t a = digit(i);
        const std::uint32_t b = digit(i + 1);
        const std::uint32_t c = digit(i + 2);
        const std::uint32_t d = digit(i + 3);
        wrong |= a | b | c | d;
        const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
        out[to++] = static_cast<std::uint8_t>(group >> 16);
        out[to++] = static_cast<std::uint8_t>(group >> 8);
        out[to++] = static_cast<std::uint8_t>(group);
    }
    if (const auto left = in.size() - i; left > 0) {
        const std::uint32_t a = digit(i);
        const std::uint32_t b = digit(i + 1);
        const std::uint32_t c = left == 3 ? digit(i + 2) : 0;
        wrong |= a | b | c;
        const std::uint32_t group = a << 18 | b << 12 | c << 6;
        if ((group & (left == 3 ? 0xffU : 0xffffU)) != 0) return std::nullopt;  // stray bits: not what an encoder makes
        out[to++] = static_cast<std::uint8_t>(group >> 16);
        if (left == 3) out[to++] = static_cast<std::uint8_t>(group >> 8);
    }
    if (wrong > 63) return std::nullopt;
    return out;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string hex(byte_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(data.size() * 2);
    for (auto byte : data) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<bytes> from_hex(std::string_view in) {
    if (in.size() % 2 != 0) return std::nullopt;
    bytes out;
    out.reserve(in.size() / 2);
    for (std::size_t i = 0; i < in.size(); i += 2) {
        const int high = hex_value(in[i]);
        const int low = hex_value(in[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return out;
}

std::string base64(byte_view data) { return encode_base64(data); }

std::optional<bytes> from_base64(std::string_view in) {
    if (in.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && in.ends_with('='); ++padding) in.remove_suffix(1);
    return decode_base64(in, standard_digits);
}

std::string base64url(byte_view data) {
    auto out = encode_base64(data);
    while (out.ends_with('=')) out.pop_back();
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

std::optional<bytes> from_base64url(std::string_view in) { return decode_base64(in, url_digits); }

std::string base32(byte_view data) {
    std::string out;
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (auto byte : data) {
        group = (group << 8) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out += base32_alphabet[(group >> bits) & 31];
        }
        group &= (1U << bits) - 1;
    }
    if (bits > 0) out += base32_alphabet[(group << (5 - bits)) & 31];
    return out;
}

}  // namespace keepline::base
