// What else is bound to the number: a list that the applicant works through, kept in the case.
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

namespace {

using domain::account_answer;

constexpr std::array answers{account_answer::done, account_answer::later, account_answer::unknown};

/// The name of its field.
std::string field_of(domain::bound_account what) {
    return "account-" + std::string(boost::describe::enum_to_string(what, ""));
}

void show_accounts_of(const visit_ptr& v, const case_seen& of) {
    std::vector<model> accounts;
    for (const auto& one : of.is.accounts) {
        std::vector<model> choices;
        for (const auto answer : answers)
            choices.push_back(model()
                                  .set("value", boost::describe::enum_to_string(answer, ""))
                                  .set("answer", v->says.name("account_answer", answer))
                                  .set("field", field_of(one.what))
                                  .flag("chosen", one.answer == answer));
        accounts.push_back(model()
                               .set("account", v->says.name("bound_account", one.what))
                               .set("how", v->says.name("bound_account_how", one.what))
                               .list("choices", std::move(choices)));
    }
    auto page = case_model(*v, of);
    page.list("accounts", std::move(accounts));
    v->show("accounts", v->says.word("accounts.title"), std::move(page));
}

}  // namespace

bool may_note_accounts(const desk::closure_view& of) {
    using enum domain::stage;
    constexpr std::array open{opened, in_review, approved, unbinding};
    return !of.accounts.empty() && std::ranges::find(open, of.stage) != open.end();
}

void show_accounts(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) {
        if (!may_note_accounts(of.is)) return v->go("/case/" + of.is.id);
        show_accounts_of(v, of);
    });
}

void note_accounts(const visit_ptr& v) {
    desk::accounts_body body;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::bound_account>>([&](auto one) {
        if (const auto answer = base::enum_named<account_answer>(v->said.value(field_of(one.value))))
            body.accounts.push_back({one.value, *answer});
    });
    v->house.at.note_accounts(v->asking(), v->arg, std::move(body), [v](const result<desk::closure_told>& told) {
        told ? v->go("/case/" + v->arg + "?kept=1") : refuse_or_again(v, told.error(), "", show_accounts);
    });
}

}  // namespace keepline::portal
