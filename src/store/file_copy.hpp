// A consistent copy of an SQLite file while others write to it (SQLite's online backup), as one self-contained file,
// mode 0600. Any thread; it reads through a connection of its own and pins its snapshot as long as it runs.
#pragma once

#include "base/error.hpp"

#include <string>

namespace keepline::store {

/// `to` must not exist, and exists only once the copy is complete, checked and on disk.
/// code::invalid when it exists, code::journal_broken when the copy fails its integrity check.
base::result<void> copy_file(const std::string& from, const std::string& to);

/// Makes a new name in the directory of `path` durable.
base::result<void> sync_directory_of(const std::string& path);

}  // namespace keepline::store
