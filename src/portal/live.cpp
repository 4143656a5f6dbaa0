#include "portal/live.hpp"

#include "base/json.hpp"
#include "base/thread_name.hpp"
#include "port/tail.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <boost/json.hpp>

namespace keepline::portal {

namespace {

using steady = std::chrono::steady_clock;
using base::code;

constexpr auto between_looks = std::chrono::milliseconds{100};  // however often it rings
constexpr std::string_view beat_event = "event: beat\ndata:\n\n";

/// Why a stream ends, as the script knows it.
constexpr std::string_view it_is_renewed = "renew";
constexpr std::string_view another_has_it = "elsewhere";
constexpr std::string_view session_ended = "ended";

std::string over_event(std::string_view why) { return "event: over\ndata: " + std::string(why) + "\n\n"; }

std::string part_event(const std::string& version, const std::string& html) {
    return "event: part\ndata: " + boost::json::serialize(boost::json::object{{"version", version}, {"html", html}}) +
           "\n\n";
}

/// One stream's end at the browser. Whoever reads slowly gets the latest part only.
class live_source final : public http::body_source {
 public:
    void next(std::function<void(piece)> then) override {
        std::string out;
        {
            const std::scoped_lock held(mutex_);
            if (to_say_.empty() && !over_) {
                waits_ = std::move(then);
                return;
            }
            out = std::exchange(to_say_, {});
        }
        then(std::move(out));
    }
    /// In place of what was not yet taken.
    void say(std::string event) { hand_over(std::move(event), false); }
    void end(std::string_view why) { hand_over(over_event(why), true); }
    /// Only where nothing else is to be said: it is a sign of life.
    void beat() {
        {
            const std::scoped_lock held(mutex_);
            if (!to_say_.empty()) return;
        }
        say(std::string(beat_event));
    }

 private:
    void hand_over(std::string event, bool last) {
        std::function<void(piece)> then;
        {
            const std::scoped_lock held(mutex_);
            if (over_) return;
            over_ = last;
            if (!waits_) {
                to_say_ = std::move(event);
                return;
            }
            then = std::exchange(waits_, {});
        }
        then(std::move(event));
    }

    std::mutex mutex_;
    std::string to_say_;
    bool over_ = false;
    std::function<void(piece)> waits_;
};

struct stream {
    std::weak_ptr<live_source> to;  // gone when the connection is
    http::request asked;            // what the browser sends with each request
    std::string session;            // digest
    std::string bearer;
    live_streams::followed of;
    steady::time_point ends;
    steady::time_point beats;
    bool asking = false;  // its part is on the way
};
using stream_ptr = std::shared_ptr<stream>;

std::uint64_t number_of(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::string header_named(const http::response& of, std::string_view name) {
    const auto found = std::ranges::find(of.headers, name, &http::header::name);
    return found == of.headers.end() ? std::string() : found->value;
}

}  // namespace

/// The thread and what lives on it. Held by each request that it sends, which may be answered after all is over.
class live_streams::hub : public std::enable_shared_from_this<hub> {
 public:
    hub(const services& house, std::function<void(http::exchange_ptr)> serves)
        : house_(house), serves_(std::move(serves)), how_(house.how.live) {}

    void start() {
        if (auto* tail = house_.at.shared().with.tail)
            hears_ = tail->listen([this] {
                const std::scoped_lock held(mutex_);
                if (streams_.empty() || std::exchange(rung_, true)) return;
                wake_up();
            });
        thread_ = std::jthread([this](const std::stop_token& until) { run(until); });
    }

    void stop() {
        hears_.reset();
        std::vector<stream_ptr> all;
        {
            const std::scoped_lock held(mutex_);
            stopped_ = true;
            all = std::exchange(streams_, {});
        }
        for (const auto& one : all) end(*one, it_is_renewed);
        if (thread_.joinable()) {
            thread_.request_stop();
            thread_.join();
        }
        const std::scoped_lock held(mutex_);
        work_.clear();
    }

    result<std::shared_ptr<http::body_source>> open(const visit& by, followed what) {
        auto source = std::make_shared<live_source>();
        auto made = std::make_shared<stream>();
        made->to = source;
        made->asked = by.in();
        made->session = by.who->digest;
        made->bearer = "Bearer " + by.session;
        made->of = std::move(what);
        made->ends = steady::now() + how_.life;
        made->beats = steady::now() + how_.beat;
        std::vector<stream_ptr> before;
        {
            const std::scoped_lock held(mutex_);
            const auto own =
                std::ranges::partition(streams_, [&](const auto& one) { return one->session != made->session; });
            if (stopped_) return base::refuse(code::stopping, "");
            const auto others = std::ranges::subrange(streams_.begin(), own.begin());
            if (others.size() >= how_.streams_max || count_of(others, made->asked.peer) >= how_.streams_max_per_address)
                return base::refuse(code::overloaded, "");
            before.assign(own.begin(), own.end());
            streams_.erase(own.begin(), own.end());
            source->say(std::string(beat_event));  // before anybody else says something: what is said last is sent
            streams_.push_back(std::move(made));
            rung_ = true;  // it may have changed since the page was made
            wake_up();
        }
        for (const auto& one : before) end(*one, another_has_it);
        return source;
    }

