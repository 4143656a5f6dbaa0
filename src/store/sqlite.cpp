#include "store/sqlite.hpp"

#include "base/ensure.hpp"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

namespace keepline::store {

namespace {

// Another process may hold the write lock for a moment (a token is made, the log is checkpointed). SQLite's own handler
// sleeps up to 100 ms between tries; a commit that many people wait for should look more often.
constexpr int busy_try_us = 500;
constexpr int busy_tries = 10'000'000 / busy_try_us;  // 10 s

int wait_while_busy(void*, int tries) {
    if (tries >= busy_tries) return 0;
    ::usleep(busy_try_us);
    return 1;
}

void prepare_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        // SQLite's memory statistics take one lock for the whole process at every allocation. Refused (and harmless)
        // when somebody has used SQLite before us.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        ENSURE(sqlite3_threadsafe() != 0);
    });
}

/// Also where SQLite says "I/O error" and the kernel says what it was.
bool is_full(sqlite3* db, int outcome) {
    if ((outcome & 0xff) == SQLITE_FULL || outcome == SQLITE_IOERR_SHMSIZE) return true;
    if (db == nullptr || outcome != SQLITE_IOERR_WRITE) return false;
    const int system = sqlite3_system_errno(db);
    return system == ENOSPC || system == EDQUOT;
}

}  // namespace

base::error error_of(sqlite3* db, int outcome, std::string_view doing) {
    std::string words(doing);
    words += ": ";
    words += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(outcome);
    words += '.';
    if (is_full(db, outcome)) return {base::code::storage_full, words + " The disk has no room left."};
    switch (outcome & 0xff) {
        case SQLITE_CONSTRAINT: return {base::code::id_taken, words + " Something else has this id."};
        case SQLITE_TOOBIG: return {base::code::too_large, words + " It is larger than the store can hold."};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {base::code::unavailable, words + " Another process holds the store; try again."};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return {base::code::journal_broken, words + " The file is damaged; restore a backup."};
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY: return {base::code::unavailable, words + " Check that the path exists and may be used."};
        default: return {base::code::internal, std::move(words)};
    }
}

result<void> rows::ended() const {
    if (outcome_ == SQLITE_DONE || outcome_ == SQLITE_ROW) return {};
    return std::unexpected(error_of(db_, outcome_, "The store cannot be used"));
}

std::string_view rows::text(int column) {
    const auto* data = sqlite3_column_text(of_, column);
    return data == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(data),
                                              static_cast<std::size_t>(sqlite3_column_bytes(of_, column)));
}

base::byte_view rows::blob(int column) {
    const auto* data = sqlite3_column_blob(of_, column);
    return data == nullptr ? base::byte_view()
                           : base::byte_view(static_cast<const std::uint8_t*>(data),
                                             static_cast<std::size_t>(sqlite3_column_bytes(of_, column)));
}

result<connection> connection::open(const std::string& path, mode how) {
    prepare_library();
    if (how == mode::read_write &&
        path != ":memory:") {  // SQLite would create it by the umask; -wal and -shm take over this mode
        // Never a file that is there: closing it would drop the POSIX locks of this process's other connections to it,
        // and the next process to leave (`keepline token create`) would delete the write-ahead log of a running server.
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file >= 0) ::close(file);
    }
    const int flags = (how == mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_EXRESCODE;
    sqlite3* db = nullptr;
    const int outcome = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
    connection made(db);
    if (outcome != SQLITE_OK) return std::unexpected(error_of(db, outcome, "`" + path + "` cannot be opened"));
    sqlite3_busy_handler(db, wait_while_busy, nullptr);
    // A damaged file must not make SQL run that is not ours.
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return made;
}

result<void> connection::execute(const std::string& statements) {
    const int outcome = sqlite3_exec(db_.get(), statements.c_str(), nullptr, nullptr, nullptr);
    if (outcome != SQLITE_OK) return std::unexpected(error_of(db_.get(), outcome, "The store cannot be used"));
    return {};
}

result<std::string> connection::word(const std::string& statement) {
    sqlite3_stmt* made = nullptr;
    const int outcome = sqlite3_prepare_v2(db_.get(), statement.c_str(), -1, &made, nullptr);
    const std::unique_ptr<sqlite3_stmt, finalize> owner(made);
    if (outcome != SQLITE_OK) return std::unexpected(error_of(db_.get(), outcome, "The store cannot be used"));
    rows found(db_.get(), made, outcome);
    std::string out;
    if (found.next()) out = found.text(0);
    CHECK(found.ended());
    return out;
}

result<std::int64_t> connection::number(const std::string& statement) {
    TRY(text, word(statement));
    return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
}

result<std::vector<connection::plan>> connection::plans() const {
    constexpr int column_of_words = 3;
    std::vector<plan> out;
    for (const auto& [text, made] : prepared_) {
        const std::string asked = std::string("EXPLAIN QUERY PLAN ") + text;
        sqlite3_stmt* raw = nullptr;
        const int outcome = sqlite3_prepare_v2(db_.get(), asked.c_str(), -1, &raw, nullptr);
        const std::unique_ptr<sqlite3_stmt, finalize> owner(raw);
        rows steps(db_.get(), raw, outcome);
        plan one{text, {}};
        while (steps.next()) one.steps.emplace_back(steps.text(column_of_words));
        CHECK(steps.ended());
        out.push_back(std::move(one));
    }
    return out;
}

std::pair<sqlite3_stmt*, int> connection::prepare(sql statement) {
    auto& known = prepared_[statement.text];
    int outcome = SQLITE_OK;
    if (!known) {
        sqlite3_stmt* made = nullptr;
        outcome = sqlite3_prepare_v3(db_.get(), statement.text, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
        known.reset(made);
    }
    return {known.get(), outcome};
}

void connection::bind(sqlite3_stmt* to, int place, std::string_view value) {
    // A null pointer would bind NULL where the text is only empty.
    sqlite3_bind_text64(to, place, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
}
void connection::bind(sqlite3_stmt* to, int place, base::byte_view value) {
    sqlite3_bind_blob64(to, place, value.data() == nullptr ? "" : reinterpret_cast<const char*>(value.data()),
                        value.size(), SQLITE_STATIC);
}
void connection::bind(sqlite3_stmt* to, int place, std::nullptr_t) { sqlite3_bind_null(to, place); }
void connection::bind(sqlite3_stmt* to, int place, std::int64_t value) { sqlite3_bind_int64(to, place, value); }

result<transaction> transaction::begin(connection& on) {
    CHECK(on.run(sql("BEGIN IMMEDIATE")).done());
    return transaction(on);
}

transaction::~transaction() {
    if (on_ != nullptr) static_cast<void>(on_->run(sql("ROLLBACK")).done());
}

result<void> transaction::commit() {
    auto outcome = on_->run(sql("COMMIT")).done();
    if (outcome) on_ = nullptr;  // otherwise the destructor rolls back
    return outcome;
}

}  // namespace keepline::store
