// The schemas of our two SQLite files and how an older file becomes a current one: a list of steps, of which the first
// makes the first version that is kept and each other one the next (PRAGMA user_version). Called while a file is
// opened, by the thread that opens it.
#pragma once

#include "store/sqlite.hpp"

#include <span>

namespace keepline::store {

struct schema {
    std::string_view what;        // for messages: "store", "keys"
    std::int32_t application_id;  // PRAGMA application_id: nobody else's SQLite file is taken for ours
    std::int64_t first;           // the version that the first step makes
    std::span<const char* const> steps;

    std::int64_t newest() const { return first + static_cast<std::int64_t>(steps.size()) - 1; }
};

const schema& store_schema();
const schema& keys_schema();

enum class upgrade {
    allowed,      // by the process that owns the file
    only_create,  // beside a server: an empty file gets its schema, an older one is left to the server
    refused,      // reading only
};

/// Brings the file to the newest version, in one transaction: after a failure it is as before.
/// code::store_schema for a newer version, for another program's file, and for an older one where that may not be
/// upgraded.
result<void> migrate(connection& file, const schema& to, upgrade how);

/// The version of a file that is there; nothing is changed. code::store_schema where `migrate` would refuse it, too.
result<std::int64_t> version_in(const std::string& path, const schema& of);

}  // namespace keepline::store
