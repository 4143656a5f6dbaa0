// What every journal does, as tests (journal_contract_test.cpp): the fake, SQLite, and later PostgreSQL run them. A
// store joins by saying INSTANTIATE_TEST_SUITE_P(name, journal_contract, testing::Values(journal_maker{…})) in its own
// test file.
#pragma once

#include "port/journal.hpp"

#include <functional>
#include <memory>
#include <ostream>

#include <gtest/gtest.h>

namespace keepline::store {

struct journal_maker {
    std::string name;
    std::function<std::shared_ptr<port::journal>()> make;  // a new, empty one
    /// Fills the disk under it (but for its reserve), or makes room again.
    std::function<void(port::journal&, bool full)> disk_is_full{};
    /// Whether space() sees what disk_is_full() does, too, and not only commits.
    bool space_sees_it = true;
    friend std::ostream& operator<<(std::ostream& out, const journal_maker& what) { return out << what.name; }
};

inline port::stream_key number_key(int n) {
    return {port::stream_kind::number, "+86138" + std::to_string(10'000'000 + n)};
}

/// The next step of a stream, as an engine would write it.
inline port::write step(const port::stream& before, const std::string& word = "step", std::uint32_t destinations = 0) {
    port::write out;
    out.after = before;
    ++out.after.version;
    out.after.snapshot = R"({"word":")" + word + R"("})";
    port::entry record;
    record.version = out.after.version;
    record.at = {1'700'000'000'000 + static_cast<std::int64_t>(out.after.version)};
    record.meta = R"({"by":"test"})";
    record.events = R"([{"type":")" + word + R"("}])";
    record.destinations = destinations;
    record.effects = destinations == 0 ? "" : R"([{"type":"send_notice"}])";
    record.partition = port::partition_of(before.key);
    record.hash = port::entry_hash(before.head, record);
    out.after.head = record.hash;
    out.record = std::move(record);
    return out;
}

inline port::stream unborn(int n) {
    port::stream out;
    out.key = number_key(n);
    out.public_id = "ln_" + std::to_string(n);
    return out;
}

class journal_contract : public testing::TestWithParam<journal_maker> {
 protected:
    std::shared_ptr<port::journal> journal = GetParam().make();

    /// Commits one write that must succeed, and answers the stream after it.
    port::stream put(port::write what) {
        port::batch batch;
        batch.writes.push_back(std::move(what));
        EXPECT_EQ(journal->commit(batch).writes.at(0), port::commit_outcome::done);
        return batch.writes[0].after;
    }
    port::stream at(const port::stream_key& key) {
        const auto found = journal->load(key);
        return found && *found ? **found : port::stream{};
    }
};

inline void expect_same(const port::stream& a, const port::stream& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.public_id, b.public_id);
    EXPECT_EQ(a.version, b.version);
    EXPECT_EQ(a.head, b.head);
    EXPECT_EQ(a.head_seq, b.head_seq);
    EXPECT_EQ(a.snapshot, b.snapshot);
    EXPECT_EQ(a.recent, b.recent);
    EXPECT_EQ(a.next_due, b.next_due);
    EXPECT_EQ(a.index, b.index);
}

}  // namespace keepline::store
