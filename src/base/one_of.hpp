// What std::variant lacks: its alternatives one by one, also of a type that inherits from one (such a type can have its
// copying compiled once, see domain/number/number.hpp).
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include <boost/mp11.hpp>

namespace keepline::base {

/// The std::variant that its argument is or inherits from. Never called.
template <typename... T>
std::variant<T...> variant_in(const std::variant<T...>&);

template <typename T>
concept is_variant = requires(const T& one) { variant_in(one); };

template <is_variant T>
using variant_of = decltype(variant_in(std::declval<const T&>()));

/// T is one of these. For what a visitor does for a list of alternatives alike: one that stands in no list does not
/// compile.
template <typename T, typename... Of>
concept one_of = (std::is_same_v<T, Of> || ...);

/// f(std::type_identity-like{}) for each: `typename decltype(one)::type` is the alternative.
template <is_variant T, typename F>
constexpr void for_each_alternative(F&& f) {
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, variant_of<T>>>(std::forward<F>(f));
}

}  // namespace keepline::base
