#include "portal/form.hpp"

#include "base/utf8.hpp"
#include "http/percent.hpp"

#include <algorithm>
#include <optional>

namespace keepline::portal {

namespace {

using base::code;
using base::refuse;

bool is_typed(std::string_view text) {
    return base::is_utf8(text) && std::ranges::none_of(text, [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
           });
}

std::optional<std::string> decoded(std::string_view in) {
    auto out = http::percent_decoded(in);
    if (!out || !is_typed(*out)) return std::nullopt;
    return out;
}

std::unexpected<base::error> not_encoded() { return refuse(code::malformed, "The form is not encoded as forms are."); }

/// RFC 2046 §5.1.1; empty: it names none.
std::string_view boundary_of(std::string_view content_type) {
    constexpr std::string_view name = "boundary=";
    constexpr std::size_t longest = 70;
    const auto at = content_type.find(name);
    if (at == std::string_view::npos) return {};
    auto out = content_type.substr(at + name.size());
    const bool quoted = out.starts_with('"');
    if (quoted) out.remove_prefix(1);
    out = out.substr(0, out.find_first_of(quoted ? "\"" : "; \t"));
    return out.size() <= longest ? out : std::string_view();
}

/// `name="…"` of a Content-Disposition; browsers write a quote in it as %22.
std::optional<std::string_view> parameter(std::string_view head, std::string_view name) {
    const auto begin = "; " + std::string(name) + "=\"";
    const auto at = head.find(begin);
    if (at == std::string_view::npos) return std::nullopt;
    const auto rest = head.substr(at + begin.size());
    const auto end = rest.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
}

}  // namespace

base::result<form> form::parse(std::string_view encoded) {
    form out;
    while (!encoded.empty()) {
        const auto pair = encoded.substr(0, encoded.find('&'));
        encoded.remove_prefix(std::min(pair.size() + 1, encoded.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals));
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value || out.fields_.size() == fields_max) return not_encoded();
        out.fields_.push_back({std::move(*name), std::move(*value)});
    }
    return out;
}

base::result<void> form::add_part(std::string_view head, std::string_view content) {
    const auto name = parameter(head, "name");
    if (!name || !is_typed(*name) || fields_.size() + files_.size() == fields_max) return not_encoded();
    if (parameter(head, "filename")) {
        files_.push_back({std::string(*name), std::string(content)});
        return {};
    }
    if (!is_typed(content)) return not_encoded();
    fields_.push_back({std::string(*name), std::string(content)});
    return {};
}

base::result<form> form::parse_parts(std::string_view content_type, std::string_view body) {
    const auto boundary = boundary_of(content_type);
    if (boundary.empty()) return not_encoded();
    const auto line = "--" + std::string(boundary);
    const auto end_of_part = "\r\n" + line;
    if (!body.starts_with(line)) return not_encoded();
    body.remove_prefix(line.size());
    form out;
    while (!body.starts_with("--")) {
        if (!body.starts_with("\r\n")) return not_encoded();
        const auto head = body.substr(0, body.find("\r\n\r\n"));
        if (head.size() == body.size()) return not_encoded();
        body.remove_prefix(head.size() + 4);
        const auto content = body.substr(0, body.find(end_of_part));
        if (content.size() == body.size()) return not_encoded();
        CHECK(out.add_part(head, content));
        body.remove_prefix(content.size() + end_of_part.size());
    }
    return out;
}

std::string_view form::file(std::string_view name) const {
    const auto found = std::ranges::find(files_, name, &field::name);
    return found == files_.end() ? std::string_view() : std::string_view(found->value);
}

std::string_view form::value(std::string_view name) const {
    const auto found = std::ranges::find(fields_, name, &field::name);
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

std::vector<std::string> form::all(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& one : fields_)
        if (one.name == name && !one.value.empty()) out.push_back(one.value);
    return out;
}

std::string form_encoded(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            (out += '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return out;
}

}  // namespace keepline::portal
