// What is particular to the journal on SQLite: files, locks, other processes, copies, damage.
#include "store/sqlite_journal.hpp"

#include "base/ensure.hpp"
#include "base/temporary_directory.hpp"
#include "store/journal_contract.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <map>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace keepline::store {
namespace {

using base::code;

std::shared_ptr<port::journal> sqlite_in_a_new_directory() {
    struct both {
        base::temporary_directory where;
        std::unique_ptr<sqlite_journal> journal;
    };
    auto made = std::make_shared<both>();
    auto opened = sqlite_journal::open(made->where / "keepline.sqlite", open_mode::read_write);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().words);
    made->journal = std::move(*opened);
    auto* const journal = made->journal.get();
    return {std::move(made), journal};
}

// The kernel's answers to SQLite's writes, as a full or a broken disk gives them.
std::atomic<int> write_error{0};
std::string reserve_of_full_disk;

ssize_t pwrite_on_bad_disk(int file, const void* data, size_t size, off64_t at) {
    const bool reserve_is_held = !reserve_of_full_disk.empty() && std::filesystem::file_size(reserve_of_full_disk) > 0;
    if (write_error != 0 && (write_error != ENOSPC || reserve_of_full_disk.empty() || reserve_is_held)) {
        errno = write_error;
        return -1;
    }
    return ::pwrite64(file, data, size, at);
}

void break_writes(int error) {
    auto* const vfs = sqlite3_vfs_find(nullptr);
    write_error = error;
    ENSURE(vfs->xSetSystemCall(vfs, "pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(pwrite_on_bad_disk)) ==
           SQLITE_OK);
}

/// Room comes with the reserve, or when somebody makes it.
void disk_is_full(port::journal& of, bool full) {
    reserve_of_full_disk = full ? dynamic_cast<sqlite_journal&>(of).reserve_path() : "";
    break_writes(full ? ENOSPC : 0);
}

INSTANTIATE_TEST_SUITE_P(sqlite, journal_contract,
                         testing::Values(journal_maker{"one_file", sqlite_in_a_new_directory, disk_is_full, false}),
                         [](const auto& info) { return info.param.name; });

class sqlite_journal_test : public testing::Test {
 protected:
    base::temporary_directory where;
    std::string path = where / "keepline.sqlite";

    std::unique_ptr<sqlite_journal> open(open_mode mode = open_mode::read_write, journal_tuning how = {}) {
        auto made = sqlite_journal::open(path, mode, how);
        EXPECT_TRUE(made.has_value()) << made.error().words;
        return std::move(*made);
    }
    static port::stream put(port::journal& to, port::write what) {
        port::batch batch;
        batch.writes.push_back(std::move(what));
        EXPECT_EQ(to.commit(batch).writes.at(0), port::commit_outcome::done);
        return batch.writes[0].after;
    }
    static mode_t mode_of(const std::string& file) {
        struct stat about{};
        EXPECT_EQ(::stat(file.c_str(), &about), 0) << file;
        return about.st_mode & 0777;
    }
};

TEST_F(sqlite_journal_test, what_was_committed_is_there_after_reopening_and_goes_on) {
    port::stream held;
    {
        auto journal = open();
        held = put(*journal, step(unborn(1)));
        put(*journal, step(unborn(2)));
    }
    EXPECT_FALSE(std::filesystem::exists(path + "-wal")) << "a clean end leaves one file";
    auto journal = open();
    expect_same(journal->load(number_key(1))->value(), held);
    const auto third = put(*journal, step(unborn(3)));
    EXPECT_EQ(third.id, 3);
    EXPECT_EQ(third.head_seq, 1);
    EXPECT_EQ(*journal->last_position(), 3);
    EXPECT_EQ(mode_of(path), 0600U);
    EXPECT_EQ(mode_of(path + "-wal"), 0600U);
    EXPECT_EQ(mode_of(where / "keepline.lock"), 0600U);
}

TEST_F(sqlite_journal_test, a_second_server_is_told_who_has_the_directory) {
    const auto first = open();
    const auto second = sqlite_journal::open(path, open_mode::read_write);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().what, code::unavailable);
    EXPECT_NE(second.error().words.find("process " + std::to_string(::getpid())), std::string::npos)
        << second.error().words;
}

