// What is derived from the instance's secret: keyed digests (to recognise a thing without keeping it) and one-time
// codes (to send a code that is stored nowhere). Any thread; never logged.
#pragma once

#include "base/digest.hpp"

#include <string>
#include <string_view>

namespace keepline::port {

/// The scope of a closure's one-time codes, for otp_code() and for their keyed_digest("otp", …): who sends a code and
/// who checks it must name the case alike. `line_id` is the line's public id.
inline std::string otp_scope(std::string_view line_id, int closure) {
    return std::string(line_id) + "-c" + std::to_string(closure);
}

/// The same of the codes that verify a subscriber's contact point. No id holds a colon, so no case has this scope.
inline std::string contact_scope(std::string_view subscriber, std::string_view contact) {
    return "contact:" + std::string(subscriber) + ":" + std::string(contact);
}

class secrets {
 public:
    explicit secrets(base::digest master) : master_(master) {}

    /// Recognises `value` again under `purpose` ("otp", "recovery", "account", "token"); hex, 64 characters.
    std::string keyed_digest(std::string_view purpose, std::string_view scope, std::string_view value) const {
        return base::hex(derive(purpose, scope, value));
    }

    /// By which a refund account is known in journals; 128 bits tell accounts apart, and they are stored with every line.
    std::string account_digest(std::string_view account) const {
        constexpr std::size_t characters = 32;
        return account.empty() ? std::string() : keyed_digest("account", "", account).substr(0, characters);
    }

    /// Eight digits for the case `scope` and a nonce from the journal.
    std::string otp_code(std::string_view scope, std::string_view nonce) const {
        const auto raw = derive("otp-code", scope, nonce);
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < 8; ++i) number = (number << 8) | raw[i];
        auto digits = std::to_string(number % 100'000'000U);
        return std::string(8 - digits.size(), '0') + digits;
    }

 private:
    base::digest derive(std::string_view purpose, std::string_view scope, std::string_view value) const {
        const auto name = base::part_hasher().add(purpose).add(scope).add(value).finish();
        return base::hmac_sha256(master_, name);
    }

    base::digest master_;
};

}  // namespace keepline::port
