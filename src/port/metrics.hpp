// What the engine counts; the app exposes it. Any thread; reading is a copy of relaxed counters.
#pragma once

#include "domain/effects.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace keepline::port {

/// Cumulative counts below each bound, as Prometheus histograms want them.
template <std::size_t N>
class histogram {
 public:
    explicit histogram(std::array<double, N> bounds) : bounds_(bounds) {}
    void observe(double value) {
        std::size_t bucket = 0;
        while (bucket < N && value > bounds_[bucket]) ++bucket;
        counts_[bucket].fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(value, std::memory_order_relaxed);
    }
    const std::array<double, N>& bounds() const { return bounds_; }
    std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
    double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
    std::array<double, N> bounds_;
    std::array<std::atomic<std::uint64_t>, N + 1> counts_{};
    std::atomic<double> sum_{0};
};

/// What the SMS connection counts (link/smpp_transport.hpp).
struct sms_metrics {
    static constexpr std::array<std::string_view, 4> receipt_ways{"same", "hex", "decimal", "unmatched"};
    static constexpr std::array<std::string_view, 6> inbound_fates{"taken",      "repeat",     "over_limit",
                                                                   "unreadable", "incomplete", "later"};
    std::atomic<std::uint64_t> parts_accepted{0};
    std::atomic<std::uint64_t> parts_kept{0};  // accepted at an earlier try, and so not sent again
    std::atomic<std::uint64_t> throttled{0};
    std::atomic<double> pace{0};               // submits a second; 0: as fast as it goes
    std::atomic<std::int64_t> window{0};       // submits without an answer at most
    std::atomic<std::int64_t> congestion{-1};  // of the SMSC, by its own word (SMPP 5), 0 to 100; -1: it says nothing
    std::array<std::atomic<std::uint64_t>, 4> receipts{};  // by how their ids were matched
    std::array<std::atomic<std::uint64_t>, 6> inbound{};   // texts of customers
    std::atomic<std::uint64_t> strangers{0};               // of those: whose line it is about is not known
};

/// Messages that a budget held back: an alarm is made of these. `repeats` counts the notices
/// that say how much was gathered into them.
struct message_metrics {
    static constexpr std::array<std::string_view, 5> budgets{"address", "line", "prefix", "all", "repeats"};
    std::atomic<std::uint64_t>& of(bool sms, std::string_view budget) {
        std::size_t i = 0;
        while (i + 1 < budgets.size() && budgets[i] != budget) ++i;
        return held[sms ? 0 : 1][i];
    }
    std::array<std::array<std::atomic<std::uint64_t>, 5>, 2> held{};
    sms_metrics smsc;
    std::atomic<std::int64_t> hlr_names_taken{0};  // connections to the HLR whose name another one bears
};

struct lane_metrics {
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::int64_t> waiting{0};            // effects committed and not settled
    std::atomic<std::int64_t> oldest_waiting_ms{0};  // instant of the oldest; 0: none
};

struct engine_metrics {
    std::atomic<std::uint64_t> commands_accepted{0};
    std::atomic<std::uint64_t> commands_refused{0};
    std::atomic<std::uint64_t> commands_faulty{0};  // refused for a fault of ours
    std::atomic<std::uint64_t> commands_replayed{0};
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::int64_t> queue_length{0};
    std::atomic<std::uint64_t> hlr_mismatches{0};        // answers by which the HLR contradicts the journal
    std::atomic<std::uint64_t> unclaimed_payments{0};    // came in for no line
    std::atomic<std::uint64_t> refunds_contradicted{0};  // the bank said otherwise than before
    std::atomic<std::int64_t> store_free_bytes{0};       // on the journal's disk
    std::atomic<std::int64_t> store_reserve_bytes{0};    // kept back there
    std::atomic<std::int64_t> store_has_room{1};         // 0: commands are refused
    histogram<10> commit_seconds{{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2}};
    histogram<8> batch_size{{1, 2, 4, 8, 16, 32, 64, 128}};
    std::atomic<std::int64_t> endings_today{0};  // by timers (engine/ending_budget)
    std::atomic<std::int64_t> endings_bound{0};
    std::atomic<std::int64_t> endings_held{0};  // 1: the bound is reached, the rest waits
    std::array<lane_metrics, domain::destination_count> lanes;
};

}  // namespace keepline::port
