#include "engine/writer.hpp"

#include "base/ensure.hpp"
#include "engine/codec.hpp"
#include "engine/history.hpp"
#include "engine/recent_keys.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

constexpr int tries_max = 2;              // a command meets a version conflict once, is tried afresh, then is refused
constexpr int tries_max_with_rides = 10;  // an answer from the world is not given up so soon: its effect is settled

constexpr auto try_for_room_every = std::chrono::milliseconds{250};

bool is_empty(const port::batch& b) {
    return b.writes.empty() && b.cursors.empty() && b.horizons.empty() && b.retries.empty() && b.retries_done.empty() &&
           b.awaited.empty() && b.receipts_done.empty();
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

/// A copy: should there be no room for the batch, the rides are tried again.
void append_rides(port::batch& to, const port::batch& from) {
    append(to.cursors, from.cursors);
    append(to.horizons, from.horizons);
    append(to.retries, from.retries);
    append(to.retries_done, from.retries_done);
    append(to.awaited, from.awaited);
    append(to.receipts_done, from.receipts_done);
    to.forget_awaited_before = std::max(to.forget_awaited_before, from.forget_awaited_before);
}

/// What can only stop something and takes nothing from anybody.
struct stops_only {
    bool operator()(const domain::withdraw_closure&) const { return true; }
    bool operator()(const domain::repudiate_closure&) const { return true; }
    bool operator()(const domain::declare_lost&) const { return true; }
    bool operator()(const domain::set_customer_lock& c) const { return c.locked; }
    bool operator()(const domain::set_legal_hold& c) const { return !c.reference.empty(); }
    bool operator()(const domain::refuse_second&) const { return true; }
    bool operator()(const domain::revoke_tokens&) const { return true; }
    bool operator()(const domain::stop_plan&) const { return true; }
    template <typename Other>
    bool operator()(const Other&) const {
        return false;
    }
};

/// By the owner and by whoever decides it is always taken: nobody fills the memory that keeps them out.
bool is_always_taken(const submission& command) {
    if (command.by.as != domain::role::subscriber && !domain::is_decider(command.by)) return false;
    return std::visit([](const auto& of_kind) { return std::visit(stops_only{}, of_kind); }, command.what);
}

/// Of the whole memory, so much is one credential's: about a line or a person an eighth, of systems a half, of whoever
/// decides a quarter. A credential's own stream is theirs.
std::size_t places_of(const submission& command, std::size_t keep) {
    if (command.to.kind == port::stream_kind::credential) return keep * 3 / 4;
    const std::size_t part = command.by.as == domain::role::system ? 2 : domain::is_decider(command.by) ? 4 : 8;
    return std::max<std::size_t>(1, keep / part);
}

/// A key is remembered as long as the contract promises; rather than forget one, the next request waits. A customer
/// cannot fill the memory that staff need to stop them, nor one credential that of the others.
result<void> check_room(std::string_view recent, const submission& command, instant now, const settings& how) {
    if (is_always_taken(command)) return {};
    auto keep = how.remembered_keys;
    if (command.by.as == domain::role::subscriber) keep = std::max<std::size_t>(1, keep / 2);
    if (command.by.as == domain::role::agent) keep = std::max<std::size_t>(1, keep * 3 / 4);
    auto again =
        no_place_until(recent, mark_of(command.by), now, how.remember_for, places_of(command, how.remembered_keys));
    if (!again) again = no_room_until(recent, now, how.remember_for, keep);
    if (!again) return {};
    return refuse(code::too_many, "Too many requests of one day about the same line or person.",
                  {{"again_at", base::iso(*again)}});
}

}  // namespace

/// An entry of the batch that carries an Idempotency-Key, for a duplicate in the same batch.
struct keyed_step {
    std::uint64_t version = 0;
    view_ptr view;
    std::shared_ptr<const std::vector<any_event>> events;
};

/// A stream while a batch is made: as committed, then as each command of the batch leaves it.
struct writer::stream_in_batch {
    known_stream now;
    bool loaded = false;   // from the journal, not yet in the cache
    bool written = false;  // by this batch
    bool lost = false;     // a write of this batch met a version conflict
    std::size_t last_write = 0;
    std::vector<keyed_step> keyed;
};

