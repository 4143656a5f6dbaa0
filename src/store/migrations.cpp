#include "store/migrations.hpp"

#include <array>

namespace keepline::store {

namespace {

// The first makes version 4, the next version 5 and so on.
constexpr std::array<const char*, 14> store_steps{
#include "store/schema/004_store.sql"
    ,
#include "store/schema/005_order_call.sql"
    ,
#include "store/schema/006_notes.sql"
    ,
#include "store/schema/007_tokens.sql"
    ,
#include "store/schema/008_esim_waiting.sql"
    ,
#include "store/schema/009_references.sql"
    ,
#include "store/schema/010_asked.sql"
    ,
#include "store/schema/011_unclaimed.sql"
    ,
#include "store/schema/012_covers.sql"
    ,
#include "store/schema/013_snapshots.sql"
    ,
#include "store/schema/014_cases.sql"
    ,
#include "store/schema/015_checks.sql"
    ,
#include "store/schema/016_names.sql"
    ,
#include "store/schema/017_stage_counts.sql"
};
constexpr std::int64_t first_store_version = 4;

constexpr std::array<const char*, 3> keys_steps{
#include "store/schema/001_keys.sql"
    ,
#include "store/schema/002_about.sql"
    ,
#include "store/schema/003_sums.sql"
};

struct found_version {
    std::int64_t version = 0;
    bool empty = false;
};

result<found_version> version_of(connection& file, const schema& to) {
    TRY(version, file.number("PRAGMA user_version"));
    TRY(application, file.number("PRAGMA application_id"));
    TRY(objects, file.number("SELECT count(*) FROM sqlite_schema"));
    const bool empty = version == 0 && application == 0 && objects == 0;
    if (!empty && application != to.application_id)
        return base::refuse(base::code::store_schema,
                            "This file is not a Keepline " + std::string(to.what) + "; choose another path.");
    const auto newest = to.newest();
    if (!empty && version < to.first)
        return base::refuse(base::code::store_schema,
                            "This " + std::string(to.what) + " has version " + std::to_string(version) +
                                ", from before the first release; this program begins with version " +
                                std::to_string(to.first) + ".",
                            {{"found", std::to_string(version)}, {"known", std::to_string(newest)}});
    if (version > newest)
        return base::refuse(base::code::store_schema,
                            "This " + std::string(to.what) + " was written by a newer Keepline (version " +
                                std::to_string(version) + ", this program knows " + std::to_string(newest) +
                                "); run that one.",
                            {{"found", std::to_string(version)}, {"known", std::to_string(newest)}});
    return found_version{version, empty};
}

}  // namespace

const schema& store_schema() {
    static const schema it{"store", 0x4b504c4e, first_store_version, store_steps};  // "KPLN"
    return it;
}

const schema& keys_schema() {
    static const schema it{"keys file", 0x4b504b59, 1, keys_steps};  // "KPKY"
    return it;
}

result<std::int64_t> version_in(const std::string& path, const schema& of) {
    TRY(file, connection::open(path, connection::mode::read_only));
    TRY(found, version_of(file, of));
    return found.version;
}

result<void> migrate(connection& file, const schema& to, upgrade how) {
    const auto newest = to.newest();
    TRY(before, version_of(file, to));
    if (before.version == newest) return {};
    if (how == upgrade::refused || (how == upgrade::only_create && !before.empty))
        return base::refuse(base::code::store_schema,
                            "This " + std::string(to.what) + " has version " + std::to_string(before.version) +
                                "; start the server once, which upgrades it to " + std::to_string(newest) + ".");
    TRY(change, transaction::begin(file));
    TRY(found, version_of(file, to));  // again: another process may have been quicker
    const auto done = found.empty ? 0 : found.version - to.first + 1;
    for (const char* step : to.steps.subspan(static_cast<std::size_t>(done))) CHECK(file.execute(step));
    CHECK(file.execute("PRAGMA application_id = " + std::to_string(to.application_id) +
                       "; PRAGMA user_version = " + std::to_string(newest)));
    return change.commit();
}

}  // namespace keepline::store
