// JSON in which a name stands twice means two things: each reader may take another one (RFC 8259 §4). What comes from
// outside is refused then.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace keepline::base {

/// code::malformed, data `member`, where an object in `text` (JSON that has been parsed already) has a member twice,
/// however its name is written.
result<void> check_members_once(std::string_view text);

}  // namespace keepline::base
