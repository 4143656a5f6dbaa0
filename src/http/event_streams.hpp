// Streams of events (text/event-stream) that one thread tells what changes. All together have a limit, and so have
// those of one holder and of one address; each lasts a while, and is then renewed by its browser. Whose they are, and
// what is told to whom, is for whoever has them.
#pragma once

#include "base/error.hpp"
#include "base/thread_name.hpp"
#include "http/message.hpp"
#include "http/stream_limits.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace keepline::http {

/// Why a stream ends, as the pages know it.
namespace stream_over {
inline constexpr std::string_view renewed = "renew";
inline constexpr std::string_view elsewhere = "elsewhere";  // its holder has others
inline constexpr std::string_view ended = "ended";          // as what opened it
}  // namespace stream_over

/// The end at which one stream is read. Any thread.
class event_source final : public body_source {
 public:
    explicit event_source(std::size_t unread_max) : unread_max_(unread_max) {}

    void next(std::function<void(piece)> then) override;
    /// Behind what was not yet taken; `instead`, where that is too much, in place of all of it.
    void say(std::string events, const std::string& instead);
    /// A sign of life: only where nothing else is to be said.
    void beat();
    /// The last that is said.
    void end(std::string_view why);

 private:
    void hand_over(std::string events, const std::string& instead, bool last);

    const std::size_t unread_max_;
    std::mutex mutex_;
    std::string to_say_;
    bool over_ = false;
    std::function<void(piece)> waits_;
};

/// One of event_streams, which fills it in; what else is known of it stands in what derives from this.
struct event_stream {
    using steady = std::chrono::steady_clock;

    std::weak_ptr<event_source> to;  // gone when the connection is
    request asked;                   // what opened it, as it was sent
    steady::time_point ends;
    steady::time_point beats;

    void end(std::string_view why) const {
        if (const auto reader = to.lock()) reader->end(why);
    }
};

/// Stream: an event_stream. `ring`, `post`, `add`, `leave`, `count` and `stop` may be called on any thread.
template <typename Stream>
class event_streams {
 public:
    using stream_ptr = std::shared_ptr<Stream>;
    using steady = event_stream::steady;
    /// Called on the thread, soon after it rings and where nothing rings every `look`.
    using looks = std::function<void(const std::vector<stream_ptr>&)>;

    event_streams(stream_limits how, std::string thread_name, looks look)
        : how_(how), thread_name_(std::move(thread_name)), look_(std::move(look)) {}
    ~event_streams() { stop(); }
    event_streams(const event_streams&) = delete;
    event_streams& operator=(const event_streams&) = delete;

    void start() {
        thread_ = std::jthread([this](const std::stop_token& until) { run(until); });
    }
    /// All end, and none is added any more. Twice is harmless.
    void stop() {
        std::vector<stream_ptr> all;
        {
            const std::scoped_lock held(mutex_);
            stopped_ = true;
            all = std::exchange(streams_, {});
        }
        for (const auto& one : all) one->end(stream_over::renewed);
        if (thread_.joinable()) {
            thread_.request_stop();
            thread_.join();
        }
        std::vector<later> dropped;  // what it held ends without the lock
        const std::scoped_lock held(mutex_);
        dropped.swap(work_);
    }

