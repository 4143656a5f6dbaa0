// The journal's write side: one connection, one thread at a time. Part of sqlite_journal; nobody else includes it.
#pragma once

#include "store/server_lock.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_journal.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace keepline::store {

class sqlite_journal::writer {
 public:
    static result<std::unique_ptr<writer>> open(const std::string& path, const journal_tuning& how);

    std::vector<port::commit_outcome> commit(port::batch& what);

    /// Held by every commit; the checkpointer takes it for its last step.
    std::mutex& committing() { return committing_; }
    /// Pages in the write-ahead log after the last commit.
    int log_pages() const { return log_pages_.load(std::memory_order_relaxed); }
    std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }

 private:
    writer(server_lock lock, connection db) : lock_(std::move(lock)), db_(std::move(db)) {}

    port::commit_outcome apply(port::write& what);
    void insert_stream(const port::stream& after);
    struct held_stream;
    void update_stream(const port::stream& after, const held_stream& before);
    void put_snapshot(const port::stream& after);
    void put_esim(const port::stream& after);
    void update_index(const port::stream& after, const held_stream& before);
    void insert_entry(const port::entry& record);
    void put_sealed(const port::vault_row& row);
    void put_outbox_state(const port::batch& what);

    server_lock lock_;
    connection db_;
    std::mutex committing_;
    std::atomic<int> log_pages_{0};
    std::atomic<std::uint64_t> commits_{0};
    std::int64_t last_seq_ = 0;
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
    void checkpoint();
    /// Pages that are left in the log.
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
