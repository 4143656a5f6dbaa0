// The journal on SQLite (WAL, synchronous=FULL): one file, one server, any number of readers beside it.
// `commit` from one thread only (the writer), everything else from any thread. Reading takes one of a few read
// connections for as long as the call lasts. A thread of its own moves the write-ahead log into the file; commits wait
// for it only briefly. Where a commit cannot be made durable the process stops (ENSURE) after saying why on stderr;
// while another process holds the write lock (`keepline token create` beside a server), the commit waits.
#pragma once

#include "port/journal.hpp"
#include "store/seals.hpp"
#include "store/store_check.hpp"
#include "store/store_file.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace keepline::store {

using base::result;

enum class open_mode {
    read_write,  // the server: takes the lock of the data directory, creates and upgrades the file
    read_only,   // verify, backup, line show: beside a server or without one; commit is a programmer's error
};

struct journal_tuning {
    std::size_t readers = 4;  // read connections; more callers wait for one another
    // Not more than the pages that commits touch again and again: SQLite 3.40 walks through all cached pages at the end
    // of each commit that has split a page.
    std::int64_t writer_cache_kb = 16 * 1024;
    std::int64_t reader_cache_kb = 8 * 1024;
    std::int64_t mapped_bytes = 8LL << 30;    // reads come from the kernel's page cache without a copy
    int page_bytes = default_page_bytes;      // of a new file
    int checkpoint_pages = 16 * 1024;         // the write-ahead log's length that starts a checkpoint
    int checkpoint_idle_ms = 1000;            // so long without commits starts one, too
    seal_key seal{};                          // for what must not change but through us; none: it is not sealed
    std::int64_t reserve_bytes = 16LL << 20;  // kept back on the disk for urgent batches; less on a small disk
};

class sqlite_journal final : public port::journal {
 public:
    /// The directory must exist. code::unavailable when another server has it, code::store_schema when the file is not
    /// of a version this program can use, code::journal_broken when it is damaged.
    static result<std::unique_ptr<sqlite_journal>> open(const std::string& path, open_mode mode,
                                                        journal_tuning how = {});
    ~sqlite_journal() override;

    /// Before the first commit (the key is known only once the store has said which it belongs to), and when there is a
    /// newer one. Any thread.
    void seal_with(const base::digest& key);
    /// Once per installation, after seal_with and before the first commit: see seals.hpp. How many streams had no seal.
    result<std::int64_t> cover_first();

    /// See store_check.hpp. Any thread.
    result<store_summary> summary();
    result<std::string> check(const seal_keys& keys);

    /// For tests: each statement that was read by so far, and how SQLite goes about it, step by step. Not while others
    /// read.
    result<std::vector<std::pair<std::string, std::vector<std::string>>>> read_plans();

    /// The file that keeps room back for urgent batches.
    std::string reserve_path() const { return path_ + ".reserve"; }

    result<std::optional<port::stream>> load(const port::stream_key& key) override;
    result<std::optional<port::stream>> load_public(std::string_view public_id) override;
    result<std::optional<port::stream>> load_reference(std::string_view name) override;
    result<std::vector<port::stream_key>> streams_on(std::string_view eid, std::size_t limit) override;
    result<std::optional<port::stream>> load_id(std::int64_t stream) override;
    result<std::int64_t> own(const port::partition_set& which) override;
    port::commit_report commit(port::batch& what) override;
    port::room space() override;
    result<std::vector<port::entry>> entries(std::int64_t stream, std::uint64_t from_version,
                                             std::size_t limit) override;
    result<port::page> list(const port::stream_filter& which, std::string_view after, std::size_t limit) override;
    result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) override;
    result<std::optional<port::stream_key>> waiting_for(std::string_view eid, std::size_t skip) override;
    result<std::vector<port::stream_key>> due(base::instant now, std::size_t limit) override;
    result<std::int64_t> due_between(base::instant from, base::instant until) override;
    result<std::vector<port::cursor>> cursors() override;
    result<std::vector<port::horizon>> horizons() override;
    result<std::vector<port::partition_head>> heads() override;
    result<std::int64_t> last_position() override;
    result<std::vector<port::outbox_entry>> outbox(std::int64_t after_position, std::size_t limit) override;
    result<std::vector<port::change>> changes(std::int64_t after_position, std::size_t limit) override;
    result<std::optional<port::outbox_entry>> outbox_entry_of(const port::retry& what) override;
    result<std::vector<port::retry>> retries_due(base::instant now, std::size_t limit) override;
    result<std::vector<port::retry>> retries(bool dead, int destination, std::int64_t after_effect,
                                             std::size_t limit) override;
    result<std::optional<std::int64_t>> stream_awaiting(std::string_view receipt) override;
    result<std::optional<base::bytes>> sealed(std::string_view subscriber, std::string_view kind) override;
    result<std::vector<std::string>> sealed_for(std::string_view kind, std::string_view after,
                                                std::size_t limit) override;
    result<std::vector<std::string>> sealed_kinds(std::string_view subscriber, std::string_view prefix) override;
    result<bool> has_sealed(std::string_view subscriber) override;
    result<port::store_counts> counts(base::instant now) override;
    result<port::failed_counts> count_failed() override;
    /// In id order. Streams are read a few hundred at a time, each with its entries up to the one it ended with then:
    /// the server's log is not held up, however long it takes.
    result<void> scan(const std::function<bool(const port::stream&)>& on_stream,
                      const std::function<bool(const port::entry&)>& on_entry) override;
    result<void> walk(const std::function<bool(const port::entry&)>& visit) override;
    /// Mode 0600, without a write-ahead log beside it, integrity checked. Holds no keys (see sqlite_vault.hpp).
    result<void> copy_to(const std::string& path) override;

 private:
    class writer;
    class reader_pool;
    class checkpointer;

    sqlite_journal();

    /// How the names begin by which, among the references, a device leads to its streams.
    static std::string device_names(std::string_view eid);

    std::string path_;
    std::unique_ptr<writer> writer_;  // null when reading only; closed last, which empties the write-ahead log
    std::unique_ptr<reader_pool> readers_;
    std::unique_ptr<checkpointer> checkpointer_;
};

}  // namespace keepline::store
