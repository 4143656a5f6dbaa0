// How a message that is written to a folder is called: by its key, and by whom it is for, so that what is left of one
// person can be found without reading anybody's messages. An address tells nothing: two people may have one, and ours
// stands in every message. Any thread.
#pragma once

#include "base/error.hpp"

#include <filesystem>
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

}  // namespace keepline::link
