// A reason that somebody gives, before it is written down for good. Pure.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace keepline::domain {

/// code::invalid unless it could tell a person something: a few words (or four characters of a script without spaces),
/// not one letter over and over, and at most 200 bytes.
base::result<void> check_reason(std::string_view why);

}  // namespace keepline::domain
