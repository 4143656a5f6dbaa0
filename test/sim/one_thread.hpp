// Everything in one thread: a step of one loop after another, in an order that the dice choose. Whoever waits lets the
// others go on meanwhile. The same dice, the same run.
#pragma once

#include "port/executor.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace keepline::sim {

/// The same numbers on every machine and in every build.
class dice {
 public:
    explicit dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {  // splitmix64
        state_ += 0x9e3779b97f4a7c15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    int roll(int sides) { return static_cast<int>(next() % static_cast<std::uint64_t>(sides)); }
    bool one_in(int n) { return roll(n) == 0; }

 private:
    std::uint64_t state_;
};

/// Nothing goes on any more, and somebody waits for it.
struct stands_still : std::runtime_error {
    using runtime_error::runtime_error;
};

class one_thread final : public port::executor {
 public:
    explicit one_thread(std::uint64_t seed) : dice_(seed) {}

    /// The order from here on.
    void shuffle(std::uint64_t seed) { dice_ = dice(seed); }

    std::unique_ptr<running> begin(loop what) override { return std::make_unique<one>(*this, std::move(what)); }

    bool wait(const std::function<bool(base::duration)>& holds, base::duration at_most) override {
        constexpr int steps_of_a_wait = 2'000;
        for (int i = 0; i < steps_of_a_wait; ++i) {
            if (holds(base::duration{0})) return true;
            step();
        }
        if (at_most >= base::hours{1} && ++waits_in_vain_ > 20)
            throw stands_still("somebody waits for what nobody does");
        ms_ += std::min<std::int64_t>(at_most.count(), 10'000);
        return holds(base::duration{0});
    }
    std::int64_t running_ms() const override { return ms_; }

    /// One step of one loop that is not under way.
    void step() {
        ms_ += dice_.roll(12);
        std::size_t free = 0;
        for (const auto* each : loops_) free += each->busy ? 0 : 1;
        if (free == 0) return;
        auto left = static_cast<std::size_t>(dice_.roll(static_cast<int>(free)));
        for (auto* each : loops_) {
            if (each->busy || left-- != 0) continue;
            each->busy = true;
            (void)each->what.step();
            each->busy = false;
            return;
        }
    }
    void steps(int n) {
        waits_in_vain_ = 0;
        for (int i = 0; i < n; ++i) step();
    }

 private:
    struct one final : running {
        one(one_thread& on, loop does) : of(on), what(std::move(does)) { of.loops_.push_back(this); }
        ~one() override {
            busy = true;
            while (what.step()) {
            }
            std::erase(of.loops_, this);
        }
        one_thread& of;
        loop what;
        bool busy = false;
    };

    dice dice_;
    std::vector<one*> loops_;  // in the order in which they began
    std::int64_t ms_ = 1'000'000;
    int waits_in_vain_ = 0;
};

}  // namespace keepline::sim
