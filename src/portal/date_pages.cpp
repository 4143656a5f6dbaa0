// Until when the number is safe, what happens afterwards by itself, and how to keep it; the same as a file for a
// calendar, and by an address that calendars fetch it from again.
#include "base/digest.hpp"
#include "desk/coming_dates.hpp"
#include "domain/days.hpp"
#include "portal/calendar_file.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <map>

namespace keepline::portal {

namespace {
namespace dates {

constexpr std::size_t id_digits = 24;

std::vector<desk::coming_date> dates_of(const visit& v, const line_seen& of) {
    if (of.policy == nullptr) return {};
    return desk::coming_dates(of.is, of.policy->keepalive, v.where, v.now());
}

text::values places_of(const visit& v, const line_seen& of, const desk::coming_date& one) {
    text::values out;
    if (one.price) out["price"] = v.says.money(*one.price);
    if (of.policy != nullptr) out["days"] = std::to_string(of.policy->keepalive.retention_extends_days);
    return out;
}

std::string means(const visit& v, const line_seen& of, const desk::coming_date& one) {
    return v.says.word("coming_means." + std::string(boost::describe::enum_to_string(one.what, "")),
                       places_of(v, of, one));
}

void show_dates_of(const visit_ptr& v, const line_seen& of) {
    auto page = model_of(of);
    const auto now = v->now();
    if (!has_ended(of.is) && of.is.valid_until)
        page.set("last_day", v->says.day(domain::last_day(v->where, of.is.valid_until, now)))
            .set("keep", how_to_keep(*v, of.is));
    std::vector<model> all;
    for (const auto& one : dates_of(*v, of))
        all.push_back(model()
                          .set("when", v->says.moment(one.at, v->where))
                          .set("what", v->says.name("coming", one.what))
                          .set("means", means(*v, of, one)));
    page.list("dates", std::move(all)).flag("end_waits", desk::end_waits(of.is));
    if (has_ended(of.is)) return v->show("dates", v->says.word("dates.title"), std::move(page));
    v->house.at.read_calendar_address(v->asking(), of.is.id, [v, page](const result<desk::calendar_view>& told) {
        auto whole = page;
        whole.flag("may_feed", told.has_value());  // not in a session that only looks
        if (told && !told->address.empty())
            whole.set("address",
                      v->house.how.origin + "/calendar/" + told->address + ".ics?lang=" + v->says.language().tag);
        v->show("dates", v->says.word("dates.title"), std::move(whole));
    });
}

/// It names no number: a calendar is often shared.
void answer_calendar(const visit_ptr& v, const line_seen& of) {
    std::vector<calendar_entry> all;
    std::map<desk::coming, int> seen;
    for (const auto& one : dates_of(*v, of)) {
        // By what it is and which of its kind, not by its day: the same one of a later file takes its place.
        const std::string kind = boost::describe::enum_to_string(one.what, "");
        const auto id = v->house.at.shared().with.secrets->keyed_digest("portal-calendar", of.is.id,
                                                                        kind + std::to_string(++seen[one.what]));
        const bool waits = one.what == desk::coming::ended && desk::end_waits(of.is);
        all.push_back({id.substr(0, id_digits), one.at, v->says.name("coming", one.what),
                       waits ? v->says.word("dates.end_waits") : means(*v, of, one)});
    }
    http::response out;
    out.type = "text/calendar; charset=utf-8";
    out.headers.push_back({"Content-Disposition", "attachment; filename=\"keepline.ics\""});
    out.body = calendar_file(v->says.word("dates.title"), all, v->now());
    v->answer(std::move(out));
}

}  // namespace dates
}  // namespace

void show_dates(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { dates::show_dates_of(v, of); });
}

void fetch_calendar(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { dates::answer_calendar(v, of); });
}

/// An address, another one, or none any more.
void choose_calendar(const visit_ptr& v) {
    v->house.at.choose_calendar(v->asking(), v->who->who.id.text(),
                                desk::calendar_body{v->said.value("wanted") == "yes"},
                                then_go_or_again<desk::told<desk::subscriber_view>>(
                                    v, about_line("/dates", line_named(*v)) + "#calendar", "calendar", show_dates));
}

/// For whoever has the address: a program, without a session. Dates, and nothing of whom they are.
void feed_calendar(const visit_ptr& v) {
    v->house.at.read_line_of_calendar(v->asking_for_stranger(), v->arg,
                                      or_refuse<desk::line_told>(v, [v](const desk::line_told& told) {
                                          const auto* line = view_of(told);
                                          if (line == nullptr) return v->refuse({base::code::internal, ""});
                                          dates::answer_calendar(v, as_seen(v, *line));
                                      }));
}

}  // namespace keepline::portal
