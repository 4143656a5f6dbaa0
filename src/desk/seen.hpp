// What of an event, and of the values in it, is shown to whom: an allow-list by type. What stands in no list is hidden,
// so that a new event or member stays unseen until somebody decides; seen_test.cpp does not compile before.
// Pure; any thread.
#pragma once

#include "base/json.hpp"
#include "domain/number/closure.hpp"
#include "domain/number/number.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace keepline::desk {

using domain::role;

/// Names of members, separated by single spaces. Each member stands in one of them.
struct audience {
    std::string_view everyone{};
    std::string_view staff{};        // not for customers
    std::string_view nobody{};       // digests, nonces, matching IDs: for the machine only
    bool not_for_customers = false;  // the whole value
};

/// Of a type that nobody has decided about: nothing is seen.
template <typename T>
inline constexpr bool is_decided = false;
template <typename T>
inline constexpr audience seen{};

namespace seen_detail {

constexpr bool names(std::string_view list, std::string_view member) {
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (list.substr(0, end) == member) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

constexpr bool shows(const audience& to, std::string_view member, role who) {
    if (names(to.everyone, member)) return true;
    return names(to.staff, member) && who != role::subscriber;
}

template <typename T>
void write(std::string& out, const T& value, role who);

/// Customers learn in which role somebody acted, not who it was.
inline void write_actor(std::string& out, const domain::actor& by, role who) {
    if (who == role::subscriber && by.as != role::subscriber)
        base::encode(out, domain::actor{by.as, {}}, base::form::api);
    else
        base::encode(out, by, base::form::api);
}

/// What the type alone does not say.
template <typename T>
bool is_hidden(const T& value, std::string_view member, role who) {
    if constexpr (std::is_same_v<T, domain::block>)  // an authority's order is not the customer's to read
        return who == role::subscriber && member == "reference" && value.kind == domain::block_kind::legal_hold;
    else
        return false;
}

template <typename T>
void write_members(std::string& out, const T& value, role who, bool& first) {
    using namespace base::json_detail;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        using field_type = std::remove_cvref_t<decltype(value.*member.pointer)>;
        if (!shows(seen<T>, member.name, who) || is_hidden(value, member.name, who)) return;
        const auto& field = value.*member.pointer;
        if constexpr (is_optional<field_type>::value)
            if (!field) return;
        if constexpr (std::is_same_v<field_type, base::instant> || std::is_same_v<field_type, base::local_day>)
            if (field == field_type{}) return;
        if (!first) out += ',';
        first = false;
        out += '"';
        out += member.name;
        out += "\":";
        write(out, field, who);
    });
}

template <typename T>
void write(std::string& out, const T& value, role who) {
    using namespace base::json_detail;
    if constexpr (std::is_same_v<T, domain::actor>) {
        write_actor(out, value, who);
    } else if constexpr (is_optional<T>::value) {
        write(out, *value, who);
    } else if constexpr (is_vector<T>::value) {
        out += '[';
        bool first = true;
        for (const auto& one : value) {
            if (!first) out += ',';
            first = false;
            write(out, one, who);
        }
        out += ']';
    } else if constexpr (described<T> && !std::is_same_v<T, base::money>) {
        out += '{';
        bool first = true;
        write_members(out, value, who, first);
        out += '}';
    } else {
        base::encode(out, value, base::form::api);
    }
}

}  // namespace seen_detail

/// A described value as `who` sees it.
template <typename T>
base::raw_json as_seen(const T& value, role who) {
    std::string out;
    seen_detail::write(out, value, who);
    return {std::move(out)};
}

/// An event as `who` sees it; nothing where it is not for them at all.
template <typename... Events>
std::optional<base::raw_json> event_as_seen(const std::variant<Events...>& what, role who) {
    return std::visit(
        [&]<typename Event>(const Event& event) -> std::optional<base::raw_json> {
            if (!is_decided<Event> || (seen<Event>.not_for_customers && who == role::subscriber)) return std::nullopt;
            std::string out = R"({"type":)";
            base::write_string(out, Event::name);
            bool first = false;
            seen_detail::write_members(out, event, who, first);
            return base::raw_json{out + "}"};
        },
        what);
}

}  // namespace keepline::desk
