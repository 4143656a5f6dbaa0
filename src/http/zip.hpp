// Files into one ZIP archive in memory, by libarchive. The same files make the same bytes: no times, no owners.
#pragma once

#include "http/backup_archive.hpp"

namespace keepline::http {

result<std::string> zip(const std::vector<archive_file>& files);

}  // namespace keepline::http
