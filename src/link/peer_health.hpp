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

}  // namespace keepline::link
