// SQLite as values: a connection, its prepared statements, and the rows of one run of a statement. Only src/store
// includes this. A connection and everything made from it belong to one thread at a time; nothing in here locks. Errors
// are `error` values with SQLite's words (which name tables and columns, never values).
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace keepline::store {

using base::result;

/// What SQLite said, as our error: a busy file, a damaged file, or anything else.
base::error error_of(sqlite3* db, int outcome, std::string_view doing);

/// One run of a statement: its parameters are bound, its rows are read once, and at the end of this object's life the
/// statement is free again (an open row would pin the snapshot, and with it the write-ahead log).
/// Texts and blobs are valid until the next call of `next`.
class rows {
 public:
    /// `of` is null when the statement could not be prepared; `outcome` then says why, and so does `ended`.
    rows(sqlite3* db, sqlite3_stmt* of, int outcome) : db_(db), of_(of), outcome_(outcome) {}
    ~rows() { sqlite3_reset(of_); }
    rows(rows&& from) noexcept : db_(from.db_), of_(std::exchange(from.of_, nullptr)), outcome_(from.outcome_) {}
    rows& operator=(rows&&) = delete;

    /// True while there is a row to look at.
    bool next() {
        if (of_ != nullptr) outcome_ = sqlite3_step(of_);
        return outcome_ == SQLITE_ROW;
    }
    /// After `next` answered false: did it end, or fail?
    result<void> ended() const;
    /// For statements without rows: runs them to the end.
    result<void> done() {
        while (next()) continue;
        return ended();
    }
    int outcome() const { return outcome_; }
    sqlite3_stmt* raw() const { return of_; }

    std::int64_t integer(int column) { return sqlite3_column_int64(of_, column); }
    bool null(int column) { return sqlite3_column_type(of_, column) == SQLITE_NULL; }
    std::string_view text(int column);
    base::byte_view blob(int column);
    base::instant time(int column) { return {integer(column)}; }
    std::optional<base::instant> maybe_time(int column) {
        return null(column) ? std::nullopt : std::optional(time(column));
    }

 private:
    sqlite3* db_;
    sqlite3_stmt* of_;
    int outcome_;
};

/// SQL that is part of the program. Only literals, so that its address can stand for it.
struct sql {
    template <std::size_t N>
    consteval explicit sql(const char (&literal)[N]) : text(literal) {}
    const char* text;
};

class connection {
 public:
    enum class mode { read_write, read_only };

    /// Opens (and with read_write creates, mode 0600) the file, or ":memory:". code::unavailable when it cannot be
    /// opened.
    static result<connection> open(const std::string& path, mode how);

    /// Runs one or more statements, without results.
    result<void> execute(const std::string& statements);
    /// The first column of the first row, as a number.
    result<std::int64_t> number(const std::string& statement);
    /// The same as text; empty when there is no row.
    result<std::string> word(const std::string& statement);

    /// Binds the parameters in order to a statement, which is prepared once per connection. Texts and blobs are not
    /// copied: what is passed must live as long as the rows. A failure shows in the first `next`.
    template <typename... Parameters>
    rows run(sql statement, const Parameters&... parameters) {
        const auto [prepared, outcome] = prepare(statement);
        [[maybe_unused]] int place = 0;
        if (prepared != nullptr) (bind(prepared, ++place, parameters), ...);
        return rows(db_.get(), prepared, outcome);
    }

    /// How SQLite goes about every statement that was run here so far (EXPLAIN QUERY PLAN): the statement, then step by
    /// step. For tests: the plan is that of the statement in use, not of one that looks like it.
    struct plan {
        std::string statement;
        std::vector<std::string> steps;
    };
    result<std::vector<plan>> plans() const;

    sqlite3* raw() const { return db_.get(); }
    std::int64_t changed_rows() const { return sqlite3_changes64(db_.get()); }

 private:
    struct close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    struct finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    explicit connection(sqlite3* db) : db_(db) {}

    std::pair<sqlite3_stmt*, int> prepare(sql statement);

    static void bind(sqlite3_stmt* to, int place, std::string_view value);
    static void bind(sqlite3_stmt* to, int place, base::byte_view value);
    static void bind(sqlite3_stmt* to, int place, std::nullptr_t);
    static void bind(sqlite3_stmt* to, int place, std::int64_t value);
    static void bind(sqlite3_stmt* to, int place, base::instant value) { bind(to, place, value.ms); }
    static void bind(sqlite3_stmt* to, int place, bool value) { bind(to, place, std::int64_t{value}); }
    static void bind(sqlite3_stmt* to, int place, int value) { bind(to, place, std::int64_t{value}); }
    static void bind(sqlite3_stmt* to, int place, std::uint32_t value) { bind(to, place, std::int64_t{value}); }
    static void bind(sqlite3_stmt* to, int place, std::uint64_t value) {
        bind(to, place, static_cast<std::int64_t>(value));
    }
    static void bind(sqlite3_stmt* to, int place, const char*) = delete;
    template <typename T>
    static void bind(sqlite3_stmt* to, int place, const std::optional<T>& value) {
        if (value)
            bind(to, place, *value);
        else
            bind(to, place, nullptr);
    }

    // Declared after db_: statements are finalized before the connection closes.
    std::unique_ptr<sqlite3, close> db_;
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, finalize>> prepared_;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back when it goes out of scope without `commit`.
class transaction {
 public:
    static result<transaction> begin(connection& on);
    ~transaction();
    transaction(transaction&& from) noexcept : on_(std::exchange(from.on_, nullptr)) {}
    transaction& operator=(transaction&&) = delete;
    result<void> commit();

 private:
    explicit transaction(connection& on) : on_(&on) {}
    connection* on_;
};

}  // namespace keepline::store
