// The first page of a customer's archive: what each file in it is, in their language. Pure.
#pragma once

#include "desk/backup_archive.hpp"

#include <string>

namespace keepline::desk {

std::string index_page(const archive_source& from);

}  // namespace keepline::desk
