// Which line the last message to an address was about, so that an answer to it finds its way. In memory; what changed
// is handed to whoever remembers it beyond the process (app/reply_notes.hpp). The line's own number is found without.
// Any thread.
#pragma once

#include "base/ids.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace keepline::port {

class reply_routes {
 public:
    struct route {
        base::msisdn number;  // of the line
        base::label contact;
        base::label subscriber;  // whose line it was then
        bool operator==(const route&) const = default;
    };

    void note(const std::string& address, route to) {
        const std::scoped_lock held(mutex_);
        const auto known = known_.find(address);
        if (known != known_.end() && known->second == to) return;
        if (to.contact != base::label::trusted("line")) changed_.insert_or_assign(address, to);
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
    /// By address: what was noted of contacts since the last call, each as it is now.
    std::map<std::string, route> take_changed() {
        const std::scoped_lock held(mutex_);
        return std::exchange(changed_, {});
    }

 private:
    static constexpr std::size_t max = 200'000;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, route> known_;
    std::map<std::string, route> changed_;
    std::deque<std::string> order_;
};

}  // namespace keepline::port
