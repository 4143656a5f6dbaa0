// The journal's write side: one connection, one thread at a time. Part of sqlite_journal; nobody else includes it.
#pragma once

#include "store/reserve.hpp"
#include "store/server_lock.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_journal.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace keepline::store {

class sqlite_journal::writer {
 public:
    static result<std::unique_ptr<writer>> open(const std::string& path, const journal_tuning& how);

    ~writer();

    port::commit_report commit(port::batch& what);
    result<std::int64_t> own(const port::partition_set& which);
    void seal_with(const base::digest& key) {
        const std::scoped_lock held(committing_);
        seal_key_ = key;
    }
    result<std::int64_t> cover_first();
    port::room space();

    /// Held by every commit; the checkpointer takes it for its last step.
    std::mutex& committing() { return committing_; }
    /// Pages in the write-ahead log after the last commit.
    int log_pages() const { return log_pages_.load(std::memory_order_relaxed); }
    std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

 private:
    writer(server_lock lock, connection db, std::string reserve_path, const journal_tuning& how)
        : lock_(std::move(lock)),
          db_(std::move(db)),
          reserve_(std::move(reserve_path), how.reserve_bytes),
          seal_key_(how.seal) {}

    struct summed_table {
        const char* name;
        bool is_kept = false;
        tally now{};
        std::optional<tally> before{};  // this transaction, when it changed
    };

    result<void> begin();
    result<std::int64_t> draw_epoch();
    result<port::commit_report> attempt(port::batch& what);
    bool is_marked(const port::batch& what) const;
    result<port::commit_outcome> apply(port::write& what);
    void place(port::entry& record);
    struct held_stream;
    result<void> insert_stream(const port::stream& after, const port::entry& head);
    result<void> update_stream(const port::stream& after, const port::entry& head, const held_stream& before);
    result<void> put_snapshot(const port::stream& after);
    result<void> put_esim(const port::stream& after);
    result<void> update_index(const port::stream& after, const held_stream& before);
    result<void> insert_entry(const port::entry& record, std::int64_t previous);
    result<void> put_sealed(const port::vault_row& row);
    template <typename Change>
    result<void> change_summed(summed_table& table, const Change& change, const std::function<rows()>& row);
    result<void> put_retry(const port::retry& row);
    result<void> delete_retry(port::effect_id effect);
    result<void> put_awaited(const port::awaited_receipt& row);
    result<void> forget_awaited(std::string_view receipt);
    result<void> forget_awaited_before(base::instant when);
    result<void> put_reference(const std::string& name, std::int64_t stream);
    result<void> put_device(std::string_view eid, std::int64_t stream);
    result<void> put_cursor(const port::cursor& row);
    result<void> put_horizon(const port::horizon& row);
    result<void> read_sums();
    result<void> note_sums();
    void keep_sums();
    void undo_sums();
    base::bytes stream_seal(const port::stream& after) const;
    base::bytes seal(std::string_view table, row_hash& row) const;
    result<void> put_outbox_state(const port::batch& what);
    result<void> put_heads();

    struct head {
        std::int64_t seq = 0;
        base::digest chain{};
        std::int64_t position = 0;
        bool noted = true;  // in the table
    };

    server_lock lock_;
    connection db_;
    reserve reserve_;
    std::atomic<bool> full_{false};
    seal_key seal_key_;
    summed_table vault_{"vault"};
    summed_table retries_{"retry"};
    summed_table awaited_{"awaited_receipt"};
    summed_table partitions_{"partition"};
    summed_table owner_{"owner"};
    summed_table references_{"reference"};
    summed_table cursors_{"cursor"};
    summed_table horizons_{"horizon"};
    std::array<summed_table*, 8> summed_{&vault_, &retries_,    &awaited_, &partitions_,
                                         &owner_, &references_, &cursors_, &horizons_};
    std::set<std::pair<int, int>> known_cursors_;   // which rows there surely are; horizons have partition -1
    std::vector<std::pair<int, int>> new_cursors_;  // of this transaction
    std::vector<head> heads_ = std::vector<head>(port::partition_count);
    std::vector<std::pair<std::size_t, head>> touched_;  // heads as they were before this transaction
    const port::write* refused_now_ = nullptr;           // the write that failed the transaction
    std::int64_t heads_noted_ms_ = 0;
    bool fenced_ = false;
    std::mutex committing_;
    std::atomic<int> log_pages_{0};
    std::atomic<std::uint64_t> commits_{0};
    std::int64_t last_position_ = 0;
    std::int64_t last_stream_ = 0;
};

/// Moves the write-ahead log into the file while nobody commits, or when it has grown long.
class sqlite_journal::checkpointer {
 public:
    static result<std::unique_ptr<checkpointer>> start(const std::string& path, writer& beside,
                                                       const journal_tuning& how);
    ~checkpointer();
    /// After every commit, on the writer's thread: cheap.
    void look();

 private:
    checkpointer(connection db, writer& beside, const journal_tuning& how)
        : db_(std::move(db)), beside_(beside), how_(how) {}
    void run();
    /// False: there was no room.
    bool checkpoint();
    static constexpr int no_room = -1;
    /// Pages that are left in the log; or no_room.
    int move_pages();

    connection db_;
    writer& beside_;
    journal_tuning how_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    std::atomic<int> settled_pages_{0};  // of the log, after the last checkpoint
    int seen_pages_ = 0;                 // of the writer's thread
    std::thread thread_;
};

}  // namespace keepline::store
