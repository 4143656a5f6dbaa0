// Answers that hold a secret, asked for again. Only for the desk's own files.
#pragma once

#include "desk/taking.hpp"

namespace keepline::desk {

/// The answer of minutes ago, to a retry that did not see it; false: there is none, and it is made anew. `version`: of
/// what it is about.
inline bool answered_again(const ask_ptr<shown_once_told>& c, std::uint64_t version = 0) {
    if (!c->once) return false;
    auto again = c->at->secrets_shown.again(*c->once, c->now());
    if (!again) return false;
    const bool waits = again->find(R"("request":)") != std::string::npos;  // for somebody else's signature
    c->answer({std::move(*again), version, true, waits});
    return true;
}

}  // namespace keepline::desk
