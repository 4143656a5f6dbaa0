#include "base/json.hpp"

#include <algorithm>
#include <cstdio>

namespace keepline::base {

void write_string(std::string& out, std::string_view value) {
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(value, plain_from, i - plain_from);
        plain_from = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: {
                std::array<char, 8> escaped{};
                std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
                out += escaped.data();
            }
        }
    }
    out.append(value, plain_from);
    out += '"';
}

result<boost::json::value> parse_json(std::string_view text, std::size_t max_depth) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::system::error_code failure;
    auto value = boost::json::parse(text, failure, {}, options);
    if (failure) return refuse(code::malformed, "The text is not valid JSON: " + failure.message() + ".");
    return value;
}

namespace json_detail {

namespace {

constexpr std::size_t text_max = 65'536;

}  // namespace

std::string place::text() const {
    auto out = above == nullptr ? std::string() : above->text();
    if (index) return out + "[" + std::to_string(*index) + "]";
    if (!out.empty() && !name.empty()) out += '.';
    return out += name;
}

std::unexpected<error> mistake(const place& at, std::string_view words) {
    const auto path = at.text();
    return base::refuse(code::invalid,
                        (path.empty() ? std::string("The body") : "`" + path + "`") + " " + std::string(words),
                        {{"field", path}});
}

result<instant> decode_instant(const boost::json::value& in, form how, const place& at) {
    if (how == form::journal) {
        if (!in.is_int64()) return mistake(at, "must be an instant.");
        return instant{in.get_int64()};
    }
    const auto parsed = in.is_string() ? instant_from_iso(in.get_string()) : std::nullopt;
    if (!parsed) return mistake(at, "must be an RFC 3339 date and time.");
    return *parsed;
}

result<local_day> decode_day(const boost::json::value& in, form how, const place& at) {
    if (how == form::journal) {
        if (!in.is_int64() || in.get_int64() < INT32_MIN || in.get_int64() > INT32_MAX)
            return mistake(at, "must be a day.");
        return local_day{static_cast<std::int32_t>(in.get_int64())};
    }
    const auto parsed = in.is_string() ? day_from_iso(in.get_string()) : std::nullopt;
    if (!parsed) return mistake(at, "must be a date such as 2026-11-22.");
    return *parsed;
}

bool read_text(reading& r, const boost::json::value& in, const place& at, std::string& to) {
    if (!in.is_string()) return r.refuse(at, "must be a string.");
    const auto& text = in.get_string();
    if (text.size() > text_max) return r.refuse(at, "is too long.");
    // No text of ours has a zero byte, and much that text goes to (files, mail, databases) stops reading there.
    if (r.how == form::api && text.find('\0') != boost::json::string::npos)
        return r.refuse(at, "must not hold U+0000.");
    to.assign(text.data(), text.size());
    return true;
}

bool read_members(reading& r, const boost::json::object& in, const place& at, void* object,
                  std::span<const member_to_read> members, std::string_view extra) {
    std::size_t seen = extra.empty() ? 0 : 1;
    for (const auto& member : members) {
        const place here{&at, member.name};
        const auto* found = in.if_contains(member.name);
        if (found == nullptr) {
            if (r.how == form::api && !member.may_be_missing) return r.refuse(here, "is missing.");
            continue;
        }
        ++seen;
        if (!member.read(r, *found, here, object)) return false;
    }
    if (r.how == form::journal || seen == in.size()) return true;
    for (const auto& [key, unused] : in)
        if (key != extra && std::ranges::find(members, std::string_view(key), &member_to_read::name) == members.end())
            return r.refuse(place{&at, key}, "is not a known field.");
    return true;
}

bool read_alternative(reading& r, const boost::json::value& in, const place& at, void* variant,
                      std::span<const alternative_to_read> known) {
    const auto* object = in.if_object();
    const auto* type = object == nullptr ? nullptr : object->if_contains("type");
    if (type == nullptr || !type->is_string()) return r.refuse(at, "must be an object with a `type`.");
    const std::string_view wanted = type->get_string();
    const auto found = std::ranges::find(known, wanted, &alternative_to_read::name);
    if (found == known.end()) return r.refuse(at, "has an unknown `type`.");
    return found->read(r, *object, at, variant);
}

void writing::name(std::string_view name) {
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += "\":";
}

}  // namespace json_detail

}  // namespace keepline::base
