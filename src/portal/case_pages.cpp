// A case: what is left to do before it is sent in; afterwards, how it stands, with the evidence of each step, what its
// owner can do now, and the certificate at its end.
#include "desk/certificate_page.hpp"
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/live.hpp"
#include "portal/routes.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::portal {

namespace {

using domain::stage;

enum class progress { done, now, under_way, later, stuck, optional };
BOOST_DESCRIBE_ENUM(progress, done, now, under_way, later, stuck, optional)

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

/// "3 of 8": what its applicant has unbound elsewhere.
std::string accounts_done(const visit& v, const desk::closure_view& is) {
    const auto done = std::ranges::count(is.accounts, domain::account_answer::done, &domain::account_note::answer);
    return v.says.word("accounts.done_of",
                       {{"done", std::to_string(done)}, {"all", std::to_string(is.accounts.size())}});
}

/// That the list was kept, where its form led here.
void add_kept(model& page, const visit& v) { page.flag("kept", !v.query.value("kept").empty()); }

/// The page, or what of it changes while it is looked at.
enum class shown { whole, part };

void show_as(const visit_ptr& v, shown how, std::string_view page, const case_seen& of, model with) {
    with.set("version", std::to_string(of.is.version));
    if (how == shown::part) return v->show_part(page, of.is.version, std::move(with));
    v->show(page, v->says.word(std::string(page) + ".title"), std::move(with));
}

/// What was shown, what is looked at, and whose turn it is then.
std::string proof_so_far(const visit& v, const desk::closure_view& is) {
    const auto joined = [](std::string before, const std::string& more) {
        return before.empty() || more.empty() ? before + more : before + " " + more;
    };
    const auto waiting = checks_waiting(v, is);
    const auto done = proofs_done(v, is);
    if (!waiting.empty()) return joined(joined(done, waiting), v.says.word("proof.then_you"));
    return done.empty() ? done : joined(done, v.says.word("proof.more"));
}

/// Why a step that was done already is to be done still; empty: it was not.
std::string still_to_do(const visit& v, const desk::closure_view& is, std::string_view step) {
    if (step == "proof" && is.code_too_old) return v.says.word("proof.code_too_old");
    if (step == "proof") return proof_so_far(v, is);
    const bool agreed = is.quote_accepted_at && is.quote && v.now() < is.quote->expires_at;
    if (step == "quote" && agreed && is.still_to_pay)
        return v.says.word("quote.still_to_pay", {{"amount", v.says.money(*is.still_to_pay)}});
    return {};
}

/// Tasks in any order; what the desk misses is what is left to do.
void show_application(const visit_ptr& v, const case_seen& of, shown how) {
    const auto& is = of.is;
    const auto misses = [&](std::string_view step) {
        return std::ranges::any_of(is.missing, [&](const std::string& code) { return step_for(code) == step; });
    };
    std::vector<model> tasks;
    for (const auto* step : {"quote", "backup", "proof"}) {
        const bool open = misses(step);
        const bool ours = std::string_view(step) == "proof" && !is.code_too_old && !checks_waiting(*v, is).empty();
        const auto left = ours ? progress::under_way : progress::now;
        tasks.push_back(
            task(*v, step, open ? left : progress::done, open ? still_to_do(*v, is, step) : "").set("step", step));
    }
    const bool listed = std::ranges::none_of(
        is.accounts, [](const domain::account_note& one) { return one.answer == domain::account_answer::later; });
    if (!is.accounts.empty())
        tasks.push_back(task(*v, "accounts", listed ? progress::done : progress::optional, accounts_done(*v, is))
                            .set("step", "accounts"));
    const bool ready = std::ranges::all_of(is.missing, [](const std::string& code) { return step_for(code) == ""; });
    tasks.push_back(task(*v, "check", ready ? progress::now : progress::later).set("step", "check"));
    auto page = case_model(*v, of);
    add_kept(page, *v);
    page.list("tasks", std::move(tasks)).set("expires", v->says.moment(is.expires_at, v->where));
    show_as(v, how, "application", of, std::move(page));
}

// -- afterwards

constexpr auto said_for = base::minutes{15};  // that it was received

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
    return gone > step ? progress::done : gone == step ? progress::under_way : progress::later;
}

std::string review_words(const visit& v, const desk::closure_view& is) {
    if (is.decided_at) return v.says.word("case.decided", {{"time", v.says.moment(is.decided_at, v.where)}});
    if (is.paused_since) return v.says.word("case.waits_for_you");
    const text::values due{{"day", v.says.day(is.due)}};
    if (is.overdue) return v.says.word("case.overdue", due);
    return v.says.word(is.due_provisional ? "case.due_provisional" : "case.due", due);
}

