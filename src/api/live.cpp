#include "api/live.hpp"

#include "api/staff_cookie.hpp"
#include "base/json.hpp"
#include "base/thread_name.hpp"
#include "desk/changes.hpp"
#include "desk/use_cases.hpp"
#include "port/tail.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace keepline::api {

using base::code;
using base::refuse;

namespace following {

using steady = std::chrono::steady_clock;

constexpr auto between_looks = std::chrono::milliseconds{100};  // however often it rings
constexpr std::string_view beat_event = "event: beat\ndata:\n\n";

/// Why a stream ends, as the page knows it.
constexpr std::string_view it_is_renewed = "renew";
constexpr std::string_view there_are_others = "elsewhere";
constexpr std::string_view no_longer = "ended";

std::string over_event(std::string_view why) { return "event: over\ndata: " + std::string(why) + "\n\n"; }

std::string again_event(const std::string& at) { return "event: again\nid: " + at + "\ndata:\n\n"; }

std::string changed_event(const std::string& at, const desk::changed& what) {
    std::string out = "event: changed\nid: " + at + "\ndata: {\"kind\":";
    base::write_string(out, what.kind);
    out += ",\"id\":";
    base::write_string(out, what.id);
    return out + ",\"version\":" + std::to_string(what.version) + "}\n\n";
}

/// One stream's end at the reader.
class told_source final : public body_source {
 public:
    explicit told_source(std::size_t unread_max) : unread_max_(unread_max) {}

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
    /// Behind what was not yet taken; `again` in place of all of it, where that is too much.
    void say(std::string events, const std::string& again) { hand_over(std::move(events), again, false); }
    void end(std::string_view why) { hand_over(over_event(why), {}, true); }
    /// Only where nothing else is to be said: it is a sign of life.
    void beat() {
        {
            const std::scoped_lock held(mutex_);
            if (!to_say_.empty()) return;
        }
        say(std::string(beat_event), {});
    }

 private:
    void hand_over(std::string events, const std::string& again, bool last) {
        std::function<void(piece)> then;
        {
            const std::scoped_lock held(mutex_);
            if (over_) return;
            over_ = last;
            if (!waits_) {
                to_say_ += events;
                if (!again.empty() && to_say_.size() > unread_max_) to_say_ = again;
                return;
            }
            then = std::exchange(waits_, {});
        }
        then(std::move(events));
    }

    const std::size_t unread_max_;
    std::mutex mutex_;
    std::string to_say_;
    bool over_ = false;
    std::function<void(piece)> waits_;
};

struct stream {
    std::weak_ptr<told_source> to;  // gone when the connection is
    http::request asked;            // what opened it, as it was sent
    domain::actor who;              // and whose that is
    std::int64_t upto = 0;          // told up to here
    steady::time_point ends;
    steady::time_point beats;
};
using stream_ptr = std::shared_ptr<stream>;

}  // namespace following

/// The thread and what lives on it.
class live_streams::hub {
 public:
    using stream = following::stream;
    using stream_ptr = following::stream_ptr;
    using steady = following::steady;

    hub(const services& of, live_limits how)
        : of_(of), how_(how), instance_(of.at.shared().with.random->token(instance_bytes)) {}

    void stop() {
        std::call_once(started_, [] {});
        hears_.reset();
        std::vector<stream_ptr> all;
        {
            const std::scoped_lock held(mutex_);
            stopped_ = true;
            all = std::exchange(streams_, {});
        }
        for (const auto& one : all) end(*one, following::it_is_renewed);
        if (thread_.joinable()) {
            thread_.request_stop();
            thread_.join();
        }
    }

