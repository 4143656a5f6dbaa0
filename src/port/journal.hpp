// The seam to the store: streams with their snapshot, and one append-only table of entries that is history and outbox
// at once. Streams hash into a fixed number of partitions; the entries of a partition are numbered without gaps and
// chained by their hashes. One transaction is one batch; each write in it touches one stream.
//
// What may go wrong in a commit, and who is hit by it:
//   - another was quicker with the same stream (version_conflict): that write, and later ones of its stream;
//   - a constraint of the store fails, or a value is larger than it can hold (refused, with the reason): that write,
//   and
//     later ones of its stream. Nothing that a client sends may cost more than that;
//   - no room on the disk (refused as a whole, code::storage_full): the batch, of which nothing is kept;
//   - the partitions have another owner by now (fenced): the batch, and every later one of this owner;
//   - the store cannot say whether it committed, as when a connection breaks (unknown): the batch is there or not there
//     as a whole, and its owner must start again from the journal;
//   - an I/O error or a failed fsync under an embedded store is never reported: it stops the process (ENSURE), because
//     nobody can know what reached the disk. The next start finds out.
// A store that reports `done` has made it durable.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keepline::port {

using base::instant;
using base::result;

enum class stream_kind { number, subscriber, esim, claim, credential, plan };

struct stream_key {
    stream_kind kind = stream_kind::number;
    std::string key;  // MSISDN, subscriber id, ICCID, "imsi:…" and "iccid:…", "staff/…" and "customer/…", "ip_…"
    auto operator<=>(const stream_key&) const = default;
};

/// The unit of ownership: a partition has one owner, who writes it, and may move from one machine to another as a
/// whole.
inline constexpr int partition_count = 1024;
using partition_set = std::bitset<partition_count>;
/// FNV-1a of the key: stable for ever, because entries are numbered per partition.
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
    instant asked_until{};     // somebody waits for a second person until then at the latest; zero: nobody
    bool money_waits = false;  // came in for no line, and somebody must give it back
    instant check_since{};     // the oldest check of its case waits since then; zero: none does
    // -- of a profile on the SM-DP+
    std::string profile_type{};            // empty: never provided here
    std::string profile_state{};           // empty: not a profile
    std::string matching_id{};             // of the order that runs; one stream at most has it (see journal::holder_of)
    std::string eid{};                     // bound to
    std::string order_call{};              // by which the running order was made by type
    std::optional<instant> waits_since{};  // for the eUICC it is bound to, without a matching ID: see waiting_for
    bool operator==(const stream_index&) const = default;
};

struct stream {
    std::int64_t id = 0;  // made by the store at the first write
    stream_key key;
    std::string public_id;  // opaque, for URLs: "ln_…", "sb_…", "es_…"
    std::uint64_t version = 0;
    base::digest head{};        // hash of the last entry
    std::int64_t head_seq = 0;  // its number within the stream's partition
    std::string snapshot;       // JSON of the state as it was after entry `snapshot_version`; empty: none yet
    std::uint64_t snapshot_version = 0;
    std::string recent;  // idempotency memory, opaque to the store
    std::optional<instant> next_due;
    stream_index index;
};

/// Which entry: the number counts per partition, from 1 and without gaps.
struct entry_id {
    int partition = 0;
    std::int64_t seq = 0;
    auto operator<=>(const entry_id&) const = default;
};

struct entry {
    int partition = 0;
    std::int64_t seq = 0;       // made by the store
    std::int64_t position = 0;  // made by the store: its own order of commits, for reading on (see outbox())
    std::int64_t stream = 0;
    std::uint64_t version = 0;  // of the stream after this entry: 1, 2, …
    instant at;
    std::string meta;                // JSON: who, through which channel, correlation id
    std::string events;              // JSON array
    std::string effects;             // JSON array; empty: none
    std::uint32_t destinations = 0;  // bit per domain::destination
    base::digest hash{};
    base::digest chain{};  // made by the store: of the whole partition up to here (chain_after)

