// Whose key in the vault may be gone: what the journal says of each kind of owner. Reads only; any thread.
#pragma once

#include "port/journal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keepline::app {

/// Does the journal say by now that nothing sealed for this owner is to be opened any more? An owner is a subscriber, a
/// plan of an import, a webhook or a payer (by their ids); nobody else's key is ever destroyed.
base::result<bool> key_is_gone(port::journal& of, const std::string& owner);

/// The owners whose keys are destroyed after this entry of the stream.
std::vector<std::string> gone_after(const port::stream_key& stream, std::string_view events);

}  // namespace keepline::app
