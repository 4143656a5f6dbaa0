// kill -9 in the middle of committing, again and again: every batch that was acknowledged is there, nothing is half
// there, and every chain holds. (Power loss is beyond a test in one machine; what it needs is that `synchronous=FULL`
// fsyncs each commit.)
#include "base/temporary_directory.hpp"
#include "store/journal_contract.hpp"
#include "store/sqlite_journal.hpp"

#include <csignal>
#include <map>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace keepline::store {
namespace {

constexpr int streams = 8;

/// In the child: commits batches that move all streams one version on, and says so after each; never returns.
[[noreturn]] void write_until_killed(const std::string& path, int acknowledge) {
    auto journal =
        sqlite_journal::open(path, open_mode::read_write, {.checkpoint_pages = 100, .checkpoint_idle_ms = 1});
    if (!journal) ::_exit(1);
    std::vector<port::stream> held;
    for (int n = 0; n < streams; ++n) {
        const auto found = (*journal)->load(number_key(n));
        if (!found) ::_exit(2);
        held.push_back(*found ? **found : unborn(n));
    }
    for (;;) {
        port::batch batch;
        for (auto& one : held) batch.writes.push_back(step(one, std::string(700, 'x'), 1));
        batch.cursors = {{0, port::effect_id::of({0, static_cast<std::int64_t>(batch.writes[0].after.version)}, 0)}};
        for (const auto outcome : (*journal)->commit(batch).writes)
            if (outcome != port::commit_outcome::done) ::_exit(3);
        for (std::size_t n = 0; n < held.size(); ++n) held[n] = batch.writes[n].after;
        const std::uint64_t version = held[0].version;
        if (::write(acknowledge, &version, sizeof version) != sizeof version) ::_exit(4);
    }
}

// Able to fail: with the acknowledgement written before `commit` instead of after it, the last version is missing.
TEST(crash, every_acknowledged_batch_survives_kill_9_at_a_random_moment) {
    const base::temporary_directory where;
    const auto path = where / "keepline.sqlite";
    std::mt19937 dice(static_cast<unsigned>(::getpid()));
    std::uint64_t acknowledged = 0;
    for (int round = 0; round < 20; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe[0]);
            write_until_killed(path, pipe[1]);
        }
        ::close(pipe[1]);
        // The first answer shows that it runs; then it may run a little longer.
        std::uint64_t version = 0;
        ASSERT_EQ(::read(pipe[0], &version, sizeof version), static_cast<ssize_t>(sizeof version));
        acknowledged = version;
        std::this_thread::sleep_for(std::chrono::microseconds(dice() % 30'000));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        while (::read(pipe[0], &version, sizeof version) == static_cast<ssize_t>(sizeof version))
            acknowledged = version;
        ::close(pipe[0]);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);

        auto journal = sqlite_journal::open(path, open_mode::read_write);
        ASSERT_TRUE(journal.has_value()) << journal.error().words;
        const auto first = (*journal)->load(number_key(0))->value().version;
        EXPECT_GE(first, acknowledged) << "round " << round;
        EXPECT_LE(first, acknowledged + 1) << "only the batch whose answer was lost may be there unannounced";
        EXPECT_EQ((*journal)->cursors()->at(0).upto.seq(), static_cast<std::int64_t>(first));
        EXPECT_EQ(*(*journal)->last_position(), static_cast<std::int64_t>(first) * streams);
        for (int n = 0; n < streams; ++n) {
            const auto held = (*journal)->load(number_key(n))->value();
            EXPECT_EQ(held.version, first) << "a batch is whole or not there";
            base::digest head{};
            for (const auto& one : *(*journal)->entries(held.id, 0, 1'000'000)) head = port::entry_hash(head, one);
            EXPECT_EQ(head, held.head);
        }
        std::map<int, port::partition_head>
            heads;  // noted once a second, so hardly ever: the rest is read at the start
        ASSERT_TRUE((*journal)->walk([&](const port::entry& one) {
            auto& head = heads[one.partition];
            EXPECT_EQ(one.seq, head.seq + 1);
            EXPECT_EQ(one.chain, port::chain_after(head.chain, one.id(), one.hash));
            head = {one.partition, one.seq, one.chain};
            return true;
        }));
        for (const auto& head : *(*journal)->heads()) EXPECT_EQ(head, heads[head.partition]);
        if (HasFailure()) return;
    }
    EXPECT_GT(acknowledged, 20U);
}

}  // namespace
}  // namespace keepline::store
