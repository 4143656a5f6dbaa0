// The whole journal, folded and hashed again from its entries and compared with what is stored beside them: each
// partition from its first entry to its last, then each stream. Beside a running server, too: what is committed
// meanwhile is more than what was seen, never less. Reads only; on the thread that asks.
#include "engine/codec.hpp"
#include "engine/history.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace keepline::engine {

namespace {

/// How far a stream was when it was folded.
struct folded_stream {
    std::uint64_t version = 0;
    base::digest hash{};
    std::uint64_t walked = 0;  // its version in the partition
};
using folded_streams = std::unordered_map<std::int64_t, folded_stream>;

std::string named(const port::partition_head& head) {
    return "partition " + std::to_string(head.partition) + " entry " + std::to_string(head.seq);
}

/// All partitions while their entries come by.
class partition_check {
 public:
    explicit partition_check(folded_streams streams) : streams_(std::move(streams)) {}
    /// A head that the journal had, and so must pass.
    void expect(const port::partition_head& head) { expected_[head.partition].heads.push_back(head); }
    /// After all are known: there may be one for each minute of years.
    void begin() {
        for (auto& [partition, one] : expected_) std::ranges::sort(one.heads, {}, &port::partition_head::seq);
    }

    std::string add(const port::entry& one) {
        auto& head = reached_[one.partition];
        if (one.seq != head.seq + 1)
            return named({one.partition, one.seq, {}}) + " comes after entry " + std::to_string(head.seq);
        head = {one.partition, one.seq, port::chain_after(head.chain, one.id(), one.hash)};
        if (head.chain != one.chain) return named(head) + " does not match its partition's chain";
        auto& stream = streams_[one.stream];
        if (one.version != stream.walked + 1)
            return named(head) + " is version " + std::to_string(one.version) + " of a stream that was at version " +
                   std::to_string(stream.walked);
        stream.walked = one.version;
        if (one.version == stream.version && one.hash != stream.hash)
            return named(head) + " is another entry than its stream's";
        auto& [wanted, next] = expected_[one.partition];
        for (; next < wanted.size() && wanted[next].seq <= head.seq; ++next)
            if (wanted[next].seq == head.seq && wanted[next].chain != head.chain)
                return named(head) + " is not the entry that was there before";
        ++entries_;
        return {};
    }
    /// `is_there`: has the stream a row by now?
    std::string finish(const std::function<bool(std::int64_t)>& is_there) const {
        for (const auto& [partition, one] : expected_)
            for (const auto& wanted : one.heads)
                if (seq_of(partition) < wanted.seq)
                    return named(wanted) + " is gone: the partition ends at entry " + std::to_string(seq_of(partition));
        for (const auto& [id, one] : streams_) {
            if (one.walked < one.version)
                return "stream " + std::to_string(id) + " has " + std::to_string(one.version) +
                       " entries, but its partition has " + std::to_string(one.walked);
            if (one.version == 0 && !is_there(id))
                return "stream " + std::to_string(id) + " is gone, but its partition has " +
                       std::to_string(one.walked) + " entries of it";
        }
        return {};
    }
    std::int64_t seq_of(int partition) const {
        const auto found = reached_.find(partition);
        return found == reached_.end() ? 0 : found->second.seq;
    }
    std::int64_t entries() const { return entries_; }

 private:
    struct expectation {
        std::vector<port::partition_head> heads;  // by their numbers, once all are known
        std::size_t next = 0;                     // the first that the walk has not come to
    };
    std::map<int, expectation> expected_;
    std::map<int, port::partition_head> reached_;
    folded_streams streams_;
    std::int64_t entries_ = 0;
};

/// One stream while its entries come by.
class stream_check {
 public:
    explicit stream_check(const port::stream& row)
        : row_(row), view_(empty_view(row.key)), head_(chain_start(row.key)) {}

    /// What does not hold, in words; empty: all well.
    std::string add(const port::entry& one) {
        if (one.version != view_.version + 1)
            return at(one.version, "comes after version " + std::to_string(view_.version));
        if (one.stream != row_.id) return at(one.version, "belongs to another stream");
        if (one.partition != port::partition_of(row_.key)) return at(one.version, "is in the wrong partition");
        if (one.hash != port::entry_hash(head_, one)) return at(one.version, "does not match its hash");
        const auto events = decode_events(row_.key.kind, one.events);
        if (!events) return at(one.version, "has events that cannot be read");
        for (const auto& event : *events) evolve(view_, event);
        if (const auto why = unsound(view_)) return at(one.version, "leads to what cannot be: " + *why);
        view_.version = one.version;
        const bool of_now = !row_.snapshot.empty();  // not from before an upgrade
        if (of_now && one.version == row_.snapshot_version && encode_state(view_) != row_.snapshot)
            return at(one.version, "folds to another state than the snapshot");
        head_ = one.hash;
        last_seq_ = one.seq;
        return {};
    }

