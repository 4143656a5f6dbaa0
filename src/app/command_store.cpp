// keepline verify: about the journal as a whole; reads only and runs beside a server.
#include "app/command.hpp"
#include "engine/engine.hpp"
#include "store/sqlite_journal.hpp"

#include <chrono>
#include <ostream>

#include <boost/json.hpp>

namespace keepline::app {

namespace {

namespace json = boost::json;

result<std::unique_ptr<store::sqlite_journal>> open_to_read(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return base::refuse(base::code::not_found,
                            "There is no journal at " + path + " (data_dir and store.path say where).");
    return store::sqlite_journal::open(path, store::open_mode::read_only);
}

result<int> verify(const session& s, const std::string& file) {
    TRY(settings, s.settings());
    const auto& path = file.empty() ? settings.store.path : file;
    TRY(journal, open_to_read(path));
    const auto begun = std::chrono::steady_clock::now();
    TRY(found, engine::verify(*journal));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const bool holds = found.first_mismatch.empty();
    if (s.json)
        s.print(json::object{
            {"ok", holds}, {"streams", found.streams}, {"entries", found.entries}, {"mismatch", found.first_mismatch}});
    else if (holds)
        s.at.out << "Everything holds: " << found.streams << " streams, " << found.entries
                 << " entries, re-folded and re-hashed in " << static_cast<std::int64_t>(took.count() * 1000)
                 << " ms\n";
    if (!holds) return base::refuse(base::code::journal_broken, "The journal does not verify: " + found.first_mismatch);
    return 0;
}

}  // namespace

void add_store_commands(CLI::App& root, session& s) {
    auto file = std::make_shared<std::string>();
    auto* check =
        add_command(root, "verify", "Re-fold and re-hash the whole journal; exit code 8 at the first mismatch",
                    "keepline verify\nkeepline verify --journal backup-2026-11-22.db");
    check->add_option("--journal", *file, "Another journal file, such as a backup")->type_name("FILE");
    on_chosen(check, s, [&s, file] { return verify(s, *file); });
}

}  // namespace keepline::app
