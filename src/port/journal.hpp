// The seam to the store: streams with their snapshot, and one append-only table of entries that is history and outbox
// at once. One transaction is one batch; each write in it touches one stream. A store that reports success has made it
// durable. A failed fsync or an I/O error while committing is never reported: the store stops the process (ENSURE),
// because nobody can know what reached the disk.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace keepline::port {

using base::instant;
using base::result;

enum class stream_kind { number, subscriber, esim, claim, credential };

struct stream_key {
    stream_kind kind = stream_kind::number;
    std::string key;  // MSISDN, subscriber id, ICCID, "imsi:…" and "iccid:…", or "staff/…" and "customer/…"
    auto operator<=>(const stream_key&) const = default;
};

inline constexpr int partition_count = 64;
/// FNV-1a of the key: stable for ever, because cursors are kept per partition.
inline int partition_of(const stream_key& key) {
    std::uint32_t hash = 2166136261U;
    for (char c : key.key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    return static_cast<int>(hash % partition_count);
}

/// Columns by which streams are listed; derived from the state with every write.
struct stream_index {
    std::string subscriber;  // of a number's line; empty: none
    std::string stage;       // of its closure, while it is open; empty: none
    instant review_due;      // while in review
    bool date_provisional = false;
    // -- of a profile on the SM-DP+
    std::string profile_type{};   // empty: never provided here
    std::string profile_state{};  // empty: not a profile
    std::string matching_id{};    // of the order that runs; one stream at most has it (see journal::holder_of)
    std::string eid{};            // bound to
    std::string order_call{};     // by which the running order was made by type
    bool operator==(const stream_index&) const = default;
};

struct stream {
    std::int64_t id = 0;  // made by the store at the first write
    stream_key key;
    std::string public_id;  // opaque, for URLs: "ln_…", "sb_…", "es_…"
    std::uint64_t version = 0;
    base::digest head{};        // hash of the last entry
    std::int64_t head_seq = 0;  // its place in the journal
    std::string snapshot;       // JSON of the state as it was after entry `snapshot_version`; empty: none yet
    std::uint64_t snapshot_version = 0;
    std::string recent;  // idempotency memory, opaque to the store
    std::optional<instant> next_due;
    stream_index index;
};

struct entry {
    std::int64_t seq = 0;  // made by the store; grows over the whole journal
    std::int64_t stream = 0;
    std::uint64_t version = 0;  // of the stream after this entry: 1, 2, …
    std::int64_t previous = 0;  // seq of the stream's entry before; 0: none
    instant at;
    std::string meta;                // JSON: who, through which channel, correlation id
    std::string events;              // JSON array
    std::string effects;             // JSON array; empty: none
    std::uint32_t destinations = 0;  // bit per domain::destination
    int partition = 0;
    base::digest hash{};
};

/// The chain: SHA-256 over the hash before and everything that the entry says.
base::digest entry_hash(const base::digest& before, const entry& e);

/// The place of one effect in the journal: entry and index within it.
struct effect_id {
    std::int64_t value = 0;
    static effect_id of(std::int64_t seq, std::size_t index) { return {(seq << 8) | static_cast<std::int64_t>(index)}; }
    std::int64_t seq() const { return value >> 8; }
    std::size_t index() const { return static_cast<std::size_t>(value & 255); }
    auto operator<=>(const effect_id&) const = default;
};

/// Everything up to and including `upto` in this lane is settled: done, or moved to the retry table.
struct cursor {
    int destination = 0;
    int partition = 0;
    effect_id upto;
};

/// An effect that failed: tried again at next_at, or dead until staff ask for it.
struct retry {
    effect_id effect;
    int destination = 0;
    int partition = 0;
    std::int64_t stream = 0;
    int attempts = 0;
    instant next_at;
    bool dead = false;
    std::string error_code;
    std::string error_words;
    instant first_failed_at;
};

/// A message whose delivery receipt is still awaited: which stream is to be told.
struct awaited_receipt {
    std::string receipt;  // the peer's message id, prefixed by the connector's name
    std::int64_t stream = 0;
    instant until;
};

/// Sealed personal data; an empty `sealed` deletes.
struct vault_row {
    std::string subscriber;
    std::string kind;
    base::bytes sealed;
};

struct write {
    // Its version is the new one; the store checks that it holds version - 1. Its snapshot, when there is one, takes
    // the place of the one before; `snapshot_version` then is its version and need not be set.
    stream after;
    std::optional<entry> record;  // none: nothing new happened, only `after.recent` or the rows below change
    std::vector<vault_row> vault;
    // Without a record the store must hold exactly `after.version`; it takes over `recent`, `next_due` and `index` and
    // keeps head and snapshot. Version 0 without a record touches no stream: only the vault rows are written.
};

/// What every store may rely on (ENSURE): version, hash and partition of a record agree with the stream it belongs to.
void ensure_well_formed(const write& what);

struct batch {
    std::vector<write> writes;
    std::vector<cursor> cursors;
    std::vector<retry> retries;           // inserted or replaced
    std::vector<effect_id> retries_done;  // deleted
    std::vector<awaited_receipt> awaited;
    std::vector<std::string> receipts_done;
    instant forget_awaited_before;  // receipts awaited until before this are forgotten; zero: none
};

/// Of one write in a batch.
enum class commit_outcome { done, version_conflict };

struct page {
    std::vector<stream> streams;
    std::string next;  // opaque cursor; empty: no more
};

struct stream_filter {
    std::optional<stream_kind> kind{};
    std::string subscriber{};
    std::string stage{};
    bool only_provisional = false;
    std::optional<instant> review_due_before{};
    std::string profile_type{};
    std::string profile_state{};
    std::string matching_id{};
    std::string eid{};
    std::string order_call{};
};

struct outbox_entry {
    std::int64_t seq = 0;
    std::int64_t stream = 0;
    int partition = 0;
    instant at;
    std::string meta;
    std::string effects;
    base::digest hash{};
    std::uint32_t destinations = 0;
};

struct store_counts {
    std::int64_t streams = 0;
    std::int64_t entries = 0;
    std::vector<std::pair<std::string, std::int64_t>> closures_by_stage;
    std::int64_t overdue_reviews = 0;  // review_due before `now`
    std::vector<std::pair<int, std::int64_t>> dead_by_destination;
    std::vector<std::pair<int, std::int64_t>> retrying_by_destination;
    std::vector<std::pair<std::string, std::int64_t>> stock_by_type;  // profiles that are available
};

/// Reads may come from any thread; commit and the import of batches from one thread only (the writer).
class journal {
 public:
    virtual ~journal() = default;

    virtual result<std::optional<stream>> load(const stream_key& key) = 0;
    virtual result<std::optional<stream>> load_public(std::string_view public_id) = 0;
    virtual result<std::optional<stream>> load_id(std::int64_t stream) = 0;

    /// Durable when it returns. Fills in stream ids, sequence numbers and `previous`; the hashes are the engine's.
    /// One write per stream per batch element is allowed several times: they are applied in order.
    /// `after.id` may be 0 for a stream that is known only by its key. A conflict leaves out that write and its vault
    /// rows; cursors, retries and receipts of the batch are applied in any case.
    virtual std::vector<commit_outcome> commit(batch& what) = 0;

    /// Entries of one stream from `from_version` on, oldest first.
    virtual result<std::vector<entry>> entries(std::int64_t stream, std::uint64_t from_version, std::size_t limit) = 0;
    /// By id, or, with review_due_before, by that date. code::invalid for a cursor that no list gave out.
    virtual result<page> list(const stream_filter& which, std::string_view after, std::size_t limit) = 0;

    /// The profile whose order has this matching ID now. The engine sees to it that there is one at most.
    virtual result<std::optional<stream_key>> holder_of(std::string_view matching_id) = 0;

    /// Streams whose next_due is not after `now`, earliest first.
    virtual result<std::vector<stream_key>> due(instant now, std::size_t limit) = 0;
    /// How many streams have their next_due at `from` or later, and before `until`.
    virtual result<std::int64_t> due_between(instant from, instant until) = 0;

    // -- the outbox
    virtual result<std::vector<cursor>> cursors() = 0;
    virtual result<std::int64_t> last_seq() = 0;
    /// Entries with effects after `seq`, oldest first.
    virtual result<std::vector<outbox_entry>> outbox(std::int64_t after_seq, std::size_t limit) = 0;
    virtual result<std::optional<outbox_entry>> outbox_entry_of(std::int64_t seq) = 0;
    virtual result<std::vector<retry>> retries_due(instant now, std::size_t limit) = 0;
    virtual result<std::vector<retry>> retries(bool dead, int destination /* -1: all */, std::int64_t after_effect,
                                               std::size_t limit) = 0;
    virtual result<std::optional<std::int64_t>> stream_awaiting(std::string_view receipt) = 0;

    // -- the sealed rows of the vault
    virtual result<std::optional<base::bytes>> sealed(std::string_view subscriber, std::string_view kind) = 0;

    virtual result<store_counts> counts(instant now) = 0;

    /// Calls `visit` for every stream, then for each of its entries in order; stops at the first false.
    virtual result<void> scan(const std::function<bool(const stream&)>& on_stream,
                              const std::function<bool(const entry&)>& on_entry) = 0;
    /// A consistent copy while the server runs; `path` must not exist.
    virtual result<void> copy_to(const std::string& path) = 0;
};

}  // namespace keepline::port
