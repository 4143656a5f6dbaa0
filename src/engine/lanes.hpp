// The effects of one destination on their way: one lane per partition, strictly in order within a lane, many lanes at
// once. Keeps what is waiting, how far each lane is settled, and whether the peer is thought to be up. Carries nothing
// out itself: the dispatcher's workers take jobs from here and say how they ended. Any thread; no I/O.
//
//   hand_over (writer, live) ─┐                          ┌─ settled / recorded ─▶ cursor, horizon
//   feed (reader, behind) ────┴▶ lane 0..1023 ─▶ next() ─┼─ moved to the retry table
//                                 retries ───▶           └─ peer_down: the whole destination pauses, then one probe
//
// A lane exists while something waits in it or its end is still to be written down. What says that everything else is
// settled is the horizon: everything up to that position of the journal is. A lane needs a cursor of its own only for
// what it settled beyond the horizon, while an older effect of another lane still waits. Where nothing moves, nothing
// is held and nothing is written.
//
// What does not fit into memory is not kept: the destination falls behind and the reader brings it up again.
#pragma once

#include "engine/backoff.hpp"
#include "engine/transition.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

namespace keepline::engine {

/// One effect to be carried out now.
struct job {
    std::shared_ptr<const outgoing> from;
    std::size_t index = 0;
    int attempt = 1;
    std::optional<port::retry> again;  // from the retry table; otherwise it is the head of its lane
    std::uint64_t epoch = 0;           // of the destination's pauses, when it was taken

    port::effect_id id() const { return port::effect_id::of({from->partition, from->seq}, index); }
    const domain::effect& what() const { return from->effects[index]; }
};

class lanes {
 public:
    using outgoings = std::span<const std::shared_ptr<const outgoing>>;
    struct parts {
        domain::destination which = domain::destination::sms;
        const port::clock* clock = nullptr;
        port::lane_metrics* metrics = nullptr;
        class backoff* backoff = nullptr;
        std::size_t memory = 0;
        base::duration poll = std::chrono::milliseconds{200};  // how often a paused destination looks at the clock
        std::function<void()> room;                            // there is room again for a destination that is behind
    };
    explicit lanes(parts with) : with_(std::move(with)) {}

    /// Before any thread starts: how far the lanes had got, and the journal's last entry.
    void resume(const std::vector<port::horizon>& horizons, const std::vector<port::cursor>& cursors,
                std::int64_t last_position);

    // -- in
    void hand_over(outgoings what, std::int64_t last_position);
    /// Where to read on, when the destination is behind and has room.
    std::optional<std::int64_t> wants_after() const;
    /// Everything with effects up to `end` that comes after wants_after(); live again when that reaches `head`.
    void feed(outgoings what, std::int64_t end, const std::atomic<std::int64_t>& head);
    void add_retry(job what);

    // -- out
    /// Waits for a job; none when it is stopped.
    std::optional<job> next();
    /// Does not wait: none, too, when there is nothing to do now.
    std::optional<job> next_now();
    void stop();
    /// Done, nothing to commit with it: its lane goes on, its cursor is recorded later. Called by a worker, which comes
    /// for its next job at once.
    void settled(const job& what);
    port::cursor cursor_after(const job& what) const;
    /// cursor_after() was committed.
    void recorded(const job& what);
    /// The peer answered, whatever it said.
    void peer_up(const job& what);
    /// The peer could not take it: the job goes back to the head of its lane and the destination pauses. How long, when
    /// this began or lengthened the pause. `exactly`: for so long, however often it has failed. `stays`: the caller
    /// keeps the job, which goes to the retry table.
    std::optional<base::duration> peer_down(const job& what, std::optional<base::duration> exactly = {},
                                            bool stays = false);
    /// The peer is alive and takes it later, at its pace: back in line, with no pause.
    void put_back(const job& what);
    /// It leaves the lane, for good or to the retry table, though the peer did not answer: if it was the probe, the
    /// next one asks the peer.
    void put_aside(const job& what);
    /// This effect brought the peer down before, and since then the peer has answered others: it is the effect's. The
    /// first time it is only noted.
    bool brings_it_down(const job& what);
    /// Nobody is to be sent yet. False when the pause is over and a probe is wanted: where nothing else waits, a retry
    /// has to be it.
    bool paused() const;
    /// Nothing is on its way: what waits, waits for the end of a pause.
    bool at_rest() const;
    /// When the pause ends, while there is one.
    std::optional<instant> resumes_at() const;

    // -- cursors and numbers
    /// Adds what moved: the horizon, and the cursors of lanes beyond it.
    void add_cursors(port::batch& to);
    /// With `idle`, also when only the horizon moved; otherwise when something was settled since.
    bool has_cursors(bool idle) const;
    /// Lanes that are held in memory now.
    std::size_t held_lanes() const;
    void measure();

 private:
    struct waiting {
        std::shared_ptr<const outgoing> from;
        std::size_t index = 0;
    };
    struct lane {
        std::deque<waiting> queue;
        bool busy = false;         // its head is being carried out or committed
        bool ready = false;        // in ready_
        int tries = 0;             // of the head
        port::effect_id done;      // everything up to here is settled; zero: nothing since the lane is held
        std::int64_t done_at = 0;  // the position of its entry
        port::effect_id recorded;  // and this is what the journal knows, or is just being told
    };

    void push(const std::shared_ptr<const outgoing>& what);
    int count(const outgoing& what) const;
    void make_ready(int partition);
    /// Ends the lock, and wakes a worker when there is work. One at a time: whoever wakes takes a job and calls the
    /// next. So quick jobs do not call up a crowd that finds nothing left.
    void call_one(std::unique_lock<std::mutex>& held);
    void finish(const job& what);
    bool may_run(instant now);
    job take();
    bool is_behind_record(const lane& one) const;
    std::int64_t horizon() const;

    const parts with_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::unordered_map<int, lane> lanes_;               // by partition; those that are in use
    std::unordered_map<int, port::effect_id> resumed_;  // what was settled beyond the horizon before the start
    std::deque<int> ready_;
    std::deque<job> retries_;
    std::size_t held_ = 0;
    bool stopped_ = false;
    int sleeping_ = 0;     // workers that wait
    bool called_ = false;  // one of them is waking up
    unsigned turn_ = 0;

    bool behind_ = true;         // the reader feeds it, not the writer
    std::int64_t position_ = 0;  // the last entry that was fed or handed over
    std::int64_t recorded_horizon_ = 0;
    std::int64_t counted_from_ = 0;  // later entries were counted as waiting when they were handed over

    bool paused_ = false;
    bool probing_ = false;
    int failures_ = 0;
    std::uint64_t answers_ = 0;                                 // of the peer, to anything
    std::unordered_map<std::int64_t, std::uint64_t> suspects_;  // by effect: answers_ when it brought the peer down
    std::uint64_t epoch_ = 0;
    instant paused_at_;
    instant resume_at_;
};

}  // namespace keepline::engine
