// The reads of the journal. Any thread; each call holds one of the pool's connections while it lasts.
#include "store/sqlite_heads.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_readers.hpp"

#include <algorithm>
#include <charconv>

namespace keepline::store {

using base::instant;

// -- rows as values

namespace {

base::digest digest_at(rows& row, int column) {
    base::digest out{};
    const auto raw = row.blob(column);
    if (raw.size() == out.size()) std::copy(raw.begin(), raw.end(), out.begin());  // else zeros, which `verify` reports
    return out;
}

#define STREAM_COLUMNS                                                                                          \
    "id, kind, key, public_id, version, head_seq, head, next_due, subscriber, stage, review_due, provisional, " \
    "recent, ifnull(at_version, 0), json, type, state, matching_id, eid, order_call, "                          \
    "waits_since, head_position, asked_until, money_waits, check_since"
constexpr int head_position_column = 21;
// Only a profile has a row in `esim`, and a young stream has no snapshot.
#define ITS_SNAPSHOT "LEFT JOIN snapshot ON snapshot.stream = stream.id "
#define ITS_REST " LEFT JOIN esim ON esim.stream = stream.id " ITS_SNAPSHOT

port::stream_kind kind_of(std::int64_t number) {
    switch (number) {
        case 0: return port::stream_kind::number;
        case 1: return port::stream_kind::subscriber;
        case 3: return port::stream_kind::claim;
        case 4: return port::stream_kind::credential;
        case 5: return port::stream_kind::plan;
        default: return port::stream_kind::esim;
    }
}

port::stream stream_of(rows& row) {
    port::stream out;
    out.id = row.integer(0);
    out.key.kind = kind_of(row.integer(1));
    out.key.key = row.text(2);
    out.public_id = row.text(3);
    out.version = static_cast<std::uint64_t>(row.integer(4));
    out.head_seq = row.integer(5);
    out.head = digest_at(row, 6);
    out.next_due = row.maybe_time(7);
    out.index.subscriber = row.text(8);
    out.index.stage = row.text(9);
    out.index.review_due = row.time(10);
    out.index.date_provisional = row.integer(11) != 0;
    out.recent = base::text(row.blob(12));
    out.snapshot_version = static_cast<std::uint64_t>(row.integer(13));
    out.snapshot = row.text(14);
    out.index.profile_type = row.text(15);
    out.index.profile_state = row.text(16);
    out.index.matching_id = row.text(17);
    out.index.eid = row.text(18);
    out.index.order_call = row.text(19);
    out.index.waits_since = row.maybe_time(20);
    out.index.asked_until = row.time(22);
    out.index.money_waits = row.integer(23) != 0;
    out.index.check_since = row.time(24);
    return out;
}

/// Of rows of kind and key.
result<std::vector<port::stream_key>> keys_of(rows found) {
    std::vector<port::stream_key> out;
    while (found.next()) out.push_back({kind_of(found.integer(0)), std::string(found.text(1))});
    CHECK(found.ended());
    return out;
}

result<std::optional<port::stream>> one_stream(rows found) {
    std::optional<port::stream> out;
    if (found.next()) out = stream_of(found);
    CHECK(found.ended());
    return out;
}

#define OUTBOX_COLUMNS "partition, seq, position, stream, at, meta, effects, hash, destinations"

port::outbox_entry outbox_of(rows& row) {
    return {static_cast<int>(row.integer(0)),
            row.integer(1),
            row.integer(2),
            row.integer(3),
            row.time(4),
            std::string(row.text(5)),
            std::string(row.text(6)),
            digest_at(row, 7),
            static_cast<std::uint32_t>(row.integer(8))};
}

#define RETRY_COLUMNS \
    "effect, destination, position, stream, attempts, next_at, dead, error_code, error_words, first_failed_at"

result<std::vector<port::retry>> retries_of(rows found) {
    std::vector<port::retry> out;
    while (found.next())
        out.push_back({{found.integer(0)},
                       static_cast<int>(found.integer(1)),
                       found.integer(2),
                       found.integer(3),
                       static_cast<int>(found.integer(4)),
                       found.time(5),
                       found.integer(6) != 0,
                       std::string(found.text(7)),
                       std::string(found.text(8)),
                       found.time(9)});
    CHECK(found.ended());
    return out;
}

std::int64_t limit_of(std::size_t limit) { return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000)); }