    std::size_t count() const {
        const std::scoped_lock held(mutex_);
        return streams_.size();
    }

    void post(std::function<void()> work, steady::time_point at) {
        const std::scoped_lock held(mutex_);
        if (stopped_) return;
        work_.push_back({at, std::move(work)});
        wake_up();
    }

    void take(const stream_ptr& of, const http::response& part) {
        of->asking = false;
        const auto to = of->to.lock();
        if (!to) return;
        constexpr int ours = 500;
        constexpr int no_content = 204;
        if (part.status >= ours) return;  // the next look asks again
        if (part.status != 200 && part.status != no_content) return leave(of, session_ended);
        const auto version = header_named(part, "Part-Version");
        of->of.seen = number_of(version);
        if (part.status == 200) to->say(part_event(version, part.body));
    }

 private:
    /// Those that a browser still has.
    static std::size_t count_of(const auto& streams, std::string_view peer) {
        return static_cast<std::size_t>(std::ranges::count_if(
            streams, [&](const stream_ptr& one) { return one->asked.peer == peer && !one->to.expired(); }));
    }
    struct later {
        steady::time_point at;
        std::function<void()> run;
    };

    /// A request that no socket sent.
    class question final : public http::exchange {
     public:
        question(std::shared_ptr<hub> on, stream_ptr of) : on_(std::move(on)), of_(std::move(of)) { in = of_->asked; }
        void run(std::function<void()> work) override { on_->post(std::move(work), steady::now()); }
        void run_after(std::chrono::milliseconds pause, std::function<void()> work) override {
            on_->post(std::move(work), steady::now() + pause);
        }
        void reply(http::response answer) override { on_->take(of_, answer); }

     private:
        std::shared_ptr<hub> on_;
        stream_ptr of_;
    };

    static void end(stream& one, std::string_view why) {
        if (const auto to = one.to.lock()) to->end(why);
    }
    void leave(const stream_ptr& one, std::string_view why) {
        end(*one, why);
        const std::scoped_lock held(mutex_);
        std::erase(streams_, one);
    }

    // -- with the mutex held
    void wake_up() {
        woken_ = true;
        wake_.notify_one();
    }
    steady::time_point looks_at() const { return looked_ + (rung_ ? between_looks : steady::duration(how_.look)); }
    steady::time_point wakes_at() const {
        auto out = looks_at();
        for (const auto& one : work_) out = std::min(out, one.at);
        return out;
    }

    void run(const std::stop_token& until) {
        base::name_this_thread("kl-live");
        while (!until.stop_requested()) {
            std::vector<later> due;
            std::vector<stream_ptr> all;
            {
                std::unique_lock held(mutex_);
                wake_.wait_until(held, until, wakes_at(), [this] { return woken_; });
                woken_ = false;
                const auto now = steady::now();
                const auto rest = std::ranges::partition(work_, [&](const later& one) { return one.at > now; });
                due.assign(std::make_move_iterator(rest.begin()), std::make_move_iterator(rest.end()));
                work_.erase(rest.begin(), rest.end());
                if (now >= looks_at()) {
                    std::erase_if(streams_, [](const auto& one) { return one->to.expired(); });
                    all = streams_;
                    rung_ = false;
                    looked_ = now;
                }
            }
            for (const auto& one : due) one.run();
            for (const auto& one : all) look(one);
        }
    }

    void look(const stream_ptr& one) {
        const auto now = steady::now();
        if (now >= one->ends) return leave(one, it_is_renewed);
        if (now >= one->beats) {
            one->beats = now + how_.beat;
            const auto who = house_.at.admit(one->bearer, one->asked.peer, desk::at_door::looks);
            if (!who && who.error().what == code::unauthenticated) return leave(one, session_ended);
            if (const auto to = one->to.lock()) to->beat();
        }
        if (one->asking) return;
        const auto is = house_.at.shared().with.core->read(one->of.key);
        if (!is || (*is)->revision() == one->of.seen) return;
        one->asking = true;
        one->asked.target = one->of.part + "?seen=" + std::to_string(one->of.seen);
        serves_(std::make_shared<question>(shared_from_this(), one));
    }

    const services& house_;
    const std::function<void(http::exchange_ptr)> serves_;
    const live_limits how_;
    std::shared_ptr<void> hears_;

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    bool woken_ = false;
    bool rung_ = false;
    bool stopped_ = false;
    std::vector<later> work_;
    std::vector<stream_ptr> streams_;
    steady::time_point looked_{};
    std::jthread thread_;
};

live_streams::live_streams(const services& house, std::function<void(http::exchange_ptr)> serves)
    : hub_(std::make_shared<hub>(house, std::move(serves))) {
    hub_->start();
}

live_streams::~live_streams() { stop(); }

result<std::shared_ptr<http::body_source>> live_streams::open(const visit& by, followed what) {
    return hub_->open(by, std::move(what));
}

std::size_t live_streams::count() const { return hub_->count(); }

void live_streams::stop() { hub_->stop(); }

}  // namespace keepline::portal
