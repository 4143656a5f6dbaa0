// JSON for described structs (BOOST_DESCRIBE_STRUCT), both ways, without a DOM on the way out.
// Two forms share one description: `form::journal` is compact (instants as milliseconds, members equal to their
// default left out, unknown members ignored when read back); `form::api` is for people and partners (RFC 3339 instants,
// every member written that has a value, unknown or missing members refused with their path).
// A struct may name members that people are not shown while they are empty: `left_out_when_empty`.
// A std::variant is written as its alternative's members plus "type": the alternative's `static constexpr name`.
#pragma once

#include "base/bytes.hpp"
#include "base/enum_text.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/one_of.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

namespace keepline::base {

BOOST_DESCRIBE_STRUCT(money, (), (minor, currency))
BOOST_DESCRIBE_STRUCT(detail, (), (name, value))

enum class form { journal, api };

/// Already-encoded JSON that is carried through as it is.
struct raw_json {
    std::string text = "null";
    bool operator==(const raw_json&) const = default;
};

/// Appends a JSON string literal (RFC 8259 escapes).
void write_string(std::string& out, std::string_view value);

/// Parses hostile text: at most `max_depth` levels, no trailing bytes, valid UTF-8. code::malformed on failure.
result<boost::json::value> parse_json(std::string_view text, std::size_t max_depth = 16);

template <typename T>
void encode(std::string& out, const T& value, form how);
template <typename T>
result<T> decode(const boost::json::value& in, form how, std::string_view path = "");

template <typename T>
std::string to_json(const T& value, form how = form::journal) {
    std::string out;
    encode(out, value, how);
    return out;
}

template <typename T>
result<T> from_json(std::string_view text, form how = form::journal) {
    TRY(parsed, parse_json(text));
    return decode<T>(parsed, how);
}

namespace json_detail {

template <typename T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <typename T>
concept described = boost::describe::has_describe_members<T>::value && std::is_class_v<T>;
template <typename T>
concept described_enum = boost::describe::has_describe_enumerators<T>::value;

template <typename T>
struct is_vector : std::false_type {};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type {};
template <typename T>
struct is_optional : std::false_type {};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};
template <typename T>
struct is_id : std::false_type {};
template <typename K>
struct is_id<id<K>> : std::true_type {};
template <typename T>
struct is_map : std::false_type {};
template <typename T>
struct is_map<std::map<std::string, T>> : std::true_type {};
template <typename T>
struct is_byte_array : std::false_type {};
template <std::size_t N>
struct is_byte_array<std::array<std::uint8_t, N>> : std::true_type {};

template <typename T>
const T& default_of() {
    static const T value{};
    return value;
}

inline std::unexpected<error> mistake(std::string_view path, std::string_view words) {
    return refuse(code::invalid,
                  (path.empty() ? std::string("The body") : "`" + std::string(path) + "`") + " " + std::string(words),
                  {{"field", std::string(path)}});
}

inline result<instant> decode_instant(const boost::json::value& in, form how, std::string_view path) {
    if (how == form::journal) {
        if (!in.is_int64()) return mistake(path, "must be an instant.");
        return instant{in.get_int64()};
    }
    const auto parsed = in.is_string() ? instant_from_iso(in.get_string()) : std::nullopt;
    if (!parsed) return mistake(path, "must be an RFC 3339 date and time.");
    return *parsed;
}

inline result<local_day> decode_day(const boost::json::value& in, form how, std::string_view path) {
    if (how == form::journal) {
        if (!in.is_int64() || in.get_int64() < INT32_MIN || in.get_int64() > INT32_MAX)
            return mistake(path, "must be a day.");
        return local_day{static_cast<std::int32_t>(in.get_int64())};
    }
    const auto parsed = in.is_string() ? day_from_iso(in.get_string()) : std::nullopt;
    if (!parsed) return mistake(path, "must be a date such as 2026-11-22.");
    return *parsed;
}

template <typename T>
void encode_members(std::string& out, const T& value, form how, bool& first) {
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        using field_type = std::remove_cvref_t<decltype(value.*member.pointer)>;
        if (how == form::journal && value.*member.pointer == default_of<T>().*member.pointer) return;
        if constexpr (is_optional<field_type>::value)
            if (how == form::api && !(value.*member.pointer)) return;
        if constexpr (requires { T::left_out_when_empty; })
            if (how == form::api && value.*member.pointer == default_of<T>().*member.pointer &&
                T::left_out_when_empty.find(member.name) != std::string_view::npos)
                return;
        if constexpr (std::is_same_v<field_type, instant> || std::is_same_v<field_type, local_day>)
            if (how == form::api && value.*member.pointer == field_type{})
                return;  // never set: people are not shown 1970
        if (!first) out += ',';
        first = false;
        out += '"';
        out += member.name;
        out += "\":";
        encode(out, value.*member.pointer, how);
    });
}

