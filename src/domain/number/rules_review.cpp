// Stages `in_review` and `approved`, and the ways out of the case: information, decision, withdrawal, repudiation.
#include "domain/message_words.hpp"
#include "domain/number/draft.hpp"
#include "domain/number/quote.hpp"
#include "domain/number/risk.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t reason_max = 500;

result<void> check_words(const std::string& words, const char* what) {
    if (words.empty() || words.size() > reason_max)
        return refuse(code::invalid, std::string(what) + " is needed, in at most 500 bytes.");
    return {};
}

/// Who decides, and had no part in the application.
result<void> check_decider(const actor& who, const closure& c) {
    CHECK(check_deciding(who));
    if (took_part(c, who))
        return refuse(code::own_application, "Nobody decides about an application they took part in.");
    if (c.on_behalf && answers_to(who, c.on_behalf->who))
        return refuse(code::own_application, "Nobody decides about what they apply for themselves.");
    return {};
}
result<void> check_decider(const draft& d, const closure& c) { return check_decider(d.now.by, c); }

/// How long the clock stood still since the question: all pauses of a case together last no longer than the policy
/// says.
base::duration clock_stopped(const draft& d, const submission& c, const pause& waits) {
    const base::duration allowed = base::days{c.terms.pause_max_days} - base::duration{c.paused_ms};
    return std::clamp(d.now.now - waits.since, base::duration{0}, std::max(allowed, base::duration{0}));
}

/// What was left of the term at the question is left when the clock runs again.
result<review_date> due_after_pause(const draft& d, const submission& c, const pause& waits) {
    const auto* days = d.days();
    if (days == nullptr) return refuse(code::calendar_unknown, "The policy's calendar is not loaded.");
    const auto unit = c.terms.review.unit;
    int left = c.due_days;
    const auto asked = d.zone().day_of(waits.since);
    for (auto day = c.due_from + 1; day <= asked && left > 0; day = day + 1)
        left -= unit == day_unit::calendar_day || days->is_working(day) ? 1 : 0;
    return review_after(d, {left, unit}, d.zone().day_of(waits.since + clock_stopped(d, c, waits)));
}

}  // namespace

result<void> check_plain_words(const std::string& words, const char* what) {
    CHECK(check_words(words, what));
    return check_message_words(words, what);
}

result<void> check_deciding(const actor& who) {
    if (!is_decider(who)) return refuse(code::forbidden, "A reviewer decides about applications.");
    if (!is_acknowledged(who))
        return refuse(code::forbidden,
                      "Your token was made at the command line: it decides nothing until an "
                      "administrator has said that they know of it.");
    return {};
}

result<review_date> review_after(const draft& d, const term& length, local_day from) {
    const auto* days = d.days();
    if (days == nullptr) return refuse(code::calendar_unknown, "The policy's calendar is not loaded.");
    const auto last = last_day(length, *days, from);
    return review_date{from, length.n, last.day, last.provisional, d.zone().end_of(last.day)};
}

bool took_part(const closure& c, const actor& who) {
    return same_person(c.opened_by, who) ||
           std::ranges::any_of(c.took_part, [&](const actor& one) { return same_person(one, who); });
}

namespace {

instant cooling_off_after(const draft& d, const closure_terms& terms, risk_level level) {
    return d.now.now + base::hours{terms.cooling_off_hours.of(level)};
}

}  // namespace

/// Where the money goes is settled at submission. Before anything has been paid the case goes back; while it settles
/// and after, the account that was named then is paid, or none.
void question_account(draft& d) {
    const auto* sent = d.state().of_case<submission>();
    if (!d.state().has_open_closure() || sent == nullptr || d.p == nullptr) return;
    const auto& c = *sent;
    const auto named = account_of_case(d.state()).digest;
    if (d.state().of_case<stages::settling>() != nullptr || named.empty()) return;
    const bool as_submitted = named == c.account;
    if (as_submitted ? c.account_wanted.empty() : c.account_wanted == named) return;
    const auto due = review_after(d, c.terms.review, d.today());
    if (!due) return;
    auto assessed = assess(d.state(), *d.p, d.now.now, d.state().current->assessed.facts);
    const auto cools_off = std::max(c.cooling_off_until, cooling_off_after(d, c.terms, assessed.level));
    d.emit(account_questioned{named, std::move(assessed), d.now.now, due->day, due->provisional, due->at, due->from,
                              cools_off});
}

