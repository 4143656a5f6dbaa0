// The API in this process: the same handlers as behind the server's sockets, with a token that never leaves the
// process. Each call runs on the thread that makes it; many may run at once.
#pragma once

#include "api/api.hpp"
#include "app/api_way.hpp"

namespace keepline::app {

/// Acts in the role `system` under `name`. `with.tokens` is replaced; the rest outlives what is returned.
std::unique_ptr<api_way> make_local_api(desk::parts with, const std::string& name);
/// Acts as somebody who asked for it already, through the channel that they asked through: of a plan that was signed,
/// of a file that was sent.
std::unique_ptr<api_way> make_local_api(desk::parts with, const domain::actor& who, domain::channel through);

}  // namespace keepline::app
