#include "domain/credential/account.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {
namespace accounts {

constexpr std::size_t callers_kept = 8;
constexpr auto wrong_window = base::hours{24};
// Of a million codes three are good at any time, so that a year of tries from elsewhere finds one with a chance of one
// in a hundred. Its holder, from where they signed in before, has more tries: a slip of the thumb is no attack.
constexpr int wrong_from_elsewhere = 10;
constexpr int wrong_from_known = 30;

bool is_today(const staff_account& of, instant now) { return of.wrong_since && now < of.wrong_since + wrong_window; }

}  // namespace accounts
}  // namespace

bool is_known_caller(const staff_account& of, std::string_view caller) {
    return !caller.empty() && std::ranges::find(of.callers, caller) != of.callers.end();
}

result<void> may_try_code(const staff_account& of, std::string_view caller, instant now) {
    const int most = is_known_caller(of, caller) ? accounts::wrong_from_known : accounts::wrong_from_elsewhere;
    if (!accounts::is_today(of, now) || of.wrong < most) return {};
    return base::refuse(base::code::too_many, "Too many wrong codes today.",
                        {{"again_at", base::iso(of.wrong_since + accounts::wrong_window)}});
}

void fold(staff_account& into, const account_reset& e) {
    into.invitation = e.invitation;
    into.invited_until = e.invited_until;
    into.kin = e.kin;
    into.kin_until = e.kin_until;
    into.secret.clear();
    into.callers.clear();
    into.wrong_since = {};
    into.wrong = 0;
    into.disabled_at = {};
    into.ended_at = e.at;
}

void fold(staff_account& into, const account_disabled& e) {
    into.disabled_at = e.at;
    into.ended_at = e.at;
    into.invitation.clear();
    into.secret.clear();
}

void fold(staff_account& into, const account_taken_up& e) {
    into.secret = e.secret;
    into.taken_up_at = e.at;
    into.invitation.clear();
    into.step = 0;  // another authenticator
}

void fold(staff_account& into, const staff_signed_in& e) {
    into.step = e.step;
    into.signed_in_at = e.at;
    std::erase(into.callers, e.caller);
    into.callers.push_back(e.caller);
    if (into.callers.size() > accounts::callers_kept) into.callers.erase(into.callers.begin());
}

void fold(staff_account& into, const account_code_wrong& e) {
    if (!accounts::is_today(into, e.at)) {
        into.wrong_since = e.at;
        into.wrong = 0;
    }
    ++into.wrong;
}

void fold(staff_account& into, const account_provided& e) {
    // What somebody asked for in a role that they have no more is asked for no more.
    if (into.as != e.as) into.ended_at = e.at;
    into.provided = e.provided;
    into.as = e.as;
    into.left_at = {};
}

void fold(staff_account& into, const account_left& e) {
    into.left_at = e.at;
    if (!into.is_local()) into.ended_at = e.at;
}

/// Not from where passwords are tried: `callers` are what their counters go by.
void fold(staff_account& into, const provided_signed_in& e) { into.signed_in_at = e.at; }

}  // namespace keepline::domain