template <typename T>
result<T> decode_members(const boost::json::object& in, form how, std::string_view path, std::string_view extra = "") {
    T out{};
    std::optional<error> failure;
    std::size_t seen = 0;
    const std::string prefix = path.empty() ? std::string() : std::string(path) + ".";
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        if (failure) return;
        using field_type = std::remove_cvref_t<decltype(out.*member.pointer)>;
        const auto* found = in.if_contains(member.name);
        if (found == nullptr) {
            constexpr bool may_be_missing = is_optional<field_type>::value || is_vector<field_type>::value ||
                                            is_map<field_type>::value || std::is_same_v<field_type, bool>;
            if (how == form::api && !may_be_missing) failure = mistake(prefix + member.name, "is missing.").error();
            return;
        }
        ++seen;
        auto decoded = decode<field_type>(*found, how, prefix + member.name);
        if (decoded)
            out.*member.pointer = std::move(*decoded);
        else
            failure = std::move(decoded).error();
    });
    if (failure) return std::unexpected(std::move(*failure));
    if (how == form::api && seen + (extra.empty() ? 0 : 1) != in.size()) {
        for (const auto& [key, unused] : in) {
            bool known = key == extra;
            boost::mp11::mp_for_each<members_of<T>>([&](auto member) { known = known || key == member.name; });
            if (!known) return mistake(prefix + std::string(key), "is not a known field.");
        }
    }
    return out;
}

template <typename Variant>
result<Variant> decode_variant(const boost::json::value& in, form how, std::string_view path) {
    const auto* object = in.if_object();
    const auto* type = object == nullptr ? nullptr : object->if_contains("type");
    if (type == nullptr || !type->is_string()) return mistake(path, "must be an object with a `type`.");
    const std::string_view wanted = type->get_string();
    std::optional<result<Variant>> found;
    for_each_alternative<Variant>([&](auto alternative) {
        using chosen = typename decltype(alternative)::type;
        if (found || chosen::name != wanted) return;
        auto decoded = decode_members<chosen>(*object, how, path, "type");
        if (decoded)
            found = Variant(std::move(*decoded));
        else
            found = std::unexpected(std::move(decoded).error());
    });
    if (!found) return mistake(path, "has an unknown `type`.");
    return std::move(*found);
}

}  // namespace json_detail

