// Time that nobody can lead astray by setting the machine's clock. It follows the wall clock as long as that agrees
// with the counter that runs since boot, and keeps a mark in the notebook of how far it has come, so that it also knows
// after a start. It never runs backwards: what has expired stays expired, and entries of the journal have times in
// their order.
//
// A step of the wall clock larger than `step_max`, or a start at a time that the longest downtime does not explain,
// makes it doubtful: it goes on by the counter from what it knew, timers stop (engine/sweep), the server is unready,
// and `keepline clock accept` (or the wall clock, set right again) ends that. Any thread.
#pragma once

#include "port/clock.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace keepline::engine {

/// The notes that `keepline clock` shares with a running server.
inline constexpr std::string_view clock_mark_note = "clock.mark";  // how far now() has come: "<ms> <counter> <boot>"
inline constexpr std::string_view clock_wall_note = "clock.wall";  // the same of the wall clock, as it was trusted
inline constexpr std::string_view clock_accept_note = "clock.accept";  // the same, of the wall clock that is accepted

/// What a note says: an instant, and where the counter stood then.
struct clock_note {
    base::instant at;
    std::int64_t running_ms = 0;
    std::string boot;

    std::string text() const;
    static std::optional<clock_note> parse(std::string_view text);
    static clock_note of(const port::machine_time& machine) {
        return {machine.wall(), machine.running_ms(), machine.boot()};
    }
};

class trusted_clock final : public port::clock {
 public:
    struct settings {
        base::duration step_max = base::minutes{5};     // a step of the wall clock that is taken as it is
        base::duration downtime_max = base::hours{72};  // between two runs, where the machine was started anew
    };
    struct status {
        bool doubtful = false;
        base::duration ahead{};   // the wall clock before what is expected; negative: behind
        base::duration behind{};  // the wall clock behind now(), which waits for it
    };

    trusted_clock(const port::machine_time& machine, port::notebook& notes, port::log& log, settings how);

    /// Reads the mark of the run before. Before anything asks for the time.
    base::result<void> start();
    base::instant now() const override;
    bool doubtful() const override;
    status seen() const;
    /// In words, for /readyz; empty: nothing is wrong.
    std::string trouble() const;

    /// Once a second, by one thread: looks for what was accepted, logs what changed, writes the mark every ten seconds.
    void look();
    /// Writes the mark now. At a stop.
    base::result<void> keep_mark();

 private:
    struct reading {
        std::int64_t wall_ms;
        std::int64_t running_ms;
        std::int64_t ahead_ms;  // of what is expected
    };
    reading read() const;                                       // with the mutex held; moves on
    void trust(std::int64_t wall_ms, std::int64_t running_ms);  // with the mutex held
    void take_acceptance();

    const port::machine_time& machine_;
    port::notebook& notes_;
    port::log& log_;
    const settings how_;
    mutable std::mutex mutex_;
    std::int64_t anchor_wall_ms_ = 0;     // a trusted time …
    std::int64_t anchor_running_ms_ = 0;  // … and the counter at that moment
    mutable std::int64_t high_ms_ = 0;    // what now() said last
    mutable std::int64_t high_running_ms_ = 0;
    mutable bool doubtful_ = false;
    bool told_ = false;           // the log knows
    std::int64_t looked_ms_ = 0;  // counter
    std::int64_t kept_ms_ = 0;    // counter
};

}  // namespace keepline::engine
