// The seam to the outside: one connector per destination takes effects and carries them out.
// `deliver` blocks for a bounded time and may be called from many threads at once. It is called again with the same key
// after a crash or a failure, so it hands the key to the peer. It never retries by itself: the engine does.
#pragma once

#include "domain/effects.hpp"
#include "domain/esim/esim.hpp"
#include "domain/number/number.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "port/journal.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keepline::port {

struct outbound {
    std::string key;          // idempotency key: the same on every try, different for every effect; [a-z0-9-], <= 40
    std::string correlation;  // of the request that caused it
    instant caused_at;
    base::msisdn number;   // of the stream; empty for a subscriber's stream
    std::string line_id;   // its public id, fit for messages and logs
    std::string language;  // of the owner
    domain::effect what;
    int attempt = 1;
};

using answer_command = std::variant<domain::number_command, domain::esim_command, domain::subscriber_command>;

struct delivered {
    /// What the stream is to learn of it: a number of notice_sent, hlr_answered, certificate_signed, refund_written; a
    /// profile of smds_answered; a person of note_message. A command for another kind of stream is dropped.
    std::optional<answer_command> answer;
    /// Set when a receipt will come later through `receipt_sink`.
    std::string awaited_receipt;
};

/// What a failure's data may say beyond its code.
///   again_in_ms        the peer is alive: the destination pauses for so long, not longer at every failure. 0: the
///                      message goes back in line at once, because the connector keeps to the peer's pace by itself.
///                      Of over_budget: when this effect is tried again, and nothing pauses.
///   may_have_happened  nobody knows whether the peer has carried it out: it is tried again by itself, a few times.
inline constexpr std::string_view again_in_ms = "again_in_ms";
inline constexpr std::string_view may_have_happened = "may_have_happened";
inline const std::string* said(const base::error& by, std::string_view name) {
    for (const auto& one : by.data)
        if (one.name == name) return &one.value;
    return nullptr;
}

/// Errors: peer_unreachable (nothing wrong with the effect: the whole destination waits and tries again, unless this
/// effect brings it about while others pass), too_many (the peer asks to slow down: as before), peer_refused (this
/// effect will not succeed as it is), peer_garbled (try it again), over_budget (not now: tried again later, for ever),
/// erased / contact_unknown (nobody to tell any more: dropped with a note).
class connector {
 public:
    virtual ~connector() = default;
    virtual result<delivered> deliver(const outbound& what) = 0;
    /// Something is known to be wrong with the peer now, in words; empty: nothing known. For /readyz and metrics.
    virtual std::string trouble() const { return {}; }
};

/// The answer for a number, of this kind. For tests.
template <typename Answer>
const Answer& number_answer(const delivered& of) {
    return std::get<Answer>(std::get<domain::number_command>(of.answer.value()));
}

/// Where a connector reports receipts that arrive later. Thread-safe; answers before the receipt is acknowledged to the
/// peer: `recorded` once it is durable; `nobody_waits` under that name; `not_now`: it has to come again.
enum class receipt_taken : std::uint8_t { not_now, recorded, nobody_waits };
using receipt_sink = std::function<receipt_taken(std::string receipt, std::string outcome)>;

/// Remembers what it was given; fails as told. For tests. Any thread.
class fake_connector final : public connector {
 public:
    using script = std::function<result<delivered>(const outbound&)>;
    explicit fake_connector(script answer = [](const outbound&) { return delivered{}; }) : answer_(std::move(answer)) {}
    result<delivered> deliver(const outbound& what) override {
        {
            const std::scoped_lock held(mutex_);
            seen_.push_back(what);
        }
        return answer_(what);
    }
    std::vector<outbound> seen() const {
        const std::scoped_lock held(mutex_);
        return seen_;
    }

 private:
    mutable std::mutex mutex_;
    std::vector<outbound> seen_;
    script answer_;
};

}  // namespace keepline::port
