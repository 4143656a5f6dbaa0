// The closing certificate over HTTP: the signed form, or for people a page or a paper about it.
#include "api/routes.hpp"
#include "desk/certificate_page.hpp"
#include "desk/desk.hpp"

namespace keepline::api {

namespace {

enum class form { jose, html, pdf };

/// A browser says that it takes HTML; a program that says nothing, or everything alike, gets the signed form. What is
/// named first is wanted most.
form wanted_form(std::string_view accept) {
    struct named {
        std::string_view type;
        form as;
    };
    form out = form::jose;
    auto first = std::string_view::npos;
    for (const auto& one :
         {named{"application/jose", form::jose}, named{"text/html", form::html}, named{"application/pdf", form::pdf}})
        if (const auto at = accept.find(one.type); at < first) {
            first = at;
            out = one.as;
        }
    return out;
}

desk::certificate_reading reading_of(const call& c, const desk::certificate_told& told) {
    static const base::zone utc;
    static const auto shipped = text::shipped();
    desk::certificate_reading how;
    how.texts = c.at->with.texts != nullptr ? c.at->with.texts : shipped.get();
    how.language = text::language_wanted(*how.texts, c.in().accept_language, told.language);
    how.zone = told.zone == nullptr ? &utc : told.zone;
    how.now = told.now;
    return how;
}

void answer_drawn(const call_ptr& c, std::string_view type, desk::certificate_drawing draws) {
    c->api->at.draw_certificate(c->asking(), std::string(c->args[0]), std::move(draws),
                                [c, type](result<std::string> drawn) {
                                    if (!drawn) return c->refuse(drawn.error());
                                    response out;
                                    out.type = type;
                                    out.body = std::move(*drawn);
                                    c->answer(std::move(out));
                                });
}

}  // namespace

void read_certificate(const call_ptr& c) {
    const auto as = wanted_form(c->in().accept);
    if (as == form::pdf)
        return answer_drawn(c, "application/pdf", [c](const desk::certificate_told& told) {
            return desk::certificate_pdf(told.jws, reading_of(*c, told), c->at->with.verify_page);
        });
    if (as == form::html)
        return answer_drawn(c, "text/html; charset=utf-8", [c](const desk::certificate_told& told) {
            return desk::certificate_page(told.jws, reading_of(*c, told));
        });
    c->api->at.read_certificate(c->asking(), std::string(c->args[0]), [c](result<desk::certificate_told> told) {
        if (!told) return c->refuse(told.error());
        response out;
        out.type = "application/jose";
        out.body = told->jws;
        c->answer(std::move(out));
    });
}

}  // namespace keepline::api
