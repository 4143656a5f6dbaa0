// How many of something each address has at a time: connections, or requests that a trusted proxy carries for it. Any
// thread.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace keepline::base {

class places {
 public:
    /// One place of an address; given back when it goes.
    class held {
     public:
        held(places& of, std::string address) : of_(&of), address_(std::move(address)) {}
        held(held&& other) noexcept : of_(std::exchange(other.of_, nullptr)), address_(std::move(other.address_)) {}
        held& operator=(held&& other) noexcept {
            std::swap(of_, other.of_);
            std::swap(address_, other.address_);
            return *this;
        }
        ~held() {
            if (of_ != nullptr) of_->leave(address_);
        }

     private:
        places* of_;
        std::string address_;
    };

    explicit places(std::size_t most) : most_(most) {}
    /// None: the address has as many as it may. The places outlive what they give.
    std::optional<held> enter(const std::string& address) {
        const std::scoped_lock locked(mutex_);
        auto& here = count_[address];
        if (here >= most_) return std::nullopt;  // so it was not made just now: `most` is 1 at least
        ++here;
        return held(*this, address);
    }

 private:
    void leave(const std::string& address) {
        const std::scoped_lock locked(mutex_);
        const auto found = count_.find(address);
        if (found != count_.end() && --found->second == 0) count_.erase(found);
    }

    std::size_t most_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> count_;
};

}  // namespace keepline::base
