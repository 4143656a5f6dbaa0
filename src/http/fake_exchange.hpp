// A request without a socket: handed to an application, run to its answer on the calling thread. For tests and fuzzing.
#pragma once

#include "http/message.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>

namespace keepline::http {

class fake_exchange final : public exchange {
 public:
    void run(std::function<void()> work) override {
        {
            const std::scoped_lock held(mutex_);
            queue_.push_back(std::move(work));
        }
        wake_.notify_one();
    }
    void run_after(std::chrono::milliseconds, std::function<void()> work) override {
        if (meanwhile_) meanwhile_();
        run(std::move(work));
    }
    void reply(response answer) override { answer_ = std::move(answer); }

    /// Does the exchange's work until its answer is there. Where it waits for a while, it does not, but does
    /// `meanwhile`.
    static response ask(application& of, request what, std::function<void()> meanwhile = {}) {
        const auto own = std::make_shared<fake_exchange>();
        own->meanwhile_ = std::move(meanwhile);
        own->in = std::move(what);
        of.handle(own);
        while (!own->answer_) {
            std::unique_lock held(own->mutex_);
            own->wake_.wait(held, [&] { return !own->queue_.empty(); });
            const auto next = std::move(own->queue_.front());
            own->queue_.pop_front();
            held.unlock();
            next();
        }
        auto out = std::move(*own->answer_);
        if (out.source) out.body = whole(*std::exchange(out.source, nullptr));
        return out;
    }

 private:
    static std::string whole(body_source& of) {
        std::string out;
        for (;;) {
            std::promise<body_source::piece> next;
            of.next([&](body_source::piece piece) { next.set_value(std::move(piece)); });
            const auto piece = next.get_future().get();
            if (!piece || piece->empty()) return out;
            out += *piece;
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::optional<response> answer_;
    std::function<void()> meanwhile_;
};

/// Empty: there is none.
inline std::string header_of(const response& of, std::string_view name) {
    for (const auto& one : of.headers)
        if (one.name == name) return one.value;
    return {};
}

}  // namespace keepline::http
