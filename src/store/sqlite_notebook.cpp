#include "store/sqlite_notebook.hpp"

#include "store/store_file.hpp"

namespace keepline::store {

using base::result;

struct sqlite_notebook::inner {
    connection db;
    seal_key key;
};

sqlite_notebook::sqlite_notebook(std::unique_ptr<inner> with) : inner_(std::move(with)) {}
sqlite_notebook::~sqlite_notebook() = default;

result<std::unique_ptr<sqlite_notebook>> sqlite_notebook::open(const std::string& path, seal_key key) {
    constexpr std::int64_t cache_kb = 256;
    TRY(db, open_store_file(path, upgrade::only_create, default_page_bytes, cache_kb));
    return std::unique_ptr<sqlite_notebook>(new sqlite_notebook(std::make_unique<inner>(std::move(db), key)));
}

namespace {

result<std::optional<std::string>> note_in(connection& db, std::string_view name) {
    auto found = db.run(sql("SELECT value FROM note WHERE name = ?1"), name);
    if (found.next()) return std::optional<std::string>(found.text(0));
    CHECK(found.ended());
    return std::optional<std::string>();
}

}  // namespace

result<std::optional<std::string>> sqlite_notebook::read(std::string_view name) {
    const std::scoped_lock held(mutex_);
    return note_in(inner_->db, name);
}

result<std::optional<std::string>> sqlite_notebook::read_in(const std::string& path, std::string_view name) {
    TRY(db, connection::open(path, connection::mode::read_only));
    return note_in(db, name);
}

namespace {

result<bool> is_any(connection& db, const char* query) {
    TRY(found, db.number(query));
    return found != 0;
}

constexpr const char* any_use = "SELECT EXISTS (SELECT 1 FROM stream) OR EXISTS (SELECT 1 FROM token)";
constexpr const char* any_stream = "SELECT EXISTS (SELECT 1 FROM stream)";

}  // namespace

result<sqlite_notebook::use> sqlite_notebook::use_in(const std::string& path) {
    TRY(db, connection::open(path, connection::mode::read_only));
    TRY(any, is_any(db, any_use));
    TRY(streams, is_any(db, any_stream));
    return use{any, streams};
}

void sqlite_notebook::seal_with(const base::digest& key) {
    const std::scoped_lock held(mutex_);
    inner_->key = key;
}

result<void> sqlite_notebook::put(const std::vector<note>& notes) {
    std::string which = "name IN (";
    std::vector<std::string> names;
    for (const auto& one : notes) {
        which += (names.empty() ? "?" : ", ?") + std::to_string(names.size() + 1);
        names.push_back(one.first);
    }
    return follow(inner_->db, inner_->key, "note", which + ")", names, [&]() -> result<void> {
        for (const auto& [name, value] : notes) {
            if (value.empty()) {
                CHECK(inner_->db.run(sql("DELETE FROM note WHERE name = ?1"), name).done());
                continue;
            }
            CHECK(inner_->db
                      .run(sql("INSERT INTO note (name, value) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
                           name, value)
                      .done());
        }
        return {};
    });
}

result<void> sqlite_notebook::write(const std::vector<note>& notes) {
    if (notes.empty()) return {};
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
    CHECK(put(notes));
    return change.commit();
}

result<bool> sqlite_notebook::exchange(const std::string& name, const std::string& was, const std::string& now) {
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
    TRY(found, note_in(inner_->db, name));
    if (found.value_or("") != was) return false;
    CHECK(put({{name, now}}));
    CHECK(change.commit());
    return true;
}

result<bool> sqlite_notebook::store_is_in_use() {
    const std::scoped_lock held(mutex_);
    return is_any(inner_->db, any_use);
}

result<bool> sqlite_notebook::store_has_streams() {
    const std::scoped_lock held(mutex_);
    return is_any(inner_->db, any_stream);
}

}  // namespace keepline::store
