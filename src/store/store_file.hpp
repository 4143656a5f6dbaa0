// How keepline.sqlite is opened for writing, the same for everybody who writes to it (the journal, the tokens).
#pragma once

#include "store/migrations.hpp"
#include "store/sqlite.hpp"

namespace keepline::store {

/// WAL with an fsync at every commit; nobody checkpoints by accident. `page_bytes` counts for a new file only.
result<connection> open_store_file(const std::string& path, upgrade how, int page_bytes, std::int64_t cache_kb);

inline constexpr int default_page_bytes = 4096;

}  // namespace keepline::store