    folded_stream folded() const { return {row_.version, row_.head, 0}; }
    std::int64_t id() const { return row_.id; }
    bool is_cleared() const {
        if (view_.version == 0) return false;
        if (row_.key.kind == port::stream_kind::plan) return view_.plan().cleared;
        return row_.key.kind == port::stream_kind::subscriber && view_.subscriber().cleared;
    }
    const std::string& key() const { return row_.key.key; }

    std::string finish() const {
        if (view_.version != row_.version)
            return at(row_.version, "is the stream's version, but its entries end at " + std::to_string(view_.version));
        if (view_.version == 0) return {};
        if (index_of(view_) != row_.index) return at(row_.version, "is found by other columns than its state has");
        if (next_due_of(view_) != row_.next_due) return at(row_.version, "is due at another time than its state says");
        if (head_ != row_.head) return at(row_.version, "has another hash than the stream's head");
        if (last_seq_ != row_.head_seq) return at(row_.version, "is not where the stream's head points to");
        if (row_.snapshot_version > row_.version) return at(row_.snapshot_version, "has a snapshot but no entry");
        if (row_.version - row_.snapshot_version >= snapshot_every)
            return at(row_.version, "has no snapshot since version " + std::to_string(row_.snapshot_version));
        return {};
    }

 private:
    std::string at(std::uint64_t version, std::string words) const {
        return row_.public_id + " version " + std::to_string(version) + " " + std::move(words);
    }

    port::stream row_;
    stream_view view_;
    base::digest head_;
    std::int64_t last_seq_ = 0;
};

/// What was settled lies before the journal's end.
result<std::string> outbox_mismatch(port::journal& of, const partition_check& partitions) {
    TRY(last, of.last_position());
    TRY(horizons, of.horizons());
    for (const auto& one : horizons)
        if (one.position < 0 || one.position > last)
            return "destination " + std::to_string(one.destination) + " is settled past the journal's end";
    TRY(cursors, of.cursors());
    TRY(heads, of.heads());  // now: the server may have gone on
    const auto end_of = [&](int partition) {
        const auto found = std::ranges::find(heads, partition, &port::partition_head::partition);
        return std::max(partitions.seq_of(partition), found == heads.end() ? 0 : found->seq);
    };
    for (const auto& one : cursors)
        if (one.upto.seq() > end_of(one.upto.partition()))
            return "destination " + std::to_string(one.destination) + " is settled past the end of partition " +
                   std::to_string(one.upto.partition());
    return std::string();
}

}  // namespace

result<verification> verify(port::journal& of, const std::vector<port::partition_head>& anchored) {
    verification found;
    const auto holds = [&](std::string mismatch) {
        found.first_mismatch = std::move(mismatch);
        return found.first_mismatch.empty();
    };
    TRY(heads, of.heads());
    folded_streams folded;
    std::optional<stream_check> current;
    const auto end_stream = [&] {
        if (!current) return true;
        folded[current->id()] = current->folded();
        if (current->is_cleared()) found.cleared.push_back(current->key());
        return holds(current->finish());
    };
    CHECK(of.scan(
        [&](const port::stream& row) {
            if (!end_stream()) return false;
            current.emplace(row);
            ++found.streams;
            return true;
        },
        [&](const port::entry& one) {
            return holds(current ? current->add(one) : "an entry comes before every stream");
        }));
    if (!found.first_mismatch.empty() || !end_stream()) return found;

    partition_check partitions(std::move(folded));
    for (const auto& one : heads) partitions.expect(one);
    for (const auto& one : anchored) partitions.expect(one);
    partitions.begin();
    CHECK(of.walk([&](const port::entry& one) { return holds(partitions.add(one)); }));
    found.entries = partitions.entries();
    if (!found.first_mismatch.empty()) return found;
    const auto is_there = [&](std::int64_t id) {
        const auto row = of.load_id(id);
        return row && row->has_value();
    };
    if (!holds(partitions.finish(is_there))) return found;
    TRY(unsettled, outbox_mismatch(of, partitions));
    holds(std::move(unsettled));
    return found;
}

}  // namespace keepline::engine
