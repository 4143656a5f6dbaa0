// The subscribers' keys (keys.sqlite) as they were left: the sums over the file's tables, and what the journal says
// about whose keys there must be. Reads only, beside a running server; on the thread that asks.
#pragma once

#include "store/store_check.hpp"

#include <functional>
#include <string>
#include <vector>

namespace keepline::store {

/// Seals the sums over the file's tables.
base::digest seal_key_of_keys(base::byte_view master);

/// What is noted about the tables, each named "keys." and the table.
result<std::vector<table_summary>> keys_summary(connection& db);
result<std::vector<table_summary>> keys_summary_of(const std::string& keys_path);

struct keys_question {
    std::string keys_path;
    std::string master_key_path;       // where there is no such file, only the sums themselves are compared
    std::string store_path;            // whose sealed rows need keys
    std::vector<std::string> cleared;  // owners of whom the journal says that their keys are destroyed
    /// Does the journal say by now that nothing sealed for this owner is to be opened any more?
    std::function<result<bool>(const std::string&)> is_gone;
};

/// In words, the first thing that does not hold; empty: all does, or there is no such file.
result<std::string> check_keys(const keys_question& about);

}  // namespace keepline::store
