// The titles of problems in the languages that our users read. English stands in base/error_codes.def; a test holds the
// others to it. Pure.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace keepline::base {

/// How much an Accept-Language (RFC 9110 §12.5.4) wants this language or one of its kinds ("zh": also zh-TW), in
/// thousandths; less than zero: it names none of them.
int weight_of_language(std::string_view accept_language, std::string_view language);

/// "zh-CN" or "en": the one that an Accept-Language wants more; "en" where it names neither.
std::string_view wanted_language(std::string_view accept_language);

std::string_view problem_title(base::code what, std::string_view language);

}  // namespace keepline::base
