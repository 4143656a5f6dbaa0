#include "store/seals.hpp"

#include "store/store_file.hpp"

#include <algorithm>
#include <array>

namespace keepline::store {

namespace {

constexpr std::size_t seal_octets = 16;
constexpr std::string_view seal_column = "seal";

/// A statement made from a table's name, which is one of ours.
struct finalizer {
    void operator()(sqlite3_stmt* one) const { sqlite3_finalize(one); }
};
using statement = std::unique_ptr<sqlite3_stmt, finalizer>;

result<statement> prepared(connection& db, const std::string& text) {
    sqlite3_stmt* made = nullptr;
    const int outcome = sqlite3_prepare_v2(db.raw(), text.c_str(), -1, &made, nullptr);
    if (outcome != SQLITE_OK) return std::unexpected(error_of(db.raw(), outcome, "The store cannot be used"));
    return statement(made);
}

base::byte_view blob_at(sqlite3_stmt* row, int column) {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, column));
    return data == nullptr ? base::byte_view()
                           : base::byte_view(data, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

std::string_view text_at(sqlite3_stmt* row, int column) { return base::text(blob_at(row, column)); }

bool is_seal(sqlite3_stmt* row, int column) { return sqlite3_column_name(row, column) == seal_column; }

base::bytes seal_in(sqlite3_stmt* row) {
    for (int i = 0; i < sqlite3_column_count(row); ++i)
        if (is_seal(row, i)) {
            const auto found = blob_at(row, i);
            return {found.begin(), found.end()};
        }
    return {};
}

constexpr std::array<cover, 17> store_covers{{
    {"stream", true, false,
     "its chain, its head and the state folded from its entries; a row that is gone: its entries"},
    {"snapshot", false, false, "folded again from the entries"},
    {"esim", false, false, "folded again from the entries"},
    {"entry", false, false, "the chains of its stream and of its partition, the heads, and the anchors"},
    {"partition", false, true, "the chains of the entries"},
    {"owner", false, true, "the anchors"},
    {"horizon", true, true, "the sum is over which there are, the seal over how far; an older one: the anchors"},
    {"cursor", true, true, "the sum is over which there are, the seal over how far; an older one: the anchors"},
    {"retry", false, true, ""},
    {"awaited_receipt", false, true, ""},
    {"vault", false, true, ""},
    {"tally", true, false, "an older one together with its older rows: the anchors"},
    {"token", true, true, ""},
    {"token_on_hold", false, true, ""},
    {"note", false, true, ""},
    {"reference", false, true, ""},
    {"stage_count", false, false, "counted again from the streams (store_check.cpp)"},
}};
constexpr std::array<cover, 4> covers_of_keys{{
    {"subscriber_key", false, true, "the erasures in the journal"},
    {"master_check", false, true, ""},
    {"about", false, true, "the store's note of the file's id"},
    {"tally", true, false, "an older one together with its older rows: the anchors"},
}};

/// What a table's rows are taken for: all columns, but where others prove some of them, or where they do not say more
/// than the row (its own id), or change with each step and carry a seal (then the sum is over which rows there are).
std::string sealed_rows_of(const std::string& table) {
    if (table == "stream") return "SELECT id, kind, key, public_id, version, recent, seal FROM stream";
    return "SELECT * FROM " + table;
}
std::string summed_rows_of(const std::string& table) {
    if (table == "vault") return "SELECT subscriber, kind, sealed FROM vault";
    if (table == "horizon") return "SELECT destination FROM horizon";
    if (table == "cursor") return "SELECT destination, partition FROM cursor";
    return "SELECT * FROM " + table;
}

/// The primary key of each table that carries seals.
std::string key_of(const std::string& table) {
    if (table == "token") return "digest = ?1";
    if (table == "stream") return "id = ?1";
    if (table == "horizon") return "destination = ?1";
    return "destination = ?1 AND partition = ?2";
}

/// Values of the key, as they are bound again.
void bind_key(sqlite3_stmt* to, sqlite3_stmt* from, int count) {
    for (int i = 0; i < count; ++i) sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
}

/// Whether one of the keys sealed it; the newest is asked first.
bool is_sealed(const seal_keys& keys, std::string_view table, const base::digest& row, const base::bytes& seal) {
    return std::ranges::any_of(keys, [&](const auto& key) { return seal == seal_of(key, table, row); });
}

result<void> seal_rows(connection& db, const base::digest& key, const std::string& table, statement all,
                       const std::function<bool(sqlite3_stmt*)>& wanted = {}) {
    TRY(put, prepared(db, "UPDATE " + table + " SET seal = ?3 WHERE " + key_of(table)));
    const int key_columns = table == "cursor" ? 2 : 1;
    int outcome = SQLITE_OK;
    while ((outcome = sqlite3_step(all.get())) == SQLITE_ROW) {
        if (wanted && !wanted(all.get())) continue;
        const auto seal = seal_of(key, table, row_digest(all.get()));
        bind_key(put.get(), all.get(), key_columns);
        sqlite3_bind_blob64(put.get(), 3, seal.data(), seal.size(), SQLITE_TRANSIENT);
        const int done = sqlite3_step(put.get());
        sqlite3_reset(put.get());
        if (done != SQLITE_DONE) return std::unexpected(error_of(db.raw(), done, "The store cannot be used"));
    }
    if (outcome != SQLITE_DONE) return std::unexpected(error_of(db.raw(), outcome, "The store cannot be used"));
    return {};
}

/// Names a row without saying what is secret: of a token's digest only the beginning.
std::string named(const std::string& table, sqlite3_stmt* row) {
    if (table == "token") return "token " + std::string(text_at(row, 0).substr(0, 8));
    if (table == "stream")
        return "the row of stream " + std::string(text_at(row, 3)) + " (public id, remembered commands)";
    if (table == "horizon") return "how far destination " + std::string(text_at(row, 0)) + " is settled";
    return "how far destination " + std::string(text_at(row, 0)) + " is settled in partition " +
           std::string(text_at(row, 1));
}

base::digest tally_digest(std::string_view table, const tally& what) {
    return row_hash()
        .add("name", table)
        .add("rows", what.rows)
        .add("changes", what.changes)
        .add("sum", base::byte_view(what.sum.bytes()))
        .finish();
}

/// Of the sealed row about a table, not of the table.
result<std::string> broken_note(connection& db, const seal_keys& keys, const std::string& table, const tally& noted) {
    if (keys.empty()) return std::string();
    auto found = db.run(sql("SELECT seal FROM tally WHERE name = ?1"), std::string_view(table));
    const auto seal = found.next() ? base::bytes(found.blob(0).begin(), found.blob(0).end()) : base::bytes();
    CHECK(found.ended());
    if (!is_sealed(keys, "tally", tally_digest(table, noted), seal))
        return "what is noted about the table " + table + " was changed by somebody else: its seal does not hold";
    return std::string();
}

}  // namespace

row_hash& row_hash::add(std::string_view column, std::int64_t value) {
    of_->add(column).add("i").add(static_cast<std::uint64_t>(value));
    return *this;
}
row_hash& row_hash::add(std::string_view column, std::string_view value) {
    of_->add(column).add("t").add(value);
    return *this;
}
row_hash& row_hash::add(std::string_view column, base::byte_view value) {
    of_->add(column).add("b").add(value);
    return *this;
}
row_hash& row_hash::add_null(std::string_view column) {
    of_->add(column).add("n");
    return *this;
}

base::digest row_digest(sqlite3_stmt* at) {
    row_hash out;
    for (int i = 0; i < sqlite3_column_count(at); ++i) {
        if (is_seal(at, i)) continue;
        const std::string_view name = sqlite3_column_name(at, i);
        switch (sqlite3_column_type(at, i)) {
            case SQLITE_INTEGER: out.add(name, static_cast<std::int64_t>(sqlite3_column_int64(at, i))); break;
            case SQLITE_NULL: out.add_null(name); break;
            case SQLITE_BLOB: out.add(name, blob_at(at, i)); break;
            default:
                out.add(name, std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(at, i)),
                                               static_cast<std::size_t>(sqlite3_column_bytes(at, i))));
        }
    }
    return out.finish();
}

