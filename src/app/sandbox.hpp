// keepline serve --sandbox: a server for integrators and tests. Its clock can be moved, its peers are pretended, and
// nothing of it may be taken for the real thing: it refuses peers that are not this machine's, keys that were made for
// a real server, and a store that has been one; a real server refuses a sandbox's store and keys.
//
//   store.kind      note: "sandbox" or "real", from the first serve on
//   sandbox.ahead   note: how far its clock is ahead of the machine's, in ms; written before it is moved
//   store.sandbox   a file beside the keys: they are a sandbox's
#pragma once

#include "app/config.hpp"
#include "desk/courier.hpp"
#include "engine/engine.hpp"
#include "link/pretended_peers.hpp"
#include "port/inbound.hpp"
#include "port/journal.hpp"
#include "port/notebook.hpp"
#include "port/sandbox.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

namespace keepline::app {

inline constexpr std::string_view store_kind_note = "store.kind";
inline constexpr std::string_view sandbox_ahead_note = "sandbox.ahead";

/// The configuration of a sandbox: where no peer is configured, a pretended one. code::config_invalid, naming the key,
/// for peers and keys that are not of this machine or not of this data directory.
result<config> sandboxed(config how, std::optional<base::instant> from);

/// Before anything is served: the store is a sandbox's exactly where the server is one. A store that nobody has served
/// is marked. `machine`: the time by the machine, from which the clock of a new sandbox begins at how.sandbox_from.
result<void> claim_store(const config& how, port::notebook& notes, port::journal& journal, base::instant machine);

/// Of a store: how far its clock is ahead of the machine's. Zero for a real one.
result<base::duration> ahead_of(port::notebook& notes);
/// What time it is for this store, for commands beside the server.
result<base::instant> now_of(port::notebook& notes);

class sandbox_clockwork final : public port::sandbox {
 public:
    struct parts {  // all outlive it
        engine::engine* engine = nullptr;
        port::moved_clock* clock = nullptr;
        port::notebook* notes = nullptr;
        link::pretended_peers* peers = nullptr;
        desk::courier* courier = nullptr;
        port::log* log = nullptr;
        std::function<void()> errands{};                    // what is done now and then, done now
        std::function<std::vector<std::string>()> waits{};  // in words
        port::inbound_sink customers{};
    };
    explicit sandbox_clockwork(parts with) : with_(std::move(with)) {}

    port::sandbox_clock read_clock() const override;
    base::result<port::sandbox_clock> move_clock(base::instant to) override;
    base::result<wish> first_wish(const base::byte_array<16>& key, const base::byte_array<16>& fingerprint,
                                  base::instant wanted) override;
    std::vector<port::pretended_message> messages(std::string_view to, std::int64_t after,
                                                  std::size_t limit) const override;
    std::vector<port::failure_trigger> triggers() const override;
    base::result<void> take_reply(const port::customer_text& what) override;
    /// A move that is under way ends after its step.
    void stop() { stopping_ = true; }

 private:
    base::result<void> step(base::instant to);
    base::result<void> settle();
    bool is_at_rest();
    void let_webhooks_end();

    const parts with_;
    std::mutex moving_;
    std::mutex wishes_mutex_;
    std::map<base::byte_array<16>, std::pair<base::byte_array<16>, base::instant>> wishes_;  // by Idempotency-Key
    std::atomic<bool> stopping_{false};
};

}  // namespace keepline::app
