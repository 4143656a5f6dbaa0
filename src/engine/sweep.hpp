// What happens because time passes: due streams get a `tick` (not while the clock is in doubt, and what would end more
// than was foreseen is held, see ending_budget.hpp), due retries are tried again, cursors are recorded, and
// after a start or new rules the streams with provisional dates are asked to compute them again. One thread, every
// sweep_every.
#pragma once

#include "engine/dispatcher.hpp"
#include "engine/ending_budget.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

namespace keepline::engine {

class sweep {
 public:
    struct parts {
        port::executor* on = nullptr;
        port::journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        port::engine_metrics* metrics = nullptr;
        writer* to_writer = nullptr;
        dispatcher* effects = nullptr;
        ending_budget* endings = nullptr;
    };
    sweep(parts with, const settings& how) : with_(with), how_(how) {}
    ~sweep() { stop(); }
    sweep(const sweep&) = delete;
    sweep& operator=(const sweep&) = delete;

    void start();
    void stop();
    /// Asks the journal, and tells the writer. Before start() and then by itself, once a second.
    void look_for_room();
    // -- any thread
    void wake();
    void recheck_dates();
    /// This day's budget was begun and the days after it were foreseen.
    bool has_begun_day_of(instant now) const;
    /// It is due and stays as it is for now: nothing comes of its ticks, or the day's budget holds it.
    bool passes_over(const port::stream_key& key, instant now) const;

    // -- the writer's thread
    /// Adds to a batch what may ride along: how far the lanes are, not more often than every 50 ms.
    void add_riders(port::batch& to);
    /// The next add_riders() gives everything. For the last batch.
    void ask_for_all_cursors() { all_cursors_ = true; }

 private:
    struct stuck {
        instant until;
        int times = 0;
    };

    void run();
    bool look();
    std::int64_t steady_ms() const { return with_.on->running_ms(); }
    void look_at_budget();
    bool timers_stand_still();
    void tick_due(instant now);
    /// `round`: of the budget, when it was asked for.
    void ticked(const port::stream_key& key, std::uint64_t round, const result<answer>& got);
    /// How often the stream was found stuck until now; 0 where so many are that it is not remembered. Under mutex_.
    int stuck_again(const port::stream_key& key, instant now);
    void recheck_all();
    void record_cursors();
    bool idle_cursors_are_due() const;

    const parts with_;
    const settings how_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    bool poked_ = false;
    bool more_ = false;  // the last look was cut short: look again as soon as there is room
    std::set<port::stream_key> ticking_;
    std::map<port::stream_key, stuck> stuck_;
    std::set<port::stream_key> held_;          // would have ended something that the day's budget does not allow
    std::uint64_t budget_round_ = 0;           // a new day, or somebody has looked: what was held is asked for again
    std::int64_t budget_looked_ms_ = 0;        // steady clock; the sweep's thread
    std::atomic<std::int64_t> budget_day_{0};  // when it was looked at last
    std::int64_t held_looked_ms_ = 0;          // steady clock; the sweep's thread
    std::size_t rechecking_ = 0;
    std::atomic<bool> recheck_wanted_{false};

    std::atomic<bool> all_cursors_{false};
    std::atomic<bool> flush_asked_{false};
    std::int64_t looked_for_room_ms_ = 0;            // steady clock; the sweep's thread
    std::atomic<std::int64_t> idle_recorded_ms_{0};  // steady clock
    std::int64_t recorded_ms_ = 0;                   // steady clock; the writer's thread
    instant forgot_at_;                              // receipts that are awaited no longer; the writer's thread
    std::unique_ptr<port::executor::running> running_;
};

}  // namespace keepline::engine
