// Text of people in a page that is read alone, from an archive. Pure.
#pragma once

#include <string>
#include <string_view>

namespace keepline::desk {

/// Appends `text` as it may stand in an element or in a quoted attribute; control characters but line ends become
/// spaces.
void escaped(std::string& out, std::string_view text);

}  // namespace keepline::desk
