// The cookie of the console: a request that brings it, and what shows that no other site sent it, is its holder's, as
// one with their token is. Any thread.
#pragma once

#include "api/call.hpp"

namespace keepline::api {

inline constexpr std::string_view staff_cookie = "keepline_staff";
/// As X-Keepline-Console of what a page looks up by itself: nobody need be there for it.
inline constexpr std::string_view asked_by_the_page = "waiting";

/// Who sent this: by the token in `Authorization`; where there is none, by the cookie. Refused: unauthenticated,
/// forbidden for a cookie that another site may have had sent, too_many.
result<desk::holder> admitted(const services& of, const http::request& in, desk::at_door how = desk::at_door::uses);

/// code::forbidden unless the console's own page sent it: the browser says so, and for whatever changes something a
/// header that no form can send.
result<void> check_from_console(const services& of, const http::request& in);

/// Empty: it goes.
http::header staff_cookie_set(const console_door& at, std::string_view token);

}  // namespace keepline::api
