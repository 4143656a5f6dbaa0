// Where a contact point is: its number or mailbox, out of the vault. Any thread.
#pragma once

#include "domain/number/line.hpp"
#include "port/vault.hpp"

#include <string>

namespace keepline::link {

/// contact_unknown: nobody to reach any more.
base::result<std::string> contact_address(port::vault& vault, const base::label& subscriber, const base::label& contact,
                                          domain::medium by);

}  // namespace keepline::link