    entry_id id() const { return {partition, seq}; }
};

/// The chain of a stream: SHA-256 over the hash before and everything that the entry says.
base::digest entry_hash(const base::digest& before, const entry& e);
/// The chain of a partition: over the one before, the entry's number and its hash. Zeros before the first.
base::digest chain_after(const base::digest& before, entry_id which, const base::digest& hash);

/// How far a partition has come.
struct partition_head {
    int partition = 0;
    std::int64_t seq = 0;
    base::digest chain{};
    bool operator==(const partition_head&) const = default;
};

/// The place of one effect in the journal: entry and index within it. In one number, so that it is a key and an id:
/// 10 bits partition, 45 bits seq, 8 bits index. Those of one partition are in its order.
struct effect_id {
    std::int64_t value = 0;
    static constexpr int index_bits = 8;
    static constexpr int seq_bits = 45;
    static effect_id of(entry_id entry, std::size_t index) {
        return {(static_cast<std::int64_t>(entry.partition) << (seq_bits + index_bits)) | (entry.seq << index_bits) |
                static_cast<std::int64_t>(index)};
    }
    int partition() const { return static_cast<int>(value >> (seq_bits + index_bits)); }
    std::int64_t seq() const { return (value >> index_bits) & ((std::int64_t{1} << seq_bits) - 1); }
    entry_id entry() const { return {partition(), seq()}; }
    std::size_t index() const { return static_cast<std::size_t>(value & ((1 << index_bits) - 1)); }
    auto operator<=>(const effect_id&) const = default;
};

/// Everything up to and including `upto` in this lane (a destination and the partition of `upto`) is settled: done, or
/// moved to the retry table. Written for lanes that are ahead of their destination's horizon only.
struct cursor {
    int destination = 0;
    effect_id upto;
    bool operator==(const cursor&) const = default;
};

/// Everything for this destination that was committed up to `position` is settled, in all lanes. So lanes in which
/// nothing moves need no row of their own.
struct horizon {
    int destination = 0;
    std::int64_t position = 0;
    bool operator==(const horizon&) const = default;
};

/// An effect that failed: tried again at next_at, or dead until staff ask for it.
struct retry {
    effect_id effect;
    int destination = 0;
    std::int64_t position = 0;  // of its entry
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
    /// Held by every copy of the row: for as long as one may still be committed, its key is kept (see sqlite_vault).
    std::shared_ptr<const void> under_way{};
};

struct write {
    // Its version is the new one; the store checks that it holds version - 1. Its snapshot, when there is one, takes
    // the place of the one before; `snapshot_version` then is its version and need not be set.
    stream after;
    std::optional<entry> record;  // none: nothing new happened, only `after.recent` or the rows below change
    std::vector<vault_row> vault;
    /// Names by which people find this stream from now on, beside its public id (load_reference): case numbers. A name
    /// that is another's, or was told before, refuses this write with code::id_taken.
    std::vector<std::string> references{};
    /// EIDs of devices by which it is found from now on (streams_on). Others may be found by them too; again is
    /// harmless.
    std::vector<std::string> devices{};
    // Without a record the store must hold exactly `after.version`; it takes over `recent`, `next_due` and `index` and
    // keeps head and snapshot. Version 0 without a record touches no stream: only the vault rows are written.
    std::optional<base::error> refusal{};  // filled in by the store with the outcome `refused`
};

/// What every store may rely on (ENSURE): version, hash and partition of a record agree with the stream it belongs to.
void ensure_well_formed(const write& what);

struct batch {
    std::int64_t epoch = 0;  // of the owner who commits (journal::own)
    bool urgent = false;     // what the world has answered and how far lanes are: may use the room kept back for it
    std::vector<write> writes;
    std::vector<cursor> cursors;
    std::vector<horizon> horizons;
    std::vector<retry> retries;           // inserted or replaced
    std::vector<effect_id> retries_done;  // deleted
    std::vector<awaited_receipt> awaited;
    std::vector<std::string> receipts_done;
    instant forget_awaited_before;  // receipts awaited until before this are forgotten; zero: none
};

