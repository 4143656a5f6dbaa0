// Signing in with a code, and out again. Whether a number is ours, and whether a code is on its way, is told nowhere
// here: the pages are the same for every number.
#include "base/json.hpp"
#include "portal/cookies.hpp"
#include "portal/routes.hpp"

namespace keepline::portal {

namespace {

/// A number as people type it: spaces, hyphens, brackets, 00 for the plus.
base::result<base::msisdn> typed_number(std::string_view in) {
    std::string digits;
    for (const char c : in)
        if (std::string_view(" -()./\t").find(c) == std::string_view::npos) digits += c;
    if (digits.starts_with("00")) digits.replace(0, 2, "+");
    return base::msisdn::parse(digits);
}

void show_welcome_again(const visit_ptr& v) {
    model page;
    page.set("number", std::string(v->said.value("number"))).flag("by_mail", v->said.value("way") == "mail");
    v->show("welcome", v->says.word("welcome.title"), std::move(page));
}

void show_code_of(const visit_ptr& v) {
    model page;
    page.set("sign_in", v->arg);
    v->show("code", v->says.word("code.title"), std::move(page));
}

/// Whatever was known of this browser before is over: its session has a name that nobody could have set.
void sign_in(const visit_ptr& v, const desk::signed_in_view& as) {
    v->set_cookie(session_cookie, as.token);
    v->set_cookie(visit_cookie, "");
    v->go("/line");
}

}  // namespace

void show_welcome(const visit_ptr& v) {
    if (v->who && v->query.value("again").empty()) return v->go("/line");
    model page;
    page.flag("ended", !v->query.value("ended").empty());
    v->show("welcome", v->says.word("welcome.title"), std::move(page));
}

void ask_code(const visit_ptr& v) {
    auto number = typed_number(v->said.value("number"));
    if (!number) {
        v->note_mistake("number", "welcome.number_wrong");
        return show_welcome_again(v);
    }
    desk::sign_in_body body;
    body.number = std::move(*number);
    body.how = v->said.value("way") == "mail" ? desk::sign_in_way::mail : desk::sign_in_way::line;
    body.caller = v->house.at.shared().with.secrets->keyed_digest("portal-caller", "", v->in().peer);
    v->house.at.ask_sign_in(
        v->asking_for_stranger(), body,
        or_refuse<desk::sign_in_told>(v, [v](const desk::sign_in_told& told) { v->go("/sign-in/" + told.id); }));
}

void show_code(const visit_ptr& v) { show_code_of(v); }

void answer_code(const visit_ptr& v) {
    std::string code;
    for (const char c : v->said.value("code"))
        if (c != ' ') code += c;
    v->house.at.answer_sign_in(v->asking_for_stranger(), v->arg, desk::code_body{std::move(code)},
                               [v](const result<desk::shown_once_told>& told) {
                                   using enum base::code;
                                   const auto wrong = told ? internal : told.error().what;
                                   if (wrong == otp_wrong || wrong == invalid) {
                                       v->note_mistake("code", "welcome.wrong");
                                       return show_code_of(v);
                                   }
                                   if (!told) return v->refuse(told.error());
                                   const auto text = base::parse_json(told->text);
                                   if (!text) return v->refuse(text.error());
                                   const auto as = base::decode<desk::signed_in_view>(*text, base::form::api);
                                   if (!as) return v->refuse(as.error());
                                   sign_in(v, *as);
                               });
}

/// On every device: whoever signs out because somebody else may be in is sure of it.
void sign_out(const visit_ptr& v) {
    v->house.at.end_sessions(v->asking(), v->who->who.id.text(), desk::nothing{},
                             or_refuse<desk::revoked_view>(v, [v](const desk::revoked_view&) {
                                 v->set_cookie(session_cookie, "");
                                 v->go("/");
                             }));
}

}  // namespace keepline::portal
