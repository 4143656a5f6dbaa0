// Everything that is counted, in Prometheus' text format 0.0.4. Reads the store's counts: not on a connection's thread.
#pragma once

#include "api/call.hpp"

#include <string>

namespace keepline::api {

std::string metrics_text(services& of);

}  // namespace keepline::api
