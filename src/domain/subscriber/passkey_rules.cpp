#include "domain/subscriber/passkey_rules.hpp"

#include "domain/passkey_rules.hpp"
#include "domain/reason.hpp"
#include "domain/subscriber/everybody.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

const passkey* find_passkey(const subscriber_state& s, int serial) { return passkey_rules::find(s.passkeys, serial); }

const passkey* find_passkey(const subscriber_state& s, const std::string& credential) {
    return passkey_rules::find(s.passkeys, credential);
}

base::error no_session_to_enrol_in() {
    const auto minutes = std::chrono::duration_cast<base::minutes>(passkey_enrolled_within).count();
    return {code::session_too_weak,
            "Sign in with a code that is sent to the line, and add the passkey right after that.",
            {{"within_minutes", std::to_string(minutes)}}};
}

namespace by_passkey {

namespace {

using events = std::vector<subscriber_event>;

/// A code to the line was shown in this session, and not long ago. Neither what another passkey opened, so that none
/// makes the next, nor what a portal checked of which we know nothing.
result<void> check_session(const subscriber_state& s, const context& now, const enrol_passkey& c) {
    const bool own = now.by.as == role::subscriber && now.by.id == s.id;
    return own && may_enrol_in(c.way, c.signed_in, now.now) ? result<void>()
                                                            : std::unexpected(no_session_to_enrol_in());
}

}  // namespace

result<events> decide(const subscriber_state& s, const context& now, const enrol_passkey& c) {
    CHECK(check_session(s, now, c));
    CHECK(passkey_rules::check_challenge(s.answered_challenges, {c.nonce, c.until}, now.now));
    CHECK(passkey_rules::check_made(s.passkeys, c.what));
    TRY(limits, contact_limits_of(*now.rules));
    auto made = c.what;
    made.serial = s.passkeys_made + 1;
    made.at = now.now;
    made.full_from = now.now + limits.told_for;
    made.used_at.reset();
    made.doubted_at.reset();
    made.exposed = false;
    return events{passkey_enrolled{std::move(made), {c.nonce, c.until}}};
}

result<events> decide(const subscriber_state& s, const context& now, const remove_passkey& c) {
    if (c.serial < 1 || c.serial > s.passkeys_made) return refuse(code::not_found, "There is no such passkey.");
    if (find_passkey(s, c.serial) == nullptr) return events{};
    if (now.by.as != role::subscriber) CHECK(check_reason(c.why));
    return events{passkey_removed{c.serial, c.why, now.by, now.now}};
}

result<events> decide(const subscriber_state& s, const context& now, const sign_in_by_passkey& c) {
    if (now.by.as != role::portal) return refuse(code::forbidden, "A portal signs customers in, and nobody else.");
    const auto* one = find_passkey(s, c.credential);
    if (one == nullptr) return refuse(code::not_found, "There is no such passkey.");
    const answered_challenge answered{c.nonce, c.until};
    CHECK(passkey_rules::check_challenge(s.answered_challenges, answered, now.now));
    if (passkey_rules::counts_backwards(*one, c.count)) {
        const bool told = !one->doubted_at || now.now >= *one->doubted_at + passkey_doubt_told_again;
        return events{passkey_doubted{one->serial, c.count, told, answered, now.now}};
    }
    return events{passkey_used{one->serial, c.count, level_of(*one, c.lost, now.now), answered, now.now}};
}

result<events> decide(const subscriber_state& s, const context& now, const note_loss&) {
    passkeys_exposed e{{}, now.now};
    for (const auto& one : s.passkeys)
        if (!one.exposed && now.now < one.full_from) e.serials.push_back(one.serial);
    return e.serials.empty() ? events{} : events{std::move(e)};
}

void fold(subscriber_state& s, const passkey_enrolled& e) {
    s.passkeys.push_back(e.what);
    s.passkeys_made = e.what.serial;
    passkey_rules::remember(s.answered_challenges, e.challenge, e.what.at);
}

void fold(subscriber_state& s, const passkey_removed& e) {
    std::erase_if(s.passkeys, [&](const passkey& one) { return one.serial == e.serial; });
}

void fold(subscriber_state& s, const passkey_used& e) {
    passkey_rules::remember(s.answered_challenges, e.challenge, e.at);
    auto* one = passkey_rules::find(s.passkeys, e.serial);
    if (one == nullptr) return;
    one->count = e.count;
    one->used_at = e.at;
}

void fold(subscriber_state& s, const passkey_doubted& e) {
    passkey_rules::remember(s.answered_challenges, e.challenge, e.at);
    auto* one = passkey_rules::find(s.passkeys, e.serial);
    if (one != nullptr && e.told) one->doubted_at = e.at;
}

void fold(subscriber_state& s, const passkeys_exposed& e) {
    for (const auto serial : e.serials)
        if (auto* one = passkey_rules::find(s.passkeys, serial)) one->exposed = true;
}

std::vector<effect> told(const subscriber_state& s, const passkey_enrolled& e) {
    const auto days = std::chrono::ceil<base::days>(e.what.full_from - e.what.at).count();
    return to_everybody(s, "passkey_enrolled", e.what.at, {{"days", std::to_string(days)}});
}

std::vector<effect> told(const subscriber_state& s, const passkey_removed& e) {
    return to_everybody(s, "passkey_removed", e.at, {{"by_staff", e.by.as == role::subscriber ? "" : "yes"}});
}

std::vector<effect> told(const subscriber_state& s, const passkey_doubted& e) {
    return e.told ? to_everybody(s, "passkey_doubted", e.at, {}) : std::vector<effect>();
}

std::optional<std::string> unsound(const subscriber_state& s) {
    if (auto why = passkey_rules::unsound(s.passkeys, s.passkeys_made, s.answered_challenges)) return why;
    for (const auto& one : s.passkeys)
        if (one.full_from < one.at) return "a passkey was trusted before it was there";
    return std::nullopt;
}

}  // namespace by_passkey

}  // namespace keepline::domain
