#include "store/sqlite_writer.hpp"

#include "base/ensure.hpp"
#include "base/thread_name.hpp"
#include "store/store_file.hpp"

#include <algorithm>
#include <cstdio>

namespace keepline::store {

using port::commit_outcome;

namespace {

/// Inside a commit every failure is final: nobody can know what reached the disk.
void must(const result<void>& outcome) {
    if (!outcome)
        std::fprintf(stderr, "keepline: the store failed while committing. %s\n", outcome.error().words.c_str());
    ENSURE(outcome.has_value());
}

/// Absent is NULL, so that the partial indexes hold only what is there.
std::optional<std::string_view> some(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}
std::optional<base::instant> some(base::instant when) { return when ? std::optional(when) : std::nullopt; }

}  // namespace

result<std::unique_ptr<sqlite_journal::writer>> sqlite_journal::writer::open(const std::string& path,
                                                                             const journal_tuning& how) {
    TRY(lock, server_lock::take(path));
    TRY(db, open_store_file(path, upgrade::allowed, how.page_bytes, how.writer_cache_kb));
    auto made = std::unique_ptr<writer>(new writer(std::move(lock), std::move(db)));
    TRY(last_seq, made->db_.number("SELECT max(seq) FROM entry"));
    TRY(last_stream, made->db_.number("SELECT max(id) FROM stream"));
    made->last_seq_ = last_seq;
    made->last_stream_ = last_stream;
    sqlite3_wal_hook(
        made->db_.raw(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<writer*>(self)->log_pages_.store(pages, std::memory_order_relaxed);
            return SQLITE_OK;
        },
        made.get());
    return made;
}

std::vector<commit_outcome> sqlite_journal::writer::commit(port::batch& what) {
    const std::scoped_lock held(committing_);
    for (;;) {
        auto begun = db_.run(sql("BEGIN IMMEDIATE"));
        const auto outcome = begun.done();
        if ((begun.outcome() & 0xff) == SQLITE_BUSY) {
            std::fprintf(stderr, "keepline: commits wait: another process holds the store's write lock\n");
            continue;
        }
        must(outcome);
        break;
    }
    std::vector<commit_outcome> outcomes;
    outcomes.reserve(what.writes.size());
    for (auto& one : what.writes) outcomes.push_back(apply(one));
    put_outbox_state(what);
    must(db_.run(sql("COMMIT")).done());
    commits_.fetch_add(1, std::memory_order_relaxed);
    return outcomes;
}

struct sqlite_journal::writer::held_stream {
    std::int64_t id = 0;
    std::uint64_t version = 0;
    std::int64_t head_seq = 0;
    bool same_due = false;    // these three: as in the state that is to be written
    bool same_owner = false;  // public id, subscriber
    bool same_stage = false;  // stage, review_due, provisional
};

commit_outcome sqlite_journal::writer::apply(port::write& what) {
    port::ensure_well_formed(what);
    auto& after = what.after;
    held_stream before;
    {
        auto found = db_.run(sql("SELECT id, version, head_seq, next_due IS ?3, public_id IS ?4 AND subscriber IS ?5, "
                                 "stage IS ?6 AND review_due IS ?7 AND provisional IS ?8 "
                                 "FROM stream WHERE kind = ?1 AND key = ?2"),
                             static_cast<int>(after.key.kind), after.key.key, after.next_due, after.public_id,
                             some(after.index.subscriber), some(after.index.stage), some(after.index.review_due),
                             after.index.date_provisional);
        if (found.next())
            before = {found.integer(0),      static_cast<std::uint64_t>(found.integer(1)),
                      found.integer(2),      found.integer(3) != 0,
                      found.integer(4) != 0, found.integer(5) != 0};
        must(found.ended());
    }
    if (before.version + (what.record ? 1 : 0) != after.version || (after.id != 0 && after.id != before.id))
        return commit_outcome::version_conflict;
    if (what.record) {
        auto& record = *what.record;
        after.id = before.id != 0 ? before.id : ++last_stream_;
        record.seq = after.head_seq = ++last_seq_;
        record.stream = after.id;
        record.previous = before.head_seq;
        insert_entry(record);
        if (before.id == 0)
            insert_stream(after);
        else
            update_stream(after, before);
        if (!after.snapshot.empty()) put_snapshot(after);
    } else if (before.id != 0) {
        after.id = before.id;
        must(db_.run(before.same_due ? sql("UPDATE stream SET recent = ?2 WHERE id = ?1")
                                     : sql("UPDATE stream SET recent = ?2, next_due = ?3 WHERE id = ?1"),
                     after.id, base::view(after.recent), after.next_due)
                 .done());
        update_index(after, before);
    }
    if (after.key.kind == port::stream_kind::esim && after.id != 0) put_esim(after);
    for (const auto& row : what.vault) put_sealed(row);
    return commit_outcome::done;
}

void sqlite_journal::writer::insert_stream(const port::stream& after) {
    must(db_.run(sql("INSERT INTO stream (id, kind, key, public_id, version, head_seq, head, next_due, subscriber, "
                     "stage, "
                     "review_due, provisional, recent) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"),
                 after.id, static_cast<int>(after.key.kind), after.key.key, after.public_id, after.version,
                 after.head_seq, after.head, after.next_due, some(after.index.subscriber), some(after.index.stage),
                 some(after.index.review_due), after.index.date_provisional, base::view(after.recent))
             .done());
}

// Setting a column rewrites its index even if the value stays, and every page touched goes to the log: so only those
// that changed are set.
void sqlite_journal::writer::update_stream(const port::stream& after, const held_stream& before) {
    must(db_.run(before.same_due ? sql("UPDATE stream SET version = ?2, head_seq = ?3, head = ?4, recent = ?5 "
                                       "WHERE id = ?1")
                                 : sql("UPDATE stream SET version = ?2, head_seq = ?3, head = ?4, recent = ?5, "
                                       "next_due = ?6 WHERE id = ?1"),
                 after.id, after.version, after.head_seq, after.head, base::view(after.recent), after.next_due)
             .done());
    update_index(after, before);
}

void sqlite_journal::writer::update_index(const port::stream& after, const held_stream& before) {
    if (!before.same_stage)
        must(db_.run(sql("UPDATE stream SET stage = ?2, review_due = ?3, provisional = ?4 WHERE id = ?1"), after.id,
                     some(after.index.stage), some(after.index.review_due), after.index.date_provisional)
                 .done());
    if (!before.same_owner)
        must(db_.run(sql("UPDATE stream SET public_id = ?2, subscriber = ?3 WHERE id = ?1"), after.id, after.public_id,
                     some(after.index.subscriber))
                 .done());
}

void sqlite_journal::writer::put_snapshot(const port::stream& after) {
    must(db_.run(sql("INSERT INTO snapshot (stream, at_version, json) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT (stream) DO UPDATE SET at_version = excluded.at_version, json = excluded.json"),
                 after.id, after.version, after.snapshot)
             .done());
}

void sqlite_journal::writer::put_esim(const port::stream& after) {
    const auto& index = after.index;
    must(db_.run(sql("INSERT INTO esim (stream, type, state, matching_id, eid, order_call) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
                     "ON CONFLICT (stream) DO UPDATE SET type = excluded.type, state = excluded.state, "
                     "matching_id = excluded.matching_id, eid = excluded.eid, order_call = excluded.order_call "
                     "WHERE type IS NOT excluded.type OR state IS NOT excluded.state "
                     "OR matching_id IS NOT excluded.matching_id OR eid IS NOT excluded.eid "
                     "OR order_call IS NOT excluded.order_call"),
                 after.id, index.profile_type, index.profile_state, some(index.matching_id), some(index.eid),
                 some(index.order_call))
             .done());
}

void sqlite_journal::writer::insert_entry(const port::entry& record) {
    must(db_.run(sql("INSERT INTO entry (seq, stream, version, previous, at, partition, destinations, hash, meta, "
                     "events, "
                     "effects) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
                 record.seq, record.stream, record.version, record.previous, record.at, record.partition,
                 record.destinations, record.hash, record.meta, record.events, record.effects)
             .done());
}

void sqlite_journal::writer::put_sealed(const port::vault_row& row) {
    if (row.sealed.empty())
        must(db_.run(sql("DELETE FROM vault WHERE subscriber = ?1 AND kind = ?2"), row.subscriber, row.kind).done());
    else
        must(db_.run(sql("INSERT INTO vault (subscriber, kind, sealed) VALUES (?1, ?2, ?3) "
                         "ON CONFLICT (subscriber, kind) DO UPDATE SET sealed = excluded.sealed"),
                     row.subscriber, row.kind, row.sealed)
                 .done());
}

void sqlite_journal::writer::put_outbox_state(const port::batch& what) {
    for (const auto& c : what.cursors)
        must(db_.run(sql("INSERT INTO cursor (destination, partition, upto) VALUES (?1, ?2, ?3) "
                         "ON CONFLICT (destination, partition) DO UPDATE SET upto = excluded.upto"),
                     c.destination, c.partition, c.upto.value)
                 .done());
    for (const auto& r : what.retries)
        must(
            db_.run(
                   sql("INSERT OR REPLACE INTO retry (effect, destination, partition, stream, attempts, next_at, dead, "
                       "error_code, error_words, first_failed_at) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
                   r.effect.value, r.destination, r.partition, r.stream, r.attempts, r.next_at, r.dead, r.error_code,
                   r.error_words, r.first_failed_at)
                .done());
    for (const auto& effect : what.retries_done)
        must(db_.run(sql("DELETE FROM retry WHERE effect = ?1"), effect.value).done());
    for (const auto& a : what.awaited)
        must(db_.run(sql("INSERT OR REPLACE INTO awaited_receipt (receipt, stream, until) VALUES (?1, ?2, ?3)"),
                     a.receipt, a.stream, a.until)
                 .done());
    for (const auto& receipt : what.receipts_done)
        must(db_.run(sql("DELETE FROM awaited_receipt WHERE receipt = ?1"), receipt).done());
    if (what.forget_awaited_before)
        must(db_.run(sql("DELETE FROM awaited_receipt WHERE until < ?1"), what.forget_awaited_before).done());
}

result<std::unique_ptr<sqlite_journal::checkpointer>> sqlite_journal::checkpointer::start(const std::string& path,
                                                                                          writer& beside,
                                                                                          const journal_tuning& how) {
    TRY(db, connection::open(path, connection::mode::read_write));
    CHECK(db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024"));
    // The first use of the connection makes it read the header; without it a checkpoint finds no log.
    CHECK(db.number("SELECT count(*) FROM cursor"));
    auto made = std::unique_ptr<checkpointer>(new checkpointer(std::move(db), beside, how));
    made->thread_ = std::thread([self = made.get()] { self->run(); });
    return made;
}

sqlite_journal::checkpointer::~checkpointer() {
    {
        const std::scoped_lock held(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void sqlite_journal::checkpointer::look() {
    const int pages = beside_.log_pages();
    if (pages < seen_pages_) settled_pages_ = 0;  // a settled log started again at its beginning
    seen_pages_ = pages;
    if (pages - settled_pages_ >= how_.checkpoint_pages) wake_.notify_one();
}

void sqlite_journal::checkpointer::run() {
    base::name_this_thread("kl-checkpoint");
    std::uint64_t commits_then = 0;
    std::uint64_t commits_settled = 0;
    std::unique_lock held(mutex_);
    while (!stop_) {
        const auto woken = wake_.wait_for(held, std::chrono::milliseconds(how_.checkpoint_idle_ms));
        if (stop_) return;
        const auto commits = beside_.commits();
        const bool idle = commits == commits_then && commits != commits_settled;
        commits_then = commits;
        if (woken == std::cv_status::timeout && !idle) continue;
        held.unlock();
        checkpoint();
        held.lock();
        commits_settled = commits;
    }
}

// Beside the running commits first, as often as it takes for little to be left; then the little that is left while
// commits wait, because only a log that is settled to its end can start again at its beginning.
void sqlite_journal::checkpointer::checkpoint() {
    constexpr int little = 512;
    int left = move_pages();
    for (int again = 0; again < 4 && left > little; ++again) left = move_pages();
    if (left == 0) return;
    const std::scoped_lock held(beside_.committing());
    move_pages();
}

int sqlite_journal::checkpointer::move_pages() {
    int in_log = 0;
    int moved = 0;
    const int outcome = sqlite3_wal_checkpoint_v2(db_.raw(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (outcome == SQLITE_BUSY || outcome == SQLITE_LOCKED) return 0;  // another process checkpoints
    if (outcome != SQLITE_OK) must(std::unexpected(error_of(db_.raw(), outcome, "The checkpoint failed")));
    settled_pages_ = moved;
    return std::max(0, beside_.log_pages() - moved);
}

}  // namespace keepline::store
