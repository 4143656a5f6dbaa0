#include "portal/calendar_file.hpp"

#include "base/utf8.hpp"

namespace keepline::portal {

namespace {
namespace calendars {

constexpr std::size_t line_octets = 75;  // §3.1, without its end

/// One content line, folded.
void add_line(std::string& out, std::string_view line) {
    bool first = true;
    while (true) {
        const auto piece = base::first_bytes(line, first ? line_octets : line_octets - 1);
        if (!first) out += ' ';
        out.append(piece).append("\r\n");
        line.remove_prefix(piece.size());
        first = false;
        if (line.empty() || piece.empty()) return;
    }
}

/// TEXT of §3.3.11.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == ';' || c == ',') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (static_cast<unsigned char>(c) >= 0x20)
            out += c;
    }
    return out;
}

/// "20261231T160000Z"
std::string utc(base::instant at) {
    std::string out;
    for (const char c : base::iso(at).substr(0, std::string_view("2026-12-31T16:00:00").size()))
        if (c != '-' && c != ':') out += c;
    return out + "Z";
}

}  // namespace calendars
}  // namespace

std::string calendar_file(std::string_view name, const std::vector<calendar_entry>& all, base::instant made) {
    using namespace calendars;  // NOLINT(google-build-using-namespace): of this file
    std::string out;
    for (const auto* line : {"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Keepline//portal//EN", "METHOD:PUBLISH"})
        add_line(out, line);
    add_line(out, "X-WR-CALNAME:" + escaped(name));
    for (const auto& one : all) {
        add_line(out, "BEGIN:VEVENT");
        add_line(out, "UID:" + escaped(one.id));
        add_line(out, "DTSTAMP:" + utc(made));
        add_line(out, "DTSTART:" + utc(one.at));
        add_line(out, "SUMMARY:" + escaped(one.title));
        if (!one.words.empty()) add_line(out, "DESCRIPTION:" + escaped(one.words));
        add_line(out, "TRANSP:TRANSPARENT");
        add_line(out, "END:VEVENT");
    }
    add_line(out, "END:VCALENDAR");
    return out;
}

}  // namespace keepline::portal