result<void> decide(draft& d, const want_information& w) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    CHECK(check_plain_words(w.what, "What is wanted"));
    const auto& review = *has<stages::in_review>(*c);
    const auto end = d.now.now + base::days{review.terms.pause_max_days};
    if (!review.waits) d.emit(information_wanted{w.what, d.now.by, d.now.now, d.zone().day_of(end) + -1});
    return {};
}

result<void> decide(draft& d, const claim_review& w) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    const auto& review = *has<stages::in_review>(*c);
    if (review.claim && same_holder(d.now.by, review.claim->by)) return {};
    if (review.claim && !w.take_over)
        return refuse(code::changed_since, "Somebody else is at this case.",
                      {{"claimed_by", review.claim->by.id.text()}, {"since", base::iso(review.claim->since)}});
    d.emit(review_claimed{d.now.by, d.now.now});
    return {};
}

/// Whoever took part neither gets it nor says who does: nobody chooses who decides about what they applied for.
result<void> decide(draft& d, const hand_review_over& h) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(h.why, "Why it is handed over"));
    if (same_person(d.now.by, h.to)) return refuse(code::invalid, "Claim it: that is you.", {{"field", "to"}});
    if (auto may = check_decider(h.to, *c); !may) return refuse(may.error().what, may.error().words, {{"field", "to"}});
    const auto& review = *has<stages::in_review>(*c);
    if (review.claim && !same_holder(d.now.by, review.claim->by))
        return refuse(code::changed_since, "Somebody else is at this case; take it over first.",
                      {{"claimed_by", review.claim->by.id.text()}, {"since", base::iso(review.claim->since)}});
    d.emit(review_handed{d.now.by, h.to, h.why, d.now.now});
    return {};
}

result<void> decide(draft& d, const release_review&) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_deciding(d.now.by));
    const auto& review = *has<stages::in_review>(*c);
    if (!review.claim) return {};
    if (!same_holder(d.now.by, review.claim->by))
        return refuse(code::forbidden, "Who is at a case lets go of it; others take it over.");
    d.emit(review_released{d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const give_information& g) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    const auto& review = *has<stages::in_review>(*c);
    if (!review.waits) return {};
    CHECK(check_words(g.reference, "A reference to the information"));
    TRY(due, due_after_pause(d, review, *review.waits));
    d.emit(information_given{g.reference, d.now.now, due.day, due.provisional, due.at, due.from, due.days,
                             clock_stopped(d, review, *review.waits).count()});
    return {};
}

result<void> decide(draft& d, const approve_closure& a) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    if (a.reason.size() > reason_max) return refuse(code::invalid, "The reason is too long.");
    CHECK(check_still_acts(d, *c, true));
    const auto is_deciding = [&](const actor& one) { return same_person(one, d.now.by); };
    if (std::ranges::any_of(c->fraud_cleared_by, is_deciding))
        return refuse(code::own_application, "Who cleared the suspicion does not approve the case as well.");
    const auto& review = *has<stages::in_review>(*c);
    const auto counts = counts_from(d, *c, account_of_case(d.state()).named_at);
    if (counts && !review.account_wanted.empty())
        return refuse(code::blocked, "The account was named lately by whoever applied for the owner.",
                      {{"from", base::iso(*counts)}});
    const auto counted = approvals_that_count(d.state(), *d.p, d.now.now);
    if (std::ranges::any_of(counted, [&](const approval& one) { return is_deciding(one.by); }))
        return refuse(code::second_person_needed, "You have approved this already; a second person must decide.");
    d.emit(approval_given{{d.now.by, d.now.now, a.reason}});
    const auto given = approvals_that_count(d.state(), *d.p, d.now.now).size();
    if (given < static_cast<std::size_t>(approvals_wanted(d.state(), *d.p, d.now.now))) return {};
    const auto* sent = d.state().of_case<submission>();
    const auto cools_off = cools_off_until(d.state(), *d.p, d.now.now);
    closure_approved approved{d.now.now, kinder(sent->terms, d.p->closing), {}};
    if (cools_off > sent->cooling_off_until) approved.cooling_off_until = cools_off;
    d.emit(std::move(approved));
    advance(d);
    return {};
}

