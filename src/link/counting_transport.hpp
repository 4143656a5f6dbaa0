// kind = "none": drops every message and counts it. For load benchmarks only. Any thread.
#pragma once

#include "link/transport.hpp"

#include <atomic>
#include <cstdint>

namespace keepline::link {

class counting_text_transport final : public text_transport {
 public:
    result<handed_over> send(const text_message& what) override {
        count_.fetch_add(1, std::memory_order_relaxed);
        return handed_over{"none:" + what.key, false};
    }
    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> count_{0};
};

class counting_mail_transport final : public mail_transport {
 public:
    result<handed_over> send(const mail_message& what) override {
        count_.fetch_add(1, std::memory_order_relaxed);
        return handed_over{"none:" + what.key, false};
    }
    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace keepline::link