struct writer::item {
    work what;
    stream_in_batch* stream = nullptr;
    std::optional<result<answer>> outcome;
    std::optional<std::size_t> write;
    bool not_taken = false;    // see work::not_taken
    bool uncommitted = false;  // nor will it be
    bool answered = false;
};

struct writer::batch_in_progress {
    std::vector<item> items;
    std::map<port::stream_key, stream_in_batch> streams;
    std::shared_ptr<const domain::rule_book> rules;
    port::batch riders;
    port::batch rows;  // with the riders
    std::vector<stream_in_batch*> stream_of_write;
    std::vector<std::shared_ptr<outgoing>> out_of_write;
    port::commit_report report;
};

void writer::start(std::int64_t epoch) {
    epoch_ = epoch;
    {
        const std::scoped_lock held(mutex_);
        refusing_ = false;
    }
    running_ = with_.on->begin({"kl-writer", [this] { run(); }, [this] { return step(); }});
}

void writer::submit(submission what, reply then) {
    std::optional<base::error> refusal;
    {
        const std::scoped_lock held(mutex_);
        if (refusing_ || closed_)
            refusal = refuse(code::stopping, "The server is shutting down; try again soon.").error();
        else if (auto trouble = refusal_now())
            refusal = std::move(trouble);
        else if (queue_.size() >= how_.queue_max)
            refusal = refuse(code::overloaded, "The server has more work than it can take; try again soon.").error();
        else
            queue_.push_back(work{std::move(what), std::exchange(then, {}), nullptr, nullptr, nullptr});
        with_.metrics->queue_length.store(static_cast<std::int64_t>(queue_.size()), std::memory_order_relaxed);
    }
    if (!refusal) {
        wake_.notify_one();
        return;
    }
    with_.metrics->commands_refused.fetch_add(1, std::memory_order_relaxed);
    if (then) then(std::unexpected(std::move(*refusal)));
}

bool writer::push(work what) {
    {
        const std::scoped_lock held(mutex_);
        if (closed_) return false;
        queue_.push_back(std::move(what));
    }
    wake_.notify_one();
    return true;
}

void writer::refuse_commands() {
    const std::scoped_lock held(mutex_);
    refusing_ = true;
}

/// Under mutex_.
std::optional<base::error> writer::refusal_now() const {
    if (halted_) return halted_;
    if (no_room_) return refuse(code::storage_full, "The disk is full; try again when there is room.").error();
    return std::nullopt;
}

void writer::room_is(bool enough) {
    {
        const std::scoped_lock held(mutex_);
        if (no_room_ == !enough) return;
        no_room_ = !enough;
        with_.metrics->store_has_room.store(enough ? 1 : 0, std::memory_order_relaxed);  // as refusals begin
    }
    if (!enough) {
        with_.log->error("store_full", "");
        return;
    }
    with_.log->info("store_has_room", "");
    push(work{});  // what was kept goes first
}

bool writer::works() const {
    const std::scoped_lock held(mutex_);
    return !no_room_ && !halted_;
}

void writer::close() {
    const std::scoped_lock one_closes(closing_);
    {
        const std::scoped_lock held(mutex_);
        refusing_ = true;
        closed_ = true;
    }
    wake_.notify_one();
    running_.reset();
}

