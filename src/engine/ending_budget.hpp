// How much may end by itself in a day: what yesterday foresaw, and some. A wrong policy, a wrong import, a clock that
// was accepted by mistake or a fault of ours would end thousands of lines in seconds; here that meets a bound before
// the first ending that nobody foresaw is committed, and somebody is asked (`keepline endings accept`).
//
// An ending is what takes something away from a subscriber because time has passed, whatever the cause (is_ending).
// Counted are lines, persons and profiles (streams), not steps: one that is suspended, ends and is released within a
// day is one. (After a restart of the server those of before are counted again when they go on: rather held.)
// Each day (UTC) the first look counts what falls due on the rest of it and on the days after it; that is the forecast
// they are held to. The rest of the day too: what is due today (a reminder) may be what leads to tomorrow's ending.
// What is overdue is not counted: it may be what is held. Counted is before the commit, so a crash never grants more.
// Any thread.
#pragma once

#include "engine/engine.hpp"
#include "port/notebook.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_set>

namespace keepline::engine {

/// The notes that `keepline endings` shares with a running server.
inline constexpr std::string_view endings_today_note = "endings.today";  // "<day> <ended> <foreseen> <accepted>"
inline constexpr std::string_view endings_forecast_note =
    "endings.counted";  // "<day it was made> <n> …": the rest of that day, and the days after
inline constexpr std::string_view endings_accept_note = "endings.accept";  // "<day> <how many more>"

bool is_ending(const any_event& what);

class ending_budget {
 public:
    struct parts {
        port::journal* journal = nullptr;
        port::notebook* notes = nullptr;  // null: nothing is remembered
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        port::engine_metrics* metrics = nullptr;
    };
    ending_budget(parts with, const settings& how) : with_(with), how_(how) {}

    /// Before the first timer.
    void start();
    /// Of what a timer is about to do to this stream. code::endings_held: it stays as it is until somebody has looked.
    result<void> allow(const port::stream_key& whose, const std::vector<any_event>& events);
    /// Now and then: the new day, the forecast, what was accepted. True: what was held may be tried again.
    bool look();
    bool holds() const;
    /// In words, for /readyz; empty: nothing is held.
    std::string trouble() const;

 private:
    static constexpr std::size_t days_counted = 8;  // the day of the look and the seven after it
    struct today {
        std::int64_t day = 0;  // since 1970
        std::int64_t ended = 0;
        std::int64_t foreseen = 0;
        std::int64_t accepted = 0;
    };

    std::int64_t most() const;         // with the mutex held
    void begin_day(std::int64_t day);  // with the mutex held
    bool take_acceptance();
    void foresee();
    void write();
    void measure();  // with the mutex held

    const parts with_;
    const settings how_;
    mutable std::mutex mutex_;
    today today_;
    std::unordered_set<std::string> counted_;  // the streams of today; as many as may end in a day
    std::int64_t made_on_ = 0;
    std::array<std::int64_t, days_counted> forecast_{};
    bool holds_ = false;
    bool changed_ = false;
    bool new_day_ = false;  // what was held may be tried again
    std::int64_t foreseen_on_ = 0;
};

}  // namespace keepline::engine
