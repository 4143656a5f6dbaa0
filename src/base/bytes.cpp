#include "base/bytes.hpp"

namespace keepline::base {

namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32_alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

std::string encode_base64(byte_view data, std::string_view alphabet, bool padded) {
    std::string out;
    out.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, data.size() - i);
        std::uint32_t group = std::uint32_t{data[i]} << 16;
        if (n > 1) group |= std::uint32_t{data[i + 1]} << 8;
        if (n > 2) group |= data[i + 2];
        for (std::size_t k = 0; k <= n; ++k) out += alphabet[(group >> (18 - 6 * k)) & 63];
        if (padded) out.append(3 - n, '=');
    }
    return out;
}

std::optional<bytes> decode_base64(std::string_view in, std::string_view alphabet) {
    if (in.size() % 4 == 1) return std::nullopt;
    bytes out;
    out.reserve(in.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (char c : in) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        group = (group << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<std::uint8_t>(group >> bits));
            group &= (1U << bits) - 1;
        }
    }
    if (group != 0) return std::nullopt;  // stray bits: not what an encoder makes
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

std::string base64(byte_view data) { return encode_base64(data, standard_alphabet, true); }

std::optional<bytes> from_base64(std::string_view in) {
    if (in.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && in.ends_with('='); ++padding) in.remove_suffix(1);
    return decode_base64(in, standard_alphabet);
}

std::string base64url(byte_view data) { return encode_base64(data, url_alphabet, false); }

std::optional<bytes> from_base64url(std::string_view in) { return decode_base64(in, url_alphabet); }

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