base::bytes seal_of(const base::digest& key, std::string_view table, const base::digest& row) {
    const auto name = base::part_hasher().add("seal").add(table).add(row).finish();
    const auto whole = base::hmac_sha256(key, name);
    return {whole.begin(), whole.begin() + seal_octets};
}

result<void> seal_tokens_of(connection& db, const base::digest& key, std::string_view holder) {
    TRY(all, prepared(db, "SELECT * FROM token WHERE holder = ?1"));
    sqlite3_bind_text64(all.get(), 1, holder.data(), holder.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return seal_rows(db, key, "token", std::move(all));
}

result<std::vector<std::string>> sound_tokens(connection& db, const seal_keys& keys) {
    TRY(all, prepared(db, "SELECT * FROM token"));
    std::vector<std::string> out;
    int outcome = SQLITE_OK;
    while ((outcome = sqlite3_step(all.get())) == SQLITE_ROW)
        if (is_sealed(keys, "token", row_digest(all.get()), seal_in(all.get())))
            out.emplace_back(text_at(all.get(), 0));
    if (outcome != SQLITE_DONE) return std::unexpected(error_of(db.raw(), outcome, "The store cannot be used"));
    return out;
}

result<void> seal_tokens(connection& db, const base::digest& key, const std::vector<std::string>& digests) {
    for (const auto& one : digests) {
        TRY(row, prepared(db, "SELECT * FROM token WHERE digest = ?1"));
        sqlite3_bind_text64(row.get(), 1, one.data(), one.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        CHECK(seal_rows(db, key, "token", std::move(row)));
    }
    return {};
}

namespace {

result<void> renew_row_seals(connection& db, const seal_keys& keys, const std::string& table, statement rows) {
    return seal_rows(db, keys.front(), table, std::move(rows), [&](sqlite3_stmt* row) {
        const auto digest = row_digest(row);
        const auto seal = seal_in(row);
        return seal != seal_of(keys.front(), table, digest) && is_sealed(keys, table, digest, seal);
    });
}

/// A few thousand at a time, so that a server's commits come in between.
result<void> renew_stream_seals(connection& db, const seal_keys& keys) {
    constexpr std::int64_t at_once = 2000;
    TRY(last, db.number("SELECT max(id) FROM stream"));
    for (std::int64_t after = 0; after < last; after += at_once) {
        TRY(change, transaction::begin(db));
        TRY(some, prepared(db, sealed_rows_of("stream") + " WHERE id > " + std::to_string(after) +
                                   " AND id <= " + std::to_string(after + at_once)));
        CHECK(renew_row_seals(db, keys, "stream", std::move(some)));
        CHECK(change.commit());
    }
    return {};
}

}  // namespace

result<void> renew_seals(connection& db, const seal_keys& keys) {
    if (keys.empty()) return {};
    for (const auto& one : covers()) {
        const std::string table(one.table);
        if (one.sealed && table != "tally" && table != "stream") {
            TRY(all, prepared(db, sealed_rows_of(table)));
            CHECK(renew_row_seals(db, keys, table, std::move(all)));
        }
        if (!one.summed) continue;
        TRY(noted, noted_tally(db, table));
        if (!noted) continue;
        TRY(broken, broken_note(db, keys, table, *noted));
        if (broken.empty()) CHECK(note_tally(db, keys.front(), table, *noted));
    }
    return {};
}

result<void> renew_seals_in(const std::string& store_path, const seal_keys& keys) {
    if (keys.empty()) return {};
    constexpr std::int64_t cache_kb = 512;
    TRY(db, open_store_file(store_path, upgrade::only_create, default_page_bytes, cache_kb));
    CHECK(renew_stream_seals(db, keys));
    TRY(change, transaction::begin(db));
    CHECK(renew_seals(db, keys));
    return change.commit();
}

result<std::int64_t> cover_first(connection& db, const base::digest& key) {
    for (const auto& one : covers()) {
        if (!one.summed) continue;
        auto found = db.run(sql("SELECT length(seal) FROM tally WHERE name = ?1"), one.table);
        const bool is_sealed_already = found.next() && found.integer(0) != 0;
        CHECK(found.ended());
        if (is_sealed_already) continue;
        TRY(noted, noted_tally(db, one.table));
        TRY(counted, count_rows(db, std::string(one.table)));
        counted.changes = std::max(counted.rows, noted ? noted->changes : 0);
        CHECK(note_tally(db, key, one.table, counted));
    }
    TRY(bare, prepared(db, sealed_rows_of("stream") + " WHERE seal IS NULL OR length(seal) = 0"));
    std::int64_t streams = 0;
    CHECK(seal_rows(db, key, "stream", std::move(bare), [&](sqlite3_stmt*) { return ++streams > 0; }));
    return streams;
}

result<std::string> broken_seal(connection& db, const seal_keys& keys, const std::string& table) {
    TRY(all, prepared(db, sealed_rows_of(table)));
    int outcome = SQLITE_OK;
    while ((outcome = sqlite3_step(all.get())) == SQLITE_ROW)
        if (!is_sealed(keys, table, row_digest(all.get()), seal_in(all.get())))
            return named(table, all.get()) + " was changed by somebody else: its seal does not hold";
    if (outcome != SQLITE_DONE) return std::unexpected(error_of(db.raw(), outcome, "The store cannot be used"));
    return std::string();
}

namespace {

/// Each row's digest, to the end.
result<void> each_digest(connection& db, statement rows, const std::function<void(const base::digest&)>& take) {
    int outcome = SQLITE_OK;
    while ((outcome = sqlite3_step(rows.get())) == SQLITE_ROW) take(row_digest(rows.get()));
    if (outcome != SQLITE_DONE) return std::unexpected(error_of(db.raw(), outcome, "The store cannot be used"));
    return {};
}

}  // namespace

result<tally> count_rows(connection& db, const std::string& table) {
    TRY(all, prepared(db, summed_rows_of(table)));
    tally out;
    CHECK(each_digest(db, std::move(all), [&](const base::digest& row) {
        ++out.rows;
        out.sum.add(row);
    }));
    return out;
}

result<std::optional<tally>> noted_tally(connection& db, std::string_view table) {
    auto found = db.run(sql("SELECT rows, changes, sum FROM tally WHERE name = ?1"), table);
    std::optional<tally> out;
    if (found.next()) out = {found.integer(0), found.integer(1), set_hash(found.blob(2))};
    CHECK(found.ended());
    return out;
}

result<void> note_tally(connection& db, const seal_key& key, std::string_view table, const tally& what) {
    const auto sum = what.sum.bytes();
    const auto seal = key ? seal_of(*key, "tally", tally_digest(table, what)) : base::bytes();
    return db
        .run(sql("INSERT OR REPLACE INTO tally (name, rows, changes, sum, seal) VALUES (?1, ?2, ?3, ?4, ?5)"), table,
             what.rows, what.changes, sum, seal)
        .done();
}

result<std::string> broken_tally(connection& db, const seal_keys& keys, const std::string& table) {
    TRY(noted, noted_tally(db, table));
    if (!noted && keys.empty()) return std::string();  // a store that was never served, or is served without keys
    if (!noted) return "what was noted about the table " + table + " is gone";
    TRY(counted, count_rows(db, table));
    if (counted.rows != noted->rows)
        return "the table " + table + " has " + std::to_string(counted.rows) + " rows, but " +
               std::to_string(noted->rows) + " were written";
    if (counted.sum != noted->sum) return "a row of the table " + table + " was changed by somebody else";
    return broken_note(db, keys, table, *noted);
}

result<void> follow(connection& db, const seal_key& key, const std::string& table, const std::string& which,
                    const std::vector<std::string>& values, const std::function<result<void>()>& change) {
    TRY(noted, noted_tally(db, table));
    if (!noted) return change();
    const auto picked = [&]() -> result<statement> {
        TRY(made, prepared(db, summed_rows_of(table) + " WHERE " + which));
        for (std::size_t i = 0; i < values.size(); ++i)
            sqlite3_bind_text64(made.get(), static_cast<int>(i) + 1, values[i].data(), values[i].size(),
                                SQLITE_TRANSIENT, SQLITE_UTF8);
        return made;
    };
    TRY(before, picked());
    CHECK(each_digest(db, std::move(before), [&](const base::digest& row) {
        noted->sum.remove(row);
        --noted->rows;
    }));
    CHECK(change());
    TRY(after, picked());
    CHECK(each_digest(db, std::move(after), [&](const base::digest& row) {
        noted->sum.add(row);
        ++noted->rows;
    }));
    ++noted->changes;
    return note_tally(db, key, table, *noted);
}

std::span<const cover> covers() { return store_covers; }
std::span<const cover> keys_covers() { return covers_of_keys; }

}  // namespace keepline::store
