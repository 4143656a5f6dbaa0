// Which lines the messages to an address were about, the last one first, so that an answer finds its way: a word that
// stops something is for every one of them. In memory; what changed is handed to whoever remembers it beyond the
// process (app/reply_notes.hpp). The line's own number is found without. Any thread.
#pragma once

#include "base/ids.hpp"

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace keepline::port {

class reply_routes {
 public:
    struct route {
        base::msisdn number;  // of the line
        base::label contact;
        base::label subscriber;  // whose line it was then
        bool operator==(const route&) const = default;
    };

    static constexpr std::size_t lines_of_one = 16;

    explicit reply_routes(std::size_t most = 200'000) : most_(most) {}

    /// Puts one first; of one number there is one.
    static void put_first(std::vector<route>& known, route to) {
        std::erase_if(known, [&](const route& one) { return one.number == to.number; });
        known.insert(known.begin(), std::move(to));
        if (known.size() > lines_of_one) known.pop_back();
    }

    void note(const std::string& address, route to) {
        const std::scoped_lock held(mutex_);
        const auto known = known_.find(address);
        if (known != known_.end()) {
            order_.splice(order_.end(), order_, known->second.place);
            if (known->second.to.front() == to) return;
        }
        if (to.contact != base::label::trusted("line")) put_first(changed_[address], to);
        if (known != known_.end()) return put_first(known->second.to, std::move(to));
        known_.emplace(address, entry{{std::move(to)}, order_.insert(order_.end(), address)});
        if (known_.size() <= most_) return;
        known_.erase(order_.front());
        order_.pop_front();
    }
    std::vector<route> find(const std::string& address) const {
        const std::scoped_lock held(mutex_);
        const auto found = known_.find(address);
        return found == known_.end() ? std::vector<route>() : found->second.to;
    }
    /// By address: what was noted of contacts since the last call, the last one first.
    std::map<std::string, std::vector<route>> take_changed() {
        const std::scoped_lock held(mutex_);
        return std::exchange(changed_, {});
    }

 private:
    struct entry {
        std::vector<route> to;
        std::list<std::string>::iterator place;
    };
    const std::size_t most_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, entry> known_;
    std::map<std::string, std::vector<route>> changed_;
    std::list<std::string> order_;  // the one that was written to longest ago comes first
};

}  // namespace keepline::port
