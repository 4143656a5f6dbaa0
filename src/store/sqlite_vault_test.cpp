#include "store/sqlite_vault.hpp"

#include "base/temporary_directory.hpp"
#include "port/fake_journal.hpp"
#include "store/sqlite.hpp"
#include "store/sqlite_journal.hpp"

#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::store {
namespace {

using base::code;

class vault_test : public testing::Test {
 protected:
    base::temporary_directory where;
    port::fake_journal journal;

    std::unique_ptr<sqlite_vault> open(std::size_t cached_keys = 4096) {
        auto made = sqlite_vault::open(where / "keys.sqlite", where / "master.key", journal, {cached_keys});
        EXPECT_TRUE(made.has_value()) << made.error().words;
        return std::move(*made);
    }
    static void store(port::journal& to, port::vault_row row) {
        port::batch batch;
        port::write one;
        one.after.key = {port::stream_kind::subscriber, row.subscriber};
        one.vault.push_back(std::move(row));
        batch.writes.push_back(std::move(one));
        ASSERT_EQ(to.commit(batch).writes.at(0), port::commit_outcome::done);
    }
    void put(sqlite_vault& vault, const std::string& who, const std::string& kind, const std::string& plain) {
        auto row = vault.seal(who, kind, plain);
        ASSERT_TRUE(row.has_value()) << row.error().words;
        store(journal, *row);
    }
    std::string all_key_bytes() const {
        std::string out;
        for (const char* name : {"keys.sqlite", "keys.sqlite-wal"}) {
            std::stringstream raw;
            raw << std::ifstream(where / name, std::ios::binary).rdbuf();
            out += raw.str();
        }
        return out;
    }
};

TEST_F(vault_test, opens_what_it_sealed_also_after_a_restart) {
    const std::string plain = std::string("张伟 \0 130****", 16);
    {
        auto vault = open();
        put(*vault, "sub1", "person", plain);
        put(*vault, "sub1", "records:ln_1", "");
        EXPECT_EQ(vault->open("sub1", "person"), plain);
    }
    auto vault = open();
    EXPECT_EQ(vault->open("sub1", "person"), plain);
    EXPECT_EQ(vault->open("sub1", "records:ln_1"), "");
    EXPECT_EQ(vault->open("sub1", "other").error().what, code::not_found);
    EXPECT_EQ(vault->open("sub2", "person").error().what, code::not_found);
}

TEST_F(vault_test, a_sealed_row_shows_nothing_and_never_the_same_twice) {
    auto vault = open();
    const auto one = *vault->seal("sub1", "person", "secret-name");
    const auto two = *vault->seal("sub1", "person", "secret-name");
    EXPECT_NE(one.sealed, two.sealed);
    EXPECT_EQ(base::text(one.sealed).find("secret-name"), std::string_view::npos);
    EXPECT_EQ(one.sealed.size(), 11U + 1 + 24 + 16);
}

TEST_F(vault_test, a_row_cannot_be_changed_or_passed_off_as_another) {
    auto vault = open();
    const auto good = *vault->seal("sub1", "person", "plain");
    ASSERT_TRUE(vault->seal("sub2", "person", "other").has_value());
    for (std::size_t at = 0; at < good.sealed.size(); ++at) {
        auto bad = good;
        bad.sealed[at] ^= 1;
        store(journal, bad);
        EXPECT_EQ(vault->open("sub1", "person").error().what, code::journal_broken) << at;
    }
    auto moved = good;
    moved.kind = "records:ln_1";
    store(journal, moved);
    EXPECT_EQ(vault->open("sub1", "records:ln_1").error().what, code::journal_broken);
    moved = good;
    moved.subscriber = "sub2";
    store(journal, moved);
    EXPECT_EQ(vault->open("sub2", "person").error().what, code::journal_broken);
    auto cut = good;
    cut.sealed.resize(20);
    store(journal, cut);
    EXPECT_EQ(vault->open("sub1", "person").error().what, code::journal_broken);
}

TEST_F(vault_test, bytes_that_are_kept_elsewhere_open_for_their_owner_and_their_name_only) {
    auto vault = open();
    const auto plain = base::view("a picture of a passport");
    EXPECT_EQ(vault->seal_blob("sub1", "dc_1", plain).error().what, code::key_missing) << "nothing of theirs is kept";
    put(*vault, "sub1", "person", "Zhang");
    put(*vault, "sub2", "person", "Li");
    const auto sealed = *vault->seal_blob("sub1", "dc_1", plain);
    EXPECT_EQ(base::text(sealed).find("passport"), std::string_view::npos);
    EXPECT_EQ(base::text(*vault->open_blob("sub1", "dc_1", sealed)), "a picture of a passport");
    EXPECT_EQ(vault->open_blob("sub1", "dc_2", sealed).error().what, code::journal_broken);
    EXPECT_EQ(vault->open_blob("sub2", "dc_1", sealed).error().what, code::journal_broken);
    EXPECT_EQ(vault->open_blob("sub1", "dc_1", {}).error().what, code::journal_broken);
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        auto bad = sealed;
        bad[at] ^= 1;
        EXPECT_EQ(vault->open_blob("sub1", "dc_1", bad).error().what, code::journal_broken) << at;
    }
    auto row = *vault->seal("sub1", "person", "plain");
    EXPECT_EQ(vault->open_blob("sub1", "person", row.sealed).error().what, code::journal_broken) << "a row is none";
    ASSERT_TRUE(vault->erase("sub1"));
    EXPECT_EQ(vault->open_blob("sub1", "dc_1", sealed).error().what, code::erased);
    EXPECT_EQ(vault->seal_blob("sub1", "dc_1", plain).error().what, code::erased);
}

