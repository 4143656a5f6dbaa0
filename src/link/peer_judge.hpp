// Whether a refusal is a message's or its peer's, where the answer alone does not say it: refusals of several different
// addresses in a row, whatever their words, and no message taken in between, are the peer's (concerns::either); and
// last words for several in a row end none of them (concerns::message). One success, and the next one is a message's
// again. Turns answers into the engine's codes (port/connector.hpp). Any thread.
#pragma once

#include "base/time.hpp"
#include "link/peer_words.hpp"

#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace keepline::link {

class peer_judge {
 public:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t in_a_row = 5;  // different addresses

    void passed();
    /// The error for the engine:
    ///   message   peer_refused, or peer_garbled when it may pass later
    ///   peer      peer_unreachable
    ///   throttle  too_many; `slowed`: the transport keeps to a pace by itself, so the message goes back in line at
    ///   once
    /// The peer is alive where only several messages failed: it is asked again soon, not later and later.
    base::error judge(const peer_answer& said, std::string_view address, bool slowed = false);
    /// The connection ended, or no answer came, in the middle of a message: the peer's, but it is alive, so that the
    /// next one is tried soon. `may_have_happened`: the message was all there.
    base::error cut(std::string words, bool may_have_happened);

 private:
    base::duration soon() const;                                               // with mutex_ held
    static bool several(std::set<std::size_t>& of, std::string_view address);  // likewise

    mutable std::mutex mutex_;
    std::set<std::size_t> whose_;    // hashes of the addresses that got what may be either, since something passed
    std::set<std::size_t> refused_;  // the same of last words
    clock::time_point passed_at_ = clock::now();
};

}  // namespace keepline::link
