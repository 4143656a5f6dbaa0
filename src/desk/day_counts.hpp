// How often something happened to each of very many things within a day (of UTC): an address, a person. A fixed sketch:
// nobody's list makes it grow; it may count a little too much, never too little. Not kept over a restart. Thread-safe.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string_view>
#include <vector>

namespace keepline::desk {

class day_counts {
 public:
    /// Counts it, and says how often it has been counted today, this time included. `key`: a keyed digest, so that
    /// nobody aims at another's counter.
    int add(std::string_view key, base::instant now) { return count(key, now, 1); }
    /// It was counted, and should not have been.
    void take_back(std::string_view key, base::instant now) { count(key, now, -1); }
    /// How often, without counting.
    int look(std::string_view key, base::instant now) { return count(key, now, 0); }

 private:
    int count(std::string_view key, base::instant now, int more) {
        const auto hash = base::sha256(base::view(key));
        const std::scoped_lock held(mutex_);
        turn(now);
        std::uint16_t least = std::numeric_limits<std::uint16_t>::max();
        for (std::size_t row = 0; row < rows; ++row) {
            std::uint32_t column = 0;
            for (std::size_t k = 0; k < 4; ++k) column = (column << 8U) | hash[row * 4 + k];
            auto& at = counts_[row * columns + column % columns];
            if (at < std::numeric_limits<std::uint16_t>::max())
                at = static_cast<std::uint16_t>(std::max(0, static_cast<int>(at) + more));
            least = std::min(least, at);
        }
        return least;
    }

    static constexpr std::size_t rows = 4;
    static constexpr std::size_t columns = 1UL << 18U;

    void turn(base::instant now) {
        const auto day = now.ms / 86'400'000;
        if (day <= day_ && !counts_.empty()) return;  // a clock that was set back goes on with what was counted
        day_ = std::max(day, day_);
        counts_.assign(rows * columns, 0);
    }

    std::mutex mutex_;
    std::int64_t day_ = -1;
    std::vector<std::uint16_t> counts_;  // two megabytes, from the first count on
};

}  // namespace keepline::desk