TEST_F(vault_test, the_erased_stay_erased_and_others_do_not_notice) {
    auto vault = open();
    put(*vault, "sub1", "person", "one");
    put(*vault, "sub2", "person", "two");
    ASSERT_TRUE(vault->erase("sub1"));
    ASSERT_TRUE(vault->erase("sub1")) << "twice is harmless";
    ASSERT_TRUE(vault->erase("never-seen"));
    const std::vector<std::string> both{"sub1", "sub3"};
    ASSERT_TRUE(vault->prepare_keys(both));
    for (int restart = 0; restart < 2; ++restart) {
        EXPECT_EQ(vault->open("sub1", "person").error().what, code::erased);
        EXPECT_EQ(vault->seal("sub1", "person", "again").error().what, code::erased);
        EXPECT_EQ(vault->seal("never-seen", "person", "x").error().what, code::erased);
        EXPECT_EQ(vault->open("sub2", "person"), "two");
        vault.reset();
        vault = open();
    }
}

// Able to fail: with secure_delete = OFF, or without the checkpoint in erase(), the bytes are still found.
TEST_F(vault_test, after_erasure_the_key_is_nowhere_in_the_files) {
    auto vault = open();
    std::vector<std::string> names;
    for (int i = 0; i < 500; ++i) names.push_back("sub-" + std::to_string(i * 7919 % 500));
    ASSERT_TRUE(vault->prepare_keys(names));
    const std::string who = "sub-250";
    std::string wrapped;
    {
        auto look = connection::open(where / "keys.sqlite", connection::mode::read_only);
        auto found = look->run(sql("SELECT wrapped FROM subscriber_key WHERE subscriber = 'sub-250'"));
        ASSERT_TRUE(found.next());
        wrapped = base::text(found.blob(0));
    }
    ASSERT_NE(all_key_bytes().find(wrapped), std::string::npos);
    ASSERT_TRUE(vault->erase(who));
    EXPECT_EQ(all_key_bytes().find(wrapped), std::string::npos);
    EXPECT_EQ(all_key_bytes().find(wrapped.substr(24, 16)), std::string::npos);
}

