// How often something that costs money happened within an hour, of whomever: beyond a number it stops until the next
// hour, and an operator hears of it once. Not kept over a restart. Thread-safe.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <mutex>
#include <utility>

namespace keepline::desk {

class hour_brake {
 public:
    explicit hour_brake(int most) : most_(most) {}

    void add(base::instant now) {
        const std::scoped_lock held(mutex_);
        turn(now);
        ++count_;
    }
    struct verdict {
        bool holds = false;
        bool is_news = false;  // the first time in this hour
    };
    verdict look(base::instant now) {
        const std::scoped_lock held(mutex_);
        turn(now);
        if (count_ < most_) return {};
        return {true, !std::exchange(told_, true)};
    }
    bool holds(base::instant now) {
        const std::scoped_lock held(mutex_);
        turn(now);
        return count_ >= most_;
    }
    int most() const { return most_; }

 private:
    void turn(base::instant now) {
        const auto hour = now.ms / 3'600'000;
        if (hour <= hour_) return;  // a clock that was set back goes on with what was counted
        hour_ = hour;
        count_ = 0;
        told_ = false;
    }

    std::mutex mutex_;
    const int most_;
    std::int64_t hour_ = -1;
    int count_ = 0;
    bool told_ = false;
};

}  // namespace keepline::desk
