// The facade: puts the parts together, starts and stops them in the right order, and answers reads.
#include "engine/engine.hpp"

#include "base/ensure.hpp"
#include "engine/codec.hpp"
#include "engine/ending_budget.hpp"
#include "engine/history.hpp"
#include "engine/sweep.hpp"

#include <algorithm>
#include <charconv>
#include <future>

namespace keepline::engine {

using base::code;
using base::refuse;

namespace {

constexpr auto deliveries_may_end_within = base::seconds{10};
constexpr std::size_t dead_at_once = 500;
constexpr std::size_t due_at_once = 500;

std::unexpected<base::error> not_found() { return refuse(code::not_found, "There is no such line or subscriber."); }

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, value);
    if (text.empty() || failure != std::errc{} || stopped != end || value < 0) return std::nullopt;
    return value;
}

int number_of(std::optional<domain::destination> to) { return to ? static_cast<int>(*to) : -1; }

}  // namespace

struct engine::inner {
    inner(parts with, settings how)
        : given(std::move(with)),
          on(given.on == nullptr ? own_threads : *given.on),
          how(how),
          rules(given.rules),
          cache(how.cached_streams),
          waits(how, *given.random),
          endings({given.journal, given.notes, given.clock, given.log, &metrics}, how),
          writing({&on, given.journal, given.clock, given.random, given.log, &cache, &rules, &metrics,
                   [this](const auto& whose, const auto& events) { return endings.allow(whose, events); },
                   [this](port::batch& to) { timers.add_riders(to); },
                   [this](const auto& what, std::int64_t last_position) { effects.committed(what, last_position); },
                   [this] { effects.stop(base::duration{0}); }},
                  how),
          from_peers(on, *given.journal, *given.clock, writing),
          effects({&on, given.journal, given.clock, given.log, &writing, &from_peers, &metrics, &waits,
                   given.connectors, given.vault},
                  how),
          timers({&on, given.journal, given.clock, given.log, &metrics, &writing, &effects, &endings}, how) {}

    /// A commit that only changes the retry table. An error: it does not stand.
    result<void> commit_retries(std::vector<port::retry> rows) {
        work out;
        out.rides = std::make_unique<port::batch>();
        out.rides->retries = std::move(rows);
        const auto done = std::make_shared<std::promise<result<void>>>();
        out.then = [done](const result<answer>&) { done->set_value({}); };
        out.uncommitted = [done](const base::error& why) { done->set_value(std::unexpected(why)); };
        if (!writing.push(std::move(out))) return refuse(code::stopping, "The server is shutting down.");
        return port::wait_for(on, done->get_future());
    }
    void revive(port::retry& row) const {
        row.dead = false;
        row.attempts = 0;  // a whole new series of tries
        row.next_at = given.clock->now();
    }

    result<void> revive_one(port::effect_id effect) {
        for (const bool dead : {true, false}) {
            TRY(rows, given.journal->retries(dead, -1, effect.value - 1, 1));
            if (rows.empty() || rows.front().effect != effect) continue;
            revive(rows.front());
            return commit_retries(std::move(rows));
        }
        return refuse(code::not_found, "There is no such failed effect.");
    }

    /// Behind everything that is queued. Twice: what a batch answers at once, it answers before its commit.
    bool pass_the_queue() {
        for (int i = 0; i < 2; ++i) {
            work out;
            const auto done = std::make_shared<std::promise<void>>();
            out.then = [done](const result<answer>&) { done->set_value(); };
            if (!writing.push(std::move(out))) return false;
            port::wait_for(on, done->get_future());
        }
        return true;
    }

    /// Between two reads something may go on: it is at rest when nothing was written meanwhile.
    result<bool> looks_at_rest() {
        const auto now = given.clock->now();
        if (!timers.has_begun_day_of(now)) return false;
        TRY(due, given.journal->due(now, due_at_once));
        const bool all_wait = std::ranges::all_of(due, [&](const auto& key) { return timers.passes_over(key, now); });
        if (!all_wait) return false;
        return effects.at_rest(now);
    }

    const parts given;
    port::threads own_threads;
    port::executor& on;
    const settings how;
    port::engine_metrics metrics;
    rules_in_force rules;
    stream_cache cache;
    backoff waits;
    ending_budget endings;
    writer writing;
    receipts from_peers;
    dispatcher effects;
    sweep timers;
    std::mutex starting_or_stopping;
    bool started = false;
    bool stopped = false;
    std::atomic<bool> running{false};
};

