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

struct said {
    int code = 0;
    std::string out;
    std::string err;
};

class cli : public ::testing::Test {
 protected:
    void SetUp() override {
        const fs::path source = KEEPLINE_SOURCE_DIR;
        env_ = {{"KEEPLINE_DATA_DIR", (folder_ / "data").string()},
                {"KEEPLINE_POLICIES_DIR", (source / "policies").string()},
                {"KEEPLINE_CALENDARS_DIR", (source / "calendars").string()}};
    }

    said run_with(const std::vector<std::string>& arguments, const std::string& input = "") {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        console at{in, out, err, false, env_};
        said result;
        result.code = run(arguments, at);
        result.out = out.str();
        result.err = err.str();
        return result;
    }
    std::string file(const std::string& name, const std::string& content) {
        std::ofstream(folder_ / name) << content;
        return (folder_ / name).string();
    }

    base::temporary_directory folder_;
    environment env_;
};

constexpr const char* rows =
    "number,policy,subscriber,since,valid_until,full_name,currency,balance,iccid,imsi,profile_state,mail,mail_"
    "verified\n"
    "+8613800138000,cn,s-1,2024-05-01,2030-01-01,Wang "
    "Wei,CNY,12.30,89860012345678901238,460001234567890,enabled,w@example.com,true\n"
    "+8613800138001,cn,s-2,2024-05-01,2030-01-01,Li Na,CNY,0,,,,,\n";

TEST_F(cli, teaches_with_examples) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                      {"serve", "--help"},
                                                      {"import", "--help"},
                                                      {"closure", "--help"},
                                                      {"closure", "open", "--help"},
                                                      {"policy", "--help"},
                                                      {"token", "create", "--help"},
                                                      {"line", "show", "--help"},
                                                      {"backup", "--help"},
                                                      {"verify-certificate", "--help"},
                                                      {"completion", "--help"},
                                                      {"effects", "--help"}}) {
        const auto got = run_with(arguments);
        EXPECT_EQ(got.code, 0);
        EXPECT_NE(got.out.find("keepline "), std::string::npos) << got.out;
        EXPECT_EQ(got.err, "");
    }
}

TEST_F(cli, has_a_manual_that_says_what_help_says_of_every_command) {
    const auto got = run_with({"manual", "--json"});
    ASSERT_EQ(got.code, 0) << got.err;
    const auto pages = boost::json::parse(got.out).as_object();
    EXPECT_GT(pages.size(), 60U);
    EXPECT_EQ(pages.at("keepline").as_string(), run_with({"--help"}).out);
    EXPECT_EQ(pages.at("keepline line").as_string(), run_with({"line", "--help"}).out);
    EXPECT_EQ(pages.at("keepline line show").as_string(), run_with({"line", "show", "--help"}).out);
    EXPECT_NE(run_with({"manual"}).out.find("\n== keepline line show\n"), std::string::npos);
}

TEST_F(cli, answers_a_wrong_command_line_with_two_and_a_hint) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                      {"sevre"},
                                                      {"policy"},
                                                      {"policy", "explain"},
                                                      {"calendar", "due", "CN", "2026-01-01", "many"},
                                                      {"calendar", "due", "CN", "2026-01-01", "-1"},
                                                      {"token", "create", "--role", "king", "--id", "x"},
                                                      {"import"}}) {
        const auto got = run_with(arguments);
        EXPECT_EQ(got.code, 2);
        EXPECT_TRUE(got.err.starts_with("keepline: ")) << got.err;
        EXPECT_NE(got.err.find("--help"), std::string::npos) << got.err;
    }
}

TEST_F(cli, guesses_what_a_mistyped_command_or_option_meant) {
    const auto said = [&](const std::vector<std::string>& arguments) { return run_with(arguments).err; };
    EXPECT_NE(said({"sevre"}).find("Did you mean: keepline serve\n"), std::string::npos) << said({"sevre"});
    EXPECT_NE(said({"polcy", "list"}).find("Did you mean: keepline policy\n"), std::string::npos);
    EXPECT_NE(said({"policy", "explian", "cn"}).find("Did you mean: keepline policy explain\n"), std::string::npos);
    EXPECT_NE(said({"import", "x.csv", "--reject", "y"}).find("Did you mean: --rejects\n"), std::string::npos);
    EXPECT_EQ(said({"xyzzy"}).find("Did you mean"), std::string::npos);
    EXPECT_EQ(said({"import"}).find("Did you mean"), std::string::npos) << "nothing was mistyped";
}