/// The positions of a stream's entries from `from_version` on, oldest first: followed back from its head.
result<std::vector<std::int64_t>> chain(connection& db, std::int64_t stream, std::int64_t head_position,
                                        std::uint64_t from_version) {
    std::vector<std::int64_t> out;
    for (auto position = head_position; position != 0;) {
        auto found = db.run(sql("SELECT version, previous, stream FROM entry WHERE position = ?1"), position);
        if (!found.next() || found.integer(2) != stream || found.integer(1) >= position) {
            CHECK(found.ended());
            return base::refuse(base::code::journal_broken, "The history of stream " + std::to_string(stream) +
                                                                " is broken at entry " + std::to_string(position) +
                                                                "; restore a backup.");
        }
        const auto version = static_cast<std::uint64_t>(found.integer(0));
        if (version < from_version) break;
        out.push_back(position);
        position = version == from_version ? 0 : found.integer(1);
    }
    std::reverse(out.begin(), out.end());
    return out;
}

#define ENTRY_COLUMNS "partition, seq, position, stream, version, at, meta, events, effects, destinations, hash, chain"

port::entry entry_of(rows& row) {
    port::entry out;
    out.partition = static_cast<int>(row.integer(0));
    out.seq = row.integer(1);
    out.position = row.integer(2);
    out.stream = row.integer(3);
    out.version = static_cast<std::uint64_t>(row.integer(4));
    out.at = row.time(5);
    out.meta = row.text(6);
    out.events = row.text(7);
    out.effects = row.text(8);
    out.destinations = static_cast<std::uint32_t>(row.integer(9));
    out.hash = digest_at(row, 10);
    out.chain = digest_at(row, 11);
    return out;
}

result<port::entry> entry_at(connection& db, std::int64_t position) {
    auto found = db.run(sql("SELECT " ENTRY_COLUMNS " FROM entry WHERE position = ?1"), position);
    if (found.next()) return entry_of(found);
    CHECK(found.ended());
    return base::refuse(base::code::journal_broken,
                        "Entry " + std::to_string(position) + " of the journal is missing; restore a backup.");
}

}  // namespace

// -- streams

result<std::optional<port::stream>> sqlite_journal::load(const port::stream_key& key) {
    const reader_pool::lease db(*readers_);
    return one_stream(db->run(sql("SELECT " STREAM_COLUMNS " FROM stream" ITS_REST "WHERE kind = ?1 AND key = ?2"),
                              static_cast<int>(key.kind), key.key));
}

result<std::optional<port::stream>> sqlite_journal::load_public(std::string_view public_id) {
    const reader_pool::lease db(*readers_);
    return one_stream(db->run(sql("SELECT " STREAM_COLUMNS " FROM stream" ITS_REST "WHERE public_id = ?1"), public_id));
}

result<std::optional<port::stream>> sqlite_journal::load_reference(std::string_view name) {
    const reader_pool::lease db(*readers_);
    return one_stream(db->run(sql("SELECT " STREAM_COLUMNS " FROM stream" ITS_REST
                                  "WHERE stream.id = (SELECT stream FROM reference WHERE name = ?1)"),
                              name));
}

std::string sqlite_journal::device_names(std::string_view eid) { return "eid/" + std::string(eid) + "/"; }

result<std::vector<port::stream_key>> sqlite_journal::streams_on(std::string_view eid, std::size_t limit) {
    const reader_pool::lease db(*readers_);
    const auto first = device_names(eid);
    const auto end = first + ":";  // after all digits
    auto found = db->run(sql("SELECT kind, key FROM reference CROSS JOIN stream ON stream.id = reference.stream "
                             "WHERE name >= ?1 AND name < ?2 ORDER BY reference.stream LIMIT ?3"),
                         first, end, limit_of(limit));
    return keys_of(std::move(found));
}

result<std::optional<port::stream>> sqlite_journal::load_id(std::int64_t stream) {
    const reader_pool::lease db(*readers_);
    return one_stream(db->run(sql("SELECT " STREAM_COLUMNS " FROM stream" ITS_REST "WHERE id = ?1"), stream));
}