std::string refund_words(const visit& v, const desk::closure_view& is) {
    if (!is.refund || is.refund->state == domain::refund_state::none) {
        if (steps_gone(is.stage) >= steps_gone(stage::settling) || !is.quote) return {};
        if (is.quote->to_refund.is_zero()) return v.says.word("case.settling_later");
        return v.says.word("case.refund_expected",
                           {{"amount", v.says.money(is.quote->to_refund)}, {"day", v.says.day(is.quote->refund_due)}});
    }
    return v.says.word("case.refund", {{"amount", v.says.money(is.refund->amount)},
                                       {"state", v.says.name("refund_state", is.refund->state)},
                                       {"day", v.says.day(is.refund->due)}});
}

/// Until it is their turn they keep the eSIM: whoever withdraws needs it.
std::string unbinding_words(const visit& v, const desk::closure_view& is) {
    if (steps_gone(is.stage) < steps_gone(stage::unbinding)) return v.says.word("case.unbinding_later");
    if (is.stage != stage::unbinding || !is.write_off_at) return {};
    return v.says.word("case.write_off", {{"day", v.says.day(is.write_off_at, v.where)}});
}

std::string closed_words(const visit& v, const desk::closure_view& is) {
    if (is.closed_at) return v.says.moment(is.closed_at, v.where);
    if (!is.earliest_end || v.now() >= is.earliest_end || is.earliest_end <= is.cooling_off_until) return {};
    return v.says.word("case.not_before", {{"time", v.says.moment(is.earliest_end, v.where)}});
}

std::vector<model> steps_of(const visit& v, const desk::closure_view& is) {
    std::vector<model> out;
    out.push_back(task(v, "received", progress::done,
                       v.says.word("case.received", {{"time", v.says.moment(is.submitted_at, v.where)}})));
    auto review = progress_of(is.stage, 1);
    if (review == progress::under_way && (is.paused_since || is.overdue)) review = progress::stuck;
    out.push_back(task(v, "review", review, review_words(v, is)));
    const auto waits = progress_of(is.stage, 2);
    const bool cools = is.cooling_off_until && waits != progress::done;
    out.push_back(task(v, "cooling_off", waits,
                       cools ? v.says.word("case.cooling_off", {{"time", v.says.moment(is.cooling_off_until, v.where)}})
                             : std::string()));
    out.push_back(task(v, "unbinding", is.stage == stage::unbinding ? progress::now : progress_of(is.stage, 3),
                       unbinding_words(v, is)));
    using enum domain::refund_state;
    const bool money_waits =
        is.refund && is.refund->state != none && is.refund->state != settled && is.refund->state != waived;
    const auto settles = progress_of(is.stage, 4);
    out.push_back(task(v, "settling", settles == progress::done && money_waits ? progress::under_way : settles,
                       refund_words(v, is)));
    out.push_back(task(v, "closed", is.stage == stage::closed ? progress::done : progress::later, closed_words(v, is)));
    return out;
}

bool has_open_case(const desk::line_view& line) { return line.closure && domain::is_open(line.closure->stage); }

void show_status(const visit_ptr& v, const case_seen& of, shown how) {
    const auto& is = of.is;
    auto page = case_model(*v, of);
    const bool on_the_way = steps_gone(is.stage) > 0;
    if (on_the_way) page.list("tasks", steps_of(*v, is));
    page.set("means", v->says.name("stage_means", is.stage))
        .set("decision", is.stage == stage::rejected ? is.decision_reason.value_or("") : "")
        .flag("may_stop", domain::may_still_stop(is.stage))
        .flag("may_list", may_note_accounts(is))
        .flag("has_certificate", is.has_certificate)
        .list("complaints", hearers_in_words(*v, is.complain_to));
    if (on_the_way && v->now() < is.submitted_at + said_for)
        page.set("sent", v->says.word("case.sent", {{"time", v->says.moment(is.submitted_at, v->where)}}));
    if (is.write_off_at) page.set("write_off_day", v->says.day(is.write_off_at, v->where));
    if (is.paused_since) page.set("wanted", is.info_wanted.value_or(""));
    if (!on_the_way) page.set("ended", v->says.moment(is.ended_at, v->where));
    const bool of_its_own = is.stage == stage::withdrawn || is.stage == stage::expired;
    page.flag("charged_again", is.stage == stage::withdrawn && is.submitted_at)
        .flag("may_begin", of_its_own && !has_ended(of.line) && !has_open_case(of.line));
    if (may_note_accounts(is)) page.set("accounts_done", accounts_done(*v, is));
    add_kept(page, *v);
    std::vector<model> devices;
    for (const auto& one : is.profiles) devices.push_back(device_model(*v, one));
    page.list("devices", std::move(devices)).flag("devices_wait", is.stage == stage::unbinding);
    if (is.holds && can_be_taken_back(*v, of.line)) page.set("reclaim_until", v->says.day(is.holds->reclaim_day));
    show_as(v, how, "case", of, std::move(page));
}

