// What is counted of requests: per route, by status and by time. Any thread; relaxed counters.
#pragma once

#include "port/metrics.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace keepline::api {

using latency_histogram = port::histogram<10>;
inline constexpr std::array<double, 10> latency_bounds_s{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2};

struct route_metrics {
    static constexpr int status_first = 100;
    static constexpr int status_count = 500;
    std::array<std::atomic<std::uint64_t>, status_count> by_status{};
    latency_histogram seconds{latency_bounds_s};

    void count(int status, double took_s) {
        if (status >= status_first && status < status_first + status_count)
            by_status[static_cast<std::size_t>(status - status_first)].fetch_add(1, std::memory_order_relaxed);
        seconds.observe(took_s);
    }
};

/// One per route of the table, and one more for requests that matched none.
class http_metrics {
 public:
    explicit http_metrics(std::size_t routes) {
        for (std::size_t i = 0; i <= routes; ++i) of_.push_back(std::make_unique<route_metrics>());
    }
    route_metrics& of(std::size_t route) { return *of_[route]; }
    const route_metrics& of(std::size_t route) const { return *of_[route]; }
    route_metrics& unmatched() { return *of_.back(); }

 private:
    std::vector<std::unique_ptr<route_metrics>> of_;
};

}  // namespace keepline::api
