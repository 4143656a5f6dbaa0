#include "link/sms_text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace keepline::link {

namespace {

constexpr std::uint8_t escape = 0x1b;

/// 3GPP TS 23.038 §6.2.1, by septet. 0x1b is the escape to the extension table and no character.
constexpr std::u32string_view gsm_alphabet =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\uFFFFÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(gsm_alphabet.size() == 128);

struct extension {
    char32_t character;
    std::uint8_t septet;
};
/// §6.2.1.1
constexpr std::array gsm_extension{
    extension{U'\f', 0x0a}, extension{U'^', 0x14}, extension{U'{', 0x28}, extension{U'}', 0x29}, extension{U'\\', 0x2f},
    extension{U'[', 0x3c},  extension{U'~', 0x3d}, extension{U']', 0x3e}, extension{U'|', 0x40}, extension{U'€', 0x65},
};

constexpr std::size_t number_octets_max = 60;  // what is longer is no number, and is cut anywhere

/// Cuts a run of octets into parts of at most `limit`, asking `splits_character` about each cut.
template <typename SplitsCharacter, typename SplitsNumber>
std::vector<base::bytes> cut(const base::bytes& all, std::size_t limit, SplitsCharacter splits_character,
                             SplitsNumber splits_number) {
    std::vector<base::bytes> out;
    std::size_t at = 0;
    while (at < all.size() && out.size() < sms_segments_max) {
        auto end = std::min(at + limit, all.size());
        while (end < all.size() && splits_character(all, end)) --end;
        auto whole = end;
        while (whole < all.size() && whole > at && (splits_character(all, whole) || splits_number(all, whole))) --whole;
        if (whole > at && end - whole <= number_octets_max) end = whole;
        out.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end));
        at = end;
    }
    return out;
}

bool splits_escape(const base::bytes& all, std::size_t at) { return all[at - 1] == escape; }

/// At an odd octet, or between the two halves of a surrogate pair.
bool splits_utf16(const base::bytes& all, std::size_t at) { return at % 2 != 0 || (all[at] & 0xFC) == 0xDC; }

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
/// Between the groups of a number: "4821 0937 1156", "2026-12-01", "12.30", "+86".
bool joins_digits(char32_t c) {
    return c == U' ' || c == U'-' || c == U'.' || c == U',' || c == U':' || c == U'/' || c == U'+';
}

/// Inside a number that is read in one piece: whoever has it in two messages dials or says half of it.
/// `unit(i)` is the i-th character, `count` how many there are.
template <typename Unit>
bool splits_number(Unit unit, std::size_t count, std::size_t at) {
    const auto digit = [&](std::size_t i) { return i < count && is_digit(unit(i)); };
    if (at == 0 || at >= count) return false;
    if (digit(at))
        return digit(at - 1) || unit(at - 1) == U'+' || (joins_digits(unit(at - 1)) && (at == 1 || digit(at - 2)));
    return joins_digits(unit(at)) && digit(at - 1) && digit(at + 1);
}

bool splits_gsm_number(const base::bytes& all, std::size_t at) {
    return splits_number([&](std::size_t i) { return static_cast<char32_t>(all[i]); }, all.size(), at);
}
bool splits_utf16_number(const base::bytes& all, std::size_t at) {
    const auto unit = [&](std::size_t i) { return static_cast<char32_t>(all[2 * i] << 8U | all[2 * i + 1]); };
    return at % 2 == 0 && splits_number(unit, all.size() / 2, at / 2);
}

base::bytes utf16be(std::string_view utf8) {
    base::bytes out;
    const auto put = [&out](char32_t unit) {
        out.push_back(static_cast<std::uint8_t>(unit >> 8));
        out.push_back(static_cast<std::uint8_t>(unit & 0xff));
    };
    for (const char32_t c : code_points(utf8)) {
        if (c < 0x10000) {
            put(c);
        } else {
            put(0xD800 + ((c - 0x10000) >> 10));
            put(0xDC00 + ((c - 0x10000) & 0x3ff));
        }
    }
    return out;
}

