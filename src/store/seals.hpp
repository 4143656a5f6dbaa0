// What lies in the store beside the journal and must not change but through us: tokens, how far deliveries are, sealed
// personal data, effects that failed. Each row of the first two carries a seal, a MAC over all its columns, whatever
// they are, with a key that is not in the store's file. The other two are summed up in one sealed row each (`tally`).
// The key is made from the instance's secret, so there is one per generation: what holds under any of them holds.
// For the thread that has the connection.
#pragma once

#include "store/set_hash.hpp"
#include "store/sqlite.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::store {

/// None: nothing is sealed (tools and tests without keys), and nothing that is sealed can be checked.
using seal_key = std::optional<base::digest>;
/// One per generation of the secret, the newest first; empty: like none.
using seal_keys = std::vector<base::digest>;

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

/// In words, the first row of the table ("token", "cursor", "horizon") whose seal does not hold; empty: all do.
result<std::string> broken_seal(connection& db, const seal_keys& keys, const std::string& table);

/// What is in a summed up table.
struct tally {
    std::int64_t rows = 0;
    std::int64_t changes = 0;  // ever: grows with each row that is written or deleted
    set_hash sum;
};

/// The table's own rows, counted and summed up; `changes` stays 0. "vault" or "retry".
result<tally> count_rows(connection& db, const std::string& table);
/// As it is noted; all zero when it is not noted yet.
result<tally> noted_tally(connection& db, std::string_view table);
result<void> note_tally(connection& db, const seal_key& key, std::string_view table, const tally& what);
/// In words, what is wrong with the note or with the table; empty: nothing.
result<std::string> broken_tally(connection& db, const seal_keys& keys, const std::string& table);

}  // namespace keepline::store
