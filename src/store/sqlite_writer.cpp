#include "store/sqlite_writer.hpp"

#include "base/ensure.hpp"
#include "base/thread_name.hpp"
#include "store/sqlite_heads.hpp"
#include "store/store_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

namespace keepline::store {

using port::commit_outcome;

namespace {

constexpr std::int64_t heads_every_ms = 1000;
constexpr std::int64_t room_needed = 512 << 10;  // beside the reserve, for the server to take work again

/// What is left of the failures in a commit when those of one write and those for lack of room are taken out is final:
/// nobody can know what reached the disk.
void must(const result<void>& outcome) {
    if (!outcome)
        std::fprintf(stderr, "keepline: the store failed while committing. %s\n", outcome.error().words.c_str());
    ENSURE(outcome.has_value());
}

/// About the value that was to be written, not about the store.
bool is_refusal(base::code what) {
    return what == base::code::id_taken || what == base::code::too_large || what == base::code::invalid;
}

port::commit_report whole(const port::batch& what, commit_outcome outcome, base::error why) {
    return {outcome, std::move(why), std::vector(what.writes.size(), outcome)};
}

std::int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Absent is NULL, so that the partial indexes hold only what is there.
std::optional<std::string_view> some(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}
std::optional<base::instant> some(base::instant when) { return when ? std::optional(when) : std::nullopt; }

}  // namespace

result<std::unique_ptr<sqlite_journal::writer>> sqlite_journal::writer::open(const std::string& path,
                                                                             const journal_tuning& how) {
    TRY(lock, server_lock::take(path));
    std::error_code ignored;
    if (const auto kept = std::filesystem::status(path + ".reserve", ignored);
        std::filesystem::exists(kept) && !std::filesystem::is_regular_file(kept))
        return base::refuse(base::code::config_invalid,
                            "`" + path + ".reserve` is no file, so no room can be kept there for a full disk.");
    reserve(path + ".reserve", how.reserve_bytes).release_if_there_is_no_other();
    TRY(db, open_store_file(path, upgrade::allowed, how.page_bytes, how.writer_cache_kb));
    auto made = std::unique_ptr<writer>(new writer(std::move(lock), std::move(db), path + ".reserve", how));
    TRY(last_position, made->db_.number("SELECT max(position) FROM entry"));
    TRY(last_stream, made->db_.number("SELECT max(id) FROM stream"));
    TRY(heads, read_heads(made->db_));
    for (const auto& one : heads)
        made->heads_[static_cast<std::size_t>(one.partition)] = {one.seq, one.chain, last_position, false};
    CHECK(made->read_sums());
    if (how.seal) CHECK(made->cover_first());
    made->last_position_ = last_position;
    made->last_stream_ = last_stream;
    made->full_ = true;
    made->space();  // unless there is room
    sqlite3_wal_hook(
        made->db_.raw(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<writer*>(self)->log_pages_.store(pages, std::memory_order_relaxed);
            return SQLITE_OK;
        },
        made.get());
    return made;
}

sqlite_journal::writer::~writer() {
    const std::scoped_lock held(committing_);
    // A start that was refused before it knew the key must not leave a sum that nobody sealed; the heads are found
    // again.
    if (fenced_ || (partitions_.is_kept && !seal_key_)) return;
    if (auto change = transaction::begin(db_))
        if (put_heads() && note_sums()) static_cast<void>(change->commit());
}

/// While another process holds the write lock, this waits.
result<void> sqlite_journal::writer::begin() {
    for (;;) {
        auto begun = db_.run(sql("BEGIN IMMEDIATE"));
        auto outcome = begun.done();
        if ((begun.outcome() & 0xff) != SQLITE_BUSY) return outcome;
        std::fprintf(stderr, "keepline: commits wait: another process holds the store's write lock\n");
    }
}

result<std::int64_t> sqlite_journal::writer::own(const port::partition_set& which) {
    if (!which.all()) return base::refuse(base::code::invalid, "This store has one owner of all its partitions.");
    const std::scoped_lock held(committing_);
    auto epoch = draw_epoch();
    if (!epoch && epoch.error().what == base::code::storage_full && reserve_.release()) {
        full_ = true;
        epoch = draw_epoch();
    }
    return epoch;
}

result<std::int64_t> sqlite_journal::writer::draw_epoch() {
    TRY(change, transaction::begin(db_));
    const auto drawn = [&]() -> result<void> {
        CHECK(change_summed(
            owner_, [&] { return db_.run(sql("UPDATE owner SET epoch = epoch + 1 WHERE one = 1")).done(); },
            [&] { return db_.run(sql("SELECT * FROM owner")); }));
        CHECK(note_sums());
        return change.commit();
    }();
    if (!drawn) {
        undo_sums();
        return std::unexpected(drawn.error());
    }
    keep_sums();
    return db_.number("SELECT epoch FROM owner");
}

/// As they are noted in the file.
result<void> sqlite_journal::writer::read_sums() {
    for (auto* const table : summed_) {
        TRY(noted, noted_tally(db_, table->name));
        table->is_kept = noted.has_value() || table == &vault_ || table == &retries_;
        table->now = noted.value_or(tally());
    }
    return {};
}

result<std::int64_t> sqlite_journal::writer::cover_first() {
    ENSURE(seal_key_.has_value());
    const std::scoped_lock held(committing_);
    TRY(change, transaction::begin(db_));
    TRY(streams, store::cover_first(db_, *seal_key_));
    CHECK(change.commit());
    CHECK(read_sums());
    return streams;
}

/// What this transaction did to the sums: it was committed, or it was not.
void sqlite_journal::writer::keep_sums() {
    for (auto* const table : summed_) table->before.reset();
    known_cursors_.insert(new_cursors_.begin(), new_cursors_.end());
    new_cursors_.clear();
}
void sqlite_journal::writer::undo_sums() {
    for (auto* const table : summed_)
        if (table->before) table->now = *std::exchange(table->before, std::nullopt);
    new_cursors_.clear();
}

port::room sqlite_journal::writer::space() {
    const bool kept = reserve_.hold();
    const auto free = reserve_.free_bytes();
    const auto reserved = reserve_.held_bytes();
    if (full_ && kept && free >= std::max(room_needed, reserved / 2)) full_ = false;
    return {free, reserved, !full_};
}

/// As often as it takes: without the writes that the store refuses, and once more with the reserve's room.
port::commit_report sqlite_journal::writer::commit(port::batch& what) {
    const std::scoped_lock held(committing_);
    std::vector<std::int64_t> given_ids;
    for (auto& one : what.writes) {
        one.refusal.reset();
        given_ids.push_back(one.after.id);
    }
    for (;;) {
        const auto position_before = last_position_;
        const auto stream_before = last_stream_;
        touched_.clear();
        auto report = attempt(what);
        if (report && report->whole == commit_outcome::done) {
            commits_.fetch_add(1, std::memory_order_relaxed);
            return std::move(*report);
        }
        if (sqlite3_get_autocommit(db_.raw()) == 0) must(db_.run(sql("ROLLBACK")).done());
        last_position_ = position_before;
        last_stream_ = stream_before;
        while (!touched_.empty()) {  // the first note of a partition is the last to be put back
            heads_[touched_.back().first] = touched_.back().second;
            touched_.pop_back();
        }
        undo_sums();
        for (std::size_t i = 0; i < given_ids.size(); ++i) what.writes[i].after.id = given_ids[i];
        if (report) return std::move(*report);
        auto& why = report.error();
        if (why.what == base::code::storage_full) {
            full_ = true;
            if (what.urgent && reserve_.release()) continue;
            return whole(what, commit_outcome::refused, std::move(why));
        }
        if (!is_refusal(why.what) || !is_marked(what)) must(std::unexpected(std::move(why)));
        refused_now_ = nullptr;
    }
}

/// Did the error before come from a write, which is left out from now on?
bool sqlite_journal::writer::is_marked(const port::batch& what) const {
    return std::ranges::any_of(what.writes, [&](const auto& one) { return &one == refused_now_; });
}

/// One transaction. An error: it is to be rolled back; so is every report but `done`.
result<port::commit_report> sqlite_journal::writer::attempt(port::batch& what) {
    CHECK(begin());
    {
        auto owner = db_.run(sql("SELECT epoch FROM owner WHERE one = 1"));
        const bool known = owner.next();
        fenced_ = known && owner.integer(0) != what.epoch;
        if (fenced_)
            return whole(what, commit_outcome::fenced,
                         {base::code::not_owner, "Another server owns this journal now; this one must be restarted."});
        if (!known) CHECK(owner.ended());
    }
    port::commit_report report;
    report.writes.reserve(what.writes.size());
    for (auto& one : what.writes) {
        if (one.refusal) {
            report.writes.push_back(commit_outcome::refused);
            continue;
        }
        auto outcome = apply(one);
        if (!outcome) {
            if (is_refusal(outcome.error().what)) {
                one.refusal = outcome.error();
                refused_now_ = &one;
            }
            return std::unexpected(std::move(outcome).error());
        }
        report.writes.push_back(*outcome);
    }
    CHECK(put_outbox_state(what));
    const auto now = steady_ms();
    const bool heads_are_due = now - heads_noted_ms_ >= heads_every_ms;
    if (heads_are_due) CHECK(put_heads());
    CHECK(note_sums());
    CHECK(db_.run(sql("COMMIT")).done());
    keep_sums();
    if (heads_are_due) {
        heads_noted_ms_ = now;
        for (auto& one : heads_) one.noted = true;
    }
    return report;
}

/// The number and the chain of the next entry of its partition.
void sqlite_journal::writer::place(port::entry& record) {
    const auto partition = static_cast<std::size_t>(record.partition);
    auto& head = heads_[partition];
    touched_.emplace_back(partition, head);
    record.seq = head.seq + 1;
    record.position = ++last_position_;
    record.chain = port::chain_after(head.chain, record.id(), record.hash);
    head = {record.seq, record.chain, record.position, false};
}

result<void> sqlite_journal::writer::put_heads() {
    for (std::size_t i = 0; i < heads_.size(); ++i) {
        const auto& one = heads_[i];
        if (one.noted) continue;
        const auto id = static_cast<std::int64_t>(i);
        const auto put = [&] {
            return db_
                .run(sql("INSERT INTO partition (id, seq, chain, position) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) "
                         "DO UPDATE SET seq = excluded.seq, chain = excluded.chain, position = excluded.position"),
                     id, one.seq, one.chain, one.position)
                .done();
        };
        CHECK(
            change_summed(partitions_, put, [&] { return db_.run(sql("SELECT * FROM partition WHERE id = ?1"), id); }));
    }
    return {};
}

struct sqlite_journal::writer::held_stream {
    std::int64_t id = 0;
    std::uint64_t version = 0;
    std::int64_t head_position = 0;
    bool same_due = false;    // these three: as in the state that is to be written
    bool same_owner = false;  // public id, subscriber
    bool same_stage = false;  // stage, review_due, provisional, asked_until, money_waits, check_since
};

result<commit_outcome> sqlite_journal::writer::apply(port::write& what) {
    port::ensure_well_formed(what);
    auto& after = what.after;
    held_stream before;
    {
        auto found =
            db_.run(sql("SELECT id, version, head_position, next_due IS ?3, public_id IS ?4 AND subscriber IS ?5, "
                        "stage IS ?6 AND review_due IS ?7 AND provisional IS ?8 AND asked_until IS ?9 "
                        "AND money_waits IS ?10 AND check_since IS ?11 "
                        "FROM stream WHERE kind = ?1 AND key = ?2"),
                    static_cast<int>(after.key.kind), after.key.key, after.next_due, after.public_id,
                    some(after.index.subscriber), some(after.index.stage), some(after.index.review_due),
                    after.index.date_provisional, some(after.index.asked_until), after.index.money_waits,
                    some(after.index.check_since));
        if (found.next())
            before = {found.integer(0),      static_cast<std::uint64_t>(found.integer(1)),
                      found.integer(2),      found.integer(3) != 0,
                      found.integer(4) != 0, found.integer(5) != 0};
        CHECK(found.ended());
    }
    if (before.version + (what.record ? 1 : 0) != after.version || (after.id != 0 && after.id != before.id))
        return commit_outcome::version_conflict;
    if (what.record) {
        auto& record = *what.record;
        after.id = before.id != 0 ? before.id : ++last_stream_;
        place(record);
        after.head_seq = record.seq;
        record.stream = after.id;
        CHECK(before.id == 0 ? insert_stream(after, record) : update_stream(after, record, before));
        CHECK(insert_entry(record, before.head_position));
        if (!after.snapshot.empty()) CHECK(put_snapshot(after));
    } else if (before.id != 0) {
        after.id = before.id;
        CHECK(db_.run(before.same_due ? sql("UPDATE stream SET recent = ?2, seal = ?3 WHERE id = ?1")
                                      : sql("UPDATE stream SET recent = ?2, seal = ?3, next_due = ?4 WHERE id = ?1"),
                      after.id, base::view(after.recent), stream_seal(after), after.next_due)
                  .done());
        CHECK(update_index(after, before));
    }
    if (after.key.kind == port::stream_kind::esim && after.id != 0) CHECK(put_esim(after));
    if (after.id != 0)
        for (const auto& name : what.references)  // another's is refused: the command draws again
            CHECK(put_reference(name, after.id));
    for (const auto& eid : what.devices) CHECK(put_device(eid, after.id));
    for (const auto& row : what.vault) CHECK(put_sealed(row));
    return commit_outcome::done;
}

result<void> sqlite_journal::writer::insert_stream(const port::stream& after, const port::entry& head) {
    CHECK(
        db_.run(sql("INSERT INTO stream (id, kind, key, public_id, version, head_seq, head_position, head, next_due, "
                    "subscriber, stage, review_due, provisional, recent, asked_until, money_waits, seal, check_since) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"),
                after.id, static_cast<int>(after.key.kind), after.key.key, after.public_id, after.version, head.seq,
                head.position, after.head, after.next_due, some(after.index.subscriber), some(after.index.stage),
                some(after.index.review_due), after.index.date_provisional, base::view(after.recent),
                some(after.index.asked_until), after.index.money_waits, stream_seal(after),
                some(after.index.check_since))
            .done());
    return {};
}

// Setting a column rewrites its index even if the value stays, and every page touched goes to the log: so only those
// that changed are set.
result<void> sqlite_journal::writer::update_stream(const port::stream& after, const port::entry& head,
                                                   const held_stream& before) {
    CHECK(db_.run(before.same_due ? sql("UPDATE stream SET version = ?2, head_seq = ?3, head_position = ?4, head = ?5, "
                                        "recent = ?6, seal = ?7 WHERE id = ?1")
                                  : sql("UPDATE stream SET version = ?2, head_seq = ?3, head_position = ?4, head = ?5, "
                                        "recent = ?6, seal = ?7, next_due = ?8 WHERE id = ?1"),
                  after.id, after.version, head.seq, head.position, after.head, base::view(after.recent),
                  stream_seal(after), after.next_due)
              .done());
    return update_index(after, before);
}

result<void> sqlite_journal::writer::update_index(const port::stream& after, const held_stream& before) {
    if (!before.same_stage)
        CHECK(db_.run(sql("UPDATE stream SET stage = ?2, review_due = ?3, provisional = ?4, asked_until = ?5, "
                          "money_waits = ?6, check_since = ?7 WHERE id = ?1"),
                      after.id, some(after.index.stage), some(after.index.review_due), after.index.date_provisional,
                      some(after.index.asked_until), after.index.money_waits, some(after.index.check_since))
                  .done());
    if (!before.same_owner)
        CHECK(db_.run(sql("UPDATE stream SET public_id = ?2, subscriber = ?3 WHERE id = ?1"), after.id, after.public_id,
                      some(after.index.subscriber))
                  .done());
    return {};
}

result<void> sqlite_journal::writer::put_snapshot(const port::stream& after) {
    CHECK(db_.run(sql("INSERT INTO snapshot (stream, at_version, json) VALUES (?1, ?2, ?3) "
                      "ON CONFLICT (stream) DO UPDATE SET at_version = excluded.at_version, json = excluded.json"),
                  after.id, after.version, after.snapshot)
              .done());
    return {};
}

result<void> sqlite_journal::writer::put_esim(const port::stream& after) {
    const auto& index = after.index;
    CHECK(db_.run(sql("INSERT INTO esim (stream, type, state, matching_id, eid, order_call, waits_since) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                      "ON CONFLICT (stream) DO UPDATE SET type = excluded.type, state = excluded.state, "
                      "matching_id = excluded.matching_id, eid = excluded.eid, order_call = excluded.order_call, "
                      "waits_since = excluded.waits_since "
                      "WHERE type IS NOT excluded.type OR state IS NOT excluded.state "
                      "OR matching_id IS NOT excluded.matching_id OR eid IS NOT excluded.eid "
                      "OR order_call IS NOT excluded.order_call OR waits_since IS NOT excluded.waits_since"),
                  after.id, index.profile_type, index.profile_state, some(index.matching_id), some(index.eid),
                  some(index.order_call), index.waits_since)
              .done());
    return {};
}

result<void> sqlite_journal::writer::insert_entry(const port::entry& record, std::int64_t previous) {
    CHECK(db_.run(sql("INSERT INTO entry (position, partition, seq, stream, version, previous, at, destinations, hash, "
                      "chain, meta, events, effects) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"),
                  record.position, record.partition, record.seq, record.stream, record.version, previous, record.at,
                  record.destinations, record.hash, record.chain, record.meta, record.events, record.effects)
              .done());
    return {};
}

result<void> sqlite_journal::writer::put_sealed(const port::vault_row& row) {
    const auto change = [&] {
        if (row.sealed.empty())
            return db_.run(sql("DELETE FROM vault WHERE subscriber = ?1 AND kind = ?2"), row.subscriber, row.kind)
                .done();
        return db_
            .run(sql("INSERT INTO vault (subscriber, kind, sealed) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT (subscriber, kind) DO UPDATE SET sealed = excluded.sealed"),
                 row.subscriber, row.kind, row.sealed)
            .done();
    };
    return change_summed(vault_, change, [&] {
        return db_.run(sql("SELECT subscriber, kind, sealed FROM vault WHERE subscriber = ?1 AND kind = ?2"),
                       row.subscriber, row.kind);
    });
}

/// Makes a change of one row and follows it in the table's sum.
template <typename Change>
result<void> sqlite_journal::writer::change_summed(summed_table& table, const Change& change,
                                                   const std::function<rows()>& row) {
    if (!table.is_kept) return change();
    if (!table.before) table.before = table.now;
    {
        auto was = row();
        if (was.next()) {
            table.now.sum.remove(row_digest(was.raw()));
            --table.now.rows;
        }
        CHECK(was.ended());
    }
    CHECK(change());
    auto is = row();
    if (is.next()) {
        table.now.sum.add(row_digest(is.raw()));
        ++table.now.rows;
    }
    ++table.now.changes;
    return is.ended();
}

result<void> sqlite_journal::writer::note_sums() {
    for (const auto* const table : summed_)
        if (table->before) CHECK(note_tally(db_, seal_key_, table->name, table->now));
    return {};
}

base::bytes sqlite_journal::writer::seal(std::string_view table, row_hash& row) const {
    return seal_key_ ? seal_of(*seal_key_, table, row.finish()) : base::bytes();
}

result<void> sqlite_journal::writer::put_retry(const port::retry& r) {
    const auto change = [&] {
        return db_
            .run(sql("INSERT OR REPLACE INTO retry (effect, destination, position, stream, attempts, next_at, dead, "
                     "error_code, error_words, first_failed_at) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
                 r.effect.value, r.destination, r.position, r.stream, r.attempts, r.next_at, r.dead, r.error_code,
                 r.error_words, r.first_failed_at)
            .done();
    };
    return change_summed(retries_, change,
                         [&] { return db_.run(sql("SELECT * FROM retry WHERE effect = ?1"), r.effect.value); });
}

result<void> sqlite_journal::writer::delete_retry(port::effect_id effect) {
    const auto change = [&] { return db_.run(sql("DELETE FROM retry WHERE effect = ?1"), effect.value).done(); };
    return change_summed(retries_, change,
                         [&] { return db_.run(sql("SELECT * FROM retry WHERE effect = ?1"), effect.value); });
}

/// The sum is over which rows there are: how far they are changes with every step, and is sealed.
result<void> sqlite_journal::writer::put_cursor(const port::cursor& c) {
    const int partition = c.upto.partition();
    const auto sealed = seal("cursor", row_hash()
                                           .add("destination", std::int64_t{c.destination})
                                           .add("partition", std::int64_t{partition})
                                           .add("upto", c.upto.value));
    const auto put = [&] {
        return db_
            .run(sql("INSERT INTO cursor (destination, partition, upto, seal) VALUES (?1, ?2, ?3, ?4) "
                     "ON CONFLICT (destination, partition) DO UPDATE SET upto = excluded.upto, seal = excluded.seal"),
                 c.destination, partition, c.upto.value, sealed)
            .done();
    };
    if (known_cursors_.contains({c.destination, partition})) return put();
    new_cursors_.emplace_back(c.destination, partition);
    return change_summed(cursors_, put, [&] {
        return db_.run(sql("SELECT destination, partition FROM cursor WHERE destination = ?1 AND partition = ?2"),
                       c.destination, partition);
    });
}

result<void> sqlite_journal::writer::put_horizon(const port::horizon& h) {
    const auto sealed =
        seal("horizon",
             row_hash().add("destination", std::int64_t{h.destination}).add("position", std::int64_t{h.position}));
    const auto put = [&] {
        return db_
            .run(sql("INSERT INTO horizon (destination, position, seal) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT (destination) DO UPDATE SET position = excluded.position, seal = excluded.seal"),
                 h.destination, h.position, sealed)
            .done();
    };
    constexpr int all_partitions = -1;
    if (known_cursors_.contains({h.destination, all_partitions})) return put();
    new_cursors_.emplace_back(h.destination, all_partitions);
    return change_summed(horizons_, put, [&] {
        return db_.run(sql("SELECT destination FROM horizon WHERE destination = ?1"), h.destination);
    });
}

result<void> sqlite_journal::writer::put_awaited(const port::awaited_receipt& a) {
    const auto put = [&] {
        return db_
            .run(sql("INSERT OR REPLACE INTO awaited_receipt (receipt, stream, until) VALUES (?1, ?2, ?3)"), a.receipt,
                 a.stream, a.until)
            .done();
    };
    return change_summed(awaited_, put,
                         [&] { return db_.run(sql("SELECT * FROM awaited_receipt WHERE receipt = ?1"), a.receipt); });
}

result<void> sqlite_journal::writer::forget_awaited(std::string_view receipt) {
    const auto forget = [&] { return db_.run(sql("DELETE FROM awaited_receipt WHERE receipt = ?1"), receipt).done(); };
    return change_summed(awaited_, forget,
                         [&] { return db_.run(sql("SELECT * FROM awaited_receipt WHERE receipt = ?1"), receipt); });
}

result<void> sqlite_journal::writer::forget_awaited_before(base::instant when) {
    std::vector<std::string> over;
    {
        auto found = db_.run(sql("SELECT receipt FROM awaited_receipt WHERE until < ?1"), when);
        while (found.next()) over.emplace_back(found.text(0));
        CHECK(found.ended());
    }
    for (const auto& one : over) CHECK(forget_awaited(one));
    return {};
}

/// Another's is refused: the command draws again.
result<void> sqlite_journal::writer::put_reference(const std::string& name, std::int64_t stream) {
    return change_summed(
        references_,
        [&] { return db_.run(sql("INSERT INTO reference (name, stream) VALUES (?1, ?2)"), name, stream).done(); },
        [&] { return db_.run(sql("SELECT * FROM reference WHERE name = ?1"), name); });
}

/// A name that no other stream can have, so that several are found by one EID.
result<void> sqlite_journal::writer::put_device(std::string_view eid, std::int64_t stream) {
    const auto name = device_names(eid) + std::to_string(stream);
    auto found = db_.run(sql("SELECT 1 FROM reference WHERE name = ?1"), name);
    const bool known = found.next();
    CHECK(found.ended());
    return known ? result<void>() : put_reference(name, stream);
}

/// Over what no chain reaches: the columns of `sealed_rows_of("stream")`, in their order (seals.cpp).
base::bytes sqlite_journal::writer::stream_seal(const port::stream& after) const {
    if (!seal_key_) return {};
    row_hash row;
    row.add("id", after.id)
        .add("kind", static_cast<std::int64_t>(after.key.kind))
        .add("key", std::string_view(after.key.key))
        .add("public_id", std::string_view(after.public_id))
        .add("version", static_cast<std::int64_t>(after.version))
        .add("recent", base::view(after.recent));
    return seal("stream", row);
}

result<void> sqlite_journal::writer::put_outbox_state(const port::batch& what) {
    for (const auto& c : what.cursors) CHECK(put_cursor(c));
    for (const auto& h : what.horizons) CHECK(put_horizon(h));
    for (const auto& r : what.retries) CHECK(put_retry(r));
    for (const auto& effect : what.retries_done) CHECK(delete_retry(effect));
    for (const auto& a : what.awaited) CHECK(put_awaited(a));
    for (const auto& receipt : what.receipts_done) CHECK(forget_awaited(receipt));
    if (what.forget_awaited_before) CHECK(forget_awaited_before(what.forget_awaited_before));
    return {};
}

result<std::unique_ptr<sqlite_journal::checkpointer>> sqlite_journal::checkpointer::start(const std::string& path,
                                                                                          writer& beside,
                                                                                          const journal_tuning& how) {
    TRY(db, connection::open(path, connection::mode::read_write));
    CHECK(db.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -1024"));
    // The first use of the connection makes it read the header; without it a checkpoint finds no log.
    CHECK(db.number("SELECT count(*) FROM cursor"));
    auto made = std::unique_ptr<checkpointer>(new checkpointer(std::move(db), beside, how));
    made->thread_ = std::thread([self = made.get()] { self->run(); });
    return made;
}

sqlite_journal::checkpointer::~checkpointer() {
    {
        const std::scoped_lock held(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void sqlite_journal::checkpointer::look() {
    const int pages = beside_.log_pages();
    if (pages < seen_pages_) settled_pages_ = 0;  // a settled log started again at its beginning
    seen_pages_ = pages;
    if (pages - settled_pages_ >= how_.checkpoint_pages) wake_.notify_one();
}

void sqlite_journal::checkpointer::run() {
    base::name_this_thread("kl-checkpoint");
    std::uint64_t commits_then = 0;
    std::uint64_t commits_settled = 0;
    std::unique_lock held(mutex_);
    while (!stop_) {
        const auto woken = wake_.wait_for(held, std::chrono::milliseconds(how_.checkpoint_idle_ms));
        if (stop_) return;
        const auto commits = beside_.commits();
        const bool idle = commits == commits_then && commits != commits_settled;
        commits_then = commits;
        if (woken == std::cv_status::timeout && !idle) continue;
        held.unlock();
        const bool settled = checkpoint();
        held.lock();
        if (settled)
            commits_settled = commits;  // otherwise there was no room: again, when it has been idle for a while
    }
}

// Beside the running commits first, as often as it takes for little to be left; then the little that is left while
// commits wait, because only a log that is settled to its end can start again at its beginning.
bool sqlite_journal::checkpointer::checkpoint() {
    constexpr int little = 512;
    int left = move_pages();
    for (int again = 0; again < 4 && left > little; ++again) left = move_pages();
    if (left <= 0) return left == 0;
    const std::scoped_lock held(beside_.committing());
    return move_pages() >= 0;
}

int sqlite_journal::checkpointer::move_pages() {
    int in_log = 0;
    int moved = 0;
    const int outcome = sqlite3_wal_checkpoint_v2(db_.raw(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
    if (outcome == SQLITE_BUSY || outcome == SQLITE_LOCKED) return 0;  // another process checkpoints
    if (outcome != SQLITE_OK) {
        auto why = error_of(db_.raw(), outcome, "The checkpoint failed");
        if (why.what == base::code::storage_full) return no_room;  // the log keeps what is not moved
        must(std::unexpected(std::move(why)));
    }
    settled_pages_ = moved;
    return std::max(0, beside_.log_pages() - moved);
}

}  // namespace keepline::store
