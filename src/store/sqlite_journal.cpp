// Opening the journal, and its pool of read connections. Reads are in sqlite_reads.cpp, the commit in
// sqlite_writer.cpp.
#include "store/sqlite_journal.hpp"

#include "base/ensure.hpp"
#include "store/file_copy.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_readers.hpp"
#include "store/sqlite_writer.hpp"

#include <map>

namespace keepline::store {

// -- readers

result<std::unique_ptr<sqlite_journal::reader_pool>> sqlite_journal::reader_pool::open(const std::string& path,
                                                                                       const journal_tuning& how) {
    auto made = std::make_unique<reader_pool>();
    for (std::size_t i = 0; i < how.readers; ++i) {
        TRY(db, connection::open(path, connection::mode::read_only));
        CHECK(db.execute("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" + std::to_string(how.reader_cache_kb) +
                         "; PRAGMA mmap_size = " + std::to_string(how.mapped_bytes)));
        CHECK(migrate(db, store_schema(), upgrade::refused));
        made->connections_.push_back(std::move(db));
    }
    for (auto& one : made->connections_) made->free_.push_back(&one);
    return made;
}

sqlite_journal::reader_pool::lease::lease(reader_pool& pool) : pool_(pool) {
    std::unique_lock held(pool_.mutex_);
    pool_.returned_.wait(held, [&] { return !pool_.free_.empty(); });
    taken_ = pool_.free_.back();
    pool_.free_.pop_back();
}

sqlite_journal::reader_pool::lease::~lease() {
    if (holds_snapshot_) static_cast<void>(taken_->run(sql("COMMIT")).done());
    {
        const std::scoped_lock held(pool_.mutex_);
        pool_.free_.push_back(taken_);
    }
    pool_.returned_.notify_one();
}

result<void> sqlite_journal::reader_pool::lease::hold_snapshot() {
    CHECK(taken_->run(sql("BEGIN")).done());
    holds_snapshot_ = true;
    return {};
}

// -- opening

sqlite_journal::sqlite_journal() = default;

sqlite_journal::~sqlite_journal() {
    checkpointer_.reset();
    readers_.reset();
    writer_.reset();
}

result<std::unique_ptr<sqlite_journal>> sqlite_journal::open(const std::string& path, open_mode mode,
                                                             journal_tuning how) {
    ENSURE(how.readers > 0);
    auto made = std::unique_ptr<sqlite_journal>(new sqlite_journal);
    made->path_ = path;
    if (mode == open_mode::read_write) {
        TRY(opened, writer::open(path, how));
        made->writer_ = std::move(opened);
        TRY(started, checkpointer::start(path, *made->writer_, how));
        made->checkpointer_ = std::move(started);
    }
    TRY(readers, reader_pool::open(path, how));
    made->readers_ = std::move(readers);
    return made;
}

result<std::int64_t> sqlite_journal::own(const port::partition_set& which) {
    ENSURE(writer_ != nullptr);
    return writer_->own(which);
}

port::commit_report sqlite_journal::commit(port::batch& what) {
    ENSURE(writer_ != nullptr);
    auto report = writer_->commit(what);
    checkpointer_->look();
    return report;
}

port::room sqlite_journal::space() {
    if (writer_) return writer_->space();
    return {reserve(path_, 0).free_bytes(), 0, true};
}

void sqlite_journal::seal_with(const base::digest& key) {
    ENSURE(writer_ != nullptr);
    writer_->seal_with(key);
}

result<std::int64_t> sqlite_journal::cover_first() {
    ENSURE(writer_ != nullptr);
    return writer_->cover_first();
}

result<store_summary> sqlite_journal::summary() {
    reader_pool::lease db(*readers_);
    CHECK(db.hold_snapshot());
    return summarize(*db.operator->());
}

result<std::string> sqlite_journal::check(const seal_keys& keys) {
    reader_pool::lease db(*readers_);
    CHECK(db.hold_snapshot());
    return check_store(*db.operator->(), keys);
}

result<std::vector<std::pair<std::string, std::vector<std::string>>>> sqlite_journal::read_plans() {
    std::map<std::string, std::vector<std::string>> by_statement;  // each connection has its own of the same text
    for (const auto& one : readers_->all()) {
        TRY(plans, one.plans());
        for (auto& plan : plans) by_statement.insert_or_assign(std::move(plan.statement), std::move(plan.steps));
    }
    return std::vector<std::pair<std::string, std::vector<std::string>>>(by_statement.begin(), by_statement.end());
}

result<void> sqlite_journal::copy_to(const std::string& path) { return copy_file(path_, path); }

}  // namespace keepline::store
