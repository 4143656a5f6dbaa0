// The seam to threads, and to time that passes while somebody waits. A server's parts each have a loop of their own
// (the writer, a worker of a lane, the sweep); whoever runs them is told here. In production that is a thread each. In
// the simulation (test/sim) it is one thread under a seed, which takes one step of one loop after another, so that a
// run can be repeated exactly. What time it is says port::clock, and what is drawn port::random.
#pragma once

#include "base/thread_name.hpp"
#include "base/time.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace keepline::port {

class executor {
 public:
    virtual ~executor() = default;

    struct loop {
        std::string name;            // of its thread
        std::function<void()> run;   // for a thread of its own: until it is told to end
        std::function<bool()> step;  // what `run` does once, without waiting; false: there was nothing to
                                     // do, and once it was told to end there never is
    };
    /// A loop on its way. It was told to end before this goes; then it is waited for.
    class running {
     public:
        running() = default;
        virtual ~running() = default;
        running(const running&) = delete;
        running& operator=(const running&) = delete;
    };
    virtual std::unique_ptr<running> begin(loop what) = 0;

    /// Waits until `holds` says so, at most so long; `holds` itself waits for as long as it is told.
    virtual bool wait(const std::function<bool(base::duration)>& holds, base::duration at_most) = 0;
    /// Of a clock that nobody sets: what it says is good for differences only.
    virtual std::int64_t running_ms() const = 0;
};

template <typename T>
bool wait_for(executor& on, const std::future<T>& what, base::duration at_most) {
    return on.wait([&](base::duration d) { return what.wait_for(d) == std::future_status::ready; }, at_most);
}
/// For what is answered in any case.
template <typename T>
T wait_for(executor& on, std::future<T> what) {
    while (!wait_for(on, what, base::hours{1})) {
    }
    return what.get();
}

/// A thread for each loop. Any thread.
class threads final : public executor {
 public:
    std::unique_ptr<running> begin(loop what) override { return std::make_unique<one>(std::move(what)); }
    bool wait(const std::function<bool(base::duration)>& holds, base::duration at_most) override {
        return holds(at_most);
    }
    std::int64_t running_ms() const override {
        const auto since = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<base::duration>(since).count();
    }

 private:
    class one final : public running {
     public:
        explicit one(loop what)
            : thread_([name = std::move(what.name), run = std::move(what.run)] {
                  base::name_this_thread(name);
                  run();
              }) {}
        ~one() override { thread_.join(); }

     private:
        std::thread thread_;
    };
};

}  // namespace keepline::port