    result<std::shared_ptr<body_source>> open(const call& by, std::string_view known) {
        std::call_once(started_, [this] { start(); });
        TRY(last, core().last_position());
        auto source = std::make_shared<following::told_source>(how_.unread_max);
        auto made = std::make_shared<stream>();
        made->to = source;
        made->asked = by.in();
        made->who = by.who.who;
        made->ends = steady::now() + how_.life;
        made->beats = steady::now() + how_.beat;
        const auto from = known_place(known, last);
        made->upto = from.value_or(last);
        // Before anybody else says something: the first bytes show that it is open.
        if (!known.empty() && !from)
            source->say(following::again_event(place(last)), {});
        else
            source->say(std::string(following::beat_event), {});
        std::vector<stream_ptr> before;
        {
            const std::scoped_lock held(mutex_);
            std::erase_if(streams_, [](const auto& one) { return one->to.expired(); });
            if (stopped_) return refuse(code::stopping, "");
            before = too_many_of(made->who);
            if (streams_.size() - before.size() >= how_.streams_max) return refuse(code::overloaded, "");
            for (const auto& one : before) std::erase(streams_, one);
            streams_.push_back(std::move(made));
            rung_ = true;  // what happened since `known`
            wake_up();
        }
        for (const auto& one : before) end(*one, following::there_are_others);
        return source;
    }

    std::size_t count() const {
        const std::scoped_lock held(mutex_);
        return streams_.size();
    }

 private:
    static constexpr std::size_t instance_bytes = 6;

    engine::front& core() const { return *of_.at.shared().with.core; }

