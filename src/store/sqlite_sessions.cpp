#include "store/sqlite_sessions.hpp"

#include "store/sqlite.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <unordered_map>
#include <vector>

namespace keepline::store {

using base::byte_view;
using base::instant;
using port::session_trust;
using port::stored_session;

namespace {

constexpr std::int64_t sessions_version = 1;
constexpr std::int64_t sessions_application = 0x4b505253;  // "KPRS"
// The row is the only key there is on the disk; content comes last, so that reading the others touches no overflow
// page.
constexpr const char* sessions_schema =
    "CREATE TABLE boot (id TEXT NOT NULL);"
    "CREATE TABLE session (row INTEGER PRIMARY KEY, transaction_id BLOB NOT NULL, trust INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL, generation INTEGER NOT NULL, content BLOB NOT NULL);"
    "PRAGMA application_id = 1263555155; PRAGMA user_version = 1";
static_assert(sessions_application == 1263555155 && sessions_version == 1);

struct session_place {
    std::int64_t row = 0;
    std::int64_t generation = 0;
    session_trust trust = session_trust::none;
    instant expires_at;
};

/// Where each session is and when it ends. A transaction id is random and made by us, so its text is a good hash key.
class session_index {
 public:
    using entry = std::pair<const std::string, session_place>;

    entry* find(byte_view transaction) {
        const auto found = by_id_.find(std::string(base::text(transaction)));
        return found == by_id_.end() ? nullptr : &*found;
    }
    /// Over an older one of the same id.
    void set(byte_view transaction, const session_place& where) {
        const auto [at, fresh] = by_id_.try_emplace(std::string(base::text(transaction)), where);
        if (!fresh) order_of(at->second).erase({at->second.expires_at, &*at});
        at->second = where;
        order_of(where).emplace(where.expires_at, &*at);
    }
    void erase(const entry* one) {
        order_of(one->second).erase({one->second.expires_at, one});
        by_id_.erase(by_id_.find(one->first));
    }
    /// The one that ends first; null: there is none.
    const entry* first(session_trust of) const {
        const auto& order = orders_[static_cast<std::size_t>(of)];
        return order.empty() ? nullptr : order.begin()->second;
    }
    std::vector<const entry*> expired(instant now, std::size_t at_most) const {
        std::vector<const entry*> out;
        for (const auto& order : orders_)
            for (const auto& [at, one] : order) {
                if (at > now || out.size() == at_most) break;
                out.push_back(one);
            }
        return out;
    }
    std::size_t size() const { return by_id_.size(); }

 private:
    using order = std::set<std::pair<instant, const entry*>>;
    order& order_of(const session_place& where) { return orders_[static_cast<std::size_t>(where.trust)]; }

    std::unordered_map<std::string, session_place> by_id_;  // its elements stay where they are
    std::array<order, 2> orders_;
};

/// Differs after every start of the machine's kernel.
std::string this_boot() {
    std::string out;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), out);
    return out;
}

result<connection> open_sessions_file(const std::string& path) {
    TRY(db, connection::open(path, connection::mode::read_write));
    // The first write takes the lock and keeps it; it is asked for once here, so that a second process hears of it now.
    sqlite3_busy_timeout(db.raw(), 0);
    CHECK(db.execute("PRAGMA locking_mode = EXCLUSIVE"));
    TRY(mode, db.word("PRAGMA journal_mode = WAL"));
    if (mode != "wal")
        return base::refuse(base::code::unavailable,
                            "The file system under `" + path + "` cannot hold a write-ahead log.");
    CHECK(
        db.execute("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 1000; PRAGMA secure_delete = OFF;"
                   "PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384"));
    TRY(version, db.number("PRAGMA user_version"));
    TRY(objects, db.number("SELECT count(*) FROM sqlite_schema"));
    if (version == 0 && objects == 0) {
        TRY(change, transaction::begin(db));
        CHECK(db.execute(sessions_schema));
        CHECK(db.run(sql("INSERT INTO boot (id) VALUES (?1)"), this_boot()).done());
        CHECK(change.commit());
    }
    TRY(application, db.number("PRAGMA application_id"));
    TRY(now_version, db.number("PRAGMA user_version"));
    if (application != sessions_application || now_version != sessions_version)
        return base::refuse(base::code::store_schema, "The file was written by another version of Keepline.");
    TRY(boot, db.word("SELECT id FROM boot"));
    if (boot != this_boot())
        return base::refuse(base::code::store_schema, "The machine was restarted since they were written.");
    return db;
}

}  // namespace

struct sqlite_sessions::inner {
    connection db;
    port::session_limits limits;
    session_index index{};
    std::int64_t last_row = 0;
    std::int64_t last_generation = 0;

