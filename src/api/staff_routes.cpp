// Staff sign in with their account, and out: the session is a cookie (staff_cookie.hpp), and its token is shown to
// nobody. Who stands before the door has no token yet; so the console alone may send these.
#include "api/asking.hpp"
#include "api/staff_cookie.hpp"

namespace keepline::api {

using base::code;
using base::refuse;

namespace {

bool is_json_body(std::string_view type) {
    constexpr std::string_view wanted = "application/json";
    return type.starts_with(wanted) && (type.size() == wanted.size() || type[wanted.size()] == ';');
}

/// What needs no token is looked at here, before anything else.
result<void> check_stranger(const call& c) {
    if (!c.api->console.is_open())
        return refuse(code::not_found, "Nobody signs in here: no `[console] origin` is configured.");
    CHECK(check_from_console(*c.api, c.in()));
    if (!is_json_body(c.in().content_type))
        return refuse(code::not_acceptable, "Send `Content-Type: application/json`.");
    return {};
}

/// `put`: (request, caller, body, reply), to the desk.
template <typename Body, typename T, typename Put, typename Tell>
void ask_for_stranger(const call_ptr& c, Put put, Tell tell) {
    if (auto may = check_stranger(*c); !may) return c->refuse(may.error());
    put(c->asking(), c->in().peer, body_of<Body>(*c), desk::reply<T>([c, tell](result<T> told) {
            if (!told) return c->refuse(told.error());
            c->answer(tell(*c, *told));
        }));
}

response with_cookie(const call& c, const desk::staff_entered& in) {
    auto out = json_answer(in.is, 201);
    out.headers.push_back(staff_cookie_set(c.api->console, in.token));
    return out;
}

}  // namespace

void sign_in_staff(const call_ptr& c) {
    ask_for_stranger<desk::staff_sign_in_body, desk::staff_entered>(
        c, [&](auto... said) { c->api->at.sign_in_staff(std::move(said)...); }, with_cookie);
}

void prove_anew(const call_ptr& c) {
    c->api->at.prove_anew(c->asking(), c->in().peer, body_of<desk::staff_proof_body>(*c),
                          [c](const result<desk::staff_entered>& told) {
                              if (!told) return c->refuse(told.error());
                              c->answer(with_cookie(*c, *told));
                          });
}

void ask_staff_passkey(const call_ptr& c) {
    ask_for_stranger<desk::nothing, desk::passkey_challenge_view>(
        c,
        [&](desk::request by, const std::string&, desk::said<desk::nothing> in, auto then) {
            c->api->at.ask_staff_passkey(std::move(by), std::move(in), std::move(then));
        },
        [](const call&, const desk::passkey_challenge_view& is) { return json_answer(is); });
}

void sign_in_by_staff_passkey(const call_ptr& c) {
    ask_for_stranger<desk::shown_passkey_body, desk::staff_entered>(
        c, [&](auto... said) { c->api->at.sign_in_by_staff_passkey(std::move(said)...); }, with_cookie);
}

void read_invitation(const call_ptr& c) {
    ask_for_stranger<desk::staff_invitation_body, desk::staff_invitation_view>(
        c, [&](auto... said) { c->api->at.read_invitation(std::move(said)...); },
        [](const call&, const desk::staff_invitation_view& is) { return json_answer(is); });
}

void accept_invitation(const call_ptr& c) {
    ask_for_stranger<desk::staff_acceptance_body, desk::staff_entered>(
        c, [&](auto... said) { c->api->at.accept_invitation(std::move(said)...); }, with_cookie);
}

void read_sign_in_ways(const call_ptr& c) {
    if (!c->api->console.is_open())
        return c->refuse({code::not_found, "Nobody signs in here: no `[console] origin` is configured."});
    c->api->at.read_sign_in_ways(c->asking(), [c](const result<desk::sign_in_ways_view>& told) {
        if (!told) return c->refuse(told.error());
        c->answer(json_answer(*told));
    });
}

void end_current_session(const call_ptr& c) {
    c->api->at.end_staff_session(c->asking(), "current", body_of<desk::nothing>(*c),
                                 [c](const result<desk::revoked_view>& told) {
                                     if (!told) return c->refuse(told.error());
                                     response out;
                                     out.status = 204;
                                     out.type = {};
                                     out.headers.push_back(staff_cookie_set(c->api->console, {}));
                                     c->answer(std::move(out));
                                 });
}

}  // namespace keepline::api
