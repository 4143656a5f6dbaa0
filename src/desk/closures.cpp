// Closures, stage by stage: the case, the commands that move it, the staff's queue, the certificate. What may happen
// when is the domain's to decide (domain/number); here it is checked who asks, and said what came of it.
#include "base/enum_text.hpp"
#include "desk/taking.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <limits>

namespace keepline::desk {

using base::code;
using base::refuse;

// ------------------------------------------------------------------------------------------------ what is counted

std::optional<base::error> failed_proof(const engine::answer& done) {
    return counted_refusal<domain::proof_failed>(
        done, "Too many proofs failed; wait before the next try.", [](const domain::proof_failed& failed) {
            return failed.kind == domain::evidence_kind::recovery_code
                       ? std::pair{base::code::otp_wrong, "The recovery code is not one of this line's."}
                       : std::pair{base::code::proof_mismatch, "What was shown is not what is on file."};
        });
}

std::optional<base::error> mismatched_proof(const engine::answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        const auto* shown = event == nullptr ? nullptr : std::get_if<domain::evidence_recorded>(event);
        if (shown != nullptr && shown->shown.compared == domain::comparison::mismatched)
            return base::error{
                base::code::proof_mismatch, "What was shown is not what is on file; it was counted.", {}};
    }
    return {};
}

// ------------------------------------------------------------------------------------------------ commands

namespace {

void answer_created(const ask_ptr<closure_told>& c, const engine::answer& done) { answer_case(c, done, true); }

void answer_opened(const ask_ptr<closure_told>& c, const engine::answer& done) {
    const bool opened = std::ranges::any_of(done.events, [](const engine::any_event& one) {
        const auto* event = std::get_if<domain::number_event>(&one);
        return event != nullptr && std::holds_alternative<domain::closure_opened>(*event);
    });
    answer_case(c, done, opened);
}

/// Of a line that lapsed there is no case to count in: a wrong code counts for the line.
void answer_code(const ask_ptr<closure_told>& c, const engine::answer& done) {
    auto wrong = counted_refusal<domain::otp_failed>(
        done, "Too many wrong codes; wait before the next try.", [](const domain::otp_failed&) {
            return std::pair{code::otp_wrong, "The code is wrong; look at the latest message."};
        });
    if (!wrong) wrong = failed_proof(done);
    if (wrong) return c->refuse(*std::move(wrong));
    answer_closure(c, done);
}

/// About the line's latest closure, which the id must name; the answer is the case.
template <auto Make, auto Next = answer_closure, typename Body>
void on_closure(services& of, const use_case& what, request in, const std::string& closure, said<Body> body,
                reply<closure_told> then) {
    take(of, what, std::move(in), std::move(then), [&](const ask_ptr<closure_told>& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        if (found->past != nullptr)
            return c->refuse({code::closure_stage,
                              "This closure has ended; the line has a newer one.",
                              {{"stage", boost::describe::enum_to_string(found->past->ended_as, "")}}});
        submit_made<closure_view>(c, found->view, found->number, std::move(body), Make, Next);
    });
}

}  // namespace

