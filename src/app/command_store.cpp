// keepline verify, keepline backup: about the journal as a whole; both read only and run beside a server.
#include "app/command.hpp"
#include "engine/engine.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_vault.hpp"

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

result<int> back_up(const session& s, const std::string& file, const std::string& keys) {
    TRY(settings, s.settings());
    TRY(journal, open_to_read(settings.store.path));
    CHECK(journal->copy_to(file));
    json::object out{{"journal", file}};
    if (!keys.empty()) {
        TRY(vault,
            store::sqlite_vault::open(settings.keys.subscriber_keys_file, settings.keys.master_key_file, *journal));
        CHECK(vault->export_keys(keys));
        out["keys"] = keys;
    }
    if (s.json) {
        s.print(out);
        return 0;
    }
    s.at.out << "The journal is copied to " << file << " (personal data sealed; no key in it)\n";
    if (!keys.empty())
        s.at.out << "The subscribers' keys are copied to " << keys
                 << " (wrapped with the master key). Keep it apart from the journal's "
                 << "copy, and delete older copies in time: they still hold the keys of people erased since.\n";
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

    auto to = std::make_shared<std::string>();
    auto keys = std::make_shared<std::string>();
    auto* copy = add_command(root, "backup", "Make a consistent copy of the journal while the server runs",
                             "keepline backup /backup/journal-$(date +%F).db\n"
                             "keepline backup /backup/journal.db --keys /elsewhere/keys.sqlite");
    copy->add_option("FILE", *to, "Where to; must not exist")->required();
    copy->add_option("--keys", *keys, "Copy the subscribers' keys too, to here (keep them apart)")->type_name("FILE");
    on_chosen(copy, s, [&s, to, keys] { return back_up(s, *to, *keys); });
}

}  // namespace keepline::app
