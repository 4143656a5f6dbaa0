// Signing in with a code, a passkey or a recovery code, and out again. Whether a number is ours, and whether a code is
// on its way, is told nowhere here: the pages are the same for every number.
#include "base/json.hpp"
#include "portal/cookies.hpp"
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"
#include "portal/wanted_page.hpp"
#include "text/phone_number.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

/// With what a device is asked, for browsers that can.
void show_welcome_with(const visit_ptr& v, const model& page) {
    v->house.at.ask_passkey(v->asking_for_stranger(), desk::nothing{},
                            [v, page](const result<desk::passkey_challenge_view>& told) {
                                auto whole = page;
                                if (told) whole.set("passkey", base::to_json(*told, base::form::api));
                                v->show("welcome", v->says.word("welcome.title"), std::move(whole));
                            });
}

void show_welcome_again(const visit_ptr& v) {
    model page;
    page.set("number", std::string(v->said.value("number"))).flag("by_mail", v->said.value("way") == "mail");
    show_welcome_with(v, page);
}

/// What was typed to ask for the code `id`, so that another is asked for without typing it again. It stands in no
/// address: the browser keeps it while a code lives, sealed to this visit, so that nobody else's number gets there.
std::string asked_with(const visit& v, const std::string& id, std::string_view way, std::string_view number) {
    constexpr std::size_t seal_digits = 24;
    const auto what = id + "." + std::string(way) + "." + std::string(number);
    return what + "." + v.house.at.shared().with.secrets->keyed_digest("asked", v.seal, what).substr(0, seal_digits);
}

void add_asked(model& page, const visit& v) {
    const auto kept = cookie_named(v.in().cookie, cookie_name(asked_cookie, v.house.how.is_plain()));
    const auto before = v.arg + ".";
    if (!kept.starts_with(before)) return;
    const auto end_of_way = kept.find('.', before.size());
    const auto end_of_number = end_of_way == std::string::npos ? end_of_way : kept.find('.', end_of_way + 1);
    if (end_of_number == std::string::npos) return;
    const auto way = kept.substr(before.size(), end_of_way - before.size());
    auto number = kept.substr(end_of_way + 1, end_of_number - end_of_way - 1);
    if (kept != asked_with(v, v.arg, way, number)) return;
    page.flag("asked").set("way", way).set("number", std::move(number));
}

void show_code_of(const visit_ptr& v) {
    model page;
    page.set("action", "/sign-in/" + v->arg).set("again", "/");
    add_asked(page, *v);
    v->show("code", v->says.word("code.title"), std::move(page));
}

/// Whatever was known of this browser before is over: its session has a name that nobody could have set, and the one
/// that it had before ends, in whoever's hands it may be.
void sign_in(const visit_ptr& v, const desk::signed_in_view& as, const std::string& step_of) {
    const auto wanted = take_wanted(*v, "/line");
    const auto to = step_of.empty() ? wanted : step_of;
    v->set_cookie(session_cookie, as.token);
    v->set_cookie(visit_cookie, "");
    v->set_cookie(asked_cookie, "");
    if (!v->who) return v->go(to);
    v->house.at.end_session(v->asking(), v->who->who.id.text(), domain::token_print(v->who->digest), desk::nothing{},
                            [v, to](const result<desk::revoked_view>& ended) {
                                if (!ended)
                                    v->house.at.shared().with.log->warning("session_before_not_ended", v->correlation,
                                                                           {{"reason", ended.error().words}});
                                v->go(to);
                            });
}

/// Signs in and goes on to `to`, or where that is empty to the page that was wanted; or says at `field` that it was
/// wrong, and shows `again`.
desk::reply<desk::shown_once_told> signed_in_or(const visit_ptr& v, std::string field, std::string_view wrong_word,
                                                void (*again)(const visit_ptr&), std::string to = {}) {
    return [v, field = std::move(field), wrong_word, again,
            to = std::move(to)](const result<desk::shown_once_told>& told) {
        using enum base::code;
        const auto wrong = told ? internal : told.error().what;
        if (wrong == otp_wrong || wrong == invalid) {
            v->note_mistake(field, wrong_word);
            return again(v);
        }
        if (!told) return v->refuse(told.error());
        const auto text = base::parse_json(told->text);
        if (!text) return v->refuse(text.error());
        const auto as = base::decode<desk::signed_in_view>(*text, base::form::api);
        if (!as) return v->refuse(as.error());
        sign_in(v, *as, to);
    };
}

/// A code is shown anew in a session that is too old for something: that signs in again, and goes back to where it was
/// wanted: the case that was to be submitted, the contact point whose page it was, or the list of those.
struct proof_wanted {
    std::string closure;
    std::string contact;

    std::string back() const {
        if (!closure.empty()) return "/case/" + closure + "/check";
        return contact.empty() ? "/contacts" : "/contacts/" + contact;
    }
    std::string query() const {
        if (!closure.empty()) return "?case=" + form_encoded(closure);
        return contact.empty() ? "" : "?contact=" + form_encoded(contact);
    }
};
proof_wanted wanted_by(const visit_ptr& v) {
    const auto& from = v->in().how == http::verb::post ? v->said : v->query;
    const auto contact = base::label::parse(from.value("contact"));
    // Ids of ours are no labels; what comes back as one is a segment of a path all the same.
    const std::string closure(from.value("case"));
    const auto of_id = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    const bool is_id = closure.size() <= 64 && std::ranges::all_of(closure, of_id);
    return {is_id ? closure : std::string(), contact ? contact->text() : std::string()};
}