result<std::vector<port::entry>> sqlite_journal::entries(std::int64_t stream, std::uint64_t from_version,
                                                         std::size_t limit) {
    reader_pool::lease db(*readers_);
    CHECK(db.hold_snapshot());
    std::int64_t head = 0;
    {
        auto found = db->run(sql("SELECT head_position FROM stream WHERE id = ?1"), stream);
        if (found.next()) head = found.integer(0);
        CHECK(found.ended());
    }
    TRY(positions, chain(*db.operator->(), stream, head, from_version));
    std::vector<port::entry> out;
    for (const auto position : positions) {
        if (out.size() == limit) break;
        TRY(one, entry_at(*db.operator->(), position));
        out.push_back(std::move(one));
    }
    return out;
}

namespace {

// A page ends at (review_due, id) or at (0, id): the order of the list. The cursor says so in a form that invites
// nobody to count on it.
struct place {
    std::int64_t due = INT64_MIN;
    std::int64_t id = 0;
};

result<place> place_of(std::string_view cursor) {
    place out;
    if (cursor.empty()) return out;
    const auto raw = base::from_base64url(cursor);
    const std::string text = raw ? std::string(base::text(*raw)) : std::string();
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, out.due);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '.') {
        const auto second = std::from_chars(first.ptr + 1, end, out.id);
        if (second.ec == std::errc{} && second.ptr == end) return out;
    }
    return base::refuse(base::code::invalid, "The page cursor is not one this list gave out.", {{"field", "cursor"}});
}

std::string cursor_of(place end) {
    return base::base64url(base::view(std::to_string(end.due) + "." + std::to_string(end.id)));
}

// One statement per index that can lead; what is left of the filter is looked up row by row. INDEXED BY, because
// without statistics the planner may walk the whole table in id order instead.
#define LIST_FILTER                                                                                                  \
    " AND (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR subscriber = ?2) AND (?3 IS NULL OR stage = ?3) AND (?4 = 0 " \
    "OR "                                                                                                            \
    "provisional = 1) "
#define LIST_BY_ID(from, where)                                                                          \
    sql("SELECT " STREAM_COLUMNS " FROM stream " from ITS_REST "WHERE " where " AND id > ?5" LIST_FILTER \
        "ORDER BY id LIMIT "                                                                             \
        "?6")

constexpr sql list_all = LIST_BY_ID("NOT INDEXED", "true");
constexpr sql list_of_subscriber = LIST_BY_ID("INDEXED BY stream_subscriber", "subscriber = ?2");
constexpr sql list_at_stage = LIST_BY_ID("INDEXED BY stream_stage", "stage = ?3");
// Every plan of an import has a stage, and nothing else has one that begins so (engine/codec.hpp).
constexpr sql list_plans = LIST_BY_ID("INDEXED BY stream_stage", "stage >= 'plan_' AND stage < 'plan`'");
constexpr sql list_provisional = LIST_BY_ID("INDEXED BY stream_provisional", "provisional = 1");
constexpr sql list_money = LIST_BY_ID("INDEXED BY stream_money", "money_waits = 1");
constexpr sql list_asked = LIST_BY_ID("INDEXED BY stream_asked", "asked_until > ?7");
constexpr sql list_by_review_due(
    "SELECT " STREAM_COLUMNS " FROM stream INDEXED BY stream_review_due" ITS_REST
    "WHERE review_due < ?7 AND (review_due > ?8 OR (review_due = ?8 AND id > ?5))" LIST_FILTER
    "ORDER BY review_due, id LIMIT ?6");

constexpr sql list_checks(
    "SELECT " STREAM_COLUMNS " FROM stream INDEXED BY stream_check" ITS_REST
    "WHERE check_since IS NOT NULL AND (check_since > ?7 OR (check_since = ?7 AND id > ?5))" LIST_FILTER
    "ORDER BY check_since, id LIMIT ?6");

// Profiles are found through the table that only they are in.
#define LIST_ESIMS(from, where)                                                                                   \
    sql("SELECT " STREAM_COLUMNS " FROM esim " from " CROSS JOIN stream ON stream.id = esim.stream " ITS_SNAPSHOT \
        "WHERE " where                                                                                            \
        " AND esim.stream > ?5 AND (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR "  \
        "matching_id = ?3) AND (?4 IS NULL OR eid = ?4) "                                                         \
        "AND (?7 IS NULL OR order_call = ?7) ORDER BY esim.stream LIMIT ?6")

