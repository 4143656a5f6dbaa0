#include "store/token_hold.hpp"

#include "store/store_file.hpp"

#include <functional>

namespace keepline::store {

using base::result;

namespace {

constexpr std::int64_t small_cache_kb = 512;

result<connection> open_beside(const std::string& store_path) {
    return open_store_file(store_path, upgrade::only_create, default_page_bytes, small_cache_kb);
}

/// A change of many tokens in one transaction; `made` says how many rows it changed.
result<std::int64_t> change_sealed(const std::string& store_path, const seal_keys& keys,
                                   const std::function<result<std::int64_t>(connection&)>& made) {
    TRY(db, open_beside(store_path));
    TRY(change, transaction::begin(db));
    TRY(sound, sound_tokens(db, keys));
    const auto key = keys.empty() ? seal_key() : seal_key(keys.front());
    std::int64_t changed = 0;
    CHECK(follow(db, key, "token", "true", {}, [&] {
        return follow(db, key, "token_on_hold", "true", {}, [&]() -> result<void> {
            TRY(rows, made(db));
            changed = rows;
            return {};
        });
    }));
    if (!keys.empty()) CHECK(seal_tokens(db, keys.front(), sound));
    CHECK(change.commit());
    return changed;
}

}  // namespace

result<std::int64_t> hold_all_tokens(const std::string& store_path, base::instant at, const seal_keys& keys) {
    return change_sealed(store_path, keys, [&](connection& db) -> result<std::int64_t> {
        CHECK(db.run(sql("INSERT OR IGNORE INTO token_on_hold (digest) SELECT digest FROM token WHERE revoked_at IS "
                         "NULL"))
                  .done());
        CHECK(db.run(sql("UPDATE token SET revoked_at = ?1 WHERE revoked_at IS NULL"), at).done());
        return static_cast<std::int64_t>(db.changed_rows());
    });
}

result<std::int64_t> tokens_on_hold(const std::string& store_path, const std::string& holder) {
    TRY(db, open_beside(store_path));
    auto found = db.run(sql("SELECT count(*) FROM token WHERE (?1 = '' OR holder = ?1) "
                            "AND digest IN (SELECT digest FROM token_on_hold)"),
                        holder);
    const std::int64_t count = found.next() ? found.integer(0) : 0;
    CHECK(found.ended());
    return count;
}

result<std::int64_t> confirm_tokens(const std::string& store_path, const std::string& holder, const seal_keys& keys) {
    return change_sealed(store_path, keys, [&](connection& db) -> result<std::int64_t> {
        CHECK(db.run(sql("UPDATE token SET revoked_at = NULL WHERE (?1 = '' OR holder = ?1) "
                         "AND digest IN (SELECT digest FROM token_on_hold)"),
                     holder)
                  .done());
        const auto confirmed = static_cast<std::int64_t>(db.changed_rows());
        CHECK(
            db.run(sql("DELETE FROM token_on_hold WHERE digest IN (SELECT digest FROM token WHERE revoked_at IS NULL)"))
                .done());
        return confirmed;
    });
}

}  // namespace keepline::store
