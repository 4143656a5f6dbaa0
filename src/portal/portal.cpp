#include "portal/portal.hpp"

#include "base/digest.hpp"
#include "portal/assets.hpp"
#include "portal/cookies.hpp"
#include "portal/routes.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::portal {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t visit_bytes = 16;
constexpr std::size_t session_bytes_max = 256;

bool starts_with_any_case(std::string_view text, std::string_view begin) {
    return text.size() >= begin.size() && std::ranges::equal(text.substr(0, begin.size()), begin, {}, [](char c) {
               return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
           });
}

/// Whether a browser says that the form is one of ours. One that tells where it comes from is believed; one that does
/// not must name our origin.
bool is_from_here(const http::request& in, const settings& how) {
    const bool named = !in.origin.empty() && in.origin != "null";
    if (named && in.origin != how.origin) return false;
    return in.fetch_site.empty() ? named : in.fetch_site == "same-origin";
}

/// The language of the address, else of the cookie, else the one that the browser wants.
const text::language& language_of(const text::book& texts, const form& query, const std::string& cookie,
                                  const http::request& in) {
    const auto known = [&](std::string_view tag) { return texts.languages().contains(tag); };
    if (known(query.value("lang"))) return texts.best(query.value("lang"));
    if (known(cookie)) return texts.best(cookie);
    return texts.best(text::language_wanted(texts, in.accept_language, "en"));
}

}  // namespace

std::optional<domain::call_hours> call_hours_in(std::string_view text) {
    const auto dash = text.find('-');
    const auto hour = [](std::string_view digits) -> std::optional<int> {
        int out = 0;
        const auto* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, out);
        return read.ec == std::errc{} && read.ptr == end ? std::optional(out) : std::nullopt;
    };
    if (dash == std::string_view::npos) return std::nullopt;
    const auto from = hour(text.substr(0, dash));
    const auto until = hour(text.substr(dash + 1));
    constexpr int hours_of_day = 24;
    if (!from || !until || *from < 0 || *from >= *until || *until > hours_of_day) return std::nullopt;
    return domain::call_hours{*from, *until};
}

bool is_origin(std::string_view text) {
    const bool secure = text.starts_with("https://");
    constexpr std::string_view plain = "http://";
    auto host = secure                    ? text.substr(std::string_view("https://").size())
                : text.starts_with(plain) ? text.substr(plain.size())
                                          : std::string_view();
    const auto colon = host.find(':');
    if (colon != std::string_view::npos) {
        const auto port = host.substr(colon + 1);
        if (port == (secure ? "443" : "80")) return false;  // browsers leave it out
        if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
            return false;
        host = host.substr(0, colon);
    }
    const bool named = !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    });
    return named && (secure || host == "localhost" || host == "127.0.0.1");
}

base::result<std::unique_ptr<portal>> portal::make(desk::desk& at, settings how, certificate_check check) {
    if (!is_origin(how.origin))
        return refuse(code::config_invalid,
                      "The portal's origin is like https://my.operator.example; http:// is for localhost only.");
    static const auto shipped = text::shipped();
    const auto* texts = at.shared().with.texts != nullptr ? at.shared().with.texts : shipped.get();
    TRY(pages, page_set::make(*texts));
    return std::unique_ptr<portal>(new portal(at, std::move(how), texts, std::move(pages), std::move(check)));
}

portal::portal(desk::desk& at, settings how, const text::book* texts, page_set pages, certificate_check check)
    : shared_{at, std::move(how), texts, std::move(pages), std::move(check)},
      instance_(at.shared().with.random->token(6)),
      live_(std::make_unique<live_streams>(shared_, [this](http::exchange_ptr what) { handle(std::move(what)); })) {
    shared_.live = live_.get();
}

/// Where one must be signed in, only whoever is sends more than a form.
base::result<std::size_t> portal::admit(const http::request& head) {
    const auto to = find_route(head.how, head.path());
    if (to.found == nullptr || to.found->bytes_max == form_bytes_max) return form_bytes_max;
    if (to.found->whom == visitors::all) return to.found->bytes_max;
    const auto token = cookie_named(head.cookie, cookie_name(session_cookie, shared_.how.is_plain()));
    if (token.empty() || token.size() > session_bytes_max) return form_bytes_max;
    const auto who = shared_.at.admit("Bearer " + token, head.peer, desk::at_door::looks);
    return who && who->who.as == domain::role::subscriber ? to.found->bytes_max : form_bytes_max;
}

