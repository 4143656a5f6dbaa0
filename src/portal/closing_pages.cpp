// The way to a case's submission: what closing means, what is in the way and what it costs, the backup, the last look.
// One thing a page; what may be done, and what is missing, the desk says.
#include "portal/archive_source.hpp"
#include "portal/case_reading.hpp"
#include "portal/line_reading.hpp"
#include "portal/routes.hpp"
#include "text/phone_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace keepline::portal {

namespace {

using domain::closing_reason;

constexpr std::array reasons{closing_reason::not_needed,    closing_reason::moving_abroad,
                             closing_reason::too_expensive, closing_reason::device_broken,
                             closing_reason::lost_device,   closing_reason::harassment,
                             closing_reason::other};

/// The products that were agreed to go: as just typed, else as the case has it.
std::vector<std::string> ticked(const visit& v, const desk::closure_view& of) {
    std::vector<std::string> out;
    if (v.in().how == http::verb::post)
        for (const auto& one : v.said.all("detach")) out.emplace_back(one);
    else
        for (const auto& one : of.detach) out.push_back(one.text());
    return out;
}

std::vector<model> blocks_in_words(const visit& v, const std::vector<domain::block>& blocks,
                                   const std::vector<std::string>& to_detach = {}) {
    std::vector<model> out;
    for (const auto& one : blocks) {
        model block;
        block.set("kind", v.says.name("block", one.kind)).set("lift", v.says.name("lift", one.by));
        if (!one.price.is_zero()) block.set("block_price", v.says.money(one.price));
        if (one.until) block.set("block_until", v.says.moment(*one.until, v.where));
        block.set("block_reference", one.reference).flag("in_quote", one.in_quote).flag("stops", !one.in_quote);
        const bool product = one.kind == domain::block_kind::linked_products && !one.reference.empty();
        if (product)
            block.set("product", one.reference)
                .flag("ticked", std::ranges::find(to_detach, one.reference) != to_detach.end());
        out.push_back(std::move(block));
    }
    return out;
}

/// Each item, and what the credit on the line covers of them, so that they add up to what is to be paid.
std::vector<model> items_in_words(const visit& v, const std::vector<domain::quote_item>& items,
                                  const domain::money& to_pay) {
    using enum domain::quote_item_kind;
    constexpr std::array charged{closing_fee, contract_fee, detach_fee, debt};
    std::vector<model> out;
    auto from_credit = base::negate(to_pay);
    for (const auto& one : items) {
        out.push_back(model().set("item", v.says.name("quote_item", one.kind)).set("amount", v.says.money(one.amount)));
        if (std::ranges::find(charged, one.kind) != charged.end()) from_credit.minor += one.amount.minor;
    }
    if (to_pay.minor > 0 && from_credit.minor > 0)
        out.push_back(model()
                          .set("item", v.says.word("quote.from_credit"))
                          .set("amount", v.says.money(base::negate(from_credit))));
    return out;
}

void show_closing_of(const visit_ptr& v, const desk::line_view& line, const desk::eligibility_view& of) {
    if (of.open_closure) return v->go("/case/" + *of.open_closure);
    model page;
    std::vector<model> why;
    for (const auto one : reasons)
        why.push_back(
            model().set("value", boost::describe::enum_to_string(one, "")).set("reason", v->says.name("reason", one)));
    page.set("line", line.id)
        .set("number", text::spaced(line.number.text()))
        .list("blocks", blocks_in_words(*v, of.blocks))
        .list("items", items_in_words(*v, of.items, of.to_pay))
        .list("reasons", std::move(why))
        .set("review_due", v->says.day(of.review_due))
        .set("reclaim_until", v->says.day(of.reclaim_until));
    if (!of.to_pay.is_zero()) page.set("to_pay", v->says.money(of.to_pay));
    if (!of.to_refund.is_zero()) page.set("to_refund", v->says.money(of.to_refund));
    if (line.valid_until) page.set("valid_until", v->says.day(line.valid_until, v->where));
    v->show("close", v->says.word("close.title"), std::move(page));
}

/// The page of a line that is to be closed, whether it was asked for or a form came back.
void show_closing_named(const visit_ptr& v, const std::string& line) {
    v->house.at.read_line(v->asking(), line, or_refuse<desk::line_told>(v, [v, line](const desk::line_told& told) {
                              const auto* seen = view_of(told);
                              if (seen == nullptr) return v->refuse({base::code::internal, ""});
                              v->where = rules_of(v->house, seen->policy).zone;
                              v->house.at.read_eligibility(v->asking(), line,
                                                           or_refuse<desk::eligibility_view>(
                                                               v, [v, is = *seen](const desk::eligibility_view& of) {
                                                                   show_closing_of(v, is, of);
                                                               }));
                          }));
}

/// Where what they get back goes, as far as they may see it.
void show_with_account(const visit_ptr& v, std::string_view page, std::string title, model with) {
    v->house.at.read_person(
        v->asking(), v->who->who.id.text(), std::string(),
        [v, page, title = std::move(title), with](const result<port::person>& person) mutable {
            if (person)
                with.set("paid_to", masked_tail(person->refund_iban)).flag("paid_nowhere", person->refund_iban.empty());
            v->show(page, title, std::move(with));
        });
}

/// What of the page changes while it is looked at: money comes in.
void show_payment_of(const visit_ptr& v, const case_seen& of) {
    auto page = case_model(*v, of);
    add_payment(page, *v, of);
    v->show_part("quote", of.is.version, std::move(page));
}

void show_quote_of(const visit_ptr& v, const case_seen& of) {
    auto page = case_model(*v, of);
    page.set("version", std::to_string(of.is.version));
    add_payment(page, *v, of);
    page.list("blocks", blocks_in_words(*v, of.is.blocks, ticked(*v, of.is)));
    if (const auto& offer = of.is.quote) {
        page.list("items", items_in_words(*v, offer->items, offer->to_pay))
            .set("quote", std::to_string(offer->number))
            .set("expires", v->says.moment(offer->expires_at, v->where))
            .set("review_due", v->says.day(offer->review_due))
            .set("refund_due", v->says.day(offer->refund_due))
            .set("reclaim_until", v->says.day(offer->reclaim_until))
            .flag("expired", v->now() >= offer->expires_at)
            .flag("provisional", offer->review_due_provisional);
        if (!offer->to_pay.is_zero()) page.set("to_pay", v->says.money(offer->to_pay));
        if (!offer->to_refund.is_zero()) page.set("to_refund", v->says.money(offer->to_refund));
    }
    if (of.is.quote_accepted_at) page.set("accepted_at", v->says.moment(of.is.quote_accepted_at, v->where));
    const bool may_choose = std::ranges::any_of(
        of.is.blocks, [](const auto& one) { return one.kind == domain::block_kind::linked_products; });
    page.flag("to_agree", !of.is.quote_accepted_at || may_choose);
    show_with_account(v, "quote", v->says.word("quote.title"), std::move(page));
}

void show_backup_of(const visit_ptr& v, const case_seen& of) {
    auto page = case_model(*v, of);
    using enum domain::backup_state;
    const auto state = of.is.backup ? of.is.backup->state : undecided;
    page.flag("prepared", state == prepared)
        .flag("downloaded", state == downloaded)
        .flag("declined", state == declined);
    const bool over = of.is.backup && of.is.backup->expires_at && v->now() >= of.is.backup->expires_at;
    page.flag("there", (state == prepared || state == downloaded) && !over);
    if (of.is.backup && of.is.backup->expires_at)
        page.set("expires", v->says.moment(of.is.backup->expires_at, v->where));
    v->show("backup", v->says.word("backup.title"), std::move(page));
}

/// How long it rests before anything ends, as its policy says now of its risk.
int cooling_off_hours(const visit& v, const case_seen& of) {
    const auto rules = rules_of(v.house, of.line.policy);
    const auto level = of.is.risk ? of.is.risk->level : domain::risk_level::low;
    const int hours = rules.cooling_off_hours.of(level);
    return of.line.locked_since ? std::max(hours, rules.lost_device_cooling_off_hours) : hours;
}

void show_check_of(const visit_ptr& v, const case_seen& of, bool contact_wanted) {
    auto page = case_model(*v, of);
    if (of.is.reason) page.set("reason", v->says.name("reason", *of.is.reason));
    if (const auto& offer = of.is.quote) {
        page.set("to_pay", v->says.money(offer->to_pay))
            .set("to_refund", v->says.money(offer->to_refund))
            .flag("pays_back", !offer->to_refund.is_zero())
            .set("review_due", v->says.day(offer->review_due))
            .set("reclaim_until", v->says.day(offer->reclaim_until))
            .set("quarantine_until", v->says.day(offer->quarantine_until));
    }
    if (const auto hours = cooling_off_hours(*v, of); hours > 0)
        page.set("cooling_off", v->says.word("check.cooling_off", {{"hours", std::to_string(hours)}}));
    if (of.is.backup) page.set("backup", v->says.name("backup_state", of.is.backup->state));
    std::vector<model> proofs;
    for (const auto& one : of.is.evidence)
        if (one.passed) proofs.push_back(model().set("proof", v->says.name("evidence", one.kind)));
    const bool ready = std::ranges::all_of(of.is.missing, [](const auto& one) { return step_for(one) == ""; });
    page.list("proofs", std::move(proofs))
        .flag("proved", is_proved(of.is))
        .flag("ready", ready)
        .set("waiting", checks_waiting(*v, of.is))
        .flag("contact_wanted", contact_wanted);
    add_payment(page, *v, of);
    page.flag("too_old", std::ranges::find(v->mistakes, "prove", &mistake::field) != v->mistakes.end());
    show_with_account(v, "check", v->says.word("check.title"), std::move(page));
}

/// Whose turn it is, where proof is missing.
std::string proof_missing(const visit& v, const desk::closure_view& is) {
    if (is.code_too_old) return "proof.code_too_old";
    return checks_waiting(v, is).empty() ? "refused.evidence-missing" : "proof.waits_for_us";
}

/// Everything that is missing at once, as the desk names it, each with the step that mends it. False: it named nothing
/// of the kind.
bool note_what_is_missing(const visit_ptr& v, const desk::closure_view& is, const base::error& why) {
    for (const auto& one : why.data) {
        const auto step = step_for(one.name);
        if (!step) continue;
        if (step->empty())
            v->note_mistake("line-only", "refused." + one.name);
        else
            v->note_missing(*step == "proof" ? proof_missing(*v, is) : "refused." + one.name,
                            "/case/" + v->arg + "/" + std::string(*step));
    }
    return !v->mistakes.empty();
}

}  // namespace

