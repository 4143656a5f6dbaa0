#include "app/start_checks.hpp"

#include "app/files.hpp"
#include "app/instance.hpp"
#include "app/keys.hpp"
#include "base/temporary_directory.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

/// What the list says of an installation that has served once is what a start of it comes to.
class the_start : public ::testing::Test {
 protected:
    void SetUp() override {
        const auto read =
            read_config(std::nullopt, {{"KEEPLINE_DATA_DIR", (folder_ / "data").string()}}, KEEPLINE_SOURCE_DIR);
        ASSERT_TRUE(read) << read.error().words;
        how_ = *read;
        const auto one = instance::open(how_, log_, instance::with_peers::no);
        ASSERT_TRUE(one) << one.error().words;
        (*one)->stop();
    }
    start_outlook looked() const { return look_at_start(how_, port::system_clock().now()); }
    base::error start() {
        const auto one = instance::open(how_, log_, instance::with_peers::yes);
        return one ? base::error{base::code::internal, "it started"} : one.error();
    }
    void expect_stopped(base::code why, const std::string& words) {
        const auto found = looked();
        ASSERT_FALSE(found.stops.empty()) << words;
        EXPECT_EQ(found.stops[0].what, why) << found.stops[0].words;
        EXPECT_NE(found.stops[0].words.find(words), std::string::npos) << found.stops[0].words;
        EXPECT_EQ(start(), found.why()) << "the start says the same";
    }
    /// With another mode, then without; put back after each.
    void expect_guarded(const std::string& file, const std::string& open_words, const std::string& gone_words) {
        fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
        expect_stopped(base::code::config_invalid, open_words);
        fs::permissions(file, fs::perms::others_read, fs::perm_options::remove);
        fs::rename(file, file + ".kept");
        expect_stopped(base::code::config_invalid, gone_words);
        EXPECT_FALSE(fs::exists(file)) << "nothing is made by looking";
        fs::rename(file + ".kept", file);
    }

    base::temporary_directory folder_;
    config how_;
    port::no_log log_;
};

TEST_F(the_start, is_free_where_nothing_is_wrong) {
    EXPECT_TRUE(looked().stops.empty());
    EXPECT_EQ(start().words, "it started");
}

// A warning from sixty days before; nothing stops, and an instance that is open has no trouble by it.
TEST_F(the_start, is_free_where_a_calendar_ends_and_says_so_beforehand) {
    how_.calendars.own = folder_ / "calendars";
    fs::create_directories(how_.calendars.own);
    std::ofstream(fs::path(how_.calendars.own) / "CN.json")
        << R"({"id":"CN","version":"1","source":"tests","licence":"none","weekend":[6,7],"covers":["2004-01-01","2026-12-31"],"days":{}})";
    const auto seen_on = [&](const char* day) {
        const auto found = look_at_start(how_, *base::instant_from_iso(std::string(day) + "T00:00:00Z"));
        std::string out;
        for (const auto& words : found.warnings) out += words + "\n";
        return out;
    };
    EXPECT_EQ(seen_on("2026-10-31").find("The calendar CN"), std::string::npos);
    EXPECT_NE(seen_on("2026-11-01").find("The calendar CN ends on 2026-12-31 (60 days left)"), std::string::npos);
    EXPECT_NE(seen_on("2027-01-01").find("The calendar CN ended on 2026-12-31 (1 day ago)"), std::string::npos);
    const auto one = instance::open(how_, log_, instance::with_peers::yes);
    ASSERT_TRUE(one) << one.error().words;
    for (const auto& trouble : (*one)->desk_parts().troubles())
        EXPECT_EQ(trouble.trouble.find("calendar"), std::string::npos) << trouble.trouble;
    (*one)->stop();
}

TEST_F(the_start, needs_its_keys_and_that_nobody_else_reads_them) {
    expect_guarded(how_.keys.master_key_file, "may be read by others", "cannot be read");
    expect_guarded(how_.keys.secret_file, "can be read by others", "is missing, but the store belongs to one");
    expect_guarded(how_.keys.signing_key_file, "Others may read the signing key", "is missing, but the store belongs");
    expect_guarded(how_.keys.anchor_key_file, "Others may read the signing key", "is missing, but the store belongs");
    EXPECT_EQ(start().words, "it started");
}

TEST_F(the_start, needs_the_subscribers_keys_of_its_store) {
    const auto& file = how_.keys.subscriber_keys_file;
    fs::rename(file, file + ".kept");
    expect_stopped(base::code::config_invalid, "are missing, but the store belongs to such a file");
    std::ofstream(how_.keys.master_key_file + ".other") << std::string(32, 'x');
    fs::rename(file + ".kept", file);
    fs::permissions(how_.keys.master_key_file + ".other", fs::perms::owner_read);
    how_.keys.master_key_file += ".other";
    expect_stopped(base::code::config_invalid, "not the one that belongs to this keys.sqlite");
}

TEST_F(the_start, begins_no_empty_store_where_something_is_left_of_one) {
    fs::resize_file(how_.store.path, 0);
    ASSERT_TRUE(write_private_file(seen_file(how_), "1 0 x\n"));
    expect_stopped(base::code::config_invalid, "There is no store at");
}

TEST_F(the_start, reads_the_texts) {
    fs::create_directory(folder_ / "texts");
    std::ofstream(folder_ / "texts" / "en.toml") << "this is no TOML\n";
    how_.messages.texts = (folder_ / "texts").string();
    expect_stopped(base::code::config_invalid, "en.toml");
}

TEST_F(the_start, tells_listeners_at_one_address_and_a_log_that_is_no_file) {
    how_.http.listen = "127.0.0.1:9464";
    how_.metrics.listen = "0.0.0.0:9464";
    how_.log.file = folder_.path();
    const auto found = looked();
    ASSERT_EQ(found.stops.size(), 2U);
    EXPECT_EQ(found.stops[0].what, base::code::config_invalid);
    EXPECT_TRUE(found.stops[0].words.starts_with("log.file: ")) << found.stops[0].words;
    EXPECT_EQ(found.stops[1].what, base::code::unavailable);
    EXPECT_NE(found.stops[1].words.find("[http] and [metrics]"), std::string::npos) << found.stops[1].words;
    EXPECT_EQ(found.why().data.back(), (base::detail{"also", found.stops[1].words})) << "all at once";
    how_.metrics.listen = "127.0.0.2:9464";
    how_.log.file = (folder_ / "to/be/made.log").string();
    EXPECT_TRUE(looked().stops.empty());
    EXPECT_FALSE(fs::exists(folder_ / "to"));
}

TEST_F(the_start, tries_certificate_and_key_of_the_api) {
    how_.http.tls_cert = how_.keys.signing_key_file;  // a key is no certificate
    how_.http.tls_key = how_.keys.anchor_key_file;
    const auto found = looked();
    ASSERT_EQ(found.stops.size(), 1U);
    EXPECT_TRUE(found.stops[0].words.starts_with("[http]: The TLS certificate or key cannot be used"))
        << found.stops[0].words;
}

TEST_F(the_start, of_a_new_installation_is_free_too) {
    const auto read =
        read_config(std::nullopt, {{"KEEPLINE_DATA_DIR", (folder_ / "new").string()}}, KEEPLINE_SOURCE_DIR);
    ASSERT_TRUE(read);
    EXPECT_TRUE(look_at_start(*read, port::system_clock().now()).stops.empty());
    EXPECT_FALSE(fs::exists(folder_ / "new"));
}

}  // namespace
}  // namespace keepline::app
