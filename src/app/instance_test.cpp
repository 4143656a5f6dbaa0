#include "app/instance.hpp"

#include "app/rules.hpp"
#include "base/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
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
    const auto troubles = (*one)->desk_parts().troubles();
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
    for (const auto& file : {how_.keys.secret_file, how_.keys.signing_key_file, how_.keys.master_key_file})
        for (const auto right : {fs::perms::group_read, fs::perms::others_read, fs::perms::others_write}) {
            fs::permissions(file, right, fs::perm_options::add);
            const auto again = instance::open(how_, log_, instance::with_peers::no);
            ASSERT_FALSE(again) << file;
            EXPECT_EQ(again.error().what, base::code::config_invalid) << file;
            EXPECT_NE(again.error().words.find(file), std::string::npos) << again.error().words;
            fs::permissions(file, right, fs::perm_options::remove);
        }
    EXPECT_TRUE(instance::open(how_, log_, instance::with_peers::no));
}

// The attack: without its secret an older server made a new one, and every token was 401.
TEST_F(an_instance, never_makes_new_keys_beside_a_store_in_use) {
    {
        const auto one = instance::open(how_, log_, instance::with_peers::no);
        ASSERT_TRUE(one) << one.error().words;
        domain::register_subscriber who;
        who.id = base::label::trusted("sub-1");
        engine::submission first;
        first.to = {port::stream_kind::subscriber, "sub-1"};
        first.what = domain::subscriber_command(who);
        first.must_exist = false;
        ASSERT_TRUE((*one)->engine().submit_wait(std::move(first)));
    }
    for (const auto& file : {how_.keys.secret_file, how_.keys.signing_key_file, how_.keys.master_key_file,
                             how_.keys.subscriber_keys_file}) {
        fs::rename(file, file + ".away");
        for (int again = 0; again < 2; ++again) {  // nor after a start that failed
            const auto refused = instance::open(how_, log_, instance::with_peers::no);
            ASSERT_FALSE(refused) << file;
            EXPECT_EQ(refused.error().what, base::code::config_invalid) << refused.error().words;
            EXPECT_FALSE(fs::exists(file)) << file;
        }
        fs::rename(file + ".away", file);
    }
    EXPECT_TRUE(instance::open(how_, log_, instance::with_peers::no));
}

TEST_F(an_instance, refuses_keys_of_another_store) {
    base::temporary_directory other_folder;
    const auto other =
        *read_config(std::nullopt, {{"KEEPLINE_DATA_DIR", (other_folder / "data").string()}}, KEEPLINE_SOURCE_DIR);
    for (const auto& how : {how_, other}) ASSERT_TRUE(instance::open(how, log_, instance::with_peers::no));
    for (const auto& [mine, theirs] : {std::pair(how_.keys.secret_file, other.keys.secret_file),
                                       std::pair(how_.keys.signing_key_file, other.keys.signing_key_file),
                                       std::pair(how_.keys.subscriber_keys_file, other.keys.subscriber_keys_file)}) {
        fs::rename(mine, mine + ".away");
        fs::copy_file(theirs, mine);
        const auto refused = instance::open(how_, log_, instance::with_peers::no);
        ASSERT_FALSE(refused) << mine;
        EXPECT_EQ(refused.error().what, base::code::config_invalid) << refused.error().words;
        fs::remove(mine);
        fs::rename(mine + ".away", mine);
    }
}

TEST_F(an_instance, goes_on_with_rotated_keys_and_recognises_what_the_older_ones_made) {
    const auto one = instance::open(how_, log_, instance::with_peers::yes);
    ASSERT_TRUE(one) << one.error().words;
    const auto parts = (*one)->desk_parts();
    const auto before = parts.secrets->keyed_digest("token", "", "t");
    const auto jwks = parts.jwks();
    auto notes = store::sqlite_notebook::open(how_.store.path).value();
    system_random random;
    ASSERT_TRUE(rotate_secret(how_, *notes, random));
    ASSERT_TRUE(rotate_signing(how_, *notes));
    ASSERT_TRUE((*one)->reload_keys(how_));
    EXPECT_NE(parts.secrets->keyed_digest("token", "", "t"), before);
    EXPECT_EQ(parts.secrets->keyed_digests("token", "", "t").at(1), before);
    EXPECT_EQ(parts.secrets->digest_like("token", "", "t", std::vector{before}), before);
    const auto now = parts.jwks();
    EXPECT_NE(now, jwks);
    EXPECT_NE(now.find(jwks.substr(jwks.find("\"x\""), 40)), std::string::npos) << "the old key is still published";
    ASSERT_EQ(forget_old_secrets(how_, *notes, random, machine_clocks().wall(), false).value(), 1U);
    ASSERT_TRUE((*one)->reload_keys(how_));
    EXPECT_EQ(parts.secrets->keyed_digests("token", "", "t").size(), 1U);
}

TEST_F(an_instance, changes_no_key_that_nobody_is_told_of) {
    ASSERT_TRUE(instance::open(how_, log_, instance::with_peers::yes));
    auto notes = store::sqlite_notebook::open(how_.store.path).value();
    system_random random;
    const auto secrets = [&] { return load_secrets(how_, *notes, random).value().ids(); };
    ASSERT_TRUE(rotate_secret(how_, *notes, random));
    const auto before = secrets();
    const auto signing = load_signing(how_, *notes).value()->kid();
    std::vector<std::string> wanted;
    const auto nobody = [&](const std::string& what) -> result<void> {
        wanted.push_back(what);
        return base::refuse(base::code::too_many, "The notebook is full.");
    };
    EXPECT_EQ(rotate_secret(how_, *notes, random, nobody).error().what, base::code::too_many);
    EXPECT_FALSE(rotate_signing(how_, *notes, nobody));
    EXPECT_FALSE(forget_old_secrets(how_, *notes, random, machine_clocks().wall(), false, nobody));
    ASSERT_EQ(wanted.size(), 3U);
    EXPECT_TRUE(wanted[0].starts_with("rotate secret ") && wanted[1].starts_with("rotate signing "));
    EXPECT_EQ(wanted[2], "forget secret 1");
    EXPECT_EQ(secrets(), before);
    EXPECT_EQ(load_signing(how_, *notes).value()->kid(), signing);
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
    // An operator's own files lie over the shipped ones.
    std::ofstream(folder / "calendars" / "XX.json")
        << R"({"id":"XX","version":"1","source":"tests","licence":"none","weekend":[7],"covers":["2026-01-01","2026-12-31"],"days":{}})";
    const auto laid = load_calendars({source / "calendars", folder / "calendars"});
    ASSERT_TRUE(laid) << laid.error().words;
    EXPECT_NE(laid->find("XX"), nullptr);
    EXPECT_NE(laid->find("HK"), nullptr) << "what is shipped stays";
    fs::remove_all(folder);
}

}  // namespace
}  // namespace keepline::app