    /// `asked` is set; `same_holder` says whose else's are counted with it, of which the oldest end so that it has
    /// room. code::overloaded: there are too many, or too many of its address.
    template <typename Same>
    base::result<void> add(stream_ptr made, const std::shared_ptr<event_source>& to, Same same_holder) {
        made->to = to;
        made->ends = steady::now() + how_.life;
        made->beats = steady::now() + how_.beat;
        std::vector<stream_ptr> before;
        {
            const std::scoped_lock held(mutex_);
            drop_unread();
            if (stopped_) return base::refuse(base::code::stopping, "");
            for (const auto& one : streams_)
                if (same_holder(*one)) before.push_back(one);
            const auto kept = std::min(before.size(), std::max<std::size_t>(how_.streams_max_per_holder, 1) - 1);
            before.resize(before.size() - kept);
            const auto goes = [&](const stream_ptr& one) { return std::ranges::find(before, one) != before.end(); };
            const auto beside = std::ranges::count_if(
                streams_, [&](const auto& one) { return one->asked.peer == made->asked.peer && !goes(one); });
            if (streams_.size() - before.size() >= how_.streams_max ||
                static_cast<std::size_t>(beside) >= how_.streams_max_per_address)
                return base::refuse(base::code::overloaded, "");
            std::erase_if(streams_, goes);
            streams_.push_back(std::move(made));
            rung_ = true;  // something may have happened since the page was made
            wake_up();
        }
        for (const auto& one : before) one->end(stream_over::elsewhere);
        return {};
    }
    void leave(const stream_ptr& one, std::string_view why) {
        one->end(why);
        const std::scoped_lock held(mutex_);
        std::erase(streams_, one);
    }
    std::size_t count() const {
        const std::scoped_lock held(mutex_);
        return streams_.size();
    }

    /// Something has changed. However often it rings, it is looked ten times a second at the most.
    void ring() {
        const std::scoped_lock held(mutex_);
        if (streams_.empty() || std::exchange(rung_, true)) return;
        wake_up();
    }
    /// No look before that.
    void rest(base::duration pause) {
        const std::scoped_lock held(mutex_);
        rests_until_ = steady::now() + pause;
    }
    /// Work for the thread; none once it is stopped.
    void post(std::function<void()> work, steady::time_point at) {
        const std::scoped_lock held(mutex_);
        if (stopped_) return;
        work_.push_back({at, std::move(work)});
        wake_up();
    }

 private:
    static constexpr auto between_looks = std::chrono::milliseconds{100};

    struct later {
        steady::time_point at;
        std::function<void()> run;
    };

    // -- with the mutex held
    void drop_unread() {
        std::erase_if(streams_, [](const auto& one) { return one->to.expired(); });
    }
    void wake_up() {
        woken_ = true;
        wake_.notify_one();
    }
    steady::time_point looks_at() const {
        return std::max(rests_until_, looked_ + (rung_ ? between_looks : steady::duration(how_.look)));
    }
    steady::time_point wakes_at() const {
        auto out = looks_at();
        for (const auto& one : work_) out = std::min(out, one.at);
        return out;
    }
    std::vector<later> due(steady::time_point now) {
        const auto rest = std::ranges::partition(work_, [&](const later& one) { return one.at > now; });
        std::vector<later> out(std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
        work_.erase(rest.begin(), rest.end());
        return out;
    }

    // -- on the thread
    void run(const std::stop_token& until) {
        base::name_this_thread(thread_name_);
        while (!until.stop_requested()) {
            std::vector<later> works;
            std::vector<stream_ptr> all;
            {
                std::unique_lock held(mutex_);
                wake_.wait_until(held, until, wakes_at(), [this] { return woken_; });
                woken_ = false;
                const auto now = steady::now();
                works = due(now);
                if (now >= looks_at()) {
                    drop_unread();
                    all = streams_;
                    rung_ = false;
                    looked_ = now;
                }
            }
            for (const auto& one : works) guarded(one.run);
            if (!all.empty()) guarded([&] { look_(all); });
        }
    }
    /// What fails, for want of memory say, costs one turn: the next look sees it all again.
    template <typename Work>
    static void guarded(const Work& work) {
        try {
            work();
        } catch (const std::exception&) {
            std::this_thread::sleep_for(between_looks);
        }
    }

    const stream_limits how_;
    const std::string thread_name_;
    const looks look_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    bool woken_ = false;
    bool rung_ = false;
    bool stopped_ = false;
    std::vector<later> work_;
    std::vector<stream_ptr> streams_;
    steady::time_point looked_{};
    steady::time_point rests_until_{};
    std::jthread thread_;
};

}  // namespace keepline::http