TEST_F(vault_test, erasure_says_when_a_copy_may_be_left_and_a_second_call_finishes_it) {
    auto vault = open();
    put(*vault, "sub1", "person", "one");
    auto look = connection::open(where / "keys.sqlite", connection::mode::read_only);
    ASSERT_TRUE(look->execute("BEGIN; SELECT count(*) FROM subscriber_key"));
    const auto first = vault->erase("sub1");  // waits 2 s for the reader
    ASSERT_FALSE(first.has_value());
    EXPECT_EQ(first.error().what, code::unavailable);
    EXPECT_EQ(vault->open("sub1", "person").error().what, code::erased) << "the key itself is gone";
    ASSERT_TRUE(look->execute("COMMIT"));
    EXPECT_TRUE(vault->erase("sub1"));
}

TEST_F(vault_test, a_restored_backup_of_the_store_does_not_bring_the_erased_back) {
    const auto path = where / "keepline.sqlite";
    auto live = sqlite_journal::open(path, open_mode::read_write);
    ASSERT_TRUE(live.has_value());
    auto vault = sqlite_vault::open(where / "keys.sqlite", where / "master.key", **live);
    ASSERT_TRUE(vault.has_value());
    store(**live, *(*vault)->seal("sub1", "person", "one"));
    store(**live, *(*vault)->seal("sub2", "person", "two"));
    const base::temporary_directory backup;
    ASSERT_TRUE((*live)->copy_to(backup / "keepline.sqlite"));
    ASSERT_TRUE((*vault)->erase("sub1"));
    vault->reset();

    auto restored = sqlite_journal::open(backup / "keepline.sqlite", open_mode::read_write);
    ASSERT_TRUE(restored.has_value());
    EXPECT_TRUE((*restored)->sealed("sub1", "person")->has_value());
    auto again = sqlite_vault::open(where / "keys.sqlite", where / "master.key", **restored);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ((*again)->open("sub1", "person").error().what, code::erased);
    EXPECT_EQ((*again)->open("sub2", "person"), "two");
    // And with keys of its own (a stolen backup) it opens nothing at all.
    auto thief = sqlite_vault::open(backup / "keys.sqlite", backup / "master.key", **restored);
    ASSERT_TRUE(thief.has_value());
    EXPECT_EQ((*thief)->open("sub2", "person").error().what, code::key_missing);
    EXPECT_EQ((*thief)->seal("sub2", "person", "anew").error().what, code::key_missing) << "no new key over old rows";
    ASSERT_TRUE((*thief)->prepare_keys(std::vector<std::string>{"sub2"}));
    EXPECT_EQ((*thief)->open("sub2", "person").error().what, code::key_missing);
}

TEST_F(vault_test, an_exported_keys_file_opens_everything_with_the_master_key_only) {
    auto vault = open();
    put(*vault, "sub1", "person", "one");
    put(*vault, "sub2", "person", "two");
    ASSERT_TRUE(vault->erase("sub2"));
    const base::temporary_directory elsewhere;
    ASSERT_TRUE(vault->export_keys(elsewhere / "keys.sqlite"));
    EXPECT_EQ(vault->export_keys(elsewhere / "keys.sqlite").error().what, code::invalid);
    auto copied = sqlite_vault::open(elsewhere / "keys.sqlite", where / "master.key", journal);
    ASSERT_TRUE(copied.has_value()) << copied.error().words;
    EXPECT_EQ((*copied)->open("sub1", "person"), "one");
    EXPECT_EQ((*copied)->open("sub2", "person").error().what, code::erased);
    copied->reset();
    const auto lost = sqlite_vault::open(elsewhere / "keys.sqlite", elsewhere / "master.key", journal);
    ASSERT_FALSE(lost.has_value());
    EXPECT_EQ(lost.error().what, code::config_invalid);
    EXPECT_FALSE(std::filesystem::exists(elsewhere / "master.key")) << "no new key for old rows";
}

