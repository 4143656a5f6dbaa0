// What lies in the store beside the journal's entries and must not change but through us. Two covers, of one shape for
// all tables and both files (the store's, the subscribers' keys'):
//
//   a seal   on a row: a MAC over its columns with a key that is not in the file. On what is written with every step
//            (how far deliveries are, a stream's public id and remembered commands) and on tokens.
//   a sum    over a table: how many rows, how often one changed, and a hash over all of them, in one sealed row
//            (`tally`). So that a row that is gone, or came back as it was, is seen, too.
//
// `covers()` says for every table which of them it has, or how else it is proved; seals_test holds it to the schema.
// The key is made from the instance's secret, so there is one per generation: what holds under any of them holds.
// For the thread that has the connection.
#pragma once

#include "store/set_hash.hpp"
#include "store/sqlite.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::store {

/// None: nothing is sealed (tools and tests without keys), and nothing that is sealed can be checked.
using seal_key = std::optional<base::digest>;
/// One per generation of the secret, the newest first; empty: like none.
using seal_keys = std::vector<base::digest>;

/// How `keepline verify` knows that a table is as we left it.
struct cover {
    std::string_view table;
    bool sealed = false;    // each row
    bool summed = false;    // all of them
    std::string_view rest;  // what proves the columns that neither covers; or what is not proved, and why
};
/// Of the store's tables and of those of the keys' file.
std::span<const cover> covers();
std::span<const cover> keys_covers();

/// Over the columns of the row at which the statement is, with their names and types; `seal` is left out.
base::digest row_digest(sqlite3_stmt* at);

/// The same for a row that is about to be written: its columns in the order of the table.
class row_hash {
 public:
    row_hash() : of_(std::make_unique<base::part_hasher>()) {}
    row_hash& add(std::string_view column, std::int64_t value);
    row_hash& add(std::string_view column, std::string_view value);
    row_hash& add(std::string_view column, base::byte_view value);
    row_hash& add_null(std::string_view column);
    base::digest finish() { return of_->finish(); }

 private:
    std::unique_ptr<base::part_hasher> of_;
};

/// Sixteen bytes.
base::bytes seal_of(const base::digest& key, std::string_view table, const base::digest& row);

/// Writes the seals of a holder's tokens. In the caller's transaction.
result<void> seal_tokens_of(connection& db, const base::digest& key, std::string_view holder);

/// The digests of the tokens whose seals hold now; and seals for just these: around a change of many rows, so that what
/// somebody else had changed is not sealed along with it. In the caller's transaction.
result<std::vector<std::string>> sound_tokens(connection& db, const seal_keys& keys);
result<void> seal_tokens(connection& db, const base::digest& key, const std::vector<std::string>& digests);

/// Everything that holds under an older generation is sealed with the newest; what holds under none is left as it is,
/// to be found. In the caller's transaction.
result<void> renew_seals(connection& db, const seal_keys& keys);
/// The same in a transaction of its own, beside a running server or not.
result<void> renew_seals_in(const std::string& store_path, const seal_keys& keys);

/// The first time that a store is covered: sums up what is not summed up yet and seals the streams' rows that have no
/// seal, as they are now. What has a seal, sound or not, stays as it is. How many streams. In the caller's transaction.
result<std::int64_t> cover_first(connection& db, const base::digest& key);

/// In words, the first row of the table whose seal does not hold; empty: all do.
result<std::string> broken_seal(connection& db, const seal_keys& keys, const std::string& table);

/// What is in a summed up table.
struct tally {
    std::int64_t rows = 0;
    std::int64_t changes = 0;  // ever: grows with each row that is written or deleted
    set_hash sum;
};

/// The table's own rows, counted and summed up; `changes` stays 0.
result<tally> count_rows(connection& db, const std::string& table);
/// As it is noted; none: it is not summed up (yet).
result<std::optional<tally>> noted_tally(connection& db, std::string_view table);
result<void> note_tally(connection& db, const seal_key& key, std::string_view table, const tally& what);
/// In words, what is wrong with the note or with the table; empty: nothing.
result<std::string> broken_tally(connection& db, const seal_keys& keys, const std::string& table);

/// Makes a change of some rows and follows it in their table's sum: of those that `which` (a condition over its
/// columns, with these values) picks before, and after. Nothing is followed where the table is not summed up yet. In
/// the caller's transaction. For changes that are rare: the journal's writer keeps the sums of its tables in memory.
result<void> follow(connection& db, const seal_key& key, const std::string& table, const std::string& which,
                    const std::vector<std::string>& values, const std::function<result<void>()>& change);

}  // namespace keepline::store