constexpr sql esims_of_order = LIST_ESIMS("INDEXED BY esim_matching_id", "matching_id = ?3");
constexpr sql esims_of_eid = LIST_ESIMS("INDEXED BY esim_eid", "eid = ?4");
constexpr sql esims_of_call = LIST_ESIMS("INDEXED BY esim_order_call", "order_call = ?7");
constexpr sql esims_of_type_in_state = LIST_ESIMS("INDEXED BY esim_stock", "state = ?2 AND type = ?1");
constexpr sql esims_all = LIST_ESIMS("NOT INDEXED", "true");

bool is_about_esims(const port::stream_filter& which) {
    return !which.profile_type.empty() || !which.profile_state.empty() || !which.matching_id.empty() ||
           !which.eid.empty() || !which.order_call.empty();
}

/// What no profile has.
bool is_about_others(const port::stream_filter& which) {
    return (which.kind && *which.kind != port::stream_kind::esim) || !which.subscriber.empty() ||
           !which.stage.empty() || which.only_provisional || which.review_due_before || which.asked_after ||
           which.only_money_waiting || which.only_checks;
}

result<port::page> list_esims(connection& db, const port::stream_filter& which, place from, std::size_t limit) {
    const auto given = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    const sql statement = !which.matching_id.empty()                                    ? esims_of_order
                          : !which.eid.empty()                                          ? esims_of_eid
                          : !which.order_call.empty()                                   ? esims_of_call
                          : !which.profile_state.empty() && !which.profile_type.empty() ? esims_of_type_in_state
                                                                                        : esims_all;
    auto found = db.run(statement, given(which.profile_type), given(which.profile_state), given(which.matching_id),
                        given(which.eid), from.id, limit_of(limit) + 1, given(which.order_call));
    port::page out;
    while (found.next()) {
        if (out.streams.size() == limit) {
            if (limit > 0) out.next = cursor_of({0, out.streams.back().id});
            return out;
        }
        out.streams.push_back(stream_of(found));
    }
    CHECK(found.ended());
    return out;
}

}  // namespace

result<port::page> sqlite_journal::list(const port::stream_filter& which, std::string_view after, std::size_t limit) {
    TRY(from, place_of(after));
    const bool is_about_all_esims = which.kind == port::stream_kind::esim && !is_about_others(which);
    if (is_about_esims(which) || is_about_all_esims) {
        if (is_about_others(which)) return port::page{};
        reader_pool::lease held(*readers_);
        return list_esims(*held.operator->(), which, from, limit);
    }
    const auto kind = which.kind ? std::optional(static_cast<int>(*which.kind)) : std::nullopt;
    const auto some = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
    };
    const sql statement = which.review_due_before                 ? list_by_review_due
                          : which.asked_after                     ? list_asked
                          : which.only_money_waiting              ? list_money
                          : which.only_checks                     ? list_checks
                          : !which.subscriber.empty()             ? list_of_subscriber
                          : !which.stage.empty()                  ? list_at_stage
                          : which.only_provisional                ? list_provisional
                          : which.kind == port::stream_kind::plan ? list_plans
                                                                  : list_all;
    const reader_pool::lease db(*readers_);
    const auto most = limit_of(limit) + 1;  // one more tells whether there is a next page
    auto found = which.review_due_before
                     ? db->run(statement, kind, some(which.subscriber), some(which.stage), which.only_provisional,
                               from.id, most, *which.review_due_before, from.due)
                 : which.asked_after ? db->run(statement, kind, some(which.subscriber), some(which.stage),
                                               which.only_provisional, from.id, most, *which.asked_after)
                 : which.only_checks ? db->run(statement, kind, some(which.subscriber), some(which.stage),
                                               which.only_provisional, from.id, most, from.due)
                                     : db->run(statement, kind, some(which.subscriber), some(which.stage),
                                               which.only_provisional, from.id, most);
    port::page out;
    while (found.next()) {
        if (out.streams.size() == limit) {
            if (limit == 0) break;
            const auto& last = out.streams.back();
            out.next = cursor_of({which.review_due_before ? last.index.review_due.ms
                                  : which.only_checks     ? last.index.check_since.ms
                                                          : 0,
                                  last.id});
            return out;
        }
        out.streams.push_back(stream_of(found));
    }
    CHECK(found.ended());
    return out;
}

