// The provider of identities by which staff sign in ([oidc]), made from the configuration.
#pragma once

#include "app/config.hpp"
#include "desk/parts.hpp"
#include "link/oidc_provider.hpp"

#include <memory>

namespace keepline::app {

/// Whose groups are which role; code::config_invalid says what cannot be right of the section, the provider's address
/// among it. Nothing is asked of anybody.
result<desk::provider_rules> provider_rules_of(const config& how);

/// What takes fresh proof; code::config_invalid where [console] step_up names what there is not.
result<desk::proof_rules> proof_rules_of(const config& how);

/// Null: none is configured. Reads the secret's file. `log` outlives it.
result<std::unique_ptr<link::oidc_provider>> open_provider(const config& how, port::log& log);

}  // namespace keepline::app