    result<void> read_index() {
        auto found = db.run(sql("SELECT row, transaction_id, trust, expires_at, generation FROM session"));
        while (found.next()) {
            const auto trust = found.integer(2) == 0 ? session_trust::none : session_trust::proven;
            index.set(found.blob(1), {found.integer(0), found.integer(4), trust, found.time(3)});
            last_row = std::max(last_row, found.integer(0));
            last_generation = std::max(last_generation, found.integer(4));
        }
        return found.ended();
    }
    result<void> write(byte_view transaction, byte_view content, session_trust trust, instant expires_at,
                       const session_index::entry* before) {
        const session_place where{before != nullptr ? before->second.row : last_row + 1, last_generation + 1, trust,
                                  expires_at};
        const auto level = static_cast<int>(trust);
        CHECK(db.run(sql("REPLACE INTO session (row, transaction_id, trust, expires_at, generation, content)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
                     where.row, transaction, level, expires_at, where.generation, content)
                  .done());
        index.set(transaction, where);
        last_row = std::max(last_row, where.row);
        last_generation = where.generation;
        return {};
    }
    result<void> erase(const session_index::entry* one) {
        CHECK(db.run(sql("DELETE FROM session WHERE row = ?1"), one->second.row).done());
        index.erase(one);
        return {};
    }
    result<void> make_room() {
        const auto* first = index.first(session_trust::none);
        if (first == nullptr)
            return base::refuse(base::code::overloaded, "Too many downloads are under way; try again soon.");
        return erase(first);
    }
    result<std::optional<stored_session>> read(const session_index::entry* one, instant now) {
        if (one == nullptr || one->second.expires_at <= now) return std::optional<stored_session>();
        auto found = db.run(sql("SELECT content FROM session WHERE row = ?1"), one->second.row);
        if (!found.next()) {
            CHECK(found.ended());
            return base::refuse(base::code::internal, "A session is missing from its file.");
        }
        const auto content = found.blob(0);
        return stored_session{{content.begin(), content.end()},
                              static_cast<std::uint64_t>(one->second.generation),
                              one->second.trust,
                              one->second.expires_at};
    }
};

sqlite_sessions::sqlite_sessions(std::unique_ptr<inner> with, std::string renewed)
    : inner_(std::move(with)), renewed_(std::move(renewed)) {}
sqlite_sessions::~sqlite_sessions() = default;

result<std::unique_ptr<sqlite_sessions>> sqlite_sessions::open(const std::string& path, port::session_limits limits) {
    std::string renewed;
    for (;;) {
        auto db = open_sessions_file(path);
        if (db) {
            auto with = std::make_unique<inner>(inner{.db = std::move(*db), .limits = limits});
            auto read = with->read_index();
            if (read) return std::unique_ptr<sqlite_sessions>(new sqlite_sessions(std::move(with), std::move(renewed)));
            db = std::unexpected(std::move(read).error());
        }
        const bool replaceable =
            db.error().what == base::code::journal_broken || db.error().what == base::code::store_schema;
        if (!replaceable || !renewed.empty()) return std::unexpected(std::move(db).error());
        renewed = "The sessions in `" + path + "` were dropped: " + db.error().words;
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            std::error_code ignored;
            std::filesystem::remove(path + suffix, ignored);
        }
    }
}

result<void> sqlite_sessions::put(byte_view transaction, byte_view content, session_trust trust, instant expires_at) {
    const std::scoped_lock held(mutex_);
    CHECK(port::check_session(transaction, content, inner_->limits));
    const auto* before = inner_->index.find(transaction);
    if (before == nullptr && inner_->index.size() >= inner_->limits.sessions) CHECK(inner_->make_room());
    return inner_->write(transaction, content, trust, expires_at, before);
}

result<std::optional<stored_session>> sqlite_sessions::find(byte_view transaction, instant now) {
    const std::scoped_lock held(mutex_);
    return inner_->read(inner_->index.find(transaction), now);
}

result<bool> sqlite_sessions::replace(byte_view transaction, std::uint64_t generation, byte_view content,
                                      session_trust trust, instant expires_at) {
    const std::scoped_lock held(mutex_);
    CHECK(port::check_session(transaction, content, inner_->limits));
    const auto* before = inner_->index.find(transaction);
    if (before == nullptr || static_cast<std::uint64_t>(before->second.generation) != generation) return false;
    CHECK(inner_->write(transaction, content, trust, expires_at, before));
    return true;
}

result<std::optional<stored_session>> sqlite_sessions::take(byte_view transaction, instant now) {
    const std::scoped_lock held(mutex_);
    const auto* one = inner_->index.find(transaction);
    TRY(out, inner_->read(one, now));
    if (one != nullptr) CHECK(inner_->erase(one));
    return out;
}

result<std::size_t> sqlite_sessions::expire(instant now, std::size_t at_most) {
    const std::scoped_lock held(mutex_);
    const auto gone = inner_->index.expired(now, at_most);
    if (gone.empty()) return std::size_t{0};
    TRY(change, transaction::begin(inner_->db));
    for (const auto* one : gone)
        CHECK(inner_->db.run(sql("DELETE FROM session WHERE row = ?1"), one->second.row).done());
    CHECK(change.commit());
    for (const auto* one : gone) inner_->index.erase(one);
    return gone.size();
}

result<std::size_t> sqlite_sessions::count() {
    const std::scoped_lock held(mutex_);
    return inner_->index.size();
}

}  // namespace keepline::store
