// An executor for whoever has nothing else to do: the calling thread runs what is posted until its answer is there. For
// the command line and tests; never the engine's writer thread.
#pragma once

#include "desk/reply.hpp"
#include "desk/request.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace keepline::desk {

class waiting final : public executor {
 public:
    void run(std::function<void()> work) override {
        {
            const std::scoped_lock held(mutex_);
            posted_.push_back(std::move(work));
        }
        wake_.notify_one();
    }
    void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
        run([pause, work = std::move(work)] {
            std::this_thread::sleep_for(pause);
            work();
        });
    }
    void run_one() {
        std::unique_lock held(mutex_);
        wake_.wait(held, [&] { return !posted_.empty(); });
        const auto work = std::move(posted_.front());
        posted_.pop_front();
        held.unlock();
        work();
    }

 private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> posted_;
};

/// Asks the desk and waits: `ask_and_wait<closure_view>(request, [&](auto in, auto then) { at.read_closure(in, …); })`.
template <typename T, typename Ask>
base::result<T> ask_and_wait(request in, Ask ask) {
    const auto own = std::make_shared<waiting>();
    in.where = own;
    const auto answer = std::make_shared<std::optional<base::result<T>>>();
    ask(std::move(in), reply<T>([answer](base::result<T> told) { *answer = std::move(told); }));
    while (!*answer) own->run_one();
    return std::move(**answer);
}

}  // namespace keepline::desk
