// One webhook: it reads the journal on its own, from its own place, on a thread of its own.
//
//   pages (shared) ──▶ window of this webhook ──▶ by line, in order, a few lines at once ──▶ sender
//
// An address that cannot be reached makes it wait; a message that is refused waits by itself, behind it those of its
// line, and is given up when it was refused so many times while others passed, or when it is too old. Those that are
// refused hold up no other: it reads on past them, and where so many wait that it does not, it asks with a later one of
// another topic whether anything passes at all (which is then sent twice).
#pragma once

#include "desk/news_reader.hpp"
#include "domain/actor.hpp"
#include "port/clock.hpp"
#include "port/webhooks.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <optional>
#include <set>
#include <thread>

namespace keepline::desk {

struct courier_settings {
    base::duration keep = base::days{7};  // older news are given up
    int attempts_max = 10;                // refusals while others passed
    base::duration backoff_first = std::chrono::seconds{1};
    base::duration backoff_max = std::chrono::minutes{5};
    std::size_t window = 512;        // news read ahead that no refused one holds up
    std::size_t window_most = 8192;  // and all of them
    base::duration ask_ahead_every = std::chrono::seconds{10};
    std::size_t at_once = 4;                                // lines that one webhook is told about at once
    base::duration wait_longest = std::chrono::seconds{1};  // until somebody looks though nobody rang
    base::duration last_call = std::chrono::seconds{2};     // at the end, for what is being sent
};

/// Something that was given up.
struct lost_news {
    std::string event;
    std::string topic;
    instant at;
    std::string why;
    bool operator==(const lost_news&) const = default;
};
BOOST_DESCRIBE_STRUCT(lost_news, (), (event, topic, at, why))

/// How a webhook is doing.
struct webhook_condition {
    std::string id;
    std::string name;
    bool fixed = false;
    std::vector<std::string> topics;
    std::string origin;           // of a fixed one: scheme and host, because its URL may hold a secret
    std::uint64_t delivered = 0;  // since the start
    instant delivered_at;         // the latest; zero: none since the start
    bool failing = false;         // never while it is paused
    std::string error;            // the latest, in words; empty: none since the start
    instant error_at;
    instant waiting_since;  // when the oldest happened that it has not got; zero: none that is known of
    std::int64_t given_up = 0;
    std::vector<lost_news> lost;  // the latest of those
    std::uint64_t turns = 0;      // since the start, how often it has looked whether there is anything to send
};

/// Where a webhook stands, as the notebook has it.
struct webhook_place {
    std::int64_t position = 0;  // everything up to here is settled
    int replays = 0;            // of its replays, those that were begun
    std::int64_t given_up = 0;
    std::vector<lost_news> lost;
    bool operator==(const webhook_place&) const = default;
};
BOOST_DESCRIBE_STRUCT(webhook_place, (), (position, replays, given_up, lost))

/// A webhook as the journal or the configuration has it now.
struct aimed_webhook {
    std::string id;
    port::webhook_route to;
    std::vector<std::string> topics;
    domain::role as = domain::role::admin;
    bool fixed = false;
    bool paused = false;
    int replays = 0;
    instant replay_from;
    instant aimed_at;    // nothing of before is sent again; zero: everything may be
    std::string broken;  // why it cannot be sent to at all; empty: it can
};
using aimed_ptr = std::shared_ptr<const aimed_webhook>;

/// Wakes all runners: there may be news, or one of them is aimed otherwise.
class doorbell {
 public:
    void ring();
    std::uint64_t rings() const { return rings_.load(); }
    /// Until it rings (again, after `seen`), `longest` at most; a deaf one hears only its stop.
    void wait(const std::stop_token& stop, std::uint64_t seen, base::duration longest, bool deaf);

 private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::atomic<std::uint64_t> rings_{0};
};

class webhook_runner {
 public:
    struct parts {  // all outlive it
        news_reader* news = nullptr;
        doorbell* bell = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        port::webhook_sender* sender = nullptr;
        courier_settings how;
    };
    webhook_runner(parts with, aimed_ptr what, webhook_place at);
    void start();
    /// No further message is begun. The one on its way ends by itself, or at once with hang_up().
    void request_stop() { thread_.request_stop(); }
    void hang_up() { calls_.request_stop(); }
    bool has_ended() const { return ended_; }
    void join();

    // -- any thread
    aimed_ptr to() const;
    void aim(aimed_ptr what);
    webhook_place at() const;
    webhook_condition condition() const;

 private:
    struct item {
        news_ptr what;
        bool done = false;
        bool refused = false;  // itself, not the address
        int attempts = 0;      // that count: others passed meanwhile
        int tries = 0;
        std::uint64_t passed = 0;  // successes_ when it failed
        instant next_at{};
        std::string error{};
    };

    void run(const std::stop_token& stop);
    bool step(const std::stop_token& stop, std::uint64_t rings);
    void go_on_after_pause();
    bool should_read(std::uint64_t rings) const;
    void read_on(const aimed_webhook& to, std::uint64_t rings);
    std::set<std::int64_t> held_up() const;
    bool has_room() const;
    void ask_ahead(const aimed_webhook& to);
    news_ptr find_ahead(const aimed_webhook& to);
    void begin_replay(const aimed_webhook& to);
    void drop_old();
    std::vector<std::vector<item*>> due(instant now);
    void send(const std::stop_token& stop, const aimed_webhook& to, std::vector<std::vector<item*>> lines);
    void send_line(const std::stop_token& stop, const aimed_webhook& to, const std::vector<item*>& line);
    result<void> send_one(const aimed_webhook& to, const news& what);
    void took(item& one);
    void failed(item& one, const base::error& why);
    void give_up(const item& one, const std::string& why);
    void settle();
    void stumbled(const char* what) noexcept;
    base::duration wait_at_most() const;
    base::duration backoff(int failures) const;

    const parts with_;
    mutable std::mutex mutex_;  // of what others read
    aimed_ptr target_;
    std::int64_t position_ = 0;
    int replays_ = 0;
    webhook_condition condition_;
    bool resumed_ = false;  // and has not begun anew yet

    // -- the runner's thread, and its helpers while it waits for them
    std::deque<item> window_;
    std::int64_t read_to_ = 0;
    bool more_ = true;  // there may be more than what was read
    std::uint64_t heard_ = 0;
    std::chrono::steady_clock::time_point read_at_;
    bool unread_told_ = false;
    std::uint64_t successes_ = 0;
    std::int64_t looked_ahead_to_ = 0;
    std::set<std::int64_t> passed_over_;  // lines of which something lies between here and there
    instant ask_ahead_at_;
    int failures_ = 0;  // in a row
    std::size_t probe_ = 0;
    instant resume_at_;  // the address takes nothing before
    instant wake_at_;    // when something of the window is due; zero: nothing waits for its time
    std::atomic<bool> down_{false};
    std::atomic<bool> stumbled_{false};
    bool stumble_told_ = false;

    std::stop_source calls_;
    std::atomic<bool> ended_{false};
    std::jthread thread_;
};

}  // namespace keepline::desk
