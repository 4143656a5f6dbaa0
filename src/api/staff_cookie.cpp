#include "api/staff_cookie.hpp"

#include "http/cookies.hpp"

namespace keepline::api {

using base::code;
using base::refuse;

result<desk::holder> admitted(const services& of, const http::request& in, desk::at_door how) {
    if (!in.authorization.empty() || !of.console.is_open()) return of.at.admit(in.authorization, in.peer, how);
    const auto token = http::cookie_named(in.cookie, http::cookie_name(staff_cookie, of.console.is_plain()));
    if (token.empty()) return of.at.admit(in.authorization, in.peer, how);
    CHECK(check_from_console(of, in));
    const bool by_itself = in.console == asked_by_the_page;
    return of.at.admit_session(token, in.peer, by_itself ? desk::at_door::looks : how);
}

result<void> check_from_console(const services& of, const http::request& in) {
    const bool named = !in.origin.empty();
    const bool is_ours = named ? in.origin == of.console.origin : in.fetch_site == "same-origin";
    if (!is_ours || (!in.fetch_site.empty() && in.fetch_site != "same-origin"))
        return refuse(code::forbidden, "Another site may have had this sent: a session is good from the console only.");
    const bool only_looks = in.how == verb::get || in.how == verb::head;
    if (!only_looks && in.console != "1")
        return refuse(code::forbidden, "With a session, send the header `X-Keepline-Console: 1`.");
    return {};
}

http::header staff_cookie_set(const console_door& at, std::string_view token) {
    const bool plain = at.is_plain();
    auto out = http::cookie_name(staff_cookie, plain);
    out.append("=").append(token).append("; Path=/; HttpOnly; SameSite=Strict");
    if (!plain) out += "; Secure";
    if (token.empty()) out += "; Max-Age=0";
    return {"Set-Cookie", std::move(out)};
}

}  // namespace keepline::api