result<std::optional<port::stream_key>> sqlite_journal::holder_of(std::string_view matching_id) {
    if (matching_id.empty()) return std::nullopt;
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT kind, key FROM esim INDEXED BY esim_matching_id CROSS JOIN stream "
                             "ON stream.id = esim.stream WHERE matching_id = ?1"),
                         matching_id);
    std::optional<port::stream_key> out;
    if (found.next()) out = port::stream_key{kind_of(found.integer(0)), std::string(found.text(1))};
    CHECK(found.ended());
    return out;
}

result<std::optional<port::stream_key>> sqlite_journal::waiting_for(std::string_view eid, std::size_t skip) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT kind, key FROM esim INDEXED BY esim_waiting CROSS JOIN stream "
                             "ON stream.id = esim.stream WHERE eid = ?1 AND waits_since IS NOT NULL "
                             "ORDER BY waits_since, esim.stream LIMIT 1 OFFSET ?2"),
                         eid, static_cast<std::int64_t>(skip));
    std::optional<port::stream_key> out;
    if (found.next()) out = port::stream_key{kind_of(found.integer(0)), std::string(found.text(1))};
    CHECK(found.ended());
    return out;
}

result<std::vector<port::stream_key>> sqlite_journal::due(instant now, std::size_t limit) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT kind, key FROM stream INDEXED BY stream_next_due WHERE next_due <= ?1 "
                             "ORDER BY next_due, id LIMIT ?2"),
                         now, limit_of(limit));
    return keys_of(std::move(found));
}

result<std::int64_t> sqlite_journal::due_between(instant from, instant until) {
    const reader_pool::lease db(*readers_);
    auto found =
        db->run(sql("SELECT count(*) FROM stream INDEXED BY stream_next_due WHERE next_due >= ?1 AND next_due < ?2"),
                from, until);
    const std::int64_t out = found.next() ? found.integer(0) : 0;
    CHECK(found.ended());
    return out;
}

// -- the outbox

result<std::vector<port::cursor>> sqlite_journal::cursors() {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT destination, upto FROM cursor ORDER BY destination, partition"));
    std::vector<port::cursor> out;
    while (found.next()) out.push_back({static_cast<int>(found.integer(0)), {found.integer(1)}});
    CHECK(found.ended());
    return out;
}

result<std::vector<port::horizon>> sqlite_journal::horizons() {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT destination, position FROM horizon ORDER BY destination"));
    std::vector<port::horizon> out;
    while (found.next()) out.push_back({static_cast<int>(found.integer(0)), found.integer(1)});
    CHECK(found.ended());
    return out;
}

result<std::vector<port::partition_head>> sqlite_journal::heads() {
    reader_pool::lease db(*readers_);
    CHECK(db.hold_snapshot());
    return read_heads(*db.operator->());
}

result<std::int64_t> sqlite_journal::last_position() {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT max(position) FROM entry"));
    const std::int64_t out = found.next() ? found.integer(0) : 0;
    CHECK(found.ended());
    return out;
}

result<std::vector<port::outbox_entry>> sqlite_journal::outbox(std::int64_t after_position, std::size_t limit) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT " OUTBOX_COLUMNS " FROM entry INDEXED BY entry_outbox "
                             "WHERE position > ?1 AND destinations <> 0 ORDER BY position LIMIT ?2"),
                         after_position, limit_of(limit));
    std::vector<port::outbox_entry> out;
    while (found.next()) out.push_back(outbox_of(found));
    CHECK(found.ended());
    return out;
}

result<std::vector<port::change>> sqlite_journal::changes(std::int64_t after_position, std::size_t limit) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT entry.position, stream.kind, stream.key, stream.public_id, entry.events "
                             "FROM entry JOIN stream ON stream.id = entry.stream "
                             "WHERE entry.position > ?1 ORDER BY entry.position LIMIT ?2"),
                         after_position, limit_of(limit));
    std::vector<port::change> out;
    while (found.next())
        out.push_back({found.integer(0),
                       {kind_of(found.integer(1)), std::string(found.text(2))},
                       std::string(found.text(3)),
                       std::string(found.text(4))});
    CHECK(found.ended());
    return out;
}

result<std::optional<port::outbox_entry>> sqlite_journal::outbox_entry_of(const port::retry& what) {
    const reader_pool::lease db(*readers_);
    auto found =
        db->run(sql("SELECT " OUTBOX_COLUMNS " FROM entry WHERE position = ?1 AND partition = ?2 AND seq = ?3"),
                what.position, what.effect.partition(), what.effect.seq());
    std::optional<port::outbox_entry> out;
    if (found.next()) out = outbox_of(found);
    CHECK(found.ended());
    return out;
}

