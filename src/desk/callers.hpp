// Whoever calls the hotline, or comes to a counter, as the journal knows them: by a digest of the number that was
// shown, on a stream of their own. Never a proof, and never the number. Only for the desk's own files.
#pragma once

#include "desk/asked.hpp"

#include <string>
#include <string_view>

namespace keepline::desk {

inline constexpr std::size_t caller_max = 64;

/// `caller`: opaque, as a door names them.
inline std::string caller_digest(const asked& c, std::string_view caller) {
    constexpr std::size_t shown = 16;
    return c.secrets().keyed_digest("caller", "", std::string(caller)).substr(0, shown);
}
/// `digest`: empty, all who show no number.
inline std::string caller_key(std::string_view digest) {
    return "caller/" + std::string(digest.empty() ? "withheld" : digest);
}

}  // namespace keepline::desk
