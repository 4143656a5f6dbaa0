#include "domain/message_words.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace keepline::domain {

namespace {

using point = char32_t;

constexpr std::size_t digit_run_max = 5;       // six digits in a row look like a code
constexpr std::size_t grouped_digits_max = 7;  // "138 0013 8000" is a number to call; "12 345.00" is not
constexpr std::size_t mailbox_max = 254;       // RFC 5321 §4.5.3.1.3, less the angle brackets
constexpr std::size_t local_part_max = 64;
constexpr std::size_t host_label_max = 63;

// ------------------------------------------------------------------------------------------------ reading

/// nullopt: this is not UTF-8.
std::optional<std::vector<point>> points_of(std::string_view text) {
    std::vector<point> out;
    while (!text.empty()) {
        const auto [value, length] = base::first_code_point(text);
        if (length == 0) return std::nullopt;
        out.push_back(value);
        text.remove_prefix(length);
    }
    return out;
}

bool within(point c, point first, point last) { return c >= first && c <= last; }

/// Nobody sees these, and some turn round what stands beside them. Variation selectors are no such thing: names have
/// them.
bool is_hidden(point c) {
    return within(c, 0x80, 0x9F) || c == 0xAD || c == 0x34F || c == 0x61C || within(c, 0x115F, 0x1160) ||
           within(c, 0x17B4, 0x17B5) || c == 0x180E || within(c, 0x200B, 0x200F) || within(c, 0x2028, 0x202E) ||
           within(c, 0x2060, 0x206F) || c == 0x3164 || c == 0xFEFF || c == 0xFFA0 || within(c, 0xFFF0, 0xFFFB) ||
           within(c, 0xE0000, 0xE007F);
}

/// A letter or vowel sign of the scripts in whose words joiners are written: Arabic and Syriac, those of India and Sri
/// Lanka, Khmer.
bool is_joining(point c) {
    const bool sign = within(c, 0x660, 0x66D) || c == 0x6D4 || within(c, 0x6DD, 0x6DE) || within(c, 0x6F0, 0x6F9) ||
                      within(c, 0x700, 0x70F) || within(c, 0x964, 0x965);
    const bool digit = within(c, 0x900, 0xDFF) && within(c & 0x7F, 0x66, 0x6F);  // at one place in each of their blocks
    return (within(c, 0x620, 0x77F) || within(c, 0x8A0, 0xDF3) || within(c, 0x1780, 0x17B3) ||
            within(c, 0x17B6, 0x17D3)) &&
           !sign && !digit;
}

/// ZWNJ or ZWJ inside a word of such a script: names have them. Not at an end, not twice, not beside anything else.
bool joins_letters(const std::vector<point>& in, std::size_t at) {
    if (in[at] != 0x200C && in[at] != 0x200D) return false;
    return at > 0 && at + 1 < in.size() && is_joining(in[at - 1]) && is_joining(in[at + 1]);
}

/// Nobody needs these in a sentence: they hide what stands beside them, turn it round, or are letters in fancy dress.
bool is_disguise(point c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || within(c, 0x7F, 0x9F) || c == 0xAD || c == 0x34F ||
           c == 0x61C || within(c, 0x115F, 0x1160) || within(c, 0x180B, 0x180F) || within(c, 0x200B, 0x200F) ||
           within(c, 0x202A, 0x202E) || within(c, 0x2060, 0x206F) || c == 0x3164 || within(c, 0xFE00, 0xFE0F) ||
           c == 0xFEFF || c == 0xFFA0 || within(c, 0xFFF0, 0xFFFD) || within(c, 0x2070, 0x209C) ||
           within(c, 0x2100, 0x214F) || within(c, 0x2460, 0x24FF) || within(c, 0x2776, 0x2793) ||
           within(c, 0x3220, 0x3247) || within(c, 0x3280, 0x32B0) || within(c, 0xE000, 0xF8FF) ||
           within(c, 0x1D400, 0x1D7FF) || within(c, 0x1F100, 0x1F1FF) || within(c, 0xE0000, 0xE0FFF) || c >= 0xF0000;
}

constexpr std::u32string_view dots =
    U".\u3002\uFF61\uFF0E\u2024\u2025\u2026\u00B7\u2022\u2027\u2219\u22C5\u30FB\uFF65\uFE52\u06D4\u0701\u0702\uA60E"
    U"\u0589\u16EB";
constexpr std::u32string_view slashes = U"/\\\u2044\u2215\u29F8\u29F5\uFE68\u2571\u2572";
constexpr std::u32string_view colons = U":\u2236\uFE55\uA789\u02D0\u05C3";
constexpr std::u32string_view ats = U"@\uFE6B";
constexpr std::u32string_view chinese_digits = U"〇一二三四五六七八九";
constexpr std::u32string_view formal_digits = U"零壹贰叁肆伍陆柒捌玖";

bool is_in(point c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }

/// The first digit of each script that phones make numbers of.
constexpr std::array<point, 14> script_zeros = {0x660, 0x6F0, 0x7C0,  0x966,  0x9E6,  0xA66, 0xE50,
                                                0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xAE6, 0xBE6};

/// What a reader, or the reader's phone, takes it for (after NFKC, as far as the common tricks go).
point folded(point c) {
    if (within(c, 0xFF01, 0xFF5E)) c = c - 0xFEE0;  // full width
    if (c == 0x3000 || c == 0xA0 || within(c, 0x2000, 0x200A) || c == 0x202F || c == 0x205F) return ' ';
    if (c == '\t' || c == '\n' || c == '\r') return ' ';
    if (is_in(c, ats)) return '@';
    if (is_in(c, slashes)) return '/';
    if (is_in(c, colons)) return ':';
    if (within(c, 0x2010, 0x2015) || c == 0x2212 || c == 0xFE63) return '-';
    for (const point zero : script_zeros)
        if (within(c, zero, zero + 9)) return '0' + (c - zero);
    if (c < 0x80 && c >= 'A' && c <= 'Z') return c + 32;
    return c;
}

bool is_digit(point c) { return within(c, '0', '9'); }
bool is_ascii_letter(point c) { return within(c, 'a', 'z'); }
bool is_dot(point c) { return is_in(c, dots); }
bool is_han(point c) {
    return within(c, 0x3400, 0x9FFF) || within(c, 0x3040, 0x30FF) || within(c, 0xAC00, 0xD7A3) ||
           within(c, 0x20000, 0x3FFFF);
}
/// Of any script, so that a Cyrillic host is one too.
bool is_letter(point c) {
    if (c < 0x80) return is_ascii_letter(c);
    return within(c, 0xC0, 0x1FFF) || is_han(c);
}

// ------------------------------------------------------------------------------------------------ what is looked for

using folded_text = std::vector<point>;

bool starts_at(const folded_text& in, std::size_t at, std::u32string_view what) {
    return at + what.size() <= in.size() &&
           std::equal(what.begin(), what.end(), in.begin() + static_cast<std::ptrdiff_t>(at));
}
bool contains_run(const folded_text& in, std::u32string_view what) { return !std::ranges::search(in, what).empty(); }

constexpr std::array<std::u32string_view, 22> schemes = {
    U"http:",    U"https:",  U"hxxp:",   U"hxxps:", U"h**p:",  U"h**ps:",     U"htp:", U"ttp:",
    U"ftp:",     U"sftp:",   U"tel:",    U"sms:",   U"smsto:", U"mailto:",    U"wx:",  U"weixin:",
    U"alipays:", U"intent:", U"market:", U"geo:",   U"data:",  U"javascript:"};
constexpr std::array<std::u32string_view, 12> written_dots = {
    U"[.]", U"(.)", U"{.}", U"[dot]", U"(dot)", U"{dot}", U"【.】", U"【点】", U"[点]", U"(点)", U"（点）", U"[。]"};
/// Chinese top-level domains that people know. After a full stop of a sentence they are words, so only where an address
/// goes on or ends.
constexpr std::array<std::u32string_view, 12> chinese_domains = {
    U"中国", U"中國", U"公司", U"网络", U"网址", U"网店", U"商城", U"在线", U"手机", U"香港", U"台湾", U"中文网"};

bool has_scheme(const folded_text& in) {
    if (contains_run(in, U"//") || contains_run(in, U":/")) return true;
    return std::ranges::any_of(schemes, [&](std::u32string_view one) {
        for (std::size_t at = 0; at + one.size() <= in.size(); ++at)
            if (starts_at(in, at, one) && (at == 0 || !is_ascii_letter(in[at - 1]))) return true;
        return false;
    });
}

bool has_www(const folded_text& in) {
    for (std::size_t at = 0; at + 3 <= in.size(); ++at)
        if ((starts_at(in, at, U"www") || starts_at(in, at, U"wap.")) && (at == 0 || !is_ascii_letter(in[at - 1])))
            return true;
    return false;
}

/// A host name around the dot at `at`? "e.g." and "v1.5" are none: its last part has two letters or more.
bool host_around(const folded_text& in, std::size_t at) {
    const auto part = [](point c) { return is_letter(c) || is_digit(c) || c == '-'; };
    const bool sentence_dot = in[at] == U'。';
    const bool spaced = at > 0 && in[at - 1] == ' ';
    if (at == 0 || !(spaced || part(in[at - 1]))) return false;
    std::size_t end = at + 1;
    while (end < in.size() && part(in[end])) ++end;
    const auto length = end - at - 1;
    if (length < 2 || !is_letter(in[at + 1])) return false;
    if (spaced) return in[at] != U'。' && in[at] != U'…' && is_ascii_letter(in[at + 1]);  // "evil .cn"
    if (!sentence_dot && in[at] != U'…' && in[at] != U'·' && in[at] != U'・' && in[at] != U'•') return true;
    // Marks that stand between words of a sentence: a host has letters of one kind around them.
    if (is_ascii_letter(in[at + 1]) && !is_han(in[at - 1])) return true;
    if (!sentence_dot) return false;
    return std::ranges::any_of(chinese_domains, [&](std::u32string_view name) {
        if (!starts_at(in, at + 1, name)) return false;
        const auto after = at + 1 + name.size();
        return after == in.size() || in[after] == '/' || in[after] == ' ' || in[after] == ':';
    });
}

bool has_host(const folded_text& in) {
    if (std::ranges::any_of(written_dots, [&](std::u32string_view one) { return contains_run(in, one); })) return true;
    for (std::size_t at = 0; at < in.size(); ++at)
        if (is_dot(in[at]) && host_around(in, at)) return true;
    return false;
}

/// Four groups of digits apart by dots, or a colon of IPv6 between hexadecimal groups.
bool has_ip_address(const folded_text& in) {
    for (std::size_t at = 0; at < in.size(); ++at) {
        if (!is_digit(in[at]) || (at > 0 && is_digit(in[at - 1]))) continue;
        int groups = 0;
        std::size_t i = at;
        for (;;) {
            const auto begin = i;
            while (i < in.size() && (is_digit(in[i]) || in[i] == 'x' || within(in[i], 'a', 'f'))) ++i;
            if (i == begin) break;
            ++groups;
            if (i >= in.size() || !is_dot(in[i])) break;
            ++i;
        }
        if (groups >= 4) return true;
    }
    return contains_run(in, U"::");
}

bool has_escape(const folded_text& in) {
    const auto hex = [](point c) { return is_digit(c) || within(c, 'a', 'f'); };
    for (std::size_t at = 0; at + 2 < in.size(); ++at)
        if (in[at] == '%' && hex(in[at + 1]) && hex(in[at + 2])) return true;
    return contains_run(in, U"&#") || contains_run(in, U"xn--");
}

std::size_t digits_at(const folded_text& in, std::size_t at) {
    std::size_t n = 0;
    while (at + n < in.size() && is_digit(in[at + n])) ++n;
    return n;
}

/// The length of a day ("2026-02-13", "13.2.2026", "2026年2月13日" has no joined digits) at `at`, or zero.
std::size_t day_at(const folded_text& in, std::size_t at) {
    std::size_t i = at;
    std::array<std::size_t, 3> group{};
    point mark = 0;
    for (std::size_t n = 0; n < 3; ++n) {
        group[n] = digits_at(in, i);
        if (group[n] == 0) return 0;
        i += group[n];
        if (n == 2) break;
        if (i >= in.size() || (in[i] != '-' && in[i] != '.' && in[i] != '/') || (n == 1 && in[i] != mark)) return 0;
        mark = in[i++];
    }
    const auto small = [&](std::size_t n) { return group[n] == 1 || group[n] == 2; };
    const bool year_first = group[0] == 4 && small(1) && small(2);
    const bool year_last = group[2] == 4 && small(0) && small(1);
    return year_first || year_last ? i - at : 0;
}

/// Digits of any writing as 0-9; those of Chinese only where several stand together, as in a number that is read out.
folded_text with_plain_digits(folded_text in) {
    const auto value = [](point c) -> std::optional<point> {
        if (const auto at = chinese_digits.find(c); at != std::u32string_view::npos)
            return '0' + static_cast<point>(at);
        if (const auto at = formal_digits.find(c); at != std::u32string_view::npos) return '0' + static_cast<point>(at);
        return std::nullopt;
    };
    for (std::size_t at = 0; at < in.size();) {
        std::size_t n = 0;
        while (at + n < in.size() && value(in[at + n])) ++n;
        if (n >= 4)
            for (std::size_t i = 0; i < n; ++i) in[at + i] = *value(in[at + i]);
        at += std::max<std::size_t>(n, 1);
    }
    return in;
}

bool has_long_number(const folded_text& plain) {
    const auto in = with_plain_digits(plain);
    const auto joins = [](point c) {
        return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '+' || c == '_';
    };
    for (std::size_t at = 0; at < in.size();) {
        if (!is_digit(in[at])) {
            ++at;
            continue;
        }
        std::size_t digits = 0;
        while (at < in.size()) {
            if (const auto day = day_at(in, at); day > 0) {
                at += day;
                digits = 0;  // a date is no part of a number
                break;
            }
            const auto run = digits_at(in, at);
            if (run > digit_run_max) return true;
            digits += run;
            at += run;
            if (digits > grouped_digits_max) return true;
            std::size_t gap = 0;
            while (at + gap < in.size() && gap < 3 && joins(in[at + gap])) ++gap;
            if (gap == 0 || at + gap >= in.size() || !is_digit(in[at + gap])) break;
            at += gap;
        }
    }
    return false;
}

}  // namespace

