#include "store/sqlite_notebook.hpp"

#include "store/store_file.hpp"

namespace keepline::store {

using base::result;

struct sqlite_notebook::inner {
    connection db;
};

sqlite_notebook::sqlite_notebook(std::unique_ptr<inner> with) : inner_(std::move(with)) {}
sqlite_notebook::~sqlite_notebook() = default;

result<std::unique_ptr<sqlite_notebook>> sqlite_notebook::open(const std::string& path) {
    constexpr std::int64_t cache_kb = 256;
    TRY(db, open_store_file(path, upgrade::only_create, default_page_bytes, cache_kb));
    return std::unique_ptr<sqlite_notebook>(new sqlite_notebook(std::make_unique<inner>(std::move(db))));
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

result<void> sqlite_notebook::write(const std::vector<note>& notes) {
    const std::scoped_lock held(mutex_);
    TRY(change, transaction::begin(inner_->db));
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
    return change.commit();
}

result<bool> sqlite_notebook::store_is_in_use() {
    const std::scoped_lock held(mutex_);
    TRY(found, inner_->db.number("SELECT EXISTS (SELECT 1 FROM stream) OR EXISTS (SELECT 1 FROM token)"));
    return found != 0;
}

result<bool> sqlite_notebook::store_has_streams() {
    const std::scoped_lock held(mutex_);
    TRY(found, inner_->db.number("SELECT EXISTS (SELECT 1 FROM stream)"));
    return found != 0;
}

}  // namespace keepline::store
