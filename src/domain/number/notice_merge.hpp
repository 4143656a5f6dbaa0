// What happens at one moment is told in one message: the last step of a case speaks, and says which came just before
// it. Pure.
#pragma once

#include "domain/effects.hpp"

#include <vector>

namespace keepline::domain {

/// The effects of one decision with fewer notices: of one family, each contact point hears the last. It carries the
/// parameters of those before it, and a flag for each ("received", "approved", "contacts").
std::vector<effect> merge_notices(std::vector<effect> all);

}  // namespace keepline::domain
