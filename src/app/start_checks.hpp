// What stops a start, as one list. `serve` walks it before it opens anything, `config check` and `upgrade --check` walk
// it to say the same beforehand. Everything here looks only: nothing is made, noted or upgraded, and a server may run
// beside it. Not in it is what no file says: whether ports are free, another server runs, the disk has room, or a peer
// answers.
#pragma once

#include "app/config.hpp"
#include "base/time.hpp"
#include "port/log.hpp"

#include <string>
#include <vector>

namespace keepline::app {

struct start_outlook {
    std::vector<base::error> stops;     // in the order in which a start meets them; none: it would start
    std::vector<std::string> warnings;  // of calendars that end, of the certificates of the SM-DP+
    std::vector<std::string> expired;   // of them, what a start would go on without

    /// The first of them, which says what the others are. Only where there is one.
    base::error why() const;
};
start_outlook look_at_start(const config& how, base::instant now);

/// For the start itself, before it opens anything. Left to it are the anchors, to which it holds the store with what it
/// has opened by then (the same check_misfit(): they are long, and read once), and what is only unavailable.
base::result<void> check_start(const config& how, base::instant now);

}  // namespace keepline::app
