// Threads for work that is too long for a connection's thread: archives, large bodies, sealing, counting. Any thread
// may post. What was posted is finished before the destructor returns.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keepline::base {

class aside {
 public:
    aside(std::size_t threads, std::size_t queue_max);
    ~aside();
    aside(const aside&) = delete;
    aside& operator=(const aside&) = delete;

    /// False when too much is waiting already; `work` is then dropped.
    bool post(std::function<void()> work);

 private:
    void work();

    std::size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace keepline::base
