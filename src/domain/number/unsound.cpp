// What holds of every state of a number, whatever led to it.
#include "domain/number/number.hpp"

#include <algorithm>
#include <iterator>

namespace keepline::domain {

namespace {

/// What does not hold, in words; null: nothing.
using finding = const char*;

bool has_ended(const number_state& s) { return s.subscription && s.subscription->status == line_status::ended; }

finding wrong_with_line(const number_state& s) {
    if (!s.subscription)
        return s.current || s.held || s.wanted || !s.profiles.empty() || !s.offers.empty()
                   ? "something is left of a line that is not there"
                   : nullptr;
    const auto& line = *s.subscription;
    if (line.generation != s.generations) return "the line is another owner's than the number";
    if (has_ended(s) != s.held.has_value()) return "holds run, or have ended, beside the line";
    if (has_ended(s) && s.has_open_closure()) return "a case is open of a line that has ended";
    if (line.customer_unlock_at && !line.customer_lock) return "a lock comes off that is not there";
    if (line.locked_since && !line.last_loss) return "the line is locked as lost, and nothing was";
    return nullptr;
}

finding wrong_with_profiles(const number_state& s) {
    const auto is_here = [&](const base::iccid& one) {
        return std::ranges::find(s.profiles, one, &profile::iccid) != s.profiles.end();
    };
    for (auto one = s.profiles.begin(); one != s.profiles.end(); ++one) {
        if (std::ranges::find(std::next(one), s.profiles.end(), one->iccid, &profile::iccid) != s.profiles.end())
            return "a profile is here twice";
        if (one->to_delete && is_unbound(*one)) return "a profile that is gone is still to be deleted";
        if (one->lost && !one->lost_at) return "a device is lost since nobody knows when";
    }
    for (const auto& one : s.offers)
        if (!is_here(one.iccid)) return "a profile is offered that is not here";
    for (const auto& one : s.leaving)
        if (is_here(one.what.iccid)) return "a profile is here and has left";
    if (s.subscription && !s.subscription->serving.empty() && !is_here(s.subscription->serving))
        return "the number is registered to a profile that is not here";
    return nullptr;
}

constexpr finding held_wrong = "a refund is held for ever, or waits for a time and is not held";
bool is_held_wrong(const refund& of) { return (of.state == refund_state::held) != of.go_at.has_value(); }

finding wrong_with_money(const number_state& s) {
    std::int64_t sum = 0;
    for (const auto& [name, minor] : s.books.balances) sum += minor;
    if (sum != 0) return "the ledger does not add up to zero";
    if (s.books.of(account::prepaid) > 0) return "more was taken than the customer had";
    if (s.books.of(account::bonus) > 0) return "more was taken than the customer was given";
    if (s.books.of(account::debt) < 0) return "more was paid than the customer owed";
    int serial = 0;
    for (const auto& one : s.unclaimed) {
        if (one.serial <= serial || one.serial > s.unclaimed_made) return "unclaimed money is counted wrong";
        if (one.amount.minor <= 0) return "unclaimed money is none";
        if (is_held_wrong(one.back)) return held_wrong;
        serial = one.serial;
    }
    for (const auto& one : s.past)
        if (is_held_wrong(one.payback)) return held_wrong;
    return nullptr;
}

finding wrong_with_case(const number_state& s) {
    if (!s.current) return nullptr;
    const auto& c = *s.current;
    if (c.number < 1 || c.number > s.closures) return "the case is counted wrong";
    if (c.accepted && !c.offer) return "a quote is accepted that was not made";
    if (has<stages::fraud_hold>(c) != nullptr && !c.held_since) return "a case is frozen since nobody knows when";
    if (const auto* sent = has<submission>(c); sent != nullptr && !sent->submitted_at)
        return "a case was submitted never";
    if (const auto* decided = has<stages::approved>(c); decided != nullptr && !decided->decided_at)
        return "a case was approved never";
    const auto* end = has<stages::ending>(c);
    if (end != nullptr && !end->settling_since) return "a case settles since never";
    if (end != nullptr && is_held_wrong(end->payback)) return held_wrong;
    return nullptr;
}

finding wrong_with_checks(const number_state& s) {
    if (!s.current) return nullptr;
    const bool may_be_open = at(*s.current) == stage::opened || at(*s.current) == stage::in_review;
    int serial = 0;
    for (auto one = s.current->checks.begin(); one != s.current->checks.end(); ++one) {
        if (one->serial <= serial) return "checks are counted wrong";
        serial = one->serial;
        const bool settled = one->state == check_state::passed || one->state == check_state::failed;
        if (settled != one->settled_at.has_value()) return "a check is open and settled, or neither";
        if (!is_open(*one)) continue;
        if (!may_be_open) return "a check is open that the case does not wait for";
        const auto same = [&](const identity_check& other) { return is_open(other) && other.kind == one->kind; };
        if (std::any_of(std::next(one), s.current->checks.end(), same)) return "two checks of one kind are open";
    }
    return nullptr;
}

finding wrong_with_disputes(const number_state& s) {
    int serial = 0;
    for (const auto& one : s.disputes) {
        if (one.serial <= serial || one.serial > s.disputes_made) return "disputes are counted wrong";
        if (one.closure < 1 || one.closure > s.closures) return "a dispute is about a case that was not";
        if ((one.state == dispute_state::open) == one.answered_at.has_value())
            return "a dispute is open and answered, or neither";
        if ((one.state == dispute_state::corrected) != one.made.has_value())
            return "a certificate is corrected in nothing, or a dispute is not";
        serial = one.serial;
    }
    return s.disputes.empty() || s.subscription ? nullptr : "somebody disputes what is nobody's";
}

finding wrong_with_representatives(const number_state& s) {
    int serial = 0;
    for (const auto& one : s.representatives) {
        if (one.serial <= serial) return "representatives are counted wrong";
        if ((one.state == representation_state::standing) == one.over_at.has_value())
            return "a representative acts and does no more, or neither";
        serial = one.serial;
    }
    if (s.current && s.current->on_behalf && s.current->on_behalf->serial < 1)
        return "a case is somebody's who acts for nobody";
    return s.representatives.empty() || s.subscription ? nullptr : "somebody acts for nobody";
}

}  // namespace

std::optional<std::string> unsound(const number_state& s) {
    for (const auto check : {wrong_with_line, wrong_with_profiles, wrong_with_money, wrong_with_case, wrong_with_checks,
                             wrong_with_disputes, wrong_with_representatives})
        if (const auto* why = check(s)) return why;
    return unsound(s.asked);
}

}  // namespace keepline::domain
