// "Did you mean": the known word that is nearest to what was typed. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

/// Empty where none is near: at most three letters put in, taken out or changed, and fewer in a short word. A word that
/// is known is its own answer.
std::string nearest_word(std::string_view typed, const std::vector<std::string>& known);

}  // namespace keepline::app
