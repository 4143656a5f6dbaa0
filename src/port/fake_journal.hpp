// The journal in memory, with the semantics of a real one (the contract tests of src/store run on it too). For unit
// tests and the simulation of what stands above the store. Any thread. It can be told to misbehave: version conflicts,
// a full disk, a commit of which nobody knows what became, failing reads, and a hook right before a commit becomes
// visible.
#pragma once

#include "port/journal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

namespace keepline::port {

class fake_journal : public journal {
 public:
    // -- misbehaviour and what tests look at

    /// The next `writes` writes answer version_conflict and change nothing.
    void conflict_next(int writes) {
        const std::scoped_lock held(mutex_);
        conflicts_ = writes;
    }
    /// own() does not fence whoever owned before: for what several owners could do to one stream.
    void fence_nobody() {
        const std::scoped_lock held(mutex_);
        fences_ = false;
    }
    /// The next `writes` writes that begin a stream are refused, as one whose id is taken.
    void refuse_next(int writes) {
        const std::scoped_lock held(mutex_);
        refusals_ = writes;
    }
    enum class disk { has_room, only_the_reserve, full };
    /// `only_the_reserve`: batches that are not urgent are refused; `full`: all.
    void disk_is(disk how) {
        const std::scoped_lock held(mutex_);
        disk_ = how;
    }
    /// The next batch answers `unknown`, and was applied or not.
    void lose_next_answer(bool applied) {
        const std::scoped_lock held(mutex_);
        lost_answer_ = applied;
    }
    /// Who has this partition now.
    std::int64_t epoch_of(int partition) const {
        const std::scoped_lock held(mutex_);
        return owners_[static_cast<std::size_t>(partition)];
    }
    /// Every read answers this until it is cleared.
    void fail_reads(std::optional<base::error> how) {
        const std::scoped_lock held(mutex_);
        failure_ = std::move(how);
    }
    /// Called with every batch before it is applied (the place to block, to count, or to end a simulated process).
    void before_commit(std::function<void(const batch&)> hook) {
        const std::scoped_lock held(mutex_);
        hook_ = std::move(hook);
    }
    /// What lies in the journal now, whole: for tests that tamper with history, or compare two of them.
    std::vector<entry>& all_entries() { return entries_; }
    std::map<std::int64_t, stream>& all_streams() { return streams_; }
    int commits() const {
        const std::scoped_lock held(mutex_);
        return commits_;
    }

    // -- journal

