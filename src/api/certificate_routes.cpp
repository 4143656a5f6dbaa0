// The closing certificate over HTTP: the signed form, or a page about it for people.
#include "api/routes.hpp"
#include "desk/certificate_page.hpp"
#include "desk/desk.hpp"

namespace keepline::api {

namespace {

/// A browser says that it takes HTML; a program that says nothing, or everything alike, gets the signed form.
bool wants_page(std::string_view accept) {
    const auto html = accept.find("text/html");
    const auto jose = accept.find("application/jose");
    return html != std::string_view::npos && (jose == std::string_view::npos || html < jose);
}

result<response> certificate_response(const call& c, const desk::certificate_told& told) {
    response out;
    if (!wants_page(c.in().accept)) {
        out.type = "application/jose";
        out.body = told.jws;
        return out;
    }
    static const base::zone utc;
    static const auto shipped = text::shipped();
    desk::certificate_reading how;
    how.texts = c.at->with.texts != nullptr ? c.at->with.texts : shipped.get();
    how.language = text::language_wanted(*how.texts, c.in().accept_language, told.language);
    how.zone = told.zone == nullptr ? &utc : told.zone;
    how.now = told.now;
    TRY(page, desk::certificate_page(told.jws, how));
    out.type = "text/html; charset=utf-8";
    out.body = std::move(page);
    return out;
}

}  // namespace

void read_certificate(const call_ptr& c) {
    c->api->at.read_certificate(c->asking(), std::string(c->args[0]), [c](result<desk::certificate_told> told) {
        if (!told) return c->refuse(told.error());
        auto out = certificate_response(*c, *told);
        if (!out) return c->refuse(out.error());
        c->answer(std::move(*out));
    });
}

}  // namespace keepline::api
