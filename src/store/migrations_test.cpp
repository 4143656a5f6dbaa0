#include "store/migrations.hpp"

#include "base/temporary_directory.hpp"
#include "store/sqlite_journal.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::store {
namespace {

using base::code;

std::string text_of(const std::string& path) {
    std::stringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
}

/// A store as version 4 wrote it: two streams, three entries, a retry, a token (schema/fixture_004.sql, never changed).
void restore_version_4(const std::string& path) {
    auto db = connection::open(path, connection::mode::read_write);
    ASSERT_TRUE(db.has_value());
    const auto dump = text_of(KEEPLINE_SOURCE_DIR "/src/store/schema/fixture_004.sql");
    ASSERT_FALSE(dump.empty());
    const auto done = db->execute(dump);
    ASSERT_TRUE(done.has_value()) << done.error().words;
}

TEST(migrations, a_store_of_version_4_opens_with_everything_it_holds) {
    const base::temporary_directory where;
    restore_version_4(where / "old.sqlite");
    auto journal = sqlite_journal::open(where / "old.sqlite", open_mode::read_write);
    ASSERT_TRUE(journal.has_value()) << journal.error().words;
    const auto line = (*journal)->load({port::stream_kind::number, "+8613800138000"})->value();
    EXPECT_EQ(line.version, 2U);
    EXPECT_EQ(line.index.stage, "in_review");
    EXPECT_EQ(line.snapshot, "") << "its two entries tell as much";
    EXPECT_EQ(line.index.review_due.ms, 1'800'000'600'000);
    const auto history = *(*journal)->entries(line.id, 0, 10);
    ASSERT_EQ(history.size(), 2U);
    base::digest head{};
    base::digest chain{};
    for (const auto& one : history) {
        head = port::entry_hash(head, one);
        EXPECT_EQ(one.hash, head) << "the hash covers the same bytes in every version";
        chain = port::chain_after(chain, one.id(), one.hash);
        EXPECT_EQ(one.chain, chain) << "so does the chain";
    }
    EXPECT_EQ(line.head, head);
    EXPECT_EQ((*journal)->retries(false, -1, 0, 10)->size(), 1U);
    const auto heads = *(*journal)->heads();
    ASSERT_EQ(heads.size(), 2U);
    EXPECT_EQ(heads[0], (port::partition_head{port::partition_of(line.key), 2, chain}));
    EXPECT_EQ(heads[1].seq, 1) << "not noted yet, but there";
    EXPECT_EQ(*(*journal)->horizons(), (std::vector<port::horizon>{{1, 2}}));
    EXPECT_FALSE((*journal)->holder_of("MID")->has_value());
}

/// The upgrade that some day will follow: shown on a step of its own.
constexpr const char* next_step = "ALTER TABLE stream ADD COLUMN region TEXT NOT NULL DEFAULT 'cn'";

TEST(migrations, an_old_file_is_upgraded_step_by_step_and_keeps_its_rows) {
    const base::temporary_directory where;
    restore_version_4(where / "old.sqlite");
    auto db = connection::open(where / "old.sqlite", connection::mode::read_write);
    const std::array<const char*, 2> steps{store_schema().steps[0], next_step};
    const schema two{"store", store_schema().application_id, 4, steps};
    ASSERT_TRUE(migrate(*db, two, upgrade::allowed).has_value());
    EXPECT_EQ(*db->number("PRAGMA user_version"), 5);
    EXPECT_EQ(*db->number("SELECT count(*) FROM stream WHERE region = 'cn'"), 2);
    EXPECT_EQ(*db->number("SELECT count(*) FROM entry"), 3);
    ASSERT_TRUE(migrate(*db, two, upgrade::allowed).has_value()) << "again: nothing left to do";
}

TEST(migrations, a_failing_step_leaves_the_file_as_it_was) {
    const base::temporary_directory where;
    restore_version_4(where / "old.sqlite");
    auto db = connection::open(where / "old.sqlite", connection::mode::read_write);
    const std::array<const char*, 3> steps{store_schema().steps[0], next_step, "CREATE TABLE oops (wrong"};
    const schema three{"store", store_schema().application_id, 4, steps};
    EXPECT_FALSE(migrate(*db, three, upgrade::allowed).has_value());
    EXPECT_EQ(*db->number("PRAGMA user_version"), 4);
    EXPECT_EQ(*db->number("SELECT count(*) FROM pragma_table_info('stream') WHERE name = 'region'"), 0);
}

TEST(migrations, only_the_server_upgrades_and_readers_say_what_to_do) {
    const base::temporary_directory where;
    restore_version_4(where / "old.sqlite");
    auto db = connection::open(where / "old.sqlite", connection::mode::read_write);
    const std::array<const char*, 2> steps{store_schema().steps[0], next_step};
    const schema two{"store", store_schema().application_id, 4, steps};
    for (const auto how : {upgrade::only_create, upgrade::refused}) {
        const auto done = migrate(*db, two, how);
        ASSERT_FALSE(done.has_value());
        EXPECT_EQ(done.error().what, code::store_schema);
        EXPECT_NE(done.error().words.find("start the server once"), std::string::npos);
    }
}

TEST(migrations, a_store_from_before_the_first_release_is_refused_untouched) {
    const base::temporary_directory where;
    restore_version_4(where / "old.sqlite");
    ASSERT_TRUE(
        connection::open(where / "old.sqlite", connection::mode::read_write)->execute("PRAGMA user_version = 3"));
    for (const auto mode : {open_mode::read_write, open_mode::read_only}) {
        const auto made = sqlite_journal::open(where / "old.sqlite", mode);
        ASSERT_FALSE(made.has_value());
        EXPECT_EQ(made.error().what, code::store_schema);
        EXPECT_NE(made.error().words.find("before the first release"), std::string::npos) << made.error().words;
    }
}

TEST(migrations, a_newer_store_is_refused_untouched) {
    const base::temporary_directory where;
    const auto path = where / "keepline.sqlite";
    ASSERT_TRUE(sqlite_journal::open(path, open_mode::read_write).has_value());
    ASSERT_TRUE(connection::open(path, connection::mode::read_write)->execute("PRAGMA user_version = 99"));
    for (const auto mode : {open_mode::read_write, open_mode::read_only}) {
        const auto made = sqlite_journal::open(path, mode);
        ASSERT_FALSE(made.has_value());
        EXPECT_EQ(made.error().what, code::store_schema);
        EXPECT_NE(made.error().words.find("version 99"), std::string::npos) << made.error().words;
    }
}

TEST(migrations, the_file_of_another_program_is_refused_untouched) {
    const base::temporary_directory where;
    const auto path = where / "keepline.sqlite";
    auto db = connection::open(path, connection::mode::read_write);
    ASSERT_TRUE(db && db->execute("CREATE TABLE theirs (x)"));
    const auto made = sqlite_journal::open(path, open_mode::read_write);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().what, code::store_schema);
    EXPECT_EQ(*db->number("SELECT count(*) FROM sqlite_schema"), 1);
}

}  // namespace
}  // namespace keepline::store
