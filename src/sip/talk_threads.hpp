// The threads on which those who speak in calls are asked: each call has one of them for its whole life, so that
// nothing of one call happens twice at a time, and nobody's thinking holds up sound or signalling. Any thread may post.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace keepline::sip {

class talk_threads {
 public:
    using work = std::function<void()>;
    explicit talk_threads(std::size_t count);
    ~talk_threads();
    talk_threads(const talk_threads&) = delete;
    talk_threads& operator=(const talk_threads&) = delete;

    std::size_t next() { return next_.fetch_add(1) % threads_.size(); }
    void post(std::size_t on, work what);
    void post_after(std::size_t on, std::chrono::milliseconds pause, work what);
    /// What is posted by now is done, what waits for its time is not; afterwards nothing is. Not from one of them.
    void stop();

 private:
    using clock = std::chrono::steady_clock;
    struct one {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<work> queue;
        std::multimap<clock::time_point, work> later;
        bool stopping = false;
        std::thread thread;
    };
    static void run(one& of, std::size_t number);

    std::vector<std::unique_ptr<one>> threads_;
    std::atomic<std::size_t> next_{0};
};

}  // namespace keepline::sip
