// Names of described enums (BOOST_DESCRIBE_ENUM) read from text of outside. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

namespace keepline::base {

/// The whole text must be the name. (boost::describe::enum_from_string reads a C string: what follows a zero byte would
/// go unseen, so "admin\0anything" would be taken for "admin".)
template <typename Enum>
std::optional<Enum> enum_named(std::string_view text) {
    std::optional<Enum> out;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Enum>>([&](auto one) {
        if (text == one.name) out = one.value;
    });
    return out;
}

}  // namespace keepline::base