TEST_F(sqlite_journal_test, another_name_of_the_file_does_not_evade_the_lock) {
    const auto elsewhere = where / "elsewhere";
    std::filesystem::create_directory(elsewhere);
    const auto name = (elsewhere / "store.db").string();
    auto journal = open();
    std::filesystem::create_symlink(path, name);
    EXPECT_EQ(sqlite_journal::open(name, open_mode::read_write).error().what, code::unavailable);
    std::filesystem::remove(name);
    std::filesystem::create_directory_symlink(where / ".", elsewhere / "same");
    EXPECT_EQ(sqlite_journal::open((elsewhere / "same" / std::filesystem::path(path).filename()).string(),
                                   open_mode::read_write)
                  .error()
                  .what,
              code::unavailable);
    std::filesystem::create_hard_link(path, name);
    const auto linked = sqlite_journal::open(name, open_mode::read_write);
    ASSERT_FALSE(linked.has_value());
    EXPECT_NE(linked.error().words.find("second name"), std::string::npos);
    journal.reset();
    EXPECT_FALSE(sqlite_journal::open(path, open_mode::read_write).has_value()) << "nor under its own name";
    std::filesystem::remove(name);
    EXPECT_TRUE(sqlite_journal::open(path, open_mode::read_write).has_value());
}

TEST_F(sqlite_journal_test, the_lock_is_free_again_when_the_server_has_ended) {
    open().reset();
    EXPECT_NE(open(), nullptr);
}

TEST_F(sqlite_journal_test, a_missing_directory_or_file_is_a_clean_error) {
    for (const auto mode : {open_mode::read_write, open_mode::read_only}) {
        const auto made = sqlite_journal::open(where / "nowhere/keepline.sqlite", mode);
        ASSERT_FALSE(made.has_value());
        EXPECT_EQ(made.error().what, code::unavailable);
    }
    const auto made = sqlite_journal::open(path, open_mode::read_only);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().what, code::unavailable);
    EXPECT_FALSE(std::filesystem::exists(path)) << "looking creates nothing";
}

TEST_F(sqlite_journal_test, a_reader_of_its_own_sees_what_a_writer_commits) {
    auto writer = open();
    auto held = put(*writer, step(unborn(1)));
    const auto reader = open(open_mode::read_only);
    for (int i = 0; i < 20; ++i) {
        held = put(*writer, step(held));
        EXPECT_EQ(reader->load(number_key(1))->value().version, held.version);
    }
    EXPECT_EQ(reader->entries(held.id, 0, 100)->size(), 21U);
}

TEST_F(sqlite_journal_test, can_be_read_without_a_server) {
    put(*open(), step(unborn(1)));
    const auto reader = open(open_mode::read_only);
    EXPECT_TRUE(reader->load(number_key(1))->has_value());
}

