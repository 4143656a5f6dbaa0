// What is known to be wrong with a peer now: the last failure until the next success. Any thread.
#pragma once

#include "base/error.hpp"

#include <mutex>
#include <string>

namespace keepline::link {

class peer_health {
 public:
    template <typename T>
    void note(const base::result<T>& outcome) {
        // A refused effect says nothing about the peer as a whole.
        if (outcome || outcome.error().what == base::code::peer_refused)
            set({});
        else
            set(outcome.error().words);
    }
    void set(std::string words) {
        const std::scoped_lock held(mutex_);
        trouble_ = std::move(words);
    }
    std::string trouble() const {
        const std::scoped_lock held(mutex_);
        return trouble_;
    }

 private:
    mutable std::mutex mutex_;
    std::string trouble_;
};

/// The failure of one of so many peers that share a destination. One that is down must not stop the others' effects:
/// where there are several, its own are tried again by themselves.
inline base::code failure_of_one(base::code what, std::size_t peers) {
    return peers > 1 && what != base::code::peer_refused ? base::code::peer_garbled : what;
}

}  // namespace keepline::link
