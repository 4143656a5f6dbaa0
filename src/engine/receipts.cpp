#include "engine/receipts.hpp"

#include <chrono>
#include <future>

namespace keepline::engine {

namespace {
constexpr auto answer_within = std::chrono::seconds{5};
constexpr auto hold_for = base::seconds{60};
constexpr std::size_t held_max = 10'000;
}  // namespace

domain::actor engine_actor(const char* id) { return {domain::role::system, base::label::trusted(id)}; }

std::uint64_t receipts::delivery_begins() {
    const std::scoped_lock held(mutex_);
    running_.insert(next_ticket_);
    return next_ticket_++;
}

void receipts::delivery_ends(std::uint64_t ticket) {
    if (ticket == 0) return;
    const std::scoped_lock held(mutex_);
    running_.erase(ticket);
    changed_.notify_all();
}

void receipts::stop() {
    const std::scoped_lock held(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

void receipts::release(const std::string& receipt) {
    const std::scoped_lock held(mutex_);
    held_.erase(receipt);
    changed_.notify_all();
}

work receipts::telling(const port::stream_key& of, const std::string& receipt, const std::string& outcome) const {
    work out;
    if (of.kind == port::stream_kind::number) {
        auto& command = out.command.emplace();
        command.to = of;
        command.what = domain::number_command(domain::notice_delivered{receipt, outcome});
        command.by = engine_actor("engine");
        command.correlation = receipt;
    }
    out.rides = std::make_unique<port::batch>();
    out.rides->receipts_done.push_back(receipt);
    return out;
}

bool receipts::hold(const std::string& receipt, const std::string& outcome) {
    const std::scoped_lock held(mutex_);
    if (stopped_) return false;
    const auto now = clock_.now();
    if (held_.size() >= held_max)
        std::erase_if(held_, [&](const auto& one) { return one.second.until <= now && one.second.waiting == 0; });
    const auto found = held_.find(receipt);
    if (found == held_.end() && held_.size() >= held_max) return false;
    auto& one = held_[receipt];
    one.outcome = outcome;
    one.until = now + hold_for;
    ++one.waiting;
    return true;
}

void receipts::no_longer_waiting(const std::string& receipt) {
    const std::scoped_lock held(mutex_);
    if (const auto found = held_.find(receipt); found != held_.end()) --found->second.waiting;
}

void receipts::now_awaited(const std::string& receipt, const port::stream_key& of) {
    std::string outcome;
    {
        const std::scoped_lock held(mutex_);
        const auto found = held_.find(receipt);
        if (found == held_.end() || found->second.matched) return;
        found->second.matched = true;
        outcome = found->second.outcome;
    }
    auto tells = telling(of, receipt, outcome);
    tells.then = [this, receipt](const result<answer>&) { release(receipt); };
    tells.uncommitted = [this](const base::error&) { stop(); };
    writer_.push(std::move(tells));
}

receipts::lookup receipts::tell_stream(const std::string& receipt, const std::string& outcome) {
    const auto awaiting = journal_.stream_awaiting(receipt);
    if (!awaiting) return lookup::not_recorded;
    if (!*awaiting) return lookup::nobody_waits;
    const auto row = journal_.load_id(**awaiting);
    if (!row) return lookup::not_recorded;
    port::stream_key of{port::stream_kind::subscriber, {}};
    if (*row) of = (*row)->key;
    auto tells = telling(of, receipt, outcome);
    const auto done = std::make_shared<std::promise<bool>>();
    auto recorded = done->get_future();
    // A refusal (the case is gone) is an answer too: the row was removed in the same commit.
    tells.then = [done](const result<answer>&) { done->set_value(true); };
    tells.not_taken = [done](const base::error&) { done->set_value(false); };
    tells.uncommitted = [done](const base::error&) { done->set_value(false); };
    if (!writer_.push(std::move(tells))) return lookup::not_recorded;
    const bool in_time = port::wait_for(on_, recorded, answer_within) && recorded.get();
    return in_time ? lookup::recorded : lookup::not_recorded;
}

bool receipts::wait_for_match(const std::string& receipt) {
    const auto barrier = [&] {
        const std::scoped_lock held(mutex_);
        return next_ticket_;  // later deliveries cannot be the ones this receipt is for
    }();
    const auto settled = [&] {
        if (stopped_) return true;
        const auto found = held_.find(receipt);
        if (found == held_.end()) return true;  // recorded: while somebody waits it goes away for no other reason
        return !found->second.matched && (running_.empty() || *running_.begin() >= barrier);
    };
    return on_.wait(
        [&](base::duration at_most) {
            std::unique_lock held(mutex_);
            return changed_.wait_for(held, at_most, settled) && !stopped_;
        },
        answer_within);
}

port::receipt_taken receipts::take(const std::string& receipt, const std::string& outcome) {
    using port::receipt_taken;
    // Held before the look-up: if the commit comes between the two, one of them sees it.
    if (!hold(receipt, outcome)) return receipt_taken::not_now;
    const auto told = tell_stream(receipt, outcome);
    auto out = told == lookup::recorded ? receipt_taken::recorded : receipt_taken::not_now;
    if (told == lookup::nobody_waits && wait_for_match(receipt)) {
        const std::scoped_lock held(mutex_);
        // Matched meanwhile, it is recorded and gone; otherwise nobody has asked for it.
        out = held_.contains(receipt) ? receipt_taken::nobody_waits : receipt_taken::recorded;
    }
    if (told == lookup::recorded)
        release(receipt);
    else
        no_longer_waiting(receipt);
    return out;
}

}  // namespace keepline::engine
