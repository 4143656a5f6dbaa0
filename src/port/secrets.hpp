// What is derived from the instance's secret: keyed digests (to recognise a thing without keeping it) and one-time
// codes (to send a code that is stored nowhere). The secret may have several generations: what is new is made with the
// newest, what an older one made is still recognised. Any thread; never logged; in locked memory.
#pragma once

#include "base/bank_account.hpp"
#include "base/digest.hpp"
#include "base/locked_bytes.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::port {

/// The scope of a closure's one-time codes, for otp_code() and for their keyed_digest("otp", …): who sends a code and
/// who checks it must name the case alike. `line_id` is the line's public id.
inline std::string otp_scope(std::string_view line_id, int closure) {
    return std::string(line_id) + "-c" + std::to_string(closure);
}

/// The same of the digits that a call back by the machine asks for. No id holds a colon: no case has this scope, nor
/// the next one.
inline std::string call_back_scope(std::string_view line_id, int closure) {
    return "call-back:" + otp_scope(line_id, closure);
}

/// The same of the codes that verify a subscriber's contact point.
inline std::string contact_scope(std::string_view subscriber, std::string_view contact) {
    return "contact:" + std::string(subscriber) + ":" + std::string(contact);
}

/// The same of the codes with which a subscriber signs in.
inline std::string sign_in_scope(std::string_view subscriber) { return "sign-in:" + std::string(subscriber); }

/// The same of the codes that an SMS of the line's owner must name before it costs money.
inline std::string reply_scope(std::string_view line_id) { return "reply:" + std::string(line_id); }

class secrets {
 public:
    using generations = std::vector<base::locked_bytes>;  // of 32 bytes, the newest first, at least one

    explicit secrets(const base::digest& only) : state_(std::make_shared<state>()) {
        state_->masters.emplace_back(base::byte_view(only));
    }
    explicit secrets(generations newest_first) : state_(std::make_shared<state>()) {
        state_->masters = std::move(newest_first);
    }

    /// From now on, for every copy of this object.
    void replace(generations newest_first) {
        const std::unique_lock held(state_->mutex);
        state_->masters = std::move(newest_first);
    }

    /// Recognises `value` again under `purpose` ("otp", "recovery", "account", "token"); hex, 64 characters.
    std::string keyed_digest(std::string_view purpose, std::string_view scope, std::string_view value) const {
        return base::hex(derive(purpose, scope, value));
    }

    /// By which a refund account is known in journals: its number, holder and bank code together, so that none of them
    /// changes unseen; the kind of account stands behind it. 128 bits tell accounts apart, and they are stored with
    /// every line.
    std::string account_digest(const base::bank_account& account) const {
        if (account.number.empty()) return {};
        return keyed_digest("account", "", whole(account)).substr(0, account_characters) + "." +
               boost::describe::enum_to_string(account.kind, "");
    }
    /// Whether `digest` is the account's, under whichever generation.
    bool is_account(const base::bank_account& account, std::string_view digest) const {
        return !digest.empty() &&
               std::ranges::any_of(keyed_digests("account", "", whole(account)), [&](const auto& one) {
                   return digest.starts_with(std::string_view(one).substr(0, account_characters));
               });
    }
    /// The account's digest; `known` where that is it already, under an older generation.
    std::string account_digest(const base::bank_account& account, const std::string& known) const {
        return is_account(account, known) ? known : account_digest(account);
    }

    /// The same under each generation, the newest first: for looking up what may be older than the newest.
    std::vector<std::string> keyed_digests(std::string_view purpose, std::string_view scope,
                                           std::string_view value) const {
        const auto name = base::part_hasher().add(purpose).add(scope).add(value).finish();
        const std::shared_lock held(state_->mutex);
        std::vector<std::string> out;
        for (const auto& master : state_->masters) out.push_back(base::hex(base::hmac_sha256(master.view(), name)));
        return out;
    }

    /// The digest that is among `stored`, whichever generation made it; none is: the newest generation's.
    template <typename Stored>
    std::string digest_like(std::string_view purpose, std::string_view scope, std::string_view value,
                            const Stored& stored) const {
        auto all = keyed_digests(purpose, scope, value);
        for (auto& one : all)
            if (std::ranges::find(stored, one) != std::ranges::end(stored)) return std::move(one);
        return std::move(all.front());
    }

    /// Names each generation without telling it, the newest first: what a store notes of the secret it belongs to.
    std::vector<std::string> ids() const {
        auto out = keyed_digests("key-id", "", "");
        for (auto& one : out) one.resize(16);
        return out;
    }

    /// Eight digits for the case `scope` and a nonce from the journal.
    std::string otp_code(std::string_view scope, std::string_view nonce) const {
        const auto raw = derive("otp-code", scope, nonce);
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < 8; ++i) number = (number << 8) | raw[i];
        auto digits = std::to_string(number % 100'000'000U);
        return std::string(8 - digits.size(), '0') + digits;
    }

    /// Four digits to type into an SMS, for reply_scope() and a nonce from the journal; the first wrong one ends it.
    std::string reply_code(std::string_view scope, std::string_view nonce) const {
        return otp_code(scope, nonce).substr(0, 4);
    }

    /// Four digits to be keyed in where we call back, for call_back_scope() and a nonce from the journal.
    std::string call_code(std::string_view scope, std::string_view nonce) const {
        return otp_code(scope, nonce).substr(0, 4);
    }

    /// For the seals of what lies in the store and must not change but through us.
    base::digest seal_key() const { return derive("seal", "", ""); }
    /// The same of each generation, the newest first.
    std::vector<base::digest> seal_keys() const {
        const auto name = base::part_hasher().add("seal").add("").add("").finish();
        const std::shared_lock held(state_->mutex);
        std::vector<base::digest> out;
        for (const auto& master : state_->masters) out.push_back(base::hmac_sha256(master.view(), name));
        return out;
    }

 private:
    static constexpr std::size_t account_characters = 32;
    /// Capitals of a name are no other name, and a BIC of eight is the one of its head office.
    static std::string whole(const base::bank_account& account) {
        auto holder = account.holder;
        for (auto& c : holder)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        auto bank = account.bank;
        if (bank.size() == 8) bank.append(3, 'X');
        return account.number + "\n" + holder + "\n" + bank;
    }
    struct state {
        std::shared_mutex mutex;
        generations masters;
    };

    base::digest derive(std::string_view purpose, std::string_view scope, std::string_view value) const {
        const auto name = base::part_hasher().add(purpose).add(scope).add(value).finish();
        const std::shared_lock held(state_->mutex);
        return base::hmac_sha256(state_->masters.front().view(), name);
    }

    std::shared_ptr<state> state_;
};

}  // namespace keepline::port