std::vector<sms_segment> with_headers(std::vector<base::bytes> parts, std::uint8_t coding, std::uint8_t reference) {
    std::vector<sms_segment> out;
    const auto count = static_cast<std::uint8_t>(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        base::bytes octets{5, 0x00, 3, reference, count, static_cast<std::uint8_t>(i + 1)};
        octets.insert(octets.end(), parts[i].begin(), parts[i].end());
        out.push_back({coding, true, std::move(octets)});
    }
    return out;
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
    constexpr char32_t replacement = 0xFFFD;
    std::u32string out;
    while (!utf8.empty()) {
        const auto [value, length] = base::first_code_point(utf8);
        out += length == 0 ? replacement : value;
        utf8.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

namespace {

constexpr char32_t unreadable = 0xFFFD;

}  // namespace

std::string gsm_text(base::byte_view septets) {
    std::string out;
    for (std::size_t i = 0; i < septets.size(); ++i) {
        if (septets[i] != escape) {
            base::append_utf8(out, septets[i] < 128 ? gsm_alphabet[septets[i]] : unreadable);
            continue;
        }
        if (++i >= septets.size()) break;  // cut off after an escape: nothing was meant
        const auto found = std::ranges::find(gsm_extension, septets[i], &extension::septet);
        // §6.2.1.1: what the table does not have is shown as in the main one.
        base::append_utf8(out, found != gsm_extension.end() ? found->character
                               : septets[i] < 128           ? gsm_alphabet[septets[i]]
                                                            : unreadable);
    }
    return out;
}

std::string latin_1_text(base::byte_view octets) {
    std::string out;
    for (const auto one : octets) base::append_utf8(out, one);
    return out;
}

std::optional<std::string> ucs_2_text(base::byte_view octets) {
    if (octets.size() % 2 != 0) return std::nullopt;
    std::string out;
    const auto unit = [&](std::size_t i) { return static_cast<char32_t>(octets[i] << 8 | octets[i + 1]); };
    for (std::size_t i = 0; i < octets.size(); i += 2) {
        const auto high = unit(i);
        if (high < 0xD800 || high > 0xDFFF) {
            base::append_utf8(out, high);
            continue;
        }
        const bool pair = high < 0xDC00 && i + 3 < octets.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF;
        base::append_utf8(out, pair ? 0x10000 + ((high - 0xD800) << 10) + (unit(i + 2) - 0xDC00) : unreadable);
        if (pair) i += 2;
    }
    return out;
}

std::string utf_8_text(std::string_view octets) {
    std::string out;
    for (const auto c : code_points(octets)) base::append_utf8(out, c);
    return out;
}

std::optional<base::bytes> gsm_septets(std::string_view utf8) {
    base::bytes out;
    out.reserve(utf8.size());
    for (const char32_t c : code_points(utf8)) {
        if (const auto at = gsm_alphabet.find(c); at != std::u32string_view::npos && c != U'\uFFFF') {
            out.push_back(static_cast<std::uint8_t>(at));
            continue;
        }
        const auto found = std::ranges::find(gsm_extension, c, &extension::character);
        if (found == gsm_extension.end()) return std::nullopt;
        out.push_back(escape);
        out.push_back(found->septet);
    }
    return out;
}

std::vector<sms_segment> sms_segments(std::string_view utf8, std::uint8_t reference) {
    if (auto septets = gsm_septets(utf8)) {
        if (septets->size() <= 160) return {{coding_default, false, std::move(*septets)}};
        return with_headers(cut(*septets, 153, splits_escape, splits_gsm_number), coding_default, reference);
    }
    auto units = utf16be(utf8);
    if (units.size() <= 140) return {{coding_ucs2, false, std::move(units)}};
    return with_headers(cut(units, 134, splits_utf16, splits_utf16_number), coding_ucs2, reference);
}

}  // namespace keepline::link
