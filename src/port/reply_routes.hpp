// Which line the last message to an address was about, so that an answer to it finds its way. In memory only: the line's
// own number is found without, and after a restart a contact's answer reaches staff until we wrote there again. Any thread.
#pragma once

#include "base/ids.hpp"

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace keepline::port {

class reply_routes {
 public:
    struct route {
        base::msisdn number;  // of the line
        base::label contact;
        bool operator==(const route&) const = default;
    };

    void note(const std::string& address, route to) {
        const std::scoped_lock held(mutex_);
        if (known_.insert_or_assign(address, std::move(to)).second) order_.push_back(address);
        while (order_.size() > max) {
            known_.erase(order_.front());
            order_.pop_front();
        }
    }
    std::optional<route> find(const std::string& address) const {
        const std::scoped_lock held(mutex_);
        const auto found = known_.find(address);
        return found == known_.end() ? std::nullopt : std::optional(found->second);
    }

 private:
    static constexpr std::size_t max = 200'000;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, route> known_;
    std::deque<std::string> order_;
};

}  // namespace keepline::port
