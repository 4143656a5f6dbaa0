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

#include "domain/claim/claim.hpp"
#include "domain/credential/credential.hpp"
#include "domain/esim/esim.hpp"
#include "domain/import_plan/import_plan.hpp"
#include "domain/number/number.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "port/clock.hpp"
#include "port/connector.hpp"
#include "port/journal.hpp"
#include "port/log.hpp"
#include "port/metrics.hpp"
#include "port/notebook.hpp"
#include "port/random.hpp"
#include "port/vault.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace keepline::engine {

using base::instant;
using base::result;

/// A stream as it was right after one of its entries. Immutable, shared between threads.
struct stream_view {
    port::stream_key key;
    std::string public_id;
    std::uint64_t version = 0;
    std::variant<domain::number_state, domain::subscriber_state, domain::esim_state, domain::claim_state,
                 domain::credential_state, domain::import_plan_state>
        state;

    const domain::number_state& number() const { return std::get<domain::number_state>(state); }
    const domain::subscriber_state& subscriber() const { return std::get<domain::subscriber_state>(state); }
    const domain::credential_state& credential() const { return std::get<domain::credential_state>(state); }
    const domain::esim_state& esim() const { return std::get<domain::esim_state>(state); }
    const domain::claim_state& claim() const { return std::get<domain::claim_state>(state); }
    const domain::import_plan_state& plan() const { return std::get<domain::import_plan_state>(state); }
    /// What an ETag names and an If-Match must meet: of a number without the notes of what was sent, so that a delivery
    /// receipt does not make a reviewer look again.
    std::uint64_t revision() const {
        const auto* of = std::get_if<domain::number_state>(&state);
        return of != nullptr ? static_cast<std::uint64_t>(of->revision) : version;
    }
};
using view_ptr = std::shared_ptr<const stream_view>;

using any_command = std::variant<domain::number_command, domain::subscriber_command, domain::esim_command,
                                 domain::claim_command, domain::credential_command, domain::import_plan_command>;
using any_event = std::variant<domain::number_event, domain::subscriber_event, domain::esim_event, domain::claim_event,
                               domain::credential_event, domain::import_plan_event>;

/// An Idempotency-Key as the caller scoped it (token and key hashed together), and what the request was.
struct idempotency {
    base::byte_array<16> key{};
    base::byte_array<16> fingerprint{};
};

struct submission {
    port::stream_key to;
    any_command what;
    domain::actor by;
    std::optional<domain::actor>
        second{};  // signed for it elsewhere (domain/import_plan/import_plan.hpp); never from a request
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<idempotency> once;
    std::optional<std::uint64_t> expected_revision;  // If-Match
    std::optional<domain::reservation> reserved;     // of the identifiers it names; see domain/claim/claim.hpp
    std::vector<port::vault_row> vault;              // committed together with the entry, only if there is one
    bool by_timer = false;                           // nobody asked: what it ends counts against the day's budget
    bool must_exist = true;  // not_found instead of starting a new stream; order_line, import_line,
                             // register_subscriber, provide_esim clear it
};

struct answer {
    view_ptr view;                  // after the command (of the first time, when replayed)
    std::vector<any_event> events;  // what happened; empty: it was already so
    bool replayed = false;          // the Idempotency-Key had been answered before
};

using reply = std::function<void(result<answer>)>;

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

/// A dead or waiting effect as staff see it.
struct effect_view {
    std::string id;  // of the effect, for retry
    domain::destination to = domain::destination::sms;
    std::string kind;     // the effect's name, and the notice's kind
    std::string line_id;  // public id of the stream
    int attempts = 0;
    bool dead = false;
    instant first_failed_at;
    instant next_at;
    std::string error_code;
    std::string error_words;
};

class engine {
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
    };
    engine(parts with, settings how);
    ~engine();  // stop()
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Starts the writer, reads the lanes' cursors and goes on where the last run ended; asks for recheck_dates
    /// wherever a due date is provisional.
    result<void> start();
    /// No new work is taken (code::stopping); what is queued is committed and answered; running deliveries end. Twice
    /// is harmless.
    void stop();

    /// Any thread. The reply is called exactly once, after the commit, or at once with a refusal that needs no stream.
    void submit(submission what, reply then);
    /// The same, waiting for the answer. Not from the writer thread.
    result<answer> submit_wait(submission what);

    /// The last committed state. code::not_found.
    result<view_ptr> read(const port::stream_key& key);
    result<view_ptr> read_public(std::string_view public_id);
    /// By what messages call a case or a line (domain/reference.hpp). Whoever asks for somebody counts it first.
    result<view_ptr> read_reference(std::string_view name);
    /// Entries of a stream, for the history view and the CLI.
    result<std::vector<port::entry>> history(const stream_view& of, std::uint64_t from_version, std::size_t limit);
    result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit);
    result<std::optional<port::stream_key>> waiting_for(const base::eid& eid);

    // -- what failed
    result<std::vector<effect_view>> failed_effects(bool dead, std::optional<domain::destination> to,
                                                    std::string_view after, std::size_t limit);
    result<void> retry_effect(std::string_view id);                          // code::not_found
    result<std::int64_t> retry_dead(std::optional<domain::destination> to);  // how many

    /// For connectors that get receipts later (see port::receipt_sink).
    port::receipt_taken take_receipt(const std::string& receipt, const std::string& outcome);

    /// Puts new rules in force (reload of policies and calendars) and asks for recheck_dates.
    void use_rules(std::shared_ptr<const domain::rule_book> rules);
    std::shared_ptr<const domain::rule_book> rules() const;
    const port::engine_metrics& metrics() const;
    result<port::store_counts> counts();
    /// Takes work, and what time brings: not while the clock is in doubt.
    bool ready() const;
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