result<void> decide(draft& d, const reject_closure& r) {
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    CHECK(check_plain_words(r.reason, "A reason that the customer can understand"));
    leave_case(d, closure_rejected{d.now.by, r.reason, d.now.now});
    return {};
}

result<void> check_hold_up(const draft& d, hindrance_kind what) {
    if (!d.by_staff() || d.p == nullptr) return {};
    const auto from = d.now.now - base::days{d.p->hold_up_days};
    const bool lately = std::ranges::any_of(d.state().memory.hindered, [&](const hindrance& one) {
        return one.kind == what && one.at > from && counted_as_one(one.by, d.now.by);
    });
    return lately ? need_second(d.now, act::hold_up) : result<void>();
}

result<void> decide(draft& d, const withdraw_closure&) {
    if (d.state().of_case<stages::withdrawn>() != nullptr) return {};
    TRY(c, d.need_stage({stage::opened, stage::in_review, stage::approved, stage::unbinding}));
    if (is_anothers_case(*c, d.now.by)) CHECK(check_hold_up(d, hindrance_kind::withdrawal));
    leave_case(d, closure_withdrawn{d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const repudiate_closure& r) {
    // Somebody else's word has frozen the case; its owner's means whoever applied for them as well (react.cpp).
    const auto* acts = acting_in_case(d.state());
    const bool still_acts = acts != nullptr && acts->state != representation_state::stopped;
    const bool frozen = d.state().of_case<stages::fraud_hold>() != nullptr;
    if (frozen && (d.now.by.as != role::subscriber || !still_acts)) return {};
    if (!frozen) CHECK(d.need_stage({stage::opened, stage::in_review, stage::approved, stage::unbinding}));
    if (r.contact.size() > 64) return refuse(code::invalid, "The contact's id is too long.");
    CHECK(check_hold_up(d, hindrance_kind::dispute));
    d.emit(closure_repudiated{r.contact, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const clear_fraud& f) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::fraud_hold}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(f.reason, "A reason"));
    CHECK(check_still_acts(d, *c, true));
    const auto* sent = has<submission>(*c);
    TRY(due, review_after(d, sent != nullptr ? sent->terms.review : d.p->closing.review, d.today()));
    auto assessed = assess(d.state(), *d.p, d.now.now, c->assessed.facts);
    const auto cools_off = sent == nullptr
                               ? cooling_off_after(d, {}, assessed.level)
                               : std::max(sent->cooling_off_until, cooling_off_after(d, sent->terms, assessed.level));
    leave_case(d, fraud_cleared{d.now.by, f.reason, d.now.now, due.day, due.provisional, due.at, due.from,
                                std::move(assessed), cools_off});
    return {};
}

result<void> decide(draft& d, const confirm_fraud& f) {
    TRY(c, d.need_stage({stage::fraud_hold}));
    CHECK(check_decider(d, *c));
    CHECK(check_plain_words(f.reason, "A reason"));
    leave_case(d, closure_rejected{d.now.by, f.reason, d.now.now});
    return {};
}

result<void> decide(draft& d, const recheck_dates&) {
    const auto* review = d.state().of_case<stages::in_review>();
    if (review == nullptr || !review->due_provisional || d.p == nullptr) return {};
    const auto& c = *review;
    const auto* days = d.days();
    if (days == nullptr || c.calendar == days->id + "@" + days->version || c.waits) return {};
    TRY(due, review_after(d, {c.due_days, c.terms.review.unit}, c.due_from));
    d.emit(due_moved{due.day, due.provisional, due.at, days->id + "@" + days->version, d.now.now, c.due});
    return {};
}

}  // namespace keepline::domain::rules