void show_proving_code_again(const visit_ptr& v) {
    const auto wanted = wanted_by(v);
    model page;
    page.set("action", "/prove/" + v->arg)
        .set("again", wanted.back())
        .set("contact", wanted.contact)
        .set("case", wanted.closure);
    v->show("code", v->says.word("code.title"), std::move(page));
}

void show_saved_code_again(const visit_ptr& v) {
    model page;
    page.set("number", std::string(v->said.value("number")));
    v->show("saved-code", v->says.word("saved_code.title"), std::move(page));
}

}  // namespace

void show_welcome(const visit_ptr& v) {
    if (v->who && v->query.value("again").empty()) return v->go("/line");
    model page;
    page.flag("ended", !v->query.value("ended").empty())
        .flag("out_here", v->query.value("out") == "here")
        .flag("out_everywhere", v->query.value("out") == "everywhere");
    if (v->who && !v->who->line.empty()) page.set("number", v->who->line.text());  // again, by another way
    show_welcome_with(v, page);
}

void ask_code(const visit_ptr& v) {
    auto number = text::typed_number(v->said.value("number"), v->house.how.country_code);
    if (!number) {
        v->note_mistake("number", "welcome.number_wrong");
        return show_welcome_again(v);
    }
    const bool by_mail = v->said.value("way") == "mail";
    const auto typed = number->text();
    desk::sign_in_body body;
    body.number = std::move(*number);
    body.how = by_mail ? desk::sign_in_way::mail : desk::sign_in_way::line;
    body.caller = v->caller();
    v->house.at.ask_sign_in(v->asking_for_stranger(), body,
                            or_refuse<desk::sign_in_told>(v, [v, by_mail, typed](const desk::sign_in_told& told) {
                                v->set_cookie(asked_cookie, asked_with(*v, told.id, by_mail ? "mail" : "line", typed),
                                              cookie_life::minutes);
                                v->go("/sign-in/" + told.id);
                            }));
}

void show_code(const visit_ptr& v) { show_code_of(v); }

void answer_code(const visit_ptr& v) {
    v->house.at.answer_sign_in(v->asking_for_stranger(), v->arg, desk::code_body{without_blanks(v->said.value("code"))},
                               signed_in_or(v, "code", "welcome.wrong", show_code_of));
}

/// To the line that the session is about, whose owner knows that they asked: no number is typed.
void ask_proving_code(const visit_ptr& v) {
    with_line(v, [v, wanted = wanted_by(v)](const line_seen& of) {
        desk::sign_in_body body;
        body.number = of.is.number;
        body.how = domain::sign_in_way::line;
        body.caller = v->caller();
        v->house.at.ask_sign_in(v->asking_for_stranger(), std::move(body),
                                or_refuse<desk::sign_in_told>(v, [v, wanted](const desk::sign_in_told& told) {
                                    v->go("/prove/" + told.id + wanted.query());
                                }));
    });
}

void show_proving_code(const visit_ptr& v) { show_proving_code_again(v); }

void answer_proving_code(const visit_ptr& v) {
    v->house.at.answer_sign_in(v->asking_for_stranger(), v->arg, desk::code_body{without_blanks(v->said.value("code"))},
                               signed_in_or(v, "code", "welcome.wrong", show_proving_code_again, wanted_by(v).back()));
}

void answer_by_passkey(const visit_ptr& v) {
    const auto part = [&](std::string_view name) { return std::string(v->said.value(name)); };
    desk::shown_passkey_body body{part("credential"), part("user_handle"), part("client_data"),
                                  part("authenticator_data"), part("signature")};
    v->house.at.sign_in_by_passkey(v->asking_for_stranger(), std::move(body),
                                   signed_in_or(v, "", "welcome.passkey_failed", show_welcome_again));
}

void show_saved_code(const visit_ptr& v) { show_saved_code_again(v); }

void answer_by_saved_code(const visit_ptr& v) {
    auto number = text::typed_number(v->said.value("number"), v->house.how.country_code);
    if (!number) {
        v->note_mistake("number", "welcome.number_wrong");
        return show_saved_code_again(v);
    }
    desk::saved_code_body body{std::move(*number), std::string(v->said.value("code")), v->caller()};
    v->house.at.sign_in_by_saved_code(v->asking_for_stranger(), std::move(body),
                                      signed_in_or(v, "code", "saved_code.wrong", show_saved_code_again));
}

namespace {

desk::reply<desk::revoked_view> then_out(const visit_ptr& v, std::string_view said_as) {
    return or_refuse<desk::revoked_view>(v, [v, said_as](const desk::revoked_view&) {
        v->set_cookie(session_cookie, "");
        v->set_cookie(wanted_cookie, "");
        v->go("/?out=" + std::string(said_as));
    });
}

}  // namespace

/// Here only: the other devices of the same person stay signed in.
void sign_out(const visit_ptr& v) {
    v->house.at.end_session(v->asking(), v->who->who.id.text(), domain::token_print(v->who->digest), desk::nothing{},
                            then_out(v, "here"));
}

/// On every device: whoever signs out because somebody else may be in is sure of it.
void sign_out_everywhere(const visit_ptr& v) {
    v->house.at.end_sessions(v->asking(), v->who->who.id.text(), desk::nothing{}, then_out(v, "everywhere"));
}

}  // namespace keepline::portal
