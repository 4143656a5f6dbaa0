// The devices of a line: what each is worth, how a profile that waits gets onto one, the move of the number undone, a
// profile stopped and let serve again.
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace devices {

using profiles = std::vector<desk::line_profile_view>;

void with_devices(const visit_ptr& v, std::function<void(const line_seen&, const profiles&)> next) {
    with_line(v, [v, next = std::move(next)](const line_seen& of) {
        v->house.at.list_line_profiles(
            v->asking(), of.is.id,
            or_refuse<desk::page_of<desk::line_profile_view>>(
                v, [next, of](const desk::page_of<desk::line_profile_view>& told) { next(of, told.items); }));
    });
}

/// Of what kind another eSIM would be: as the one that has the number, else as the latest; empty: none is ours.
std::string type_of_more(const desk::line_view& line) {
    std::string out;
    for (const auto& one : line.profiles) {
        if (!one.type) continue;
        out = *one.type;
        if (one.serving) return out;
    }
    return out;
}

void add_undo(model& page, const visit& v, const line_seen& of) {
    const auto& last = of.is.last_switch;
    if (!last || last->undone || v.now() >= last->undo_until) return;
    page.set("undo_until", v.says.moment(last->undo_until, v.where))
        .set("switched_at", v.says.moment(last->at, v.where));
}

void show_devices_of(const visit_ptr& v, const line_seen& of, const profiles& all) {
    auto page = model_of(of);
    std::vector<model> shown;
    for (const auto& one : all) shown.push_back(device_model(*v, one).flag("waits", one.activation_code.has_value()));
    page.list("devices", std::move(shown)).flag("ordered", of.is.wanted.has_value());
    add_undo(page, *v, of);
    if (of.policy != nullptr) {
        page.set("most", std::to_string(of.policy->devices.bound_max));
        add_proof(page, *v, of, of.is.locked_since ? of.policy->unlock_evidence : of.policy->switch_evidence);
    }
    page.set("more_of", of.is.customer_lock ? std::string() : type_of_more(of.is))
        .flag("own_lock", of.is.customer_lock);
    v->show("devices", v->says.word("devices.title"), std::move(page));
}

/// A page may hold it in an address as it is, and no phone reads it otherwise.
bool is_plain_code(std::string_view code) {
    return std::ranges::all_of(code, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(":$.-_").find(c) != std::string_view::npos;
    });
}

/// The addresses by which a phone installs a profile on itself, as Apple (iOS 17.4 and later) and Android have them.
/// They are for the browser that shows the page; nothing here ever asks them.
void add_install_links(model& page, const std::string& code) {
    if (!is_plain_code(code)) return;
    const auto query = "/esim_qrcode_provisioning?carddata=" + code;
    page.set("apple", "https://esimsetup.apple.com" + query).set("android", "https://esimsetup.android.com" + query);
}

void show_device_of(const visit_ptr& v, const line_seen& of, const profiles& all) {
    const auto found = std::ranges::find(all, v->arg, [](const auto& one) { return one.iccid.text(); });
    if (found == all.end()) return v->refuse({base::code::not_found, ""});
    auto page = model_of(of);
    page.part("device", device_model(*v, *found)).set("iccid", v->arg).set("card", grouped(v->arg));
    page.flag("may_lose", may_be_lost(*found) && !of.is.locked_since)
        .flag("stopped", found->stopped.value_or(false))
        .flag("may_stop", may_be_lost(*found) && !found->stopped.value_or(false) && !found->serving);
    if (found->activation_code) {
        page.set("code", *found->activation_code).flag("confirmation", found->confirmation_code.value_or(false));
        add_install_links(page, *found->activation_code);
    }
    if (of.policy != nullptr)
        add_proof(page, *v, of, of.is.locked_since ? of.policy->unlock_evidence : of.policy->switch_evidence);
    v->show("device", v->says.word("devices.one"), std::move(page));
}

std::string page_of_device(const visit& v) { return about_line("/devices/" + v.arg, line_named(v)); }

}  // namespace devices
}  // namespace

void show_devices(const visit_ptr& v) {
    devices::with_devices(
        v, [v](const line_seen& of, const devices::profiles& all) { devices::show_devices_of(v, of, all); });
}

void undo_switch(const visit_ptr& v) {
    desk::proof_body body;
    body.recovery_code = saved_code_in(*v);
    const auto line = line_named(*v);
    v->house.at.undo_switch(v->asking(), line, body,
                            then_go_or_again<desk::line_told>(v, about_line("/devices", line), "saved", show_devices));
}

void order_device(const visit_ptr& v) {
    desk::new_profile_body body;
    body.type = std::string(v->said.value("type"));
    body.recovery_code = saved_code_in(*v);
    const auto line = line_named(*v);
    v->house.at.add_line_profile(
        v->asking(), line, std::move(body),
        then_go_or_again<desk::line_told>(v, about_line("/devices", line), "saved", show_devices));
}

void show_device(const visit_ptr& v) {
    devices::with_devices(
        v, [v](const line_seen& of, const devices::profiles& all) { devices::show_device_of(v, of, all); });
}

/// As a picture for the camera of the phone that shall have it.
void draw_code(const visit_ptr& v) {
    v->house.at.activation_code_svg(v->asking(), line_named(*v), v->arg,
                                    or_refuse<desk::drawing>(v, [v](const desk::drawing& drawn) {
                                        http::response out;
                                        out.type = drawn.type;
                                        out.body = drawn.content;
                                        v->answer(std::move(out));
                                    }));
}

void stop_device(const visit_ptr& v) {
    auto iccid = base::card_iccid::parse(v->arg);
    if (!iccid) return v->refuse({base::code::not_found, ""});
    v->house.at.stop_profile(v->asking(), line_named(*v), desk::iccid_body{std::move(*iccid)},
                             then_go_or_again<desk::line_told>(v, devices::page_of_device(*v), "", show_device));
}

void use_device(const visit_ptr& v) {
    auto iccid = base::card_iccid::parse(v->arg);
    if (!iccid) return v->refuse({base::code::not_found, ""});
    desk::resumed_body body{std::move(*iccid), {}, saved_code_in(*v)};
    v->house.at.resume_profile(v->asking(), line_named(*v), std::move(body),
                               then_go_or_again<desk::line_told>(v, devices::page_of_device(*v), "saved", show_device));
}

}  // namespace keepline::portal
