// What protects a line against whoever has its phone or a session: its owner's own lock, and the codes that they keep.
#include "base/json.hpp"
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

namespace keepline::portal {

namespace {
namespace protection {

void show_lock_of(const visit_ptr& v, const line_seen& of) {
    auto page = model_of(of);
    page.flag("customer_lock", of.is.customer_lock);
    if (of.is.customer_unlock_at) page.set("unlock_at", v->says.moment(*of.is.customer_unlock_at, v->where));
    if (of.policy != nullptr) {
        page.set("wait_hours", std::to_string(of.policy->customer_unlock_wait_hours));
        add_proof(page, *v, of, of.policy->customer_unlock_evidence);
    }
    v->show("lock", v->says.word("lock.title"), std::move(page));
}

void show_codes_of(const visit_ptr& v, const line_seen& of) {
    auto page = model_of(of);
    if (of.is.recovery_codes_left > 0) page.set("left", std::to_string(of.is.recovery_codes_left));
    if (of.policy != nullptr) add_proof(page, *v, of, of.policy->customer_unlock_evidence);
    v->show("codes", v->says.word("codes.title"), std::move(page));
}

/// In the answer to the form, for no address may show them again. Loaded again within some minutes it sends the same
/// form, and the desk tells the same codes.
void show_made(const visit_ptr& v, const std::string& line, const desk::shown_once_told& told) {
    const auto text = base::parse_json(told.text);
    if (!text) return v->refuse(text.error());
    const auto made = base::decode<desk::recovery_codes_view>(*text, base::form::api);
    if (!made) return v->refuse(made.error());
    std::vector<model> codes;
    for (const auto& one : made->codes) codes.push_back(model().set("code", one));
    model page;
    page.set("line", line).list("codes", std::move(codes));
    v->show("codes-made", v->says.word("codes.made"), std::move(page));
}

}  // namespace protection
}  // namespace

void show_lock(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { protection::show_lock_of(v, of); });
}

/// "on"; "off", which everybody is told of and which waits; "now": with a saved code.
void set_lock(const visit_ptr& v) {
    const auto wanted = v->said.value("lock");
    if (wanted != "on" && wanted != "off" && wanted != "now") {
        v->note_mistake("", "lock.choice_missing");
        return show_lock(v);
    }
    desk::customer_lock_body body;
    body.locked = wanted == "on";
    if (wanted == "now") body.recovery_code = saved_code_in(*v);
    if (wanted == "now" && !body.recovery_code) {
        v->note_mistake("saved", "proof.code_missing");
        return show_lock(v);
    }
    const auto line = line_named(*v);
    v->house.at.set_customer_lock(
        v->asking(), line, body,
        then_go_or_again<desk::line_told>(v, about_line("/lock", line), body.recovery_code ? "saved" : "", show_lock));
}

void show_codes(const visit_ptr& v) {
    with_line(v, [v](const line_seen& of) { protection::show_codes_of(v, of); });
}

void make_codes(const visit_ptr& v) {
    desk::recovery_codes_body body;
    body.recovery_code = saved_code_in(*v);
    const auto line = line_named(*v);
    v->house.at.make_recovery_codes(v->asking(), line, body, [v, line](const result<desk::shown_once_told>& told) {
        told ? protection::show_made(v, line, *told) : refuse_or_again(v, told.error(), "saved", show_codes);
    });
}

}  // namespace keepline::portal
