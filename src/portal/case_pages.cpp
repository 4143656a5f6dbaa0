// A case: what is left to do before it is sent in; afterwards, how it stands, with the evidence of each step, what its
// owner can do now, and the certificate at its end.
#include "desk/certificate_page.hpp"
#include "portal/case_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

using domain::stage;

enum class progress { done, now, later, stuck };
BOOST_DESCRIBE_ENUM(progress, done, now, later, stuck)

/// One row of a task list.
model task(const visit& v, std::string_view key, progress how, std::string more = {}) {
    const std::string mark = boost::describe::enum_to_string(how, "");
    return model()
        .set("task", v.says.word("task." + std::string(key)))
        .set("mark", mark)
        .set("state", v.says.name("progress", how))
        .set("more", std::move(more));
}

// -- before it is sent in

bool is_proved(const desk::closure_view& of) {
    return std::ranges::any_of(of.evidence_wanted, [&](const auto& set) {
        return std::ranges::all_of(set, [&](domain::evidence_kind kind) {
            return std::ranges::any_of(of.evidence, [&](const auto& one) { return one.kind == kind && one.passed; });
        });
    });
}

void show_application(const visit_ptr& v, const case_seen& of) {
    using enum domain::backup_state;
    const auto& is = of.is;
    const auto backup = is.backup ? is.backup->state : undecided;
    const bool decided = backup == downloaded || backup == declined;
    const auto state = [](bool done) { return done ? progress::done : progress::now; };
    std::vector<model> tasks;
    const bool agreed = is.quote_accepted_at && is.quote && v->now() < is.quote->expires_at;
    tasks.push_back(task(*v, "quote", state(agreed)).set("step", "quote"));
    tasks.push_back(task(*v, "backup", state(decided)).set("step", "backup"));
    tasks.push_back(task(*v, "proof", state(is_proved(is))).set("step", "proof"));
    const bool ready = agreed && decided && is_proved(is);
    tasks.push_back(task(*v, "check", ready ? progress::now : progress::later).set("step", "check"));
    auto page = case_model(*v, of);
    page.list("tasks", std::move(tasks)).set("expires", v->says.moment(is.expires_at, v->where));
    v->show("application", v->says.word("application.title"), std::move(page));
}

// -- afterwards

/// How far along the way a stage is.
int steps_gone(stage at) {
    switch (at) {
        case stage::in_review: return 1;
        case stage::approved: return 2;
        case stage::unbinding: return 3;
        case stage::settling: return 4;
        case stage::closed: return 5;
        default: return 0;
    }
}

progress progress_of(stage at, int step) {
    const int gone = steps_gone(at);
    return gone > step ? progress::done : gone == step ? progress::now : progress::later;
}

std::string review_words(const visit& v, const desk::closure_view& is) {
    if (is.decided_at) return v.says.word("case.decided", {{"time", v.says.moment(is.decided_at, v.where)}});
    if (is.paused_since) return v.says.word("case.waits_for_you");
    const text::values due{{"day", v.says.day(is.due)}};
    if (is.overdue) return v.says.word("case.overdue", due);
    return v.says.word(is.due_provisional ? "case.due_provisional" : "case.due", due);
}

std::string refund_words(const visit& v, const desk::closure_view& is) {
    if (!is.refund || is.refund->state == domain::refund_state::none) return {};
    return v.says.word("case.refund", {{"amount", v.says.money(is.refund->amount)},
                                       {"state", v.says.name("refund_state", is.refund->state)},
                                       {"day", v.says.day(is.refund->due)}});
}

std::vector<model> steps_of(const visit& v, const desk::closure_view& is) {
    std::vector<model> out;
    out.push_back(task(v, "received", progress::done,
                       v.says.word("case.received", {{"time", v.says.moment(is.submitted_at, v.where)}})));
    auto review = progress_of(is.stage, 1);
    if (review == progress::now && (is.paused_since || is.overdue)) review = progress::stuck;
    out.push_back(task(v, "review", review, review_words(v, is)));
    const auto waits = progress_of(is.stage, 2);
    const bool cools = is.cooling_off_until && waits != progress::done;
    out.push_back(task(v, "cooling_off", waits,
                       cools ? v.says.word("case.cooling_off", {{"time", v.says.moment(is.cooling_off_until, v.where)}})
                             : std::string()));
    const auto unbinds = progress_of(is.stage, 3);
    const bool waits_for_devices = unbinds == progress::now && is.write_off_at;
    out.push_back(task(v, "unbinding", unbinds,
                       waits_for_devices
                           ? v.says.word("case.write_off", {{"day", v.says.day(is.write_off_at, v.where)}})
                           : std::string()));
    out.push_back(task(v, "settling", progress_of(is.stage, 4), refund_words(v, is)));
    out.push_back(task(v, "closed", is.stage == stage::closed ? progress::done : progress::later,
                       is.closed_at ? v.says.moment(is.closed_at, v.where) : std::string()));
    return out;
}

