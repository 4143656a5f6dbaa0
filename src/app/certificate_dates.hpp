// When the certificates expire that this server shows to others: for the metric. Those of the SM-DP+'s folders come
// with them (smdp_site.hpp); here are the files that are named one by one. Reads files; any thread.
#pragma once

#include "app/config.hpp"
#include "desk/parts.hpp"

#include <vector>

namespace keepline::app {

/// `what` is API, ES2 (listener), ES2 CA, ES2 client, ES12 client, root. Of a chain the first to expire. A file that
/// cannot be read is left out: whoever needs it has refused it already.
std::vector<desk::certificate_expiry> certificate_dates(const config& how);

}  // namespace keepline::app
