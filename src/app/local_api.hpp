// The API in this process: the same handlers as behind the server's sockets, with a token that never leaves the
// process. Each call runs on the thread that makes it; many may run at once.
#pragma once

#include "app/api_way.hpp"
#include "http/api.hpp"

namespace keepline::app {

/// Acts in the role `system` under `name`. `with.tokens` is replaced; the rest outlives what is returned.
std::unique_ptr<api_way> make_local_api(http::parts with, const std::string& name);
/// Acts as somebody whose word is in the journal already: of a plan that was signed.
std::unique_ptr<api_way> make_local_api(http::parts with, const domain::actor& who);

}  // namespace keepline::app
