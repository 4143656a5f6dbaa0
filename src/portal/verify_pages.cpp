// Whether a certificate is one of ours: for whoever has it in hand, a shop, a bank, its owner years later. Nobody is
// signed in, nothing is looked up, and nothing is shown but what stands in it. A browser that can verifies it once more
// by itself, with the keys that are published here.
#include "desk/certificate_page.hpp"
#include "domain/number/certificate.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

constexpr std::size_t certificate_bytes_max = 64UL * 1024;

/// As people have it: with line ends where a mail broke it.
std::string unbroken(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) out += c;
    return out;
}

bool is_compact(std::string_view text) {
    return std::ranges::count(text, '.') == 2 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                      c == '_' || c == '.';
           });
}

void show_verdict(const visit_ptr& v, const std::string& jws, const std::string& kid) {
    const auto claims = domain::read(jws);
    if (!claims) return v->refuse(claims.error());
    const auto rules = rules_of(v->house, claims->claims.policy);
    desk::certificate_reading how;
    how.texts = v->house.texts;
    how.language = v->says.language().tag;
    how.zone = &rules.zone;
    auto words = desk::certificate_in_words(jws, how);
    if (!words) return v->refuse(words.error());
    model page;
    page.set("jws", jws)
        .set("certificate", std::move(*words))
        .set("kid", kid)
        .flag("asked")
        .flag("holds")
        .flag("pretended", claims->sandbox);
    v->show("verify", v->says.word("verify.title"), std::move(page));
}

void show_again(const visit_ptr& v, model page) { v->show("verify", v->says.word("verify.title"), std::move(page)); }

}  // namespace

void show_verify(const visit_ptr& v) { show_again(v, {}); }

void verify_certificate(const visit_ptr& v) {
    const auto file = v->said.file("file");
    const auto jws = unbroken(file.empty() ? v->said.value("jws") : file);
    if (jws.empty()) v->note_mistake("jws", "verify.nothing");
    if (jws.size() > certificate_bytes_max) v->note_mistake("jws", "refused.too-large");
    if (!v->mistakes.empty()) return show_again(v, {});
    if (!v->house.check) return v->refuse({base::code::unavailable, ""});
    const auto signed_by = is_compact(jws) ? v->house.check(jws) : base::refuse(base::code::certificate_invalid, "");
    if (signed_by) return show_verdict(v, jws, *signed_by);
    model page;
    page.flag("asked").flag("fails");
    if (is_compact(jws)) page.set("jws", jws);
    show_again(v, std::move(page));
}

/// RFC 7517, as the API publishes them.
void fetch_keys(const visit_ptr& v) {
    http::response out;
    out.type = "application/jwk-set+json";
    out.body = v->house.at.shared().with.jwks();
    v->answer(std::move(out));
}

}  // namespace keepline::portal
