// Who may act for somebody who cannot, or does not, act themselves: by a power of attorney, as a guardian, for the
// estate of the dead, for a company. Of what kind, what a policy asks of each, and how one of them stands.
#pragma once

#include "base/json.hpp"

namespace keepline::domain {

enum class representative_kind { attorney, guardian, heir, officer };
BOOST_DESCRIBE_ENUM(representative_kind, attorney, guardian, heir, officer)

/// `stopped`: the one who is represented, or somebody for them, says that it is not so. `ended`: it was taken back.
enum class representation_state { standing, stopped, ended, expired };
BOOST_DESCRIBE_ENUM(representation_state, standing, stopped, ended, expired)

/// To whose account goes what is left on a line that a representative has closed.
enum class refund_payee { principal, representative };
BOOST_DESCRIBE_ENUM(refund_payee, principal, representative)

}  // namespace keepline::domain
