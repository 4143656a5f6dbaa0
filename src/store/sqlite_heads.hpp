// How far each partition has come: what is noted in the store, and the entries since. For the thread that has the
// connection.
#pragma once

#include "port/journal.hpp"
#include "store/sqlite.hpp"

#include <vector>

namespace keepline::store {

/// By partition; those without entries are left out.
result<std::vector<port::partition_head>> read_heads(connection& from);

}  // namespace keepline::store
