// Answers that hold a secret and are shown once: a retry under the same Idempotency-Key sees the same again, but for
// minutes only and in this process only. Nothing of them is ever written down; what was forgotten is made anew. Any
// thread.
#pragma once

#include "base/time.hpp"
#include "engine/engine.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace keepline::desk {

class shown_once {
 public:
    static constexpr auto kept_for = base::minutes{5};
    static constexpr std::size_t kept_max = 4096;

    void keep(const engine::idempotency& key, std::string answer, base::instant now, base::duration lives = kept_for) {
        const std::scoped_lock held(mutex_);
        forget_old(now);
        if (kept_.size() >= kept_max) kept_.erase(kept_.begin());
        kept_.insert_or_assign(key.key, one{std::move(answer), key.fingerprint, now + lives});
    }
    /// The answer of the first time; none: too long ago, or never.
    std::optional<std::string> again(const engine::idempotency& key, base::instant now) {
        const std::scoped_lock held(mutex_);
        forget_old(now);
        const auto found = kept_.find(key.key);
        if (found == kept_.end() || found->second.fingerprint != key.fingerprint) return std::nullopt;
        return found->second.answer;
    }
    /// It was used: from now on it is shown to nobody.
    void forget(const engine::idempotency& key) {
        const std::scoped_lock held(mutex_);
        kept_.erase(key.key);
    }

 private:
    struct one {
        std::string answer;
        base::byte_array<16> fingerprint{};
        base::instant until;
    };
    void forget_old(base::instant now) {
        std::erase_if(kept_, [&](const auto& each) { return now >= each.second.until; });
    }

    std::mutex mutex_;
    std::map<base::byte_array<16>, one> kept_;
};

}  // namespace keepline::desk
