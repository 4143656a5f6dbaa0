#include "engine/sweep.hpp"

#include "base/ensure.hpp"
#include "engine/codec.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {

constexpr std::size_t ticks_at_once = 512;
constexpr std::size_t ticking_max = 2'000;
constexpr std::size_t stuck_max = 5'000;
constexpr auto stuck_first = base::seconds{1};
constexpr auto stuck_longest = base::minutes{10};
constexpr std::size_t recheck_page = 500;
constexpr std::size_t rechecking_max = 256;
constexpr std::int64_t cursors_every_ms = 50;
constexpr std::int64_t idle_cursors_every_ms = 1000;
constexpr std::int64_t budget_every_ms = 1000;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t held_streams_max = 20'000;
constexpr std::int64_t held_every_ms = 2000;
constexpr std::int64_t look_for_room_every_ms = 500;
constexpr auto forget_receipts_every = base::minutes{1};

/// Its own way of saying that its time has come.
any_command tick_of(port::stream_kind kind) {
    return for_kind(kind, [](auto row) -> any_command {
        using tick = typename decltype(row)::tick;
        if constexpr (std::is_void_v<tick>)
            ENSURE(false);  // what never says that it is due is never told that it is
        else
            return typename decltype(row)::aggregate::command(tick());
    });
}

submission timed(const port::stream_key& key, any_command what) {
    submission out;
    out.to = key;
    out.what = std::move(what);
    out.by = engine_actor("timer");
    out.by_timer = true;
    return out;
}

}  // namespace

void sweep::start() {
    idle_recorded_ms_ = steady_ms();
    running_ = with_.on->begin({"kl-timers", [this] { run(); }, [this] { return look(); }});
}