    /// A place is this server's: after a start, or a restore, numbers may mean something else. Too far back is as good
    /// as unknown.
    std::string place(std::int64_t position) const { return instance_ + "." + std::to_string(position); }
    std::optional<std::int64_t> known_place(std::string_view known, std::int64_t last) const {
        const auto dot = known.rfind('.');
        if (dot == std::string_view::npos || known.substr(0, dot) != instance_) return std::nullopt;
        const auto digits = known.substr(dot + 1);
        std::int64_t out = 0;
        const auto [stopped, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        const bool is_number = failure == std::errc() && stopped == digits.data() + digits.size();
        if (!is_number || out < 0 || out > last || last - out > static_cast<std::int64_t>(how_.entries_max))
            return std::nullopt;
        return out;
    }

    static void end(stream& one, std::string_view why) {
        if (const auto to = one.to.lock()) to->end(why);
    }
    void leave(const stream_ptr& one, std::string_view why) {
        end(*one, why);
        const std::scoped_lock held(mutex_);
        std::erase(streams_, one);
    }

    // -- with the mutex held
    /// The oldest of the holder's, so that one more fits.
    std::vector<stream_ptr> too_many_of(const domain::actor& holder) const {
        std::vector<stream_ptr> out;
        for (const auto& one : streams_)
            if (domain::counted_as_one(one->who, holder)) out.push_back(one);
        const auto kept = std::min(out.size(), std::max<std::size_t>(how_.streams_max_per_holder, 1) - 1);
        out.resize(out.size() - kept);
        return out;
    }
    void wake_up() {
        woken_ = true;
        wake_.notify_one();
    }
    steady::time_point looks_at() const {
        return std::max(rests_until_, looked_ + (rung_ ? following::between_looks : steady::duration(how_.look)));
    }

    // -- without it: who rings holds their own
    void start() {
        if (auto* tail = of_.at.shared().with.tail)
            hears_ = tail->listen([this] {
                const std::scoped_lock held(mutex_);
                if (streams_.empty() || std::exchange(rung_, true)) return;
                wake_up();
            });
        thread_ = std::jthread([this](const std::stop_token& until) { run(until); });
    }

    void run(const std::stop_token& until) {
        base::name_this_thread("kl-staff-live");
        while (!until.stop_requested()) {
            std::vector<stream_ptr> all;
            {
                std::unique_lock held(mutex_);
                wake_.wait_until(held, until, looks_at(), [this] { return woken_; });
                woken_ = false;
                const auto now = steady::now();
                if (now < looks_at()) continue;
                std::erase_if(streams_, [](const auto& one) { return one->to.expired(); });
                all = streams_;
                rung_ = false;
                looked_ = now;
            }
            try {
                if (!all.empty()) look(all);
            } catch (const std::exception&) {  // out of memory, say: at the next turn
                std::this_thread::sleep_for(following::between_looks);
            }
        }
    }

    // -- on the thread
    void look(const std::vector<stream_ptr>& all) {
        tell_effects(all);
        tell_changes(all);
        const auto now = steady::now();
        for (const auto& one : all) {
            if (now >= one->ends) {
                leave(one, following::it_is_renewed);
            } else if (now >= one->beats) {
                one->beats = now + how_.beat;
                if (const auto to = one->to.lock(); to && still_may(one)) to->beat();
            }
        }
    }

    /// False: it has ended.
    bool still_may(const stream_ptr& one) {
        const auto who = admitted(of_, one->asked, desk::at_door::looks);
        const result<void> may =
            who ? desk::check_role(desk::use::follow_changes, *who) : result<void>(std::unexpected(who.error()));
        if (may) return true;
        if (may.error().what != code::unauthenticated && may.error().what != code::forbidden) return true;  // not said
        leave(one, following::no_longer);
        return false;
    }

    void tell(const stream_ptr& one, const std::vector<desk::changed>& what, const std::string& at) {
        std::string out;
        for (const auto& each : what)
            if (desk::is_in(each.to, one->who.as)) out += following::changed_event(at, each);
        if (out.empty()) return;
        if (const auto to = one->to.lock()) to->say(std::move(out), following::again_event(at));
    }

    /// How many failed and are tried again stands beside the journal: asked for with each look that nothing rang for.
    void tell_effects(const std::vector<stream_ptr>& all) {
        const auto now = steady::now();
        if (now < effects_at_) return;
        effects_at_ = now + how_.look;
        const auto counts = core().counts();
        if (!counts) return;
        const std::pair is{counts->dead_by_destination, counts->retrying_by_destination};
        const bool first = !failed_;
        if (failed_ == is) return;
        failed_ = is;
        if (first) return;
        for (const auto& one : all) tell(one, {desk::effects_changed()}, place(one->upto));
    }

    /// From the place of whoever is farthest behind; who is further hears the rest of it.
    void tell_changes(const std::vector<stream_ptr>& all) {
        const auto last = core().last_position();
        if (!last) return;
        std::vector<stream_ptr> wants;
        for (const auto& one : all) {
            if (*last - one->upto > static_cast<std::int64_t>(how_.entries_max)) {
                if (const auto to = one->to.lock()) {
                    const auto again = following::again_event(place(*last));
                    to->say(again, again);
                }
                one->upto = *last;
                const std::scoped_lock held(mutex_);
                rests_until_ = steady::now() + how_.rest;
            } else if (one->upto < *last) {
                wants.push_back(one);
            }
        }
        if (wants.empty()) return;
        const auto from = (*std::ranges::min_element(wants, {}, &stream::upto))->upto;
        const auto entries = core().changes(from, how_.entries_max);
        if (!entries || entries->empty()) return;
        const auto holders = [](const port::change& one) { return one.of.kind == port::stream_kind::credential; };
        if (std::ranges::any_of(*entries, holders))  // a session may have ended, a token been revoked
            std::erase_if(wants, [&](const stream_ptr& one) { return !still_may(one); });
        const auto upto = entries->back().position;
        const auto what = desk::changes_in(core(), *entries);
        for (const auto& one : wants) {
            if (one->upto == from) {
                tell(one, what, place(upto));
            } else {
                auto own = *entries;
                std::erase_if(own, [&](const port::change& each) { return each.position <= one->upto; });
                tell(one, desk::changes_in(core(), own), place(upto));
            }
            one->upto = std::max(one->upto, upto);
        }
    }

    const services& of_;
    const live_limits how_;
    const std::string instance_;  // begins the places of this server
    std::shared_ptr<void> hears_;

    // -- of the thread
    std::optional<std::pair<std::vector<std::pair<int, std::int64_t>>, std::vector<std::pair<int, std::int64_t>>>>
        failed_;
    steady::time_point effects_at_{};

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    bool woken_ = false;
    bool rung_ = false;
    bool stopped_ = false;
    std::vector<stream_ptr> streams_;
    steady::time_point looked_{};
    steady::time_point rests_until_{};
    std::once_flag started_;
    std::jthread thread_;
};

live_streams::live_streams(const services& of, live_limits how) : hub_(std::make_shared<hub>(of, how)) {}

live_streams::~live_streams() { stop(); }

result<std::shared_ptr<body_source>> live_streams::open(const call& by, std::string_view known) {
    return hub_->open(by, known);
}

std::size_t live_streams::count() const { return hub_->count(); }

void live_streams::stop() { hub_->stop(); }

}  // namespace keepline::api
