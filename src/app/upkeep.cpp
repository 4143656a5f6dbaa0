#include "app/upkeep.hpp"

#include "base/thread_name.hpp"

#include <chrono>

namespace keepline::app {

upkeep::upkeep(std::function<void()> once_a_second) : work_(std::move(once_a_second)) {
    thread_ = std::thread([this] {
        base::name_this_thread("kl-upkeep");
        std::unique_lock held(mutex_);
        while (!wake_.wait_for(held, std::chrono::seconds{1}, [&] { return stopping_; })) {
            held.unlock();
            work_();
            held.lock();
        }
    });
}

upkeep::~upkeep() {
    {
        const std::scoped_lock held(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

}  // namespace keepline::app