/// Of one write in a batch, or of a whole batch. See the head of this file.
enum class commit_outcome { done, version_conflict, refused, fenced, unknown };

struct commit_report {
    commit_outcome whole = commit_outcome::done;  // done, refused, fenced or unknown
    std::optional<base::error> why;               // unless it is done
    std::vector<commit_outcome> writes;           // where the whole is not done: that, for each
};

/// Where a store keeps what it has.
struct room {
    std::int64_t free_bytes = 0;
    std::int64_t reserve_bytes = 0;  // kept back for urgent batches; 0 after they had to use it
    bool enough = true;              // for batches that are not urgent
};

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
    bool only_money_waiting = false;
    bool only_checks = false;              // those whose case has a check to be settled, the oldest first
    std::optional<instant> asked_after{};  // those where somebody waits for a second person, until later than that
};

struct outbox_entry {
    int partition = 0;
    std::int64_t seq = 0;
    std::int64_t position = 0;
    std::int64_t stream = 0;
    instant at;
    std::string meta;
    std::string effects;
    base::digest hash{};
    std::uint32_t destinations = 0;
};

/// Of effects, by destination.
struct failed_counts {
    std::vector<std::pair<int, std::int64_t>> dead_by_destination;      // wait for staff
    std::vector<std::pair<int, std::int64_t>> retrying_by_destination;  // are tried again
    bool operator==(const failed_counts&) const = default;
};

/// How a case ended (of domain::stage): streams are listed by that, but not counted.
bool is_end_of_case(std::string_view stage);

struct store_counts : failed_counts {
    std::int64_t streams = 0;
    std::int64_t entries = 0;
    std::vector<std::pair<std::string, std::int64_t>> closures_by_stage;  // streams by stream_index::stage
    std::int64_t overdue_reviews = 0;                                     // review_due before `now`
    std::int64_t money_waiting = 0;  // numbers for which money came in that no line takes
    std::vector<std::pair<std::string, std::int64_t>> stock_by_type;  // profiles that are available
};

/// That a stream has one entry more, for whoever shows people what changes.
struct change {
    std::int64_t position = 0;  // of the entry
    stream_key of;
    std::string public_id;
    std::string events;
};

/// Reads may come from any thread; commit and the import of batches from one thread only (the writer).
class journal {
 public:
    virtual ~journal() = default;

    virtual result<std::optional<stream>> load(const stream_key& key) = 0;
    virtual result<std::optional<stream>> load_public(std::string_view public_id) = 0;
    /// By a name of write::references. Never by a public id, and load_public never by such a name: what people say is
    /// looked up within limits, which an id is not.
    virtual result<std::optional<stream>> load_reference(std::string_view name) = 0;
    /// Those that were ever found by this EID (write::devices), in the order in which they were made.
    virtual result<std::vector<stream_key>> streams_on(std::string_view eid, std::size_t limit) = 0;
    virtual result<std::optional<stream>> load_id(std::int64_t stream) = 0;

    /// Makes the caller the owner of these partitions, whoever owned them. The answer is the epoch of this ownership,
    /// greater than every one before; a batch that touches a partition of another epoch is fenced. A store for one
    /// process has one owner of all partitions and refuses less than all (code::invalid).
    virtual result<std::int64_t> own(const partition_set& which) = 0;

    /// Durable when it returns. Fills in stream ids, numbers, positions and the partitions' chains; the entries' own
    /// hashes are the engine's. Several writes of one stream are applied in order. `after.id` may be 0 for a stream
    /// that is known only by its key. A write that fails is left out with its vault rows; cursors, retries and receipts
    /// are applied unless the whole batch fails.
    virtual commit_report commit(batch& what) = 0;

    /// How much room is left; where some was lacking, tries to keep back the reserve again. Any thread.
    virtual room space() = 0;

