#include "app/cli.hpp"
#include "base/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

struct pki_said {
    int code = 0;
    std::string out;
    std::string err;
};

class pki_command : public ::testing::Test {
 protected:
    pki_said run_with(const std::vector<std::string>& arguments) {
        std::istringstream in;
        std::ostringstream out;
        std::ostringstream err;
        console at{in, out, err, false, {}};
        pki_said result;
        result.code = run(arguments, at);
        result.out = out.str();
        result.err = err.str();
        return result;
    }
    std::string place(const std::string& name) const { return (folder_ / name).string(); }

    base::temporary_directory folder_;
};

TEST_F(pki_command, makes_a_pki_that_its_own_check_finds_in_order) {
    const auto made = run_with({"pki", "make", place("a"), "--cards", "2", "--host", "smdpp.example.com"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(fs::exists(place("a/README.txt")));
    const auto checked = run_with({"pki", "check", place("a")});
    EXPECT_EQ(checked.code, 0) << checked.out;
    EXPECT_NE(checked.out.find("2 certificate sets and 4 eUICCs"), std::string::npos) << checked.out;
    EXPECT_EQ(checked.out.find("wrong:"), std::string::npos) << checked.out;
}

TEST_F(pki_command, keeps_keys_from_other_users) {
    ASSERT_EQ(run_with({"pki", "make", place("a"), "--curve", "nist", "--negative"}).code, 0);
    int keys = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place("a"))) {
        if (!entry.is_regular_file()) continue;
        const bool key = entry.path().filename().string().find(".key.") != std::string::npos;
        const auto others = entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all);
        EXPECT_EQ(others == fs::perms::none, key) << entry.path();
        keys += key ? 1 : 0;
    }
    EXPECT_GT(keys, 50);
    fs::permissions(place("a/nist/dp-pb.key.pem"), fs::perms::others_read, fs::perm_options::add);
    const auto checked = run_with({"pki", "check", place("a")});
    EXPECT_EQ(checked.code, 0);
    EXPECT_NE(checked.out.find("Others may read this key"), std::string::npos);
}

TEST_F(pki_command, is_not_made_over_another_one_but_can_be_given_more_cards) {
    ASSERT_EQ(run_with({"pki", "make", place("a")}).code, 0);
    const auto key = [&] {
        std::ostringstream out;
        out << std::ifstream(place("a/nist/ci.key.pem")).rdbuf();
        return out.str();
    };
    const auto before = key();
    EXPECT_EQ(run_with({"pki", "make", place("a")}).code, 2);
    EXPECT_EQ(key(), before);
    ASSERT_EQ(run_with({"pki", "make", place("a"), "--more", "--cards", "3"}).code, 0);
    const auto checked = run_with({"--json", "pki", "check", place("a")});
    EXPECT_EQ(boost::json::parse(checked.out).at("cards").as_int64(), 6) << checked.out;
    EXPECT_EQ(key(), before);
}

TEST_F(pki_command, lists_what_it_made_for_machines) {
    const auto made = run_with({"--json", "pki", "make", place("a"), "--curve", "brainpool"});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto listed = boost::json::parse(made.out);
    for (const auto& file : listed.at("files").as_array()) {
        EXPECT_TRUE(fs::exists(std::string(file.at("file").as_string())));
        EXPECT_EQ(file.at("file").as_string().find("nist"), boost::json::string_view::npos);
    }
}

TEST_F(pki_command, says_where_there_is_no_dptls_and_finds_nothing_wrong_with_that) {
    ASSERT_EQ(run_with({"pki", "make", place("a")}).code, 0);
    for (const auto* name : {"dp-tls.cert.pem", "dp-tls.cert.der", "dp-tls.key.pem", "dp-tls.key.der"})
        fs::remove(place("a/brainpool/") + name);
    const auto checked = run_with({"pki", "check", place("a")});
    EXPECT_EQ(checked.code, 0) << checked.out;
    EXPECT_NE(checked.out.find("note:    " + place("a/brainpool") + ": There is no DPtls"), std::string::npos)
        << checked.out;
    EXPECT_EQ(checked.out.find("a/nist: There is no DPtls"), std::string::npos) << checked.out;
    const auto listed = boost::json::parse(run_with({"--json", "pki", "check", place("a")}).out);
    EXPECT_EQ(listed.at("without_dptls"), boost::json::value({place("a/brainpool")}));
}

TEST_F(pki_command, says_what_is_wrong_with_exit_code_eight) {
    ASSERT_EQ(run_with({"pki", "make", place("a"), "--negative"}).code, 0);
    for (const auto& entry : fs::directory_iterator(place("a/negative/nist/servers"))) {
        const auto checked = run_with({"pki", "check", entry.path().string()});
        if (entry.path().filename() == "tls-wrong-name") continue;  // only a host name can tell
        EXPECT_EQ(checked.code, 8) << entry.path() << checked.out;
    }
    for (const auto& entry : fs::directory_iterator(place("a/negative/brainpool/cards"))) {
        if (entry.path().filename() == "foreign-ci" || entry.path().filename() == "eum-revoked") continue;
        EXPECT_EQ(run_with({"pki", "check", entry.path().string()}).code, 8) << entry.path();
    }
}

TEST_F(pki_command, refuses_what_it_cannot_do) {
    EXPECT_EQ(run_with({"pki", "check", place("nothing")}).code, 4);
    fs::create_directories(place("empty"));
    EXPECT_EQ(run_with({"pki", "check", place("empty")}).code, 4);
    EXPECT_EQ(run_with({"pki", "make", place("b"), "--eid", "123"}).code, 2);
    EXPECT_EQ(run_with({"pki", "make", place("b"), "--oid", "x"}).code, 2);
    EXPECT_EQ(run_with({"pki", "make", place("b"), "--curve", "p384"}).code, 2);
    EXPECT_EQ(run_with({"pki", "make", place("b"), "--cards", "1000000"}).code, 2);
    EXPECT_FALSE(fs::exists(place("b")));
}

}  // namespace
}  // namespace keepline::app
