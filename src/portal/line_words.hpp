// A device of a line in words, for the pages that show one. Pure.
#pragma once

#include "portal/visit.hpp"

namespace keepline::portal {

/// Its state, and the last proof of it.
model device_model(const visit& v, const desk::profile_view& of);
/// Somebody may have it in their hands.
bool may_be_lost(const desk::profile_view& of);

}  // namespace keepline::portal
