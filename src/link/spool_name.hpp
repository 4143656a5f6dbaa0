// How a message that is written to a folder is called: by its key, and by whom it is for, so that what is left of one
// person, or of long ago, can be found without reading anybody's messages. An address tells nothing: two people may
// have one, and ours stands in every message. Any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::link {

using base::result;

/// "<key>.<whom it is for, as a digest>.<kind>". Whoever reads the folder may add to it and move it, not change it.
std::string spool_name(std::string_view key, std::string_view subscriber, std::string_view kind);

/// Takes away what is for this subscriber, in these folders and all below. A folder that cannot be read keeps nothing
/// in the others; then the answer is an error, and it is to be done again.
result<void> clear_spools(const std::vector<std::filesystem::path>& folders, std::string_view subscriber);

/// Takes away messages that were written before then, whomever they are for, in these folders and all below, at most so
/// many; says how many. A file of another name is not ours. Errors: as clear_spools.
result<int> drop_outlived(const std::vector<std::filesystem::path>& folders, base::instant written_before, int most);

/// When a file was last written; nothing: it is none, or is gone. A link is none.
std::optional<base::instant> written_at(const std::filesystem::path& file);

}  // namespace keepline::link
