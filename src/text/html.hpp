// Text of people, and of ours, in a page. Pure.
#pragma once

#include <string>
#include <string_view>

namespace keepline::text {

/// Appends `text` as it may stand in an element or in a quoted attribute; control characters but line ends become
/// spaces.
void escaped(std::string& out, std::string_view text);
std::string escaped(std::string_view text);

}  // namespace keepline::text
