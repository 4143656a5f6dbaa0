// The cookies of a portal, by the names that they have behind "__Host-" (over plain HTTP, without it).
#pragma once

#include <string>
#include <string_view>

namespace keepline::portal {

inline constexpr std::string_view session_cookie = "keepline";
inline constexpr std::string_view visit_cookie = "keepline-visit";  // before anybody signs in
inline constexpr std::string_view language_cookie = "keepline-lang";

inline std::string cookie_name(std::string_view name, bool plain) {
    return (plain ? "" : "__Host-") + std::string(name);
}

}  // namespace keepline::portal
