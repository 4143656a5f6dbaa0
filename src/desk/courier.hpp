// Carries news to webhooks. The journal is the queue: each webhook reads it on its own, from its own place, on a thread
// of its own, so one whose address is down holds up nobody else, and a paused one goes on where it was. Its place is
// noted every second; after a crash what came since is sent again, under the same ids.
//
//   journal ──▶ pages (shared) ──▶ window of one webhook ──▶ by line, in order, a few lines at once ──▶ sender
//
// An address that cannot be reached makes its webhook wait; a message that is refused waits by itself, behind it those
// of its line, and is given up when it was refused so many times while others passed, or when it is too old.
//
// What there is comes from the configuration (fixed) and from the journal (domain/webhook.hpp), looked at every second.
#pragma once

#include "domain/credential.hpp"
#include "port/clock.hpp"
#include "port/journal.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"
#include "port/vault.hpp"
#include "port/webhooks.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <boost/json.hpp>

namespace keepline::desk {

using base::instant;
using base::result;

struct courier_settings {
    base::duration keep = base::days{7};  // older news are given up
    int attempts_max = 10;                // refusals while others passed
    base::duration backoff_first = std::chrono::seconds{1};
    base::duration backoff_max = std::chrono::minutes{5};
    std::size_t window = 512;  // news read ahead of the first that waits
    std::size_t at_once = 4;   // lines that one webhook is told about at once
};

/// One that the configuration names: it hears everything that its topics say, and nobody changes it here.
struct fixed_webhook {
    port::webhook_route to;
    std::vector<std::string> topics;
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
    bool failing = false;
    std::string error;  // the latest, in words; empty: none since the start
    instant error_at;
    instant waiting_since;  // when the oldest happened that it has not got; zero: none that is known of
    std::int64_t given_up = 0;
    std::vector<lost_news> lost;  // the latest of those
};

/// What became of one message that somebody asked for.
struct sent_once {
    std::string event;
    bool delivered = false;
    std::string error;  // in words
    std::int64_t took_ms = 0;
};

class courier {
 public:
    struct parts {  // all outlive it
        port::journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::notebook* notes = nullptr;
        port::vault* vault = nullptr;
        port::log* log = nullptr;
        port::webhook_sender* sender = nullptr;
        std::vector<fixed_webhook> fixed{};
    };
    courier(parts with, courier_settings how);
    ~courier();  // stop()
    courier(const courier&) = delete;
    courier& operator=(const courier&) = delete;

    result<void> start();
    /// What is being sent ends; places are noted. Twice is harmless.
    void stop();

    // -- any thread
    /// There may be news.
    void poke();
    /// Takes up what the journal says of webhooks, now. Not the engine's writer: one that ends is waited for.
    void look();
    std::vector<webhook_condition> conditions() const;
    /// In words, of those that fail now.
    std::vector<std::string> troubles() const;
    result<void> check(const std::string& url) const { return with_.sender->check(url); }
    /// Sends a test message now. code::not_found.
    result<sent_once> try_out(const std::string& id, const std::string& event);
    /// Sends one event of the last days again, if the webhook hears of such. code::not_found.
    result<sent_once> send_again(const std::string& id, const std::string& event);

 private:
    struct news;
    struct page;
    struct target;
    class runner;
    using page_ptr = std::shared_ptr<const page>;

    void run(const std::stop_token& stop);
    result<void> add(std::shared_ptr<const target> what, instant since);
    void note_places();
    result<page_ptr> read(std::int64_t after, std::int64_t limit);
    result<page_ptr> page_after(std::int64_t after);
    result<void> add_news(page& to, const port::outbox_entry& from);
    result<std::int64_t> position_at(instant when);
    result<std::shared_ptr<const target>> target_of(const domain::webhook& one);
    std::shared_ptr<runner> find(const std::string& id) const;
    result<sent_once> send_once(const runner& to, std::string event, std::string body);
    base::duration backoff(int failures);

    const parts with_;
    const courier_settings how_;
    std::int64_t settled_ = 0;  // when it started: what the server before had handed over

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::atomic<std::uint64_t> pokes_{0};
    std::vector<std::shared_ptr<runner>> runners_;

    std::mutex look_mutex_;
    std::uint64_t seen_version_ = 0;  // of the webhooks' stream, and until when nothing changes by itself
    instant look_again_at_;

    std::mutex pages_mutex_;
    std::vector<page_ptr> pages_;                         // the latest
    std::unordered_map<std::string, std::string> noted_;  // by webhook; the keeper's thread

    std::jthread keeper_;
};

}  // namespace keepline::desk
