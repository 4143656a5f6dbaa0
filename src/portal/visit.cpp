#include "portal/visit.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/problem_titles.hpp"
#include "desk/roles.hpp"
#include "portal/assets.hpp"
#include "portal/cookies.hpp"
#include "portal/routes.hpp"
#include "portal/wanted_page.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

namespace {

/// Decision 62: script from our own files only, and text becomes markup in one place only, which has that name.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types keepline";
constexpr std::size_t form_token_digits = 32;
constexpr std::size_t once_bytes = 12;

/// Where the page can be looked at that is shown: itself, or where the form is that came back with it.
std::string address_of_page(const visit& v, std::string_view page) {
    const std::string own(v.in().path());
    if (v.matched == nullptr) return "/";
    const auto is_page = [](const std::string& path) { return find_route(http::verb::get, path).found != nullptr; };
    if (v.in().how != http::verb::post || is_page(own)) return own;
    const std::string named = "/" + std::string(page);
    if (v.matched->path.starts_with("/case/")) {
        const auto of_case = "/case/" + v.arg;
        return is_page(of_case + named) ? of_case + named : of_case;
    }
    if (is_page(named)) return named;
    const auto above = own.substr(0, own.rfind('/'));
    return is_page(above) ? above : "/";
}

/// The links by which a reader changes the language, and stays where they are.
std::vector<model> language_links(const visit& v, std::string_view page) {
    std::vector<model> out;
    const auto to = address_of_page(v, page);
    std::string more;
    const auto line = v.in().how == http::verb::post ? v.said.value("line") : v.query.value("line");
    if (to != "/" && !line.empty()) more = "&line=" + form_encoded(line);
    for (const auto& [tag, one] : v.house.texts->languages())
        if (tag != v.says.language().tag)
            out.push_back(model().set("tag", tag).set("name", one.name).set("href", to + "?lang=" + tag + more));
    return out;
}

/// Only when the page is made it is known where its times are.
std::string words_of(const visit& v, const mistake& of) { return of.why ? v.why_not(*of.why) : of.words; }

model problem_of(const visit& v) {
    std::vector<model> items;
    for (const auto& one : v.mistakes)
        items.push_back(model()
                            .set("to", !one.to.empty()      ? one.to
                                       : !one.field.empty() ? "#" + one.field
                                                            : std::string())
                            .set("words", words_of(v, one)));
    return model().list("items", std::move(items));
}

model mistakes_by_field(const visit& v) {
    model out;
    for (const auto& one : v.mistakes)
        if (!one.field.empty()) out.set(one.field, words_of(v, one));
    return out;
}

/// A number as a link of a telephone has it (RFC 3966): without what people put between its digits.
std::string dialled(std::string_view number) {
    std::string out;
    for (const char c : number)
        if ((c >= '0' && c <= '9') || c == '+' || c == '*' || c == '#') out += c;
    return out;
}

/// What every page has around it.
void frame(const visit& v, std::string_view name, model& page) {
    page.set("lang", v.says.language().tag)
        .set("operator", v.house.how.operator_name)
        .set("hotline", v.house.how.hotline)
        .set("hotline_dialled", dialled(v.house.how.hotline))
        .set("hours", v.house.how.official.hours)
        .set("tokens_css", std::string(asset_path("ui/tokens.css")))
        .set("portal_css", std::string(asset_path("portal/portal.css")))
        .set("script", std::string(asset_path("portal/portal.js")))
        .set("form_token", v.form_token())
        .set("once", v.once_token())
        .flag("signed_in", v.who.has_value())
        .flag("at_home", !v.house.how.country_code.empty())
        .flag("sandbox", v.house.at.shared().with.sandbox != nullptr)
        .list("languages", language_links(v, name));
    if (v.mistakes.empty()) return;
    page.part("problem", problem_of(v)).part("bad", mistakes_by_field(v));
}

/// Times are said without seconds: who comes back in the minute that was said is not too early.
instant next_minute(instant at) {
    constexpr std::int64_t minute_ms = 60'000;
    return {(at.ms + minute_ms - 1) / minute_ms * minute_ms};
}

}  // namespace

local_rules rules_of(const services& house, const std::optional<std::string>& policy) {
    local_rules out;
    const auto rules = house.at.shared().with.core->rules();
    const auto* p = policy && rules ? rules->policies.find(*policy) : nullptr;
    if (p == nullptr) return out;
    out.zone = rules->zones.of(p->zone);
    out.keepalive = p->keepalive;
    out.cooling_off_hours = p->closing.cooling_off_hours;
    out.lost_device_cooling_off_hours = p->lost_device_cooling_off_hours;
    return out;
}

instant visit::now() const { return house.at.shared().with.clock->now(); }

const base::digest& visit::body_digest() const {
    if (!body_digest_) body_digest_ = base::sha256(base::view(in().body));
    return *body_digest_;
}

desk::request visit::asking_as(const desk::holder& one) const {
    desk::request out;
    out.who = one;
    out.through = desk::channel_of(one.who.as, one.channels, {}).value_or(domain::channel::web);
    out.correlation = correlation;
    out.where = std::make_shared<exchange_thread>(way);
    if (in().how != http::verb::post) return out;
    engine::idempotency once;
    const auto full = base::part_hasher()
                          .add("portal")
                          .add(one.who.id.text())
                          .add(in().path())
                          .add(said.value("once"))
                          .add(base::text(body_digest()))
                          .finish();
    static_assert(once.key.size() + once.fingerprint.size() <= full.size());
    std::copy_n(full.begin(), once.key.size(), once.key.begin());
    std::copy_n(full.end() - static_cast<std::ptrdiff_t>(once.fingerprint.size()), once.fingerprint.size(),
                once.fingerprint.begin());
    out.once = once;
    return out;
}