void desk::open_closure(request in, const std::string& line, said<open_body> what, reply<closure_told> then) {
    on_line<make::open_closure, answer_opened>(shared_, use::open_closure, std::move(in), line, std::move(what),
                                               std::move(then));
}
void desk::ask_quote(request in, const std::string& closure, said<nothing> what, reply<closure_told> then) {
    on_closure<make::ask_quote>(shared_, use::ask_quote, std::move(in), closure, std::move(what), std::move(then));
}
void desk::accept_quote(request in, const std::string& closure, said<accept_body> what, reply<closure_told> then) {
    on_closure<make::accept_quote>(shared_, use::accept_quote, std::move(in), closure, std::move(what),
                                   std::move(then));
}
void desk::request_otp(request in, const std::string& closure, said<otp_body> what, reply<closure_told> then) {
    on_closure<make::request_otp, answer_created>(shared_, use::request_otp, std::move(in), closure, std::move(what),
                                                  std::move(then));
}
void desk::present_otp(request in, const std::string& closure, said<code_body> what, reply<closure_told> then) {
    on_closure<make::present_otp, answer_code>(shared_, use::present_otp, std::move(in), closure, std::move(what),
                                               std::move(then));
}
void desk::present_recovery_code(request in, const std::string& closure, said<code_body> what,
                                 reply<closure_told> then) {
    on_closure<make::present_recovery_code, answer_code>(shared_, use::present_recovery_code, std::move(in), closure,
                                                         std::move(what), std::move(then));
}
void desk::record_evidence(request in, const std::string& closure, said<evidence_body> what, reply<closure_told> then) {
    on_closure<make::record_evidence, answer_evidence>(shared_, use::record_evidence, std::move(in), closure,
                                                       std::move(what), std::move(then));
}
void desk::prepare_backup(request in, const std::string& closure, said<nothing> what, reply<closure_told> then) {
    on_closure<make::prepare_backup>(shared_, use::prepare_backup, std::move(in), closure, std::move(what),
                                     std::move(then));
}
void desk::decline_backup(request in, const std::string& closure, said<nothing> what, reply<closure_told> then) {
    on_closure<make::decline_backup>(shared_, use::decline_backup, std::move(in), closure, std::move(what),
                                     std::move(then));
}
void desk::note_accounts(request in, const std::string& closure, said<accounts_body> what, reply<closure_told> then) {
    on_closure<make::note_accounts>(shared_, use::note_accounts, std::move(in), closure, std::move(what),
                                    std::move(then));
}
void desk::submit_closure(request in, const std::string& closure, said<submission_body> what,
                          reply<closure_told> then) {
    on_closure<make::submit_closure>(shared_, use::submit_closure, std::move(in), closure, std::move(what),
                                     std::move(then));
}
void desk::want_information(request in, const std::string& closure, said<information_request_body> what,
                            reply<closure_told> then) {
    on_closure<make::want_information>(shared_, use::want_information, std::move(in), closure, std::move(what),
                                       std::move(then));
}
void desk::claim_review(request in, const std::string& closure, said<claim_body> what, reply<closure_told> then) {
    on_closure<make::claim_review>(shared_, use::claim_review, std::move(in), closure, std::move(what),
                                   std::move(then));
}
void desk::hand_review_over(request in, const std::string& closure, said<hand_over_body> what,
                            reply<closure_told> then) {
    on_closure<make::hand_review_over>(shared_, use::hand_review_over, std::move(in), closure, std::move(what),
                                       std::move(then));
}
void desk::release_review(request in, const std::string& closure, said<nothing> what, reply<closure_told> then) {
    on_closure<make::release_review>(shared_, use::release_review, std::move(in), closure, std::move(what),
                                     std::move(then));
}
void desk::give_information(request in, const std::string& closure, said<information_body> what,
                            reply<closure_told> then) {
    on_closure<make::give_information>(shared_, use::give_information, std::move(in), closure, std::move(what),
                                       std::move(then));
}
void desk::approve_closure(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then) {
    on_closure<make::approve_closure>(shared_, use::approve_closure, std::move(in), closure, std::move(what),
                                      std::move(then));
}
void desk::reject_closure(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then) {
    on_closure<make::reject_closure>(shared_, use::reject_closure, std::move(in), closure, std::move(what),
                                     std::move(then));
}
void desk::withdraw_closure(request in, const std::string& closure, said<nothing> what, reply<closure_told> then) {
    on_closure<make::withdraw_closure>(shared_, use::withdraw_closure, std::move(in), closure, std::move(what),
                                       std::move(then));
}
void desk::repudiate_closure(request in, const std::string& closure, said<repudiation_body> what,
                             reply<closure_told> then) {
    on_closure<make::repudiate_closure>(shared_, use::repudiate_closure, std::move(in), closure, std::move(what),
                                        std::move(then));
}
void desk::clear_fraud(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then) {
    on_closure<make::clear_fraud>(shared_, use::clear_fraud, std::move(in), closure, std::move(what), std::move(then));
}
void desk::confirm_fraud(request in, const std::string& closure, said<reason_body> what, reply<closure_told> then) {
    on_closure<make::confirm_fraud>(shared_, use::confirm_fraud, std::move(in), closure, std::move(what),
                                    std::move(then));
}
void desk::write_off_profile(request in, const std::string& closure, said<write_off_body> what,
                             reply<closure_told> then) {
    on_closure<make::write_off_profile>(shared_, use::write_off_profile, std::move(in), closure, std::move(what),
                                        std::move(then));
}
void desk::choose_payout(request in, const std::string& closure, said<payout_body> what, reply<closure_told> then) {
    on_closure<make::choose_payout>(shared_, use::choose_payout, std::move(in), closure, std::move(what),
                                    std::move(then));
}

