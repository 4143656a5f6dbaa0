// Proof of identity for a case: what is wanted, what was shown already, a code to the line or to another phone, a saved
// code. What only somebody else can see (a document, a call back) is asked for (check_pages.cpp).
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"
#include "text/phone_number.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

using domain::evidence_kind;

constexpr std::string_view line_contact = "line";

bool is_shown(const desk::closure_view& of, evidence_kind kind) {
    return std::ranges::any_of(of.evidence, [&](const auto& one) { return one.kind == kind && one.passed; });
}
/// It was handed in or asked for, and somebody of ours is at it.
bool is_looked_at(const desk::closure_view& of, evidence_kind kind) {
    return std::ranges::any_of(
        of.checks, [&](const auto& one) { return one.kind == kind && one.state == domain::check_state::open; });
}
/// It was shown, and need not be shown again.
bool is_done(const desk::closure_view& of, evidence_kind kind) { return is_shown(of, kind) && !of.code_too_old; }
bool is_wanted(const desk::closure_view& of, evidence_kind kind) {
    return std::ranges::any_of(of.evidence_wanted,
                               [&](const auto& set) { return std::ranges::find(set, kind) != set.end(); });
}

std::vector<model> sets_in_words(const visit& v, const desk::closure_view& of) {
    std::vector<model> out;
    for (const auto& set : of.evidence_wanted) {
        std::vector<model> kinds;
        for (const auto kind : set)
            kinds.push_back(model()
                                .set("proof", v.says.name("evidence", kind))
                                .flag("shown", is_shown(of, kind))
                                .flag("looked_at", is_looked_at(of, kind)));
        out.push_back(model().list("kinds", std::move(kinds)));
    }
    return out;
}

/// Where a code may go to that proves something: the line itself by SMS, and verified mailboxes.
std::vector<model> contacts_in_words(const visit& v, const case_seen& of, const port::person& person) {
    std::vector<model> out;
    if (is_wanted(of.is, evidence_kind::otp_sms) && !is_done(of.is, evidence_kind::otp_sms))
        out.push_back(
            model()
                .set("contact", std::string(line_contact))
                .flag("chosen")
                .set("where", v.says.word("proof.to_line", {{"number", text::spaced(of.line.number.text())}})));
    if (!is_wanted(of.is, evidence_kind::otp_email) || is_done(of.is, evidence_kind::otp_email)) return out;
    for (const auto& one : of.line.contacts) {
        if (!one.verified || one.replaced_at || one.by != domain::medium::mail) continue;
        const auto known = std::ranges::find(person.contacts, one.id, &port::contact_address::id);
        if (known == person.contacts.end()) continue;
        const text::values to{{"contact", masked_address(one.by, known->address)}};
        out.push_back(model().set("contact", one.id.text()).set("where", v.says.word("proof.to_mail", to)));
    }
    return out;
}

/// What the policy takes and somebody must look at, and has not passed yet.
std::vector<evidence_kind> still_to_compare(const desk::closure_view& of) {
    std::vector<evidence_kind> out;
    if (of.stage != domain::stage::opened) return out;
    for (const auto kind : {evidence_kind::id_document, evidence_kind::bank_card, evidence_kind::callback})
        if (is_wanted(of, kind) && !is_shown(of, kind)) out.push_back(kind);
    return out;
}

/// For so long what the owner makes in a session proves nothing.
int rest_days(const visit& v, const case_seen& of) {
    const auto rules = v.house.at.shared().with.core->rules();
    const auto* p = of.line.policy && rules ? rules->policies.find(*of.line.policy) : nullptr;
    return p == nullptr ? 0 : p->recovery_code_rest_days;
}

/// Where a proof leads that was taken: to what is left to do, or, while more of them are needed, to those.
std::string step_after(const desk::closure_view& of) { return is_proved(of) ? "" : "proof"; }