TEST_F(cli, says_what_it_does_not_know_and_how_to_learn_of_what_was_meant) {
    const auto said = [&](const std::vector<std::string>& arguments) { return run_with(arguments).err; };
    EXPECT_EQ(
        said({"clousre", "list"}),
        "keepline: There is no command `keepline clousre`\nDid you mean: keepline closure\nTry: keepline --help\n");
    EXPECT_TRUE(said({"closure", "lsit"}).starts_with("keepline: There is no command `keepline closure lsit`\n"));
    EXPECT_TRUE(said({"closure", "lsit"}).ends_with("Try: keepline closure --help\n"));
    EXPECT_EQ(said({"order", "create", "--typ"}),
              "keepline: There is no option `--typ` of `keepline order create`\nDid you mean: --type\n"
              "Try: keepline order create --help\n");
    EXPECT_TRUE(said({"-V"}).starts_with("keepline: There is no option `-V`\n")) << said({"-V"});
    EXPECT_TRUE(said({"closure"}).starts_with("keepline: A subcommand is required\n")) << "nothing is unknown";
    const auto missing = said({"token", "create", "--id", "x"});
    EXPECT_TRUE(missing.starts_with("keepline: --role is required\n")) << missing;
    EXPECT_TRUE(missing.ends_with("Try: keepline token create --help\n")) << missing;
}

TEST_F(cli, explains_a_policy_however_its_name_and_the_language_are_written) {
    const auto chinese = run_with({"policy", "explain", "cn", "--language", "zh-CN"});
    EXPECT_EQ(chinese.code, 0) << chinese.err;
    for (const auto* language : {"zh", "ZH-cn", "zh_Hans"})
        EXPECT_EQ(run_with({"policy", "explain", "CN", "--language", language}).out, chinese.out) << language;
    EXPECT_EQ(run_with({"policy", "explain", "CN", "--language", "EN"}).out, run_with({"policy", "explain", "cn"}).out);
    EXPECT_EQ(run_with({"policy", "explain", "cn", "--language", "fr"}).code, 2);
    EXPECT_NE(run_with({"policy", "explain", "XX"}).err.find("`XX`"), std::string::npos);
}

TEST_F(cli, prints_its_version) {
    EXPECT_EQ(run_with({"--version"}).out, run_with({"version"}).out);
    EXPECT_EQ(run_with({"--version"}).code, 0);
    EXPECT_TRUE(run_with({"version"}).out.starts_with("keepline "));
    EXPECT_TRUE(boost::json::parse(run_with({"version", "--json"}).out).at("version").is_string());
}

TEST_F(cli, computes_a_due_date) {
    const auto sure = run_with({"calendar", "due", "CN", "2026-02-13", "7"});
    EXPECT_EQ(sure.code, 0);
    EXPECT_EQ(sure.out.size(), 11U) << sure.out;
    const auto provisional = run_with({"calendar", "due", "CN", "2026-12-30", "7"});
    EXPECT_TRUE(provisional.out.ends_with(" provisional\n")) << provisional.out;
    EXPECT_TRUE(boost::json::parse(run_with({"--json", "calendar", "due", "CN", "2026-12-30", "7"}).out)
                    .at("provisional")
                    .as_bool());
    EXPECT_EQ(run_with({"calendar", "due", "XX", "2026-12-30", "7"}).code, 2);
    EXPECT_EQ(run_with({"calendar", "due", "CN", "30.12.2026", "7"}).code, 2);
    const auto list = run_with({"calendar", "list"});
    EXPECT_NE(list.out.find("DAYS LEFT"), std::string::npos) << list.out;
    const auto all = boost::json::parse(run_with({"--json", "calendar", "list"}).out).at("items").as_array();
    for (const auto& one : all)
        if (one.at("id") == "US") EXPECT_EQ(one.at("policies"), (boost::json::array{"us", "us-tello", "us-ultra"}));
}

TEST_F(cli, checks_lists_and_explains_policies) {
    EXPECT_EQ(run_with({"policy", "check"}).code, 0);
    EXPECT_NE(run_with({"policy", "list"}).out.find("\ncn "), std::string::npos);
    const auto english = run_with({"policy", "explain", "cn"});
    const auto chinese = run_with({"policy", "explain", "cn", "--language", "zh-CN"});
    EXPECT_EQ(english.code, 0) << english.err;
    EXPECT_NE(english.out, chinese.out);
    const auto unknown = run_with({"policy", "explain", "atlantis"});
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("There are: "), std::string::npos) << unknown.err;
    EXPECT_EQ(run_with({"policy", "check", folder_.path().string()}).code, 2);
}

