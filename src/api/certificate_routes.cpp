// The closing certificate over HTTP: the signed form, or a page about it for people.
#include "api/certificate_page.hpp"
#include "api/routes.hpp"
#include "base/problem_titles.hpp"
#include "desk/desk.hpp"

namespace keepline::api {

namespace {

/// A browser says that it takes HTML; a program that says nothing, or everything alike, gets the signed form.
bool wants_page(std::string_view accept) {
    const auto html = accept.find("text/html");
    const auto jose = accept.find("application/jose");
    return html != std::string_view::npos && (jose == std::string_view::npos || html < jose);
}

/// Of the languages that there are texts in, the one that the reader's program wants most; if it wants none of them,
/// the customer's.
std::string_view language_for(const text::book& texts, std::string_view accept_language, std::string_view customers) {
    std::string_view out = customers;
    int most = 0;
    for (const auto& [tag, in] : texts.languages()) {
        const auto tongue = std::string_view(tag).substr(0, tag.find('-'));
        // Of several of one tongue the one that is named is nearer.
        const int weight = 2 * base::weight_of_language(accept_language, tongue) +
                           (base::weight_of_language(accept_language, tag) > 0 ? 1 : 0);
        if (weight <= most) continue;
        most = weight;
        out = tag;
    }
    return out;
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
    certificate_reading how;
    how.texts = c.at->with.texts != nullptr ? c.at->with.texts : shipped.get();
    how.language = language_for(*how.texts, c.in().accept_language, told.language);
    how.zone = told.zone == nullptr ? &utc : told.zone;
    how.now = told.now;
    TRY(page, certificate_page(told.jws, how));
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
