// Each of the ways in which a journal can be wrong is found, and named.
#include "engine/engine_world.hpp"

namespace keepline::engine::testing {
namespace {

struct tampering {
    const char* name;
    std::function<void(port::fake_journal&)> how;
    const char* found_as;
};

void fill(world& w) {
    const auto e = w.run();
    for (int n = 1; n <= 2; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(top_up(n, "a", 5)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
        for (const char* const more : {"b", "c", "d", "e", "f", "g"}) ASSERT_TRUE(e->submit_wait(top_up(n, more, 5)));
    }
}

TEST(verify, an_honest_journal_holds) {
    world w;
    fill(w);
    const auto found = verify(w.journal).value();
    EXPECT_EQ(found.first_mismatch, "");
    EXPECT_EQ(found.streams, 2);
    EXPECT_EQ(found.entries, static_cast<std::int64_t>(w.journal.all_entries().size()));
}

TEST(verify, every_kind_of_tampering_is_found) {
    const std::vector<tampering> cases{
        {"an event", [](auto& j) { j.all_entries()[1].events[12] ^= 1; }, "version 2 does not match its hash"},
        {"who did it", [](auto& j) { j.all_entries()[4].meta = "{}"; }, "version 5 does not match its hash"},
        {"an effect", [](auto& j) { j.all_entries()[0].effects += ' '; }, "version 1 does not match its hash"},
        {"the time", [](auto& j) { ++j.all_entries()[2].at.ms; }, "version 3 does not match its hash"},
        {"the snapshot", [](auto& j) { j.all_streams()[1].snapshot.insert(1, R"("generations":7,)"); },
         "version 8 folds to another state"},
        {"the snapshot left out",
         [](auto& j) {
             j.all_streams()[1].snapshot.clear();
             j.all_streams()[1].snapshot_version = 0;
         },
         "version 9 has no snapshot since version 0"},
        {"the snapshot's version", [](auto& j) { j.all_streams()[1].snapshot_version = 10; },
         "version 10 has a snapshot but no entry"},
        {"the head", [](auto& j) { j.all_streams()[2].head[0] ^= 1; }, "version 9 has another hash"},
        {"the version", [](auto& j) { ++j.all_streams()[1].version; }, "its entries end at 9"},
        {"an entry taken out", [](auto& j) { j.all_entries().erase(j.all_entries().begin() + 1); },
         "version 3 comes after version 1"},
        {"two histories swapped",
         [](auto& j) {
             for (auto& one : j.all_entries()) {
                 one.stream = 3 - one.stream;
                 one.partition = port::partition_of(j.all_streams()[one.stream].key);
             }
         },
         "version 1 does not match its hash"},
    };
    for (const auto& one : cases) {
        world w;
        fill(w);
        one.how(w.journal);
        const auto found = verify(w.journal).value();
        EXPECT_NE(found.first_mismatch.find(one.found_as), std::string::npos)
            << one.name << ": " << found.first_mismatch;
        EXPECT_TRUE(found.first_mismatch.starts_with("ln_")) << found.first_mismatch;
    }
}

/// As if somebody who can write the file had made the stream's own chain whole again.
void end_stream_at(port::fake_journal& j, std::int64_t id, std::size_t versions) {
    auto& row = j.all_streams()[id];
    std::erase_if(j.all_entries(), [&](const auto& e) { return e.stream == id && e.version > versions; });
    const auto last =
        std::ranges::find_if(j.all_entries(), [&](const auto& e) { return e.stream == id && e.version == versions; });
    row.version = versions;
    row.head = last->hash;
    row.head_seq = last->seq;
    row.snapshot_version = versions < 8 ? 0 : row.snapshot_version;
    if (versions < 8) row.snapshot.clear();
}

void forge_chain(port::fake_journal& j, std::int64_t id) {
    base::digest hash = chain_start(j.all_streams()[id].key);
    base::digest chain{};
    for (auto& one : j.all_entries()) {
        if (one.stream != id) continue;
        hash = one.hash = port::entry_hash(hash, one);
        chain = one.chain = port::chain_after(chain, one.id(), one.hash);
    }
    j.all_streams()[id].head = hash;
}

TEST(verify, what_makes_a_stream_whole_again_does_not_make_its_partition_whole) {
    const std::vector<tampering> cases{
        {"the last entry of a stream cut", [](auto& j) { end_stream_at(j, 1, 8); }, "entry 9 is gone"},
        {"a whole line deleted",
         [](auto& j) {
             std::erase_if(j.all_entries(), [](const auto& e) { return e.stream == 2; });
             j.all_streams().erase(2);
         },
         "entry 9 is gone"},
        {"a line's row deleted", [](auto& j) { j.all_streams().erase(2); }, "stream 2 is gone"},
        {"an entry rewritten, with all hashes behind it",
         [](auto& j) {
             j.all_entries()[4].meta = R"({"by":{"as":"agent","id":"mallory"}})";
             forge_chain(j, 1);
         },
         "is not the entry that was there before"},
        {"an event that leads to what cannot be, with all hashes behind it",
         [](auto& j) {
             j.all_entries()[1].events = R"([{"type":"customer_unlock_announced","at":1,"until":2}])";
             forge_chain(j, 1);
         },
         "version 2 leads to what cannot be: a lock comes off that is not there"},
        {"the partition's chain", [](auto& j) { j.all_entries()[3].chain[0] ^= 1; }, "does not match its partition's"},
        {"a cursor past the end",
         [](auto& j) {
             port::batch rows;
             rows.epoch = j.epoch_of(0);
             rows.cursors = {{0, port::effect_id::of({port::partition_of(number_key(1)), 10}, 0)}};
             j.commit(rows);
         },
         "is settled past the end of partition"},
        {"a horizon past the end",
         [](auto& j) {
             port::batch rows;
             rows.epoch = j.epoch_of(0);
             rows.horizons = {{3, 19}};
             j.commit(rows);
         },
         "is settled past the journal's end"},
    };
    ASSERT_NE(port::partition_of(number_key(1)), port::partition_of(number_key(2)));
    for (const auto& one : cases) {
        world w;
        fill(w);
        one.how(w.journal);
        const auto found = verify(w.journal).value();
        EXPECT_NE(found.first_mismatch.find(one.found_as), std::string::npos)
            << one.name << ": " << found.first_mismatch;
    }
}

TEST(verify, what_a_stream_is_found_by_and_where_it_stands_is_what_its_state_says) {
    const std::vector<tampering> cases{
        {"the day on which something is due", [](auto& j) { j.all_streams()[1].next_due = base::instant{1}; },
         "version 9 is due at another time than its state says"},
        {"a column", [](auto& j) { j.all_streams()[1].index.date_provisional = true; },
         "version 9 is found by other columns than its state has"},
        {"the place of its last entry", [](auto& j) { j.all_streams()[1].head_seq += 1; },
         "version 9 is not where the stream's head points to"},
    };
    for (const auto& one : cases) {
        world w;
        fill(w);
        one.how(w.journal);
        const auto found = verify(w.journal).value();
        EXPECT_NE(found.first_mismatch.find(one.found_as), std::string::npos)
            << one.name << ": " << found.first_mismatch;
    }
}

TEST(verify, a_head_that_was_exported_must_still_be_passed) {
    world w;
    fill(w);
    const auto heads = w.journal.heads().value();
    EXPECT_EQ(verify(w.journal, heads)->first_mismatch, "");
    for (const int off : {0, 1}) {
        auto other = heads;
        if (off == 0)
            other[0].chain[0] ^= 1;
        else
            other[0].seq += 1;
        const auto found = verify(w.journal, other).value().first_mismatch;
        EXPECT_NE(found.find(off == 0 ? "is not the entry that was there before" : "is gone"), std::string::npos)
            << found;
    }
}

}  // namespace
}  // namespace keepline::engine::testing
