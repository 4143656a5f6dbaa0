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

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
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

// What is the same for every struct is compiled once (json.cpp): a struct is a table of its members, each with one
// small function that knows its type.

/// Where in the text a value stands; written out only when something is wrong there.
struct place {
    const place* above = nullptr;
    std::string_view name;
    std::optional<std::size_t> index = std::nullopt;

    std::string text() const;
};
std::unexpected<error> mistake(const place& at, std::string_view words);
result<instant> decode_instant(const boost::json::value& in, form how, const place& at);
result<local_day> decode_day(const boost::json::value& in, form how, const place& at);

struct reading {
    form how = form::journal;
    std::optional<error> failure{};

    /// False, with the mistake noted.
    bool refuse(const place& at, std::string_view words) {
        failure = mistake(at, words).error();
        return false;
    }
    template <typename T>
    bool take(result<T>&& got, T& to) {
        if (got)
            to = std::move(*got);
        else
            failure = std::move(got).error();
        return got.has_value();
    }
};

struct member_to_read {
    std::string_view name;
    bool may_be_missing = false;  // from what people send; a journal may leave out anything
    bool (*read)(reading& r, const boost::json::value& in, const place& at, void* object) = nullptr;
};
/// `extra`: a member that is no part of the struct ("type" of a variant).
bool read_members(reading& r, const boost::json::object& in, const place& at, void* object,
                  std::span<const member_to_read> members, std::string_view extra);

struct alternative_to_read {
    std::string_view name;
    bool (*read)(reading& r, const boost::json::object& in, const place& at, void* variant) = nullptr;
};
bool read_alternative(reading& r, const boost::json::value& in, const place& at, void* variant,
                      std::span<const alternative_to_read> known);

bool read_text(reading& r, const boost::json::value& in, const place& at, std::string& to);

template <typename T>
bool read(reading& r, const boost::json::value& in, const place& at, T& to);

template <typename T, typename Member>
bool read_member(reading& r, const boost::json::value& in, const place& at, void* object) {
    return read(r, in, at, static_cast<T*>(object)->*Member::pointer);
}
template <typename T, typename Member>
constexpr member_to_read member_row() {
    using field = std::remove_cvref_t<decltype(std::declval<T&>().*Member::pointer)>;
    constexpr bool may_be_missing =
        is_optional<field>::value || is_vector<field>::value || is_map<field>::value || std::is_same_v<field, bool>;
    return {Member::name, may_be_missing, &read_member<T, Member>};
}
template <typename T, typename List = members_of<T>>
struct reading_table;
template <typename T, template <typename...> typename List, typename... Members>
struct reading_table<T, List<Members...>> {
    static constexpr std::array<member_to_read, sizeof...(Members)> rows{member_row<T, Members>()...};
};

template <typename Variant, typename Chosen>
bool read_chosen(reading& r, const boost::json::object& in, const place& at, void* variant) {
    auto& to = static_cast<Variant*>(variant)->template emplace<Chosen>();
    return read_members(r, in, at, &to, reading_table<Chosen>::rows, "type");
}
template <typename Variant, typename... Chosen>
constexpr auto alternatives_of(const std::variant<Chosen...>*) {
    return std::array<alternative_to_read, sizeof...(Chosen)>{
        alternative_to_read{Chosen::name, &read_chosen<Variant, Chosen>}...};
}

/// A member that equals its default is not in a journal; people are not shown what has no value.
struct writing {
    std::string& out;
    form how;
    bool first = true;
    std::string_view hidden{};  // members that people are not shown while they are empty

    bool hides(std::string_view name) const {
        return how == form::journal || (!hidden.empty() && hidden.find(name) != std::string_view::npos);
    }
    /// The name of a member that is written.
    void name(std::string_view name);
};

template <typename Field>
void write_member(writing& w, std::string_view name, const Field& value, const Field& standard) {
    if (w.hides(name) && value == standard) return;
    if constexpr (is_optional<Field>::value)
        if (w.how == form::api && !value) return;
    if constexpr (std::is_same_v<Field, instant> || std::is_same_v<Field, local_day>)
        if (w.how == form::api && value == Field{}) return;  // never set: people are not shown 1970
    w.name(name);
    encode(w.out, value, w.how);
}
template <typename T, template <typename...> typename List, typename... Members>
void write_members(writing& w, const T& value, const T& standard, const List<Members...>*) {
    (write_member(w, Members::name, value.*Members::pointer, standard.*Members::pointer), ...);
}

template <typename T>
void encode_members(std::string& out, const T& value, form how, bool first) {
    writing w{out, how, first};
    if constexpr (requires { T::left_out_when_empty; }) w.hidden = T::left_out_when_empty;
    write_members(w, value, default_of<T>(), static_cast<const members_of<T>*>(nullptr));
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
                encode_members(out, alternative, how, false);
                out += '}';
            },
            value);
    } else {
        static_assert(described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        out += '{';
        encode_members(out, value, how, true);
        out += '}';
    }
}

