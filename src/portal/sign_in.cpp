// Signing in with a code, and out again.
#include "portal/cookies.hpp"
#include "portal/routes.hpp"

namespace keepline::portal {

void show_welcome(const visit_ptr& v) {
    if (v->who) return v->go("/line");
    model page;
    page.flag("ended", !v->query.value("ended").empty());
    v->show("welcome", v->says.word("welcome.title"), std::move(page));
}

void ask_code(const visit_ptr& v) { v->refuse({base::code::unavailable, ""}); }
void show_code(const visit_ptr& v) { v->refuse({base::code::not_found, ""}); }
void answer_code(const visit_ptr& v) { v->refuse({base::code::unavailable, ""}); }

/// On every device: whoever signs out because somebody else may be in is sure of it.
void sign_out(const visit_ptr& v) {
    v->house.at.end_sessions(v->asking(), v->who->who.id.text(), desk::nothing{},
                             or_refuse<desk::revoked_view>(v, [v](const desk::revoked_view&) {
                                 v->set_cookie(session_cookie, "");
                                 v->go("/");
                             }));
}

}  // namespace keepline::portal
