// The way to a case's submission: what closing means, what is in the way and what it costs, the backup, the last look.
// One thing a page; what may be done, and what is missing, the desk says.
#include "portal/case_reading.hpp"
#include "portal/routes.hpp"

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

std::vector<model> blocks_in_words(const visit& v, const std::vector<domain::block>& blocks) {
    std::vector<model> out;
    for (const auto& one : blocks) {
        model block;
        block.set("kind", v.says.name("block", one.kind)).set("lift", v.says.name("lift", one.by));
        if (!one.price.is_zero()) block.set("block_price", v.says.money(one.price));
        if (one.until) block.set("block_until", v.says.moment(*one.until, v.where));
        block.set("block_reference", one.reference).flag("in_quote", one.in_quote).flag("stops", !one.in_quote);
        const bool product = one.kind == domain::block_kind::linked_products && !one.reference.empty();
        if (product) block.set("product", one.reference);
        out.push_back(std::move(block));
    }
    return out;
}

std::vector<model> items_in_words(const visit& v, const std::vector<domain::quote_item>& items) {
    std::vector<model> out;
    for (const auto& one : items)
        out.push_back(model().set("item", v.says.name("quote_item", one.kind)).set("amount", v.says.money(one.amount)));
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
        .set("number", line.number.text())
        .list("blocks", blocks_in_words(*v, of.blocks))
        .list("items", items_in_words(*v, of.items))
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

void show_quote_of(const visit_ptr& v, const case_seen& of) {
    auto page = case_model(*v, of);
    page.list("blocks", blocks_in_words(*v, of.is.blocks));
    if (const auto& offer = of.is.quote) {
        page.list("items", items_in_words(*v, offer->items))
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
    v->show("quote", v->says.word("quote.title"), std::move(page));
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

void show_check_of(const visit_ptr& v, const case_seen& of, bool contact_wanted) {
    auto page = case_model(*v, of);
    if (of.is.reason) page.set("reason", v->says.name("reason", *of.is.reason));
    if (const auto& offer = of.is.quote) {
        page.set("to_pay", v->says.money(offer->to_pay))
            .set("to_refund", v->says.money(offer->to_refund))
            .set("review_due", v->says.day(offer->review_due))
            .set("reclaim_until", v->says.day(offer->reclaim_until))
            .set("quarantine_until", v->says.day(offer->quarantine_until));
    }
    if (of.is.backup) page.set("backup", v->says.name("backup_state", of.is.backup->state));
    std::vector<model> proofs;
    for (const auto& one : of.is.evidence)
        if (one.passed) proofs.push_back(model().set("proof", v->says.name("evidence", one.kind)));
    page.list("proofs", std::move(proofs)).flag("contact_wanted", contact_wanted);
    v->show("check", v->says.word("check.title"), std::move(page));
}

/// Everything that is missing at once, as the desk names it. False: it named nothing of the kind.
bool note_what_is_missing(const visit_ptr& v, const base::error& why) {
    constexpr std::array known{"blocked",          "quote-expired",   "quote-not-accepted", "backup-undecided",
                               "evidence-missing", "contact-missing", "account-missing"};
    for (const auto& one : why.data)
        if (std::ranges::find(known, one.name, [](const char* id) { return std::string_view(id); }) != known.end())
            v->note_mistake("", "refused." + one.name);
    return !v->mistakes.empty();
}

class archive_body final : public http::body_source {
 public:
    explicit archive_body(desk::archive_told of) : of_(std::move(of)) {}
    void next(std::function<void(piece)> then) override { of_->next(std::move(then)); }

 private:
    desk::archive_told of_;
};

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

void accept_quote(const visit_ptr& v) {
    desk::accept_body body;
    const auto number = v->said.value("quote");
    std::from_chars(number.data(), number.data() + number.size(), body.quote);
    for (const auto& one : v->said.all("detach"))
        if (auto product = base::label::parse(one)) body.detach.push_back(std::move(*product));
    v->house.at.accept_quote(v->asking(), v->arg, body, then_case_or_again(v, "", show_quote));
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
    v->house.at.fetch_backup(
        v->asking(), v->arg, std::string(), or_refuse<desk::archive_told>(v, [v](desk::archive_told told) {
            http::response out;
            out.type = "application/zip";
            out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + v->arg + ".zip\""});
            out.source = std::make_shared<archive_body>(std::move(told));
            v->answer(std::move(out));
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
        v->asking(), v->arg, body,
        [v, done = then_case_or_again(v, "", show_check)](const result<desk::closure_told>& told) {
            if (told || !note_what_is_missing(v, told.error())) return done(told);
            show_check(v);
        });
}

}  // namespace keepline::portal
