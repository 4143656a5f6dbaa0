#include "phone/activation_code.hpp"

#include <algorithm>
#include <vector>

namespace keepline::phone {

namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

void add_arc(base::bytes& out, std::uint64_t arc) {
    base::bytes reversed{static_cast<std::uint8_t>(arc & 0x7F)};
    while ((arc >>= 7) != 0) reversed.push_back(static_cast<std::uint8_t>(0x80 | (arc & 0x7F)));
    out.insert(out.end(), reversed.rbegin(), reversed.rend());
}

}  // namespace

base::result<activation_code> parse_activation_code(std::string_view text) {
    const auto wrong = [](const char* words) { return base::refuse(base::code::invalid, words); };
    if (text.starts_with("LPA:")) text.remove_prefix(4);
    const auto parts = split(text, '$');
    if (parts[0] != "1" || parts.size() < 3 || parts.size() > 5)
        return wrong("An activation code looks like LPA:1$server$matching-id.");
    activation_code out{parts[1], parts[2], parts.size() > 3 ? parts[3] : "", false};
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    const auto named = [&](char c) { return fits(c) || c == '.' || c == ':'; };  // a port is no part of the standard
    if (out.address.empty() || out.address.size() > 255 || !std::ranges::all_of(out.address, named))
        return wrong("The activation code names no server.");
    if (!std::ranges::all_of(out.matching_id, fits))
        return wrong("A matching id has letters, digits, hyphens and underscores only.");
    if (!out.oid.empty() && oid_bytes(out.oid).empty()) return wrong("The OID of the activation code cannot be read.");
    if (parts.size() == 5 && !parts[4].empty()) {
        if (parts[4] != "1") return wrong("The last part of an activation code is 1 or nothing.");
        out.needs_confirmation = true;
    }
    return out;
}

base::bytes oid_bytes(std::string_view dotted) {
    std::vector<std::uint64_t> arcs;
    for (const auto& part : split(dotted, '.')) {
        const bool digits = std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
        if (part.empty() || part.size() > 18 || !digits) return {};
        arcs.push_back(std::stoull(part));
    }
    if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39)) return {};
    base::bytes out;
    add_arc(out, arcs[0] * 40 + arcs[1]);
    for (std::size_t i = 2; i < arcs.size(); ++i) add_arc(out, arcs[i]);
    return out;
}

std::string oid_text(base::byte_view value) {
    std::string out;
    std::uint64_t arc = 0;
    for (const auto byte : value) {
        arc = arc << 7 | (byte & 0x7F);
        if ((byte & 0x80) != 0) continue;
        if (out.empty()) {
            const auto first = std::min<std::uint64_t>(arc / 40, 2);
            out = std::to_string(first) + "." + std::to_string(arc - first * 40);
        } else {
            out += "." + std::to_string(arc);
        }
        arc = 0;
    }
    return out;
}

}  // namespace keepline::phone
