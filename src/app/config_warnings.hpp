// What a configuration says in good form and nobody should want. All of it is said by `config check`; the doors that
// stand open to more than was meant in the server's log at its start, too.
#pragma once

#include "app/config.hpp"
#include "base/time.hpp"

#include <string>
#include <vector>

namespace keepline::app {

/// http:// to another machine: what is sent can be read, and changed, on the way.
bool goes_out_plain(const std::string& url);

/// In words, the key first.
std::vector<std::string> open_to_everybody(const config& how);

/// These, and whatever else is in order by form and will hurt all the same. Reads the certificates that are named.
std::vector<std::string> what_will_hurt(const config& how, base::instant now);

}  // namespace keepline::app
