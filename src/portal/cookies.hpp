// The cookies of a portal, by the names that they have behind "__Host-" (over plain HTTP, without it).
#pragma once

#include "http/cookies.hpp"

#include <string_view>

namespace keepline::portal {

inline constexpr std::string_view session_cookie = "keepline";
inline constexpr std::string_view visit_cookie = "keepline-visit";    // before anybody signs in
inline constexpr std::string_view asked_cookie = "keepline-asked";    // what a code was asked for with
inline constexpr std::string_view wanted_cookie = "keepline-wanted";  // the page to go on to, signed in
inline constexpr std::string_view language_cookie = "keepline-lang";

using http::cookie_name;
using http::cookie_named;

}  // namespace keepline::portal