void show_proof_of(const visit_ptr& v, const case_seen& of, const port::person& person,
                   const std::vector<desk::document_view>& documents) {
    auto page = case_model(*v, of);
    page.set("done", proofs_done(*v, of.is)).set("waiting", checks_waiting(*v, of.is));
    if (const int days = rest_days(*v, of); days > 0) page.set("rest_days", std::to_string(days));
    add_checks(page, *v, of, person, documents, still_to_compare(of.is));
    auto contacts = contacts_in_words(*v, of, person);
    page.flag("saved_code", is_wanted(of.is, evidence_kind::recovery_code) && of.line.recovery_codes_left > 0 &&
                                !is_done(of.is, evidence_kind::recovery_code));
    page.flag("enough", of.is.stage == domain::stage::opened && is_proved(of.is));
    page.flag("code_too_old", of.is.code_too_old);
    page.list("sets", sets_in_words(*v, of.is)).list("contacts", std::move(contacts));
    if (of.is.otp && of.is.otp->locked_until && v->now() < *of.is.otp->locked_until)
        page.set("locked_until", v->says.moment(*of.is.otp->locked_until, v->where));
    if (of.is.otp && of.is.otp->last && !of.is.otp->last->used && v->now() < of.is.otp->last->expires_at)
        page.set("code_until", v->says.moment(of.is.otp->last->expires_at, v->where));
    v->show("proof", v->says.word("proof.title"), std::move(page));
}

/// A right code may count for nothing: then it was noted as not passed.
desk::reply<desk::closure_told> then_counted(const visit_ptr& v, const std::string& field, std::string_view not_counted,
                                             std::vector<evidence_kind> kinds) {
    return [v, field, not_counted, kinds = std::move(kinds)](const result<desk::closure_told>& told) {
        const auto* is = told ? view_of(*told) : nullptr;
        if (is == nullptr) return then_case_or_again(v, field, show_proof)(told);
        if (std::ranges::any_of(kinds, [&](evidence_kind kind) { return is_shown(*is, kind); }))
            return then_case_or_again(v, field, show_proof, step_after(*is))(told);
        v->note_mistake(field, not_counted);
        show_proof(v);
    };
}

}  // namespace

bool is_proved(const desk::closure_view& of) {
    return std::ranges::none_of(of.missing, [](const auto& one) { return step_for(one) == "proof"; });
}

std::string proofs_done(const visit& v, const desk::closure_view& of) {
    std::vector<evidence_kind> kinds;
    for (const auto& one : of.evidence)
        if (one.passed && std::ranges::find(kinds, one.kind) == kinds.end()) kinds.push_back(one.kind);
    std::string names;
    for (const auto kind : kinds)
        names += (names.empty() ? "" : v.says.word("proof.and")) + v.says.name("evidence", kind);
    return names.empty() ? names : v.says.word("proof.done", {{"done", names}});
}

void show_proof(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) {
        v->house.at.read_person(v->asking(), v->who->who.id.text(), std::string(),
                                or_refuse<port::person>(v, [v, of](const port::person& person) {
                                    v->house.at.list_documents(
                                        v->asking(), v->who->who.id.text(),
                                        or_refuse<desk::page_of<desk::document_view>>(
                                            v, [v, of, person](const desk::page_of<desk::document_view>& told) {
                                                show_proof_of(v, of, person, told.items);
                                            }));
                                }));
    });
}

void send_code(const visit_ptr& v) {
    auto contact = base::label::parse(v->said.value("contact"));
    if (!contact) {
        v->note_mistake("contact", "proof.contact_missing");
        return show_proof(v);
    }
    v->house.at.request_otp(v->asking(), v->arg, desk::otp_body{std::move(*contact)},
                            then_case_or_again(v, "contact", show_proof, "proof#code"));
}

void take_code(const visit_ptr& v) {
    auto code = without_blanks(v->said.value("code"));
    if (code.empty()) {
        v->note_mistake("code", "proof.code_missing");
        return show_proof(v);
    }
    v->house.at.present_otp(
        v->asking(), v->arg, desk::code_body{std::move(code)},
        then_counted(v, "code", "proof.not_counted", {evidence_kind::otp_sms, evidence_kind::otp_email}));
}

void take_saved_code(const visit_ptr& v) {
    auto code = without_blanks(v->said.value("saved"));
    if (code.empty()) {
        v->note_mistake("saved", "proof.code_missing");
        return show_proof(v);
    }
    v->house.at.present_recovery_code(v->asking(), v->arg, desk::code_body{std::move(code)},
                                      then_counted(v, "saved", "proof.saved_too_new", {evidence_kind::recovery_code}));
}

}  // namespace keepline::portal