std::vector<model> complaints_in_words(const visit& v, const desk::closure_view& is) {
    std::vector<model> out;
    const bool chinese = v.says.language().tag.starts_with("zh");
    for (const auto& one : is.complain_to)
        out.push_back(model()
                          .set("whom", chinese ? one.name_zh.value_or(one.name) : one.name)
                          .set("web", one.web.value_or(""))
                          .set("phone", one.phone.value_or("")));
    return out;
}

void show_status(const visit_ptr& v, const case_seen& of) {
    const auto& is = of.is;
    auto page = case_model(*v, of);
    const bool on_the_way = steps_gone(is.stage) > 0;
    if (on_the_way) page.list("tasks", steps_of(*v, is));
    page.set("means", v->says.name("stage_means", is.stage))
        .set("decision", is.stage == stage::rejected ? is.decision_reason.value_or("") : "")
        .flag("may_stop", domain::may_still_stop(is.stage))
        .flag("has_certificate", is.has_certificate)
        .list("complaints", complaints_in_words(*v, is));
    if (is.paused_since) page.set("wanted", is.info_wanted.value_or(""));
    if (!on_the_way) page.set("ended", v->says.moment(is.ended_at, v->where));
    std::vector<model> devices;
    for (const auto& one : is.profiles) devices.push_back(device_model(*v, one));
    page.list("devices", std::move(devices)).flag("devices_wait", is.stage == stage::unbinding);
    if (is.holds) page.set("reclaim_until", v->says.day(is.holds->reclaim_day));
    v->show("case", v->says.word("case.title"), std::move(page));
}

void show_stop_of(const visit_ptr& v, const case_seen& of) {
    if (!domain::may_still_stop(of.is.stage)) return v->go("/case/" + of.is.id);
    v->show("stop", v->says.word("stop.title"), case_model(*v, of));
}

desk::certificate_reading reading_of(const visit& v, const desk::certificate_told& told) {
    static const base::zone utc;
    desk::certificate_reading how;
    how.texts = v.house.texts;
    how.language = v.says.language().tag;
    how.zone = told.zone == nullptr ? &utc : told.zone;
    how.now = told.now;
    return how;
}

}  // namespace

void show_case(const visit_ptr& v) {
    with_case(
        v, [v](const case_seen& of) { of.is.stage == stage::opened ? show_application(v, of) : show_status(v, of); });
}

void give_information(const visit_ptr& v) {
    desk::information_body body{std::string(v->said.value("information"))};
    v->house.at.give_information(v->asking(), v->arg, std::move(body), then_case_or_again(v, "information", show_case));
}

void show_stop(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) { show_stop_of(v, of); });
}

void withdraw_case(const visit_ptr& v) {
    v->house.at.withdraw_closure(v->asking(), v->arg, desk::nothing{}, then_case(v));
}

void repudiate_case(const visit_ptr& v) {
    v->house.at.repudiate_closure(v->asking(), v->arg, desk::repudiation_body{}, then_case(v));
}

void show_certificate(const visit_ptr& v) {
    v->house.at.read_certificate(v->asking(), v->arg,
                                 or_refuse<desk::certificate_told>(v, [v](const desk::certificate_told& told) {
                                     auto words = desk::certificate_in_words(told.jws, reading_of(*v, told));
                                     if (!words) return v->refuse(words.error());
                                     model page;
                                     page.set("case", v->arg).set("certificate", std::move(*words));
                                     v->show("certificate", v->says.word("certificate.title"), std::move(page));
                                 }));
}

/// As it was signed, for whoever verifies it.
void fetch_certificate(const visit_ptr& v) {
    v->house.at.read_certificate(
        v->asking(), v->arg, or_refuse<desk::certificate_told>(v, [v](const desk::certificate_told& told) {
            http::response out;
            out.type = "application/jose";
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + v->arg + ".jws\""});
            out.body = told.jws;
            v->answer(std::move(out));
        }));
}

}  // namespace keepline::portal
