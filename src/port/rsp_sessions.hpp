// The seam to sessions of the SM-DP+ (SGP.22 §3.1.3: from InitiateAuthentication to the install notification or the
// cancellation). What a session holds is for src/rsp to say; here it is opaque, small, and gone at its expiry. Any
// thread. Once `put` or `replace` has answered, the session outlives this process (not necessarily a power cut).
//
// Anybody may begin a session, so their number is bounded: when the store is full, the session that expires first among
// those whose eUICC has proved nothing yet gives way. A session whose eUICC has signed is never pushed out by
// strangers.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace keepline::port {

using base::byte_view;
using base::instant;
using base::result;

enum class session_trust {
    none,    // begun by anybody who can open a connection
    proven,  // its eUICC's signature and certificates were verified
};

struct session_limits {
    std::size_t sessions = 100'000;
    std::size_t session_bytes = std::size_t{16} * 1024;
};

struct stored_session {
    base::bytes content;
    std::uint64_t generation = 0;  // changes at every write; what `replace` compares
    session_trust trust = session_trust::none;
    instant expires_at;
};

/// `transaction` is the transaction id's bytes (1 to 16, SGP.22 TransactionId), never its hex text: letter case cannot
/// matter.
class rsp_sessions {
 public:
    virtual ~rsp_sessions() = default;

    /// Writes a session, over an older one of the same id. code::invalid for an id or content of impossible size,
    /// code::overloaded when the store is full of proven sessions.
    virtual result<void> put(byte_view transaction, byte_view content, session_trust trust, instant expires_at) = 0;
    /// nullopt when there is none, or when it has expired at `now`.
    virtual result<std::optional<stored_session>> find(byte_view transaction, instant now) = 0;
    /// Writes only if nobody has written since `generation` was read; false otherwise. So of two requests that carry
    /// the same transaction at once, one goes on.
    virtual result<bool> replace(byte_view transaction, std::uint64_t generation, byte_view content,
                                 session_trust trust, instant expires_at) = 0;
    /// Reads and removes in one step: of several callers one gets it.
    virtual result<std::optional<stored_session>> take(byte_view transaction, instant now) = 0;
    /// Removes at most `at_most` sessions that have expired at `now`; how many. Call it again while it answers
    /// `at_most`.
    virtual result<std::size_t> expire(instant now, std::size_t at_most) = 0;
    /// How many there are, expired ones included.
    virtual result<std::size_t> count() = 0;
};

/// code::invalid for what no store takes. Every implementation asks this first.
inline result<void> check_session(byte_view transaction, byte_view content, const session_limits& limits) {
    if (transaction.empty() || transaction.size() > 16)
        return base::refuse(base::code::invalid, "A transaction id has 1 to 16 bytes.");
    if (content.size() > limits.session_bytes)
        return base::refuse(base::code::invalid, "The session is larger than the store takes.");
    return {};
}

/// In memory. For tests; any thread.
class fake_rsp_sessions final : public rsp_sessions {
 public:
    explicit fake_rsp_sessions(session_limits limits = {}) : limits_(limits) {}

    result<void> put(byte_view transaction, byte_view content, session_trust trust, instant expires_at) override {
        CHECK(check_session(transaction, content, limits_));
        const std::scoped_lock held(mutex_);
        const auto id = key(transaction);
        if (!sessions_.contains(id) && sessions_.size() >= limits_.sessions && !make_room())
            return base::refuse(base::code::overloaded, "Too many downloads are under way; try again soon.");
        sessions_[id] = {base::bytes(content.begin(), content.end()), ++last_generation_, trust, expires_at};
        return {};
    }
    result<std::optional<stored_session>> find(byte_view transaction, instant now) override {
        const std::scoped_lock held(mutex_);
        return alive(transaction, now);
    }
    result<bool> replace(byte_view transaction, std::uint64_t generation, byte_view content, session_trust trust,
                         instant expires_at) override {
        CHECK(check_session(transaction, content, limits_));
        const std::scoped_lock held(mutex_);
        const auto found = sessions_.find(key(transaction));
        if (found == sessions_.end() || found->second.generation != generation) return false;
        found->second = {base::bytes(content.begin(), content.end()), ++last_generation_, trust, expires_at};
        return true;
    }
    result<std::optional<stored_session>> take(byte_view transaction, instant now) override {
        const std::scoped_lock held(mutex_);
        auto out = alive(transaction, now);
        sessions_.erase(key(transaction));
        return out;
    }
    result<std::size_t> expire(instant now, std::size_t at_most) override {
        const std::scoped_lock held(mutex_);
        std::size_t gone = 0;
        for (auto at = sessions_.begin(); at != sessions_.end() && gone < at_most;) {
            const bool over = at->second.expires_at <= now;
            at = over ? sessions_.erase(at) : std::next(at);
            gone += over ? 1 : 0;
        }
        return gone;
    }
    result<std::size_t> count() override {
        const std::scoped_lock held(mutex_);
        return sessions_.size();
    }

 private:
    static base::bytes key(byte_view transaction) { return {transaction.begin(), transaction.end()}; }
    std::optional<stored_session> alive(byte_view transaction, instant now) const {
        const auto found = sessions_.find(key(transaction));
        if (found == sessions_.end() || found->second.expires_at <= now) return std::nullopt;
        return found->second;
    }
    bool make_room() {
        const auto first = std::ranges::min_element(
            sessions_, {}, [](const auto& one) { return std::pair(one.second.trust, one.second.expires_at); });
        if (first == sessions_.end() || first->second.trust != session_trust::none) return false;
        sessions_.erase(first);
        return true;
    }

    const session_limits limits_;
    std::mutex mutex_;
    std::map<base::bytes, stored_session> sessions_;
    std::uint64_t last_generation_ = 0;
};

}  // namespace keepline::port
