// Stages `in_review` and `approved`, and the ways out of the case: information, decision, withdrawal, repudiation.
#include "domain/draft.hpp"
#include "domain/quote.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t text_max = 500;

result<void> check_words(const std::string& words, const char* what) {
    if (words.empty() || words.size() > text_max)
        return refuse(code::invalid, std::string(what) + " is needed, in at most 500 bytes.");
    return {};
}

bool took_part(const closure& c, const actor& who) {
    return c.opened_by == who || std::ranges::find(c.took_part, who) != c.took_part.end();
}

/// Who decides is a reviewer or an administrator, and had no part in the application.
result<void> check_decider(const draft& d, const closure& c) {
    if (d.now.by.as != role::reviewer && d.now.by.as != role::admin)
        return refuse(code::forbidden, "A reviewer decides about applications.");
    if (took_part(c, d.now.by))
        return refuse(code::own_application, "Nobody decides about an application they took part in.");
    return {};
}

struct due_date {
    local_day day;
    bool provisional = false;
    instant at;
};

result<due_date> review_due_from(const draft& d, const closure_terms& terms, local_day start) {
    const auto* days = d.days();
    if (days == nullptr) return refuse(code::calendar_unknown, "The policy's calendar is not loaded.");
    const auto last = last_day(terms.review, *days, start);
    return due_date{last.day, last.provisional, d.zone().end_of(last.day)};
}

/// The clock stood still between the question and the answer: what was left of the term then is left now.
result<due_date> due_after_pause(const draft& d, const closure& c) {
    const auto* days = d.days();
    if (days == nullptr) return refuse(code::calendar_unknown, "The policy's calendar is not loaded.");
    const auto asked = d.zone().day_of(*c.paused_since);
    int left = 0;
    for (auto day = asked + 1; day <= c.due; day = day + 1)
        left += c.terms.review.unit == day_unit::calendar_day || days->is_working(day) ? 1 : 0;
    const auto last = last_day({left, c.terms.review.unit}, *days, d.today());
    return due_date{last.day, last.provisional, d.zone().end_of(last.day)};
}

}  // namespace

result<void> decide(draft& d, const want_information& w) {
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(w.what, "What is wanted"));
    if (!c->paused_since) d.emit(information_wanted{w.what, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const give_information& g) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    if (!c->paused_since) return {};
    CHECK(check_words(g.reference, "A reference to the information"));
    TRY(due, due_after_pause(d, *c));
    d.emit(information_given{g.reference, d.now.now, due.day, due.provisional, due.at});
    return {};
}

result<void> decide(draft& d, const approve_closure& a) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    if (a.reason.size() > text_max) return refuse(code::invalid, "The reason is too long.");
    const bool first = c->approvals.empty();
    if (!first && c->approvals.front().by == d.now.by)
        return refuse(code::second_person_needed, "You have approved this already; a second person must decide.");
    d.emit(approval_given{{d.now.by, d.now.now, a.reason}});
    if (first && d.s.current->assessed.level >= d.p->four_eyes_from) return {};
    d.emit(closure_approved{d.now.now, kinder(d.s.current->terms, d.p->closing)});
    advance(d);
    return {};
}

result<void> decide(draft& d, const reject_closure& r) {
    TRY(c, d.need_stage({stage::in_review}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(r.reason, "A reason that the customer can understand"));
    d.emit(closure_rejected{d.now.by, r.reason, d.now.now});
    return {};
}

result<void> decide(draft& d, const withdraw_closure&) {
    if (d.s.current && d.s.current->at_stage == stage::withdrawn) return {};
    TRY(c, d.need_stage({stage::opened, stage::in_review, stage::approved, stage::unbinding}));
    (void)c;
    d.emit(closure_withdrawn{d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const repudiate_closure& r) {
    if (d.s.current && d.s.current->at_stage == stage::fraud_hold) return {};
    TRY(c, d.need_stage({stage::opened, stage::in_review, stage::approved, stage::unbinding}));
    (void)c;
    if (r.contact.size() > 64) return refuse(code::invalid, "The contact's id is too long.");
    d.emit(closure_repudiated{r.contact, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const clear_fraud& f) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::fraud_hold}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(f.reason, "A reason"));
    TRY(due, review_due_from(d, c->submitted_at ? c->terms : d.p->closing, d.today()));
    d.emit(fraud_cleared{d.now.by, f.reason, d.now.now, due.day, due.provisional, due.at});
    return {};
}

result<void> decide(draft& d, const confirm_fraud& f) {
    TRY(c, d.need_stage({stage::fraud_hold}));
    CHECK(check_decider(d, *c));
    CHECK(check_words(f.reason, "A reason"));
    d.emit(closure_rejected{d.now.by, f.reason, d.now.now});
    return {};
}

result<void> decide(draft& d, const recheck_dates&) {
    if (!d.s.current || d.s.current->at_stage != stage::in_review || !d.s.current->due_provisional || d.p == nullptr)
        return {};
    const auto& c = *d.s.current;
    const auto* days = d.days();
    if (days == nullptr || c.calendar == days->id + "@" + days->version || c.paused_since) return {};
    TRY(due, review_due_from(d, c.terms, d.zone().day_of(c.submitted_at)));
    d.emit(due_moved{due.day, due.provisional, due.at, days->id + "@" + days->version, d.now.now});
    return {};
}

}  // namespace keepline::domain::rules
