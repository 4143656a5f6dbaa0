// The command line: what `keepline` understands and what it answers. `run` never throws; its number is the exit code
// (base::info(code).exit_code; 0: done).
#pragma once

#include "app/console.hpp"

#include <string>
#include <vector>

namespace keepline::app {

int run(const std::vector<std::string>& arguments, console& at);

}  // namespace keepline::app