    result<std::optional<stream>> load(const stream_key& key) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        return copy_of(find(key));
    }
    result<std::optional<stream>> load_public(std::string_view public_id) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        for (const auto& [id, one] : streams_)
            if (one.public_id == public_id) return one;
        return std::nullopt;
    }
    result<std::vector<stream_key>> streams_on(std::string_view eid, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<stream_key> out;
        for (const auto& [device, id] : devices_)
            if (device == eid && out.size() < limit) out.push_back(find(id)->key);
        return out;
    }
    result<std::optional<stream>> load_reference(std::string_view name) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        const auto named = references_.find(std::string(name));
        return named == references_.end() ? std::nullopt : copy_of(find(named->second));
    }
    result<std::optional<stream>> load_id(std::int64_t id) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        return copy_of(find(id));
    }

    result<std::int64_t> own(const partition_set& which) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        if (!fences_) return last_epoch_;
        ++last_epoch_;
        for (std::size_t i = 0; i < owners_.size(); ++i)
            if (which[i]) owners_[i] = last_epoch_;
        return last_epoch_;
    }

    commit_report commit(batch& what) override {
        std::function<void(const batch&)> hook;
        {
            const std::scoped_lock held(mutex_);
            hook = hook_;
        }
        if (hook) hook(what);
        const std::scoped_lock held(mutex_);
        if (!owns(what)) return whole(what, commit_outcome::fenced, base::code::not_owner);
        if (disk_ == disk::full || (disk_ == disk::only_the_reserve && !what.urgent))
            return whole(what, commit_outcome::refused, base::code::storage_full);
        const auto lost = std::exchange(lost_answer_, std::nullopt);
        if (lost == false) return whole(what, commit_outcome::unknown, base::code::outcome_unknown);
        commit_report report;
        for (auto& one : what.writes) report.writes.push_back(apply(one));
        for (const auto& c : what.cursors) cursors_[{c.destination, c.upto.partition()}] = c.upto;
        for (const auto& h : what.horizons) horizons_[h.destination] = h.position;
        for (const auto& r : what.retries) retries_[r.effect] = r;
        for (const auto& done : what.retries_done) retries_.erase(done);
        for (const auto& a : what.awaited) awaited_[a.receipt] = a;
        for (const auto& done : what.receipts_done) awaited_.erase(done);
        std::erase_if(awaited_, [&](const auto& item) { return item.second.until < what.forget_awaited_before; });
        ++commits_;
        if (lost) return whole(what, commit_outcome::unknown, base::code::outcome_unknown);
        return report;
    }

    room space() override {
        const std::scoped_lock held(mutex_);
        if (disk_ == disk::has_room) return {1LL << 30, 1LL << 20, true};
        return {0, disk_ == disk::full ? 0 : 1LL << 20, false};
    }

    result<std::vector<entry>> entries(std::int64_t of, std::uint64_t from_version, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<entry> out;
        for (const auto& one : entries_)
            if (one.stream == of && one.version >= from_version && out.size() < limit) out.push_back(one);
        return out;
    }

    result<page> list(const stream_filter& which, std::string_view after, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        using place = std::pair<std::int64_t, std::int64_t>;  // (review_due or 0, id): the order of the list
        place last{INT64_MIN, 0};
        if (!after.empty()) {
            const auto dot = after.find('.');
            const auto number = [](std::string_view text, std::int64_t& out) {
                const auto end = text.data() + text.size();
                return !text.empty() &&
                       std::from_chars(text.data(), end, out) == std::from_chars_result{end, std::errc{}};
            };
            if (dot == std::string_view::npos || !number(after.substr(0, dot), last.first) ||
                !number(after.substr(dot + 1), last.second))
                return base::refuse(base::code::invalid, "The page cursor is not one this list gave out.");
        }
        std::vector<std::pair<place, const stream*>> fitting;
        for (const auto& [id, one] : streams_) {
            const auto& index = one.index;
            if (which.kind && one.key.kind != *which.kind) continue;
            if (!which.subscriber.empty() && index.subscriber != which.subscriber) continue;
            if (!which.stage.empty() && index.stage != which.stage) continue;
            if (which.only_provisional && !index.date_provisional) continue;
            if (which.review_due_before && (!index.review_due || index.review_due >= *which.review_due_before))
                continue;
            if (which.asked_after && !(*which.asked_after < index.asked_until)) continue;
            if (which.only_money_waiting && !index.money_waits) continue;
            if (which.only_checks && !index.check_since) continue;
            if (!which.profile_type.empty() && index.profile_type != which.profile_type) continue;
            if (!which.profile_state.empty() && index.profile_state != which.profile_state) continue;
            if (!which.matching_id.empty() && index.matching_id != which.matching_id) continue;
            if (!which.eid.empty() && index.eid != which.eid) continue;
            if (!which.order_call.empty() && index.order_call != which.order_call) continue;
            const place here{which.review_due_before ? index.review_due.ms
                             : which.only_checks     ? index.check_since.ms
                                                     : 0,
                             id};
            if (here > last) fitting.emplace_back(here, &one);
        }
        std::sort(fitting.begin(), fitting.end());
        page out;
        for (const auto& [here, one] : fitting) {
            if (out.streams.size() == limit) {
                const auto& end = fitting[limit - 1].first;
                out.next = std::to_string(end.first) + "." + std::to_string(end.second);
                break;
            }
            out.streams.push_back(*one);
        }
        return out;
    }

    result<std::optional<stream_key>> holder_of(std::string_view matching_id) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        for (const auto& [id, one] : streams_)
            if (!matching_id.empty() && one.index.matching_id == matching_id) return one.key;
        return std::nullopt;
    }

    result<std::optional<stream_key>> waiting_for(std::string_view eid, std::size_t skip) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<const stream*> all;
        for (const auto& [id, one] : streams_)
            if (!eid.empty() && one.index.eid == eid && one.index.waits_since) all.push_back(&one);
        std::ranges::sort(all, {}, [](const stream* one) { return *one->index.waits_since; });
        return skip < all.size() ? std::optional(all[skip]->key) : std::nullopt;
    }

    result<std::vector<stream_key>> due(instant now, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<std::tuple<std::int64_t, std::int64_t, const stream*>> ripe;
        for (const auto& [id, one] : streams_)
            if (one.next_due && *one.next_due <= now) ripe.emplace_back(one.next_due->ms, id, &one);
        std::sort(ripe.begin(), ripe.end());
        std::vector<stream_key> out;
        for (const auto& [when, id, one] : ripe)
            if (out.size() < limit) out.push_back(one->key);
        return out;
    }

    result<std::int64_t> due_between(instant from, instant until) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        return std::ranges::count_if(streams_, [&](const auto& row) {
            const auto& due = row.second.next_due;
            return due && *due >= from && *due < until;
        });
    }

    result<std::vector<cursor>> cursors() override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<cursor> out;
        for (const auto& [lane, upto] : cursors_) out.push_back({lane.first, upto});
        return out;
    }
    result<std::vector<horizon>> horizons() override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<horizon> out;
        for (const auto& [destination, position] : horizons_) out.push_back({destination, position});
        return out;
    }
    result<std::vector<partition_head>> heads() override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<partition_head> out;
        for (const auto& [partition, one] : heads_) out.push_back(one);
        return out;
    }
    result<std::int64_t> last_position() override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        return static_cast<std::int64_t>(entries_.size());
    }
    result<std::vector<outbox_entry>> outbox(std::int64_t after, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<outbox_entry> out;
        for (const auto& one : entries_)
            if (one.position > after && one.destinations != 0 && out.size() < limit) out.push_back(outbox_part(one));
        return out;
    }
    result<std::vector<change>> changes(std::int64_t after, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<change> out;
        for (const auto& one : entries_) {
            if (one.position <= after || out.size() >= limit) continue;
            const auto* of = find(one.stream);
            if (of != nullptr) out.push_back({one.position, of->key, of->public_id, one.events});
        }
        return out;
    }
    result<std::optional<outbox_entry>> outbox_entry_of(const retry& what) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        for (const auto& one : entries_)
            if (one.id() == what.effect.entry()) return outbox_part(one);
        return std::nullopt;
    }
    result<std::vector<retry>> retries_due(instant now, std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<retry> out;
        for (const auto& [id, one] : retries_)
            if (!one.dead && one.next_at <= now) out.push_back(one);
        std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
            return std::tie(a.next_at, a.effect) < std::tie(b.next_at, b.effect);
        });
        if (out.size() > limit) out.resize(limit);
        return out;
    }
    result<std::vector<retry>> retries(bool dead, int destination, std::int64_t after_effect,
                                       std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<retry> out;
        for (const auto& [id, one] : retries_)
            if (one.dead == dead && (destination < 0 || one.destination == destination) && id.value > after_effect &&
                out.size() < limit)
                out.push_back(one);
        return out;
    }
    result<std::optional<std::int64_t>> stream_awaiting(std::string_view receipt) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        const auto found = awaited_.find(receipt);
        if (found == awaited_.end()) return std::nullopt;
        return found->second.stream;
    }

    result<std::optional<base::bytes>> sealed(std::string_view subscriber, std::string_view kind) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        const auto found = sealed_.find({std::string(subscriber), std::string(kind)});
        if (found == sealed_.end()) return std::nullopt;
        return found->second;
    }
    result<std::vector<std::string>> sealed_for(std::string_view kind, std::string_view after,
                                                std::size_t limit) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<std::string> out;
        for (const auto& [name, sealed] : sealed_)
            if (name.second == kind && name.first > after && out.size() < limit) out.push_back(name.first);
        return out;
    }
    result<std::vector<std::string>> sealed_kinds(std::string_view subscriber, std::string_view prefix) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        std::vector<std::string> out;
        for (const auto& [name, sealed] : sealed_)
            if (name.first == subscriber && name.second.starts_with(prefix)) out.push_back(name.second);
        return out;
    }
    result<bool> has_sealed(std::string_view subscriber) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        const auto found = sealed_.lower_bound({std::string(subscriber), std::string()});
        return found != sealed_.end() && found->first.first == subscriber;
    }

    result<store_counts> counts(instant now) override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        store_counts out;
        out.streams = static_cast<std::int64_t>(streams_.size());
        out.entries = static_cast<std::int64_t>(entries_.size());
        std::map<std::string, std::int64_t> stages;
        std::map<std::string, std::int64_t> stock;
        static_cast<failed_counts&>(out) = failed_now();
        for (const auto& [id, one] : streams_) {
            if (!one.index.stage.empty() && !is_end_of_case(one.index.stage)) ++stages[one.index.stage];
            if (one.index.review_due && one.index.review_due < now) ++out.overdue_reviews;
            if (one.index.money_waits) ++out.money_waiting;
            if (one.index.profile_state == "available") ++stock[one.index.profile_type];
        }
        out.closures_by_stage.assign(stages.begin(), stages.end());
        out.stock_by_type.assign(stock.begin(), stock.end());
        return out;
    }
    result<failed_counts> count_failed() override {
        const std::scoped_lock held(mutex_);
        if (failure_) return std::unexpected(*failure_);
        return failed_now();
    }

    result<void> scan(const std::function<bool(const stream&)>& on_stream,
                      const std::function<bool(const entry&)>& on_entry) override {
        std::map<std::int64_t, stream> streams;
        std::vector<entry> entries;
        {
            const std::scoped_lock held(mutex_);
            if (failure_) return std::unexpected(*failure_);
            streams = streams_;
            entries = entries_;
        }
        for (const auto& [id, one] : streams) {
            if (!on_stream(one)) return {};
            for (const auto& record : entries)
                if (record.stream == id && !on_entry(record)) return {};
        }
        return {};
    }

    result<void> walk(const std::function<bool(const entry&)>& visit) override {
        std::vector<entry> entries;
        {
            const std::scoped_lock held(mutex_);
            if (failure_) return std::unexpected(*failure_);
            entries = entries_;
        }
        for (const auto& one : entries)
            if (!visit(one)) break;
        return {};
    }

    result<void> copy_to(const std::string&) override {
        return base::refuse(base::code::unavailable, "A journal in memory has no file to copy.");
    }

 private:
    failed_counts failed_now() const {  // with the lock held
        std::map<int, std::int64_t> dead;
        std::map<int, std::int64_t> waiting;
        for (const auto& [id, one] : retries_) ++(one.dead ? dead : waiting)[one.destination];
        return {{dead.begin(), dead.end()}, {waiting.begin(), waiting.end()}};
    }
    const stream* find(std::int64_t id) const {
        const auto found = streams_.find(id);
        return found == streams_.end() ? nullptr : &found->second;
    }
    const stream* find(const stream_key& key) const {
        const auto found = ids_.find(key);
        return found == ids_.end() ? nullptr : find(found->second);
    }
    static std::optional<stream> copy_of(const stream* found) {
        return found == nullptr ? std::nullopt : std::optional(*found);
    }
    static outbox_entry outbox_part(const entry& e) {
        return {e.partition, e.seq, e.position, e.stream, e.at, e.meta, e.effects, e.hash, e.destinations};
    }

    bool owns(const batch& what) const {
        const auto mine = [&](int partition) { return owners_[static_cast<std::size_t>(partition)] == what.epoch; };
        return std::ranges::find(owners_, what.epoch) != owners_.end() &&
               std::ranges::all_of(what.writes, [&](const auto& w) { return mine(partition_of(w.after.key)); }) &&
               std::ranges::all_of(what.cursors, [&](const auto& c) { return mine(c.upto.partition()); }) &&
               std::ranges::all_of(what.retries, [&](const auto& r) { return mine(r.effect.partition()); });
    }

    static commit_report whole(const batch& what, commit_outcome outcome, base::code why) {
        return {outcome, base::error{why, std::string(base::info(why).title)},
                std::vector(what.writes.size(), outcome)};
    }

    bool is_taken(const write& what, const stream* before) const {
        if (std::ranges::any_of(what.references, [&](const auto& one) { return references_.contains(one); }))
            return true;
        return std::ranges::any_of(streams_, [&](const auto& one) {
            return one.second.public_id == what.after.public_id && &one.second != before;
        });
    }

    commit_outcome apply(write& what) {
        ensure_well_formed(what);
        auto& after = what.after;
        const stream* before = find(after.key);
        const std::uint64_t holds = before == nullptr ? 0 : before->version;
        if (conflicts_ > 0 || holds + (what.record ? 1 : 0) != after.version ||
            (after.id != 0 && (before == nullptr || before->id != after.id))) {
            conflicts_ = std::max(0, conflicts_ - 1);
            return commit_outcome::version_conflict;
        }
        if (what.record && ((refusals_ > 0 && before == nullptr) || is_taken(what, before))) {
            refusals_ = std::max(0, refusals_ - 1);
            what.refusal = base::error{base::code::id_taken, "The id belongs to something else."};
            return commit_outcome::refused;
        }
        if (what.record) {
            after.id = before == nullptr ? static_cast<std::int64_t>(streams_.size()) + 1 : before->id;
            auto& record = *what.record;
            auto& head = heads_[record.partition];
            record.seq = after.head_seq = head.seq + 1;
            record.position = static_cast<std::int64_t>(entries_.size()) + 1;
            record.stream = after.id;
            record.chain = chain_after(head.chain, record.id(), record.hash);
            head = {record.partition, record.seq, record.chain};
            entries_.push_back(record);
            auto next = after;
            next.snapshot_version = next.version;
            if (next.snapshot.empty()) {
                next.snapshot = before == nullptr ? "" : before->snapshot;
                next.snapshot_version = before == nullptr ? 0 : before->snapshot_version;
            }
            streams_[after.id] = std::move(next);
            ids_[after.key] = after.id;
        } else if (before != nullptr) {
            after.id = before->id;
            auto& kept = streams_[after.id];
            kept.recent = after.recent;
            kept.next_due = after.next_due;
            kept.index = after.index;
        }
        for (const auto& name : what.references) references_.emplace(name, after.id);
        for (const auto& eid : what.devices) devices_.emplace(eid, after.id);
        for (const auto& row : what.vault) {
            if (row.sealed.empty())
                sealed_.erase({row.subscriber, row.kind});
            else
                sealed_[{row.subscriber, row.kind}] = row.sealed;
        }
        return commit_outcome::done;
    }

    mutable std::mutex mutex_;
    int conflicts_ = 0;
    int refusals_ = 0;
    int commits_ = 0;
    std::optional<base::error> failure_;
    std::function<void(const batch&)> hook_;
    std::map<std::string, std::int64_t> references_;
    std::set<std::pair<std::string, std::int64_t>> devices_;
    std::map<std::int64_t, stream> streams_;
    std::map<stream_key, std::int64_t> ids_;
    std::vector<entry> entries_;  // position = place + 1
    std::map<int, partition_head> heads_;
    std::array<std::int64_t, partition_count> owners_{};
    std::int64_t last_epoch_ = 0;
    bool fences_ = true;
    disk disk_ = disk::has_room;
    std::optional<bool> lost_answer_;
    std::map<int, std::int64_t> horizons_;
    std::map<std::pair<int, int>, effect_id> cursors_;
    std::map<effect_id, retry> retries_;
    std::map<std::string, awaited_receipt, std::less<>> awaited_;
    std::map<std::pair<std::string, std::string>, base::bytes> sealed_;
};

}  // namespace keepline::port
