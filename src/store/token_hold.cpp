#include "store/token_hold.hpp"

#include "store/store_file.hpp"

namespace keepline::store {

using base::result;

namespace {

constexpr std::int64_t small_cache_kb = 512;

result<connection> open_beside(const std::string& store_path) {
    return open_store_file(store_path, upgrade::only_create, default_page_bytes, small_cache_kb);
}

}  // namespace

result<std::int64_t> hold_all_tokens(const std::string& store_path, base::instant at) {
    TRY(db, open_beside(store_path));
    TRY(change, transaction::begin(db));
    CHECK(db.run(sql("INSERT OR IGNORE INTO token_on_hold (digest) SELECT digest FROM token WHERE revoked_at IS NULL"))
              .done());
    CHECK(db.run(sql("UPDATE token SET revoked_at = ?1 WHERE revoked_at IS NULL"), at).done());
    const auto held = db.changed_rows();
    CHECK(change.commit());
    return static_cast<std::int64_t>(held);
}

result<std::int64_t> confirm_tokens(const std::string& store_path, const std::string& holder) {
    TRY(db, open_beside(store_path));
    TRY(change, transaction::begin(db));
    CHECK(db.run(sql("UPDATE token SET revoked_at = NULL WHERE (?1 = '' OR holder = ?1) "
                     "AND digest IN (SELECT digest FROM token_on_hold)"),
                 holder)
              .done());
    const auto confirmed = db.changed_rows();
    CHECK(db.run(sql("DELETE FROM token_on_hold WHERE digest IN (SELECT digest FROM token WHERE revoked_at IS NULL)"))
              .done());
    CHECK(change.commit());
    return static_cast<std::int64_t>(confirmed);
}

}  // namespace keepline::store