void desk::read_closure(request in, const std::string& closure, reply<closure_told> then) {
    take(shared_, use::read_closure, std::move(in), std::move(then), [&](const ask_ptr<closure_told>& c) {
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        if (found->past == nullptr) return answer_closure(c, {found->view, {}, false});
        const auto rules = c->core_of().rules();
        c->answer({past_closure_of(*found->view, *found->past, rules.get()), found->view->revision()});
    });
}

// ------------------------------------------------------------------------------------------------ the certificate

namespace {

/// Of a case that is no longer listed: its certificate stays for ever. Customers see those of their own time.
const domain::old_certificate* left_behind(const asked& c, const engine::stream_view& line, int closure) {
    const auto& s = line.number();
    const auto found = std::ranges::find(s.certificates, closure, &domain::old_certificate::closure);
    if (found == s.certificates.end()) return nullptr;
    const bool own = s.subscription && found->generation == s.generations &&
                     found->opened_at >= s.subscription->owner_since.value_or(s.subscription->since);
    return !c.is_customer() || own ? &*found : nullptr;
}

certificate_told certificate_of(const asked& c, const engine::stream_view& line, const std::string& jws,
                                const std::optional<domain::refund>& refund_now) {
    const auto& s = line.number();
    certificate_told out{jws, s.language, nullptr, refund_now, c.core_of().rules()};
    const auto* p = s.subscription ? out.rules->policies.find(s.subscription->policy) : nullptr;
    if (p != nullptr) out.zone = &out.rules->zones.of(p->zone);
    return out;
}

result<certificate_told> certificate_named(const asked& c, const std::string& closure) {
    const auto found = case_for(c, closure);
    if (!found) {
        const auto name = parse_closure_id(closure);
        const auto line = name ? line_for(c, name->line_id) : result<engine::view_ptr>(std::unexpected(found.error()));
        const auto* old = line ? left_behind(c, **line, name->number) : nullptr;
        if (old != nullptr) return certificate_of(c, **line, old->jws, {});
        return std::unexpected(found.error());
    }
    const auto& s = found->view->number();
    static const std::string unsigned_yet;
    const auto* closed = s.of_case<domain::stages::closed>();
    const auto& jws = found->past != nullptr ? found->past->certificate
                      : closed != nullptr    ? closed->certificate
                                             : unsigned_yet;
    if (jws.empty())
        return refuse(code::not_found, "No certificate has been issued yet; it follows the end of the closure.");
    return certificate_of(c, *found->view, jws, found->past == nullptr ? closed->payback : found->past->payback);
}

}  // namespace

void desk::read_certificate(request in, const std::string& closure, reply<certificate_told> then) {
    take(shared_, use::read_certificate, std::move(in), std::move(then), [&](const ask_ptr<certificate_told>& c) {
        auto found = certificate_named(*c, closure);
        if (!found) return c->refuse(found.error());
        c->answer(std::move(*found));
    });
}