void show_stop_of(const visit_ptr& v, const case_seen& of) {
    if (!domain::may_still_stop(of.is.stage)) return v->go("/case/" + of.is.id);
    auto page = case_model(*v, of);
    page.flag("sent_in", of.is.stage != stage::opened).flag("has_list", !of.is.accounts.empty());
    v->show("stop", v->says.word("stop.title"), std::move(page));
}

desk::certificate_reading reading_of(const visit& v, const desk::certificate_told& told) {
    static const base::zone utc;
    desk::certificate_reading how;
    how.texts = v.house.texts;
    how.language = v.says.language().tag;
    how.zone = told.zone == nullptr ? &utc : told.zone;
    how.now = told.now;
    how.shows_signed = false;
    return how;
}

}  // namespace

std::string stands_in_words(const visit& v, const desk::closure_view& is) {
    switch (is.stage) {
        case stage::opened: return v.says.word("application.until", {{"time", v.says.moment(is.expires_at, v.where)}});
        case stage::in_review: return review_words(v, is);
        case stage::approved:
            return is.cooling_off_until
                       ? v.says.word("case.cooling_off", {{"time", v.says.moment(is.cooling_off_until, v.where)}})
                       : std::string();
        case stage::unbinding: return v.says.name("stage_means", is.stage);
        case stage::settling: return refund_words(v, is);
        default: return {};
    }
}

namespace {

void show_case_as(const visit_ptr& v, shown how) {
    with_case(v, [v, how](const case_seen& of) {
        of.is.stage == stage::opened ? show_application(v, of, how) : show_status(v, of, how);
    });
}

/// The part of a case's page anew whenever the case has changed, for as long as somebody looks.
void follow(const visit_ptr& v, const std::string& page) {
    if (!v->in().fetch_site.empty() && v->in().fetch_site != "same-origin")
        return v->refuse({base::code::forbidden, "Another site asked."});
    with_case(v, [v, page](const case_seen& of) {
        live_streams::followed what;
        what.key = {port::stream_kind::number, of.line.number.text()};
        what.part = page + "/part";
        const auto seen = v->query.value("seen");
        std::from_chars(seen.data(), seen.data() + seen.size(), what.seen);
        auto source = v->house.live->open(*v, std::move(what));
        if (!source) return v->refuse(source.error());
        http::response out;
        out.type = "text/event-stream";
        out.headers.push_back({"X-Accel-Buffering", "no"});  // nginx would collect it
        out.source = std::move(*source);
        v->answer(std::move(out));
    });
}

}  // namespace

void show_case(const visit_ptr& v) { show_case_as(v, shown::whole); }

void show_case_part(const visit_ptr& v) { show_case_as(v, shown::part); }

void follow_case(const visit_ptr& v) { follow(v, "/case/" + v->arg); }

void follow_quote(const visit_ptr& v) { follow(v, "/case/" + v->arg + "/quote"); }

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

void print_certificate(const visit_ptr& v) {
    const auto drawn = [v](const desk::certificate_told& told) {
        return desk::certificate_pdf(told.jws, reading_of(*v, told), v->house.at.shared().with.verify_page);
    };
    v->house.at.draw_certificate(
        v->asking(), v->arg, drawn, or_refuse<std::string>(v, [v](std::string paper) {
            http::response out;
            out.type = "application/pdf";
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"keepline-" + v->arg + ".pdf\""});
            out.body = std::move(paper);
            v->answer(std::move(out));
        }));
}

/// As it was signed, for whoever verifies it.
void fetch_certificate(const visit_ptr& v) {
    v->house.at.read_certificate(
        v->asking(), v->arg, or_refuse<desk::certificate_told>(v, [v](const desk::certificate_told& told) {
            http::response out;
            out.type = "application/jose";
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"keepline-" + v->arg + ".jws\""});
            out.body = told.jws;
            v->answer(std::move(out));
        }));
}

}  // namespace keepline::portal
