// How long to wait before the next try. Exponential with jitter, so that many effects that failed together do not come
// back together. Any thread.
#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <mutex>

namespace keepline::engine {

class backoff {
 public:
    backoff(const settings& how, port::random& seed);

    /// Before an effect's try number `attempts` + 1: from half of backoff_first * 2^(attempts-1), at most backoff_max,
    /// to all of it.
    base::duration for_effect(int attempts);
    /// Before a destination is probed again after `failures` failures in a row: anything up to backoff_first *
    /// 2^(failures-1), capped at a twentieth of backoff_max.
    base::duration for_destination(int failures);

 private:
    base::duration grown(int times, base::duration most) const;
    base::duration between(base::duration least, base::duration most);

    const base::duration first_;
    const base::duration max_;
    std::mutex mutex_;
    std::uint64_t state_ = 0;
};

}  // namespace keepline::engine