void show_closing(const visit_ptr& v) { show_closing_named(v, std::string(v->query.value("line"))); }

void begin_closing(const visit_ptr& v) {
    const std::string line(v->said.value("line"));
    const auto reason = base::enum_named<closing_reason>(v->said.value("reason"));
    if (!reason) {
        v->note_mistake("reason", "close.reason_missing");
        return show_closing_named(v, line);
    }
    desk::open_body body;
    body.reason = *reason;
    v->house.at.open_closure(v->asking(), line, body, [v, line](const result<desk::closure_told>& told) {
        if (!told && told.error().what == base::code::not_found) return v->refuse(told.error());
        if (!told) {
            v->note_mistake("", told.error());
            return show_closing_named(v, line);
        }
        const auto* is = view_of(*told);
        if (is == nullptr) return v->refuse({base::code::internal, ""});
        v->go("/case/" + is->id);
    });
}

void show_quote(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) { show_quote_of(v, of); });
}

void show_quote_part(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) { show_payment_of(v, of); });
}

void accept_quote(const visit_ptr& v) {
    desk::accept_body body;
    const auto number = v->said.value("quote");
    std::from_chars(number.data(), number.data() + number.size(), body.quote);
    for (const auto& one : v->said.all("detach"))
        if (auto product = base::label::parse(one)) body.detach.push_back(std::move(*product));
    const std::string field = body.detach.empty() ? "" : "detach-" + body.detach.front().text();
    v->house.at.accept_quote(v->asking(), v->arg, body, then_case_or_again(v, field, show_quote));
}

