#include "domain/passkey_rules.hpp"

#include <algorithm>

namespace keepline::domain::passkey_rules {

using base::code;
using base::refuse;

namespace {

/// The same whatever is the matter, as for codes.
std::unexpected<base::error> not_now() {
    return refuse(code::otp_expired, "This was answered before, or is too old: begin again.");
}

}  // namespace

result<void> check_challenge(const std::vector<answered_challenge>& answered, const answered_challenge& now_answered,
                             instant now) {
    if (now_answered.nonce.empty()) return refuse(code::invalid, "A challenge needs a nonce.");
    if (now >= now_answered.until) return not_now();
    if (std::ranges::find(answered, now_answered.nonce, &answered_challenge::nonce) != answered.end()) return not_now();
    const auto open = std::ranges::count_if(answered, [&](const answered_challenge& one) { return now < one.until; });
    if (open >= static_cast<std::ptrdiff_t>(passkey_challenges_max))
        return refuse(code::too_many, "You have signed in too often within minutes; wait.");
    return {};
}

void remember(std::vector<answered_challenge>& answered, const answered_challenge& what, instant now) {
    std::erase_if(answered, [&](const answered_challenge& one) { return one.until <= now; });
    answered.push_back(what);
}

result<void> check_made(const std::vector<passkey>& there, const passkey& made) {
    if (made.credential.empty() || made.credential.size() > passkey_id_max)
        return refuse(code::invalid, "The passkey has no id, or one that is too long.");
    if (made.key.empty() || made.key.size() > passkey_key_max)
        return refuse(code::invalid, "The passkey has no key, or one that is too long.");
    if (find(there, made.credential) != nullptr) return refuse(code::id_taken, "This passkey is there already.");
    if (there.size() >= passkeys_max)
        return refuse(code::too_many, "At most 10 passkeys; remove one that you do not use.");
    return {};
}

std::optional<std::string> unsound(const std::vector<passkey>& there, int made,
                                   const std::vector<answered_challenge>& answered) {
    if (there.size() > passkeys_max) return "there are too many passkeys";
    for (const auto& one : there) {
        if (one.serial < 1 || one.serial > made) return "a passkey has a number that was never given";
        if (std::ranges::count(there, one.serial, &passkey::serial) > 1 ||
            std::ranges::count(there, one.credential, &passkey::credential) > 1)
            return "a passkey is there twice";
        if (one.credential.empty() || one.key.empty() || one.count < 0) return "a passkey has no id or no key";
    }
    if (answered.size() > passkey_challenges_max) return "too many challenges are remembered";
    return std::nullopt;
}

}  // namespace keepline::domain::passkey_rules
