// Cookies as the doors read and set them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace keepline::http {

/// "__Host-" and the name; over plain HTTP, for one's own machine only, without it: a browser keeps no Secure cookie
/// there.
std::string cookie_name(std::string_view name, bool plain);

/// A cookie's value; empty: it is not there, or there twice, and then nobody knows which one is ours.
std::string cookie_named(std::string_view header, std::string_view name);

}  // namespace keepline::http
