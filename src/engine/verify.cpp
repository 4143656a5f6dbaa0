// The whole journal, folded and hashed again from its entries and compared with what is stored beside them. Reads only;
// on the thread that asks.
#include "engine/codec.hpp"
#include "engine/history.hpp"

namespace keepline::engine {

namespace {

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
        if (one.previous != last_seq_) return at(one.version, "does not point to the entry before it");
        if (one.partition != port::partition_of(row_.key)) return at(one.version, "is in the wrong partition");
        if (one.hash != port::entry_hash(head_, one)) return at(one.version, "does not match its hash");
        const auto events = decode_events(row_.key.kind, one.events);
        if (!events) return at(one.version, "has events that cannot be read");
        for (const auto& event : *events) evolve(view_, event);
        view_.version = one.version;
        if (one.version == row_.snapshot_version && encode_state(view_) != row_.snapshot)
            return at(one.version, "folds to another state than the snapshot");
        head_ = one.hash;
        last_seq_ = one.seq;
        return {};
    }

    std::string finish() const {
        if (view_.version != row_.version)
            return at(row_.version, "is the stream's version, but its entries end at " + std::to_string(view_.version));
        if (view_.version == 0) return {};
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

}  // namespace

result<verification> verify(port::journal& of) {
    verification found;
    std::optional<stream_check> current;
    const auto holds = [&](std::string mismatch) {
        found.first_mismatch = std::move(mismatch);
        return found.first_mismatch.empty();
    };
    CHECK(of.scan(
        [&](const port::stream& row) {
            if (current && !holds(current->finish())) return false;
            current.emplace(row);
            ++found.streams;
            return true;
        },
        [&](const port::entry& one) {
            ++found.entries;
            return holds(current ? current->add(one) : "an entry comes before every stream");
        }));
    if (found.first_mismatch.empty() && current) holds(current->finish());
    return found;
}

}  // namespace keepline::engine
