// The one thread that changes streams. It takes whatever is queued (at most batch_max), applies each command to the
// state that the commands before it left, makes ONE commit of it all, and only then answers and hands the effects on.
// Batches grow by themselves: while one commit runs, the next batch gathers.
//
// What the journal cannot take for lack of room is refused when it came from outside, and kept and tried again when the
// world has answered it already. When the partitions have another owner, or nobody knows what became of a commit, the
// writer halts for good: the next start reads the journal.
//
// submit() and push(): any thread. Everything else here happens on the writer's thread. States that a batch makes are
// kept apart until its commit, so nobody reads, and no later batch builds on, what was not committed.
#pragma once

#include "engine/transition.hpp"
#include "port/executor.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace keepline::engine {

/// The rules in force, exchanged as a whole.
class rules_in_force {
 public:
    explicit rules_in_force(std::shared_ptr<const domain::rule_book> first) : rules_(std::move(first)) {}
    std::shared_ptr<const domain::rule_book> now() const {
        const std::scoped_lock held(mutex_);
        return rules_;
    }
    void exchange(std::shared_ptr<const domain::rule_book> next) {
        const std::scoped_lock held(mutex_);
        rules_.swap(next);
    }

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const domain::rule_book> rules_;
};

/// One element of the queue: a command, or rows that go into the next commit, or both together in one commit.
struct work {
    std::optional<submission> command;
    reply then;                          // may be empty
    std::unique_ptr<port::batch> rides;  // cursors, retries, receipts; its `writes` stay empty. Committed whatever
                                         // the command's answer is; `then` is called after that commit
    std::function<void(base::error)> not_taken;  // called instead of `then` when the stream could not be loaded, or the
                                                 // command met a fault of ours; the rides were not committed then
    /// Called instead of `then` when the commit with the rides did not stand and is not tried again: the writer halts
    /// or ends, and the next start finds everything as it was before. May be empty: `then` is not called all the same.
    std::function<void(base::error)> uncommitted;
    int tries = 0;  // lost to version conflicts
};

class writer {
 public:
    struct parts {
        port::executor* on = nullptr;
        port::journal* journal = nullptr;
        const port::clock* clock = nullptr;
        port::random* random = nullptr;
        port::log* log = nullptr;
        stream_cache* cache = nullptr;
        const rules_in_force* rules = nullptr;
        port::engine_metrics* metrics = nullptr;
        /// Asked of what a timer is about to do, before it is written; a refusal leaves the stream as it is.
        std::function<result<void>(const port::stream_key&, const std::vector<any_event>&)> may_end;
        /// Asked for every batch: cursors that may ride along.
        std::function<void(port::batch&)> add_riders;
        /// What was committed: the effects, and the position of the last entry.
        std::function<void(std::vector<std::shared_ptr<const outgoing>>, std::int64_t last_position)> committed;
        /// The writer has halted: nothing more may leave. Called once, on the writer's thread.
        std::function<void()> halted;
    };
    writer(parts with, const settings& how) : with_(std::move(with)), how_(how) {}
    ~writer() { close(); }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    /// `epoch`: of this owner of the journal.
    void start(std::int64_t epoch);
    /// From outside: bounded by queue_max (code::overloaded), refused once refuse_commands() was called.
    void submit(submission what, reply then);
    /// From the engine itself: never refused for length (its senders are bounded); false after close(), the work is
    /// dropped.
    bool push(work what);
    void refuse_commands();
    /// Whether the disk has room, as the journal says; any thread, as often as it likes.
    void room_is(bool enough);
    /// Takes commands, as far as it knows: there is room, and the journal is ours.
    bool works() const;
    /// Commits and answers everything that is queued, then ends the thread. Twice is harmless.
    void close();
    bool is_this_thread() const { return std::this_thread::get_id() == thread_id_.load(); }

 private:
    struct stream_in_batch;
    struct item;
    struct batch_in_progress;

    void run();
    bool step();
    bool take(std::vector<work>& into, bool waits);
    void carry_out(std::vector<work> batch);
    void handle(batch_in_progress& in, std::size_t index);
    base::error told(const submission& command, const stream_view& of, base::error why);
    result<answer> carry_out_command(batch_in_progress& in, const submission& command, stream_in_batch& stream);
    result<void> check_matching_id(const batch_in_progress& in, const port::stream_key& of, const std::string& wanted);
    result<answer> answer_again(const stream_in_batch& stream, std::uint64_t version);
    void count_money(const answer& done);
    void respond(item& to);
    result<stream_in_batch*> stream_for(batch_in_progress& in, const submission& what);
    void commit(batch_in_progress& in);
    void settle_streams(batch_in_progress& in);
    bool drew_anothers(const port::write& refused);
    void settle_items(batch_in_progress& in);
    void hand_on(batch_in_progress& in);
    bool try_again(item& of);
    void out_of_room(batch_in_progress& in, const base::error& why);
    void halt(batch_in_progress& in, base::error why);
    void give_up(batch_in_progress& in);
    std::optional<base::error> refusal_now() const;

    const parts with_;
    const settings how_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<work> queue_;
    bool refusing_ = true;  // until start()
    bool closed_ = false;
    bool no_room_ = false;
    std::optional<base::error> halted_;  // why

    std::int64_t epoch_ = 0;
    port::batch kept_;         // riders of a batch for which there was no room
    std::vector<work> again_;  // lost to a version conflict; first in the next batch
    std::atomic<std::thread::id> thread_id_;
    std::mutex closing_;
    std::unique_ptr<port::executor::running> running_;
};

}  // namespace keepline::engine
