// A number that was closed, or lapsed, taken back by its last owner while that is possible: until when, what proves it
// and what of that was shown since the end, what comes back and what does not. The desk decides; most of what proves it
// is shown to people of ours, at a counter or by telephone.
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace take_back {

using domain::evidence_kind;

constexpr std::string_view page_of = "/take-back";

using case_reader = std::function<void(const line_seen&, const desk::closure_view*)>;

/// With its last case, where it has one: there proof is shown that counts after the end.
void with_last_case(const visit_ptr& v, case_reader next) {
    with_line(v, [v, next = std::move(next)](const line_seen& of) {
        if (!of.is.closure) return next(of, nullptr);
        v->house.at.read_closure(
            v->asking(), of.is.closure->id,
            or_refuse<desk::closure_told>(v, [of, next](const desk::closure_told& told) { next(of, view_of(told)); }));
    });
}

bool is_shown(const line_seen& of, const desk::closure_view* last, evidence_kind kind) {
    return last != nullptr && of.is.holds && std::ranges::any_of(last->evidence, [&](const auto& one) {
               return one.kind == kind && one.passed && one.at >= of.is.holds->from;
           });
}

std::vector<model> sets_in_words(const visit& v, const line_seen& of, const desk::closure_view* last,
                                 const domain::evidence_sets& sets) {
    std::vector<model> out;
    for (const auto& set : sets) {
        std::vector<model> kinds;
        for (const auto kind : set)
            kinds.push_back(
                model().set("proof", v.says.name("evidence", kind)).flag("shown", is_shown(of, last, kind)));
        out.push_back(model().list("kinds", std::move(kinds)));
    }
    return out;
}

void add_proofs(model& page, const visit& v, const line_seen& of, const desk::closure_view* last) {
    if (of.policy == nullptr) return;
    const auto& sets = of.policy->reinstate_evidence;
    const auto in_set = [](const auto& set) {
        return std::ranges::find(set, evidence_kind::recovery_code) != set.end();
    };
    const bool by_code = std::ranges::any_of(sets, in_set) && of.is.recovery_codes_left > 0 && last != nullptr;
    page.list("sets", sets_in_words(v, of, last, sets))
        .flag("by_saved", by_code && !is_shown(of, last, evidence_kind::recovery_code));
    if (of.policy->recovery_code_rest_days > 0)
        page.set("rest_days", std::to_string(of.policy->recovery_code_rest_days));
}

void show(const visit_ptr& v, const line_seen& of, const desk::closure_view* last) {
    auto page = model_of(of);
    const bool ended = has_ended(of.is);
    const bool may = can_be_taken_back(*v, of.is);
    page.flag("may", may)
        .flag("too_late", ended && !may)
        .flag("is_theirs", !ended)
        .flag("asked", ended && !v->query.value("asked").empty())
        .flag("weak", v->who->level == domain::session_level::weak);
    if (may) {
        page.set("reclaim_until", v->says.day(of.is.holds->reclaim_day));
        add_proofs(page, *v, of, last);
    }
    v->show("take-back", v->says.word("take_back.title"), std::move(page));
}

}  // namespace take_back
}  // namespace

bool can_be_taken_back(const visit& v, const desk::line_view& line) {
    return has_ended(line) && line.holds && v.now() < line.holds->reclaim_until;
}

void show_take_back(const visit_ptr& v) {
    take_back::with_last_case(
        v, [v](const line_seen& of, const desk::closure_view* last) { take_back::show(v, of, last); });
}

void take_number_back(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) {
        const auto line = of.is.id;
        v->house.at.reinstate_line(v->asking(), line, desk::nothing{}, [v, line](const result<desk::line_told>& told) {
            if (!told) return refuse_or_again(v, told.error(), "", show_take_back);
            const bool waits = std::get_if<desk::line_view>(&told->is) == nullptr;
            v->go(about_line(take_back::page_of, line) + (waits ? "&asked=1" : ""));
        });
    });
}

void show_saved_code_to_take_back(const visit_ptr& v) {
    auto code = saved_code_in(*v);
    take_back::with_last_case(v, [v, code = std::move(code)](const line_seen& of, const desk::closure_view* last) {
        if (last == nullptr) return v->refuse({base::code::not_found, ""});
        if (!code) {
            v->note_mistake("saved", "proof.code_missing");
            return take_back::show(v, of, last);
        }
        const auto line = of.is.id;
        v->house.at.present_recovery_code(v->asking(), last->id, desk::code_body{*code},
                                          [v, line](const result<desk::closure_told>& told) {
                                              if (!told)
                                                  return refuse_or_again(v, told.error(), "saved", show_take_back);
                                              v->go(about_line(take_back::page_of, line));
                                          });
    });
}

}  // namespace keepline::portal
