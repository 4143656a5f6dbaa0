#include "api/provider_door.hpp"

#include "api/staff_cookie.hpp"
#include "http/cookies.hpp"
#include "http/percent.hpp"

namespace keepline::api {

using base::code;
using base::refuse;

namespace {
namespace at_provider {

constexpr std::string_view place = "/console/oidc/";
constexpr std::string_view way_cookie = "keepline_oidc";
constexpr std::size_t logout_max = std::size_t{32} * 1024;

response empty(int status) {
    response out;
    out.status = status;
    out.type = {};
    return out;
}
response go(std::string where) {
    auto out = empty(303);
    out.headers.push_back({"Location", std::move(where)});
    return out;
}

/// What the browser has until it is back. Lax: the provider's page sends it here.
http::header way_cookie_set(const console_door& at, std::string_view value) {
    auto out = http::cookie_name(way_cookie, at.is_plain());
    out.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax");
    out += value.empty() ? "; Max-Age=0" : "; Max-Age=600";
    if (!at.is_plain()) out += "; Secure";
    return {"Set-Cookie", std::move(out)};
}

/// Of a query or a form; empty: it is not there, there twice, or garbled.
std::string field_in(std::string_view form, std::string_view name) {
    std::string out;
    bool seen = false;
    while (!form.empty()) {
        const auto pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(pair.size() + 1, form.size()));
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
        if (std::exchange(seen, true)) return {};
        out = http::percent_decoded(pair.substr(equals + 1)).value_or("");
    }
    return out;
}

/// The console has words for each.
std::string_view word_for(const base::error& why) {
    switch (why.what) {
        case code::forbidden: return "role";
        case code::second_person_needed: return "waits";
        case code::id_taken:
        case code::invalid: return "name";
        case code::unavailable:
        case code::overloaded: return "provider";
        case code::too_many: return "later";
        default: return "again";
    }
}

/// Of whoever has a session already, and keeps it.
std::string_view word_for_proof(const base::error& why) {
    switch (why.what) {
        case code::forbidden:
        case code::id_taken: return "person";
        case code::step_up_required: return "stale";
        case code::unavailable:
        case code::overloaded:
        case code::not_found: return "provider";
        case code::too_many: return "later";
        default: return "again";
    }
}

}  // namespace at_provider
}  // namespace

desk::request provider_door::asking(const exchange_ptr& way) const {
    desk::request out;
    out.correlation = at_.shared().with.random->token(8);
    out.where = std::make_shared<exchange_thread>(way);
    return out;
}

base::result<std::size_t> provider_door::admit(const http::request& head) {
    if (!head.path().starts_with(at_provider::place)) return behind_.admit(head);
    if (head.how == verb::post && head.path() == "/console/oidc/logout") return at_provider::logout_max;
    return refuse(code::too_large, "Nothing is sent here.", {{"max_bytes", "0"}});
}

void provider_door::handle(exchange_ptr what) {
    const auto path = what->in.path();
    if (!path.starts_with(at_provider::place)) return behind_.handle(std::move(what));
    const auto how = what->in.how;
    if (how == verb::get && path == "/console/oidc/start") return set_out(what);
    if (how == verb::get && path == "/console/oidc/prove") return prove_anew(what);
    if (how == verb::get && path == provider_return_path) return come_back(what);
    if (how == verb::get && path == "/console/oidc/leave") return sign_out(what);
    if (how == verb::post && path == "/console/oidc/logout") return take_logout(what);
    what->reply(behind_.refusal({code::not_found, "There is nothing at this address."}, what->in));
}

void provider_door::show_refusal(const exchange_ptr& way, const base::error& why, bool of_proof) const {
    const auto where = of_proof ? "/console/?proved=" + std::string(at_provider::word_for_proof(why))
                                : "/console/?refused=" + std::string(at_provider::word_for(why));
    auto out = at_provider::go(where);
    out.headers.push_back(at_provider::way_cookie_set(console_, {}));
    way->reply(std::move(out));
}

void provider_door::send_there(const exchange_ptr& way, const desk::provider_way& to) const {
    auto out = at_provider::go(to.address);
    out.headers.push_back(at_provider::way_cookie_set(console_, to.browser));
    way->reply(std::move(out));
}

/// By our own page only, in a session: it is proved that whoever sits there is still its holder.
void provider_door::prove_anew(const exchange_ptr& way) {
    const auto token = http::cookie_named(way->in.cookie, http::cookie_name(staff_cookie, console_.is_plain()));
    if (token.empty() || way->in.fetch_site != "same-origin") return way->reply(at_provider::go("/console/"));
    auto who = at_.admit_session(token, way->in.peer);
    if (!who) return way->reply(at_provider::go("/console/"));
    auto as = asking(way);
    as.who = std::move(*who);
    at_.begin_provided_proof(std::move(as), [this, way](const result<desk::provider_way>& told) {
        if (!told) return show_refusal(way, told.error(), true);
        send_there(way, *told);
    });
}

/// By our own page, or by hand: no other site sends anybody on their way.
void provider_door::set_out(const exchange_ptr& way) {
    const auto& site = way->in.fetch_site;
    if (!site.empty() && site != "same-origin" && site != "none") return way->reply(at_provider::go("/console/"));
    at_.begin_provided(asking(way), [this, way](const result<desk::provider_way>& told) {
        if (!told) return show_refusal(way, told.error(), false);
        send_there(way, *told);
    });
}

void provider_door::come_back(const exchange_ptr& way) {
    const auto query = way->in.query();
    const auto name = http::cookie_name(at_provider::way_cookie, console_.is_plain());
    desk::provider_return back{http::cookie_named(way->in.cookie, name), at_provider::field_in(query, "state"),
                               at_provider::field_in(query, "code")};
    const bool proves = desk::proves_anew(back.browser);
    at_.enter_provided(asking(way), way->in.peer, std::move(back),
                       [this, way, proves](const result<desk::staff_entered>& told) {
                           if (!told) return show_refusal(way, told.error(), proves);
                           auto out = at_provider::go(proves ? "/console/?proved=yes" : "/console/");
                           out.headers.push_back(at_provider::way_cookie_set(console_, {}));
                           out.headers.push_back(staff_cookie_set(console_, told->token));
                           way->reply(std::move(out));
                       });
}

/// Whoever signed out here signs out there, too, where it has a place for that.
void provider_door::sign_out(const exchange_ptr& way) {
    at_.leave_provider(asking(way), [way](const result<std::string>& told) {
        way->reply(at_provider::go(told ? *told : std::string("/console/")));
    });
}

/// Back-Channel Logout 1.0 §2.7, §2.8.
void provider_door::take_logout(const exchange_ptr& way) {
    auto token = at_provider::field_in(way->in.body, "logout_token");
    at_.end_provided(asking(way), std::move(token), [this, way](const result<desk::revoked_view>& told) {
        if (told) return way->reply(at_provider::empty(200));
        auto why = told.error();
        if (why.what == code::unauthenticated)
            why = {code::malformed, "This is no logout token that is good here.", {}};
        way->reply(behind_.refusal(why, way->in));
    });
}

}  // namespace keepline::api
