// Whose a request with the console's cookie is: its holder's where our own page sent it, and nobody's elsewhere.
#include "api/staff_cookie.hpp"

#include "api/fake_api.hpp"

#include <gtest/gtest.h>

namespace keepline::api {
namespace {
namespace staff_cookie_tests {

const std::string origin = "https://keepline.example";

struct with_console : fake_api {
    with_console() {
        port::token_record session;
        session.digest = secrets.keyed_digest("token", "", "a session");
        session.who = {domain::role::reviewer, label::trusted("cleo"), label::trusted("cleo"), {}};
        session.created_at = clock.now();
        session.origin = domain::token_origin::account;
        session.in_journal = true;
        (void)tokens.add(session);
    }
    http::request from_console(verb how, std::string target, std::string body = {}) {
        auto in = request_of("", how, std::move(target), std::move(body));
        in.cookie = "__Host-keepline_staff=a session";
        in.fetch_site = "same-origin";
        if (how == verb::post) {
            in.origin = origin;
            in.console = "1";
        }
        return in;
    }
    response sent(http::request what) { return http::fake_exchange::ask(staff, std::move(what)); }

    api staff{at, {}, {origin}};
};

TEST(staff_cookie, is_its_holders_from_the_consoles_own_page) {
    with_console of;
    const auto me = of.sent(of.from_console(verb::get, "/v1/whoami"));
    EXPECT_EQ(me.status, 200);
    EXPECT_EQ(of.member(me, "id"), "cleo");
    EXPECT_EQ(of.sent(of.from_console(verb::get, "/v1/tokens")).status, 403) << "a reviewer's, as with a token";
    const auto here = of.sent(of.from_console(verb::get, "/v1/staff-sessions/current"));
    EXPECT_EQ(of.member(here, "role"), "reviewer");
    EXPECT_EQ(of.get("reviewer", "/v1/staff-sessions/current").status, 404) << "a token is no session";
}

TEST(staff_cookie, is_nobodys_where_another_site_may_have_had_it_sent) {
    with_console of;
    const auto status = [&](verb how, auto change) {
        auto in = of.from_console(how, how == verb::get ? "/v1/whoami" : "/v1/staff-sessions/current/end", "{}");
        if (how == verb::get) in.body.clear(), in.content_type.clear();
        change(in);
        return of.sent(std::move(in)).status;
    };
    const auto as_it_is = [](auto&) {};
    EXPECT_EQ(status(verb::get, as_it_is), 200);
    EXPECT_EQ(status(verb::post, as_it_is), 204);
    for (const auto how : {verb::get, verb::post}) {
        for (const char* site : {"cross-site", "same-site", "none"})
            EXPECT_EQ(status(how, [&](auto& in) { in.fetch_site = site; }), 403) << site;
        EXPECT_EQ(status(how, [](auto& in) { in.origin = "https://evil.example"; }), 403);
        EXPECT_EQ(status(how, [](auto& in) { in.origin = "null"; }), 403);
        EXPECT_EQ(status(how, [](auto& in) { in.fetch_site.clear(), in.origin.clear(); }), 403);
        EXPECT_EQ(status(how, [](auto& in) { in.fetch_site.clear(), in.origin = origin; }),
                  how == verb::get ? 200 : 204)
            << "an older browser";
        EXPECT_EQ(status(how, [](auto& in) { in.cookie += "; __Host-keepline_staff=another"; }), 401);
        EXPECT_EQ(status(how, [](auto& in) { in.cookie = "keepline_staff=a session"; }), 401) << "without its prefix";
    }
    EXPECT_EQ(status(verb::post, [](auto& in) { in.console.clear(); }), 403);
    EXPECT_EQ(status(verb::post, [](auto& in) { in.idempotency_key.clear(); }), 400);
}

TEST(staff_cookie, neither_is_a_token_nor_opens_anything_where_there_is_no_console) {
    with_console of;
    EXPECT_EQ(of.get("a session", "/v1/whoami").status, 401);
    auto as_cookie = of.from_console(verb::get, "/v1/whoami");
    as_cookie.cookie = "__Host-keepline_staff=reviewer";
    EXPECT_EQ(of.sent(std::move(as_cookie)).status, 401);
    EXPECT_EQ(of.ask(of.from_console(verb::get, "/v1/whoami")).status, 401);
    EXPECT_EQ(of.ask(of.from_console(verb::post, "/v1/staff-sessions", "{}")).status, 404);
}

TEST(staff_cookie, is_for_this_host_alone_and_for_no_script) {
    with_console of;
    EXPECT_EQ(staff_cookie_set(of.staff.shared().console, "x").value,
              "__Host-keepline_staff=x; Path=/; HttpOnly; SameSite=Strict; Secure");
    api plain{of.at, {}, {"http://localhost:8080"}};
    EXPECT_EQ(staff_cookie_set(plain.shared().console, "").value,
              "keepline_staff=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST(staff_cookie, signing_in_is_the_consoles_own_and_its_body_is_json) {
    with_console of;
    const auto wrong = [&](auto change) {
        auto in = of.from_console(verb::post, "/v1/staff-sessions",
                                  R"({"name":"cleo","password":"not it at all","totp":"000000"})");
        change(in);
        return of.sent(std::move(in)).status;
    };
    EXPECT_EQ(wrong([](auto&) {}), 401);
    EXPECT_EQ(wrong([](auto& in) { in.fetch_site = "cross-site"; }), 403);
    EXPECT_EQ(wrong([](auto& in) { in.console.clear(); }), 403);
    EXPECT_EQ(wrong([](auto& in) { in.content_type = "text/plain"; }), 415);
    EXPECT_EQ(wrong([](auto& in) { in.body = R"({"name":"cleo"})"; }), 422);
}

}  // namespace staff_cookie_tests
}  // namespace
}  // namespace keepline::api
