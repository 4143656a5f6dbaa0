// Carries effects out. One set of lanes per destination, some threads each; one reader that brings destinations up
// which are behind (after a restart, or when more waits than fits into memory). The peer's answer is submitted as a
// command, and the lane's cursor moves in the same commit; what has no answer moves its cursor with a later batch.
//
// An effect leaves its lane only when it is carried out, dropped (nobody to tell any more) or in the retry table, all
// durably; until then it is sent again after a restart, with the same key.
#pragma once

#include "engine/between_streams.hpp"
#include "engine/lanes.hpp"
#include "engine/receipts.hpp"

#include <set>

namespace keepline::engine {

class dispatcher {
 public:
    struct parts {
        port::executor* on = nullptr;
        port::journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::log* log = nullptr;
        writer* to_writer = nullptr;
        receipts* from_peers = nullptr;
        port::engine_metrics* metrics = nullptr;
        class backoff* backoff = nullptr;
        std::array<port::connector*, domain::destination_count> connectors{};
        port::vault* vault = nullptr;  // null: nothing is forgotten
    };
    dispatcher(parts with, const settings& how);
    ~dispatcher();
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// Reads the cursors and goes on from there.
    result<void> start();
    /// No new delivery begins. False when some were still running after `at_most`; the destructor waits for those.
    bool stop(base::duration at_most);

    // -- the writer's thread
    void committed(const std::vector<std::shared_ptr<const outgoing>>& what, std::int64_t last_position);
    void add_cursors(port::batch& to);

    // -- any thread
    bool has_cursors(bool idle) const;
    void measure();
    /// Whatever has not left yet waits for its peer: for the end of a pause, for its next try, or for a connector.
    result<bool> at_rest(instant now) const;
    /// The first pause to end, or retry to come due, after `now` and not after `until`.
    result<std::optional<instant>> next_try(instant now, instant until) const;
    /// Due retries become jobs; returns how many.
    std::size_t take_due_retries(instant now);
    /// One at a time changes a row of the retry table: whoever claimed it, until it is released. False: it is taken.
    bool claim(port::effect_id id);
    void release(port::effect_id id);

 private:
    bool has_connector(int destination) const;
    lanes& lanes_of(int destination) const { return *lanes_[static_cast<std::size_t>(destination)]; }
    void run_worker(int destination);
    bool work_once(int destination);
    void work_on(int destination, const job& what);
    void run_reader();
    bool read_once();
    std::size_t read_on(std::size_t limit);
    void poke_reader();

    void carry_out(int destination, const job& what);
    result<addressee> look_up(const job& what);
    result<port::delivered> deliver(int destination, const job& what, const addressee& whose);
    void done(int destination, const job& what, const addressee& whose, port::delivered got, std::uint64_t ticket);
    void note_mismatch(const job& what, const addressee& whose, const port::delivered& got);
    void tell_core(const job& what, const addressee& whose);
    result<std::optional<submission>> command_for_core(const job& what, const addressee& whose);
    void carried_out(int destination, const job& what);
    result<bool> is_out_of_date(const job& what, const addressee& whose);
    result<bool> are_wanted(const domain::hlr_keys& keys, const port::stream_key& sender);
    template <typename Order>
    result<bool> was_overtaken(const Order& what, const port::stream_key& profile);
    void unreadable(int destination, const job& what, const base::error& why);
    void failed(int destination, const job& what, const std::string& line_id, const base::error& why);
    void peer_is_down(int destination, const job& what, const std::string& line_id, const base::error& why);
    void try_later(int destination, const job& what, const std::string& line_id, const base::error& why);
    void submit(int destination, const job& what, work with, const std::function<void(bool committed)>& after);
    void finished(int destination, const job& what);
    void take_retry(port::effect_id id, instant now);
    void record_retry(port::retry row);
    void forget_retry(port::effect_id id);

    const parts with_;
    const settings how_;
    stock_keeper stock_;
    claim_clerk claims_;
    account_keeper accounts_;
    std::array<std::unique_ptr<lanes>, domain::destination_count> lanes_;
    std::atomic<std::int64_t> head_{0};  // position of the last entry that was committed

    std::mutex reader_mutex_;
    std::condition_variable reader_wake_;
    bool reader_poked_ = false;
    int read_last_ = 0;             // the destination that was read for last; the reader's thread
    std::size_t read_at_once_ = 0;  // the reader's thread
    bool stopping_ = false;

    mutable std::mutex mutex_;
    std::condition_variable idle_;
    int running_ = 0;
    std::set<port::effect_id> retrying_;

    std::vector<std::unique_ptr<port::executor::running>> loops_;
};

}  // namespace keepline::engine
