// The seam to time.
#pragma once

#include "base/time.hpp"

#include <atomic>

namespace keepline::port {

class clock {
 public:
    virtual ~clock() = default;
    virtual base::instant now() const = 0;
};

class system_clock final : public clock {
 public:
    base::instant now() const override {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return {std::chrono::duration_cast<base::duration>(since).count()};
    }
};

/// Stands still until told to move. For tests and simulation; any thread.
class fake_clock final : public clock {
 public:
    explicit fake_clock(base::instant start) : ms_(start.ms) {}
    base::instant now() const override { return {ms_.load()}; }
    void advance(base::duration by) { ms_ += by.count(); }
    void set(base::instant t) { ms_ = t.ms; }

 private:
    std::atomic<std::int64_t> ms_;
};

}  // namespace keepline::port