namespace json_detail {

/// The values that are text in JSON and something narrower here.
template <typename T>
bool read_narrow(reading& r, const boost::json::value& in, const place& at, T& to) {
    if constexpr (described_enum<T>) {
        const auto value = in.is_string() ? enum_named<T>(in.get_string()) : std::nullopt;
        if (value) {
            to = *value;
            return true;
        }
        std::string known;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>(
            [&](auto one) { known += (known.empty() ? "" : ", ") + std::string(one.name); });
        return r.refuse(at, "must be one of: " + known + ".");
    } else if constexpr (std::is_integral_v<T>) {
        boost::system::error_code failure;
        to = in.is_number() && !in.is_double() ? in.to_number<T>(failure) : T{};
        if (failure || !in.is_number() || in.is_double()) return r.refuse(at, "must be a whole number in range.");
        return true;
    } else if constexpr (is_id<T>::value) {
        if (!in.is_string()) return r.refuse(at, "must be a string.");
        if (r.how == form::journal) {
            to = T::trusted(std::string(in.get_string()));
            return true;
        }
        auto parsed = T::parse(in.get_string());
        if (!parsed) return r.refuse(at, "is wrong. " + parsed.error().words);
        to = std::move(*parsed);
        return true;
    } else {
        static_assert(is_byte_array<T>::value);
        const auto parsed = in.is_string() ? from_hex(in.get_string()) : std::nullopt;
        if (!parsed || parsed->size() != to.size()) return r.refuse(at, "must be hexadecimal of the right length.");
        std::copy(parsed->begin(), parsed->end(), to.begin());
        return true;
    }
}

template <typename T>
bool read_list(reading& r, const boost::json::value& in, const place& at, T& to) {
    if (!in.is_array()) return r.refuse(at, "must be a list.");
    const auto& items = in.get_array();
    to.clear();
    to.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        typename T::value_type item{};
        if (!read(r, items[i], place{&at, {}, i}, item)) return false;
        to.push_back(std::move(item));
    }
    return true;
}

template <typename T>
bool read_map(reading& r, const boost::json::value& in, const place& at, T& to) {
    if (!in.is_object()) return r.refuse(at, "must be an object.");
    to.clear();
    for (const auto& [key, item] : in.get_object()) {
        if (r.how == form::api && key.find('\0') != boost::core::string_view::npos)
            return r.refuse(at, "must not hold U+0000.");
        typename T::mapped_type value{};
        if (!read(r, item, place{&at, key}, value)) return false;
        to.emplace(std::string(key), std::move(value));
    }
    return true;
}

template <typename T>
bool read(reading& r, const boost::json::value& in, const place& at, T& to) {
    if constexpr (std::is_same_v<T, bool>) {
        if (!in.is_bool()) return r.refuse(at, "must be true or false.");
        to = in.get_bool();
        return true;
    } else if constexpr (std::is_same_v<T, std::string>) {
        return read_text(r, in, at, to);
    } else if constexpr (std::is_same_v<T, raw_json>) {
        to.text = boost::json::serialize(in);
        return true;
    } else if constexpr (std::is_same_v<T, instant>) {
        return r.take(decode_instant(in, r.how, at), to);
    } else if constexpr (std::is_same_v<T, local_day>) {
        return r.take(decode_day(in, r.how, at), to);
    } else if constexpr (described_enum<T> || std::is_integral_v<T> || is_id<T>::value || is_byte_array<T>::value) {
        return read_narrow(r, in, at, to);
    } else if constexpr (is_optional<T>::value) {
        if (in.is_null()) {
            to.reset();
            return true;
        }
        return read(r, in, at, to.emplace());
    } else if constexpr (is_vector<T>::value) {
        return read_list(r, in, at, to);
    } else if constexpr (is_map<T>::value) {
        return read_map(r, in, at, to);
    } else if constexpr (is_variant<T>) {
        static constexpr auto known = alternatives_of<T>(static_cast<const variant_of<T>*>(nullptr));
        return read_alternative(r, in, at, &to, known);
    } else {
        static_assert(described<T>, "describe the struct with BOOST_DESCRIBE_STRUCT");
        if (!in.is_object()) return r.refuse(at, "must be an object.");
        return read_members(r, in.get_object(), at, &to, reading_table<T>::rows, {});
    }
}

}  // namespace json_detail

template <typename T>
result<T> decode(const boost::json::value& in, form how, std::string_view path) {
    json_detail::reading r{how};
    T out{};
    if (!json_detail::read(r, in, json_detail::place{nullptr, path}, out))
        return std::unexpected(std::move(*r.failure));
    return out;
}

}  // namespace keepline::base
