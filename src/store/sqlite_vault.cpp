#include "store/sqlite_vault.hpp"

#include "base/ensure.hpp"
#include "store/file_copy.hpp"
#include "store/keys_check.hpp"
#include "store/migrations.hpp"
#include "store/sqlite.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <unistd.h>
#include <vector>

namespace keepline::store {

using base::code;
using base::result;

namespace {
constexpr std::uint8_t row_form = 1;
}

std::string key_label_of(std::string_view owner) { return "key|" + std::string(owner); }

std::optional<base::bytes> open_sealed_row(base::byte_view key, std::string_view owner, std::string_view kind,
                                           base::byte_view sealed) {
    if (sealed.empty() || sealed[0] != row_form) return std::nullopt;
    return open_bytes(key, std::string(owner) + "|" + std::string(kind), sealed.subspan(1));
}

struct sqlite_vault::keys_file {
    std::string path;
    connection db;
    base::locked_bytes master;
    std::string id;
    base::digest seal;  // of the sums over its tables (seals.hpp)
};

namespace {

constexpr std::string_view check_text = "keepline keys, version 1";

std::string row_label(std::string_view subscriber, std::string_view kind) {
    return std::string(subscriber) + "|" + std::string(kind);
}

/// Three parts, so that no row is taken for it.
std::string blob_label(std::string_view subscriber, std::string_view about) {
    return row_label(subscriber, "blob|" + std::string(about));
}

// The bar separates the two in what is bound to a row; a subscriber id (base::label) never has one.
result<void> check_name(std::string_view subscriber) {
    if (subscriber.empty() || subscriber.size() > 64 || subscriber.find('|') != std::string_view::npos)
        return base::refuse(code::invalid, "This is not the id of a subscriber.");
    return {};
}

std::unexpected<base::error> gone() {
    return base::refuse(code::erased, "The personal data of this subscriber was erased.");
}

std::unexpected<base::error> key_is_missing(const std::string& subscriber) {
    return base::refuse(code::key_missing, "The key of " + subscriber +
                                               " is missing, though personal data are sealed with it and nobody "
                                               "erased them: put back the file of the subscribers' keys that has it.");
}

/// Whether the file notes a master key, and it is this one. code::config_invalid: it is another.
result<bool> fits_master(connection& db, base::byte_view master) {
    auto found = db.run(sql("SELECT wrapped FROM master_check WHERE one = 1"));
    if (!found.next()) {
        CHECK(found.ended());
        return false;
    }
    if (open_bytes(master, "check", found.blob(0))) return true;
    return base::refuse(code::config_invalid,
                        "The master key is not the one that belongs to this keys.sqlite; put back the right file.");
}

/// Is it the master key of this file? The first start writes the row that tells.
result<void> check_master(connection& db, base::byte_view master) {
    TRY(noted, fits_master(db, master));
    if (noted) return {};
    const auto wrapped = seal_bytes(master, "check", base::view(check_text));
    return db.run(sql("INSERT INTO master_check (one, wrapped) VALUES (1, ?1)"), wrapped).done();
}

std::unexpected<base::error> keys_are_missing(const std::string& path) {
    return base::refuse(code::config_invalid,
                        "The subscribers' keys `" + path +
                            "` are missing, but the store belongs to such a file: put it back (`keepline restore` "
                            "takes it from a backup). With a new one everybody's personal data would be lost.");
}

std::unexpected<base::error> keys_are_anothers(const std::string& path) {
    return base::refuse(code::config_invalid,
                        "The subscribers' keys `" + path + "` are not those of this store; put back the right file.");
}

result<connection> open_keys_file(const std::string& path, const std::string& belongs_to) {
    if (!belongs_to.empty() && ::access(path.c_str(), F_OK) != 0) return keys_are_missing(path);
    TRY(db, connection::open(path, connection::mode::read_write));
    TRY(journal_mode, db.word("PRAGMA journal_mode = WAL"));
    if (journal_mode != "wal")
        return base::refuse(code::unavailable, "The file system under `" + path + "` cannot hold a write-ahead log.");
    // secure_delete: what is erased is overwritten in the file, not only given free. A small cache: keys are looked up
    // at random, the ones in use are kept unwrapped, and the kernel has the file's pages anyway.
    CHECK(
        db.execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; "
                   "PRAGMA cache_size = -2048"));
    // Only an operator's backup may be in the way; everybody's personal data waits meanwhile.
    constexpr int busy_ms = 2000;
    sqlite3_busy_timeout(db.raw(), busy_ms);
    CHECK(migrate(db, keys_schema(), upgrade::allowed));
    return db;
}

/// Of a rotation that was cut off after its commit: the next key is the one, it only has not taken its place yet.
result<bool> next_key_is_the_one(connection& db, const std::string& master_key_path) {
    const auto next = next_master_key_of(master_key_path);
    if (::access(next.c_str(), F_OK) != 0) return false;
    TRY(key, load_master_key(next, false));
    auto found = db.run(sql("SELECT wrapped FROM master_check WHERE one = 1"));
    return found.next() && open_bytes(key.view(), "check", found.blob(0)).has_value();
}

result<void> finish_rotation(connection& db, const std::string& master_key_path) {
    const auto next = next_master_key_of(master_key_path);
    TRY(fits, next_key_is_the_one(db, master_key_path));
    // One that does not fit is left alone: another process may be about to commit what is wrapped with it.
    if (!fits) return {};
    if (::rename(next.c_str(), master_key_path.c_str()) != 0 && errno != ENOENT)
        return base::refuse(code::unavailable, "`" + next + "` cannot be moved; check its folder.");
    return sync_directory_of(master_key_path);
}

/// Sums up what is not summed up yet, as it is now.
result<void> cover_first_of_keys(connection& db, const base::digest& seal) {
    TRY(change, transaction::begin(db));
    for (const auto& one : keys_covers()) {
        if (!one.summed) continue;
        TRY(noted, noted_tally(db, one.table));
        if (noted) continue;
        TRY(counted, count_rows(db, std::string(one.table)));
        counted.changes = counted.rows;
        CHECK(note_tally(db, seal, one.table, counted));
    }
    return change.commit();
}

/// A key as it lies in the table.
base::digest key_row(std::string_view subscriber, const base::bytes& wrapped) {
    return row_hash().add("subscriber", subscriber).add("wrapped", base::byte_view(wrapped)).finish();
}

void cut_log(connection& db) {
    sqlite3_wal_checkpoint_v2(db.raw(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace

sqlite_vault::sqlite_vault(std::unique_ptr<keys_file> keys, port::journal& rows, settings how)
    : keys_(std::move(keys)), rows_(rows), how_(how) {}

sqlite_vault::~sqlite_vault() = default;

result<std::unique_ptr<sqlite_vault>> sqlite_vault::open(const std::string& keys_path,
                                                         const std::string& master_key_path, port::journal& rows,
                                                         settings how) {
    ENSURE(how.cached_keys > 0);
    TRY(db, open_keys_file(keys_path, how.belongs_to));
    TRY(id, db.word("SELECT value FROM about WHERE name = 'id'"));
    if (!how.belongs_to.empty() && id != how.belongs_to) return keys_are_anothers(keys_path);
    CHECK(finish_rotation(db, master_key_path));
    // A new master key beside old keys would make them all useless, so one is made only for a file that has none yet.
    TRY(known, db.number("SELECT count(*) FROM master_check"));
    TRY(master, load_master_key(master_key_path, known == 0));
    CHECK(check_master(db, master.view()));
    const auto seal = seal_key_of_keys(master.view());
    if (!how.covered_before) CHECK(cover_first_of_keys(db, seal));
    auto keys = std::make_unique<keys_file>(keys_file{keys_path, std::move(db), std::move(master), id, seal});
    return std::unique_ptr<sqlite_vault>(new sqlite_vault(std::move(keys), rows, how));
}

result<void> sqlite_vault::check(const std::string& keys_path, const std::string& master_key_path,
                                 const std::string& belongs_to) {
    const auto is_there = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
    const auto check_form = [&]() -> result<void> {  // a file that is there must be one that can be used
        if (is_there(master_key_path)) CHECK(load_master_key(master_key_path, false));
        return {};
    };
    if (!is_there(keys_path)) return belongs_to.empty() ? check_form() : keys_are_missing(keys_path);
    TRY(version, version_in(keys_path, keys_schema()));
    if (version != keys_schema().newest()) return check_form();  // the start brings it forward first, and looks then
    TRY(db, connection::open(keys_path, connection::mode::read_only));
    TRY(id, db.word("SELECT value FROM about WHERE name = 'id'"));
    if (!belongs_to.empty() && id != belongs_to) return keys_are_anothers(keys_path);
    TRY(next, next_key_is_the_one(db, master_key_path));
    if (next) return {};
    TRY(known, db.number("SELECT count(*) FROM master_check"));
    if (known == 0) return check_form();
    TRY(master, load_master_key(master_key_path, false));
    CHECK(fits_master(db, master.view()));
    return {};
}

result<port::vault_row> sqlite_vault::seal(std::string_view subscriber, std::string_view kind, std::string_view plain) {
    CHECK(check_name(subscriber));
    port::vault_row out{std::string(subscriber), std::string(kind), {}};
    secret_key key;
    {
        const std::scoped_lock held(mutex_);
        TRY(state, find_key(out.subscriber, key));
        if (state == key_state::missing) {
            // A new key over rows that it cannot open would lose them for good.
            TRY(has_rows, rows_.has_sealed(out.subscriber));
            if (has_rows) return key_is_missing(out.subscriber);
            CHECK(make_key(out.subscriber, nullptr));
            TRY(made, find_key(out.subscriber, key));
            ENSURE(made == key_state::present);
        } else if (state == key_state::erased) {
            return gone();
        }
        out.under_way = note_made(out.subscriber, state == key_state::missing);
    }
    out.sealed = seal_bytes(key, row_label(subscriber, kind), base::view(plain));
    out.sealed.insert(out.sealed.begin(), row_form);
    return out;
}

result<std::string> sqlite_vault::open(std::string_view subscriber, std::string_view kind) {
    CHECK(check_name(subscriber));
    secret_key key;
    auto state = key_state::missing;
    {
        const std::scoped_lock held(mutex_);
        TRY(found, find_key(std::string(subscriber), key));
        state = found;
    }
    if (state == key_state::erased) return gone();
    TRY(sealed, rows_.sealed(subscriber, kind));
    if (!sealed) return base::refuse(code::not_found, "Nothing is stored.");
    if (state == key_state::missing) return key_is_missing(std::string(subscriber));
    auto plain = open_sealed_row(key.view(), subscriber, kind, *sealed);
    if (!plain) return base::refuse(code::journal_broken, "A sealed row does not open; restore a backup.");
    std::string out(base::text(*plain));
    sodium_memzero(plain->data(), plain->size());
    return out;
}

result<void> sqlite_vault::key_in_force(std::string_view subscriber, secret_key& out) {
    CHECK(check_name(subscriber));
    const std::scoped_lock held(mutex_);
    TRY(state, find_key(std::string(subscriber), out));
    if (state == key_state::erased) return gone();
    if (state == key_state::missing) return key_is_missing(std::string(subscriber));
    return {};
}

result<base::bytes> sqlite_vault::seal_blob(std::string_view subscriber, std::string_view about,
                                            base::byte_view plain) {
    secret_key key;
    CHECK(key_in_force(subscriber, key));
    auto out = seal_bytes(key, blob_label(subscriber, about), plain);
    out.insert(out.begin(), row_form);
    return out;
}

result<base::bytes> sqlite_vault::open_blob(std::string_view subscriber, std::string_view about,
                                            base::byte_view sealed) {
    secret_key key;
    CHECK(key_in_force(subscriber, key));
    if (!sealed.empty() && sealed.front() == row_form)
        if (auto plain = open_bytes(key.view(), blob_label(subscriber, about), sealed.subspan(1)))
            return *std::move(plain);
    return base::refuse(code::journal_broken, "Sealed bytes do not open; restore a backup.");
}

result<void> sqlite_vault::erase(std::string_view subscriber) {
    CHECK(check_name(subscriber));
    const std::scoped_lock held(mutex_);
    const std::string name(subscriber);
    forget(name);
    TRY(change, transaction::begin(keys_->db));
    CHECK(follow(keys_->db, keys_->seal, "subscriber_key", "subscriber = ?1", {name}, [&] {
        return keys_->db
            .run(sql("INSERT INTO subscriber_key (subscriber, wrapped) VALUES (?1, NULL) "
                     "ON CONFLICT (subscriber) DO UPDATE SET wrapped = NULL WHERE wrapped IS NOT NULL"),
                 name)
            .done();
    }));
    CHECK(change.commit());
    // The log still holds the page as it was: move it into the file, where it is overwritten, and cut it off.
    const int outcome =
        sqlite3_wal_checkpoint_v2(keys_->db.raw(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (outcome != SQLITE_OK)
        return std::unexpected(error_of(keys_->db.raw(), outcome,
                                        "The key is destroyed, but a copy may be left in the log of the keys file"));
    return {};
}

result<void> sqlite_vault::prepare_keys(std::span<const std::string> subscribers) {
    for (const auto& name : subscribers) CHECK(check_name(name));
    const std::scoped_lock held(mutex_);
    std::optional<transaction> change;  // begun at the first key that is missing
    tally sum;
    bool is_summed = false;
    for (const auto& name : subscribers) {
        if (by_name_.contains(name)) continue;
        {
            auto found = keys_->db.run(sql("SELECT 1 FROM subscriber_key WHERE subscriber = ?1"), name);
            if (found.next()) continue;
            CHECK(found.ended());
        }
        TRY(has_rows, rows_.has_sealed(name));
        if (has_rows) continue;  // its key is missing: seal() says so
        if (!change) {
            TRY(begun, transaction::begin(keys_->db));
            change.emplace(std::move(begun));
            TRY(noted, noted_tally(keys_->db, "subscriber_key"));
            is_summed = noted.has_value();
            sum = noted.value_or(tally());
        }
        CHECK(make_key(name, &sum));
        note_made(name, true);
    }
    if (!change) return {};
    if (is_summed) CHECK(note_tally(keys_->db, keys_->seal, "subscriber_key", sum));
    return change->commit();
}

/// Null where no sweep will come for the key.
std::shared_ptr<const void> sqlite_vault::note_made(const std::string& subscriber, bool now) {
    constexpr std::size_t noted_max = 100'000;
    const auto known = made_.find(subscriber);
    if (known != made_.end()) {
        known->second.used_last = std::chrono::steady_clock::now();
        ++known->second.uses;
        return known->second.rows;
    }
    if (!now || made_.size() >= noted_max) return nullptr;
    return made_.emplace(subscriber, made_key{std::chrono::steady_clock::now()}).first->second.rows;
}

std::vector<sqlite_vault::unused_key> sqlite_vault::unused_since(std::chrono::steady_clock::time_point until) {
    std::vector<unused_key> out;
    {
        const std::scoped_lock held(mutex_);
        for (const auto& [name, one] : made_)
            if (one.used_last <= until && one.rows.use_count() == 1) out.push_back({name, one.uses, false});
    }
    // The last of a key's rows went after its commit: whoever looks for the row from here on finds it.
    std::atomic_thread_fence(std::memory_order_acquire);
    return out;
}

result<std::int64_t> sqlite_vault::drop_unused_keys(std::chrono::steady_clock::duration older) {
    constexpr std::size_t at_once = 64;
    auto unused = unused_since(std::chrono::steady_clock::now() - older);
    std::int64_t dropped = 0;
    for (std::size_t from = 0; from < unused.size(); from += at_once) {
        const auto some = std::span(unused).subspan(from, std::min(at_once, unused.size() - from));
        for (auto& one : some) {
            TRY(used, rows_.has_sealed(one.subscriber));
            one.has_rows = used;
        }
        const std::scoped_lock held(mutex_);
        TRY(went, drop_keys(some));
        dropped += went;
    }
    return dropped;
}

/// All in one commit. One that was sealed with since it was looked for stays.
result<std::int64_t> sqlite_vault::drop_keys(std::span<const unused_key> which) {
    std::vector<std::string> over, unused;
    for (const auto& one : which) {
        const auto known = made_.find(one.subscriber);
        if (known == made_.end() || known->second.uses != one.uses) continue;
        over.push_back(one.subscriber);
        if (!one.has_rows) unused.push_back(one.subscriber);
    }
    if (!unused.empty()) {
        TRY(change, transaction::begin(keys_->db));
        for (const auto& name : unused)
            CHECK(follow(keys_->db, keys_->seal, "subscriber_key", "subscriber = ?1", {name}, [&] {
                return keys_->db
                    .run(sql("DELETE FROM subscriber_key WHERE subscriber = ?1 AND wrapped IS NOT NULL"), name)
                    .done();
            }));
        CHECK(change.commit());
    }
    for (const auto& name : unused) forget(name);
    for (const auto& name : over) made_.erase(name);
    return static_cast<std::int64_t>(unused.size());
}

result<std::vector<table_summary>> sqlite_vault::summary() {
    const std::scoped_lock held(mutex_);
    return keys_summary(keys_->db);
}

const std::string& sqlite_vault::file_id() const { return keys_->id; }

base::bytes sqlite_vault::seal_with_master(std::string_view about, std::string_view plain) const {
    return seal_bytes(keys_->master.view(), "backup|" + std::string(about), base::view(plain));
}

std::optional<std::string> sqlite_vault::open_with_master(std::string_view about, base::byte_view sealed) const {
    auto plain = open_bytes(keys_->master.view(), "backup|" + std::string(about), sealed);
    if (!plain) return std::nullopt;
    std::string out(base::text(*plain));
    sodium_memzero(plain->data(), plain->size());
    return out;
}

result<std::int64_t> sqlite_vault::rotate_master_key(const std::string& keys_path, const std::string& master_key_path) {
    TRY(db, open_keys_file(keys_path, ""));
    CHECK(finish_rotation(db, master_key_path));
    TRY(old, load_master_key(master_key_path, false));
    CHECK(check_master(db, old.view()));
    const auto next_path = next_master_key_of(master_key_path);
    ::unlink(next_path.c_str());  // of a rotation that was cut off before its commit; nobody else rotates
    TRY(next, create_master_key(next_path));
    TRY(change, transaction::begin(db));
    for (const auto& one : keys_covers()) {  // a sum that does not hold is not made good by the way
        TRY(noted, noted_tally(db, one.table));
        if (!one.summed || !noted) continue;
        TRY(broken, broken_tally(db, {seal_key_of_keys(old.view())}, std::string(one.table)));
        if (!broken.empty())
            return base::refuse(code::journal_broken, "Nothing was changed: " + broken + ". See keepline verify.");
    }
    std::vector<std::pair<std::string, base::bytes>> rows;
    {
        auto found = db.run(sql("SELECT subscriber, wrapped FROM subscriber_key WHERE wrapped IS NOT NULL"));
        while (found.next()) {
            const std::string name(found.text(0));
            auto raw = open_bytes(old.view(), key_label_of(name), found.blob(1));
            if (!raw)
                return base::refuse(code::journal_broken, "A subscriber's key does not open; nothing was changed.");
            rows.emplace_back(name, seal_bytes(next.view(), key_label_of(name), *raw));
            sodium_memzero(raw->data(), raw->size());
        }
        CHECK(found.ended());
    }
    for (const auto& [name, wrapped] : rows)
        CHECK(db.run(sql("UPDATE subscriber_key SET wrapped = ?2 WHERE subscriber = ?1"), name, wrapped).done());
    CHECK(db.run(sql("UPDATE master_check SET wrapped = ?1 WHERE one = 1"),
                 seal_bytes(next.view(), "check", base::view(check_text)))
              .done());
    for (const auto& one : keys_covers()) {
        TRY(noted, noted_tally(db, one.table));
        if (!one.summed || !noted) continue;
        TRY(counted, count_rows(db, std::string(one.table)));
        counted.changes = noted->changes + counted.rows;
        CHECK(note_tally(db, seal_key_of_keys(next.view()), one.table, counted));
    }
    CHECK(change.commit());
    cut_log(db);  // the old wrappings are overwritten in the file, and gone from its log
    CHECK(finish_rotation(db, master_key_path));
    return static_cast<std::int64_t>(rows.size());
}

result<void> sqlite_vault::export_keys(const std::string& path) { return copy_file(keys_->path, path); }

result<sqlite_vault::key_state> sqlite_vault::find_key(const std::string& subscriber, secret_key& out) {
    if (const auto known = by_name_.find(subscriber); known != by_name_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, known->second);
        out = known->second->key;
        return key_state::present;
    }
    auto found = keys_->db.run(sql("SELECT wrapped FROM subscriber_key WHERE subscriber = ?1"), subscriber);
    if (!found.next()) {
        CHECK(found.ended());
        return key_state::missing;
    }
    if (found.null(0)) return key_state::erased;
    auto raw = open_bytes(keys_->master.view(), key_label_of(subscriber), found.blob(0));
    if (!raw || raw->size() != out.size())
        return base::refuse(code::journal_broken,
                            "A subscriber's key does not open; restore a backup of the keys file.");
    std::copy(raw->begin(), raw->end(), out.data());
    sodium_memzero(raw->data(), raw->size());
    remember(subscriber, out);
    return key_state::present;
}

/// `into`: the sum that goes on, in the caller's transaction; null: one of its own.
result<void> sqlite_vault::make_key(const std::string& subscriber, tally* into) {
    secret_key made;
    randombytes_buf(made.data(), made.size());
    const auto wrapped = seal_bytes(keys_->master.view(), key_label_of(subscriber), made.view());
    const auto put = [&] {
        return keys_->db
            .run(sql("INSERT INTO subscriber_key (subscriber, wrapped) VALUES (?1, ?2)"), subscriber, wrapped)
            .done();
    };
    if (into == nullptr) {
        TRY(change, transaction::begin(keys_->db));
        CHECK(follow(keys_->db, keys_->seal, "subscriber_key", "subscriber = ?1", {subscriber}, put));
        return change.commit();
    }
    CHECK(put());
    into->sum.add(key_row(subscriber, wrapped));
    ++into->rows;
    ++into->changes;
    return {};
}

void sqlite_vault::remember(const std::string& subscriber, const secret_key& key) {
    if (by_use_.size() >= how_.cached_keys) {
        by_name_.erase(by_use_.back().subscriber);
        by_use_.pop_back();
    }
    by_use_.push_front({subscriber, key});
    by_name_[subscriber] = by_use_.begin();
}

void sqlite_vault::forget(const std::string& subscriber) {
    const auto known = by_name_.find(subscriber);
    if (known == by_name_.end()) return;
    by_use_.erase(known->second);
    by_name_.erase(known);
}

}  // namespace keepline::store
