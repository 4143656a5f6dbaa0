// Disputes: the owner says which line of a certificate is wrong, and somebody answers who had no part in the case.
#include "domain/number/certificate.hpp"
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain {

bool is_open(const dispute& of) { return of.state == dispute_state::open || of.awaits_signature(); }

namespace rules {

using base::code;
using base::refuse;

namespace {

constexpr std::size_t item_max = 40;

/// Whoever decided, acted, asked or signed while the case ran, and who says now that it was wrong.
std::vector<actor> had_part(const number_state& s, const actor& says_so) {
    std::vector<actor> out;
    const auto add = [&](const actor& who) {
        if (who.id.empty() || who.as == role::subscriber || who.as == role::system) return;
        if (std::ranges::find(out, who) == out.end()) out.push_back(who);
    };
    const auto& c = *s.current;
    add(says_so);
    add(c.opened_by);
    std::ranges::for_each(c.took_part, add);
    std::ranges::for_each(c.fraud_cleared_by, add);
    for (const auto& shown : c.shown) add(shown.by);
    if (const auto* sent = has<submission>(c))
        for (const auto& one : sent->approvals) add(one.by);
    const auto ended = ended_at(c).value_or(c.opened_at);
    for (const auto& one : s.asked.list) {
        if (one.at < c.opened_at || one.at > ended) continue;
        add(one.by);
        add(one.answered_by);
    }
    return out;
}

const dispute* find(const number_state& s, int serial) {
    const auto found = std::ranges::find(s.disputes, serial, &dispute::serial);
    return found == s.disputes.end() ? nullptr : &*found;
}

bool is_one_of(const std::vector<actor>& some, const actor& who) {
    return std::ranges::any_of(some, [&](const actor& one) { return same_person(one, who); });
}

result<const dispute*> need_open(const draft& d, int serial) {
    const auto* one = find(d.state(), serial);
    if (one == nullptr) return refuse(code::not_found, "There is no such dispute.");
    if (one->state != dispute_state::open)
        return refuse(code::closure_stage, "The dispute has been answered.",
                      {{"state", boost::describe::enum_to_string(one->state, "")}});
    return one;
}

/// Nobody answers for what they had a part in.
result<void> check_answers(const draft& d, const dispute& of) {
    CHECK(check_deciding(d.now.by));
    if (is_one_of(of.not_by, d.now.by))
        return refuse(code::own_application, "Nobody answers a dispute about a case they had a part in.");
    return {};
}

/// The hold that a corrected day belongs to, where it still runs.
std::optional<holds> moved_hold(const draft& d, const dispute& of, const certificate_claims& now) {
    const auto& held = d.state().held;
    const bool of_now = d.state().current && d.state().current->number == of.closure;
    if (!held || !of_now || d.p == nullptr) return std::nullopt;
    auto out = *held;
    if (now.reclaim_until && *now.reclaim_until > out.reclaim_day) {
        out.reclaim_day = *now.reclaim_until;
        out.reclaim_until = d.zone().end_of(out.reclaim_day);
    }
    if (const auto last = now.not_reassigned_before + -1; last > out.last_day)
        out.no_reassign_until = d.zone().end_of(last);
    out.last_day = last_day(d.zone(), out.last(), d.now.now);
    return out == *held ? std::nullopt : std::optional(out);
}

}  // namespace

bool is_disputed(const number_state& s) {
    return std::ranges::any_of(s.disputes, [](const dispute& one) { return is_open(one); });
}

bool had_part_in_disputed(const number_state& s, const second_request& asked, const actor& who) {
    const auto command = shown_command(asked);
    const auto* corrects = command ? std::get_if<correct_certificate>(&*command) : nullptr;
    const auto* about = corrects == nullptr ? nullptr : find(s, corrects->serial);
    return about != nullptr && is_one_of(about->not_by, who);
}

result<void> decide(draft& d, const open_dispute& c) {
    const auto& s = d.state();
    const auto* closed = s.of_case<stages::closed>();
    if (!s.subscription || closed == nullptr || s.current->number != c.closure || closed->certificate.empty())
        return refuse(code::closure_stage, "There is no certificate of this case that could be disputed here.");
    CHECK(d.need_policy());
    if (c.item.size() > item_max)
        return refuse(code::invalid, "The item has at most 40 characters.", {{"field", "item"}});
    TRY(certificate, read(closed->certificate));
    if (!says(certificate.claims, c.part, c.item))
        return refuse(code::invalid, "The certificate has no such line.", {{"field", "item"}});
    std::ptrdiff_t open = 0;
    std::ptrdiff_t of_case = 0;
    for (const auto& one : s.disputes) {
        if (one.closure != c.closure) continue;
        ++of_case;
        if (!is_open(one)) continue;
        if (one.part == c.part && one.item == c.item) return {};
        ++open;
    }
    if (open >= d.p->disputes.open_max || of_case >= d.p->disputes.of_case_max)
        return refuse(code::too_many, "As many disputes about this case as the policy answers have been made.");
    TRY(due, review_after(d, d.p->disputes.answer, d.today()));
    dispute what;
    what.serial = s.disputes_made + 1;
    what.closure = c.closure;
    what.part = c.part;
    what.item = c.item;
    what.words = c.words;
    what.by = d.now.by;
    what.not_by = had_part(s, d.now.by);
    what.at = d.now.now;
    what.due = due.day;
    what.due_provisional = due.provisional;
    what.due_at = due.at;
    d.emit(dispute_opened{std::move(what)});
    return {};
}

result<void> decide(draft& d, const withdraw_dispute& c) {
    const auto* one = find(d.state(), c.serial);
    if (one != nullptr && one->state == dispute_state::withdrawn) return {};
    TRY(open, need_open(d, c.serial));
    if (d.now.by.as != role::subscriber)
        return refuse(code::forbidden, "Only the owner takes back what they hold to be wrong.");
    d.emit(dispute_withdrawn{open->serial, d.now.by, d.now.now});
    return {};
}

result<void> decide(draft& d, const refuse_dispute& c) {
    TRY(open, need_open(d, c.serial));
    CHECK(check_answers(d, *open));
    CHECK(check_plain_words(c.reason, "A reason that the customer can understand"));
    d.emit(dispute_refused{open->serial, d.now.by, c.reason, d.now.now});
    return {};
}

result<void> decide(draft& d, const correct_certificate& c) {
    TRY(open, need_open(d, c.serial));
    CHECK(check_answers(d, *open));
    CHECK(check_plain_words(c.reason, "A reason that the customer can understand"));
    const auto about = *open;
    const auto* jws = certificate_of(d.state(), about.closure);
    if (jws == nullptr) return refuse(code::closure_stage, "The certificate is not here any more.");
    const auto is_signed_anew = [&](const dispute& one) {
        return one.closure == about.closure && one.awaits_signature();
    };
    if (std::ranges::any_of(d.state().disputes, is_signed_anew))
        return refuse(code::changed_since, "The certificate is being signed anew; look at it again in a moment.");
    TRY(old, read(*jws));
    const auto was = says(old.claims, about.part, about.item);
    correction made{about.part, about.item, was.value_or(std::string()), c.value};
    TRY(claims, corrected(old.claims, made, d.now.now));
    CHECK(need_second(d.now, act::correct_certificate));
    d.emit(certificate_corrected{about.serial, made, d.now.by, c.reason, d.now.now, moved_hold(d, about, claims)});
    if (about.part == certificate_part::charged)
        give_back_charge(d, std::stoll(made.was) - std::stoll(made.is), "dispute-" + std::to_string(about.serial));
    return {};
}

/// The signer may answer twice, with two signatures; and about the one before, late. A corrected certificate says
/// itself which one it takes the place of.
void take_reissued(draft& d, const certificate_signed& c) {
    const auto waits = std::ranges::find_if(
        d.state().disputes, [&](const dispute& one) { return one.closure == c.closure && one.awaits_signature(); });
    if (waits == d.state().disputes.end()) return;
    const auto* before = certificate_of(d.state(), c.closure);
    const auto now = read(c.jws);
    if (before == nullptr || !now || now->claims.replaces != certificate_print(*before)) return;
    d.emit(certificate_reissued{waits->serial, c.jws, now->claims.replaces, d.now.now});
}

void tick_disputes(draft& d) {
    const auto all = d.state().disputes;
    for (const auto& one : all)
        if (one.state == dispute_state::open && !one.overdue && d.now.now >= one.due_at)
            d.emit(dispute_overdue{one.serial, d.now.now});
}

}  // namespace rules
}  // namespace keepline::domain