bool writer::take(std::vector<work>& into, bool waits) {
    into = std::move(again_);
    again_.clear();
    std::unique_lock held(mutex_);
    if (waits && no_room_ && !into.empty())
        wake_.wait_for(held, try_for_room_every, [&] { return closed_ || !no_room_; });
    else if (waits)
        wake_.wait(held, [&] { return closed_ || !queue_.empty() || !into.empty(); });
    while (!queue_.empty() && into.size() < how_.batch_max) {
        into.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    with_.metrics->queue_length.store(static_cast<std::int64_t>(queue_.size()), std::memory_order_relaxed);
    return !into.empty();
}

void writer::run() {
    thread_id_ = std::this_thread::get_id();
    std::vector<work> batch;
    while (take(batch, true)) carry_out(std::move(batch));
}

bool writer::step() {
    std::vector<work> batch;
    if (!take(batch, false)) return false;
    carry_out(std::move(batch));
    return true;
}

void writer::carry_out(std::vector<work> batch) {
    batch_in_progress in;
    in.rules = with_.rules->now();
    in.items.reserve(batch.size());
    in.rows.writes.reserve(batch.size());
    for (auto& one : batch) in.items.emplace_back().what = std::move(one);
    in.rows.epoch = epoch_;
    std::optional<base::error> refusal;
    {
        const std::scoped_lock held(mutex_);
        refusal = refusal_now();
    }
    if (refusal && refusal->what != code::storage_full) return give_up(in);
    in.riders = std::exchange(kept_, {});
    with_.add_riders(in.riders);
    append_rides(in.rows, in.riders);
    in.rows.urgent = true;
    for (std::size_t i = 0; i < in.items.size(); ++i) {
        auto& one = in.items[i];
        const bool can_wait = one.what.command && !one.what.rides;
        if (can_wait && refusal) {
            one.outcome = std::unexpected(*refusal);
            respond(one);
            continue;
        }
        in.rows.urgent = in.rows.urgent && !can_wait;
        handle(in, i);
    }
    commit(in);
    if (in.report.whole == port::commit_outcome::refused) return out_of_room(in, *in.report.why);
    if (in.report.whole != port::commit_outcome::done) return halt(in, *in.report.why);
    settle_streams(in);
    hand_on(in);  // before the answers: what an answer calls for is counted as waiting before its cause no longer is
    settle_items(in);
}

result<writer::stream_in_batch*> writer::stream_for(batch_in_progress& in, const submission& what) {
    const auto found = in.streams.find(what.to);
    if (found != in.streams.end()) return &found->second;
    stream_in_batch fresh;
    if (const auto cached = with_.cache->find(what.to)) {
        fresh.now = *cached;
    } else {
        TRY(row, with_.journal->load(what.to));
        if (row) {
            TRY(view, load_view(*with_.journal, *row));
            fresh.now.row = std::move(*row);
            fresh.now.row.snapshot.clear();
            fresh.now.view = std::move(view);
            fresh.loaded = true;
        } else {
            fresh.now.row.key = what.to;
            fresh.now.view = std::make_shared<const stream_view>(empty_view(what.to));
        }
    }
    return &in.streams.emplace(what.to, std::move(fresh)).first->second;
}

void writer::handle(batch_in_progress& in, std::size_t index) {
    auto& of = in.items[index];
    if (of.what.command) {
        auto found = stream_for(in, *of.what.command);
        if (!found) {
            of.outcome = std::unexpected(std::move(found).error());
            of.not_taken = true;
            return;
        }
        of.stream = *found;
    }
    if (of.what.command) {
        const auto writes = in.rows.writes.size();
        of.outcome = carry_out_command(in, *of.what.command, *of.stream);
        if (in.rows.writes.size() > writes) of.write = writes;
        // A fault of ours: what it answers is not lost for that.
        of.not_taken = !*of.outcome && of.outcome->error().what == code::internal;
        if (of.not_taken && of.what.not_taken) return;
    } else
        of.outcome = answer{};
    if (of.what.rides) append_rides(in.rows, *of.what.rides);
}

result<answer> writer::carry_out_command(batch_in_progress& in, const submission& command, stream_in_batch& stream) {
    const auto now = with_.clock->now();
    if (stream.now.row.version == 0 && command.must_exist)
        return refuse(code::not_found, "There is no such line or subscriber.");
    if (command.once) {
        if (const auto known = find_key(stream.now.row.recent, *command.once, now, how_.remember_for)) {
            if (!known->same_request)
                return refuse(code::idempotency_key_reused, "This Idempotency-Key was used for another request.");
            return answer_again(stream, known->version);
        }
    }
    if (command.once) CHECK(check_room(stream.now.row.recent, command, now, how_));
    if (const auto is = stream.now.view->revision(); command.expected_revision.value_or(is) != is)
        return refuse(code::version_mismatch, "It has changed since you looked; read it again.",
                      {{"version", std::to_string(is)}});
    auto taken = apply(stream.now, command, *in.rules, now, how_, *with_.random);
    if (!taken) return std::unexpected(told(command, *stream.now.view, std::move(taken).error()));
    auto& applied = *taken;
    if (!applied) return answer{stream.now.view, {}, false};
    if (command.by_timer) CHECK(with_.may_end(command.to, applied->events));
    if (const auto& wanted = applied->after.row.index.matching_id;
        !wanted.empty() && wanted != stream.now.row.index.matching_id)
        CHECK(check_matching_id(in, command.to, wanted));
    stream.now = std::move(applied->after);
    stream.written = true;
    stream.last_write = in.rows.writes.size();
    if (command.once) stream.keyed.push_back({stream.now.row.version, stream.now.view, stream.now.last_events});
    in.rows.writes.push_back(std::move(applied->write));
    in.stream_of_write.push_back(&stream);
    in.out_of_write.push_back(std::move(applied->out));
    return answer{stream.now.view, std::move(applied->events), false};
}

/// A fault of ours is for our log: who asked hears that it is one.
base::error writer::told(const submission& command, const stream_view& of, base::error why) {
    if (why.what != code::internal) return why;
    with_.log->error("command_faulty", command.correlation,
                     {{"stream", of.public_id}, {"reason", why.data.empty() ? why.words : why.data.front().value}});
    why.data.clear();
    return why;
}

/// No two orders have the same matching ID: neither in the journal nor in this batch. Exact, because there is one
/// writer.
result<void> writer::check_matching_id(const batch_in_progress& in, const port::stream_key& of,
                                       const std::string& wanted) {
    const auto taken = [] { return refuse(code::matching_id_taken, "Another order has this matching ID."); };
    for (const auto& [key, one] : in.streams)
        if (key != of && one.now.row.index.matching_id == wanted) return taken();
    TRY(holder, with_.journal->holder_of(wanted));
    if (!holder || *holder == of) return {};
    const auto freed = in.streams.find(*holder);
    if (freed == in.streams.end() || freed->second.now.row.index.matching_id == wanted) return taken();
    return {};
}

result<answer> writer::answer_again(const stream_in_batch& stream, std::uint64_t version) {
    with_.metrics->commands_replayed.fetch_add(1, std::memory_order_relaxed);
    if (version == stream.now.row.version && stream.now.last_events)
        return answer{stream.now.view, *stream.now.last_events, true};
    const auto in_batch = std::ranges::find(stream.keyed, version, &keyed_step::version);
    if (in_batch != stream.keyed.end()) return answer{in_batch->view, *in_batch->events, true};
    TRY(past, view_at(*with_.journal, stream.now.row, version));
    return answer{std::move(past.view), std::move(past.events), true};
}

/// What somebody has to look at, whoever brought it.
void writer::count_money(const answer& done) {
    for (const auto& one : done.events) {
        const auto* event = std::get_if<domain::number_event>(&one);
        if (event == nullptr) continue;
        if (std::holds_alternative<domain::money_unclaimed>(*event))
            with_.metrics->unclaimed_payments.fetch_add(1, std::memory_order_relaxed);
        if (std::holds_alternative<domain::refund_contradicted>(*event))
            with_.metrics->refunds_contradicted.fetch_add(1, std::memory_order_relaxed);
    }
}

void writer::respond(item& to) {
    to.answered = true;
    if (to.what.command) {
        const bool faulty = !*to.outcome && to.outcome->error().what == code::internal;
        auto& counter = faulty        ? with_.metrics->commands_faulty
                        : *to.outcome ? with_.metrics->commands_accepted
                                      : with_.metrics->commands_refused;
        counter.fetch_add(1, std::memory_order_relaxed);
        if (*to.outcome && !(*to.outcome)->replayed) count_money(**to.outcome);
    }
    if (to.uncommitted && to.what.rides) {
        if (to.what.uncommitted) to.what.uncommitted(std::move(to.outcome->error()));
    } else if (to.not_taken && to.what.not_taken)
        to.what.not_taken(std::move(to.outcome->error()));
    else if (to.what.then)
        to.what.then(std::move(*to.outcome));
}

void writer::commit(batch_in_progress& in) {
    // Answers that depend on nothing of this batch need not wait for its commit.
    for (auto& one : in.items) {
        if (one.answered || one.what.rides || (one.stream != nullptr && one.stream->written)) continue;
        respond(one);
    }
    if (is_empty(in.rows)) return;
    with_.metrics->batch_size.observe(static_cast<double>(in.rows.writes.size()));
    const auto began = std::chrono::steady_clock::now();
    in.report = with_.journal->commit(in.rows);
    ENSURE(in.report.writes.size() == in.rows.writes.size());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    with_.metrics->commit_seconds.observe(took.count());
    with_.metrics->commits.fetch_add(1, std::memory_order_relaxed);
}

void writer::settle_streams(batch_in_progress& in) {
    for (std::size_t i = 0; i < in.report.writes.size(); ++i)
        if (in.report.writes[i] != port::commit_outcome::done) in.stream_of_write[i]->lost = true;
    for (auto& [key, one] : in.streams) {
        if (one.lost) {
            with_.cache->drop(key);
            continue;
        }
        if (!one.written && !one.loaded) continue;
        if (one.written) {
            const auto& committed = in.rows.writes[one.last_write].after;
            one.now.row.id = committed.id;
            one.now.row.head_seq = committed.head_seq;
        }
        with_.cache->install(std::make_shared<const known_stream>(std::move(one.now)));
    }
}

bool writer::try_again(item& of) {
    // The rides were committed with the batch in any case; only the command is still to be carried out.
    const int most = of.what.rides ? tries_max_with_rides : tries_max;
    if (++of.what.tries >= most) return false;
    if (of.what.rides) *of.what.rides = port::batch{};
    of.outcome.reset();
    again_.push_back(std::move(of.what));
    return true;
}

/// By chance a name that somebody else has; the next draw is another one.
bool writer::drew_anothers(const port::write& refused) {
    return refused.refusal->what == code::id_taken && std::ranges::any_of(refused.references, [&](const auto& name) {
               const auto held = with_.journal->load_reference(name);
               return held && *held;
           });
}

void writer::settle_items(batch_in_progress& in) {
    for (auto& one : in.items) {
        if (one.answered) continue;
        if (one.write && in.report.writes[*one.write] == port::commit_outcome::refused) {
            const auto& write = in.rows.writes[*one.write];
            if (drew_anothers(write) && try_again(one)) continue;
            one.outcome = std::unexpected(*write.refusal);
        } else if (one.stream != nullptr && one.stream->lost) {
            if (try_again(one)) continue;
            with_.log->warning("version_conflict", one.what.command->correlation);
            one.outcome = refuse(code::version_mismatch, "Others changed it at the same time; read it again.");
        }
        respond(one);
    }
}

void writer::hand_on(batch_in_progress& in) {
    std::vector<std::shared_ptr<const outgoing>> out;
    std::int64_t last_position = 0;
    for (std::size_t i = 0; i < in.report.writes.size(); ++i) {
        if (in.report.writes[i] != port::commit_outcome::done) continue;
        const auto& record = *in.rows.writes[i].record;
        last_position = std::max(last_position, record.position);
        if (!in.out_of_write[i]) continue;
        in.out_of_write[i]->seq = record.seq;
        in.out_of_write[i]->position = record.position;
        in.out_of_write[i]->stream = record.stream;
        out.push_back(std::move(in.out_of_write[i]));
    }
    if (last_position != 0) with_.committed(std::move(out), last_position);
}

// ------------------------------------------------------------------------------------------------ nothing was written

/// Nothing of the batch is kept. What the world answered, and how far the lanes are, is tried again; unless this is the
/// end: then it is delivered again after the next start.
void writer::out_of_room(batch_in_progress& in, const base::error& why) {
    room_is(false);
    bool closing = false;
    {
        const std::scoped_lock held(mutex_);
        closing = closed_;
    }
    kept_ = std::move(in.riders);
    for (auto& one : in.items) {
        if (one.answered) continue;
        if (one.what.rides && !closing) {
            one.outcome.reset();
            again_.push_back(std::move(one.what));
            continue;
        }
        if (one.what.command || one.what.rides) one.outcome = std::unexpected(why);
        one.uncommitted = true;
        respond(one);
    }
}

/// Nothing may be built on what is in memory any more, and nothing may leave.
void writer::halt(batch_in_progress& in, base::error why) {
    with_.log->error("writer_halted", "", {{"code", std::string(base::info(why.what).id)}, {"reason", why.words}});
    {
        const std::scoped_lock held(mutex_);
        halted_ = std::move(why);
    }
    with_.halted();
    give_up(in);
}

void writer::give_up(batch_in_progress& in) {
    for (auto& one : in.items) {
        if (one.answered) continue;
        one.outcome = std::unexpected(*halted_);  // set once, by this thread
        one.uncommitted = true;
        respond(one);
    }
}

}  // namespace keepline::engine
