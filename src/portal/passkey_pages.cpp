// Passkeys and sessions of whoever is signed in: what is there, and how it ends. A device is asked by script
// (web/ui/passkeys.ts), which fills in the hidden fields of these forms and sends them like any other; without script
// nothing of that is shown.
#include "base/json.hpp"
#include "portal/routes.hpp"

#include <ranges>

namespace keepline::portal {

namespace {
namespace own_doors {

using passkeys_seen = desk::page_of<desk::passkey_view>;
using person_seen = desk::told<desk::subscriber_view>;

/// Goes on with the times of the person's first line.
void in_their_zone(const visit_ptr& v, const std::function<void()>& next) {
    v->house.at.read_subscriber(
        v->asking(), v->who->who.id.text(), or_refuse<person_seen>(v, [v, next](const person_seen& told) {
            const auto* person = view_of(told);
            if (person == nullptr || person->lines.empty()) return next();
            v->house.at.read_line(v->asking(), person->lines.front(), [v, next](const result<desk::line_told>& of) {
                const auto* line = of ? view_of(*of) : nullptr;
                if (line != nullptr) v->where = rules_of(v->house, line->policy).zone;
                next();
            });
        }));
}

model passkey_model(const visit& v, const desk::passkey_view& one) {
    model out;
    out.set("serial", std::to_string(one.serial))
        .set("place", v.says.name("passkey_place", one.place))
        .set("at", v.says.moment(one.at, v.where))
        .flag("synced", one.synced)
        .flag("full", one.opens == domain::session_level::reach);
    if (v.now() < one.full_from) out.set("full_from", v.says.day(one.full_from, v.where));
    if (one.used_at) out.set("used_at", v.says.moment(*one.used_at, v.where));
    if (one.doubted_at) out.set("doubted_at", v.says.moment(*one.doubted_at, v.where));
    return out;
}

void show_all(const visit_ptr& v, const passkeys_seen& seen, const std::string& options) {
    model page;
    std::vector<model> all;
    for (const auto& one : seen.items) all.push_back(passkey_model(*v, one));
    page.list("passkeys", std::move(all)).set("options", options);
    v->show("passkeys", v->says.word("passkeys.title"), std::move(page));
}

/// What a device is asked, where one may be added in this session; empty: it may not.
void with_options(const visit_ptr& v, const std::function<void(const std::string&)>& next) {
    v->house.at.want_passkey(v->asking(), v->who->who.id.text(), desk::nothing{},
                             [next](const result<desk::passkey_wanted_view>& told) {
                                 next(told ? base::to_json(*told, base::form::api) : std::string());
                             });
}

void show_passkeys_of(const visit_ptr& v) {
    in_their_zone(v, [v] {
        v->house.at.list_passkeys(
            v->asking(), v->who->who.id.text(), or_refuse<passkeys_seen>(v, [v](const passkeys_seen& seen) {
                with_options(v, [v, seen](const std::string& options) { show_all(v, seen, options); });
            }));
    });
}

model session_model(const visit& v, const desk::session_item& one) {
    model out;
    out.set("print", one.print)
        .set("way", one.way ? v.says.name("sign_in_way", *one.way) : v.says.word("sessions.elsewhere"))
        .set("since", v.says.moment(one.since, v.where))
        .set("until", v.says.moment(one.expires_at, v.where))
        .flag("own", one.own)
        .flag("weak", one.level == domain::session_level::weak);
    if (one.number) out.set("of_number", one.number->text());
    return out;
}

}  // namespace own_doors
}  // namespace

void show_passkeys(const visit_ptr& v) { own_doors::show_passkeys_of(v); }

void add_passkey(const visit_ptr& v) {
    desk::made_passkey_body body;
    if (const auto place = base::enum_named<domain::passkey_place>(v->said.value("place"))) body.place = *place;
    for (const auto part : std::views::split(v->said.value("transports"), ' '))
        if (const std::string_view one(part); !one.empty()) body.transports.emplace_back(one);
    body.client_data = v->said.value("client_data");
    body.authenticator_data = v->said.value("authenticator_data");
    v->house.at.enrol_passkey(v->asking(), v->who->who.id.text(), std::move(body),
                              [v](const result<desk::told<desk::passkey_view>>& told) {
                                  if (told) return v->go("/passkeys");
                                  if (told.error().what == base::code::unauthenticated) return v->refuse(told.error());
                                  v->note_mistake("", told.error());
                                  own_doors::show_passkeys_of(v);
                              });
}

void remove_passkey(const visit_ptr& v) {
    v->house.at.remove_passkey(v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
                               or_refuse<desk::done_told>(v, [v](const desk::done_told&) { v->go("/passkeys"); }));
}

void show_sessions(const visit_ptr& v) {
    own_doors::in_their_zone(v, [v] {
        using seen = desk::page_of<desk::session_item>;
        v->house.at.list_sessions(v->asking(), v->who->who.id.text(), or_refuse<seen>(v, [v](const seen& told) {
                                      model page;
                                      std::vector<model> all;
                                      for (const auto& one : told.items)
                                          all.push_back(own_doors::session_model(*v, one));
                                      page.list("sessions", std::move(all));
                                      v->show("sessions", v->says.word("sessions.title"), std::move(page));
                                  }));
    });
}

/// One's own as well: then nobody is signed in any more.
void end_session(const visit_ptr& v) {
    v->house.at.end_session(v->asking(), v->who->who.id.text(), v->arg, desk::nothing{},
                            or_refuse<desk::revoked_view>(v, [v](const desk::revoked_view&) { v->go("/sessions"); }));
}

}  // namespace keepline::portal
