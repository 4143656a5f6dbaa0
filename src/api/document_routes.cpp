// Documents over HTTP: they come and go as bytes. What leaves is to be saved, never shown by a browser as a page of
// ours.
#include "api/asking.hpp"

namespace keepline::api {

namespace {

result<desk::document_upload> upload_of(const call& c) {
    TRY(named, query_value(c, "purpose"));
    const auto purpose = base::enum_named<domain::document_purpose>(named);
    if (!purpose)
        return base::refuse(base::code::invalid,
                            "`purpose` must be one of: id_document, power_of_attorney, death_certificate, "
                            "guardianship, court_order, other.",
                            {{"field", "purpose"}});
    if (c.in().body.empty())
        return base::refuse(base::code::malformed, "The body is missing; it must be the document's bytes.");
    return desk::document_upload{*purpose, c.in().body};
}

}  // namespace

void add_document(const call_ptr& c) {
    c->api->at.add_document(c->asking(), std::string(c->args[0]), upload_of(*c),
                            told_to<desk::told<desk::document_view>>(c));
}

void open_document(const call_ptr& c) {
    c->api->at.open_document(
        c->asking(), std::string(c->args[0]), std::string(c->args[1]), body_of<desk::looking_body>(*c),
        [c](result<desk::document_told> told) {
            if (!told) return c->refuse(told.error());
            response out;
            out.type = told->type;
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + told->name + "\""});
            out.body = std::move(told->content);
            c->answer(std::move(out));
        });
}

}  // namespace keepline::api
