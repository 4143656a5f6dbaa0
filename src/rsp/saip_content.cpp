#include "rsp/saip_content.hpp"

#include "base/utf8.hpp"
#include "rsp/der.hpp"

#include <algorithm>

namespace keepline::rsp::saip {

namespace {

std::uint8_t digit_of(char c) { return static_cast<std::uint8_t>(c - '0'); }

/// The characters whose code in the GSM default alphabet (TS 23.038 §6.2.1) is that of ASCII; and three that have
/// another.
std::optional<std::uint8_t> gsm_code(char c) {
    if (c == '@') return 0x00;
    if (c == '$') return 0x02;
    if (c == '_') return 0x11;
    const bool same = c >= ' ' && c <= 'z' && !std::string_view("@$_[\\]^`").contains(c);
    return same ? std::optional(static_cast<std::uint8_t>(c)) : std::nullopt;
}

std::optional<char> char_of_gsm(std::uint8_t code) {
    for (const char special : {'@', '$', '_'})
        if (gsm_code(special) == code) return special;
    const auto same = static_cast<char>(code);
    return gsm_code(same) == code ? std::optional(same) : std::nullopt;
}

/// UTF-8 to UCS2, big endian; nullopt for what is no UTF-8 or beyond the basic plane.
std::optional<base::bytes> ucs2_of(std::string_view text) {
    base::bytes out;
    while (!text.empty()) {
        const auto [value, length] = base::first_code_point(text);
        if (length == 0 || value > 0xffff) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(value >> 8));
        out.push_back(static_cast<std::uint8_t>(value));
        text.remove_prefix(length);
    }
    return out;
}

constexpr std::size_t spn_size = 17;

}  // namespace

base::bytes swapped_digits(std::string_view digits, std::size_t size) {
    base::bytes out(size, 0xff);
    for (std::size_t i = 0; i < digits.size() && i / 2 < size; ++i) {
        auto& byte = out[i / 2];
        byte = static_cast<std::uint8_t>(i % 2 == 0 ? (byte & 0xf0) | digit_of(digits[i])
                                                    : (byte & 0x0f) | digit_of(digits[i]) << 4);
    }
    return out;
}

std::optional<std::string> digits_of_swapped(base::byte_view bytes) {
    std::string out;
    for (const auto byte : bytes)
        for (const int nibble : {byte & 0xf, byte >> 4}) {
            if (nibble == 0xf) return out;
            if (nibble > 9) return std::nullopt;
            out += static_cast<char>('0' + nibble);
        }
    return out;
}

base::bytes header_iccid(const base::iccid& iccid) {
    base::bytes out = swapped_digits(iccid.text(), 10);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(byte << 4 | byte >> 4);
    return out;
}

std::optional<base::iccid> iccid_of_header(base::byte_view bytes) {
    base::bytes swapped(bytes.begin(), bytes.end());
    for (auto& byte : swapped) byte = static_cast<std::uint8_t>(byte << 4 | byte >> 4);
    return iccid_of_ef(swapped);
}

base::bytes ef_iccid(const base::iccid& iccid) { return swapped_digits(iccid.text(), 10); }

