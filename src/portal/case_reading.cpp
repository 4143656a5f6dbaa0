#include "portal/case_reading.hpp"

#include "portal/line_reading.hpp"
#include "portal/pay_page.hpp"
#include "text/phone_number.hpp"

#include <algorithm>
#include <array>

namespace keepline::portal {

void with_case(const visit_ptr& v, std::function<void(const case_seen&)> next) {
    v->house.at.read_closure(
        v->asking(), v->arg, or_refuse<desk::closure_told>(v, [v, next = std::move(next)](desk::closure_told told) {
            auto* found = std::get_if<desk::closure_view>(&told.is);
            if (found == nullptr) return v->refuse({base::code::internal, ""});
            const auto line = found->line_id;
            v->house.at.read_line(
                v->asking(), line,
                or_refuse<desk::line_told>(v, [v, next, is = std::move(*found)](const desk::line_told& seen) {
                    const auto* of = view_of(seen);
                    if (of == nullptr) return v->refuse({base::code::internal, ""});
                    v->where = rules_of(v->house, of->policy).zone;
                    next({is, *of});
                }));
        }));
}

namespace {

std::string address_of(const visit& v, const std::string& step) {
    return "/case/" + v.arg + (step.empty() ? "" : "/" + step);
}

}  // namespace

desk::reply<desk::closure_told> then_case(const visit_ptr& v, const std::string& step) {
    return or_refuse<desk::closure_told>(v, [v, step](const desk::closure_told&) { v->go(address_of(*v, step)); });
}

desk::reply<desk::closure_told> then_case_or_again(const visit_ptr& v, std::string field,
                                                   void (*again)(const visit_ptr&), const std::string& step) {
    return [v, field = std::move(field), again, step](const result<desk::closure_told>& told) {
        if (told) return v->go(address_of(*v, step));
        refuse_or_again(v, told.error(), field, again);
    };
}

std::optional<std::string_view> step_for(std::string_view code) {
    struct place {
        std::string_view code;
        std::string_view step;
    };
    static constexpr std::array places{
        place{"blocked", "quote"},         place{"quote-expired", "quote"},     place{"quote-not-accepted", "quote"},
        place{"account-missing", "quote"}, place{"backup-undecided", "backup"}, place{"evidence-missing", "proof"},
        place{"contact-missing", ""}};
    const auto found = std::ranges::find(places, code, &place::code);
    return found == places.end() ? std::nullopt : std::optional(found->step);
}

std::vector<model> hearers_in_words(const visit& v, const std::vector<desk::complaint_view>& of) {
    const bool chinese = v.says.language().tag.starts_with("zh");
    std::vector<model> out;
    for (const auto& one : of)
        out.push_back(model()
                          .set("whom", chinese ? one.name_zh.value_or(one.name) : one.name)
                          .set("web", one.web.value_or(""))
                          .set("phone", one.phone.value_or("")));
    return out;
}

namespace {

/// When the line last had a payment.
base::instant last_payment(const visit& v, const desk::line_view& line) {
    base::instant out{};
    const auto is = v.house.at.shared().with.core->read({port::stream_kind::number, line.number.text()});
    if (!is) return out;
    for (const auto& one : (*is)->number().payments) out = std::max(out, one.at);
    return out;
}

}  // namespace

void add_payment(model& page, const visit& v, const case_seen& of) {
    const auto& offer = of.is.quote;
    if (!offer || of.is.stage != domain::stage::opened) return;
    const auto& open = of.is.still_to_pay;
    page.flag("is_paid", !open && !offer->to_pay.is_zero());
    if (!open || v.now() >= offer->expires_at) return;
    page.set("still_to_pay", v.says.money(*open)).set("pay_to", v.house.how.pay_to);
    if (v.house.how.pay_page.empty()) return;
    const auto reference = closing_reference(of.is.id, offer->number, *open, last_payment(v, of.line));
    const payment what{reference, *open, v.says.language().tag};
    page.set("pay_page", pay_address(v.house.how.pay_page, what));
}

model case_model(const visit& v, const case_seen& of) {
    model out;
    out.set("case", of.is.id)
        .set("line", of.is.line_id)
        .set("number", text::spaced(of.line.number.text()))
        .set("reference", of.is.reference.value_or(""))
        .set("stage", v.says.name("stage", of.is.stage));
    return out;
}

}  // namespace keepline::portal
