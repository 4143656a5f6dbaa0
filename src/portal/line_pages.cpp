// A line at a glance.
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"
#include "text/phone_number.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

using domain::line_status;

/// Its application was sent in: nothing is charged, and nothing needs to be kept.
bool is_being_closed(const desk::line_view& line) {
    return line.closure && domain::is_open(line.closure->stage) && line.closure->stage != domain::stage::opened;
}

void add_dates(const visit& v, const desk::line_view& line, model& page) {
    const bool lives = !has_ended(line) && !is_being_closed(line);
    if (lives && line.valid_until) page.set("last_day", v.says.moment(line.valid_until, v.where));
    if (lives) page.set("keep", how_to_keep(v, line));
    if (line.locked_since) page.set("locked_since", v.says.moment(*line.locked_since, v.where));
    if (line.customer_lock) page.flag("customer_lock");
    if (line.customer_unlock_at) page.set("unlock_at", v.says.moment(*line.customer_unlock_at, v.where));
}

/// `last`: its open case, where it could be read.
void add_cases(const visit& v, const desk::line_view& line, const desk::closure_view* last, model& page) {
    std::vector<model> past;
    const auto entry = [&](const std::string& id, domain::stage at, instant when) {
        return model().set("id", id).set("stage", v.says.name("stage", at)).set("when", v.says.day(when, v.where));
    };
    for (const auto& one : line.past_closures) past.push_back(entry(one.id, one.stage, one.ended_at));
    if (line.closure && domain::is_open(line.closure->stage))
        page.part("open_case", entry(line.closure->id, line.closure->stage, {})
                                   .set("stands", last == nullptr ? std::string() : stands_in_words(v, *last))
                                   .flag("not_sent", line.closure->stage == domain::stage::opened));
    else if (line.closure)
        past.push_back(entry(line.closure->id, line.closure->stage, line.closure->ended_at.value_or(instant{})));
    std::ranges::reverse(past);
    page.list("past_cases", std::move(past));
    const bool lives = !has_ended(line);
    page.flag("may_close", lives && (!line.closure || !domain::is_open(line.closure->stage)));
}

model line_model(const visit& v, const line_seen& of, const desk::closure_view* last) {
    const auto& line = of.is;
    auto page = model_of(of);
    page.flag("weak", v.who && v.who->level == domain::session_level::weak)
        .flag("charges_stopped", is_being_closed(line));
    if (line.status) {
        page.set("status", v.says.name("line_status", *line.status));
        page.set("status_means", v.says.name("line_status_means", *line.status));
    }
    add_dates(v, line, page);
    add_balance(page, v, line.balance);
    add_cases(v, line, last, page);
    std::vector<model> devices;
    for (const auto& one : line.profiles) devices.push_back(device_model(v, one));
    page.list("devices", std::move(devices));
    std::vector<model> others;
    for (const auto& one : of.all)
        if (one.id != line.id)
            others.push_back(model()
                                 .set("id", one.id)
                                 .set("other_number", text::spaced(one.number.text()))
                                 .set("other_status", one.status ? v.says.name("line_status", *one.status) : ""));
    page.list("other_lines", std::move(others));
    if (can_be_taken_back(v, line)) page.set("reclaim_until", v.says.day(line.holds->reclaim_day));
    page.flag("may_lock", !line.locked_since && !has_ended(line));
    return page;
}

}  // namespace

void show_line(const visit_ptr& v) {
    with_lines(v, [v](const line_seen& of) {
        const auto show = [v, of](const desk::closure_view* last) {
            v->show("line", text::spaced(of.is.number.text()), line_model(*v, of, last));
        };
        if (!of.is.closure || !domain::is_open(of.is.closure->stage)) return show(nullptr);
        v->house.at.read_closure(v->asking(), of.is.closure->id, [show](const result<desk::closure_told>& told) {
            show(told ? std::get_if<desk::closure_view>(&told->is) : nullptr);
        });
    });
}

}  // namespace keepline::portal
