// What a running server looks after once a second, whatever else happens: the clock, the mark of how far the store has
// come, the length of the refund log. One thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace keepline::app {

class upkeep {
 public:
    explicit upkeep(std::function<void()> once_a_second);
    ~upkeep();
    upkeep(const upkeep&) = delete;
    upkeep& operator=(const upkeep&) = delete;

 private:
    std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace keepline::app