TEST_F(vault_test, the_master_key_file_must_be_right_and_private) {
    open().reset();
    struct stat about{};
    ASSERT_EQ(::stat((where / "master.key").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    EXPECT_EQ(about.st_size, 32);
    const auto refused = [&] {
        auto made = sqlite_vault::open(where / "keys.sqlite", where / "master.key", journal);
        return made ? std::string("opened") : std::string(base::info(made.error().what).id);
    };
    EXPECT_EQ(refused(), "opened");
    ::chmod((where / "master.key").c_str(), 0640);
    EXPECT_EQ(refused(), "config-invalid");
    ::chmod((where / "master.key").c_str(), 0600);
    std::ofstream(where / "master.key", std::ios::binary) << std::string(32, 'k');
    EXPECT_EQ(refused(), "config-invalid");
    std::ofstream(where / "master.key", std::ios::binary) << "short";
    EXPECT_EQ(refused(), "config-invalid");
    std::filesystem::remove(where / "master.key");
    EXPECT_EQ(refused(), "config-invalid");
}

TEST_F(vault_test, many_keys_are_made_in_one_commit_and_a_small_cache_is_enough) {
    auto vault = open(2);
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i) names.push_back("sub-" + std::to_string(i));
    names.push_back("sub-0");  // a list may repeat itself
    ASSERT_TRUE(vault->prepare_keys(names));
    ASSERT_TRUE(vault->prepare_keys(names));
    for (const auto& name : names) put(*vault, name, "person", "of " + name);
    for (const auto& name : names) EXPECT_EQ(vault->open(name, "person"), "of " + name);
}

TEST_F(vault_test, a_key_made_for_what_was_refused_goes) {
    auto vault = open();
    put(*vault, "sub1", "person", "one");
    ASSERT_TRUE(vault->seal("sub2", "person", "never committed"));
    EXPECT_EQ(vault->drop_unused_keys(std::chrono::minutes(1)).value(), 0) << "it may be under way";
    EXPECT_EQ(vault->drop_unused_keys({}).value(), 1);
    EXPECT_EQ(vault->drop_unused_keys({}).value(), 0);
    EXPECT_EQ(vault->open("sub1", "person"), "one");
    put(*vault, "sub2", "person", "two");
    EXPECT_EQ(vault->open("sub2", "person"), "two");
}

// Seen to fail before: the sweep took the key of what had waited longer than it allows, and the row that came then
// could never be read.
TEST_F(vault_test, a_key_stays_while_what_it_sealed_waits_for_its_commit_however_long) {
    auto vault = open();
    {
        auto waiting = vault->seal("sub2", "person", "late");
        ASSERT_TRUE(waiting);
        const auto in_a_queue = *waiting;
        waiting = base::refuse(code::unavailable, "its caller went away");
        EXPECT_EQ(vault->drop_unused_keys({}).value(), 0);
        store(journal, in_a_queue);
    }
    EXPECT_EQ(vault->drop_unused_keys({}).value(), 0);
    EXPECT_EQ(vault->open("sub2", "person"), "late");
}

/// Somebody does something just when the sweep has looked whether a key is in use.
class journal_interrupted final : public port::fake_journal {
 public:
    std::function<void()> meanwhile;

    base::result<bool> has_sealed(std::string_view subscriber) override {
        auto out = fake_journal::has_sealed(subscriber);
        if (auto once = std::exchange(meanwhile, nullptr)) once();
        return out;
    }
};

// The sweep held everybody up before, and so nobody could come between; who comes between now keeps the key.
TEST_F(vault_test, a_sweep_lets_others_seal_meanwhile_and_leaves_what_they_used) {
    journal_interrupted rows;
    auto made = sqlite_vault::open(where / "keys.sqlite", where / "master.key", rows);
    ASSERT_TRUE(made);
    auto& vault = **made;
    ASSERT_TRUE(vault.seal("sub2", "person", "never committed"));
    rows.meanwhile = [&] {
        auto row = vault.seal("sub2", "person", "just now");
        ASSERT_TRUE(row);
        store(rows, *std::move(row));
    };
    EXPECT_EQ(vault.drop_unused_keys({}).value(), 0);
    EXPECT_EQ(vault.open("sub2", "person"), "just now");
    EXPECT_EQ(vault.drop_unused_keys({}).value(), 0);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(vault.seal("unused-" + std::to_string(i), "person", "refused"));
    EXPECT_EQ(vault.drop_unused_keys({}).value(), 200);
    EXPECT_EQ(vault.open("sub2", "person"), "just now");
}

TEST_F(vault_test, refuses_names_that_could_be_mistaken) {
    auto vault = open();
    for (const char* wrong : {"", "a|b"}) {
        EXPECT_EQ(vault->seal(wrong, "person", "x").error().what, code::invalid);
        EXPECT_EQ(vault->open(wrong, "person").error().what, code::invalid);
        EXPECT_EQ(vault->erase(wrong).error().what, code::invalid);
    }
}

TEST_F(vault_test, threads_may_seal_open_and_erase_at_once) {
    auto vault = open(8);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 40; ++i) {
                const auto who = "sub-" + std::to_string((i + t) % 12);
                const auto sealed = vault->seal(who, "person", "x");
                if (!sealed) {
                    EXPECT_EQ(sealed.error().what, code::erased);
                }
                const auto opened = vault->open(who, "person");
                if (!opened) {
                    EXPECT_NE(opened.error().what, code::internal);
                }
                if (i % 20 == 19) EXPECT_TRUE(vault->erase("sub-" + std::to_string(t)).has_value());
            }
        });
    for (auto& one : threads) one.join();
}

