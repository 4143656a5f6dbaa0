// A copy of everything that is held about whoever is signed in: asked for with a code, stopped, fetched. Who may when
// is the desk's word.
#include "domain/subscriber/subscriber.hpp"
#include "portal/archive_source.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"
#include "text/phone_number.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace disclosing {

constexpr std::string_view to_line = "line.";
constexpr std::string_view to_contact = "contact.";

struct disclosures_seen {
    person_seen of;
    std::vector<desk::disclosure_view> all;
    std::optional<port::person> person;  // none: the session is too weak to be shown where a code goes
};

void with_disclosures(const visit_ptr& v, std::function<void(const disclosures_seen&)> next) {
    with_person(v, [v, next = std::move(next)](const person_seen& of) {
        v->house.at.list_disclosures(
            v->asking(), of.is.id.text(),
            or_refuse<desk::page_of<desk::disclosure_view>>(
                v, [v, of, next](const desk::page_of<desk::disclosure_view>& told) {
                    if (v->who->level != domain::session_level::reach) return next({of, told.items, {}});
                    v->house.at.read_person(
                        v->asking(), of.is.id.text(), std::string(),
                        or_refuse<port::person>(
                            v, [of, all = told.items, next](const port::person& person) { next({of, all, person}); }));
                }));
    });
}

model disclosure_model(const visit& v, const desk::disclosure_view& one) {
    using enum desk::disclosure_stage;
    return model()
        .set("serial", std::to_string(one.serial))
        .set("at", v.says.moment(one.at, v.where))
        .set("who", v.says.name("actor", one.by.as))
        .set("state", v.says.name("disclosure_stage", one.state))
        .set("ready_at", one.state == waiting ? v.says.moment(one.ready_at, v.where) : "")
        .set("until", one.state == ready || one.state == fetched ? v.says.moment(one.expires_at, v.where) : "")
        .flag("longer", one.state == waiting && one.longer)
        .flag("there", one.state == ready || one.state == fetched)
        .flag("may_stop", one.state == waiting || one.state == ready || one.state == fetched);
}

model way(std::string_view kind, const std::string& to, std::string where) {
    return model().set("way", std::string(kind) + to).set("where", std::move(where));
}

/// To a line of theirs, and to phones that were shown to be theirs; which of them may, the desk says.
std::vector<model> ways_of(const visit& v, const disclosures_seen& of) {
    std::vector<model> out;
    if (of.of.line != nullptr)
        for (const auto& one : of.of.line->all)
            if (!has_ended(one))
                out.push_back(
                    way(to_line, one.id, v.says.word("proof.to_line", {{"number", text::spaced(one.number.text())}})));
    if (!of.person) return out;
    for (const auto& one : of.of.is.contacts) {
        if (!one.verified || one.replaced_at || one.by != domain::medium::sms) continue;
        const auto known = std::ranges::find(of.person->contacts, one.id, &port::contact_address::id);
        if (known == of.person->contacts.end()) continue;
        out.push_back(way(to_contact, one.id.text(),
                          v.says.word("proof.to_line", {{"number", masked_address(one.by, known->address)}})));
    }
    if (!out.empty()) out.front().flag("chosen");
    return out;
}

/// A code was wrong, or another is not sent yet: the one that was sent may still be typed.
bool code_came_back(const visit& v) {
    const bool about_codes = v.in().path() == "/disclosures" || v.in().path() == "/disclosures/codes";
    return v.in().how == http::verb::post && about_codes &&
           std::ranges::any_of(v.mistakes, [](const mistake& one) { return one.why.has_value(); });
}

/// How long it takes, before anybody asks.
void add_waits(model& page, const visit& v) {
    const auto rules = v.house.at.shared().with.core->rules();
    const auto limits = rules ? domain::disclosure_limits_of(*rules) : domain::disclosure_limits{};
    if (!limits) return;
    page.set("wait", std::to_string(std::chrono::duration_cast<base::hours>(limits->wait).count()))
        .set("days", std::to_string(std::chrono::duration_cast<base::days>(limits->kept).count()));
}

void show_disclosures_of(const visit_ptr& v, const disclosures_seen& of) {
    auto page = model_of(of.of);
    std::vector<model> all;
    for (const auto& one : of.all) all.push_back(disclosure_model(*v, one));
    std::ranges::reverse(all);
    add_waits(page, *v);
    page.flag("one_waits", std::ranges::any_of(of.all, [](const auto& one) {
                  return one.state == desk::disclosure_stage::waiting || one.state == desk::disclosure_stage::ready;
              }));
    const bool sent = !v->query.value("sent").empty();
    page.list("disclosures", std::move(all))
        .list("ways", ways_of(*v, of))
        .flag("on_its_way", sent)
        .flag("sent", sent || code_came_back(*v));
    v->show("disclosures", v->says.word("disclosure.title"), std::move(page));
}

std::optional<desk::disclosure_code_body> way_in(const visit& v) {
    const auto to = v.said.value("to");
    desk::disclosure_code_body out;
    if (to.starts_with(to_line)) {
        out.line = std::string(to.substr(to_line.size()));
    } else if (to.starts_with(to_contact)) {
        auto contact = base::label::parse(to.substr(to_contact.size()));
        if (!contact) return std::nullopt;
        out.contact = std::move(*contact);
    } else {
        return std::nullopt;
    }
    return out;
}

}  // namespace disclosing
}  // namespace

void show_disclosures(const visit_ptr& v) {
    disclosing::with_disclosures(
        v, [v](const disclosing::disclosures_seen& of) { disclosing::show_disclosures_of(v, of); });
}

void send_disclosure_code(const visit_ptr& v) {
    auto to = disclosing::way_in(*v);
    if (!to) {
        v->note_mistake("to", "proof.contact_missing");
        return show_disclosures(v);
    }
    v->house.at.request_disclosure_code(
        v->asking(), v->who->who.id.text(), *std::move(to),
        then_go_or_again<desk::told<desk::disclosure_code_view>>(v, "/disclosures?sent=1", "to", show_disclosures));
}

void ask_disclosure(const visit_ptr& v) {
    desk::disclosure_body body;
    body.code = without_blanks(v->said.value("code"));
    v->house.at.ask_disclosure(
        v->asking(), v->who->who.id.text(), std::move(body),
        then_go_or_again<desk::told<desk::disclosure_view>>(v, "/disclosures", "code", show_disclosures));
}

void stop_disclosure(const visit_ptr& v) {
    v->house.at.stop_disclosure(
        v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
        then_go_or_again<desk::told<desk::disclosure_view>>(v, "/disclosures", "", show_disclosures));
}

/// By a form: it is noted as fetched before its first byte leaves, and everybody is told.
void fetch_disclosure(const visit_ptr& v) {
    v->house.at.fetch_disclosure(v->asking(), v->who->who.id.text(), v->arg, desk::looking_body{},
                                 [v](const result<desk::archive_told>& told) {
                                     if (!told) return refuse_or_again(v, told.error(), "", show_disclosures);
                                     answer_archive(*v, *told, "everything-" + v->arg);
                                 });
}

}  // namespace keepline::portal
