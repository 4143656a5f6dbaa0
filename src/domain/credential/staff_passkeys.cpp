#include "domain/credential/staff_passkeys.hpp"

#include "domain/passkey_rules.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {
namespace passkeys_of_staff {

constexpr auto tried_window = base::hours{24};
// Whoever tries has a session already, and guesses at a password that Argon2id guards and then at a code.
constexpr int tries_most = 10;

bool is_today(const staff_passkeys& of, instant now) { return of.tried_since && now < of.tried_since + tried_window; }

}  // namespace passkeys_of_staff
}  // namespace

result<void> may_try_proof(const staff_passkeys& of, instant now) {
    if (!passkeys_of_staff::is_today(of, now) || of.tried < passkeys_of_staff::tries_most) return {};
    return base::refuse(base::code::too_many, "Too many wrong tries today.",
                        {{"again_at", base::iso(of.tried_since + passkeys_of_staff::tried_window)}});
}

base::error no_session_for_passkeys() {
    return {base::code::evidence_too_weak, "Sign in with password and code, and add the passkey then.", {}};
}

void fold(staff_passkeys& into, const staff_proof_tried& e) {
    if (!passkeys_of_staff::is_today(into, e.at)) {
        into.tried_since = e.at;
        into.tried = 0;
    }
    ++into.tried;
}

void fold(staff_passkeys& into, const staff_passkey_enrolled& e) {
    into.list.push_back(e.what);
    into.made = e.what.serial;
    if (into.tried > 0) --into.tried;
    passkey_rules::remember(into.answered, e.challenge, e.what.at);
}

void fold(staff_passkeys& into, const staff_passkey_removed& e) {
    std::erase_if(into.list, [&](const passkey& one) { return one.serial == e.serial; });
}

void fold(staff_passkeys& into, const staff_passkey_used& e) {
    passkey_rules::remember(into.answered, e.challenge, e.at);
    auto* one = passkey_rules::find(into.list, e.serial);
    if (one == nullptr) return;
    one->count = e.count;
    one->used_at = e.at;
}

void fold(staff_passkeys& into, const staff_passkey_doubted& e) {
    passkey_rules::remember(into.answered, e.challenge, e.at);
    auto* one = passkey_rules::find(into.list, e.serial);
    if (one != nullptr && e.told) one->doubted_at = e.at;
}

void forget_all(staff_passkeys& into) { into.list.clear(); }

std::optional<std::string> unsound(const staff_passkeys& of) {
    return passkey_rules::unsound(of.list, of.made, of.answered);
}

}  // namespace keepline::domain
