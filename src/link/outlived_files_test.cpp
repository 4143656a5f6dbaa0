// Files that have outlived their purpose: messages by their age, payment files when nothing in them is open.
#include "link/payment_files.hpp"
#include "link/scripted_peer.hpp"
#include "link/spool_name.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace keepline::link {
namespace outlived_tests {
namespace {

namespace fs = std::filesystem;

constexpr base::instant today{1'800'000'000'000};

class outlived_files : public testing::Test {
 protected:
    /// A file that was written so many days before today.
    fs::path file(const std::string& name, int days_old, const std::string& text = "x") {
        const fs::path at = fs::path(folder.path()) / name;
        fs::create_directories(at.parent_path());
        std::ofstream(at) << text;
        const auto seconds = static_cast<time_t>((today - base::days{days_old}).ms / 1000);
        const std::array times{timespec{seconds, 0}, timespec{seconds, 0}};
        EXPECT_EQ(::utimensat(AT_FDCWD, at.c_str(), times.data(), 0), 0);
        return at;
    }
    fs::path payment(const std::string& name, int days_old, const std::vector<std::string>& ids) {
        std::string xml = R"(<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">)";
        for (const auto& id : ids) xml += "<PmtId><EndToEndId>" + id + "</EndToEndId></PmtId>";
        return file(name, days_old, xml + "</Document>\n");
    }
    result<int> drop_payments(const std::vector<std::string>& open, int most = 100) {
        const auto is_open = [&](std::string_view id) { return std::ranges::find(open, id) != open.end(); };
        return drop_outlived_payments(folder.path(), today - base::days{30}, is_open, most);
    }
    test_folder folder;
};

TEST_F(outlived_files, messages_go_by_their_age_wherever_a_reader_put_them) {
    const auto old = file(spool_name("k1", "sb-1", "json"), 31);
    const auto read = file("cur/" + spool_name("k2", "sb-2", "keepline") + ":2,S", 31);
    const auto done = file("done/" + spool_name("k3", "sb-1", "json"), 400);
    const auto young = file(spool_name("k4", "sb-1", "json"), 29);
    EXPECT_EQ(drop_outlived({folder.path()}, today - base::days{30}, 100), 3);
    for (const auto& gone : {old, read, done}) EXPECT_FALSE(fs::exists(gone)) << gone;
    EXPECT_TRUE(fs::exists(young));
    EXPECT_EQ(drop_outlived({folder.path()}, today - base::days{30}, 100), 0);
}

TEST_F(outlived_files, what_is_not_ours_stays_however_old_it_is) {
    const auto named = {"notes.txt",
                        "k1.json",
                        "k1.0123.json",
                        "k1.0123456789abcdef0123456789ABCDEF.json",
                        "k1.0123456789abcdef0123456789abcdef.exe",
                        "k1.0123456789abcdef0123456789abcdef"};
    for (const auto* name : named) file(name, 4000);
    fs::create_symlink("/etc/hostname", fs::path(folder.path()) / spool_name("k1", "sb-1", "json"));
    EXPECT_EQ(drop_outlived({folder.path()}, today, 100), 0);
    for (const auto* name : named) EXPECT_TRUE(fs::exists(fs::path(folder.path()) / name)) << name;
}

TEST_F(outlived_files, no_more_of_them_at_once_than_was_said) {
    for (int n = 0; n < 7; ++n) file(spool_name("k" + std::to_string(n), "sb-1", "json"), 100);
    EXPECT_EQ(drop_outlived({folder.path()}, today, 5), 5);
    EXPECT_EQ(drop_outlived({folder.path()}, today, 5), 2);
}

TEST_F(outlived_files, a_folder_that_is_not_there_holds_nothing) {
    EXPECT_EQ(drop_outlived({folder.path() + "/none"}, today, 5), 0);
    EXPECT_EQ(drop_outlived_payments(folder.path() + "/none", today, [](std::string_view) { return false; }, 5), 0);
}

TEST_F(outlived_files, a_payment_file_goes_when_nothing_in_it_is_open) {
    const auto over = payment("KL20200101000000000-0001.xml", 31, {"KLa", "KLb"});
    const auto waits = payment("KL20200101000000000-0002.xml", 4000, {"KLc", "KLd"});
    const auto young = payment("KL20200101000000000-0003.xml", 29, {"KLe"});
    EXPECT_EQ(drop_payments({"KLd"}), 1);
    EXPECT_FALSE(fs::exists(over));
    EXPECT_TRUE(fs::exists(waits) && fs::exists(young));
    EXPECT_EQ(drop_payments({}), 1) << "it is settled now";
    EXPECT_FALSE(fs::exists(waits));
}

TEST_F(outlived_files, a_payment_file_that_is_none_of_ours_or_not_whole_stays) {
    const auto torn = file("KL20200101000000000-0001.xml", 4000, "<Document pain.001><EndToEndId>KLa");
    const auto theirs = payment("statement.xml", 4000, {"KLa"});
    const auto unwritten = payment("KL20200101000000000-0002.xml.tmp", 4000, {"KLa"});
    const auto log = file("written.log", 4000);
    EXPECT_EQ(drop_payments({}), 0);
    for (const auto& kept : {torn, theirs, unwritten, log}) EXPECT_TRUE(fs::exists(kept)) << kept;
}

TEST_F(outlived_files, payment_files_go_so_many_at_once) {
    for (int n = 0; n < 4; ++n) payment("KL20200101000000000-000" + std::to_string(n) + ".xml", 100, {"KLa"});
    EXPECT_EQ(drop_payments({}, 3), 3);
    EXPECT_EQ(drop_payments({}, 3), 1);
}

}  // namespace
}  // namespace outlived_tests
}  // namespace keepline::link
