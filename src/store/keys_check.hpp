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
    bool must_be_there = false;  // the store notes such a file
};

/// In words, the first thing that does not hold; empty: all does. No file is no proof: it must be there as soon as
/// anything is sealed.
result<std::string> check_keys(const keys_question& about);

/// How many keys are in the file; none where there is no such file, or it cannot be read.
std::int64_t keys_in(const std::string& keys_path);

/// Who has something sealed in the store and neither a key in the file nor the mark that it was destroyed.
result<std::vector<std::string>> owners_without_key(const std::string& keys_path, const std::string& store_path);

}  // namespace keepline::store