void renew_quote(const visit_ptr& v) {
    v->house.at.ask_quote(v->asking(), v->arg, desk::nothing{}, then_case_or_again(v, "", show_quote, "quote"));
}

void show_backup(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) { show_backup_of(v, of); });
}

void choose_backup(const visit_ptr& v) {
    const auto choice = v->said.value("choice");
    if (choice == "prepare")
        return v->house.at.prepare_backup(v->asking(), v->arg, desk::nothing{},
                                          then_case_or_again(v, "choice", show_backup, "backup"));
    if (choice == "decline")
        return v->house.at.decline_backup(v->asking(), v->arg, desk::nothing{},
                                          then_case_or_again(v, "choice", show_backup));
    v->note_mistake("choice", "backup.choice_missing");
    show_backup(v);
}

/// A look at its head alone would count as a download.
void fetch_backup(const visit_ptr& v) {
    if (v->in().how == http::verb::head) return v->refuse({base::code::method_not_allowed, ""});
    // It counts as downloaded: a link of another site must not do that.
    const auto& from = v->in().fetch_site;
    if (!from.empty() && from != "same-origin" && from != "none") return v->refuse({base::code::forbidden, ""});
    v->house.at.fetch_backup(v->asking(), v->arg, std::string(),
                             or_refuse<desk::archive_told>(v, [v](desk::archive_told told) {
                                 answer_archive(*v, std::move(told), "keepline-" + v->arg + "-data");
                             }));
}

void show_check(const visit_ptr& v) {
    with_case(v, [v](const case_seen& of) {
        v->house.at.read_eligibility(v->asking(), of.is.line_id,
                                     or_refuse<desk::eligibility_view>(v, [v, of](const desk::eligibility_view& more) {
                                         show_check_of(v, of, more.contact_wanted);
                                     }));
    });
}

void submit_case(const visit_ptr& v) {
    desk::submission_body body;
    if (!v->said.value("line_only").empty()) body.line_only = true;
    v->house.at.submit_closure(
        v->asking(), v->arg, body, [v, done = then_case(v)](const result<desk::closure_told>& told) {
            if (told) return done(told);
            if (is_to_be_proved(told.error())) {
                v->note_mistake("prove", "step_up.first");
                return show_check(v);
            }
            with_case(v, [v, why = told.error()](const case_seen& of) {
                note_what_is_missing(v, of.is, why) ? show_check(v) : refuse_or_again(v, why, "", show_check);
            });
        });
}

}  // namespace keepline::portal