bool hides_nothing(std::string_view words) {
    const auto points = points_of(words);
    if (!points) return false;
    for (std::size_t at = 0; at < points->size(); ++at)
        if (is_hidden((*points)[at]) && !joins_letters(*points, at)) return false;
    return true;
}

bool can_be_read(std::string_view words) {
    const auto points = points_of(words);
    if (!points || std::ranges::any_of(*points, is_disguise)) return false;
    const auto is_letter = [](point c) {
        if (c < 0x80) return within(c, '0', '9') || within(c, 'a', 'z') || within(c, 'A', 'Z');
        const bool sign = within(c, 0x80, 0xBF) || within(c, 0x2000, 0x2BFF) || within(c, 0x3000, 0x303F) ||
                          c == 0x1680 || within(c, 0xFF00, 0xFF0F) || within(c, 0xFE10, 0xFE6F);
        return !sign;
    };
    return std::ranges::count_if(*points, is_letter) >= 2;
}

std::string unfit_for_message(std::string_view words) {
    const auto points = points_of(words);
    if (!points) return "is not readable text (UTF-8)";
    if (std::ranges::any_of(*points, is_disguise)) return "holds signs that hide or disguise letters; type it plainly";
    folded_text in(points->size());
    std::ranges::transform(*points, in.begin(), folded);
    if (std::ranges::find(in, U'@') != in.end()) return "holds an @; our messages name no mailbox or account";
    if (has_scheme(in) || has_www(in) || has_host(in) || has_ip_address(in) || has_escape(in))
        return "goes into messages, which never hold a link: leave out what looks like an address (a dot between "
               "letters, a scheme, an IP address)";
    if (has_long_number(in))
        return "goes into messages, which never hold a code or a number to call: leave out long numbers";
    return {};
}

