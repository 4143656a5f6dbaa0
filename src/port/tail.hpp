// The end of the journal, for whoever shows people what changes: rings when something was committed. A node that reads
// what another one writes hears nothing of it; so whoever listens looks by themselves now and then, too. Any thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace keepline::port {

class tail {
 public:
    /// Called on the ringing thread: it must only wake somebody.
    using ear = std::function<void()>;

    /// Heard until what is given back goes. The tail outlives it.
    std::shared_ptr<void> listen(ear wakes) {
        const std::scoped_lock held(mutex_);
        const auto at = ears_.insert(ears_.end(), std::move(wakes));
        return {this, [at](tail* of) {
                    const std::scoped_lock leaving(of->mutex_);
                    of->ears_.erase(at);
                }};
    }
    void ring() {
        const std::scoped_lock held(mutex_);
        for (const auto& one : ears_) one();
    }

 private:
    std::mutex mutex_;
    std::list<ear> ears_;
};

}  // namespace keepline::port