engine::engine(parts with, settings how) {
    ENSURE(with.journal != nullptr && with.clock != nullptr && with.random != nullptr && with.log != nullptr);
    ENSURE(with.rules != nullptr);
    ENSURE(how.batch_max > 0 && how.queue_max > 0);
    inner_ = std::make_unique<inner>(std::move(with), how);
}

engine::~engine() { stop(); }

result<void> engine::start() {
    const std::scoped_lock held(inner_->starting_or_stopping);
    if (inner_->started || inner_->stopped) return refuse(code::internal, "An engine is started once.");
    TRY(epoch, inner_->given.journal->own(port::partition_set().set()));
    CHECK(inner_->effects.start());  // before the writer: it must know the cursors before anything new is committed
    inner_->endings.start();
    inner_->timers.look_for_room();
    inner_->writing.start(epoch);
    inner_->timers.recheck_dates();
    inner_->timers.start();
    inner_->started = true;
    inner_->running = true;
    return {};
}

void engine::stop() {
    const std::scoped_lock held(inner_->starting_or_stopping);
    if (inner_->stopped) return;
    inner_->stopped = true;
    inner_->running = false;
    inner_->writing.refuse_commands();
    inner_->timers.stop();
    if (inner_->started) inner_->endings.look();  // what was ended is noted
    if (inner_->started && !inner_->effects.stop(deliveries_may_end_within))
        inner_->given.log->warning("deliveries_still_running", "");
    inner_->timers.ask_for_all_cursors();
    inner_->writing.push(work{});
    inner_->writing.close();
    inner_->from_peers.stop();
}

void engine::submit(submission what, reply then) { inner_->writing.submit(std::move(what), std::move(then)); }

result<answer> engine::submit_wait(submission what) {
    ENSURE(!inner_->writing.is_this_thread());
    std::promise<result<answer>> done;
    auto answered = done.get_future();
    submit(std::move(what), [&](result<answer> got) { done.set_value(std::move(got)); });
    return port::wait_for(inner_->on, std::move(answered));
}

// ------------------------------------------------------------------------------------------------ reading

result<view_ptr> engine::read(const port::stream_key& key) {
    if (const auto known = inner_->cache.find(key)) return known->view;
    TRY(view, load_view(*inner_->given.journal, key));
    if (!view) return not_found();
    return view;
}

result<view_ptr> engine::read_public(std::string_view public_id) {
    if (const auto known = inner_->cache.find_public(public_id)) return known->view;
    TRY(row, inner_->given.journal->load_public(public_id));
    if (!row) return not_found();
    return load_view(*inner_->given.journal, *row);
}

result<view_ptr> engine::read_reference(std::string_view name) {
    TRY(row, inner_->given.journal->load_reference(name));
    if (!row) return not_found();
    return read(row->key);
}

result<std::vector<port::stream_key>> engine::streams_on(const base::eid& eid, std::size_t limit) {
    return inner_->given.journal->streams_on(eid.text(), limit);
}

result<std::vector<port::entry>> engine::history(const stream_view& of, std::uint64_t from_version, std::size_t limit) {
    if (const auto known = inner_->cache.find(of.key))
        return inner_->given.journal->entries(known->row.id, from_version, limit);
    TRY(row, inner_->given.journal->load(of.key));
    if (!row) return not_found();
    return inner_->given.journal->entries(row->id, from_version, limit);
}

result<port::page> engine::list(const port::stream_filter& which, std::string_view after, std::size_t limit) {
    return inner_->given.journal->list(which, after, limit);
}

result<std::int64_t> engine::last_position() { return inner_->given.journal->last_position(); }

result<std::vector<port::change>> engine::changes(std::int64_t after_position, std::size_t limit) {
    return inner_->given.journal->changes(after_position, limit);
}

result<std::optional<port::stream_key>> engine::holder_of(std::string_view matching_id) {
    return inner_->given.journal->holder_of(matching_id);
}

result<std::optional<port::stream_key>> engine::waiting_for(const base::eid& eid, std::size_t skip) {
    return inner_->given.journal->waiting_for(eid.text(), skip);
}

// ------------------------------------------------------------------------------------------------ what failed

