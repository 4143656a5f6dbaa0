#include "link/mail_text.hpp"

#include "base/digest.hpp"
#include "link/correlation_header.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace keepline::link {

namespace {

constexpr std::size_t base64_line = 76;  // RFC 2045 §6.8

std::string folded_base64(std::string_view data) {
    const auto all = base::base64(base::view(data));
    std::string out;
    out.reserve(all.size() + all.size() / base64_line * 2 + 2);
    for (std::size_t at = 0; at < all.size(); at += base64_line) {
        out.append(all, at, base64_line);
        out += "\r\n";
    }
    return out;
}

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// RFC 2047: words of at most 75 characters, cut between characters, one per line. Short plain text stays as it is.
std::string encoded_words(std::string_view text) {
    constexpr std::size_t plain_limit = 66;
    constexpr std::size_t octets_per_word = 42;  // 56 characters of base64 and 12 of frame
    if (is_plain_ascii(text) && text.size() <= plain_limit && !text.contains("=?")) return std::string(text);
    std::string out;
    while (!text.empty()) {
        auto end = std::min(octets_per_word, text.size());
        while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
        if (end == 0) end = std::min(octets_per_word, text.size());  // not UTF-8: cut anywhere
        if (!out.empty()) out += "\r\n ";
        out += "=?UTF-8?B?" + base::base64(base::view(text.substr(0, end))) + "?=";
        text.remove_prefix(end);
    }
    return out;
}

/// RFC 5322 §3.3, always in UTC.
std::string date_text(base::instant at) {
    constexpr std::array<const char*, 7> day_names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{at.ms}};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    const auto weekday = std::chrono::weekday(day).iso_encoding();
    std::array<char, 48> out{};
    std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000", day_names[weekday - 1],
                  static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
                  static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return out.data();
}

void add_part(std::string& out, const std::string& boundary, std::string_view type, std::string_view body) {
    out += "--" + boundary + "\r\nContent-Type: ";
    out += type;
    out += "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    out += folded_base64(body);
}

}  // namespace

std::string message_id(const mail_sender& from, std::string_view key) {
    const auto at = from.address.find('@');
    return std::string(key) + "@" + (at == std::string::npos ? "keepline.invalid" : from.address.substr(at + 1));
}

std::string mail_bytes(const mail_sender& from, const mail_message& what) {
    // From the key, so that a repeat is the same bytes; no body line can be it, because base64 has no "-".
    const auto boundary = "-" + base::hex(base::sha256(base::view(what.key))).substr(0, 32);
    std::string out;
    out.reserve(1024 + (what.text.size() + what.html.size()) * 3 / 2);
    out += "Message-ID: <" + message_id(from, what.key) + ">\r\n";
    out += "Date: " + date_text(what.caused_at) + "\r\n";
    out += "From: " + encoded_words(from.name) + "\r\n <" + from.address + ">\r\n";
    out += "To: <" + what.to + ">\r\n";
    out += "Subject: " + encoded_words(what.subject) + "\r\n";
    // RFC 3834 §5: no vacation notice answers, no loop.
    out += "Auto-Submitted: auto-generated\r\n";
    out += "Content-Language: " + what.language + "\r\n";
    if (const auto header = correlation_header(what.correlation); !header.empty()) out += header + "\r\n";
    out += "MIME-Version: 1.0\r\n";
    out += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n";
    add_part(out, boundary, "text/plain", what.text);
    add_part(out, boundary, "text/html", what.html);
    out += "--" + boundary + "--\r\n";
    return out;
}

}  // namespace keepline::link