    /// Entries of one stream from `from_version` on, oldest first.
    virtual result<std::vector<entry>> entries(std::int64_t stream, std::uint64_t from_version, std::size_t limit) = 0;
    /// By id, or, with review_due_before, by that date. code::invalid for a cursor that no list gave out.
    virtual result<page> list(const stream_filter& which, std::string_view after, std::size_t limit) = 0;

    /// The profile whose order has this matching ID now. The engine sees to it that there is one at most.
    virtual result<std::optional<stream_key>> holder_of(std::string_view matching_id) = 0;

    /// The profile that has waited longest for this eUICC to ask for whatever is there (the default SM-DP+), but for
    /// the first `skip`.
    virtual result<std::optional<stream_key>> waiting_for(std::string_view eid, std::size_t skip) = 0;

    /// Streams whose next_due is not after `now`, earliest first.
    virtual result<std::vector<stream_key>> due(instant now, std::size_t limit) = 0;
    /// How many streams have their next_due at `from` or later, and before `until`.
    virtual result<std::int64_t> due_between(instant from, instant until) = 0;

    // -- the outbox
    virtual result<std::vector<cursor>> cursors() = 0;
    virtual result<std::vector<horizon>> horizons() = 0;
    /// How far each partition that has entries has come, by partition.
    virtual result<std::vector<partition_head>> heads() = 0;
    /// The position of the last entry that was committed; 0: none.
    virtual result<std::int64_t> last_position() = 0;
    /// Entries with effects after `position`, in the order of their positions: that of their commits, in which those of
    /// one partition come by their numbers. Positions are for reading on; they grow, but may have gaps.
    virtual result<std::vector<outbox_entry>> outbox(std::int64_t after_position, std::size_t limit) = 0;
    /// The same of all entries, with the stream that each is of.
    virtual result<std::vector<change>> changes(std::int64_t after_position, std::size_t limit) = 0;
    /// The entry whose effect this is.
    virtual result<std::optional<outbox_entry>> outbox_entry_of(const retry& what) = 0;
    virtual result<std::vector<retry>> retries_due(instant now, std::size_t limit) = 0;
    virtual result<std::vector<retry>> retries(bool dead, int destination /* -1: all */, std::int64_t after_effect,
                                               std::size_t limit) = 0;
    virtual result<std::optional<std::int64_t>> stream_awaiting(std::string_view receipt) = 0;

    // -- the sealed rows of the vault
    virtual result<std::optional<base::bytes>> sealed(std::string_view subscriber, std::string_view kind) = 0;
    /// For whom something is sealed under this kind, in the order of their ids, after `after`. Only of kinds that begin
    /// with "name:".
    virtual result<std::vector<std::string>> sealed_for(std::string_view kind, std::string_view after,
                                                        std::size_t limit) = 0;
    /// Kinds that begin so, under which something is sealed for them.
    virtual result<std::vector<std::string>> sealed_kinds(std::string_view subscriber, std::string_view prefix) = 0;
    /// Is anything sealed for them?
    virtual result<bool> has_sealed(std::string_view subscriber) = 0;

    /// However many cases are open or have ended: a store keeps count of stages while streams move.
    virtual result<store_counts> counts(instant now) = 0;
    /// What of it changes without an entry, for whoever looks again and again.
    virtual result<failed_counts> count_failed() = 0;

    /// Calls `visit` for every stream, then for each of its entries in order; stops at the first false.
    virtual result<void> scan(const std::function<bool(const stream&)>& on_stream,
                              const std::function<bool(const entry&)>& on_entry) = 0;
    /// Calls `visit` for every entry in the order of positions, until it answers false: each partition from its first
    /// number to its last.
    virtual result<void> walk(const std::function<bool(const entry&)>& visit) = 0;
    /// A consistent copy while the server runs; `path` must not exist.
    virtual result<void> copy_to(const std::string& path) = 0;
};

}  // namespace keepline::port
