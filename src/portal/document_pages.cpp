// Documents that somebody hands in: a picture or a PDF, sent with a form. What it is its first bytes say, and the desk
// makes it harmless; a name that comes with it is not read.
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace documents {

constexpr std::int64_t kilobyte = 1024;

std::vector<model> purposes_of(const visit& v) {
    std::vector<model> out;
    const auto chosen = v.said.value("purpose");
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::document_purpose>>([&](auto one) {
        out.push_back(model()
                          .set("value", one.name)
                          .set("purpose", v.says.name("document_purpose", one.value))
                          .flag("chosen", chosen == one.name));
    });
    return out;
}

model document_model(const visit& v, const desk::document_view& one) {
    return model()
        .set("document", one.id.text())
        .set("purpose", v.says.name("document_purpose", one.purpose))
        .set("kind", v.says.name("document_media", one.media))
        .set("size", std::to_string((one.bytes + kilobyte - 1) / kilobyte))
        .set("by", v.says.name("actor", one.by.as))
        .set("at", v.says.moment(one.at, v.where))
        .flag("opens", v.now() < one.at + base::hours{1})
        .flag("mine", one.by.as == domain::role::subscriber);
}

void show_documents_of(const visit_ptr& v, const person_seen& of, const std::vector<desk::document_view>& all) {
    auto page = model_of(of);
    std::vector<model> shown;
    for (const auto& one : all) shown.push_back(document_model(*v, one));
    std::ranges::reverse(shown);
    page.list("documents", std::move(shown)).list("purposes", purposes_of(*v));
    v->show("documents", v->says.word("document.title"), std::move(page));
}

}  // namespace documents
}  // namespace

void show_documents(const visit_ptr& v) {
    with_person(v, [v](const person_seen& of) {
        v->house.at.list_documents(
            v->asking(), of.is.id.text(),
            or_refuse<desk::page_of<desk::document_view>>(v, [v, of](const desk::page_of<desk::document_view>& told) {
                documents::show_documents_of(v, of, told.items);
            }));
    });
}

void add_document(const visit_ptr& v) {
    const auto purpose = base::enum_named<domain::document_purpose>(v->said.value("purpose"));
    if (!purpose) v->note_mistake("purpose", "document.purpose_missing");
    if (v->said.file("file").empty()) v->note_mistake("file", "document.file_missing");
    if (!v->mistakes.empty()) return show_documents(v);
    v->house.at.add_document(
        v->asking(), v->who->who.id.text(), desk::document_upload{*purpose, std::string(v->said.file("file"))},
        then_go_or_again<desk::told<desk::document_view>>(v, "/documents", "file", show_documents));
}

/// Never shown among our pages: it is kept on the reader's device, and opened there.
void fetch_document(const visit_ptr& v) {
    v->house.at.open_document(
        v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
        or_refuse<desk::document_told>(v, [v](const desk::document_told& told) {
            http::response out;
            out.type = told.type;
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + told.name + "\""});
            out.body = told.content;
            v->answer(std::move(out));
        }));
}

void take_document_back(const visit_ptr& v) {
    v->house.at.take_document_back(
        v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
        then_go_or_again<desk::page_of<desk::document_view>>(v, "/documents", "", show_documents));
}

}  // namespace keepline::portal
