// What a configuration says in good form and nobody should want: doors that stand open to more than was meant. Said by
// `config check` and in the server's log at its start.
#pragma once

#include "app/config.hpp"

#include <string>
#include <vector>

namespace keepline::app {

/// In words, the key first.
std::vector<std::string> open_to_everybody(const config& how);

}  // namespace keepline::app
