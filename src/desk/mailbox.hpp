// A mailbox as it goes over the wire: in ASCII only, whatever was typed. A domain in other letters becomes its A-labels
// (IDNA 2008); letters outside ASCII before the "@" are refused with words, because whether every server on the way
// takes them (SMTPUTF8) is not known before the mail is lost. Pure; any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::desk {

/// "li@例子.中国" → "li@xn--fsqu00a.xn--fiqs8s". code::invalid in words that follow the field's name.
base::result<std::string> ascii_mailbox(std::string_view typed);

}  // namespace keepline::desk