TEST_F(cli, names_the_file_and_line_of_a_wrong_configuration) {
    const auto path = file("keepline.toml", "[http]\nlisen = 1\n");
    const auto got = run_with({"--config", path, "config", "check"});
    EXPECT_EQ(got.code, 2);
    EXPECT_EQ(got.err, "keepline: " + path + ":2:1: `http.lisen` is not a known key. Did you mean `listen`?\n");
    const auto as_json = boost::json::parse(run_with({"--config", path, "config", "check", "--json"}).err);
    EXPECT_EQ(as_json.at("code").as_string(), "config-invalid");
    EXPECT_EQ(as_json.at("data").at("line").as_string(), "2");
    EXPECT_EQ(run_with({"--config", "/nowhere.toml", "config", "show"}).code, 2);
}

TEST_F(cli, completes_in_bash) {
    const auto script = run_with({"completion", "bash"});
    ASSERT_EQ(script.code, 0);
    const auto path = file("completion", script.out);
    EXPECT_EQ(std::system(("bash -n " + path).c_str()), 0);
    const auto answer = [&](const std::string& words, int at) {
        const auto out = (folder_ / "answer").string();
        const auto line = "source " + path + "; COMP_WORDS=(keepline " + words + "); COMP_CWORD=" + std::to_string(at) +
                          "; _keepline; echo \" ${COMPREPLY[*]} \"";
        EXPECT_EQ(std::system(("bash -c '" + line + "' > " + out).c_str()), 0);
        std::ostringstream text;
        text << std::ifstream(out).rdbuf();
        return text.str();
    };
    EXPECT_NE(answer("pol", 1).find(" policy "), std::string::npos);
    EXPECT_NE(answer("policy \"\"", 2).find(" explain "), std::string::npos);
    EXPECT_NE(answer("policy explain cn --language \"\"", 5).find(" zh-CN "), std::string::npos)
        << answer("policy explain cn --language \"\"", 5);
    EXPECT_NE(answer("closure approve x --re", 4).find(" --reason "), std::string::npos);
    EXPECT_EQ(answer("token create --id \"\"", 4).find("--role"), std::string::npos);
}

TEST_F(cli, asks_for_a_token_where_one_is_needed) {
    const auto got = run_with({"closure", "list"});
    EXPECT_EQ(got.code, 3);
    EXPECT_NE(got.err.find("KEEPLINE_TOKEN"), std::string::npos);
    env_["KEEPLINE_TOKEN"] = "x";
    const auto nobody = run_with({"closure", "list", "--server", "http://127.0.0.1:1"});
    EXPECT_EQ(nobody.code, 5);
    EXPECT_EQ(nobody.err.find("Bearer"), std::string::npos);
}

