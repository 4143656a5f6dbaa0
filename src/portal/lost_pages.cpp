// A phone that is lost, and one that was found again.
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

namespace keepline::portal {

namespace {
namespace lost_pages {

std::string shown_device(const visit& v) {
    const auto posted = v.said.value("device");
    return std::string(posted.empty() ? v.query.value("device") : posted);
}

/// Devices of one kind, each to be chosen; one that the address names is chosen already.
template <typename Which>
void add_choice(model& page, const visit& v, const line_seen& of, Which which) {
    const auto named = shown_device(v);
    std::vector<model> devices;
    bool chosen = false;
    for (const auto& one : of.is.profiles) {
        if (!which(one)) continue;
        const bool is = one.iccid.text() == named;
        chosen = chosen || is;
        devices.push_back(device_model(v, one).flag("chosen", is));
    }
    page.list("devices", std::move(devices)).flag("one_chosen", chosen);
}

void show_lost_of(const visit_ptr& v, const line_seen& of) {
    auto page = model_of(of);
    add_choice(page, *v, of, may_be_lost);
    v->show("lost", v->says.word("lost.title"), std::move(page));
}

void show_found_of(const visit_ptr& v, const line_seen& of) {
    auto page = model_of(of);
    add_choice(page, *v, of, [](const desk::profile_view& one) { return one.lost; });
    if (of.is.locked_since) page.set("locked_since", v->says.moment(*of.is.locked_since, v->where));
    if (of.policy != nullptr) add_proof(page, *v, of, of.policy->unlock_evidence);
    v->show("found", v->says.word("found.title"), std::move(page));
}

/// What the form names; nothing: none in particular.
result<std::optional<base::card_iccid>> device_in(const visit& v) {
    const auto which = v.said.value("device");
    if (which.empty()) return std::nullopt;
    TRY(iccid, base::card_iccid::parse(which));
    return iccid;
}

}  // namespace lost_pages
}  // namespace

void show_lost(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { lost_pages::show_lost_of(v, of); });
}

void report_lost(const visit_ptr& v) {
    auto device = lost_pages::device_in(*v);
    if (!device) return v->refuse(device.error());
    desk::lost_body body;
    body.iccid = std::move(*device);
    body.how = "portal";
    v->house.at.lock_lost(v->asking(), std::string(v->said.value("line")), body,
                          or_refuse<desk::line_told>(v, [v](const desk::line_told&) { v->go("/locked"); }));
}

/// For whoever is signed in or not: the lock ends the sessions that a code to the line opened.
void show_locked(const visit_ptr& v) { v->show("locked", v->says.word("locked.title"), {}); }

void show_found(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { lost_pages::show_found_of(v, of); });
}

void report_found(const visit_ptr& v) {
    auto device = lost_pages::device_in(*v);
    if (!device) return v->refuse(device.error());
    desk::found_body body;
    body.iccid = std::move(*device);
    body.recovery_code = saved_code_in(*v);
    const auto line = line_named(*v);
    v->house.at.declare_found(
        v->asking(), line, body,
        then_go_or_again<desk::line_told>(v, about_line("/line", line), body.recovery_code ? "saved" : "", show_found));
}

}  // namespace keepline::portal
