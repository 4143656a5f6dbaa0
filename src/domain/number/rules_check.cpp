// Checks: whoever applies asks us to compare something or to call, and somebody else says how it went.
#include "domain/number/draft.hpp"
#include "domain/number/risk.hpp"

#include <algorithm>

namespace keepline::domain {

std::optional<instant> check_waits_since(const number_state& s) {
    if (!s.has_open_closure()) return std::nullopt;
    const auto found = std::ranges::find_if(s.current->checks, [](const identity_check& one) { return is_open(one); });
    return found == s.current->checks.end() ? std::nullopt : std::optional(found->at);
}

namespace rules {

using base::code;
using base::refuse;

namespace {

constexpr int hours_of_day = 24;

result<const closure*> need_case_for_check(const draft& d) {
    CHECK(d.need_line());
    TRY(c, d.need_stage({stage::opened, stage::in_review}));
    CHECK(check_applicant(d, *c));
    return c;
}

result<identity_check> need_open_check(const closure& c, int serial) {
    const auto* one = find_check(c, serial);
    if (one == nullptr) return refuse(code::not_found, "There is no such check.");
    if (!is_open(*one))
        return refuse(code::closure_stage, "The check is not open any more.",
                      {{"state", boost::describe::enum_to_string(one->state, "")}});
    return *one;
}

/// What evidence may be used for is the policy's word; what it does not take here nobody need look at.
result<void> check_taken_here(const draft& d, const closure& c, evidence_kind kind) {
    const auto level = assess(d.state(), *d.p, d.now.now, c.assessed.facts).level;
    const auto& sets = evidence_for_case(d, c, level);
    if (std::ranges::any_of(sets, [&](const auto& set) { return std::ranges::find(set, kind) != set.end(); }))
        return {};
    return refuse(code::evidence_too_weak, "Such a check proves nothing for this case.", {{"needed", in_words(sets)}});
}

/// An older copy says nothing of who asks now: whoever has the session can pick it, too.
result<void> check_document(const ask_for_check& c, const closure& of) {
    if (c.document.empty()) return refuse(code::invalid, "Name the document.", {{"field", "document"}});
    if (c.handed_in_at < of.opened_at)
        return refuse(code::evidence_too_weak, "The document was handed in before this application; hand it in again.",
                      {{"field", "document"}, {"since", base::iso(of.opened_at)}});
    return {};
}

/// A call to a line of theirs proves what a code to it does, under whatever name it is on file; and a phone that was
/// named lately may be that of whoever has the session.
result<void> check_phone(const draft& d, const closure& of, const label& id, bool of_line) {
    const auto* phone = of_line || id == label::trusted("line") ? nullptr : contact_for_code(d.state(), id);
    if (phone == nullptr || phone->by != medium::sms)
        return refuse(code::contact_unknown, "Name a phone on file that is no line of yours.", {{"field", "contact"}});
    if (!phone->verified)
        return refuse(code::contact_unverified, "Nobody has shown yet that the owner reads this contact point.",
                      {{"contact", phone->id.text()}});
    const auto rested = phone->since + base::days{d.p->contact_change_lock_days};
    const auto from = std::max(rested, counts_from(d, of, phone->since).value_or(rested));
    if (d.now.now < from)
        return refuse(code::evidence_too_weak, "This phone was named a short time ago.",
                      {{"contact", phone->id.text()}, {"from", base::iso(from)}});
    return {};
}

result<void> check_hours(const std::optional<call_hours>& hours) {
    if (!hours || (hours->from >= 0 && hours->from < hours->until && hours->until <= hours_of_day)) return {};
    return refuse(code::invalid, "Name whole hours of a day, the earlier one first.", {{"field", "hours"}});
}

/// Whoever named an account lately, or on a word, proves nothing by its card.
result<void> check_card(const draft& d, const closure& of, comparison compared) {
    if (compared == comparison::not_compared)
        return refuse(code::invalid, "Name the last four digits.", {{"field", "digits"}});
    if (compared == comparison::not_on_file)
        return refuse(code::account_missing, "No bank card is on file that this one could be compared with.");
    evidence card;
    card.kind = evidence_kind::bank_card;
    card.compared = compared;
    const bool lately = weighed_comparison(d, card) != comparison::matched ||
                        counts_from(d, of, account_of_case(d.state()).named_at).has_value();
    if (lately) return refuse(code::evidence_too_weak, "The account was named a short time ago, or on a word alone.");
    return {};
}

/// Only what its kind is about is kept.
result<identity_check> as_asked(const draft& d, const closure& of, const ask_for_check& c) {
    identity_check out;
    out.kind = c.kind;
    switch (c.kind) {
        case evidence_kind::id_document:
            CHECK(check_document(c, of));
            out.document = c.document;
            out.brought_by = c.handed_in_by;
            break;
        case evidence_kind::callback:
            CHECK(check_phone(d, of, c.contact, c.of_line));
            CHECK(check_hours(c.hours));
            out.contact = c.contact;
            out.hours = c.hours;
            out.call_nonce = c.call_nonce;
            break;
        case evidence_kind::bank_card: CHECK(check_card(d, of, c.compared)); break;
        default:
            return refuse(code::invalid, "A check is of a document, of a bank card, or by a call.",
                          {{"field", "kind"}});
    }
    TRY(due, review_after(d, d.p->checks.answer, d.today()));
    out.serial = static_cast<int>(of.checks.size()) + 1;
    out.by = d.now.by;
    out.at = d.now.now;
    out.due = due.day;
    out.due_provisional = due.provisional;
    out.due_at = due.at;
    return out;
}

/// Until then it may ring, and what is keyed in is the only word there is; people settle what it left open.
instant rings_until(const identity_check& of) { return of.at + call_back_within; }

/// Did it end by what was keyed in, or not keyed in, where it rang?
bool ended_by_machine(const identity_check& of) {
    return is_by_machine(of) && of.settled_at && *of.settled_at <= rings_until(of);
}

/// The owner's and everybody else's are counted apart: nobody takes the owner's places away, nor does whoever fails
/// what was asked for. A call that the machine made is one however it went: a phone does not ring all day, at our cost.
result<void> check_place(const draft& d, const closure& of) {
    const bool owners = d.now.by.as == role::subscriber;
    std::ptrdiff_t all = 0;
    std::ptrdiff_t lately = 0;
    for (const auto& one : of.checks) {
        const bool gives_back = one.state == check_state::failed && !ended_by_machine(one);
        if ((one.by.as == role::subscriber) != owners || gives_back) continue;
        ++all;
        if (one.at > d.now.now - base::hours{24}) ++lately;
    }
    if (all < d.p->checks.of_case_max && lately < d.p->checks.a_day_max) return {};
    return refuse(code::too_many, "As many checks as the policy has for this case have been asked for.");
}

bool has_brought(const identity_check& what, const actor& who) {
    return !what.brought_by.id.empty() && same_person(what.brought_by, who);
}

/// Nobody says how a check of their own went: whoever asked, applied or brought the document, or for whom it is.
result<void> check_settles(const draft& d, const closure& of, const identity_check& what) {
    if (d.now.by.as == role::subscriber)
        return refuse(code::forbidden, "Staff or a verification system says how a check went.");
    const auto is_one = [&](const actor& one) { return same_person(one, d.now.by); };
    if (is_one(of.opened_by) || std::ranges::any_of(of.applied, is_one) || is_one(what.by) ||
        has_brought(what, d.now.by) || is_for_themselves(d.state(), d.now.by))
        return refuse(code::own_application, "Nobody says how a check went that they asked for themselves.");
    return {};
}

/// One agent, or one system, keeps nobody out: a second one of the case is for somebody else to fail. A call that the
/// machine made fails by what was keyed in, not by its judgement.
bool has_failed_one(const closure& of, const actor& who) {
    return std::ranges::any_of(of.checks, [&](const identity_check& one) {
        return !ended_by_machine(one) && one.state == check_state::failed && same_person(one.settled_by, who);
    });
}

result<void> check_may_fail(const draft& d, const closure& of, const identity_check& what, const settle_check& said) {
    if (!said.why && !is_decider(d.now.by))
        return refuse(code::invalid, "Say in `why` which of the known reasons it is.", {{"field", "why"}});
    if (said.why && !may_fail_by(what.kind, *said.why))
        return refuse(code::invalid, "A check of this kind does not fail for that.", {{"field", "why"}});
    if (!said.reason.empty() && !is_decider(d.now.by))
        return refuse(code::forbidden, "Only who decides about cases says it in words of their own; name `why`.",
                      {{"field", "reason"}});
    if (!said.why || !said.reason.empty())
        CHECK(check_plain_words(said.reason, "A reason that the customer can understand"));
    if (!has_failed_one(of, d.now.by)) return {};
    return refuse(code::second_person_needed, "You have failed a check of this case; somebody else looks at this one.");
}

/// Things may have changed since it was asked for: a phone that is not on file any more, another account. What was not
/// compared, or is not on file, is nobody's to pass; what is another fails, and is counted.
result<void> check_may_pass(const draft& d, const closure& of, const identity_check& what, const settle_check& said) {
    if (what.kind == evidence_kind::callback) return check_phone(d, of, what.contact, said.of_line);
    if (said.compared == comparison::mismatched) return {};
    if (said.compared == comparison::not_compared)
        return refuse(code::invalid, "Say in `shown` what was seen: it is compared with what is on file.",
                      {{"field", "shown"}});
    if (what.kind == evidence_kind::bank_card) return check_card(d, of, said.compared);
    evidence document;
    document.kind = what.kind;
    document.compared = said.compared;
    if (weighed_comparison(d, document) == comparison::matched) return {};
    return refuse(code::evidence_too_weak, "Nothing that two have looked at is on file to compare it with.");
}

}  // namespace

bool is_of_check(const closure& c, evidence_kind kind, const actor& who) {
    return std::ranges::any_of(c.checks, [&](const identity_check& one) {
        return one.kind == kind && (has_brought(one, who) || same_person(one.by, who));
    });
}

std::vector<evidence> without_checks_of_staff(std::vector<evidence> shown, const closure& c) {
    std::erase_if(shown, [&](const evidence& one) {
        return std::ranges::any_of(c.checks, [&](const identity_check& check) {
            return check.state == check_state::passed && check.kind == one.kind && check.settled_by == one.by &&
                   one.by.as != role::system;
        });
    });
    return shown;
}

result<void> decide(draft& d, const ask_for_check& c) {
    TRY(of, need_case_for_check(d));
    CHECK(check_wrong(d));
    const auto open =
        std::ranges::find_if(of->checks, [&](const identity_check& one) { return is_open(one) && one.kind == c.kind; });
    if (open != of->checks.end()) {
        const bool same_caller = c.call_nonce.empty() == open->call_nonce.empty();
        if (open->document == c.document && open->contact == c.contact && same_caller) return {};
        return refuse(code::too_many, "A check of this kind is open; take it back first.",
                      {{"check", std::to_string(open->serial)}});
    }
    CHECK(check_taken_here(d, *of, c.kind));
    CHECK(check_place(d, *of));
    if (c.kind == evidence_kind::bank_card && c.compared == comparison::mismatched) {
        count_wrong(d, c.kind);
        return {};
    }
    TRY(what, as_asked(d, *of, c));
    d.emit(check_asked{std::move(what), d.now.through});
    return {};
}

result<void> decide(draft& d, const withdraw_check& c) {
    TRY(of, need_case_for_check(d));
    const auto* known = find_check(*of, c.serial);
    if (known != nullptr && known->state == check_state::withdrawn) return {};
    TRY(one, need_open_check(*of, c.serial));
    if (one.by.as == role::subscriber && d.now.by.as != role::subscriber)
        return refuse(code::forbidden, "Only its owner takes back what they asked for.");
    d.emit(check_withdrawn{one.serial, d.now.by, d.now.now});
    return {};
}

/// The proof itself is taken as if nobody had asked for it: one rule says what it is worth.
result<void> decide(draft& d, const settle_check& c) {
    TRY(of, need_case_for_check(d));
    if (c.closure != 0 && c.closure != of->number)
        return refuse(code::closure_stage, "The case in which you looked at it has ended.");
    TRY(one, need_open_check(*of, c.serial));
    CHECK(check_settles(d, *of, one));
    if (is_by_machine(one) && d.now.now <= rings_until(one))
        return refuse(code::blocked, "The phone may still ring: what is keyed in there says how it went.",
                      {{"from", base::iso(rings_until(one))}});
    if (!c.passed) CHECK(check_may_fail(d, *of, one, c));
    if (c.passed) CHECK(check_may_pass(d, *of, one, c));
    const auto method = "check " + std::to_string(one.serial) + ", " + c.method;
    if (c.method.empty()) return refuse(code::invalid, "Name the method.", {{"field", "method"}});
    const bool failed_before = has_failed_one(*of, d.now.by);
    TRY(passed, take_seen(d, {one.kind, c.passed, method, c.digest, c.compared}));
    if (!passed && failed_before) return {};  // what they typed is counted, and somebody else looks
    const bool says_why = !c.passed;
    d.emit(check_settled{one.serial, passed, d.now.by, says_why ? c.reason : std::string(), d.now.now,
                         says_why ? c.why : std::nullopt});
    return {};
}

namespace {

result<void> settle_call(draft& d, const closure& of, const identity_check& one, call_back_end end) {
    CHECK(need_case_for_check(d));
    CHECK(check_settles(d, of, one));
    // The phone may have been taken off meanwhile, or be another by now.
    const bool passed = end == call_back_end::confirmed && check_phone(d, of, one.contact, false).has_value();
    const auto method =
        "check " + std::to_string(one.serial) + ", by the machine's call: " + boost::describe::enum_to_string(end, "");
    const auto why = end == call_back_end::nobody ? check_failure::no_answer : check_failure::not_the_holder;
    const auto serial = one.serial;  // the case moves on below
    TRY(taken, take_seen(d, {one.kind, passed, method, {}, comparison::not_compared}));
    d.emit(check_settled{serial, taken, d.now.by, {}, d.now.now, passed ? std::nullopt : std::optional(why)});
    return {};
}

/// "Not me" is about whatever the owner has open now: whoever asked may have taken the case back while it rang, and
/// have begun another.
bool may_stop_for(const number_state& s, int asked_in) {
    if (!s.current || s.of_case<stages::fraud_hold>() != nullptr || !may_still_stop(at(*s.current))) return false;
    if (s.current->number == asked_in) return true;
    return std::ranges::any_of(s.past,
                               [&](const past_closure& one) { return one.number == asked_in && one.generation == 0; });
}

}  // namespace

/// Stopping waits for nothing: neither for the check, which may be gone, nor for whether its proof can be taken.
result<void> decide(draft& d, const hear_call_back& c) {
    const auto& now = d.state().current;
    const auto* one = now && now->number == c.closure ? find_check(*now, c.serial) : nullptr;
    const bool stops = c.end == call_back_end::repudiated;
    if (one != nullptr && !is_by_machine(*one)) return {};
    const std::string called = one == nullptr ? std::string() : one->contact.text();
    if (one != nullptr && is_open(*one))
        if (const auto settled = settle_call(d, *now, *one, c.end); !settled && !stops) return settled;
    if (!stops || !may_stop_for(d.state(), c.closure)) return {};
    return decide(d, repudiate_closure{called});
}

}  // namespace rules
}  // namespace keepline::domain
