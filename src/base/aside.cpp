#include "base/aside.hpp"

#include "base/thread_name.hpp"

namespace keepline::base {

aside::aside(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this] {
            base::name_this_thread("kl-aside");
            work();
        });
}

aside::~aside() {
    {
        const std::scoped_lock held(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& one : threads_) one.join();
}

bool aside::post(std::function<void()> work) {
    {
        const std::scoped_lock held(mutex_);
        if (stopping_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
}

void aside::work() {
    std::unique_lock held(mutex_);
    for (;;) {
        wake_.wait(held, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        auto next = std::move(queue_.front());
        queue_.pop_front();
        held.unlock();
        next();
        next = nullptr;
        held.lock();
    }
}

}  // namespace keepline::base
