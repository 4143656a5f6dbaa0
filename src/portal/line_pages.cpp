// A line at a glance, and the phone that is lost.
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

using domain::line_status;

constexpr std::size_t lines_shown_max = 16;

using lines_seen = std::vector<desk::line_view>;

/// Reads one after another, each from memory.
void read_lines(const visit_ptr& v, const std::vector<std::string>& ids, lines_seen seen,
                const std::function<void(const lines_seen&)>& next) {
    if (seen.size() == ids.size()) return next(seen);
    const auto id = ids[seen.size()];
    v->house.at.read_line(v->asking(), id,
                          or_refuse<desk::line_told>(v, [v, ids, seen, next](const desk::line_told& told) {
                              const auto* line = view_of(told);
                              if (line == nullptr) return v->refuse({base::code::internal, ""});
                              auto more = seen;
                              more.push_back(*line);
                              read_lines(v, ids, std::move(more), next);
                          }));
}

bool has_ended(const desk::line_view& line) { return !line.status || *line.status == line_status::ended; }

/// Goes on with a line of whoever is signed in, and all of theirs: the one that is named, else the first that lives.
void with_line(const visit_ptr& v, std::string_view named,
               std::function<void(const desk::line_view&, const lines_seen&)> next) {
    v->house.at.read_subscriber(
        v->asking(), v->who->who.id.text(),
        or_refuse<desk::told<desk::subscriber_view>>(
            v, [v, named = std::string(named), next = std::move(next)](const desk::told<desk::subscriber_view>& told) {
                const auto* person = view_of(told);
                auto ids = person == nullptr ? std::vector<std::string>() : person->lines;
                if (ids.empty() && named.empty()) return v->show("no-line", v->says.word("no_line.title"), {});
                if (ids.size() > lines_shown_max) ids.resize(lines_shown_max);
                if (!named.empty() && std::ranges::find(ids, named) == ids.end()) ids.push_back(named);
                read_lines(v, ids, {}, [v, named, next](const lines_seen& lines) {
                    auto wanted = std::ranges::find(lines, named, &desk::line_view::id);
                    if (named.empty()) wanted = std::ranges::find_if_not(lines, has_ended);
                    const auto& line = wanted == lines.end() ? lines.front() : *wanted;
                    v->where = rules_of(v->house, line.policy).zone;
                    next(line, lines);
                });
            }));
}

/// What keeps the line, in words of its policy.
std::string how_to_keep(const visit& v, const desk::line_view& line) {
    const auto rules = rules_of(v.house, line.policy).keepalive;
    if (rules.retention_fee)
        return v.says.word("line.keep_by_fee", {{"price", v.says.money(*rules.retention_fee)},
                                                {"days", std::to_string(rules.retention_extends_days)}});
    if (rules.validity_days == 0) return {};
    return v.says.word("line.keep_by_top_up", {{"days", std::to_string(rules.validity_days)}});
}

void add_dates(const visit& v, const desk::line_view& line, model& page) {
    const bool lives = line.status && *line.status != line_status::ended;
    if (lives && line.valid_until) page.set("last_day", v.says.moment(line.valid_until, v.where));
    if (lives) page.set("keep", how_to_keep(v, line));
    if (line.locked_since) page.set("locked_since", v.says.moment(*line.locked_since, v.where));
    if (line.customer_lock) page.flag("customer_lock");
    if (line.customer_unlock_at) page.set("unlock_at", v.says.moment(*line.customer_unlock_at, v.where));
}

void add_money(const visit& v, const desk::line_view& line, model& page) {
    const auto& of = line.balance;
    page.set("prepaid", v.says.money(of.prepaid));
    if (!of.bonus.is_zero()) page.set("bonus", v.says.money(of.bonus));
    if (!of.debt.is_zero()) page.set("debt", v.says.money(of.debt));
    if (!of.refund_pending.is_zero()) page.set("refund_pending", v.says.money(of.refund_pending));
}

void add_cases(const visit& v, const desk::line_view& line, model& page) {
    std::vector<model> past;
    const auto entry = [&](const std::string& id, domain::stage at, instant when) {
        return model().set("id", id).set("stage", v.says.name("stage", at)).set("when", v.says.day(when, v.where));
    };
    for (const auto& one : line.past_closures) past.push_back(entry(one.id, one.stage, one.ended_at));
    if (line.closure && domain::is_open(line.closure->stage))
        page.part("open_case", entry(line.closure->id, line.closure->stage, {}));
    else if (line.closure)
        past.push_back(entry(line.closure->id, line.closure->stage, {}));
    std::ranges::reverse(past);
    page.list("past_cases", std::move(past));
    const bool lives = line.status && *line.status != line_status::ended;
    page.flag("may_close", lives && (!line.closure || !domain::is_open(line.closure->stage)));
}

model line_model(const visit& v, const desk::line_view& line, const lines_seen& lines) {
    model page;
    page.set("id", line.id).set("number", line.number.text());
    if (line.status) {
        page.set("status", v.says.name("line_status", *line.status));
        page.set("status_means", v.says.name("line_status_means", *line.status));
    }
    add_dates(v, line, page);
    add_money(v, line, page);
    add_cases(v, line, page);
    std::vector<model> devices;
    for (const auto& one : line.profiles) devices.push_back(device_model(v, one));
    page.list("devices", std::move(devices));
    std::vector<model> others;
    for (const auto& one : lines)
        if (one.id != line.id)
            others.push_back(model()
                                 .set("id", one.id)
                                 .set("other_number", one.number.text())
                                 .set("other_status", one.status ? v.says.name("line_status", *one.status) : ""));
    page.list("other_lines", std::move(others));
    page.flag("may_lock", !line.locked_since && line.status && *line.status != line_status::ended);
    return page;
}

void show_lost_of(const visit_ptr& v, const desk::line_view& line) {
    model page;
    std::vector<model> devices;
    for (const auto& one : line.profiles)
        if (may_be_lost(one)) devices.push_back(device_model(*v, one));
    page.set("id", line.id).set("number", line.number.text()).list("devices", std::move(devices));
    v->show("lost", v->says.word("lost.title"), std::move(page));
}

}  // namespace

void show_line(const visit_ptr& v) {
    with_line(v, v->query.value("line"), [v](const desk::line_view& line, const lines_seen& lines) {
        v->show("line", line.number.text(), line_model(*v, line, lines));
    });
}

void show_lost(const visit_ptr& v) {
    with_line(v, v->query.value("line"), [v](const desk::line_view& line, const auto&) { show_lost_of(v, line); });
}

void report_lost(const visit_ptr& v) {
    const std::string line(v->said.value("line"));
    desk::lost_body body;
    if (const auto which = v->said.value("device"); !which.empty()) {
        auto iccid = base::card_iccid::parse(which);
        if (!iccid) return v->refuse(iccid.error());
        body.iccid = std::move(*iccid);
    }
    body.how = "portal";
    v->house.at.lock_lost(v->asking(), line, body,
                          or_refuse<desk::line_told>(v, [v](const desk::line_told&) { v->go("/locked"); }));
}

/// For whoever is signed in or not: the lock ends the sessions that a code to the line opened.
void show_locked(const visit_ptr& v) { v->show("locked", v->says.word("locked.title"), {}); }

}  // namespace keepline::portal
