// For whoever comes, signed in or not: is a message ours, and by which ways we speak to people.
#include "portal/routes.hpp"

namespace keepline::portal {

namespace {

/// What a message of this kind is about, as its own subject says it. Of one that held a code only that it did.
std::string subject_of(const visit& v, const std::string& kind, const std::string& number_tail) {
    const auto subject = v.house.texts->find(v.says.language(), "notice." + kind + ".subject");
    const auto places = text::places(subject);
    if (subject.empty() || std::ranges::find(places, "code") != places.end()) return v.says.word("message.code");
    return text::render(subject, {{"number", number_tail}});
}

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
    return out;
}

/// By the owner's clock; of what is about no line the clock is named.
std::string sent_at(const visit& v, const desk::message_check_view& is, instant at) {
    return v.says.moment(at, v.where) + (is.zone ? "" : " (UTC)");
}

void show_ours(const visit_ptr& v, const desk::message_check_view& is) {
    if (const auto rules = v->house.at.shared().with.core->rules(); rules && is.zone)
        v->where = rules->zones.of(*is.zone);
    std::vector<model> told;
    for (const auto& one : is.told)
        told.push_back(model()
                           .set("subject", subject_of(*v, one.kind, is.number_tail.value_or("")))
                           .set("by", v->says.name("medium", one.by))
                           .set("when", sent_at(*v, is, one.at))
                           .set("to", joined(one.to)));
    model page;
    page.flag("ours")
        .set("asked", is.reference)
        .set("number_tail", is.number_tail.value_or(""))
        .set("about", v->says.word("message.about_" + is.about, {{"number_tail", is.number_tail.value_or("")}}))
        .flag("nothing_told", told.empty())
        .list("told", std::move(told));
    v->show("message", v->says.word("message.title"), std::move(page));
}

void show_asked_again(const visit_ptr& v, bool not_ours) {
    model page;
    page.set("asked", std::string(v->said.value("reference"))).flag("not_ours", not_ours);
    v->show("message", v->says.word("message.title"), std::move(page));
}

model in_lines(std::vector<std::string> of) {
    std::vector<model> lines;
    for (auto& one : of) lines.push_back(model().set("item", std::move(one)));
    return model().list("items", std::move(lines));
}

}  // namespace

void show_message_question(const visit_ptr& v) { v->show("message", v->says.word("message.title"), {}); }

/// Answered on the spot, without a redirection: asking again changes nothing, and no address holds the reference.
/// Whoever is signed in asks as themself, and sees more of what is theirs.
void answer_message_question(const visit_ptr& v) {
    std::string reference(v->said.value("reference"));
    const auto answer = [v](const result<desk::message_check_view>& told) {
        using enum base::code;
        if (told) return show_ours(v, *told);
        if (told.error().what == not_found) return show_asked_again(v, true);
        if (told.error().what != invalid) return v->refuse(told.error());
        v->note_mistake("reference", "message.reference_wrong");
        show_asked_again(v, false);
    };
    if (v->who) return v->house.at.check_message(v->asking(), reference, answer);
    v->house.at.check_message_for_stranger(v->asking_for_stranger(),
                                           desk::message_question_body{std::move(reference), v->caller()}, answer);
}

void show_official(const visit_ptr& v) {
    const auto& is = v->house.how.official;
    model page;
    const auto add = [&](std::string_view name, const std::vector<std::string>& of) {
        if (!of.empty()) page.part(std::string(name), in_lines(of));
    };
    add("phones", is.phones);
    add("sms_senders", is.sms_senders);
    add("mail_senders", is.mail_senders);
    add("shops", is.shops);
    page.set("origin", v->house.how.origin);
    v->show("official", v->says.word("official.title"), std::move(page));
}

}  // namespace keepline::portal
