// Proof that only somebody else can see, on the page of proof: a document to compare, a bank card to verify, a call
// back. Its forms ask for it; how it stands is said there and on the list of tasks. What it is worth, and whose phone
// is old enough to be called, the desk decides.
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace proving {

using domain::check_state;
using domain::evidence_kind;

constexpr std::size_t digits_of_card = 4;

const desk::check_view* newest(const desk::closure_view& of, evidence_kind kind) {
    const auto found = std::find_if(of.checks.rbegin(), of.checks.rend(),
                                    [&](const desk::check_view& one) { return one.kind == kind; });
    return found == of.checks.rend() ? nullptr : &*found;
}

bool is_waiting(const desk::check_view& of) { return of.state == check_state::open; }

/// "Asked for on …. We call you by …."; of a machine that calls now, what it asks for.
std::string waiting_words(const visit& v, const desk::check_view& of) {
    if (of.call_code) return v.says.word("prove.waits.callback_now", {{"code", *of.call_code}});
    const auto kind = std::string(boost::describe::enum_to_string(of.kind, ""));
    return v.says.word("prove.waits." + kind, {{"time", v.says.moment(of.at, v.where)}, {"day", v.says.day(of.due)}});
}

text::values why_failed(const visit& v, const desk::check_view& of) {
    if (of.reason) return {{"reason", *of.reason}};
    return of.why ? text::values{{"reason", v.says.name("check_why", *of.why)}} : text::values{};
}

/// One way to prove it: what waits, or why the last try failed.
model way(const visit& v, const desk::closure_view& of, evidence_kind kind) {
    model out;
    const auto* last = newest(of, kind);
    if (last == nullptr) return out;
    if (is_waiting(*last))
        out.set("waits", waiting_words(v, *last)).set("serial", std::to_string(last->serial));
    else if (last->state == check_state::failed)
        out.set("failed", v.says.word("prove.failed", why_failed(v, *last)));
    return out;
}

/// What was handed in for this case. An older copy proves nothing.
std::vector<model> documents_of_case(const visit& v, const desk::closure_view& of,
                                     const std::vector<desk::document_view>& all) {
    std::vector<model> out;
    for (const auto& one : all)
        if (one.purpose == domain::document_purpose::id_document && one.at >= of.opened_at)
            out.push_back(model().set("document", one.id.text()).set("handed_in", v.says.moment(one.at, v.where)));
    return out;
}

std::vector<model> phones_in_words(const case_seen& of, const port::person& person) {
    std::vector<model> out;
    for (const auto& one : of.line.contacts) {
        if (!one.verified || one.replaced_at || one.by != domain::medium::sms) continue;
        const auto known = std::ranges::find(person.contacts, one.id, &port::contact_address::id);
        if (known == person.contacts.end() || known->address == of.line.number.text()) continue;  // a code goes there
        out.push_back(model()
                          .set("contact", one.id.text())
                          .set("where", masked_address(one.by, known->address))
                          .flag("chosen", out.empty()));
    }
    return out;
}

std::string hours_value(const domain::call_hours& of) {
    return std::to_string(of.from) + "-" + std::to_string(of.until);
}

std::vector<model> hours_in_words(const visit& v) {
    std::vector<model> out;
    for (const auto& one : v.house.how.call_hours)
        out.push_back(
            model()
                .set("value", hours_value(one))
                .set("hours", v.says.word("prove.hours", {{"from_hour", std::to_string(one.from) + ":00"},
                                                          {"until_hour", std::to_string(one.until) + ":00"}})));
    return out;
}

constexpr std::string_view now = "now";  // a machine calls

/// Those of the form, where the house calls then.
std::optional<domain::call_hours> hours_said(const visit& v) {
    for (const auto& one : v.house.how.call_hours)
        if (v.said.value("hours") == hours_value(one)) return one;
    return std::nullopt;
}

/// What is too new to prove anything is said in the words of what was typed.
desk::reply<desk::closure_told> then_proof(const visit_ptr& v, const std::string& field, std::string_view too_new) {
    return [v, field, too_new = std::string(too_new),
            done = then_case_or_again(v, field, show_proof, "proof")](const result<desk::closure_told>& told) {
        const bool is_new = !told && told.error().what == base::code::evidence_too_weak;
        const bool cannot_ring = !told && told.error().what == base::code::invalid && v->said.value("hours") == now;
        if (!is_new && !cannot_ring) return done(told);
        v->note_mistake(field, cannot_ring ? "prove.phone_not_now" : too_new);
        show_proof(v);
    };
}

void ask_about_document(const visit_ptr& v, desk::request as, base::label document) {
    desk::check_body body;
    body.kind = evidence_kind::id_document;
    body.document = std::move(document);
    v->house.at.ask_for_check(std::move(as), v->arg, std::move(body), then_proof(v, "file", "prove.document_too_old"));
}

}  // namespace proving
}  // namespace