result<std::vector<port::retry>> sqlite_journal::retries_due(instant now, std::size_t limit) {
    const reader_pool::lease db(*readers_);
    return retries_of(db->run(sql("SELECT " RETRY_COLUMNS " FROM retry INDEXED BY retry_next_at "
                                  "WHERE dead = 0 AND next_at <= ?1 ORDER BY next_at, effect LIMIT ?2"),
                              now, limit_of(limit)));
}

result<std::vector<port::retry>> sqlite_journal::retries(bool dead, int destination, std::int64_t after_effect,
                                                         std::size_t limit) {
    const reader_pool::lease db(*readers_);
    if (destination < 0)
        return retries_of(db->run(sql("SELECT " RETRY_COLUMNS " FROM retry NOT INDEXED "
                                      "WHERE dead = ?1 AND effect > ?2 ORDER BY effect LIMIT ?3"),
                                  dead, after_effect, limit_of(limit)));
    return retries_of(db->run(sql("SELECT " RETRY_COLUMNS " FROM retry INDEXED BY retry_state "
                                  "WHERE dead = ?1 AND destination = ?4 AND effect > ?2 ORDER BY effect LIMIT ?3"),
                              dead, after_effect, limit_of(limit), destination));
}

result<std::optional<std::int64_t>> sqlite_journal::stream_awaiting(std::string_view receipt) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT stream FROM awaited_receipt WHERE receipt = ?1"), receipt);
    std::optional<std::int64_t> out;
    if (found.next()) out = found.integer(0);
    CHECK(found.ended());
    return out;
}

result<std::optional<base::bytes>> sqlite_journal::sealed(std::string_view subscriber, std::string_view kind) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT sealed FROM vault WHERE subscriber = ?1 AND kind = ?2"), subscriber, kind);
    std::optional<base::bytes> out;
    if (found.next()) {
        const auto raw = found.blob(0);
        out.emplace(raw.begin(), raw.end());
    }
    CHECK(found.ended());
    return out;
}

result<std::vector<std::string>> sqlite_journal::sealed_for(std::string_view kind, std::string_view after,
                                                            std::size_t limit) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT subscriber FROM vault INDEXED BY vault_name "
                             "WHERE kind = ?1 AND kind >= 'name:' AND kind < 'name;' AND subscriber > ?2 "
                             "ORDER BY subscriber LIMIT ?3"),
                         kind, after, limit_of(limit));
    std::vector<std::string> out;
    while (found.next()) out.emplace_back(found.text(0));
    CHECK(found.ended());
    return out;
}

result<std::vector<std::string>> sqlite_journal::sealed_kinds(std::string_view subscriber, std::string_view prefix) {
    const reader_pool::lease db(*readers_);
    std::string past(prefix);  // of all that begin so
    if (!past.empty()) ++past.back();
    auto found = db->run(sql("SELECT kind FROM vault WHERE subscriber = ?1 AND kind >= ?2 AND kind < ?3 ORDER BY kind"),
                         subscriber, prefix, past);
    std::vector<std::string> out;
    while (found.next()) out.emplace_back(found.text(0));
    CHECK(found.ended());
    return out;
}

result<bool> sqlite_journal::has_sealed(std::string_view subscriber) {
    const reader_pool::lease db(*readers_);
    auto found = db->run(sql("SELECT 1 FROM vault WHERE subscriber = ?1 LIMIT 1"), subscriber);
    const bool any = found.next();
    CHECK(found.ended());
    return any;
}

// -- the whole

namespace {

/// The table holds what failed only, and of that little: a peer that takes nothing is paused.
result<port::failed_counts> failed_in(connection& db) {
    port::failed_counts out;
    auto found =
        db.run(sql("SELECT dead, destination, count(*) FROM retry INDEXED BY retry_state "
                   "GROUP BY dead, destination ORDER BY dead, destination"));
    while (found.next())
        (found.integer(0) != 0 ? out.dead_by_destination : out.retrying_by_destination)
            .emplace_back(static_cast<int>(found.integer(1)), found.integer(2));
    CHECK(found.ended());
    return out;
}

}  // namespace

