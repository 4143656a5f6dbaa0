// What people type, and what they may have meant by it: the known word that is nearest, and small letters. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

/// Empty where none is near: at most three letters put in, taken out or changed, and fewer in a short word. A word that
/// is known is its own answer.
std::string nearest_word(std::string_view typed, const std::vector<std::string>& known);

/// A to Z as a to z; the rest as it is.
std::string small_letters(std::string_view typed);

}  // namespace keepline::app