visit_ptr portal::visit_of(http::exchange_ptr what) {
    const auto& in = what->in;
    auto query = form::parse(in.query()).value_or(form());
    const auto chosen = cookie_named(in.cookie, cookie_name(language_cookie, shared_.how.is_plain()));
    const auto& language = language_of(*shared_.texts, query, chosen, in);
    auto out = std::make_shared<visit>(shared_, std::move(what), speaker(*shared_.texts, language));
    out->correlation = "p" + instance_ + "-" + std::to_string(made_.fetch_add(1, std::memory_order_relaxed) + 1);
    if (query.value("lang") == language.tag) out->set_cookie(language_cookie, language.tag, cookie_life::year);
    out->query = std::move(query);
    return out;
}

/// Who is signed in: by a session of a customer's, never by a token of anybody else. What cannot be looked up just now
/// is no reason to forget a session.
base::result<void> portal::recognise(visit& v) const {
    const bool plain = shared_.how.is_plain();
    auto token = cookie_named(v.in().cookie, cookie_name(session_cookie, plain));
    if (!token.empty() && token.size() <= session_bytes_max) {
        const auto use = v.matched == nullptr ? desk::at_door::uses : v.matched->use;
        auto who = shared_.at.admit("Bearer " + token, v.in().peer, use);
        const auto why = who ? code::internal : who.error().what;
        // Others behind the same address have tried too often: for now nobody is signed in, and nothing is forgotten.
        const bool too_often = why == code::too_many;
        if (!who && why != code::unauthenticated && !too_often) return std::unexpected(std::move(who).error());
        if (who && who->who.as == domain::role::subscriber) {
            v.seal = v.session = std::move(token);
            v.who = std::move(*who);
            return {};
        }
        if (!too_often) v.set_cookie(session_cookie, "");
    }
    v.seal = cookie_named(v.in().cookie, cookie_name(visit_cookie, plain));
    if (!v.seal.empty() && v.seal.size() <= session_bytes_max) return {};
    v.seal = shared_.at.shared().with.random->token(visit_bytes);
    v.set_cookie(visit_cookie, v.seal);
    return {};
}

/// Everything before the page itself.
base::result<void> portal::prepare(visit& v) const {
    auto to = find_route(v.in().how, v.in().path());
    v.matched = to.found;
    v.arg = std::move(to.arg);
    CHECK(recognise(v));
    if (v.matched == nullptr && to.path_known) return refuse(code::method_not_allowed, "");
    if (v.matched == nullptr) return refuse(code::not_found, "");
    if (v.in().how == http::verb::post) {
        if (!is_from_here(v.in(), shared_.how)) return refuse(code::forbidden, "Another site sent this form.");
        const bool parts = starts_with_any_case(v.in().content_type, "multipart/form-data");
        if (!parts && !starts_with_any_case(v.in().content_type, "application/x-www-form-urlencoded"))
            return refuse(code::malformed, "Forms come as browsers send them.");
        if (v.in().body.size() > v.matched->bytes_max) return refuse(code::too_large, "");
        TRY(said, parts ? form::parse_parts(v.in().content_type, v.in().body) : form::parse(v.in().body));
        v.said = std::move(said);
    }
    if (v.matched->whom == visitors::signed_in && !v.who) return refuse(code::unauthenticated, "");
    if (v.in().how == http::verb::post &&
        !base::equal_secrets(base::view(v.said.value("form")), base::view(v.form_token())))
        return refuse(code::forbidden, "The form is not of this session.");
    return {};
}

void portal::handle(http::exchange_ptr what) {
    const bool looks = what->in.how == http::verb::get || what->in.how == http::verb::head;
    if (looks)
        if (auto asset = asset_at(what->in)) {
            asset->only_over_tls = !shared_.how.is_plain();
            return what->reply(std::move(*asset));
        }
    const auto v = visit_of(std::move(what));
    try {
        if (auto ready = prepare(*v); !ready) return v->refuse(ready.error());
        v->matched->run(v);
    } catch (const std::exception&) {
        if (!v->answered) v->refuse({code::internal, ""});
    }
}

http::response portal::refusal(const base::error& why, const http::request& head) {
    /// A request that went no further: nobody is recognised for it, and no cookie is set.
    struct nowhere final : http::exchange {
        void run(std::function<void()>) override {}
        void run_after(std::chrono::milliseconds, std::function<void()>) override {}
        void reply(http::response with) override { answer = std::move(with); }
        http::response answer;
    };
    const auto way = std::make_shared<nowhere>();
    way->in = head;
    const auto v = visit_of(way);
    v->refuse(why.what == code::unauthenticated ? base::error{code::forbidden, ""} : why);
    return std::move(way->answer);
}

}  // namespace keepline::portal
