// The store's notebook, for commands that look at it or write into it beside the server. Only src/app/command_*.cpp.
#pragma once

#include "app/config.hpp"
#include "store/sqlite_notebook.hpp"

#include <memory>

namespace keepline::app {

/// code::not_found, with where it was looked for, when there is no store: none is made.
base::result<std::unique_ptr<store::sqlite_notebook>> notebook_of(const config& how);

}  // namespace keepline::app
