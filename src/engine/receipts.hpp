// Delivery receipts that come back after a message left: matched to the stream that is to be told, durably, before the
// peer is told that we have them. A receipt may overtake the commit that records it as awaited; such a receipt is held
// here for a minute and matched then.
//
// take(): any thread, waits at most five seconds. now_awaited(): the writer's thread.
#pragma once

#include "engine/writer.hpp"

#include <map>
#include <set>
#include <string>

namespace keepline::engine {

/// Who acts when the engine itself does: "engine" for answers of the world, "timer" for ticks.
domain::actor engine_actor(const char* id);

class receipts {
 public:
    receipts(port::executor& on, port::journal& journal, const port::clock& clock, writer& writer)
        : on_(on), journal_(journal), clock_(clock), writer_(writer) {}

    /// Around each delivery from which a receipt may come, until what it awaits is committed.
    std::uint64_t delivery_begins();
    void delivery_ends(std::uint64_t ticket);
    /// The journal knows from now on that `of` awaits the receipt.
    void now_awaited(const std::string& receipt, const port::stream_key& of);
    /// Recorded: it is durable.
    port::receipt_taken take(const std::string& receipt, const std::string& outcome);
    /// Nothing more is recorded: whoever brings a receipt, or waits with one, has to come again.
    void stop();

 private:
    struct held_receipt {
        std::string outcome;
        instant until;
        bool matched = false;  // on its way into the journal
        int waiting = 0;       // callers of take()
    };
    enum class lookup { recorded, not_recorded, nobody_waits };

    bool hold(const std::string& receipt, const std::string& outcome);
    void no_longer_waiting(const std::string& receipt);
    lookup tell_stream(const std::string& receipt, const std::string& outcome);
    bool wait_for_match(const std::string& receipt);
    work telling(const port::stream_key& of, const std::string& receipt, const std::string& outcome) const;
    void release(const std::string& receipt);

    port::executor& on_;
    port::journal& journal_;
    const port::clock& clock_;
    writer& writer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, held_receipt> held_;
    std::set<std::uint64_t> running_;  // deliveries
    std::uint64_t next_ticket_ = 1;
    bool stopped_ = false;
};

}  // namespace keepline::engine