result<std::vector<effect_view>> engine::failed_effects(bool dead, std::optional<domain::destination> to,
                                                        std::string_view after, std::size_t limit) {
    const auto from = after.empty() ? std::optional<std::int64_t>(0) : whole_number(after);
    if (!from) return refuse(code::invalid, "The cursor is not one this list gave.");
    TRY(rows, inner_->given.journal->retries(dead, number_of(to), *from, limit));
    std::vector<effect_view> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        effect_view one;
        one.id = std::to_string(row.effect.value);
        one.to = static_cast<domain::destination>(row.destination);
        one.attempts = row.attempts;
        one.dead = row.dead;
        one.first_failed_at = row.first_failed_at;
        one.next_at = row.next_at;
        one.error_code = row.error_code;
        one.error_words = row.error_words;
        TRY(entry, inner_->given.journal->outbox_entry_of(row));
        if (entry) {
            const auto effects = decode_effects(entry->effects);
            if (effects && row.effect.index() < effects->size())
                one.kind = kind_of_effect((*effects)[row.effect.index()]);
        }
        TRY(stream, inner_->given.journal->load_id(row.stream));
        if (stream) one.line_id = stream->public_id;
        out.push_back(std::move(one));
    }
    return out;
}

result<void> engine::retry_effect(std::string_view id) {
    const auto value = whole_number(id);
    if (!value || *value == 0) return refuse(code::not_found, "There is no such failed effect.");
    const port::effect_id effect{*value};
    if (!inner_->effects.claim(effect)) return {};  // it is tried at this very moment
    const auto done = inner_->revive_one(effect);
    inner_->effects.release(effect);
    inner_->timers.wake();
    return done;
}

result<std::int64_t> engine::retry_dead(std::optional<domain::destination> to) {
    std::int64_t revived = 0;
    std::int64_t after = 0;
    for (;;) {
        TRY(rows, inner_->given.journal->retries(true, number_of(to), after, dead_at_once));
        if (rows.empty()) break;
        after = rows.back().effect.value;
        for (auto& row : rows) inner_->revive(row);
        const auto count = static_cast<std::int64_t>(rows.size());
        if (!inner_->commit_retries(std::move(rows))) return refuse(code::stopping, "The server is shutting down.");
        revived += count;
        inner_->timers.wake();
    }
    return revived;
}

port::receipt_taken engine::take_receipt(const std::string& receipt, const std::string& outcome) {
    return inner_->running ? inner_->from_peers.take(receipt, outcome) : port::receipt_taken::not_now;
}

// ------------------------------------------------------------------------------------------------ a clock that is
// moved

void engine::time_has_moved() { inner_->timers.wake(); }

result<bool> engine::at_rest() {
    ENSURE(!inner_->writing.is_this_thread());
    std::int64_t before = -1;
    for (int look = 0; look < 2; ++look) {
        if (!inner_->pass_the_queue()) return refuse(code::stopping, "The server is shutting down.");
        TRY(position, inner_->given.journal->last_position());
        if (look > 0 && position != before) return false;
        before = position;
        TRY(rests, inner_->looks_at_rest());
        if (!rests) return false;
    }
    TRY(position, inner_->given.journal->last_position());
    return position == before;
}

result<instant> engine::next_due(instant until) {
    const auto now = inner_->given.clock->now();
    TRY(first, inner_->effects.next_try(now, until));
    TRY(due, inner_->given.journal->due(until, due_at_once));
    for (const auto& key : due) {  // the earliest first; those that were passed over are before now
        TRY(row, inner_->given.journal->load(key));
        if (!row || !row->next_due || *row->next_due <= now) continue;
        return std::min(first.value_or(until), *row->next_due);
    }
    return first.value_or(until);
}

// ------------------------------------------------------------------------------------------------ the rest

void engine::use_rules(std::shared_ptr<const domain::rule_book> rules) {
    ENSURE(rules != nullptr);
    inner_->rules.exchange(std::move(rules));
    inner_->timers.recheck_dates();
}

std::shared_ptr<const domain::rule_book> engine::rules() const { return inner_->rules.now(); }
const port::engine_metrics& engine::metrics() const { return inner_->metrics; }
result<port::store_counts> engine::counts() { return inner_->given.journal->counts(inner_->given.clock->now()); }
result<port::failed_counts> engine::count_failed() { return inner_->given.journal->count_failed(); }
bool engine::ready() const { return inner_->running && inner_->writing.works() && !inner_->given.clock->doubtful(); }
std::string engine::endings_trouble() const { return inner_->endings.trouble(); }
const port::clock& engine::clock() const { return *inner_->given.clock; }

}  // namespace keepline::engine
