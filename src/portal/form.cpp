#include "portal/form.hpp"

#include "base/utf8.hpp"
#include "http/percent.hpp"

#include <algorithm>
#include <optional>

namespace keepline::portal {

namespace {

using base::code;
using base::refuse;

std::optional<std::string> decoded(std::string_view in) {
    auto out = http::percent_decoded(in);
    if (!out) return std::nullopt;
    const bool typed = std::ranges::none_of(*out, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
    });
    if (!typed || !base::is_utf8(*out)) return std::nullopt;
    return out;
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
        if (!name || !value || out.fields_.size() == fields_max)
            return refuse(code::malformed, "The form is not encoded as forms are.");
        out.fields_.push_back({std::move(*name), std::move(*value)});
    }
    return out;
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

std::string cookie_named(std::string_view header, std::string_view name) {
    std::optional<std::string> found;
    while (!header.empty()) {
        auto one = header.substr(0, header.find_first_of(";,"));
        header.remove_prefix(std::min(one.size() + 1, header.size()));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one.size() <= name.size() || one[name.size()] != '=' || !one.starts_with(name)) continue;
        if (found) return {};
        found = std::string(one.substr(name.size() + 1));
    }
    return found.value_or(std::string());
}

}  // namespace keepline::portal
