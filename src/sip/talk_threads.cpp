#include "sip/talk_threads.hpp"

#include "base/thread_name.hpp"

#include <utility>

namespace keepline::sip {

talk_threads::talk_threads(std::size_t count) {
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
        auto& made = *threads_.emplace_back(std::make_unique<one>());
        made.thread = std::thread([&made, i] { run(made, i); });
    }
}

talk_threads::~talk_threads() { stop(); }

void talk_threads::post(std::size_t on, work what) {
    auto& to = *threads_[on];
    {
        const std::lock_guard held(to.mutex);
        if (to.stopping) return;
        to.queue.push_back(std::move(what));
    }
    to.changed.notify_one();
}

void talk_threads::post_after(std::size_t on, std::chrono::milliseconds pause, work what) {
    auto& to = *threads_[on];
    {
        const std::lock_guard held(to.mutex);
        if (to.stopping) return;
        to.later.emplace(clock::now() + pause, std::move(what));
    }
    to.changed.notify_one();
}

void talk_threads::stop() {
    for (const auto& each : threads_) {
        {
            const std::lock_guard held(each->mutex);
            each->stopping = true;
        }
        each->changed.notify_one();
    }
    for (const auto& each : threads_)
        if (each->thread.joinable()) each->thread.join();
}

void talk_threads::run(one& of, std::size_t number) {
    base::name_this_thread("talk-" + std::to_string(number));
    std::unique_lock held(of.mutex);
    for (;;) {
        const auto now = clock::now();
        while (!of.later.empty() && of.later.begin()->first <= now)
            of.queue.push_back(std::move(of.later.extract(of.later.begin()).mapped()));
        if (!of.queue.empty()) {
            auto what = std::move(of.queue.front());
            of.queue.pop_front();
            held.unlock();
            what();
            what = nullptr;  // what it held ends here, not under the lock
            held.lock();
        } else if (of.stopping) {
            auto dropped = std::move(of.later);
            held.unlock();
            return;
        } else if (of.later.empty()) {
            of.changed.wait(held);
        } else {
            of.changed.wait_until(held, of.later.begin()->first);
        }
    }
}

}  // namespace keepline::sip
