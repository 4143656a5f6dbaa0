// Words of one's own in our mails. They are shown nowhere here: whoever has the session must not learn them.
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

namespace keepline::portal {

namespace {

void show_phrase_of(const visit_ptr& v, const person_seen& of) {
    auto page = model_of(of);
    if (of.is.phrase_since) page.set("since", v->says.moment(*of.is.phrase_since, v->where));
    page.set("typed", std::string(v->said.value("phrase"))).flag("saved", !v->query.value("saved").empty());
    v->show("phrase", v->says.word("phrase.title"), std::move(page));
}

}  // namespace

void show_phrase(const visit_ptr& v) {
    with_person(v, [v](const person_seen& of) { show_phrase_of(v, of); });
}

void choose_phrase(const visit_ptr& v) {
    v->house.at.choose_phrase(
        v->asking(), v->who->who.id.text(), desk::phrase_body{std::string(v->said.value("phrase"))},
        then_go_or_again<desk::told<desk::subscriber_view>>(v, "/phrase?saved=1", "phrase", show_phrase));
}

}  // namespace keepline::portal
