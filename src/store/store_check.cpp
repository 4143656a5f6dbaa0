#include "store/store_check.hpp"

#include "store/migrations.hpp"
#include "store/sqlite_heads.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace keepline::store {

namespace {

constexpr std::size_t token_id_letters = 16;

/// Of staff and machines. Customers' sessions come and go by the thousand; the table's sum covers them.
result<std::vector<token_summary>> token_summaries(connection& db) {
    sqlite3_stmt* raw = nullptr;
    const char* const text = "SELECT * FROM token WHERE role <> 'subscriber' ORDER BY digest";
    const int prepared = sqlite3_prepare_v2(db.raw(), text, -1, &raw, nullptr);
    const std::unique_ptr<sqlite3_stmt, decltype([](sqlite3_stmt* one) { sqlite3_finalize(one); })> owner(raw);
    rows all(db.raw(), raw, prepared);
    std::vector<token_summary> out;
    const auto is_revoked = [&] {
        for (int i = 0; i < sqlite3_column_count(raw); ++i)
            if (std::string_view(sqlite3_column_name(raw, i)) == "revoked_at") return !all.null(i);
        return false;
    };
    while (all.next())
        out.push_back({std::string(all.text(0).substr(0, token_id_letters)), row_digest(raw), is_revoked()});
    CHECK(all.ended());
    return out;
}

result<base::digest> cursor_digest(connection& db) {
    base::part_hasher sum;
    auto all = db.run(sql("SELECT destination, partition, upto FROM cursor ORDER BY destination, partition"));
    while (all.next())
        for (int i = 0; i < 3; ++i) sum.add(static_cast<std::uint64_t>(all.integer(i)));
    CHECK(all.ended());
    return sum.finish();
}

result<std::vector<std::string>> schema_of(connection& db) {
    auto all = db.run(sql("SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY type, name"));
    std::vector<std::string> out;
    while (all.next())
        out.push_back(std::string(all.text(0)) + " " + std::string(all.text(1)) + " on " + std::string(all.text(2)) +
                      ": " + std::string(all.text(3)));
    CHECK(all.ended());
    return out;
}

std::string first_words(const std::string& object) { return object.substr(0, object.find(':')); }

result<std::string> integrity_mismatch(connection& db) {
    TRY(words, db.word("PRAGMA integrity_check(1)"));
    return words == "ok" ? std::string() : "SQLite finds the file damaged: " + words;
}

/// What hangs on a stream, without one.
result<std::string> stray_mismatch(connection& db) {
    for (const std::string table : {"snapshot", "esim", "entry"}) {
        TRY(stray, db.word("SELECT stream FROM " + table + " WHERE stream NOT IN (SELECT id FROM stream) LIMIT 1"));
        if (!stray.empty()) return "the table " + table + " has a row of stream " + stray + ", which is not there";
    }
    return std::string();
}

}  // namespace

result<std::string> schema_mismatch(connection& db, const schema& of) {
    TRY(fresh, connection::open(":memory:", connection::mode::read_write));
    CHECK(migrate(fresh, of, upgrade::allowed));
    TRY(ours, schema_of(fresh));
    TRY(found, schema_of(db));
    // An upgraded file has the same objects, told by other statements; then only their names can be compared.
    const auto names = [](std::vector<std::string> of) {
        std::ranges::transform(of, of.begin(), first_words);
        return of;
    };
    const auto have = names(found);
    const auto want = names(ours);
    std::vector<std::string> odd;
    std::ranges::set_difference(have, want, std::back_inserter(odd));
    if (!odd.empty()) return "the schema has something that is not ours: " + odd.front();
    std::ranges::set_difference(want, have, std::back_inserter(odd));
    if (!odd.empty()) return "the schema lacks " + odd.front();
    return std::string();
}