TEST_F(sqlite_journal_test, a_commit_waits_while_another_process_holds_the_write_lock) {
    auto journal = open();
    auto other = connection::open(path, connection::mode::read_write);
    ASSERT_TRUE(other && other->execute("BEGIN IMMEDIATE"));
    std::atomic<bool> committed{false};
    std::thread commits([&] {
        put(*journal, step(unborn(1)));
        committed = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(committed);
    ASSERT_TRUE(other->execute("COMMIT"));
    commits.join();
    EXPECT_TRUE(committed);
}

TEST_F(sqlite_journal_test, many_readers_and_a_writer_work_side_by_side) {
    auto journal = open(open_mode::read_write, {.readers = 2, .checkpoint_pages = 50, .checkpoint_idle_ms = 5});
    auto held = put(*journal, step(unborn(1)));
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int n = 0; n < 4; ++n)
        readers.emplace_back([&] {
            std::uint64_t seen = 0;
            while (!stop) {
                const auto now = journal->load_id(held.id)->value();
                EXPECT_GE(now.version, seen);
                seen = now.version;
                const auto last = journal->entries(held.id, seen, 10);
                EXPECT_TRUE(last.has_value() && !last->empty());
                EXPECT_TRUE(journal->counts({1}).has_value());
                EXPECT_TRUE(journal->outbox(0, 5).has_value());
            }
        });
    auto now = held;
    for (int i = 0; i < 300; ++i) now = put(*journal, step(now, "x", static_cast<std::uint32_t>(i % 2)));
    stop = true;
    for (auto& one : readers) one.join();
    EXPECT_EQ(journal->load_id(held.id)->value().version, 301U);
}

TEST_F(sqlite_journal_test, the_log_does_not_grow_for_ever_under_load) {
    auto journal = open(open_mode::read_write, {.checkpoint_pages = 200, .checkpoint_idle_ms = 10'000});
    auto held = put(*journal, step(unborn(1)));
    for (int i = 0; i < 3000; ++i) held = put(*journal, step(held, std::string(1000, 'x')));
    // 3000 commits write about 9000 pages; without checkpoints the log would be 37 MB.
    EXPECT_LT(std::filesystem::file_size(path + "-wal"), 16U << 20);
}

TEST_F(sqlite_journal_test, an_idle_server_settles_its_log) {
    auto journal = open(open_mode::read_write, {.checkpoint_idle_ms = 20});
    auto held = put(*journal, step(unborn(1), std::string(100'000, 'x')));
    const auto settled = [&] { return std::filesystem::file_size(path) > 100'000; };
    for (int i = 0; i < 200 && !settled(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(settled());
}

TEST_F(sqlite_journal_test, a_copy_taken_while_the_server_writes_is_whole) {
    auto journal = open();
    auto held = put(*journal, step(unborn(1)));
    std::atomic<bool> stop{false};
    std::thread writes([&] {
        while (!stop) held = put(*journal, step(held));
    });
    const auto copy = where / "copy.sqlite";
    const auto copied = journal->copy_to(copy);
    stop = true;
    writes.join();
    ASSERT_TRUE(copied.has_value()) << copied.error().words;
    EXPECT_EQ(mode_of(copy), 0600U);
    EXPECT_FALSE(std::filesystem::exists(copy.string() + "-wal"));
    const base::temporary_directory elsewhere;
    std::filesystem::rename(copy, elsewhere / "keepline.sqlite");
    auto restored = sqlite_journal::open(elsewhere / "keepline.sqlite", open_mode::read_write);
    ASSERT_TRUE(restored.has_value()) << restored.error().words;
    const auto then = (*restored)->load(number_key(1))->value();
    EXPECT_EQ((*restored)->entries(then.id, 0, 100'000)->size(), then.version);
    EXPECT_EQ(put(**restored, step(then)).version, then.version + 1);
}

TEST_F(sqlite_journal_test, a_copy_replaces_nothing_and_leaves_nothing_half_done) {
    auto journal = open();
    put(*journal, step(unborn(1)));
    std::ofstream(where / "precious") << "data";
    const auto refused = journal->copy_to(where / "precious");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, code::invalid);
    EXPECT_EQ(std::filesystem::file_size(where / "precious"), 4U);
    EXPECT_EQ(journal->copy_to(where / "no/such/directory").error().what, code::unavailable);
    ASSERT_TRUE(journal->copy_to(where / "copy"));
    for (const auto& file : std::filesystem::directory_iterator(where.path()))
        EXPECT_EQ(file.path().string().find("partial"), std::string::npos);
}

TEST_F(sqlite_journal_test, a_file_that_is_not_a_database_is_refused_and_left_alone) {
    const std::string text(10'000, '?');
    std::ofstream(path) << text;
    for (const auto mode : {open_mode::read_write, open_mode::read_only}) {
        const auto made = sqlite_journal::open(path, mode);
        ASSERT_FALSE(made.has_value());
        EXPECT_EQ(made.error().what, code::journal_broken) << made.error().words;
    }
    EXPECT_EQ(std::filesystem::file_size(path), text.size());
}

TEST_F(sqlite_journal_test, damaged_pages_are_an_error_not_a_crash) {
    {
        auto journal = open();
        for (int i = 1; i < 400; ++i) put(*journal, step(unborn(i), std::string(500, 'x')));
    }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto pages = std::filesystem::file_size(path) / default_page_bytes;
    const std::string garbage(default_page_bytes, '\xa5');
    for (std::size_t page = 20; page < pages; ++page) {
        file.seekp(static_cast<std::streamoff>(page * default_page_bytes));
        file << garbage;
    }
    file.close();
    const auto journal = sqlite_journal::open(path, open_mode::read_only);
    if (!journal) {
        EXPECT_EQ(journal.error().what, code::journal_broken);
        return;
    }
    const auto scanned = (*journal)->scan([](const auto&) { return true; }, [](const auto&) { return true; });
    ASSERT_FALSE(scanned.has_value());
    EXPECT_EQ(scanned.error().what, code::journal_broken) << scanned.error().words;
    EXPECT_FALSE((*journal)->copy_to(where / "copy").has_value());
    EXPECT_FALSE(std::filesystem::exists(where / "copy"));
}

TEST_F(sqlite_journal_test, a_missing_link_in_a_history_is_reported) {
    port::stream held;
    {
        auto journal = open();
        held = put(*journal, step(unborn(1)));
        for (int i = 0; i < 5; ++i) held = put(*journal, step(held));
    }
    ASSERT_TRUE(connection::open(path, connection::mode::read_write)->execute("DELETE FROM entry WHERE position = 3"));
    auto journal = open(open_mode::read_only);
    const auto found = journal->entries(held.id, 0, 100);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().what, code::journal_broken);
    EXPECT_EQ(journal->entries(held.id, 4, 100)->size(), 3U) << "what is whole can be read";
}

TEST_F(sqlite_journal_test, writing_through_a_reader_is_a_programmers_error) {
    open().reset();
    auto reader = open(open_mode::read_only);
    port::batch batch;
    EXPECT_DEATH(reader->commit(batch), "ENSURE");
}

TEST_F(sqlite_journal_test, a_broken_disk_stops_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            auto journal = open();
            auto held = put(*journal, step(unborn(1)));
            break_writes(EIO);
            put(*journal, step(held, std::string(10'000, 'x')));
        },
        "the store failed while committing");
}

TEST_F(sqlite_journal_test, an_owner_that_was_fenced_stays_so_after_reopening) {
    std::int64_t first = 0;
    {
        auto journal = open();
        first = *journal->own(port::partition_set().set());
        EXPECT_EQ(journal->own({}).error().what, code::invalid) << "one owner of all";
    }
    auto journal = open();
    EXPECT_GT(*journal->own(port::partition_set().set()), first);
    port::batch late;
    late.epoch = first;
    late.writes.push_back(step(unborn(1)));
    EXPECT_EQ(journal->commit(late).whole, port::commit_outcome::fenced);
}

// Able to fail: with every loaded head taken for noted, the second start begins partition 1 where it was at the first.
TEST_F(sqlite_journal_test, numbers_go_on_without_gap_after_any_number_of_starts) {
    std::map<int, std::int64_t> expected;
    for (int start = 0; start < 4; ++start) {
        auto journal = open();
        for (int i = 0; i < 3; ++i) {
            const auto n = start * 3 + i;
            const auto key = number_key(n % 4);
            const auto found = *journal->load(key);
            const auto written = put(*journal, step(found ? *found : unborn(n % 4)));
            EXPECT_EQ(written.head_seq, ++expected[port::partition_of(key)]);
        }
    }
}

// Able to fail: with `must` answering an error instead of stopping, the child ends with status 0.
TEST_F(sqlite_journal_test, a_commit_that_cannot_reach_the_disk_stops_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto fill_the_disk = [&] {
        auto journal = open();
        auto held = put(*journal, step(unborn(1)));
        std::signal(SIGXFSZ, SIG_IGN);  // then writes past the limit answer EFBIG, as a full disk answers ENOSPC
        const rlimit small{64 << 10, 64 << 10};
        ENSURE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
        for (int i = 0; i < 100; ++i) held = put(*journal, step(held, std::string(10'000, 'x')));
        std::exit(0);
    };
    EXPECT_DEATH(fill_the_disk(), "the store failed while committing");
}

}  // namespace
}  // namespace keepline::store
