// Who acts for whoever is signed in. Here one looks, says that it is not so, and ends it; that somebody may is said at
// a counter, on papers, by two people.
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace representing {

model representative_model(const visit& v, const desk::representative_view& one) {
    const bool stands = one.state == domain::representation_state::standing;
    model out;
    out.set("serial", std::to_string(one.serial))
        .set("kind", v.says.name("representative_kind", one.kind))
        .set("name", one.name.value_or(""))
        .set("state", v.says.name("representation_state", one.state))
        .set("at", v.says.moment(one.at, v.where))
        .flag("stands", stands)
        .flag("waits", stands && v.now() < one.in_force_at);
    if (stands) out.set("in_force_at", v.says.moment(one.in_force_at, v.where));
    if (stands && one.until) out.set("until", v.says.moment(*one.until, v.where));
    if (one.over_at) out.set("over_at", v.says.moment(*one.over_at, v.where));
    return out;
}

void show_representatives_of(const visit_ptr& v, const person_seen& of,
                             const std::vector<desk::representative_view>& all) {
    auto page = model_of(of);
    std::vector<model> shown;
    for (const auto& one : all) shown.push_back(representative_model(*v, one));
    std::ranges::reverse(shown);
    page.list("representatives", std::move(shown));
    v->show("representatives", v->says.word("representative.title"), std::move(page));
}

desk::reply<desk::told<desk::representative_view>> back(const visit_ptr& v) {
    return then_go_or_again<desk::told<desk::representative_view>>(v, "/representatives", "", show_representatives);
}

}  // namespace representing
}  // namespace

void show_representatives(const visit_ptr& v) {
    with_person(v, [v](const person_seen& of) {
        v->house.at.list_representatives(v->asking(), of.is.id.text(),
                                         or_refuse<desk::page_of<desk::representative_view>>(
                                             v, [v, of](const desk::page_of<desk::representative_view>& told) {
                                                 representing::show_representatives_of(v, of, told.items);
                                             }));
    });
}

void object_to_representative(const visit_ptr& v) {
    v->house.at.object_to_representative(v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
                                         representing::back(v));
}

void end_representative(const visit_ptr& v) {
    v->house.at.end_representation(v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
                                   representing::back(v));
}

}  // namespace keepline::portal
