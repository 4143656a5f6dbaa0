#include "link/smpp_pace.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace keepline::link {

namespace {

constexpr double slowest = 0.1;    // a second: an SMSC that takes nothing is still asked every ten seconds
constexpr double fastest = 1'000;  // above, the pace is no limit any more
constexpr double first_guess = 5;  // at least, when it had taken nothing lately
constexpr double when_throttled = 0.7;
constexpr double when_congested = 0.9;
constexpr double step_up = 1.25;
constexpr double step_near_the_bad = 1.05;
constexpr double near_the_bad = 0.6;
constexpr int good_in_a_row = 5;  // before the pace rises
constexpr auto watched = std::chrono::seconds{2};
constexpr auto long_ago = std::chrono::seconds{30};  // since it complained: the pace doubles with every part it takes
constexpr auto still_trouble = std::chrono::seconds{60};
constexpr auto congestion_kept = std::chrono::seconds{15};  // more than the slowest pace takes to the next answer
constexpr int nearly_congested = 90;
constexpr int congested = 100;
constexpr int as_it_should_be = 80;

}  // namespace

smpp_pace::smpp_pace(double ceiling, int window, port::sms_metrics* metrics)
    : ceiling_(ceiling), window_(window), metrics_(metrics), rate_(ceiling) {
    show();
}

bool smpp_pace::wait_turn(clock::time_point until) {
    std::unique_lock held(mutex_);
    for (;;) {
        if (stopped_) return false;
        const auto now = clock::now();
        if (rate_ <= 0) return true;
        if (now >= next_) {
            const auto gap = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / rate_));
            next_ = now + gap;  // no burst is saved up
            return true;
        }
        if (next_ > until && now >= until) return false;
        changed_.wait_until(held, std::min(next_, until));
        if (clock::now() >= until && clock::now() < next_) return false;
    }
}

double smpp_pace::observed(clock::time_point now) {
    while (!recent_.empty() && recent_.front() + watched < now) recent_.pop_front();
    return static_cast<double>(recent_.size()) / std::chrono::duration<double>(watched).count();
}

void smpp_pace::accepted(clock::time_point now) {
    const std::scoped_lock held(mutex_);
    recent_.push_back(now);
    static_cast<void>(observed(now));
    if (metrics_ != nullptr) metrics_->parts_accepted.fetch_add(1);
    if (congestion_ >= 0 && congestion_at_ + congestion_kept < now) forget_congestion();
    if (!held_back_ || congestion_ >= as_it_should_be) return;
    const bool forgotten = fell_at_ + long_ago < now;
    if (++good_ < good_in_a_row && !forgotten) return;
    rise(forgotten ? 2 : rate_ >= bad_rate_ * near_the_bad ? step_near_the_bad : step_up);
}

void smpp_pace::rise(double step) {
    good_ = 0;
    rate_ *= step;
    const double most = ceiling_ > 0 ? ceiling_ : fastest;
    if (rate_ >= most) {
        rate_ = ceiling_;
        held_back_ = false;
    }
    show();
    changed_.notify_all();
}

/// Any answer may leave congestion_state out: the last one says nothing about a time long after it.
void smpp_pace::forget_congestion() {
    congestion_ = -1;
    show();
}

void smpp_pace::bound_anew() {
    const std::scoped_lock held(mutex_);
    forget_congestion();
}

void smpp_pace::fall(double share, clock::time_point now) {
    const double before = rate_ > 0 ? rate_ : std::max(observed(now), first_guess);
    bad_rate_ = before;
    // From no limit the first guess is what it has just taken; from then on less and less.
    rate_ = std::max(slowest, (rate_ > 0 || share > when_throttled) ? before * share : before);
    good_ = 0;
    held_back_ = true;
    fell_congested_ = congestion_ >= nearly_congested;
    fell_at_ = now;
    next_ =
        std::max(next_, now + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / rate_)));
    show();
    changed_.notify_all();
}

void smpp_pace::throttled(clock::time_point sent_at, clock::time_point now) {
    const std::scoped_lock held(mutex_);
    if (metrics_ != nullptr) metrics_->throttled.fetch_add(1);
    if (sent_at < fell_at_) return;
    fall(when_throttled, now);
}

void smpp_pace::congestion(int state, clock::time_point now) {
    const std::scoped_lock held(mutex_);
    congestion_ = state;
    congestion_at_ = now;
    const auto rest = std::chrono::seconds{1};  // one step a second, however many answers say the same
    if (state >= nearly_congested && fell_at_ + rest < now)
        fall(state >= congested ? when_throttled : when_congested, now);
    show();
}

double smpp_pace::per_second() const {
    const std::scoped_lock held(mutex_);
    return rate_;
}

/// So many as are on their way within a second.
int smpp_pace::window_now() const {
    if (!held_back_ || rate_ <= 0) return window_;
    return std::clamp(static_cast<int>(std::ceil(rate_)), 1, window_);
}

int smpp_pace::window() const {
    const std::scoped_lock held(mutex_);
    return window_now();
}

std::string smpp_pace::trouble() const {
    const std::scoped_lock held(mutex_);
    if (!held_back_ || fell_at_ + still_trouble < clock::now()) return {};
    std::array<char, 96> out{};
    std::snprintf(out.data(), out.size(), "The SMSC: %s; it gets %.1f messages a second.",
                  fell_congested_ ? "congested" : "throttled", rate_);
    return out.data();
}

void smpp_pace::show() const {
    if (metrics_ == nullptr) return;
    metrics_->pace = rate_;
    metrics_->window = window_now();
    metrics_->congestion = congestion_;
}

void smpp_pace::stop() {
    const std::scoped_lock held(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

}  // namespace keepline::link
