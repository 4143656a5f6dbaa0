#include "store/store_file.hpp"

namespace keepline::store {

result<connection> open_store_file(const std::string& path, upgrade how, int page_bytes, std::int64_t cache_kb) {
    TRY(db, connection::open(path, connection::mode::read_write));
    CHECK(db.execute("PRAGMA page_size = " + std::to_string(page_bytes)));
    TRY(journal_mode, db.word("PRAGMA journal_mode = WAL"));
    if (journal_mode != "wal")
        return base::refuse(base::code::unavailable,
                            "The file system under `" + path + "` cannot hold a write-ahead log.");
    // Deleted rows are sealed anyway, so nothing would be gained by overwriting them (Debian's default).
    CHECK(
        db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = OFF;"
                   "PRAGMA journal_size_limit = 268435456; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
                   std::to_string(cache_kb)));
    CHECK(migrate(db, store_schema(), how));
    return db;
}

}  // namespace keepline::store
