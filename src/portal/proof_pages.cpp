// Proof of identity for a case: what is wanted, what was shown already, a code to the line or to another phone, a saved
// code. What only somebody else can see (a document, a call back) is said, with whom to turn to.
#include "portal/case_reading.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {

using domain::evidence_kind;

constexpr std::string_view line_contact = "line";

bool is_shown(const desk::closure_view& of, evidence_kind kind) {
    return std::ranges::any_of(of.evidence, [&](const auto& one) { return one.kind == kind && one.passed; });
}
bool is_wanted(const desk::closure_view& of, evidence_kind kind) {
    return std::ranges::any_of(of.evidence_wanted,
                               [&](const auto& set) { return std::ranges::find(set, kind) != set.end(); });
}

std::vector<model> sets_in_words(const visit& v, const desk::closure_view& of) {
    std::vector<model> out;
    for (const auto& set : of.evidence_wanted) {
        std::vector<model> kinds;
        for (const auto kind : set)
            kinds.push_back(model().set("proof", v.says.name("evidence", kind)).flag("shown", is_shown(of, kind)));
        out.push_back(model().list("kinds", std::move(kinds)));
    }
    return out;
}

/// Where a code may go to that proves something: the line itself by SMS, and verified mailboxes.
std::vector<model> contacts_in_words(const visit& v, const case_seen& of) {
    std::vector<model> out;
    if (is_wanted(of.is, evidence_kind::otp_sms))
        out.push_back(model()
                          .set("contact", std::string(line_contact))
                          .flag("chosen")
                          .set("where", v.says.word("proof.to_line", {{"number", of.line.number.text()}})));
    if (!is_wanted(of.is, evidence_kind::otp_email)) return out;
    for (const auto& one : of.line.contacts)
        if (one.verified && !one.replaced_at && one.by == domain::medium::mail)
            out.push_back(model()
                              .set("contact", one.id.text())
                              .set("where", v.says.word("proof.to_mail", {{"contact", one.id.text()}})));
    return out;
}

void show_proof_of(const visit_ptr& v, const case_seen& of) {
    auto page = case_model(*v, of);
    auto contacts = contacts_in_words(*v, of);
    page.flag("saved_code", is_wanted(of.is, evidence_kind::recovery_code) && of.line.recovery_codes_left > 0);
    page.list("sets", sets_in_words(*v, of.is)).list("contacts", std::move(contacts));
    if (of.is.otp && of.is.otp->locked_until && v->now() < *of.is.otp->locked_until)
        page.set("locked_until", v->says.moment(*of.is.otp->locked_until, v->where));
    if (of.is.otp && of.is.otp->last && !of.is.otp->last->used && v->now() < of.is.otp->last->expires_at)
        page.set("code_until", v->says.moment(of.is.otp->last->expires_at, v->where));
    v->show("proof", v->says.word("proof.title"), std::move(page));
}

/// As people type a code: with spaces, or a hyphen in its middle.
std::string typed_code(std::string_view in) {
    std::string out;
    for (const char c : in)
        if (c != ' ' && c != '\t') out += c;
    return out;
}

}  // namespace

void show_proof(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) { show_proof_of(v, of); });
}

void send_code(const visit_ptr& v) {
    auto contact = base::label::parse(v->said.value("contact"));
    if (!contact) {
        v->note_mistake("contact", "proof.contact_missing");
        return show_proof(v);
    }
    v->house.at.request_otp(v->asking(), v->arg, desk::otp_body{std::move(*contact)},
                            then_case_or_again(v, "contact", show_proof, "proof"));
}

void take_code(const visit_ptr& v) {
    auto code = typed_code(v->said.value("code"));
    if (code.empty()) {
        v->note_mistake("code", "proof.code_missing");
        return show_proof(v);
    }
    v->house.at.present_otp(
        v->asking(), v->arg, desk::code_body{std::move(code)},
        [v, done = then_case_or_again(v, "code", show_proof)](const result<desk::closure_told>& told) {
            const auto* is = told ? view_of(*told) : nullptr;
            // A right code may count for nothing: then it was noted as not passed.
            if (is == nullptr || is_shown(*is, evidence_kind::otp_sms) || is_shown(*is, evidence_kind::otp_email))
                return done(told);
            v->note_mistake("code", "proof.not_counted");
            show_proof(v);
        });
}

void take_saved_code(const visit_ptr& v) {
    auto code = typed_code(v->said.value("saved"));
    if (code.empty()) {
        v->note_mistake("saved", "proof.code_missing");
        return show_proof(v);
    }
    v->house.at.present_recovery_code(v->asking(), v->arg, desk::code_body{std::move(code)},
                                      then_case_or_again(v, "saved", show_proof));
}

}  // namespace keepline::portal
