// The short name of a case, and of a line where there is no case: what messages carry, people say on the phone and
// staff type. Twelve digits by chance, said as 4-4-4. Pure.
//
// By chance, not counted: whoever has one knows nothing of others, and a guess names one of a million cases with a
// chance of one in a million. The store lets no two be the same (port::write::references).
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::domain {

std::string reference_from(base::byte_view draw);
/// "4821 0937 1156".
std::string said(std::string_view reference);
/// Twelve digits however they are grouped ("4821-0937-1156"); nullopt: this is none.
std::optional<std::string> reference_of(std::string_view typed);

}  // namespace keepline::domain