void desk::send_certificate(request in, const std::string& closure, said<nothing> what, reply<done_told> then) {
    take(shared_, use::send_certificate, std::move(in), std::move(then), [&](const ask_ptr<done_told>& c) {
        if (!what) return c->refuse(what.error());
        const auto found = case_for(*c, closure);
        if (!found) return c->refuse(found.error());
        submit(c, submission_of(*c, found->view->key, domain::number_command{domain::send_certificate{found->number}}),
               [](const ask_ptr<done_told>& same, const engine::answer&) { same->answer({}); });
    });
}

void desk::draw_certificate(request in, const std::string& closure, certificate_drawing draws,
                            reply<std::string> then) {
    take(shared_, use::read_certificate, std::move(in), std::move(then), [&](const ask_ptr<std::string>& c) {
        auto found = certificate_named(*c, closure);
        if (!found) return c->refuse(found.error());
        run_aside(c, [c, found = std::move(*found), draws = std::move(draws)]() -> afterwards {
            auto drawn = draws(found);
            return [c, drawn = std::move(drawn)]() mutable {
                drawn ? c->answer(*std::move(drawn)) : c->refuse(drawn.error());
            };
        });
    });
}

// ------------------------------------------------------------------------------------------------ the queue

namespace {

constexpr std::size_t looked_at_most = 1'000;

/// The store lists one stage at a time, so the pages go through the stages in this order. A case that the HLR
/// contradicts is listed under that, whatever its stage.
const std::array<std::string, 12> open_stages{"in_review",
                                              "fraud_hold",
                                              "opened",
                                              "approved",
                                              "unbinding",
                                              "settling",
                                              engine::stage_of_mismatch,
                                              "closed",  // from here on: only where they are asked for
                                              engine::stage_of_dispute,
                                              "withdrawn",
                                              "rejected",
                                              "expired"};
constexpr std::size_t first_ended = 7;

struct queue_place {
    std::size_t stage = 0;  // index into open_stages
    std::string after;      // of the store
};

struct queue {
    std::size_t first = 0;
    std::size_t last = first_ended - 1;
    bool overdue = false;
    bool by_due = false;
    std::optional<domain::channel> channel{};
    std::optional<domain::risk_level> risk{};
    std::string claimed_by{};
};

/// Of the words that there are; none where nothing was said.
template <typename Enum>
result<std::optional<Enum>> word_in(std::string_view field, const std::string& said) {
    if (said.empty()) return std::optional<Enum>();
    const auto out = base::enum_named<Enum>(said);
    if (!out)
        return refuse(code::invalid, "`" + std::string(field) + "` is none that there is.",
                      {{"field", std::string(field)}});
    return out;
}

result<queue> queue_of(const closure_filter& which, const label& asks) {
    queue out;
    const auto& wanted = which.stage;
    const auto& overdue = which.overdue;
    TRY(channel, word_in<domain::channel>("channel", which.channel));
    TRY(risk, word_in<domain::risk_level>("risk", which.risk));
    out.channel = channel;
    out.risk = risk;
    out.claimed_by = which.claimed_by == "me" ? asks.text() : which.claimed_by;
    if (!which.order.empty() && which.order != "due")
        return refuse(code::invalid, "`order` may be due.", {{"field", "order"}});
    out.by_due = which.order == "due";
    if (out.by_due && !wanted.empty() && wanted != "in_review")
        return refuse(code::invalid, "Only reviews have a due date.", {{"field", "order"}});
    if (!overdue.empty() && overdue != "true" && overdue != "false")
        return refuse(code::invalid, "`overdue` must be true or false.", {{"field", "overdue"}});
    out.overdue = overdue == "true";
    if (!wanted.empty()) {
        const auto found = std::ranges::find(open_stages, wanted);
        if (found == open_stages.end())
            return refuse(code::invalid, "`stage` must be a stage of a case.", {{"field", "stage"}});
        out.first = out.last = static_cast<std::size_t>(found - open_stages.begin());
    } else if (out.overdue || out.by_due) {
        out.first = out.last = 0;  // only a review has a due date
    }
    return out;
}

result<queue_place> place_of(const queue& in, const std::string& cursor) {
    if (cursor.empty()) return queue_place{in.first, {}};
    const auto dot = cursor.find('.');
    const auto found = std::ranges::find(open_stages, cursor.substr(0, dot));
    const auto index = static_cast<std::size_t>(found - open_stages.begin());
    if (dot == std::string::npos || found == open_stages.end() || index < in.first || index > in.last)
        return refuse(code::invalid, "`after` is not a cursor of ours.", {{"field", "after"}});
    return queue_place{index, cursor.substr(dot + 1)};
}

bool is_wanted(const queue& in, const closure_summary& one) {
    if (in.channel && one.channel != *in.channel) return false;
    if (in.risk && one.risk != *in.risk) return false;
    if (in.claimed_by.empty()) return true;
    if (in.claimed_by == "nobody") return !one.claimed_by;
    return one.claimed_by && one.claimed_by->text() == in.claimed_by;
}

std::string cursor_of(const queue_place& at) { return open_stages[at.stage] + "." + at.after; }

result<page_of<closure_summary>> queue_page(const asked& c, const result<closure_filter>& which,
                                            const result<paging>& asked_for) {
    TRY(filter, which);
    TRY(wanted, queue_of(filter, c.who.who.id));
    TRY(page, asked_for);
    TRY(at, place_of(wanted, page.after));
    const auto now = c.now();
    const auto rules = c.core_of().rules();
    std::vector<closure_summary> items;
    // What is not wanted is read as well, so no page reads for ever: one may be short, and say where the next begins.
    std::size_t looked_at = 0;
    while (at.stage <= wanted.last && items.size() < page.limit && looked_at < looked_at_most) {
        port::stream_filter which;
        which.kind = port::stream_kind::number;
        which.stage = open_stages[at.stage];
        if (wanted.by_due) which.review_due_before = instant{std::numeric_limits<std::int64_t>::max()};
        if (wanted.overdue) which.review_due_before = now;
        TRY(listed, c.core_of().list(which, at.after, page.limit - items.size()));
        for (const auto& one : listed.streams) {
            const auto view = c.core_of().read(one.key);
            ++looked_at;
            if (!view || !(*view)->number().current) continue;
            auto summary = summary_of(**view, *rules, now);
            if (is_wanted(wanted, summary)) items.push_back(std::move(summary));
        }
        at.after = listed.next;
        if (at.after.empty()) ++at.stage;
    }
    return page_of<closure_summary>{std::move(items), at.stage <= wanted.last ? cursor_of(at) : std::string()};
}

}  // namespace

void desk::list_closures(request in, result<closure_filter> which, result<paging> wanted,
                         reply<page_of<closure_summary>> then) {
    take(shared_, use::list_closures, std::move(in), std::move(then), [&](const ask_ptr<page_of<closure_summary>>& c) {
        auto page = queue_page(*c, which, wanted);
        if (!page) return c->refuse(page.error());
        c->answer(std::move(*page));
    });
}

void desk::count_closures(request in, reply<closure_counts> then) {
    take_aside(shared_, use::count_closures, std::move(in), std::move(then),
               [](const asked& c) -> result<closure_counts> {
                   TRY(counted, c.core_of().counts());
                   closure_counts out;
                   for (const auto& [stage, count] : counted.closures_by_stage)
                       if (std::ranges::find(open_stages, stage) != open_stages.end()) out.stages[stage] = count;
                   out.overdue = counted.overdue_reviews;
                   return out;
               });
}

}  // namespace keepline::desk
