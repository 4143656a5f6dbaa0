// The shell around the core: queue -> decide -> commit a batch -> answer -> dispatch effects -> timers.
//
//   any thread ── submit() ──▶ queue ──▶ writer thread: for each: load state, check idempotency and version, decide,
//   evolve,
//                                        react, encode; then ONE commit for the batch; only then the replies are called
//   committed effects ──▶ dispatcher lanes (destination x partition) ──▶ connectors ── answers ──▶ submit()
//   sweep (every `sweep_every`): due streams get a `tick`, due retries are tried again
//
// Replies are called on the writer thread: they must only hand the answer on (post to an executor, set a promise).
#pragma once

#include "engine/front.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/executor.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"
#include "port/random.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace keepline::engine {

using base::instant;
using base::result;

struct settings {
    std::size_t batch_max = 128;          // transitions per commit
    std::size_t queue_max = 20'000;       // above, submit answers code::overloaded
    std::size_t cached_streams = 20'000;  // states kept in memory, some 12 kB each
    std::size_t remembered_keys = 1'000;  // Idempotency-Keys remembered per stream; the next one is refused
    base::duration remember_for = base::hours{24};
    base::duration sweep_every = std::chrono::milliseconds{200};
    std::array<int, domain::destination_count> threads_per_destination{8, 8, 4, 32, 8, 2, 4, 4, 2};
    base::duration backoff_first = std::chrono::seconds{1};
    base::duration backoff_max = std::chrono::minutes{10};
    int attempts_max = 20;               // then the effect is dead until staff ask for it
    std::int64_t endings_floor = 200;    // so much may end in a day whatever was foreseen (ending_budget.hpp) …
    std::int64_t endings_percent = 150;  // … and so much of what was
    std::size_t lane_memory =
        50'000;  // effects per destination held in memory; the rest is read from the journal later
};

class engine final : public front {
 public:
    struct parts {  // all outlive the engine
        port::journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::random* random = nullptr;
        port::log* log = nullptr;
        std::shared_ptr<const domain::rule_book> rules;
        port::notebook* notes = nullptr;  // null: the day's endings are forgotten at a stop
        port::vault* vault = nullptr;     // null: what is to be forgotten of a person stays sealed
        std::array<port::connector*, domain::destination_count> connectors{};  // [core] is the engine's own; leave null
        port::executor* on = nullptr;                                          // null: threads of its own
    };
    engine(parts with, settings how);
    ~engine() override;  // stop()
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Starts the writer, reads the lanes' cursors and goes on where the last run ended; asks for recheck_dates
    /// wherever a due date is provisional.
    result<void> start();
    /// No new work is taken (code::stopping); what is queued is committed and answered; running deliveries end. Twice
    /// is harmless.
    void stop();

    // -- as front.hpp says
    void submit(submission what, reply then) override;
    result<view_ptr> read(const port::stream_key& key) override;
    result<view_ptr> read_public(std::string_view public_id) override;
    result<view_ptr> read_reference(std::string_view name) override;
    result<std::vector<port::stream_key>> streams_on(const base::eid& eid, std::size_t limit) override;
    result<std::vector<port::entry>> history(const stream_view& of, std::uint64_t from_version,
                                             std::size_t limit) override;
    result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) override;
    result<std::int64_t> last_position() override;
    result<std::vector<port::change>> changes(std::int64_t after_position, std::size_t limit) override;
    result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) override;
    result<std::optional<port::stream_key>> waiting_for(const base::eid& eid, std::size_t skip) override;
    result<std::vector<effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                    std::string_view after, std::size_t limit) override;
    result<void> retry_effect(std::string_view id) override;
    result<std::int64_t> retry_dead(std::optional<domain::destination> to) override;
    std::shared_ptr<const domain::rule_book> rules() const override;
    const port::engine_metrics& metrics() const override;
    result<port::store_counts> counts() override;
    result<port::failed_counts> count_failed() override;
    bool ready() const override;

    // -- for whoever runs it
    /// Submits, and waits for the answer. Not from the writer thread.
    result<answer> submit_wait(submission what);

    /// For connectors that get receipts later (see port::receipt_sink).
    port::receipt_taken take_receipt(const std::string& receipt, const std::string& outcome);

    /// Puts new rules in force (reload of policies and calendars) and asks for recheck_dates.
    void use_rules(std::shared_ptr<const domain::rule_book> rules);
    // -- for whoever moves the clock (a sandbox does)
    /// What is due is looked for now.
    void time_has_moved();
    /// Everything that was submitted is committed, what is due by now is done, and its effects have left, or wait for
    /// their peer. What the day's budget holds, or somebody has to look at, waits. Not from the writer thread.
    result<bool> at_rest();
    /// When the next stream, retry or end of a pause comes due after now; `until` where nothing does before.
    result<instant> next_due(instant until);
    /// Why things that should end by themselves do not, in words; empty: nothing is held.
    std::string endings_trouble() const;
    const port::clock& clock() const;

 private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

/// Re-folds and re-hashes the whole journal; stops at the first stream whose chain, snapshot or version does not hold.
struct verification {
    std::int64_t streams = 0;
    std::int64_t entries = 0;
    std::string first_mismatch;  // empty: everything holds. Names the public id, the version and what differs
    /// Owners of keys that are noted as destroyed: subscribers that were erased, plans of imports that are over.
    std::vector<std::string> cleared;
};
/// Beyond the heads that the journal itself remembers it must pass `anchored`, which were remembered elsewhere.
result<verification> verify(port::journal& of, const std::vector<port::partition_head>& anchored = {});

}  // namespace keepline::engine
