// Whose key in the vault may be gone: what the journal says of each kind of owner. Reads only; any thread.
#pragma once

#include "port/journal.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace keepline::app {

/// What the journal says by now about keys; asked by one thread.
class keys_gone {
 public:
    explicit keys_gone(port::journal& of) : of_(of) {}

    /// Is nothing sealed for this owner to be opened any more? An owner is a subscriber, a plan of an import, a webhook
    /// or a payer (by their ids); nobody else's key is ever destroyed. The journal is read through once, at the first
    /// question about a payer: ask when what is asked about has been read.
    base::result<bool> is_gone(const std::string& owner);

 private:
    base::result<void> collect_payers();

    port::journal& of_;
    std::optional<std::unordered_set<std::string>> payers_;  // all who were let go
};

/// The owners whose keys are destroyed after this entry of the stream.
std::vector<std::string> gone_after(const port::stream_key& stream, std::string_view events);

}  // namespace keepline::app
