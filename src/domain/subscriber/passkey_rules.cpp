#include "domain/subscriber/passkey_rules.hpp"

#include "domain/reason.hpp"
#include "domain/subscriber/everybody.hpp"
#include "domain/subscriber/subscriber.hpp"

#include <algorithm>

namespace keepline::domain {

using base::code;
using base::refuse;

const passkey* find_passkey(const subscriber_state& s, int serial) {
    const auto found = std::ranges::find(s.passkeys, serial, &passkey::serial);
    return found == s.passkeys.end() ? nullptr : &*found;
}

const passkey* find_passkey(const subscriber_state& s, const std::string& credential) {
    const auto found = std::ranges::find(s.passkeys, credential, &passkey::credential);
    return found == s.passkeys.end() ? nullptr : &*found;
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

/// The same whatever is the matter, as for codes.
std::unexpected<base::error> not_now() {
    return refuse(code::otp_expired, "This was answered before, or is too old: begin again.");
}

result<void> check_challenge(const subscriber_state& s, const std::string& nonce, instant until, instant now) {
    if (nonce.empty()) return refuse(code::invalid, "A challenge needs a nonce.");
    if (now >= until) return not_now();
    if (std::ranges::find(s.answered_challenges, nonce, &answered_challenge::nonce) != s.answered_challenges.end())
        return not_now();
    const auto open =
        std::ranges::count_if(s.answered_challenges, [&](const answered_challenge& one) { return now < one.until; });
    if (open >= static_cast<std::ptrdiff_t>(passkey_challenges_max))
        return refuse(code::too_many, "You have signed in too often within minutes; wait.");
    return {};
}

/// A code to the line was shown in this session, and not long ago. Neither what another passkey opened, so that none
/// makes the next, nor what a portal checked of which we know nothing.
result<void> check_session(const subscriber_state& s, const context& now, const enrol_passkey& c) {
    const bool own = now.by.as == role::subscriber && now.by.id == s.id;
    return own && may_enrol_in(c.way, c.signed_in, now.now) ? result<void>()
                                                            : std::unexpected(no_session_to_enrol_in());
}

void remember(subscriber_state& s, const answered_challenge& what, instant now) {
    std::erase_if(s.answered_challenges, [&](const answered_challenge& one) { return one.until <= now; });
    s.answered_challenges.push_back(what);
}

passkey* in_state(subscriber_state& s, int serial) {
    const auto found = std::ranges::find(s.passkeys, serial, &passkey::serial);
    return found == s.passkeys.end() ? nullptr : &*found;
}

}  // namespace

result<events> decide(const subscriber_state& s, const context& now, const enrol_passkey& c) {
    CHECK(check_session(s, now, c));
    CHECK(check_challenge(s, c.nonce, c.until, now.now));
    if (c.what.credential.empty() || c.what.credential.size() > passkey_id_max)
        return refuse(code::invalid, "The passkey has no id, or one that is too long.");
    if (c.what.key.empty() || c.what.key.size() > passkey_key_max)
        return refuse(code::invalid, "The passkey has no key, or one that is too long.");
    if (find_passkey(s, c.what.credential) != nullptr) return refuse(code::id_taken, "This passkey is there already.");
    if (s.passkeys.size() >= passkeys_max)
        return refuse(code::too_many, "At most 10 passkeys; remove one that you do not use.");
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
    CHECK(check_challenge(s, c.nonce, c.until, now.now));
    const answered_challenge answered{c.nonce, c.until};
    // WebAuthn level 2 §7.2, step 21: one that counts, counts upwards.
    if ((c.count != 0 || one->count != 0) && c.count <= one->count) {
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
    remember(s, e.challenge, e.what.at);
}

void fold(subscriber_state& s, const passkey_removed& e) {
    std::erase_if(s.passkeys, [&](const passkey& one) { return one.serial == e.serial; });
}

void fold(subscriber_state& s, const passkey_used& e) {
    remember(s, e.challenge, e.at);
    auto* one = in_state(s, e.serial);
    if (one == nullptr) return;
    one->count = e.count;
    one->used_at = e.at;
}

void fold(subscriber_state& s, const passkey_doubted& e) {
    remember(s, e.challenge, e.at);
    auto* one = in_state(s, e.serial);
    if (one != nullptr && e.told) one->doubted_at = e.at;
}

void fold(subscriber_state& s, const passkeys_exposed& e) {
    for (const auto serial : e.serials)
        if (auto* one = in_state(s, serial)) one->exposed = true;
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
    if (s.passkeys.size() > passkeys_max) return "there are too many passkeys";
    for (const auto& one : s.passkeys) {
        if (one.serial < 1 || one.serial > s.passkeys_made) return "a passkey has a number that was never given";
        if (std::ranges::count(s.passkeys, one.serial, &passkey::serial) > 1 ||
            std::ranges::count(s.passkeys, one.credential, &passkey::credential) > 1)
            return "a passkey is there twice";
        if (one.credential.empty() || one.key.empty() || one.count < 0) return "a passkey has no id or no key";
        if (one.full_from < one.at) return "a passkey was trusted before it was there";
    }
    if (s.answered_challenges.size() > passkey_challenges_max) return "too many challenges are remembered";
    return std::nullopt;
}

}  // namespace by_passkey

}  // namespace keepline::domain
