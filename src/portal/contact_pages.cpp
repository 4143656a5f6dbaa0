// Where somebody is told of what happens to their line, and the account that they are paid back to. What is on file is
// shown masked: a page that lies open tells a stranger little, and its owner knows it again.
#include "base/digest.hpp"
#include "base/utf8.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"
#include "text/phone_number.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

namespace {
namespace contacts {

constexpr std::size_t id_digits = 16;

struct contacts_seen {
    person_seen of;
    port::person person;
};

void with_contacts(const visit_ptr& v, std::function<void(const contacts_seen&)> next) {
    with_person(v, [v, next = std::move(next)](const person_seen& of) {
        v->house.at.read_person(
            v->asking(), of.is.id.text(), std::string(),
            or_refuse<port::person>(v, [next, of](const port::person& person) { next({of, person}); }));
    });
}

const port::contact_address* address_of(const port::person& person, const base::label& id) {
    const auto found = std::ranges::find(person.contacts, id, &port::contact_address::id);
    return found == person.contacts.end() ? nullptr : &*found;
}

model contact_model(const visit& v, const contacts_seen& of, const domain::contact_ref& one) {
    const auto* known = address_of(of.person, one.id);
    model out;
    out.set("contact", one.id.text())
        .set("where", known == nullptr ? one.id.text() : masked_address(known->by, known->address))
        .set("by", v.says.name("medium", one.by))
        .flag("verified", one.verified && !one.replaced_at)
        .flag("unverified", !one.verified && !one.replaced_at)
        .flag("current", !one.replaced_at);
    if (one.replaced_at && one.told_until) out.set("told_until", v.says.day(*one.told_until, v.where));
    return out;
}

/// Said before anything is typed: in a session as old as this one the desk takes no other contact points.
void add_age(model& page, const visit& v, const person_seen& of) {
    page.flag("too_old", of.line != nullptr && of.is.contacts_until && v.now() >= *of.is.contacts_until);
}

/// That a code is to be shown first is said above the page, which has the way to it; what is wrong of an address,
/// beside it.
void refuse_or_prove(const visit_ptr& v, const base::error& why, const std::string& field,
                     void (*again)(const visit_ptr&)) {
    const bool of_address =
        std::ranges::any_of(why.data, [](const auto& one) { return one.value.ends_with("].address"); });
    if (why.what == base::code::invalid && of_address) {
        v->note_mistake(field, v->said.value("by") == "mail" ? "wrong.mail" : "wrong.sms");
        return again(v);
    }
    if (!is_to_be_proved(why)) return refuse_or_again(v, why, field, again);
    v->note_mistake("prove", "step_up.first");
    again(v);
}

void add_told_for(model& page, const person_seen& of) {
    if (of.line == nullptr || of.line->policy == nullptr) return;
    page.set("days", std::to_string(of.line->policy->previous_contact_days));
}

/// Those that messages are written in, with the one that is on file, or that was just chosen, marked.
std::vector<model> languages_to_choose(const visit& v, const contacts_seen& of) {
    const auto& on_file = v.house.texts->best(of.of.is.language).tag;
    const auto typed = v.said.value("language");
    std::vector<model> out;
    for (const auto& [tag, one] : v.house.texts->languages())
        out.push_back(
            model().set("tag", tag).set("name", one.name).flag("chosen", tag == (typed.empty() ? on_file : typed)));
    return out;
}

void show_contacts_of(const visit_ptr& v, const contacts_seen& of) {
    auto page = model_of(of.of);
    std::vector<model> all;
    for (const auto& one : of.of.is.contacts) all.push_back(contact_model(*v, of, one));
    page.list("contacts", std::move(all))
        .set("address", std::string(v->said.value("address")))
        .flag("by_mail", v->said.value("by") == "mail")
        .set("language", v->house.texts->best(of.of.is.language).name)
        .list("languages_of_messages", languages_to_choose(*v, of))
        .flag("saved", !v->query.value("saved").empty());
    add_age(page, *v, of.of);
    add_told_for(page, of.of);
    v->show("contacts", v->says.word("contacts.title"), std::move(page));
}

void show_contact_of(const visit_ptr& v, const contacts_seen& of) {
    const auto found = std::ranges::find(of.of.is.contacts, v->arg, [](const auto& one) { return one.id.text(); });
    if (found == of.of.is.contacts.end()) return v->refuse({base::code::not_found, ""});
    auto page = model_of(of.of);
    page.part("one", contact_model(*v, of, *found))
        .set("contact", v->arg)
        .flag("sent", !v->query.value("sent").empty());
    add_age(page, *v, of.of);
    add_told_for(page, of.of);
    v->show("contact", v->says.word("contact.title"), std::move(page));
}

/// All that are told now, as a change of them says them.
desk::contacts_body contacts_now(const contacts_seen& of) {
    desk::contacts_body out;
    for (const auto& one : of.of.is.contacts) {
        const auto* known = address_of(of.person, one.id);
        if (one.replaced_at || known == nullptr) continue;
        out.contacts.push_back({one.id, known->by, known->address, one.verified});
    }
    return out;
}

desk::request asking_at(const visit& v, const contacts_seen& of) {
    auto out = v.asking();
    out.expected = of.of.is.version;
    return out;
}

desk::contact_body typed_contact(const visit& v) {
    desk::contact_body out;
    const auto& typed = v.said.value("address");
    out.by = v.said.value("by") == "mail" ? domain::medium::mail : domain::medium::sms;
    out.address = without_blanks(typed);
    if (out.by == domain::medium::sms)
        if (const auto number = text::typed_number(typed, v.house.how.country_code)) out.address = number->text();
    // Of the form, so that the same one sent twice adds one.
    const auto digest =
        v.house.at.shared().with.secrets->keyed_digest("portal-contact", v.said.value("once"), out.address);
    out.id = base::label::trusted("c" + digest.substr(0, id_digits));
    return out;
}

void add_contact_to(const visit_ptr& v, const contacts_seen& of) {
    auto body = contacts_now(of);
    auto fresh = typed_contact(*v);
    const auto id = fresh.id;
    if (std::ranges::find(body.contacts, id, &desk::contact_body::id) == body.contacts.end())
        body.contacts.push_back(std::move(fresh));
    v->house.at.change_contacts(asking_at(*v, of), of.of.is.id.text(), std::move(body),
                                [v, of = of.of.is.id, id](const result<desk::told<desk::subscriber_view>>& told) {
                                    if (!told) return refuse_or_prove(v, told.error(), "address", show_contacts);
                                    // The code is asked for at once; that it cannot be sent now is no reason to lose
                                    // the address.
                                    v->house.at.request_contact_code(
                                        asking_further(*v, "code"), of.text(), id.text(), desk::nothing{},
                                        [v, id](const result<desk::told<desk::subscriber_view>>& sent) {
                                            v->go("/contacts/" + id.text() + (sent ? "?sent=1" : ""));
                                        });
                                });
}

/// Nobody is told less or elsewhere by it: the contact points stay as they are.
void choose_language_for(const visit_ptr& v, const contacts_seen& of) {
    const std::string chosen(v->said.value("language"));
    if (!v->house.texts->languages().contains(chosen)) {
        v->note_mistake("language", "wrong.language");
        return show_contacts_of(v, of);
    }
    auto body = contacts_now(of);
    body.language = chosen;
    v->house.at.change_contacts(asking_at(*v, of), of.of.is.id.text(), std::move(body),
                                [v](const result<desk::told<desk::subscriber_view>>& told) {
                                    told ? v->go("/contacts?saved=1")
                                         : refuse_or_prove(v, told.error(), "language", show_contacts);
                                });
}

void remove_contact_from(const visit_ptr& v, const contacts_seen& of) {
    auto body = contacts_now(of);
    if (std::erase_if(body.contacts, [&](const auto& one) { return one.id.text() == v->arg; }) == 0)
        return v->refuse({base::code::not_found, ""});
    v->house.at.change_contacts(asking_at(*v, of), of.of.is.id.text(), std::move(body),
                                [v](const result<desk::told<desk::subscriber_view>>& told) {
                                    told ? v->go("/contacts") : refuse_or_prove(v, told.error(), "", show_contact);
                                });
}

void show_account_of(const visit_ptr& v, const contacts_seen& of) {
    auto page = model_of(of.of);
    page.set("on_file", masked_tail(of.person.refund_iban))
        .set("on_file_holder", base::masked_name(of.person.refund_holder))
        .flag("saved", !v->query.value("saved").empty());
    for (const auto* name : {"iban", "holder", "bic"}) page.set(name, std::string(v->said.value(name)));
    v->show("account", v->says.word("account.title"), std::move(page));
}

/// Beside which field the desk's word belongs.
std::string account_field(const base::error& why) {
    constexpr std::array fields{"iban", "holder", "bic"};
    for (const auto& one : why.data)
        if (one.name == "field" && std::ranges::find(fields, one.value) != fields.end()) return one.value;
    return {};
}

}  // namespace contacts
}  // namespace

