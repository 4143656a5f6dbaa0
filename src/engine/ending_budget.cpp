#include "engine/ending_budget.hpp"

#include <algorithm>
#include <sstream>

namespace keepline::engine {

namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t without_bound = 1'000'000'000'000;

template <typename... Numbers>
bool read_numbers(const std::optional<std::string>& text, Numbers&... into) {
    if (!text) return false;
    std::istringstream in(*text);
    return static_cast<bool>((in >> ... >> into));
}

struct ends {
    template <typename Event>
    bool operator()(const Event&) const {
        return false;
    }
    bool operator()(const domain::line_ended&) const { return true; }
    bool operator()(const domain::closure_expired&) const { return true; }
    bool operator()(const domain::profile_written_off&) const { return true; }
    bool operator()(const domain::number_released&) const { return true; }
    bool operator()(const domain::line_status_changed& e) const { return e.status != domain::line_status::active; }
    bool operator()(const domain::order_failed&) const { return true; }
    bool operator()(const domain::subscriber_erased&) const { return true; }
    bool operator()(const domain::records_outlived&) const { return true; }
};

}  // namespace

bool is_ending(const any_event& what) {
    return std::visit([](const auto& of_kind) { return std::visit(ends{}, of_kind); }, what);
}

void ending_budget::start() {
    const auto note = [&](std::string_view name) {
        if (with_.notes == nullptr) return std::optional<std::string>();
        return with_.notes->read(name).value_or(std::nullopt);
    };
    {
        const std::scoped_lock held(mutex_);
        read_numbers(note(endings_today_note), today_.day, today_.ended, today_.foreseen, today_.accepted);
        if (const auto text = note(endings_forecast_note)) {
            std::istringstream in(*text);
            in >> made_on_;
            for (auto& one : forecast_)
                if (!(in >> one)) one = 0;
        }
    }
    look();
}

std::int64_t ending_budget::most() const {
    return std::max(how_.endings_floor, today_.foreseen * how_.endings_percent / 100) + today_.accepted;
}

result<void> ending_budget::allow(const port::stream_key& whose, const std::vector<any_event>& events) {
    if (std::ranges::none_of(events, is_ending)) return {};
    const auto name = std::to_string(static_cast<int>(whose.kind)) + ' ' + whose.key;
    bool first = false;
    std::int64_t bound = 0;
    {
        const std::scoped_lock held(mutex_);
        if (const auto day = with_.clock->now().ms / day_ms; day != today_.day) begin_day(day);
        if (counted_.contains(name)) return {};
        bound = most();
        if (today_.ended < bound) {
            ++today_.ended;
            counted_.insert(name);
            changed_ = true;
            measure();
            return {};
        }
        first = !std::exchange(holds_, true);
        measure();
    }
    if (first)
        with_.log->error("endings_held", "",
                         {{"bound", std::to_string(bound)},
                          {"to_do", "find out why so much ends today; then: keepline endings accept"}});
    return base::refuse(base::code::endings_held,
                        "More would end today than was foreseen; it waits for somebody to look.");
}

bool ending_budget::look() {
    const auto day = with_.clock->now().ms / day_ms;
    bool again = take_acceptance();
    {
        const std::scoped_lock held(mutex_);
        if (again) holds_ = false;
        if (day != today_.day) begin_day(day);
        if (std::exchange(new_day_, false)) again = true;  // what is held since the day began stays said
        measure();
    }
    // While the clock is in doubt there is no tomorrow to foresee.
    if (foreseen_on_ != day && !with_.clock->doubtful()) foresee();
    write();
    return again;
}

/// What the last forecast said up to this day: after a downtime, of all days that have passed.
void ending_budget::begin_day(std::int64_t day) {
    today_ = {day, 0, 0, 0};
    counted_.clear();
    for (std::size_t i = 0; i < days_counted; ++i)
        if (made_on_ != 0 && made_on_ + static_cast<std::int64_t>(i) <= day) today_.foreseen += forecast_[i];
    changed_ = new_day_ = true;
    holds_ = false;
}

void ending_budget::foresee() {
    const auto now = with_.clock->now();
    const auto day = now.ms / day_ms;
    if (made_on_ == day) {  // by the run before
        foreseen_on_ = day;
        return;
    }
    std::array<std::int64_t, days_counted> counted{};
    for (std::size_t i = 0; i < days_counted; ++i) {
        const auto begins = (day + static_cast<std::int64_t>(i)) * day_ms;
        // Not what is overdue: what is held stays so until somebody has looked, and is not foreseen by being held.
        const auto due = with_.journal->due_between(std::max(now, instant{begins}), {begins + day_ms});
        if (!due) return;  // at the next look
        counted[i] = *due;
    }
    const std::scoped_lock held(mutex_);
    forecast_ = counted;
    made_on_ = foreseen_on_ = day;
    changed_ = true;
}

bool ending_budget::take_acceptance() {
    if (with_.notes == nullptr) return false;
    const auto noted = with_.notes->read(endings_accept_note);
    if (!noted || !*noted) return false;
    std::int64_t day = 0;
    std::int64_t more = 0;
    const bool good = read_numbers(*noted, day, more);
    static_cast<void>(with_.notes->write({{std::string(endings_accept_note), ""}}));
    const std::scoped_lock held(mutex_);
    if (!good || day != with_.clock->now().ms / day_ms) return false;  // of another day: it was about something else
    if (day != today_.day) begin_day(day);
    today_.accepted = std::min(today_.accepted + (more <= 0 ? without_bound : more), without_bound);
    changed_ = true;
    with_.log->warning("endings_accepted", "", {{"more", more <= 0 ? "all of today" : std::to_string(more)}});
    return true;
}

void ending_budget::write() {
    if (with_.notes == nullptr) return;
    std::vector<port::notebook::note> notes;
    {
        const std::scoped_lock held(mutex_);
        if (!std::exchange(changed_, false)) return;
        std::ostringstream now;
        now << today_.day << ' ' << today_.ended << ' ' << today_.foreseen << ' ' << today_.accepted;
        std::ostringstream ahead;
        ahead << made_on_;
        for (const auto one : forecast_) ahead << ' ' << one;
        notes = {{std::string(endings_today_note), now.str()}, {std::string(endings_forecast_note), ahead.str()}};
    }
    if (auto written = with_.notes->write(notes); !written)
        with_.log->error("endings_unwritten", "", {{"reason", written.error().words}});
}

void ending_budget::measure() {
    with_.metrics->endings_today.store(today_.ended, std::memory_order_relaxed);
    with_.metrics->endings_bound.store(most(), std::memory_order_relaxed);
    with_.metrics->endings_held.store(holds_ ? 1 : 0, std::memory_order_relaxed);
}

bool ending_budget::holds() const {
    const std::scoped_lock held(mutex_);
    return holds_;
}

std::string ending_budget::trouble() const {
    const std::scoped_lock held(mutex_);
    if (!holds_) return {};
    return "More would end today than was foreseen (" + std::to_string(today_.ended) + " of at most " +
           std::to_string(most()) + "); the rest waits for `keepline endings accept`";
}

}  // namespace keepline::engine