std::string checks_waiting(const visit& v, const desk::closure_view& of) {
    std::string out;
    for (const auto& one : of.checks)
        if (proving::is_waiting(one)) out += (out.empty() ? "" : " ") + proving::waiting_words(v, one);
    return out;
}

void add_checks(model& page, const visit& v, const case_seen& of, const port::person& person,
                const std::vector<desk::document_view>& documents, const std::vector<domain::evidence_kind>& wanted) {
    using enum domain::evidence_kind;
    const auto wants = [&](domain::evidence_kind kind) { return std::ranges::find(wanted, kind) != wanted.end(); };
    if (wants(id_document))
        page.list(
            "by_document",
            {proving::way(v, of.is, id_document).list("documents", proving::documents_of_case(v, of.is, documents))});
    if (wants(bank_card)) page.list("by_card", {proving::way(v, of.is, bank_card)});
    if (wants(callback)) {
        const bool at_once = v.house.at.shared().with.calls_back.any();
        page.list("by_call", {proving::way(v, of.is, callback)
                                  .list("phones", proving::phones_in_words(of, person))
                                  .list("call_hours", proving::hours_in_words(v))
                                  .flag("at_once", at_once)
                                  .flag("has_when", at_once || !v.house.how.call_hours.empty())});
    }
}

/// A new file, or one that is there.
void prove_by_document(const visit_ptr& v) {
    const auto file = v->said.file("file");
    if (file.empty()) {
        auto there = base::label::parse(v->said.value("document"));
        if (!there) {
            v->note_mistake("file", "document.file_missing");
            return show_proof(v);
        }
        return proving::ask_about_document(v, v->asking(), std::move(*there));
    }
    v->house.at.add_document(v->asking(), v->who->who.id.text(),
                             desk::document_upload{domain::document_purpose::id_document, std::string(file)},
                             [v](const result<desk::told<desk::document_view>>& told) {
                                 if (!told) return refuse_or_again(v, told.error(), "file", show_proof);
                                 const auto* kept = view_of(*told);
                                 if (kept == nullptr) return v->refuse({base::code::internal, ""});
                                 proving::ask_about_document(v, asking_further(*v, "check"), kept->id);
                             });
}

void prove_by_card(const visit_ptr& v) {
    desk::check_body body;
    body.kind = domain::evidence_kind::bank_card;
    body.digits = without_blanks(v->said.value("digits"));
    if (body.digits->size() != proving::digits_of_card) {
        v->note_mistake("digits", "prove.digits_missing");
        return show_proof(v);
    }
    v->house.at.ask_for_check(v->asking(), v->arg, std::move(body),
                              proving::then_proof(v, "digits", "prove.card_too_new"));
}

void prove_by_call(const visit_ptr& v) {
    auto phone = base::label::parse(v->said.value("phone"));
    if (!phone) {
        v->note_mistake("phone", "prove.phone_missing");
        return show_proof(v);
    }
    desk::check_body body;
    body.kind = domain::evidence_kind::callback;
    body.contact = std::move(*phone);
    if (v->said.value("hours") == proving::now)
        body.at_once = true;
    else
        body.hours = proving::hours_said(*v);
    v->house.at.ask_for_check(v->asking(), v->arg, std::move(body),
                              proving::then_proof(v, "phone", "prove.phone_too_new"));
}

void take_check_back(const visit_ptr& v) {
    v->house.at.withdraw_check(v->asking(), v->arg, std::string(v->said.value("serial")), desk::nothing{},
                               then_case_or_again(v, "", show_proof, "proof"));
}

}  // namespace keepline::portal