std::string visit::caller() const {
    return house.at.shared().with.secrets->keyed_digest("portal-caller", "", in().peer);
}

desk::request visit::asking() const {
    ENSURE(who);
    return asking_as(*who);
}

desk::request visit::asking_for_stranger() const {
    desk::holder portal;
    portal.who = {domain::role::portal, base::label::trusted("portal")};
    portal.channels = {domain::channel::web};
    return asking_as(portal);
}

void visit::show(std::string_view page, std::string_view title, model with, int status) {
    with.set("title", std::string(title));
    frame(*this, page, with);
    http::response out;
    constexpr int unprocessable = 422;
    out.status = status == 200 && !mistakes.empty() ? unprocessable : status;
    out.type = "text/html; charset=utf-8";
    out.headers.push_back({"Content-Language", says.language().tag});
    out.body = house.pages.render(says.language(), page, with);
    answer(std::move(out));
}

void visit::show_part(std::string_view page, std::uint64_t version, model with) {
    const auto is = std::to_string(version);
    http::response out;
    out.headers.push_back({"Part-Version", is});
    if (query.value("seen") == is) {
        constexpr int no_content = 204;
        out.status = no_content;
        out.type = {};
        return answer(std::move(out));
    }
    frame(*this, page, with);
    out.type = "text/html; charset=utf-8";
    out.headers.push_back({"Content-Language", says.language().tag});
    out.body = house.pages.render(says.language(), std::string(page) + std::string(part_suffix), with);
    answer(std::move(out));
}

/// After a POST the browser looks at a page, so that loading it again sends nothing again.
void visit::go(std::string to) {
    ENSURE(to.starts_with('/') && !to.starts_with("//"));
    http::response out;
    constexpr int see_other = 303;
    out.status = see_other;
    out.type = {};
    out.headers.push_back({"Location", std::move(to)});
    answer(std::move(out));
}

void visit::answer(http::response with) {
    ENSURE(!answered);
    answered = true;
    with.content_policy = page_policy;
    with.only_over_tls = !house.how.is_plain();
    with.referrer = "same-origin";  // with none at all a browser says of its own forms that they come from "null"
    with.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    with.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    with.headers.push_back({"X-Correlation-Id", correlation});
    for (auto& one : cookies) with.headers.push_back({"Set-Cookie", std::move(one)});
    constexpr std::array verbs{"GET", "HEAD", "POST", "PUT", "other"};
    constexpr int forbidden = 403;
    constexpr int not_found = 404;
    constexpr int too_many = 429;
    const bool refused = with.status == forbidden || with.status == not_found || with.status == too_many;
    house.at.shared().with.log->write(
        port::log_level::info, "page", correlation,
        {{"method", verbs[static_cast<std::size_t>(in().how)]},
         {"page", std::string(matched == nullptr ? std::string_view("unmatched") : matched->path)},
         {"status", std::to_string(with.status)}});
    if (refused && who)
        house.at.shared().with.log->info("refused", correlation,
                                         {{"status", std::to_string(with.status)}, {"holder", who->who.id.text()}});
    way->reply(std::move(with));
}

void visit::refuse(const base::error& why) {
    using enum base::code;
    // Once more signed in, or by a stronger way, one is back there.
    if (why.what == unauthenticated || why.what == session_too_weak) remember_wanted(*this);
    if (why.what == unauthenticated) return go("/?ended=1");
    mistakes.clear();
    model page;
    page.set("words", why_not(why)).set("reference", correlation);
    page.flag("weak", why.what == session_too_weak);
    show("error", says.word("error.title"), std::move(page), base::info(why.what).http_status);
}

void visit::note_mistake(std::string field, base::error why) {
    mistakes.push_back({std::move(field), {}, std::move(why)});
}

void visit::note_mistake(std::string field, std::string_view word) {
    mistakes.push_back({std::move(field), says.word(word)});
}

void visit::note_missing(std::string_view word, std::string to) {
    mistakes.push_back({{}, says.word(word), std::nullopt, std::move(to)});
}

std::string visit::why_not(const base::error& why) const {
    const auto& info = base::info(why.what);
    auto out = says.word("refused." + std::string(info.id));
    if (out.empty()) out = base::problem_title(why.what, says.language().tag);
    for (const auto& one : why.data)
        if (one.name == "until" || one.name == "again_at")
            if (const auto at = base::instant_from_iso(one.value))
                out += " " + says.word("refused.until", {{"time", says.moment(next_minute(*at), where)}});
    return out;
}

std::string visit::form_token() const {
    return house.at.shared().with.secrets->keyed_digest("form", "", seal).substr(0, form_token_digits);
}

std::string visit::once_token() const { return house.at.shared().with.random->token(once_bytes); }

void visit::set_cookie(std::string_view name, std::string_view value, cookie_life lasts) {
    const bool plain = house.how.is_plain();
    auto out = cookie_name(name, plain);
    out.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax");
    if (!plain) out += "; Secure";
    if (value.empty())
        out += "; Max-Age=0";
    else if (lasts == cookie_life::minutes)
        out += "; Max-Age=900";
    else if (lasts == cookie_life::year)
        out += "; Max-Age=31536000";
    cookies.push_back(std::move(out));
}

bool is_to_be_proved(const base::error& why) {
    return why.what == base::code::session_too_weak &&
           std::ranges::find(why.data, "within_minutes", &base::detail::name) != why.data.end();
}

}  // namespace keepline::portal
