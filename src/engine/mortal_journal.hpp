// For tests only: a process that dies at a commit of its own choosing, and the journal as that process sees it.
#pragma once

#include "port/journal.hpp"

#include <atomic>

namespace keepline::engine::testing {

/// One process: when it dies, nothing that it still does reaches the journal, a peer or a client.
struct life {
    std::atomic<bool> dead{false};
    std::atomic<int> commits_left{0};
    bool dies_after_applying = false;
};

/// The journal as one process sees it.
class mortal_journal final : public port::journal {
 public:
    mortal_journal(port::journal& of, life& mine) : of_(of), mine_(mine) {}
    port::commit_report commit(port::batch& what) override {
        const bool last = --mine_.commits_left <= 0;
        if (last && !mine_.dies_after_applying) mine_.dead = true;
        if (mine_.dead) return {{}, {}, std::vector(what.writes.size(), port::commit_outcome::done)};
        auto report = of_.commit(what);
        if (last) mine_.dead = true;
        return report;
    }
    base::result<std::int64_t> own(const port::partition_set& which) override { return of_.own(which); }
    port::room space() override { return of_.space(); }
    base::result<std::optional<port::stream>> load(const port::stream_key& key) override { return of_.load(key); }
    base::result<std::optional<port::stream>> load_public(std::string_view id) override { return of_.load_public(id); }
    base::result<std::optional<port::stream>> load_reference(std::string_view name) override {
        return of_.load_reference(name);
    }
    base::result<std::vector<port::stream_key>> streams_on(std::string_view eid, std::size_t limit) override {
        return of_.streams_on(eid, limit);
    }
    base::result<std::optional<port::stream>> load_id(std::int64_t id) override { return of_.load_id(id); }
    base::result<std::vector<port::entry>> entries(std::int64_t of, std::uint64_t from, std::size_t limit) override {
        return of_.entries(of, from, limit);
    }
    base::result<port::page> list(const port::stream_filter& f, std::string_view after, std::size_t limit) override {
        return of_.list(f, after, limit);
    }
    base::result<std::optional<port::stream_key>> holder_of(std::string_view matching_id) override {
        return of_.holder_of(matching_id);
    }
    base::result<std::optional<port::stream_key>> waiting_for(std::string_view eid, std::size_t skip) override {
        return of_.waiting_for(eid, skip);
    }
    base::result<std::vector<port::stream_key>> due(base::instant now, std::size_t limit) override {
        return of_.due(now, limit);
    }
    base::result<std::vector<port::cursor>> cursors() override { return of_.cursors(); }
    base::result<void> walk(const std::function<bool(const port::entry&)>& visit) override { return of_.walk(visit); }
    base::result<std::vector<port::horizon>> horizons() override { return of_.horizons(); }
    base::result<std::vector<port::partition_head>> heads() override { return of_.heads(); }
    base::result<std::int64_t> last_position() override { return of_.last_position(); }
    base::result<std::vector<port::outbox_entry>> outbox(std::int64_t after, std::size_t limit) override {
        return of_.outbox(after, limit);
    }
    base::result<std::vector<port::change>> changes(std::int64_t after, std::size_t limit) override {
        return of_.changes(after, limit);
    }
    base::result<std::optional<port::outbox_entry>> outbox_entry_of(const port::retry& what) override {
        return of_.outbox_entry_of(what);
    }
    base::result<std::int64_t> due_between(base::instant from, base::instant until) override {
        return of_.due_between(from, until);
    }
    base::result<std::vector<port::retry>> retries_due(base::instant now, std::size_t limit) override {
        return of_.retries_due(now, limit);
    }
    base::result<std::vector<port::retry>> retries(bool dead, int d, std::int64_t after, std::size_t limit) override {
        return of_.retries(dead, d, after, limit);
    }
    base::result<std::optional<std::int64_t>> stream_awaiting(std::string_view receipt) override {
        return of_.stream_awaiting(receipt);
    }
    base::result<std::optional<base::bytes>> sealed(std::string_view s, std::string_view k) override {
        return of_.sealed(s, k);
    }
    base::result<std::vector<std::string>> sealed_for(std::string_view kind, std::string_view after,
                                                      std::size_t limit) override {
        return of_.sealed_for(kind, after, limit);
    }
    base::result<std::vector<std::string>> sealed_kinds(std::string_view s, std::string_view prefix) override {
        return of_.sealed_kinds(s, prefix);
    }
    base::result<bool> has_sealed(std::string_view s) override { return of_.has_sealed(s); }
    base::result<port::store_counts> counts(base::instant now) override { return of_.counts(now); }
    base::result<port::failed_counts> count_failed() override { return of_.count_failed(); }
    base::result<void> scan(const std::function<bool(const port::stream&)>& on_stream,
                            const std::function<bool(const port::entry&)>& on_entry) override {
        return of_.scan(on_stream, on_entry);
    }
    base::result<void> copy_to(const std::string& path) override { return of_.copy_to(path); }

 private:
    port::journal& of_;
    life& mine_;
};

}  // namespace keepline::engine::testing
