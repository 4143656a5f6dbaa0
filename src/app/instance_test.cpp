#include "app/instance.hpp"

#include "app/rules.hpp"
#include "base/temporary_directory.hpp"

#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

class an_instance : public ::testing::Test {
 protected:
    void SetUp() override {
        const auto read =
            read_config(std::nullopt, {{"KEEPLINE_DATA_DIR", (folder_ / "data").string()}}, KEEPLINE_SOURCE_DIR);
        ASSERT_TRUE(read) << read.error().words;
        how_ = *read;
    }

    base::temporary_directory folder_;
    config how_;
    port::no_log log_;
};

TEST_F(an_instance, starts_on_nothing_but_defaults_and_makes_private_keys) {
    const auto one = instance::open(how_, log_, instance::with_peers::yes);
    ASSERT_TRUE(one) << one.error().words;
    EXPECT_TRUE((*one)->engine().ready());
    for (const auto& file : {how_.keys.master_key_file, how_.keys.signing_key_file, how_.keys.secret_file})
        EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write)
            << file;
    EXPECT_EQ(fs::status(how_.data_dir).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(an_instance, says_which_peer_is_not_configured) {
    const auto one = instance::open(how_, log_, instance::with_peers::yes);
    ASSERT_TRUE(one) << one.error().words;
    const auto troubles = (*one)->api_parts().troubles();
    ASSERT_EQ(troubles.size(), 1U);
    EXPECT_EQ(troubles[0].name, "refund");
}

TEST_F(an_instance, is_the_only_one_in_its_folder) {
    const auto one = instance::open(how_, log_, instance::with_peers::no);
    ASSERT_TRUE(one);
    const auto second = instance::open(how_, log_, instance::with_peers::no);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().what, base::code::unavailable);
}

TEST_F(an_instance, can_be_opened_again_with_the_same_keys) {
    for (int i = 0; i < 2; ++i) {
        const auto one = instance::open(how_, log_, instance::with_peers::yes);
        ASSERT_TRUE(one) << one.error().words;
        (*one)->stop();
        (*one)->stop();
    }
}

TEST_F(an_instance, keeps_its_write_ahead_log_when_another_process_comes_and_goes) {
    const auto one = instance::open(how_, log_, instance::with_peers::no);
    ASSERT_TRUE(one);
    for (const auto& file : {how_.store.path, how_.keys.subscriber_keys_file}) {
        ASSERT_TRUE(fs::exists(file + "-wal")) << file;
        const auto visit =
            "sqlite3 '" + file + "' 'BEGIN IMMEDIATE; COMMIT; SELECT count(*) FROM sqlite_master' >/dev/null";
        ASSERT_EQ(std::system(visit.c_str()), 0);
        EXPECT_TRUE(fs::exists(file + "-wal")) << file << ": the log of a running server was deleted";
    }
}

TEST_F(an_instance, refuses_keys_that_others_may_read) {
    ASSERT_TRUE(instance::open(how_, log_, instance::with_peers::no));
    fs::permissions(how_.keys.secret_file, fs::perms::group_read, fs::perm_options::add);
    const auto again = instance::open(how_, log_, instance::with_peers::no);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().what, base::code::config_invalid);
}

TEST(rules, are_refused_whole_when_a_policy_names_an_unknown_zone_or_calendar) {
    const fs::path source = KEEPLINE_SOURCE_DIR;
    const auto folder = fs::temp_directory_path() / ("keepline-rules-" + std::to_string(::getpid()));
    fs::create_directories(folder / "calendars");
    const auto missing = load_rules(source / "policies", folder / "calendars");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().what, base::code::calendar_invalid);
    fs::copy_file(source / "calendars" / "CN.json", folder / "calendars" / "CN.json");
    const auto unknown = load_rules(source / "policies", folder / "calendars");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().what, base::code::calendar_unknown);
    EXPECT_TRUE(load_rules(source / "policies", source / "calendars"));
    fs::remove_all(folder);
}

}  // namespace
}  // namespace keepline::app