TEST_F(vault_test, wraps_everything_anew_under_another_master_key) {
    {
        auto vault = open();
        put(*vault, "sub1", "person", "Zhang");
        put(*vault, "sub2", "person", "Li");
        ASSERT_TRUE(vault->erase("sub2"));
    }
    const auto old = load_master_key(where / "master.key", false).value();
    ASSERT_EQ(sqlite_vault::rotate_master_key(where / "keys.sqlite", where / "master.key").value(), 1);
    EXPECT_NE(base::hex(load_master_key(where / "master.key", false)->view()), base::hex(old.view()));
    {
        auto vault = open();
        EXPECT_EQ(vault->open("sub1", "person"), "Zhang");
        EXPECT_EQ(vault->open("sub2", "person").error().what, code::erased);
    }
    // Cut off between its commit and the new key's taking its place: the next start finishes it.
    ASSERT_EQ(std::rename((where / "master.key").c_str(), (where / "master.key.next").c_str()), 0);
    std::ofstream(where / "master.key", std::ios::binary).write(reinterpret_cast<const char*>(old.data()), 32);
    ASSERT_EQ(::chmod((where / "master.key").c_str(), 0600), 0);
    EXPECT_EQ(open()->open("sub1", "person"), "Zhang");
    // Cut off before its commit: the key that is not yet used harms nothing.
    ASSERT_TRUE(create_master_key(next_master_key_of(where / "master.key")));
    EXPECT_EQ(open()->open("sub1", "person"), "Zhang");
    EXPECT_EQ(sqlite_vault::rotate_master_key(where / "keys.sqlite", where / "master.key").value(), 1);
    EXPECT_EQ(open()->open("sub1", "person"), "Zhang");
}

TEST_F(vault_test, is_refused_where_the_store_belongs_to_another_file_of_keys) {
    const auto id = open()->file_id();
    const auto open_as = [&](const std::string& file, const std::string& belongs_to) {
        return sqlite_vault::open(where / file, where / "master.key", journal, {16, belongs_to});
    };
    EXPECT_TRUE(open_as("keys.sqlite", id));
    EXPECT_EQ(open_as("keys.sqlite", "another").error().what, code::config_invalid);
    EXPECT_EQ(open_as("missing.sqlite", id).error().what, code::config_invalid);
    EXPECT_FALSE(std::filesystem::exists(where / "missing.sqlite"));
}

}  // namespace
}  // namespace keepline::store
