// The seams to time: the clock that everything asks, and the machine's two clocks below it.
#pragma once

#include "base/time.hpp"

#include <atomic>
#include <string>

namespace keepline::port {

class clock {
 public:
    virtual ~clock() = default;
    virtual base::instant now() const = 0;
    /// The machine's clock contradicts what is known of the time: now() goes on from what was known, nothing is to end
    /// by itself, and somebody has to look (`keepline clock accept`).
    virtual bool doubtful() const { return false; }
};

/// What the machine says of time, as it is: the wall clock, which anybody with the right can set, and the counter that
/// runs since the machine was started (CLOCK_BOOTTIME: through sleep, too), which nobody can. `boot` names that start.
class machine_time {
 public:
    virtual ~machine_time() = default;
    virtual base::instant wall() const = 0;
    virtual std::int64_t running_ms() const = 0;
    virtual std::string boot() const = 0;
};

class system_clock final : public clock {
 public:
    base::instant now() const override {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        return {std::chrono::duration_cast<base::duration>(since).count()};
    }
};

/// Another clock's time, moved by so much: of a sandbox (app/sandbox.hpp). Any thread.
class moved_clock final : public clock {
 public:
    moved_clock(const clock& of, base::duration by) : of_(of), by_ms_(by.count()) {}
    base::instant now() const override { return of_.now() + ahead(); }
    bool doubtful() const override { return of_.doubtful(); }
    base::duration ahead() const { return base::duration{by_ms_.load()}; }
    void move(base::duration by) { by_ms_ += by.count(); }

 private:
    const clock& of_;
    std::atomic<std::int64_t> by_ms_;
};

/// Stands still until told to move. For tests and simulation; any thread.
class fake_clock final : public clock {
 public:
    explicit fake_clock(base::instant start) : ms_(start.ms) {}
    base::instant now() const override { return {ms_.load()}; }
    void advance(base::duration by) { ms_ += by.count(); }
    void set(base::instant t) { ms_ = t.ms; }
    bool doubtful() const override { return doubtful_; }
    void doubt(bool it) { doubtful_ = it; }

 private:
    std::atomic<std::int64_t> ms_;
    std::atomic<bool> doubtful_{false};
};

/// For tests: both clocks stand still until they are told to move. Any thread.
class fake_machine_time final : public machine_time {
 public:
    explicit fake_machine_time(base::instant start) : wall_(start.ms) {}
    base::instant wall() const override { return {wall_.load()}; }
    std::int64_t running_ms() const override { return running_.load(); }
    std::string boot() const override { return "boot-" + std::to_string(boot_.load()); }
    /// Time passes: both clocks agree on it.
    void pass(base::duration by) {
        wall_ += by.count();
        running_ += by.count();
    }
    /// Somebody sets the wall clock.
    void step(base::duration by) { wall_ += by.count(); }
    /// The machine was off for so long.
    void reboot(base::duration off) {
        ++boot_;
        wall_ += off.count();
        running_ = 1'000;
    }

 private:
    std::atomic<std::int64_t> wall_;
    std::atomic<std::int64_t> running_{1'000'000};
    std::atomic<int> boot_{1};
};

}  // namespace keepline::port
