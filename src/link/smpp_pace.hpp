// How fast an SMSC takes our messages, found out as we go: the pace falls when it says "throttled" or, in SMPP 5, that
// it is congested, and rises again while it takes everything. Without a complaint there is no pace but the configured
// ceiling. Every submit_sm waits here for its turn. Any thread.
#pragma once

#include "base/time.hpp"
#include "port/metrics.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace keepline::link {

class smpp_pace {
 public:
    using clock = std::chrono::steady_clock;
    /// ceiling: submits a second, 0: none. window: submits without an answer at most.
    smpp_pace(double ceiling, int window, port::sms_metrics* metrics);

    /// Waits until the next submit may leave; when it may not by `until`, false. Also false once stopped.
    bool wait_turn(clock::time_point until);
    void accepted(clock::time_point now);
    /// `sent_at`: when the refused submit left. What left before the pace fell says nothing about the new one.
    void throttled(clock::time_point sent_at, clock::time_point now);
    /// SMPP 5.0 §4.8.4.18: 0 idle, 80 to 89 as it should be, from 90 on nearly congested, 100 congested.
    /// May be missing in any answer; forgotten after a while.
    void congestion(int state, clock::time_point now);
    /// Another session: what was said of congestion was said in the one before.
    void bound_anew();

    double per_second() const;  // 0: no limit
    int window() const;
    /// In words while the SMSC holds us back; empty otherwise.
    std::string trouble() const;
    void stop();

 private:
    double observed(clock::time_point now);  // all of these: with mutex_ held
    void fall(double share, clock::time_point now);
    void rise(double step);
    void forget_congestion();
    void show() const;
    int window_now() const;

    const double ceiling_;
    const int window_;
    port::sms_metrics* metrics_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    double rate_;             // 0: no limit
    double bad_rate_ = 0;     // at which it complained last
    int good_ = 0;            // accepted since the pace last changed
    bool held_back_ = false;  // by the SMSC's word
    int congestion_ = -1;
    clock::time_point congestion_at_;
    bool fell_congested_ = false;  // when it last fell
    clock::time_point next_;
    clock::time_point fell_at_;
    std::deque<clock::time_point> recent_;  // accepted within the last seconds
    bool stopped_ = false;
};

}  // namespace keepline::link
