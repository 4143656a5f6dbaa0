#include "app/upgrade.hpp"

#include "app/backup.hpp"
#include "app/certificate_dates.hpp"
#include "app/instance.hpp"
#include "app/version.hpp"
#include "base/temporary_directory.hpp"
#include "store/sqlite.hpp"

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

class the_outlook : public ::testing::Test {
 protected:
    void SetUp() override {
        const auto read =
            read_config(std::nullopt, {{"KEEPLINE_DATA_DIR", (folder_ / "data").string()}}, KEEPLINE_SOURCE_DIR);
        ASSERT_TRUE(read) << read.error().words;
        how_ = *read;
    }
    void serve_once() {
        const auto one = instance::open(how_, log_, instance::with_peers::no);
        ASSERT_TRUE(one) << one.error().words;
        (*one)->stop();
    }
    void set_version(const std::string& file, int version) {
        auto db = store::connection::open(file, store::connection::mode::read_write);
        ASSERT_TRUE(db);
        ASSERT_TRUE(db->execute("PRAGMA user_version = " + std::to_string(version)));
    }

    base::temporary_directory folder_;
    config how_;
    port::no_log log_;
};

TEST_F(the_outlook, before_the_first_start_is_free) {
    const auto now = look_at_upgrade(how_);
    EXPECT_TRUE(now.starts());
    EXPECT_TRUE(now.can_go_back());
    ASSERT_EQ(now.files.size(), 2U);
    EXPECT_FALSE(now.files[0].there);
    EXPECT_FALSE(std::filesystem::exists(how_.store.path)) << "nothing is made by looking";
}

TEST_F(the_outlook, for_the_same_version_has_nothing_to_do_and_names_the_last_backup) {
    serve_once();
    auto now = look_at_upgrade(how_);
    EXPECT_TRUE(now.starts());
    EXPECT_TRUE(now.can_go_back());
    EXPECT_EQ(now.program, version);
    EXPECT_FALSE(now.backup);
    for (const auto& one : now.files) EXPECT_EQ(one.version, one.known) << one.path;
    const auto made = make_backup(how_, (folder_ / "copy").string(), "");
    ASSERT_TRUE(made) << made.error().words;
    now = look_at_upgrade(how_);
    ASSERT_TRUE(now.backup);
    const auto one = instance::open(how_, log_, instance::with_peers::no);
    ASSERT_TRUE(one) << one.error().words;
    EXPECT_EQ((*one)->desk_parts().backup_made(), now.backup) << "the metric says the same";
}

TEST_F(the_outlook, says_that_an_older_store_is_upgraded_and_cannot_go_back) {
    serve_once();
    set_version(how_.store.path, 6);
    const auto now = look_at_upgrade(how_);
    EXPECT_TRUE(now.starts());
    EXPECT_FALSE(now.can_go_back());
    EXPECT_TRUE(now.files[0].upgraded());
    EXPECT_EQ(now.files[0].version, 6);
}

TEST_F(the_outlook, refuses_a_store_of_a_newer_program) {
    serve_once();
    set_version(how_.store.path, 99);
    const auto now = look_at_upgrade(how_);
    EXPECT_FALSE(now.starts());
    ASSERT_EQ(now.stops.size(), 1U);
    EXPECT_NE(now.stops[0].words.find("newer"), std::string::npos) << now.stops[0].words;
}

TEST_F(the_outlook, names_what_else_would_stop_the_start) {
    how_.policies.dir = (folder_ / "nowhere").string();
    EXPECT_FALSE(look_at_upgrade(how_).starts());
}

TEST(certificate_dates, leave_out_what_cannot_be_read) {
    config how;
    how.http.tls_cert = "/nowhere/cert.pem";
    EXPECT_TRUE(certificate_dates(how).empty());
}

}  // namespace
}  // namespace keepline::app
