// The store's file as a whole: what is in it now, in few words, to be compared later with what is in it then; and
// whether it holds by itself. Both read only, in one snapshot, for the thread that has the connection.
#pragma once

#include "port/journal.hpp"
#include "store/migrations.hpp"
#include "store/seals.hpp"

#include <string>
#include <vector>

namespace keepline::store {

struct table_summary {
    std::string name;
    std::int64_t rows = 0;
    std::int64_t changes = 0;
    base::digest sum{};
};

struct token_summary {
    std::string id;  // the beginning of its digest
    base::digest row{};
    bool revoked = false;
};

struct store_summary {
    std::int64_t epoch = 0;
    std::int64_t position = 0;
    std::int64_t streams = 0;
    std::vector<port::partition_head> heads;
    std::vector<port::horizon> horizons;
    base::digest cursors{};
    std::vector<table_summary> tables;
    std::vector<token_summary> tokens;
};

/// Cheap but for the tokens, of which there are few.
result<store_summary> summarize(connection& db);

/// In words, the first thing that does not hold; empty: all does. SQLite's own integrity check, the schema (nothing
/// more and nothing less than ours), the sums, and, with the key, the seals. Reads the whole file.
result<std::string> check_store(connection& db, const seal_keys& keys);

/// In words, what the file's schema has or lacks beside ours; empty: nothing.
result<std::string> schema_mismatch(connection& db, const schema& of);

/// What to do about a file that another process has to itself: wait for ten seconds, or code::unavailable at once.
enum class if_held { wait, refuse };

/// SQLite's own integrity check of another of our files; empty: it holds, or there is no such file.
result<std::string> check_file(const std::string& path, if_held how = if_held::wait);

}  // namespace keepline::store
