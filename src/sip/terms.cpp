#include "sip/terms.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <map>
#include <tuple>

namespace keepline::sip {

namespace {

constexpr std::size_t description_most = 16 * 1024;
constexpr std::size_t streams_most = 16;
constexpr std::size_t formats_most = 64;
constexpr int payload_types = 128;
constexpr int offered_event_type = 101;

bool is_word(std::string_view text) {  // what stands between blanks, and may be said again in an answer
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> out;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (end > 0) out.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return out;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
    Number out{};
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

/// "IN IP4 192.0.2.7", with or without the "/127" of a multicast address.
std::optional<std::string> address_in(std::string_view connection) {
    const auto words = words_of(connection);
    constexpr std::size_t parts = 3;
    if (words.size() != parts || words[0] != "IN") return std::nullopt;
    const std::string out(words[2]);
    in6_addr into{};
    const bool good = words[1] == "IP4" ? ::inet_pton(AF_INET, out.c_str(), &into) == 1
                                        : words[1] == "IP6" && ::inet_pton(AF_INET6, out.c_str(), &into) == 1;
    if (!good) return std::nullopt;
    return out;
}

std::optional<media_line> media_line_in(std::string_view value) {
    const auto words = words_of(value);
    constexpr std::size_t formats_at = 3;
    if (words.size() <= formats_at || words.size() > formats_at + formats_most) return std::nullopt;
    if (!std::ranges::all_of(words, is_word)) return std::nullopt;
    const auto port = whole_number<std::uint16_t>(words[1].substr(0, words[1].find('/')));
    if (!port) return std::nullopt;
    media_line out{std::string(words[0]), *port, std::string(words[2]), {}};
    out.formats.assign(words.begin() + formats_at, words.end());
    return out;
}

/// What is said of a whole session, and then again of a stream.
struct said_of {
    std::optional<std::string> address;
    std::optional<std::pair<bool, bool>> direction;  // sends, hears
    std::map<int, std::string> names;                // "a=rtpmap:96 telephone-event/8000"
};

void take_attribute(std::string_view value, said_of& into) {
    if (value == "sendrecv") into.direction = {true, true};
    if (value == "sendonly") into.direction = {true, false};
    if (value == "recvonly") into.direction = {false, true};
    if (value == "inactive") into.direction = {false, false};
    constexpr std::string_view map = "rtpmap:";
    if (!value.starts_with(map)) return;
    const auto words = words_of(value.substr(map.size()));
    if (words.size() < 2) return;
    const auto type = whole_number<int>(words[0]);
    if (type && *type >= 0 && *type < payload_types) into.names.emplace(*type, words[1]);
}

void take_formats(const media_line& line, const said_of& of, sound_side& into) {
    for (const auto& format : line.formats) {
        const auto type = whole_number<int>(format);
        if (!type || *type < 0 || *type >= payload_types) continue;
        const auto named = of.names.find(*type);
        std::string_view name = named == of.names.end() ? std::string_view() : named->second;
        if (named == of.names.end() && *type == 0) name = "PCMU/8000";  // RFC 3551
        if (named == of.names.end() && *type == 8) name = "PCMA/8000";
        if (name.ends_with("/1")) name.remove_suffix(2);  // one channel
        if (same_name(name, "PCMA/8000")) into.laws.emplace_back(*type, law::a);
        if (same_name(name, "PCMU/8000")) into.laws.emplace_back(*type, law::u);
        if (same_name(name, "telephone-event/8000") && into.event_type < 0) into.event_type = *type;
    }
}

std::string_view next_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    auto out = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (out.ends_with('\r')) out.remove_suffix(1);
    return out;
}

bool is_sound(const media_line& line) {
    return line.kind == "audio" && (line.protocol == "RTP/AVP" || line.protocol == "RTP/AVPF");
}

std::string head_of(const our_place& at) {
    const std::string place = (at.address.find(':') != std::string::npos ? "IN IP6 " : "IN IP4 ") + at.address;
    return "v=0\r\no=keepline " + std::to_string(at.session) + " " + std::to_string(at.version) + " " + place +
           "\r\ns=-\r\nc=" + place + "\r\nt=0 0\r\n";
}

std::string map_of(int type, std::string_view name) {
    return "a=rtpmap:" + std::to_string(type) + " " + std::string(name) + "/8000\r\n";
}

std::string events_of(int type) {
    return map_of(type, "telephone-event") + "a=fmtp:" + std::to_string(type) + " 0-15\r\n";
}

}  // namespace

std::optional<sound_side> sound_side_in(std::string_view description) {
    if (description.size() > description_most || !description.starts_with("v=0")) return std::nullopt;
    sound_side out;
    said_of session;
    std::vector<said_of> streams;
    while (!description.empty()) {
        const auto line = next_line(description);
        if (line.empty()) continue;
        if (line.size() < 2 || line[1] != '=') return std::nullopt;
        const auto value = line.substr(2);
        auto& of = streams.empty() ? session : streams.back();
        if (line[0] == 'c') of.address = address_in(value).value_or(std::string());
        if (line[0] == 'a') take_attribute(value, of);
        if (line[0] != 'm') continue;
        auto media = media_line_in(value);
        if (!media || out.lines.size() == streams_most) return std::nullopt;
        out.lines.push_back(std::move(*media));
        streams.emplace_back();
    }
    const auto found = std::ranges::find_if(out.lines, is_sound);
    if (found == out.lines.end()) return std::nullopt;
    out.audio = static_cast<std::size_t>(found - out.lines.begin());
    const auto& of = streams[out.audio];
    out.address = of.address.value_or(session.address.value_or(std::string()));
    if (out.address.empty()) return std::nullopt;
    out.port = found->port;
    std::tie(out.sends, out.hears) = of.direction.value_or(session.direction.value_or(std::pair(true, true)));
    if (out.address == "0.0.0.0" || out.address == "::") out.hears = false;  // a hold of before RFC 3264
    take_formats(*found, of, out);
    return out;
}

std::optional<sound_terms> agreed(const sound_side& theirs, offered_by whom) {
    if (theirs.port == 0 || theirs.laws.empty()) return std::nullopt;
    const auto [type, with] = theirs.laws.front();
    sound_terms out{theirs.address, theirs.port, theirs.hears, with, type, theirs.laws, {}};
    if (whom == offered_by::us) out.laws = {{8, law::a}, {0, law::u}};
    if (theirs.event_type >= 0) out.event_types.push_back(theirs.event_type);
    if (theirs.event_type >= 0 && whom == offered_by::us && theirs.event_type != offered_event_type)
        out.event_types.push_back(offered_event_type);
    return out;
}

std::string sound_offer(const our_place& at) {
    return head_of(at) + "m=audio " + std::to_string(at.port) + " RTP/AVP 8 0 " + std::to_string(offered_event_type) +
           "\r\n" + map_of(8, "PCMA") + map_of(0, "PCMU") + events_of(offered_event_type) +
           "a=ptime:20\r\na=sendrecv\r\n";
}

std::string sound_answer(const sound_side& theirs, const our_place& at) {
    auto out = head_of(at);
    for (std::size_t i = 0; i < theirs.lines.size(); ++i) {
        const auto& line = theirs.lines[i];
        if (i != theirs.audio) {
            out += "m=" + line.kind + " 0 " + line.protocol;
            for (const auto& format : line.formats) out += " " + format;
            out += "\r\n";
            continue;
        }
        std::string maps;
        out += "m=audio " + std::to_string(at.port) + " " + line.protocol;
        for (const auto& [type, with] : theirs.laws) {
            out += " " + std::to_string(type);
            maps += map_of(type, with == law::a ? "PCMA" : "PCMU");
        }
        if (theirs.event_type >= 0) {
            out += " " + std::to_string(theirs.event_type);
            maps += events_of(theirs.event_type);
        }
        const std::string_view direction =
            theirs.sends ? (theirs.hears ? "sendrecv" : "recvonly") : (theirs.hears ? "sendonly" : "inactive");
        out += "\r\n" + maps + "a=ptime:20\r\na=" + std::string(direction) + "\r\n";
    }
    return out;
}

}  // namespace keepline::sip
