// The seam for who hears a customer after us: of a policy, as it is in force when the message that names them is
// written. Any thread.
#pragma once

#include "domain/policy.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace keepline::port {

/// None: the policy names nobody, or is gone.
using complaint_bodies = std::function<std::vector<domain::complaint_body>(std::string_view policy)>;

}  // namespace keepline::port