template <typename T>
void encode(std::string& out, const T& value, form how) {
    using namespace json_detail;
    if constexpr (std::is_same_v<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (described_enum<T>) {
        const char* name = boost::describe::enum_to_string(value, "");
        write_string(out, name);
    } else if constexpr (std::is_integral_v<T>) {
        out += std::to_string(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
        write_string(out, value);
    } else if constexpr (std::is_same_v<T, raw_json>) {
        out += value.text;
    } else if constexpr (std::is_same_v<T, instant>) {
        if (how == form::journal)
            out += std::to_string(value.ms);
        else
            write_string(out, iso(value));
    } else if constexpr (std::is_same_v<T, local_day>) {
        if (how == form::journal)
            out += std::to_string(value.days);
        else
            write_string(out, iso(value));
    } else if constexpr (is_id<T>::value) {
        write_string(out, value.text());
    } else if constexpr (is_byte_array<T>::value) {
        write_string(out, hex(value));
    } else if constexpr (is_optional<T>::value) {
        if (value)
            encode(out, *value, how);
        else
            out += "null";
    } else if constexpr (is_vector<T>::value) {
        out += '[';
        bool first = true;
        for (const auto& item : value) {
            if (!first) out += ',';
            first = false;
            encode(out, item, how);
        }
        out += ']';
    } else if constexpr (is_map<T>::value) {
        out += '{';
        bool first = true;
        for (const auto& [key, item] : value) {
            if (!first) out += ',';
            first = false;
            write_string(out, key);
            out += ':';
            encode(out, item, how);
        }
        out += '}';
    } else if constexpr (is_variant<T>) {
        std::visit(
            [&](const auto& alternative) {
                out += R"({"type":)";
                write_string(out, std::remove_cvref_t<decltype(alternative)>::name);
                bool first = false;
                encode_members(out, alternative, how, first);
                out += '}';
            },
            value);
    } else {
        static_assert(described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        out += '{';
        bool first = true;
        encode_members(out, value, how, first);
        out += '}';
    }
}

template <typename T>
result<T> decode(const boost::json::value& in, form how, std::string_view path) {
    using namespace json_detail;
    if constexpr (std::is_same_v<T, bool>) {
        if (!in.is_bool()) return mistake(path, "must be true or false.");
        return in.get_bool();
    } else if constexpr (described_enum<T>) {
        const auto value = in.is_string() ? enum_named<T>(in.get_string()) : std::nullopt;
        if (!value) {
            std::string known;
            boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
                [&](auto one) { known += (known.empty() ? "" : ", ") + std::string(one.name); });
            return mistake(path, "must be one of: " + known + ".");
        }
        return *value;
    } else if constexpr (std::is_integral_v<T>) {
        boost::system::error_code failure;
        const T value = in.is_number() && !in.is_double() ? in.to_number<T>(failure) : T{};
        if (failure || !in.is_number() || in.is_double()) return mistake(path, "must be a whole number in range.");
        return value;
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!in.is_string()) return mistake(path, "must be a string.");
        if (in.get_string().size() > 65'536) return mistake(path, "is too long.");
        // No text of ours has a zero byte, and much that text goes to (files, mail, databases) stops reading there.
        if (how == form::api && in.get_string().find('\0') != boost::json::string::npos)
            return mistake(path, "must not hold U+0000.");
        return std::string(in.get_string());
    } else if constexpr (std::is_same_v<T, raw_json>) {
        return raw_json{boost::json::serialize(in)};
    } else if constexpr (std::is_same_v<T, instant>) {
        return decode_instant(in, how, path);
    } else if constexpr (std::is_same_v<T, local_day>) {
        return decode_day(in, how, path);
    } else if constexpr (is_id<T>::value) {
        if (!in.is_string()) return mistake(path, "must be a string.");
        if (how == form::journal) return T::trusted(std::string(in.get_string()));
        auto parsed = T::parse(in.get_string());
        if (!parsed) return mistake(path, "is wrong. " + parsed.error().words);
        return std::move(*parsed);
    } else if constexpr (is_byte_array<T>::value) {
        const auto parsed = in.is_string() ? from_hex(in.get_string()) : std::nullopt;
        T value{};
        if (!parsed || parsed->size() != value.size()) return mistake(path, "must be hexadecimal of the right length.");
        std::copy(parsed->begin(), parsed->end(), value.begin());
        return value;
    } else if constexpr (is_optional<T>::value) {
        if (in.is_null()) return T{};
        TRY(value, (decode<typename T::value_type>(in, how, path)));
        return T{std::move(value)};
    } else if constexpr (is_vector<T>::value) {
        if (!in.is_array()) return mistake(path, "must be a list.");
        T out;
        out.reserve(in.get_array().size());
        for (std::size_t i = 0; i < in.get_array().size(); ++i) {
            TRY(item, (decode<typename T::value_type>(in.get_array()[i], how,
                                                      std::string(path) + "[" + std::to_string(i) + "]")));
            out.push_back(std::move(item));
        }
        return out;
    } else if constexpr (is_map<T>::value) {
        if (!in.is_object()) return mistake(path, "must be an object.");
        T out;
        for (const auto& [key, item] : in.get_object()) {
            if (how == form::api && key.find('\0') != boost::core::string_view::npos)
                return mistake(path, "must not hold U+0000.");
            TRY(value, (decode<typename T::mapped_type>(item, how, std::string(path) + "." + std::string(key))));
            out.emplace(std::string(key), std::move(value));
        }
        return out;
    } else if constexpr (is_variant<T>) {
        return decode_variant<T>(in, how, path);
    } else {
        static_assert(described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        if (!in.is_object()) return mistake(path, "must be an object.");
        return decode_members<T>(in.get_object(), how, path);
    }
}

}  // namespace keepline::base
