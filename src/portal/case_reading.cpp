#include "portal/case_reading.hpp"

namespace keepline::portal {

void with_case(const visit_ptr& v, std::function<void(const case_seen&)> next) {
    v->house.at.read_closure(
        v->asking(), v->arg, or_refuse<desk::closure_told>(v, [v, next = std::move(next)](desk::closure_told told) {
            auto* found = std::get_if<desk::closure_view>(&told.is);
            if (found == nullptr) return v->refuse({base::code::internal, ""});
            const auto line = found->line_id;
            v->house.at.read_line(
                v->asking(), line,
                or_refuse<desk::line_told>(v, [v, next, is = std::move(*found)](const desk::line_told& seen) {
                    const auto* of = view_of(seen);
                    if (of == nullptr) return v->refuse({base::code::internal, ""});
                    v->where = rules_of(v->house, of->policy).zone;
                    next({is, *of});
                }));
        }));
}

namespace {

std::string address_of(const visit& v, const std::string& step) {
    return "/case/" + v.arg + (step.empty() ? "" : "/" + step);
}

}  // namespace

desk::reply<desk::closure_told> then_case(const visit_ptr& v, const std::string& step) {
    return or_refuse<desk::closure_told>(v, [v, step](const desk::closure_told&) { v->go(address_of(*v, step)); });
}

desk::reply<desk::closure_told> then_case_or_again(const visit_ptr& v, std::string field,
                                                   void (*again)(const visit_ptr&), const std::string& step) {
    return [v, field = std::move(field), again, step](const result<desk::closure_told>& told) {
        if (told) return v->go(address_of(*v, step));
        if (told.error().what == base::code::not_found || told.error().what == base::code::unauthenticated)
            return v->refuse(told.error());
        v->note_mistake(field, told.error());
        again(v);
    };
}

model case_model(const visit& v, const case_seen& of) {
    model out;
    out.set("case", of.is.id)
        .set("line", of.is.line_id)
        .set("number", of.line.number.text())
        .set("reference", of.is.reference.value_or(""))
        .set("stage", v.says.name("stage", of.is.stage));
    return out;
}

}  // namespace keepline::portal
