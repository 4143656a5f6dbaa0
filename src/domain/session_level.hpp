// What a customer's session was opened by, and so what it may be used for. Pure.
#pragma once

#include "base/json.hpp"

namespace keepline::domain {

/// `weak`: a code by mail, a saved code, a passkey that is new. It may look and stop, and end nothing (docs/rules.md
/// R2). `reach`: a code by SMS to the line itself, a passkey that everybody has had the time to mind, or whatever a
/// portal of the operator's own has checked: as much as a session ever was.
enum class session_level { weak, reach };
BOOST_DESCRIBE_ENUM(session_level, weak, reach)

/// By what a customer signs in here. `line`, `mail`: with a code that is sent there.
enum class sign_in_way { line, mail, passkey, saved_code };
BOOST_DESCRIBE_ENUM(sign_in_way, line, mail, passkey, saved_code)

}  // namespace keepline::domain
