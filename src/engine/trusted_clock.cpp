#include "engine/trusted_clock.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace keepline::engine {

using base::result;

namespace {

constexpr std::int64_t keep_every_ms = 10'000;
constexpr std::int64_t hour_ms = 3'600'000;

bool take_number(std::string_view& from, std::int64_t& into) {
    const auto [end, failure] = std::from_chars(from.data(), from.data() + from.size(), into);
    if (failure != std::errc{} || end == from.data() + from.size() || *end != ' ') return false;
    from.remove_prefix(static_cast<std::size_t>(end - from.data()) + 1);
    return true;
}

/// "3 d 4 h", for people.
std::string span_of(std::int64_t ms) {
    const auto seconds = std::abs(ms) / 1000;
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    if (seconds < 2 * 86'400) return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86'400) + " days";
}

}  // namespace

std::string clock_note::text() const { return std::to_string(at.ms) + " " + std::to_string(running_ms) + " " + boot; }

std::optional<clock_note> clock_note::parse(std::string_view text) {
    clock_note out;
    if (!take_number(text, out.at.ms) || !take_number(text, out.running_ms)) return std::nullopt;
    out.boot = text;
    return out;
}

trusted_clock::trusted_clock(const port::machine_time& machine, port::notebook& notes, port::log& log, settings how)
    : machine_(machine), notes_(notes), log_(log), how_(how) {}

result<void> trusted_clock::start() {
    TRY(mark_text, notes_.read(clock_mark_note));
    TRY(wall_text, notes_.read(clock_wall_note));
    const auto is = clock_note::of(machine_);
    const auto mark = mark_text ? clock_note::parse(*mark_text) : std::nullopt;
    const auto wall = wall_text ? clock_note::parse(*wall_text) : std::nullopt;
    {
        const std::scoped_lock held(mutex_);
        looked_ms_ = kept_ms_ = high_running_ms_ = anchor_running_ms_ = is.running_ms;
        if (mark) high_ms_ = mark->at.ms;
        anchor_wall_ms_ = is.at.ms;
        if (wall) {
            const bool same_boot = wall->boot == is.boot && wall->running_ms <= is.running_ms;
            const auto expected = wall->at.ms + (same_boot ? is.running_ms - wall->running_ms : 0);
            const auto most = expected + (same_boot ? how_.step_max : how_.downtime_max).count();
            // read() finds the doubt again, from this anchor.
            if (is.at.ms < expected - how_.step_max.count() || is.at.ms > most) anchor_wall_ms_ = expected;
        }
    }
    look();
    return keep_mark();
}

void trusted_clock::trust(std::int64_t wall_ms, std::int64_t running_ms) {
    anchor_wall_ms_ = wall_ms;
    anchor_running_ms_ = running_ms;
    high_ms_ = std::max(high_ms_, wall_ms);
    high_running_ms_ = running_ms;
    doubtful_ = false;
}

trusted_clock::reading trusted_clock::read() const {
    reading out{machine_.wall().ms, machine_.running_ms(), 0};
    const auto expected = anchor_wall_ms_ + (out.running_ms - anchor_running_ms_);
    out.ahead_ms = out.wall_ms - expected;
    doubtful_ = std::abs(out.ahead_ms) > how_.step_max.count();
    const auto is = doubtful_ ? expected : out.wall_ms;
    if (is >= high_ms_) {
        high_ms_ = is;
        high_running_ms_ = out.running_ms;
    } else if (const auto half = (out.running_ms - high_running_ms_) / 2; half > 0) {
        // Not backwards, and not standing still either (nothing would ever time out): half as fast, until the wall
        // clock has caught up.
        high_ms_ += half;
        high_running_ms_ += 2 * half;
    }
    return out;
}

base::instant trusted_clock::now() const {
    const std::scoped_lock held(mutex_);
    read();
    return {high_ms_};
}

bool trusted_clock::doubtful() const {
    const std::scoped_lock held(mutex_);
    read();
    return doubtful_;
}

trusted_clock::status trusted_clock::seen() const {
    const std::scoped_lock held(mutex_);
    const auto is = read();
    return {doubtful_, base::duration{is.ahead_ms}, base::duration{std::max<std::int64_t>(0, high_ms_ - is.wall_ms)}};
}

std::string trusted_clock::trouble() const {
    const auto is = seen();
    if (is.doubtful)
        return "The machine's clock is " + span_of(is.ahead.count()) +
               (is.ahead.count() > 0 ? " ahead of" : " behind") +
               " what is known of the time; nothing ends by itself until it is set right, or `keepline clock accept`";
    if (is.behind > how_.step_max)
        return "The machine's clock is " + span_of(is.behind.count()) +
               " behind what was accepted; time goes half as fast until it has caught up";
    return {};
}

void trusted_clock::look() {
    bool keep = false;
    {
        const std::scoped_lock held(mutex_);
        const auto is = read();
        // Small steps are forgiven, but not more of them than step_max in an hour: many small ones are a large one.
        const auto passed = std::min(is.running_ms - looked_ms_, hour_ms);
        looked_ms_ = is.running_ms;
        const auto give = how_.step_max.count() * passed / hour_ms + 1;
        if (!doubtful_) anchor_wall_ms_ += std::clamp(is.ahead_ms, -give, give);
        keep = is.running_ms - kept_ms_ >= keep_every_ms;
    }
    const auto is = seen();
    if (is.doubtful) take_acceptance();
    if (const bool doubts = doubtful(); doubts != told_) {
        told_ = doubts;
        if (doubts)
            log_.error("clock_doubtful", "",
                       {{"ahead_ms", std::to_string(is.ahead.count())},
                        {"known", base::iso(now())},
                        {"to_do", "set the clock right, or: keepline clock accept"}});
        else
            log_.info("clock_trusted", "", {{"now", base::iso(now())}});
    }
    if (keep)
        if (auto kept = keep_mark(); !kept) log_.error("clock_mark_unwritten", "", {{"reason", kept.error().words}});
}

/// Accepted is one shift between the two clocks of one run of the machine, not whatever may come later.
void trusted_clock::take_acceptance() {
    const auto noted = notes_.read(clock_accept_note);
    if (!noted || !*noted) return;
    const auto accepted = clock_note::parse(**noted);
    const auto is = clock_note::of(machine_);
    static_cast<void>(notes_.write({{std::string(clock_accept_note), ""}}));
    if (!accepted || accepted->boot != is.boot) return;
    const auto differs = (is.at.ms - is.running_ms) - (accepted->at.ms - accepted->running_ms);
    if (std::abs(differs) > how_.step_max.count()) return;
    base::instant before;
    {
        const std::scoped_lock held(mutex_);
        before = {high_ms_};
        trust(is.at.ms, is.running_ms);
    }
    log_.warning("clock_accepted", "", {{"known", base::iso(before)}, {"accepted", base::iso(is.at)}});
    static_cast<void>(keep_mark());
}

result<void> trusted_clock::keep_mark() {
    clock_note mark{{}, 0, machine_.boot()};
    clock_note wall = mark;
    {
        const std::scoped_lock held(mutex_);
        const auto is = read();
        mark.at = {high_ms_};
        wall.at = {doubtful_ ? is.wall_ms - is.ahead_ms : is.wall_ms};
        mark.running_ms = wall.running_ms = kept_ms_ = is.running_ms;
    }
    return notes_.write({{std::string(clock_mark_note), mark.text()}, {std::string(clock_wall_note), wall.text()}});
}

}  // namespace keepline::engine
