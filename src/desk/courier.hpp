// Carries news to webhooks. The journal is the queue: each webhook reads it on its own, from its own place, on a thread
// of its own (webhook_runner.hpp), so one whose address is down holds up nobody else, and a paused one goes on where it
// was. Its place is noted twice a second; after a crash what came since is sent again, under the same ids.
//
//   journal ──▶ news_reader ──▶ webhook_runner, one for each ──▶ sender
//
// What there is comes from the configuration (fixed) and from the journal (domain/webhook/webhook.hpp), looked at as
// often.
#pragma once

#include "desk/news_reader.hpp"
#include "desk/webhook_runner.hpp"
#include "domain/credential/credential.hpp"
#include "port/clock.hpp"
#include "port/journal.hpp"
#include "port/log.hpp"
#include "port/notebook.hpp"
#include "port/vault.hpp"
#include "port/webhooks.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

namespace keepline::desk {

using base::instant;
using base::result;

/// One that the configuration names: it hears everything that its topics say, and nobody changes it here.
struct fixed_webhook {
    port::webhook_route to;
    std::vector<std::string> topics;
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
    /// What is being sent ends, or is given up in the end; places are noted. Twice is harmless.
    void stop();

    // -- any thread
    /// There may be news.
    void poke() { bell_.ring(); }
    /// Takes up what the journal says of webhooks, now. It waits for nobody.
    void look();
    std::vector<webhook_condition> conditions() const;
    /// In words, of those that fail now.
    std::vector<std::string> troubles() const;
    /// Everything that happened until now has been told, or waits for a webhook that does not answer or is paused.
    bool has_told_everything() const;
    std::uint64_t news_passed_over() const { return news_.passed_over(); }
    result<void> check(const std::string& url) const { return with_.sender->check(url); }

    // -- errands: one message that somebody asked for, one at a time to each webhook
    /// code::too_many while one is under way.
    result<void> is_free(const std::string& id) const;
    /// Sends a test message now. code::not_found.
    result<sent_once> try_out(const std::string& id, const std::string& event);
    /// Sends one event of the last days again, if the webhook hears of such. code::not_found.
    result<sent_once> send_again(const std::string& id, const std::string& event);
    /// Those under way are given up, and no more are begun: the server is about to stop.
    void end_errands() { errands_.request_stop(); }

 private:
    class errand;

    void run(const std::stop_token& stop);
    result<void> add(aimed_ptr what, instant since);
    result<void> leave_out_old(const aimed_webhook& what, webhook_place& at);
    void take_up(const domain::webhook& one, bool& whole);
    void note_places();
    void let_go(std::vector<std::shared_ptr<webhook_runner>> gone);
    void forget_ended();
    aimed_ptr aimed(const domain::webhook& one);
    result<std::vector<base::bytes>> secrets_of(const domain::webhook& one);
    std::shared_ptr<webhook_runner> find(const std::string& id) const;
    std::vector<std::shared_ptr<webhook_runner>> all() const;
    result<sent_once> send_once(const aimed_webhook& to, std::string event, std::string body);

    const parts with_;
    const courier_settings how_;
    news_reader news_;
    doorbell bell_;
    std::stop_source errands_;
    std::int64_t settled_ = 0;  // when it started: what the server before had handed over

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<webhook_runner>> runners_;
    std::vector<std::shared_ptr<webhook_runner>> leaving_;  // deleted; what they were sending comes to its end
    std::set<std::string> asked_;                           // webhooks that have an errand

    std::mutex look_mutex_;
    std::uint64_t seen_version_ = 0;  // of the webhooks' stream, and until when nothing changes by itself
    instant look_again_at_;
    std::set<std::string> broken_told_;

    std::mutex notes_mutex_;                              // held from looking who there is to what is noted of them
    std::unordered_map<std::string, std::string> noted_;  // by webhook

    std::condition_variable_any keeper_wake_;
    std::jthread keeper_;
};

}  // namespace keepline::desk