std::optional<base::iccid> iccid_of_ef(base::byte_view bytes) {
    const auto digits = bytes.size() == 10 ? digits_of_swapped(bytes) : std::nullopt;
    if (!digits) return std::nullopt;
    auto parsed = base::iccid_of_card(*digits);
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

base::bytes ef_imsi(const base::imsi& imsi) {
    const auto& digits = imsi.text();
    // The first half byte is not a digit: 9 for an odd number of digits, 1 for an even one (TS 24.008 §10.5.1.4).
    base::bytes out = swapped_digits("0" + digits, 8);
    out[0] = static_cast<std::uint8_t>((out[0] & 0xf0) | (digits.size() % 2 == 1 ? 0x9 : 0x1));
    out.insert(out.begin(), static_cast<std::uint8_t>((digits.size() + 2) / 2));
    return out;
}

std::optional<base::imsi> imsi_of_ef(base::byte_view bytes) {
    if (bytes.size() != 9 || bytes[0] < 1 || bytes[0] > 8) return std::nullopt;
    base::bytes body(bytes.begin() + 1, bytes.begin() + 1 + bytes[0]);
    const int kind = body[0] & 0xf;
    if (kind != 0x9 && kind != 0x1) return std::nullopt;
    body[0] &= 0xf0;
    const auto digits = digits_of_swapped(body);
    if (!digits || digits->empty() || (digits->size() % 2 == 0) != (kind == 0x9)) return std::nullopt;
    auto parsed = base::imsi::parse(digits->substr(1));
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

base::byte_array<2> ef_acc(const base::imsi& imsi) {
    const unsigned bits = 1u << digit_of(imsi.text().back());
    return {static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
}

base::bytes msisdn_record(const base::msisdn& number, std::size_t record) {
    base::bytes out(std::max<std::size_t>(record, 14), 0xff);
    const auto digits = std::string_view(number.text()).substr(1);
    const auto at = out.size() - 14;  // behind the name
    out[at] = static_cast<std::uint8_t>(1 + (digits.size() + 1) / 2);
    out[at + 1] = 0x91;  // international, ISDN
    std::ranges::copy(swapped_digits(digits, 10), out.begin() + static_cast<std::ptrdiff_t>(at) + 2);
    return out;
}

std::optional<base::msisdn> msisdn_of_record(base::byte_view record) {
    if (record.size() < 14) return std::nullopt;
    const auto tail = record.last(14);
    if (tail[0] < 2 || tail[0] > 11 || tail[1] != 0x91) return std::nullopt;
    const auto digits = digits_of_swapped(tail.subspan(2, tail[0] - 1u));
    if (!digits) return std::nullopt;
    auto parsed = base::msisdn::parse("+" + *digits);
    return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

std::optional<base::bytes> ef_spn(std::string_view name, bool show_in_home_network) {
    base::bytes out{static_cast<std::uint8_t>(show_in_home_network ? 0x01 : 0x00)};
    for (const char c : name) {
        const auto code = gsm_code(c);
        if (!code) break;
        out.push_back(*code);
    }
    if (out.size() != name.size() + 1) {
        const auto wide = ucs2_of(name);
        if (!wide) return std::nullopt;
        out.resize(1);
        out.push_back(0x80);
        out.insert(out.end(), wide->begin(), wide->end());
    }
    if (out.size() > spn_size) return std::nullopt;
    out.resize(spn_size, 0xff);
    return out;
}

std::string name_for_spn(std::string_view name) {
    std::string out;
    for (auto rest = name; !rest.empty();) {
        const auto [value, length] = base::first_code_point(rest);
        if (length == 0) break;
        if (value <= 0xffff) out.append(rest.substr(0, length));
        rest.remove_prefix(length);
    }
    while (!out.empty() && !ef_spn(out, true)) {
        std::size_t last = out.size() - 1;  // where its last letter begins
        while (last > 0 && (static_cast<std::uint8_t>(out[last]) & 0xc0) == 0x80) --last;
        out.resize(last);
    }
    if (out.size() < name.size()) out.erase(std::min(out.find_last_not_of(' ') + 1, out.size()));
    return out;
}

std::optional<std::string> spn_of_ef(base::byte_view bytes) {
    if (bytes.size() < 2) return std::nullopt;
    const auto name = bytes.subspan(1);
    std::string out;
    if (name[0] == 0x80) {
        for (std::size_t i = 1; i + 1 < name.size() && !(name[i] == 0xff && name[i + 1] == 0xff); i += 2) {
            const auto point = static_cast<std::uint32_t>(name[i] << 8 | name[i + 1]);
            if (point >= 0xd800 && point < 0xe000) return std::nullopt;
            base::append_utf8(out, point);
        }
        return out;
    }
    for (const auto code : name) {
        if (code == 0xff) break;
        const auto c = char_of_gsm(code);
        if (!c) return std::nullopt;
        out += *c;
    }
    return out;
}

std::optional<base::byte_array<8>> pin_bytes(std::string_view digits) {
    const bool numeric = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!numeric || digits.size() < 4 || digits.size() > 8) return std::nullopt;
    base::byte_array<8> out;
    out.fill(0xff);
    std::ranges::copy(digits, out.begin());
    return out;
}

std::string pin_of_bytes(base::byte_view bytes) {
    std::string out;
    for (const auto byte : bytes) {
        if (byte == 0xff) break;
        out += static_cast<char>(byte);
    }
    return out;
}

base::bytes ims_text(std::string_view text) {
    der::writer out;
    out.text(0x80, text);
    return std::move(out).take();
}

}  // namespace keepline::rsp::saip
