// Files that were deleted because of their age, of one class of data ([retention_days]). A value.
#pragma once

#include "base/json.hpp"
#include "base/time.hpp"

#include <cstdint>

namespace keepline::desk {

struct files_gone {
    std::int64_t files = 0;  // ever
    base::instant last_at;
    bool operator==(const files_gone&) const = default;
};
BOOST_DESCRIBE_STRUCT(files_gone, (), (files, last_at))

}  // namespace keepline::desk