result<store_summary> summarize(connection& db) {
    store_summary out;
    {
        auto found =
            db.run(sql("SELECT (SELECT epoch FROM owner), (SELECT max(position) FROM entry), "
                       "(SELECT max(id) FROM stream)"));
        if (found.next()) {
            out.epoch = found.integer(0);
            out.position = found.integer(1);
            out.streams = found.integer(2);
        }
        CHECK(found.ended());
    }
    TRY(heads, read_heads(db));
    out.heads = std::move(heads);
    {
        auto found = db.run(sql("SELECT destination, position FROM horizon ORDER BY destination"));
        while (found.next()) out.horizons.push_back({static_cast<int>(found.integer(0)), found.integer(1)});
        CHECK(found.ended());
    }
    TRY(cursors, cursor_digest(db));
    out.cursors = cursors;
    for (const auto& one : covers()) {
        if (!one.summed) continue;
        TRY(noted, noted_tally(db, one.table));
        if (noted) out.tables.push_back({std::string(one.table), noted->rows, noted->changes, noted->sum.digest()});
    }
    TRY(tokens, token_summaries(db));
    out.tokens = std::move(tokens);
    return out;
}

namespace {

/// Absent is NULL in the columns that streams and profiles are found by (sqlite_writer.cpp): an empty value reads like
/// it, but is in the index as something, or the other way round.
result<std::string> absence_mismatch(connection& db) {
    TRY(streams, db.number("SELECT count(*) FROM stream WHERE subscriber = '' OR stage = '' OR review_due = 0 OR "
                           "asked_until = 0 OR check_since = 0"));
    TRY(profiles, db.number("SELECT count(*) FROM esim WHERE matching_id = '' OR eid = '' OR order_call = ''"));
    if (streams + profiles == 0) return std::string();
    return "a row of the table " + std::string(streams > 0 ? "stream" : "esim") +
           " was changed by somebody else: it has an empty value where there is none";
}

/// What triggers keep while streams move (schema/017_stage_counts.sql), against the streams.
result<std::string> count_mismatch(connection& db) {
    auto odd =
        db.run(sql("SELECT ifnull(counted.stage, there.stage), ifnull(counted.streams, 0), ifnull(there.streams, 0) "
                   "FROM stage_count AS counted FULL JOIN (SELECT stage, count(*) AS streams FROM stream "
                   "WHERE stage IS NOT NULL GROUP BY stage) AS there ON there.stage = counted.stage "
                   "WHERE ifnull(counted.streams, 0) <> ifnull(there.streams, 0) ORDER BY 1 LIMIT 1"));
    std::string out;
    if (odd.next())
        out = "the table stage_count was changed by somebody else: it counts " + std::to_string(odd.integer(1)) +
              " at " + std::string(odd.text(0)) + ", and there are " + std::to_string(odd.integer(2));
    CHECK(odd.ended());
    return out;
}

}  // namespace

result<std::string> check_store(connection& db, const seal_keys& keys) {
    TRY(damaged, integrity_mismatch(db));
    if (!damaged.empty()) return damaged;
    TRY(schema, schema_mismatch(db, store_schema()));
    if (!schema.empty()) return schema;
    TRY(stray, stray_mismatch(db));
    if (!stray.empty()) return stray;
    TRY(absent, absence_mismatch(db));
    if (!absent.empty()) return absent;
    TRY(miscounted, count_mismatch(db));
    if (!miscounted.empty()) return miscounted;
    // Before the first server nothing but tokens is there, and nothing was summed up.
    TRY(served, db.number("SELECT (SELECT epoch FROM owner) > 0 OR EXISTS (SELECT 1 FROM stream)"));
    for (const auto& one : covers()) {
        const std::string table(one.table);
        if (one.sealed && table != "tally" && !keys.empty()) {  // a tally's seal is looked at with its sum
            TRY(broken, broken_seal(db, keys, table));
            if (!broken.empty()) return broken;
        }
        if (!one.summed) continue;
        TRY(broken, broken_tally(db, served != 0 ? keys : seal_keys(), table));
        if (!broken.empty()) return broken;
    }
    return std::string();
}

result<std::string> check_file(const std::string& path, if_held how) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::string();
    TRY(db, connection::open(path, connection::mode::read_only));
    if (how == if_held::refuse) sqlite3_busy_timeout(db.raw(), 0);
    TRY(damaged, integrity_mismatch(db));
    return damaged.empty() ? damaged : std::filesystem::path(path).filename().string() + ": " + damaged;
}

}  // namespace keepline::store
