#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace keepline::base {

code_point first_code_point(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size()) return {};
    char32_t value = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0U) != 0x80) return {};
        value = value << 6 | (next & 0x3fU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
    return {value, length};
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = first_code_point(text).length;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::size_t characters(std::string_view text) {
    const auto begins = [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

std::string repaired_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = first_code_point(text).length;
        if (length == 0)
            out += "\xef\xbf\xbd";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string_view first_bytes(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    std::size_t end = most;
    while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xc0U) == 0x80) --end;
    return text.substr(0, end);
}

std::string masked_name(std::string_view name) {
    constexpr int words_max = 4;
    std::string out;
    int words = 0;
    bool begins = true;
    while (!name.empty() && words < words_max) {
        const auto one = first_code_point(name);
        const bool is_space = one.value == U' ' || one.value == U'\u3000';
        if (begins && !is_space && one.length != 0) {
            if (!out.empty()) out += ' ';
            out.append(name.substr(0, one.length)).append("*");
            ++words;
        }
        begins = is_space;
        name.remove_prefix(one.length == 0 ? 1 : one.length);
    }
    return out;
}

std::size_t utf8_check::feed(std::string_view piece) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
        const auto c = static_cast<std::uint8_t>(piece[i]);
        if (wanted_ > 0) {
            if (c < low_ || c > high_) return i;
            low_ = 0x80;
            high_ = 0xBF;
            --wanted_;
            continue;
        }
        if (c < 0x80) continue;
        if (c < 0xC2 || c > 0xF4) return i;
        wanted_ = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
        low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    }
    return piece.size();
}

std::string narrowed(std::string_view text) {
    constexpr char32_t first = 0xff01;
    constexpr char32_t last = 0xff5e;
    std::string out;
    while (!text.empty()) {
        const auto next = first_code_point(text);
        const auto length = next.length == 0 ? 1 : next.length;
        if (next.value >= first && next.value <= last)
            out += static_cast<char>(next.value - first + U'!');
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

void append_utf8(std::string& to, char32_t value) {
    const auto byte = [&](char32_t bits) { to += static_cast<char>(static_cast<unsigned char>(bits)); };
    const auto more = [&](unsigned shift) { byte(0x80 | (value >> shift & 0x3f)); };
    if (value < 0x80) return byte(value);
    if (value < 0x800) {
        byte(0xc0 | value >> 6);
    } else if (value < 0x10000) {
        byte(0xe0 | value >> 12);
        more(6);
    } else {
        byte(0xf0 | value >> 18);
        more(12);
        more(6);
    }
    more(0);
}

}  // namespace keepline::base