void sweep::stop() {
    {
        const std::scoped_lock held(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    running_.reset();
}

void sweep::wake() {
    {
        const std::scoped_lock held(mutex_);
        poked_ = true;
    }
    wake_.notify_all();
}

void sweep::look_for_room() {
    const auto found = with_.journal->space();
    looked_for_room_ms_ = steady_ms();
    with_.metrics->store_free_bytes.store(found.free_bytes, std::memory_order_relaxed);
    with_.metrics->store_reserve_bytes.store(found.reserve_bytes, std::memory_order_relaxed);
    with_.to_writer->room_is(found.enough);
}

void sweep::recheck_dates() {
    recheck_wanted_ = true;
    wake();
}

bool sweep::has_begun_day_of(instant now) const { return budget_day_ == now.ms / day_ms; }

bool sweep::passes_over(const port::stream_key& key, instant now) const {
    const std::scoped_lock held(mutex_);
    if (held_.contains(key)) return true;
    const auto found = stuck_.find(key);
    return found != stuck_.end() && now < found->second.until;
}

void sweep::run() {
    while (look()) {
        std::unique_lock held(mutex_);
        wake_.wait_for(held, how_.sweep_every,
                       [&] { return stopping_ || poked_ || (more_ && ticking_.size() <= ticking_max / 2); });
    }
}

/// One round. False: this is the end.
bool sweep::look() {
    {
        const std::scoped_lock held(mutex_);
        if (stopping_) return false;
        poked_ = more_ = false;
    }
    const auto now = with_.clock->now();
    if (steady_ms() - looked_for_room_ms_ >= look_for_room_every_ms) look_for_room();
    const bool works = with_.to_writer->works();
    look_at_budget();
    if (works && !timers_stand_still()) tick_due(now);
    while (works && with_.effects->take_due_retries(now) >= ticks_at_once / 2) {
        const std::scoped_lock held(mutex_);
        if (stopping_) return false;
    }
    if (works && !with_.clock->doubtful() && recheck_wanted_.exchange(false)) recheck_all();
    record_cursors();
    with_.effects->measure();
    return true;
}

// ------------------------------------------------------------------------------------------------ timers

void sweep::look_at_budget() {
    const auto now = steady_ms();
    const auto day = with_.clock->now().ms / day_ms;
    if (day == budget_day_ && now - budget_looked_ms_ < budget_every_ms) return;
    budget_looked_ms_ = now;
    const bool again = with_.endings->look();
    budget_day_ = day;  // each day is foreseen on the one before, however fast they go by
    if (!again) return;
    const std::scoped_lock held(mutex_);
    ++budget_round_;
    held_.clear();
}

/// While the clock is in doubt, or so much is held that looking past it would cost more than it brings.
bool sweep::timers_stand_still() {
    if (with_.clock->doubtful()) return true;
    const std::scoped_lock held(mutex_);
    if (held_.empty()) return false;
    if (held_.size() >= held_streams_max || steady_ms() - held_looked_ms_ < held_every_ms) return true;
    held_looked_ms_ = steady_ms();
    return false;
}

void sweep::tick_due(instant now) {
    std::size_t limit = ticks_at_once;
    {
        const std::scoped_lock held(mutex_);
        if (ticking_.size() >= ticking_max) return;
        std::erase_if(stuck_, [&](const auto& one) { return one.second.until + stuck_longest <= now; });
        limit += ticking_.size() + stuck_.size() + held_.size();  // they are still due, and in front of the others
    }
    const auto due = with_.journal->due(now, limit);
    if (!due) {
        with_.log->error("timers_unreadable", "", {{"reason", due.error().words}});
        return;
    }
    for (const auto& key : *due) {
        std::uint64_t round = 0;
        {
            const std::scoped_lock held(mutex_);
            round = budget_round_;
            if (const auto found = stuck_.find(key); found != stuck_.end() && now < found->second.until) continue;
            if (held_.contains(key)) continue;
            if (ticking_.size() >= ticking_max || !ticking_.insert(key).second) continue;
        }
        work out;
        out.command = timed(key, tick_of(key.kind));
        out.then = [this, key, round](const result<answer>& got) { ticked(key, round, got); };
        with_.to_writer->push(std::move(out));
    }
    const std::scoped_lock held(mutex_);
    more_ = due->size() >= limit;
}

void sweep::ticked(const port::stream_key& key, std::uint64_t round, const result<answer>& got) {
    const auto now = with_.clock->now();
    if (!got && got.error().what == base::code::endings_held) {
        const std::scoped_lock held(mutex_);
        ticking_.erase(key);
        if (round == budget_round_) held_.insert(key);  // else it is still due, and asked for under the new one
        return;
    }
    std::string trouble;
    if (!got)
        trouble = got.error().words;
    else if (const auto next = next_due_of(*got->view); got->events.empty() && next && *next <= now)
        trouble = "It is due but nothing happens.";
    int times = 0;
    {
        const std::scoped_lock held(mutex_);  // one hold for both: between them the stream would be ticked again
        ticking_.erase(key);
        if (trouble.empty())
            stuck_.erase(key);
        else
            times = stuck_again(key, now);
    }
    if (times > 0) {
        const auto row = with_.journal->load(key);
        with_.log->warning("timer_stuck", "",
                           {{"line", row && *row ? (*row)->public_id : ""},
                            {"times", std::to_string(times)},
                            {"reason", std::move(trouble)}});
    }
    wake_.notify_all();
}

int sweep::stuck_again(const port::stream_key& key, instant now) {
    if (stuck_.size() >= stuck_max && !stuck_.contains(key)) return 0;
    auto& one = stuck_[key];
    ++one.times;
    base::duration wait = stuck_first;
    for (int i = 1; i < one.times && wait < stuck_longest; ++i) wait *= 2;
    one.until = now + std::min<base::duration>(wait, stuck_longest);
    return one.times;
}

// ------------------------------------------------------------------------------------------------ dates

void sweep::recheck_all() {
    port::stream_filter provisional;
    provisional.kind = port::stream_kind::number;
    provisional.only_provisional = true;
    std::string after;
    do {
        auto page = with_.journal->list(provisional, after, recheck_page);
        if (!page) {
            with_.log->error("dates_unreadable", "", {{"reason", page.error().words}});
            return;
        }
        for (auto& row : page->streams) {
            {
                std::unique_lock held(mutex_);
                wake_.wait(held, [&] { return stopping_ || rechecking_ < rechecking_max; });
                if (stopping_) return;
                ++rechecking_;
            }
            work out;
            out.command = timed(row.key, domain::number_command(domain::recheck_dates{}));
            out.then = [this](const result<answer>&) {
                {
                    const std::scoped_lock held(mutex_);
                    --rechecking_;
                }
                wake_.notify_all();
            };
            if (!with_.to_writer->push(std::move(out))) return;
        }
        after = std::move(page->next);
    } while (!after.empty());
}

// ------------------------------------------------------------------------------------------------ cursors

bool sweep::idle_cursors_are_due() const { return steady_ms() - idle_recorded_ms_ >= idle_cursors_every_ms; }

/// Where no batch comes by itself, an empty one is asked for; once, however long the disk takes.
void sweep::record_cursors() {
    if (!with_.effects->has_cursors(idle_cursors_are_due())) return;
    if (!flush_asked_.exchange(true)) with_.to_writer->push(work{});
}

void sweep::add_riders(port::batch& to) {
    const bool all = all_cursors_.exchange(false);
    const bool asked = flush_asked_.exchange(false);
    const auto now = steady_ms();
    if (!all && !asked && now - recorded_ms_ < cursors_every_ms) return;
    recorded_ms_ = now;
    idle_recorded_ms_ = now;
    with_.effects->add_cursors(to);
    if (const auto today = with_.clock->now(); today >= forgot_at_ + forget_receipts_every) {
        to.forget_awaited_before = today;
        forgot_at_ = today;
    }
}

}  // namespace keepline::engine