result<port::failed_counts> sqlite_journal::count_failed() {
    const reader_pool::lease db(*readers_);
    return failed_in(*db.operator->());
}

// Cheap at any size: ids and positions have no gaps, so the last is the count; stages are counted as streams move; the
// rest is counted in indexes that hold only what is overdue, waits or failed.
result<port::store_counts> sqlite_journal::counts(instant now) {
    reader_pool::lease db(*readers_);
    CHECK(db.hold_snapshot());
    port::store_counts out;
    {
        auto found = db->run(sql("SELECT (SELECT max(id) FROM stream), (SELECT max(position) FROM entry), "
                                 "(SELECT count(*) FROM stream INDEXED BY stream_review_due WHERE review_due < ?1), "
                                 "(SELECT count(*) FROM stream INDEXED BY stream_money WHERE money_waits = 1)"),
                             now);
        if (found.next()) {
            out.streams = found.integer(0);
            out.entries = found.integer(1);
            out.overdue_reviews = found.integer(2);
            out.money_waiting = found.integer(3);
        }
        CHECK(found.ended());
    }
    {
        auto found = db->run(sql("SELECT stage, streams FROM stage_count WHERE streams > 0 ORDER BY stage"));
        while (found.next())
            if (!port::is_end_of_case(found.text(0)))
                out.closures_by_stage.emplace_back(found.text(0), found.integer(1));
        CHECK(found.ended());
    }
    {
        auto found =
            db->run(sql("SELECT type, count(*) FROM esim INDEXED BY esim_stock WHERE state = 'available' "
                        "GROUP BY type ORDER BY type"));
        while (found.next()) out.stock_by_type.emplace_back(found.text(0), found.integer(1));
        CHECK(found.ended());
    }
    TRY(failed, failed_in(*db.operator->()));
    static_cast<port::failed_counts&>(out) = std::move(failed);
    return out;
}

result<void> sqlite_journal::scan(const std::function<bool(const port::stream&)>& on_stream,
                                  const std::function<bool(const port::entry&)>& on_entry) {
    constexpr std::int64_t streams_at_once = 256;
    constexpr std::size_t entries_at_once = 256;
    for (std::int64_t after_id = 0;;) {
        std::vector<std::pair<port::stream, std::int64_t>> streams;  // with the position of the last entry then
        {
            const reader_pool::lease db(*readers_);
            auto found =
                db->run(sql("SELECT " STREAM_COLUMNS " FROM stream" ITS_REST "WHERE id > ?1 ORDER BY id LIMIT ?2"),
                        after_id, streams_at_once);
            while (found.next()) streams.emplace_back(stream_of(found), found.integer(head_position_column));
            CHECK(found.ended());
        }
        if (streams.empty()) return {};
        after_id = streams.back().first.id;
        for (const auto& [one, head] : streams) {
            if (!on_stream(one)) return {};
            std::vector<std::int64_t> positions;
            std::vector<port::entry> some;
            for (std::size_t done = 0; done == 0 || done < positions.size();) {
                some.clear();
                {  // no connection is held while the visitor works: it may read, too
                    reader_pool::lease db(*readers_);
                    CHECK(db.hold_snapshot());
                    if (done == 0) {
                        TRY(found, chain(*db.operator->(), one.id, head, 0));
                        positions = std::move(found);
                    }
                    for (; done < positions.size() && some.size() < entries_at_once; ++done) {
                        TRY(record, entry_at(*db.operator->(), positions[done]));
                        some.push_back(std::move(record));
                    }
                }
                for (const auto& record : some)
                    if (!on_entry(record)) return {};
                if (positions.empty()) break;
            }
        }
    }
}

result<void> sqlite_journal::walk(const std::function<bool(const port::entry&)>& visit) {
    constexpr std::int64_t entries_at_once = 256;
    for (std::int64_t after = 0;;) {
        std::vector<port::entry> some;
        {
            const reader_pool::lease db(*readers_);
            auto found =
                db->run(sql("SELECT " ENTRY_COLUMNS " FROM entry WHERE position > ?1 ORDER BY position LIMIT ?2"),
                        after, entries_at_once);
            while (found.next()) some.push_back(entry_of(found));
            CHECK(found.ended());
        }
        if (some.empty()) return {};
        after = some.back().position;
        for (const auto& one : some)
            if (!visit(one)) return {};
    }
}

}  // namespace keepline::store
