// "Something in it is wrong": what the owner of a closed line holds to be wrong in its certificate, line by line of it;
// how that stands, and what was answered.
#include "domain/number/certificate.hpp"
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/line_words.hpp"
#include "portal/routes.hpp"

#include <algorithm>

namespace keepline::portal {

namespace {
namespace disputing {

using domain::certificate_part;

struct disputes_seen {
    case_seen of;
    std::vector<desk::dispute_view> all;
    std::optional<domain::certificate_claims> signed_one;  // none: there is no certificate yet
};

void with_disputes(const visit_ptr& v, std::function<void(const disputes_seen&)> next) {
    with_case(v, [v, next = std::move(next)](const case_seen& of) {
        v->house.at.list_disputes(
            v->asking(), of.is.id,
            or_refuse<desk::page_of<desk::dispute_view>>(
                v, [v, of, next](const desk::page_of<desk::dispute_view>& told) {
                    if (!of.is.has_certificate) return next({of, told.items, {}});
                    v->house.at.read_certificate(
                        v->asking(), of.is.id,
                        or_refuse<desk::certificate_told>(
                            v, [v, of, all = told.items, next](const desk::certificate_told& certificate) {
                                auto read = domain::read(certificate.jws);
                                if (!read) return v->refuse(read.error());
                                next({of, all, std::move(read->claims)});
                            }));
                }));
    });
}

std::string name_of_item(const visit& v, certificate_part part, const std::string& item) {
    if (part == certificate_part::device) return grouped(item);
    if (part == certificate_part::charged)
        if (const auto kind = base::enum_named<domain::quote_item_kind>(item)) return v.says.name("quote_item", *kind);
    const auto known = v.house.texts->find(v.says.language(), "certificate.network_step." + item);
    return known.empty() ? item : std::string(known);
}

std::string name_of(const visit& v, certificate_part part, const std::string& item) {
    const auto name = v.says.name("certificate_part", part);
    return item.empty() ? name : name + " · " + name_of_item(v, part, item);
}

/// A line of the certificate as the form says it: its part, and what of it where there are several.
std::string line_value(certificate_part part, const std::string& item) {
    const std::string name = boost::describe::enum_to_string(part, "");
    return item.empty() ? name : name + "." + item;
}

/// Everything that can be wrong in this one.
std::vector<model> lines_of(const visit& v, const domain::certificate_claims& of) {
    std::vector<model> out;
    const auto chosen = v.said.value("about");
    const auto add = [&](certificate_part part, const std::string& item = {}) {
        const auto value = line_value(part, item);
        out.push_back(model().set("value", value).set("about", name_of(v, part, item)).flag("chosen", value == chosen));
    };
    using enum certificate_part;
    for (const auto part : {submitted_at, approved_at, closed_at, evidence}) add(part);
    for (const auto& one : of.devices) add(device, one.iccid.text());
    for (const auto& one : of.network) add(network, one.step);
    for (const auto& one : of.money.charged) add(charged, boost::describe::enum_to_string(one.kind, ""));
    for (const auto part : {refund, still_owed, reclaim_until, not_reassigned_before, other}) add(part);
    return out;
}

/// What the form names; nothing: it names no line.
std::optional<desk::dispute_body> body_of(const visit& v) {
    const auto about = v.said.value("about");
    const auto dot = std::min(about.find('.'), about.size());
    const auto part = base::enum_named<certificate_part>(about.substr(0, dot));
    if (!part) return std::nullopt;
    desk::dispute_body out{*part, {}, std::string(v.said.value("words"))};
    if (dot < about.size()) out.item = std::string(about.substr(dot + 1));
    return out;
}

model dispute_model(const visit& v, const desk::dispute_view& one) {
    model out;
    out.set("serial", std::to_string(one.serial))
        .set("about", name_of(v, one.part, one.item.value_or("")))
        .set("said", one.words.value_or(""))
        .set("at", v.says.moment(one.at, v.where))
        .set("state", v.says.name("dispute_state", one.state))
        .set("reason", one.reason.value_or(""))
        .flag("open", one.state == domain::dispute_state::open)
        .flag("overdue", one.overdue);
    if (one.state == domain::dispute_state::open)
        out.set("due", v.says.day(one.due)).flag("provisional", one.due_provisional);
    if (one.correction) out.set("was", one.correction->was).set("is", one.correction->is);
    if (one.state == domain::dispute_state::corrected && !one.issued_at) out.flag("awaits_signature");
    return out.list("hearers", hearers_in_words(v, one.complain_to));
}

void show_disputes_of(const visit_ptr& v, const disputes_seen& of) {
    auto page = case_model(*v, of.of);
    std::vector<model> all;
    for (const auto& one : of.all) all.push_back(dispute_model(*v, one));
    std::ranges::reverse(all);
    page.list("disputes", std::move(all)).set("typed", std::string(v->said.value("words")));
    if (of.signed_one) page.list("parts", lines_of(*v, *of.signed_one));
    v->show("disputes", v->says.word("dispute.title"), std::move(page));
}

std::string page_of_disputes(const visit& v) { return "/case/" + v.arg + "/disputes"; }

}  // namespace disputing
}  // namespace

void show_disputes(const visit_ptr& v) {
    disputing::with_disputes(v, [v](const disputing::disputes_seen& of) { disputing::show_disputes_of(v, of); });
}

void open_dispute(const visit_ptr& v) {
    auto body = disputing::body_of(*v);
    if (!body) {
        v->note_mistake("about", "dispute.about_missing");
        return show_disputes(v);
    }
    if (body->words.empty()) {
        v->note_mistake("words", "dispute.words_missing");
        return show_disputes(v);
    }
    v->house.at.open_dispute(
        v->asking(), v->arg, *std::move(body),
        then_go_or_again<desk::dispute_told>(v, disputing::page_of_disputes(*v), "words", show_disputes));
}

void withdraw_dispute(const visit_ptr& v) {
    v->house.at.withdraw_dispute(
        v->asking(), v->arg, std::string(v->said.value("serial")), desk::nothing{},
        then_go_or_again<desk::dispute_told>(v, disputing::page_of_disputes(*v), "", show_disputes));
}

}  // namespace keepline::portal