void show_contacts(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::show_contacts_of(v, of); });
}

void add_contact(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::add_contact_to(v, of); });
}

void choose_language(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::choose_language_for(v, of); });
}

void show_contact(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::show_contact_of(v, of); });
}

void send_contact_code(const visit_ptr& v) {
    v->house.at.request_contact_code(
        v->asking(), v->who->who.id.text(), v->arg, desk::nothing{},
        then_go_or_again<desk::told<desk::subscriber_view>>(v, "/contacts/" + v->arg + "?sent=1", "", show_contact));
}

void verify_contact(const visit_ptr& v) {
    v->house.at.answer_contact_code(
        v->asking(), v->who->who.id.text(), v->arg, desk::code_body{without_blanks(v->said.value("code"))},
        then_go_or_again<desk::told<desk::subscriber_view>>(v, "/contacts", "code", show_contact));
}

void remove_contact(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::remove_contact_from(v, of); });
}

void show_account(const visit_ptr& v) {
    contacts::with_contacts(v, [v](const contacts::contacts_seen& of) { contacts::show_account_of(v, of); });
}

void name_account(const visit_ptr& v) {
    for (const auto* name : {"iban", "holder"})
        if (without_blanks(v->said.value(name)).empty()) v->note_mistake(name, "wrong.missing");
    if (!v->mistakes.empty()) return show_account(v);
    desk::refund_account_body body{std::string(v->said.value("iban")), std::string(v->said.value("holder")), {}};
    if (const auto bic = v->said.value("bic"); !bic.empty()) body.bic = std::string(bic);
    v->house.at.name_account(v->asking(), v->who->who.id.text(), std::move(body),
                             [v](const result<desk::told<desk::subscriber_view>>& told) {
                                 if (told) return v->go("/account?saved=1");
                                 refuse_or_again(v, told.error(), contacts::account_field(told.error()), show_account);
                             });
}

}  // namespace keepline::portal
