// What exactly goes on when somebody lets the server go on (domain::let_go_on): worked out when it is asked for, by a
// running server or by the command line beside one that stands. Any thread.
#pragma once

#include "app/config.hpp"
#include "domain/credential/credential.hpp"
#include "port/notebook.hpp"

#include <string>

namespace keepline::app {

/// In the detail of `tokens`: of all holders.
inline constexpr std::string_view everybody = "*";

/// code::not_found where nothing of that kind stands still. `most`: of endings, 0: all that are due today. `holder`: of
/// tokens, empty: everybody's.
base::result<std::string> stop_detail(const config& how, port::notebook& notes, domain::stop_kind what,
                                      std::int64_t most, const std::string& holder);

}  // namespace keepline::app
