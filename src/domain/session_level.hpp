// What a customer's session was opened by, and so what it may be used for. Pure.
#pragma once

#include "base/json.hpp"

namespace keepline::domain {

/// `weak`: a code by mail. It may look and stop, and end nothing (docs/rules.md R2). `reach`: a code by SMS to the line
/// itself, or whatever a portal of the operator's own has checked: as much as a session ever was.
enum class session_level { weak, reach };
BOOST_DESCRIBE_ENUM(session_level, weak, reach)

}  // namespace keepline::domain