TEST_F(cli, makes_lists_and_revokes_tokens_without_a_server) {
    const auto made = run_with({"--json", "token", "create", "--role", "admin", "--id", "ops", "--note", "first"});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto token = std::string(boost::json::parse(made.out).at("token").as_string());
    EXPECT_GE(token.size(), 50U);
    const auto listed = run_with({"token", "list"});
    EXPECT_NE(listed.out.find("ops"), std::string::npos);
    EXPECT_EQ(listed.out.find(token), std::string::npos);
    EXPECT_TRUE(listed.out.contains("in force")) << listed.out;
    EXPECT_EQ(run_with({"token", "revoke", "ops"}).code, 0);
    const auto after = run_with({"token", "list"}).out;
    EXPECT_TRUE(after.contains(" revoked ") && !after.contains("in force")) << after;
    EXPECT_EQ(run_with({"token", "revoke", "ops"}).code, 4);
    EXPECT_EQ(fs::status(folder_ / "data" / "keys" / "secret.key").permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(cli, imports_offline_and_again_without_change) {
    const auto path =
        file("lines.csv", std::string(rows) + "+8613800138002,atlantis,s-3,2024-05-01,2030-01-01,A,,,,,,,\nshort\n");
    const auto first = run_with({"import", path, "--rejects", (folder_ / "bad").string()});
    EXPECT_EQ(first.code, 2) << first.err;
    EXPECT_EQ(first.out, "4 rows: 2 added, 0 known already, 2 rejected\n") << first.err;
    EXPECT_NE(first.err.find("line 4: "), std::string::npos) << first.err;
    EXPECT_NE(first.err.find("line 5: The row has 1 cells"), std::string::npos) << first.err;
    std::ifstream bad(folder_ / "bad");
    std::string line;
    ASSERT_TRUE(std::getline(bad, line));
    EXPECT_EQ(boost::json::parse(line).at("code").as_string(), "policy-unknown");
    EXPECT_EQ(fs::status(folder_ / "bad").permissions() & fs::perms::others_read, fs::perms::none);

    const auto verified = [&] {
        auto out = boost::json::parse(run_with({"verify", "--json"}).out);
        out.as_object().erase("anchored_at");  // every command that opens the store anchors it when it is done
        return out;
    };
    const auto before = verified();
    EXPECT_EQ(run_with({"import", path}).out, "4 rows: 0 added, 2 known already, 2 rejected\n");
    EXPECT_EQ(verified(), before);
}

TEST_F(cli, shows_a_line_without_personal_data) {
    ASSERT_EQ(run_with({"import", file("lines.csv", rows)}).code, 0);
    const auto got = run_with({"line", "show", "+8613800138000", "--history", "--json"});
    ASSERT_EQ(got.code, 0) << got.err;
    const auto shown = boost::json::parse(got.out);
    EXPECT_EQ(shown.at("line").at("balance").at("prepaid").at("minor").as_int64(), 1230);
    EXPECT_FALSE(shown.at("history").as_array().empty());
    const auto id = std::string(shown.at("line").at("id").as_string());
    for (const auto* personal : {"Wang", "w@example.com"}) EXPECT_EQ(got.out.find(personal), std::string::npos);
    const auto by_id = run_with({"line", "show", id, "--history"});
    EXPECT_EQ(by_id.code, 0) << by_id.err;
    EXPECT_EQ(by_id.out.find("+8613800138000"), std::string::npos);
    EXPECT_NE(by_id.out.find("prepaid: 12.30 CNY"), std::string::npos) << by_id.out;
    EXPECT_EQ(run_with({"line", "show", "+8613800138999"}).code, 4);
    EXPECT_EQ(run_with({"line", "show", "nonsense"}).code, 2);
}

TEST_F(cli, backs_up_and_verifies_the_copy) {
    ASSERT_EQ(run_with({"import", file("lines.csv", rows)}).code, 0);
    const auto copy = (folder_ / "copy").string();
    const auto keys = (folder_ / "keys.sqlite").string();
    const auto made = run_with({"backup", copy, "--keys", keys});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_TRUE(fs::exists(keys));
    const auto verified = run_with({"verify", "--journal", copy + "/journal.db"});
    EXPECT_EQ(verified.code, 0) << verified.err;
    EXPECT_TRUE(verified.out.starts_with("Everything holds: ")) << verified.out;
    EXPECT_NE(run_with({"backup", copy}).code, 0);
    EXPECT_EQ(run_with({"verify", "--journal", "/nowhere.db"}).code, 4);
}

TEST_F(cli, plays_a_recording_or_writes_it_to_a_file_that_is_not_there_yet) {
    fs::create_directories(folder_ / "prompts/en");
    const std::string take = "RIFF, as it was recorded";
    file("prompts/en/say.main.bye.16k.wav", take);
    const auto text_in = [](const fs::path& path) {
        std::ifstream in(path);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    const std::vector<std::string> play{"prompts", "play", "say.main.bye", (folder_ / "prompts").string()};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), play.begin(), play.end());
        return run_with(more);
    };
    const auto written = (folder_ / "bye.wav").string();
    const auto got = with({"--to", written});
    EXPECT_EQ(got.code, 0) << got.err;
    EXPECT_EQ(got.out, "Thank you for calling. Goodbye.\n");
    EXPECT_EQ(text_in(written), take);
    EXPECT_NE(with({"--to", written}).code, 0) << "it is there already";

    const auto heard = (folder_ / "heard").string();
    const auto player = file("player", "#!/bin/sh\ncp \"$1\" \"" + heard + "\"\n");
    fs::permissions(player, fs::perms::owner_all);
    EXPECT_EQ(with({"--player", player}).code, 0);
    EXPECT_EQ(text_in(heard), take);
    EXPECT_NE(with({"--player", "/no/such/player"}).code, 0);

    EXPECT_EQ(with({"--language", "zh-CN", "--to", (folder_ / "zh.wav").string()}).code, 4) << "nobody recorded it";
    EXPECT_EQ(run_with({"prompts", "play", "say.nothing", (folder_ / "prompts").string()}).code, 4);
}

TEST_F(cli, says_that_a_certificate_does_not_hold) {
    const auto jws = file("c.jws", "e30.e30.AAAA");
    const auto keys = file("jwks.json", "{\"keys\":[]}");
    EXPECT_EQ(run_with({"verify-certificate", jws, "--jwks", keys}).code, 8);
    EXPECT_EQ(run_with({"verify-certificate", "/nowhere", "--jwks", keys}).code, 4);
}

}  // namespace
}  // namespace keepline::app
