#include "engine/lanes.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {
constexpr std::size_t suspects_max = 10'000;
constexpr unsigned retry_turn = 4;  // where both wait, every fourth job comes from the retry table
}  // namespace

void lanes::resume(const std::vector<port::horizon>& horizons, const std::vector<port::cursor>& cursors,
                   std::int64_t last_position) {
    const std::scoped_lock held(mutex_);
    const auto mine = [&](const auto& one) { return one.destination == static_cast<int>(with_.which); };
    if (const auto found = std::ranges::find_if(horizons, mine); found != horizons.end())
        position_ = recorded_horizon_ = std::min(found->position, last_position);
    // Those that the horizon has passed are harmless: what they name is not read again.
    for (const auto& one : cursors)
        if (mine(one)) resumed_[one.upto.partition()] = one.upto;
    counted_from_ = last_position;
    behind_ = position_ < last_position;
    if (!behind_) resumed_.clear();
}

void lanes::make_ready(int partition) {
    auto& one = lanes_.at(partition);
    if (one.busy || one.ready || one.queue.empty()) return;
    one.ready = true;
    ready_.push_back(partition);
}

void lanes::call_one(std::unique_lock<std::mutex>& held) {
    const bool call = sleeping_ > 0 && !called_ && !(ready_.empty() && retries_.empty());
    if (call) called_ = true;
    held.unlock();
    if (call) wake_.notify_one();
}

int lanes::count(const outgoing& what) const {
    if ((what.destinations & (1U << static_cast<unsigned>(with_.which))) == 0) return 0;
    return static_cast<int>(
        std::ranges::count(what.effects, with_.which, [](const auto& e) { return domain::destination_of(e); }));
}

void lanes::push(const std::shared_ptr<const outgoing>& what) {
    if ((what->destinations & (1U << static_cast<unsigned>(with_.which))) == 0) return;
    const auto before = what->position <= counted_from_ ? resumed_.find(what->partition) : resumed_.end();
    for (std::size_t i = 0; i < what->effects.size(); ++i) {
        if (domain::destination_of(what->effects[i]) != with_.which) continue;
        if (before != resumed_.end() && port::effect_id::of({what->partition, what->seq}, i) <= before->second)
            continue;
        lanes_[what->partition].queue.push_back({what, i});
        ++held_;
        if (what->position <= counted_from_) with_.metrics->waiting.fetch_add(1, std::memory_order_relaxed);
    }
    if (lanes_.contains(what->partition)) make_ready(what->partition);
}

void lanes::hand_over(outgoings what, std::int64_t last_position) {
    std::unique_lock held(mutex_);
    for (const auto& one : what) with_.metrics->waiting.fetch_add(count(*one), std::memory_order_relaxed);
    if (behind_) return;
    for (const auto& one : what)
        if (one->position > position_) push(one);
    position_ = std::max(position_, last_position);
    behind_ = held_ >= with_.memory;
    call_one(held);
}

std::optional<std::int64_t> lanes::wants_after() const {
    const std::scoped_lock held(mutex_);
    if (!behind_ || held_ > with_.memory / 2) return std::nullopt;
    return position_;
}

void lanes::feed(outgoings what, std::int64_t end, const std::atomic<std::int64_t>& head) {
    std::unique_lock held(mutex_);
    if (!behind_) return;
    for (const auto& one : what)
        if (one->position > position_) push(one);
    position_ = std::max(position_, end);
    if (position_ >= counted_from_) resumed_.clear();
    // The writer raises `head` before it hands over: whatever is not below `head` yet will be handed over later.
    if (position_ >= head.load()) behind_ = false;
    call_one(held);
}

void lanes::add_retry(job what) {
    std::unique_lock held(mutex_);
    retries_.push_back(std::move(what));
    call_one(held);
}

bool lanes::may_run(instant now) {
    if (!paused_) return true;
    if (probing_) return false;
    if (now < resume_at_ && now >= paused_at_) return false;  // a clock that was set back ends the pause
    probing_ = true;
    return true;
}

job lanes::take() {
    const bool from_table = !retries_.empty() && (ready_.empty() || ++turn_ % retry_turn == 0);
    if (from_table) {
        job out = std::move(retries_.front());
        retries_.pop_front();
        out.attempt = out.again->attempts + 1;
        out.epoch = epoch_;
        return out;
    }
    auto& one = lanes_.at(ready_.front());
    ready_.pop_front();
    one.ready = false;
    one.busy = true;
    ++one.tries;
    return {one.queue.front().from, one.queue.front().index, one.tries, std::nullopt, epoch_};
}

std::optional<job> lanes::next() {
    std::unique_lock held(mutex_);
    while (!stopped_) {
        const bool nothing = ready_.empty() && retries_.empty();
        if (!nothing && may_run(with_.clock->now())) {
            auto out = take();
            call_one(held);
            return out;
        }
        ++sleeping_;
        if (nothing)
            wake_.wait(held);
        else
            wake_.wait_for(held, with_.poll);
        --sleeping_;
        called_ = false;
    }
    return std::nullopt;
}

std::optional<job> lanes::next_now() {
    const std::scoped_lock held(mutex_);
    const bool nothing = stopped_ || (ready_.empty() && retries_.empty());
    if (nothing || !may_run(with_.clock->now())) return std::nullopt;
    return take();
}

void lanes::stop() {
    const std::scoped_lock held(mutex_);
    stopped_ = true;
    wake_.notify_all();
}

