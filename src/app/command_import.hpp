// The parts of keepline import. For command_import*.cpp only.
#pragma once

#include "app/command.hpp"

namespace keepline::app {

void add_import_plan_commands(CLI::App& import, session& s);

}  // namespace keepline::app