base::result<void> check_message_words(std::string_view words, std::string_view what) {
    if (const auto why = unfit_for_message(words); !why.empty())
        return base::refuse(base::code::invalid, std::string(what) + " " + why + ".");
    return {};
}

bool is_mailbox(std::string_view address) {
    const auto at = address.find('@');
    if (at == std::string_view::npos || address.size() > mailbox_max) return false;
    const auto local = address.substr(0, at);
    auto host = address.substr(at + 1);
    const auto alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto atom = [&](char c) { return alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c); };
    if (local.empty() || local.size() > local_part_max || local.front() == '.' || local.back() == '.' ||
        local.find("..") != std::string_view::npos || !std::ranges::all_of(local, atom))
        return false;
    std::size_t labels = 0;
    std::string_view last;
    for (;;) {
        last = host.substr(0, host.find('.'));
        if (last.empty() || last.size() > host_label_max || last.front() == '-' || last.back() == '-' ||
            !std::ranges::all_of(last, [&](char c) { return alnum(c) || c == '-'; }))
            return false;
        ++labels;
        if (last.size() == host.size()) break;
        host.remove_prefix(last.size() + 1);
    }
    const bool number = std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
    return labels >= 2 && last.size() >= 2 && !number;
}

}  // namespace keepline::domain
