#include "app/upgrade.hpp"

#include "app/backup.hpp"
#include "app/start_checks.hpp"
#include "app/version.hpp"
#include "port/clock.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_notebook.hpp"

#include <algorithm>
#include <filesystem>

namespace keepline::app {

namespace {

file_outlook outlook_of(const std::string& path, const store::schema& schema) {
    file_outlook out{std::string(schema.what), path, false, 0, schema.newest(), {}};
    std::error_code ignored;
    out.there = std::filesystem::exists(path, ignored);
    if (!out.there) return out;
    const auto found = store::version_in(path, schema);
    if (found)
        out.version = *found;
    else
        out.trouble = found.error().words;
    return out;
}

}  // namespace

result<void> note_program(port::notebook& notes) {
    TRY(before, notes.read(program_note));
    if (before && *before == version) return {};
    return notes.write({{std::string(program_note), std::string(version)}});
}

bool upgrade_outlook::can_go_back() const { return std::ranges::none_of(files, &file_outlook::upgraded); }

upgrade_outlook look_at_upgrade(const config& how) {
    upgrade_outlook out;
    out.files.push_back(outlook_of(how.store.path, store::store_schema()));
    out.files.push_back(outlook_of(how.keys.subscriber_keys_file, store::keys_schema()));
    out.stops = look_at_start(how, port::system_clock().now()).stops;
    if (!out.files.front().there || !out.files.front().trouble.empty()) return out;
    const auto note = [&](std::string_view name) {
        const auto found = store::sqlite_notebook::read_in(how.store.path, name);
        return found && *found ? **found : std::string();  // a store of before has no such note, or no notebook
    };
    out.program = note(program_note);
    out.backup = base::instant_from_iso(note(backup_note));
    return out;
}

}  // namespace keepline::app
