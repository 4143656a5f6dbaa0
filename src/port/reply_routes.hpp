// Which line the last message to an address was about, so that an answer to it finds its way. In memory; what changed
// is handed to whoever remembers it beyond the process (app/reply_notes.hpp). The line's own number is found without.
// Any thread.
#pragma once

#include "base/ids.hpp"

#include <list>
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

    explicit reply_routes(std::size_t most = 200'000) : most_(most) {}

    void note(const std::string& address, route to) {
        const std::scoped_lock held(mutex_);
        const auto known = known_.find(address);
        if (known != known_.end()) {
            order_.splice(order_.end(), order_, known->second.place);
            if (known->second.to == to) return;
        }
        if (to.contact != base::label::trusted("line")) changed_.insert_or_assign(address, to);
        if (known != known_.end()) {
            known->second.to = std::move(to);
            return;
        }
        known_.emplace(address, entry{std::move(to), order_.insert(order_.end(), address)});
        if (known_.size() <= most_) return;
        known_.erase(order_.front());
        order_.pop_front();
    }
    std::optional<route> find(const std::string& address) const {
        const std::scoped_lock held(mutex_);
        const auto found = known_.find(address);
        return found == known_.end() ? std::nullopt : std::optional(found->second.to);
    }
    /// By address: what was noted of contacts since the last call, each as it is now.
    std::map<std::string, route> take_changed() {
        const std::scoped_lock held(mutex_);
        return std::exchange(changed_, {});
    }

 private:
    struct entry {
        route to;
        std::list<std::string>::iterator place;
    };
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, entry> known_;
    std::map<std::string, route> changed_;
    std::list<std::string> order_;  // the one that was written to longest ago comes first
};

}  // namespace keepline::port