void lanes::finish(const job& what) {
    auto& one = lanes_.at(what.from->partition);
    one.done = what.id();
    one.done_at = what.from->position;
    one.queue.pop_front();
    one.busy = false;
    one.tries = 0;
    --held_;
    with_.metrics->waiting.fetch_sub(1, std::memory_order_relaxed);
    make_ready(what.from->partition);
    if (one.queue.empty() && !is_behind_record(one)) lanes_.erase(what.from->partition);
    if (behind_ && held_ == with_.memory / 2) with_.room();
}

void lanes::settled(const job& what) {
    const std::scoped_lock held(mutex_);
    finish(what);
}

port::cursor lanes::cursor_after(const job& what) const { return {static_cast<int>(with_.which), what.id()}; }

void lanes::recorded(const job& what) {
    std::unique_lock held(mutex_);
    auto& one = lanes_.at(what.from->partition);
    one.recorded = std::max(one.recorded, what.id());
    finish(what);
    call_one(held);
}

void lanes::peer_up(const job& what) {
    const std::scoped_lock held(mutex_);
    ++answers_;
    suspects_.erase(what.id().value);
    if (what.epoch != epoch_) return;  // began before the pause: says nothing about now
    failures_ = 0;
    if (!paused_) return;
    paused_ = probing_ = false;
    wake_.notify_all();
}

void lanes::put_back(const job& what) {
    const std::scoped_lock held(mutex_);
    if (what.again) {
        retries_.push_back(what);
    } else {
        lanes_.at(what.from->partition).busy = false;
        make_ready(what.from->partition);
    }
    if (what.epoch == epoch_) {
        failures_ = 0;
        paused_ = probing_ = false;
    }
    wake_.notify_all();
}

void lanes::put_aside(const job& what) {
    const std::scoped_lock held(mutex_);
    suspects_.erase(what.id().value);
    if (what.epoch != epoch_ || !paused_) return;
    paused_ = probing_ = false;
    wake_.notify_all();
}

bool lanes::brings_it_down(const job& what) {
    const std::scoped_lock held(mutex_);
    const auto found = suspects_.find(what.id().value);
    const bool answered_since = found != suspects_.end() && answers_ > found->second;
    if (found != suspects_.end()) suspects_.erase(found);
    if (answered_since) return true;
    if (suspects_.size() < suspects_max) suspects_.emplace(what.id().value, answers_);
    return false;
}

std::optional<base::duration> lanes::peer_down(const job& what, std::optional<base::duration> exactly, bool stays) {
    const std::scoped_lock held(mutex_);
    if (!what.again && !stays) {
        lanes_.at(what.from->partition).busy = false;
        make_ready(what.from->partition);
    }
    if (what.epoch != epoch_) return std::nullopt;  // one of many that failed together
    ++epoch_;
    const auto length = exactly ? *exactly : with_.backoff->for_destination(++failures_);
    paused_ = true;
    probing_ = false;
    paused_at_ = with_.clock->now();
    resume_at_ = paused_at_ + length;
    wake_.notify_all();
    return length;
}

bool lanes::paused() const {
    const std::scoped_lock held(mutex_);
    if (!paused_ || probing_) return paused_;
    const auto now = with_.clock->now();
    return now < resume_at_ && now >= paused_at_;
}

bool lanes::at_rest() const {
    const std::scoped_lock held(mutex_);
    if (with_.metrics->waiting.load(std::memory_order_relaxed) == 0 && retries_.empty() && !probing_) return true;
    return paused_ && !probing_ && with_.clock->now() < resume_at_;
}

std::optional<instant> lanes::resumes_at() const {
    const std::scoped_lock held(mutex_);
    return paused_ && !probing_ ? std::optional(resume_at_) : std::nullopt;
}

bool lanes::is_behind_record(const lane& one) const { return one.done > one.recorded; }

/// Everything up to here is settled: what is before the oldest that waits.
std::int64_t lanes::horizon() const {
    auto out = position_;
    for (const auto& [partition, one] : lanes_)
        if (!one.queue.empty()) out = std::min(out, one.queue.front().from->position - 1);
    return out;
}

void lanes::add_cursors(port::batch& to) {
    const std::scoped_lock held(mutex_);
    if (const auto reached = horizon(); reached > recorded_horizon_) {
        recorded_horizon_ = reached;
        to.horizons.push_back({static_cast<int>(with_.which), reached});
    }
    for (auto it = lanes_.begin(); it != lanes_.end();) {
        auto& one = it->second;
        if (is_behind_record(one)) {
            one.recorded = one.done;
            if (one.done_at > recorded_horizon_) to.cursors.push_back({static_cast<int>(with_.which), one.done});
        }
        it = one.queue.empty() ? lanes_.erase(it) : std::next(it);
    }
}

bool lanes::has_cursors(bool idle) const {
    const std::scoped_lock held(mutex_);
    if (idle && horizon() > recorded_horizon_) return true;
    return std::ranges::any_of(lanes_, [&](const auto& one) { return is_behind_record(one.second); });
}

std::size_t lanes::held_lanes() const {
    const std::scoped_lock held(mutex_);
    return lanes_.size();
}

void lanes::measure() {
    const std::scoped_lock held(mutex_);
    instant oldest;
    for (const auto& [partition, one] : lanes_)
        if (!one.queue.empty() && (!oldest || one.queue.front().from->at < oldest)) oldest = one.queue.front().from->at;
    with_.metrics->oldest_waiting_ms.store(oldest.ms, std::memory_order_relaxed);
}

}  // namespace keepline::engine
