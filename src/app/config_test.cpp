#include "app/config.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

result<config> read(const std::string& text, const environment& env = {}) {
    return read_config(config_text{"k.toml", text, "/etc/keepline"}, env, "/share");
}

std::string refusal(const std::string& text, const environment& env = {}) {
    const auto outcome = read(text, env);
    if (outcome) return "accepted";
    EXPECT_EQ(outcome.error().what, base::code::config_invalid);
    return outcome.error().words;
}

TEST(config, without_a_file_is_usable) {
    const auto c = read_config(std::nullopt, {{"XDG_DATA_HOME", "/home/me/.local/share"}}, "/share");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->data_dir, "/home/me/.local/share/keepline");
    EXPECT_EQ(c->http.listen, "127.0.0.1:8080");
    EXPECT_EQ(c->policies.dir, "/share/policies");
    EXPECT_EQ(c->mail.kind, "maildir");
    EXPECT_EQ(c->mail.maildir, c->data_dir + "/mail");
    EXPECT_EQ(c->sms.spool, c->data_dir + "/sms");
    EXPECT_EQ(c->store.path, c->data_dir + "/keepline.db");
}

TEST(config, takes_the_data_folder_of_the_present_folder_when_nothing_is_said) {
    const auto c = read_config(std::nullopt, {}, "/share");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->data_dir, (fs::current_path() / "keepline-data").string());
}

TEST(config, takes_relative_paths_from_the_folder_of_the_file) {
    const auto c = read("data_dir = \"data\"\n[mail]\nmaildir = \"../mail\"");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->data_dir, "/etc/keepline/data");
    EXPECT_EQ(c->mail.maildir, "/etc/mail");
    EXPECT_EQ(c->keys.master_key_file, "/etc/keepline/data/keys/master.key");
}

TEST(config, refuses_with_line_column_and_reason) {
    EXPECT_EQ(
        refusal("[http]\nlisten = \"127.0.0.1\"\n"),
        "k.toml:2:10: `http.listen` must be an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\".");
    EXPECT_EQ(refusal("\n[http]\nlisen = \"127.0.0.1:1\""),
              "k.toml:3:1: `http.lisen` is not a known key. Did you mean `listen`?");
    EXPECT_EQ(refusal("[htp]\n"), "k.toml:1:2: `htp` is not a known section. Did you mean `http`?");
    EXPECT_EQ(refusal("[zebra-crossing]\n"), "k.toml:1:2: `zebra-crossing` is not a known section.");
    EXPECT_EQ(refusal("[engine]\nbatch_max = 0"), "k.toml:2:13: `engine.batch_max` must be between 1 and 4096.");
    EXPECT_EQ(refusal("[engine]\nbatch_max = \"12\""),
              "k.toml:2:13: `engine.batch_max` must be a whole number, without quotes.");
    EXPECT_EQ(refusal("[mail]\nkind = \"pigeon\""), "k.toml:2:8: `mail.kind` must be one of: maildir, smtp, none.");
    EXPECT_EQ(refusal("data_dir = 5"), "k.toml:1:12: `data_dir` must be a string, in quotes.");
    EXPECT_TRUE(refusal("[http\n").starts_with("k.toml:1:6: This is not TOML: ")) << refusal("[http\n");
    EXPECT_EQ(refusal("[[http]]\n"), "k.toml:1:3: `http` is not a list of tables; write [http] once.");
    EXPECT_EQ(refusal("http = 5\n"), "k.toml:1:1: `http` is not a known key.");
    EXPECT_EQ(refusal("[log]\nfile = \"a\\nb\""),
              "k.toml:2:8: `log.file` must not contain line breaks or control characters.");
}

TEST(config, hands_the_position_to_machines_too) {
    const auto c = read("[engine]\nbatch_max = 0");
    ASSERT_FALSE(c);
    const std::vector<base::detail> data{
        {"file", "k.toml"}, {"field", "engine.batch_max"}, {"line", "2"}, {"column", "13"}};
    EXPECT_EQ(c.error().data, data);
}

TEST(config, refuses_files_and_folders_that_do_not_exist) {
    EXPECT_EQ(refusal("[http]\ntls_cert = \"no.pem\"\ntls_key = \"no.pem\""),
              "k.toml:2:12: `http.tls_cert` names a file that does not exist: /etc/keepline/no.pem.");
    EXPECT_EQ(refusal("[policies]\ndir = \"/nowhere\""),
              "k.toml:2:7: `policies.dir` names a folder that does not exist: /nowhere.");
}

TEST(config, refuses_keys_that_do_not_fit_together) {
    EXPECT_EQ(refusal("[http]\ntls_key = \"/dev/../etc/passwd\""),
              "k.toml:2:11: `http.tls_key` needs http.tls_cert and http.tls_key together.");
    EXPECT_EQ(refusal("[sms]\nkind = \"smpp\""), "k.toml:2:8: `sms.kind` is \"smpp\", so sms.system_id must be set.");
    EXPECT_EQ(refusal("[engine]\nbackoff_first_ms = 5000\nbackoff_max_ms = 1000"),
              "k.toml:2:20: `engine.backoff_first_ms` must not be larger than engine.backoff_max_ms.");
}

TEST(config, takes_a_page_for_payments_with_places_that_it_knows) {
    EXPECT_TRUE(read("[payments]\npage = \"https://pay.example/?r={reference}&a={amount}\""));
    EXPECT_NE(refusal("[payments]\npage = \"http://pay.example/?r={reference}\"").find("`payments.page` must be like"),
              std::string::npos);
    EXPECT_NE(refusal("[payments]\npage = \"https://pay.example/{reference}/{number}\"").find("and no others."),
              std::string::npos);
    EXPECT_NE(refusal("[payments]\npage = \"https://pay.example/\"").find("must hold {reference}"), std::string::npos);
}

TEST(config, refuses_a_mail_login_that_would_go_in_the_clear) {
    const std::string words =
        "`mail.security` is \"none\", but a mail user and password are only sent over TLS: set it to \"starttls\" or "
        "\"tls\".";
    const std::string login = "[mail]\nkind = \"smtp\"\nuser = \"u\"\npassword = \"p\"\n";
    EXPECT_EQ(refusal(login + "security = \"none\""), "k.toml:5:12: " + words);
    EXPECT_EQ(refusal(login), "k.toml:3:8: " + words) << "none is the default";
    EXPECT_EQ(refusal(login + "security = \"tls\"", {{"KEEPLINE_MAIL_SECURITY", "none"}}),
              "KEEPLINE_MAIL_SECURITY: " + words);
    EXPECT_EQ(refusal(login + "security = \"starttls\""), "accepted");
    EXPECT_EQ(refusal("[mail]\nkind = \"smtp\"\nsecurity = \"none\""), "accepted") << "nothing to hide";
    EXPECT_EQ(refusal("[mail]\nuser = \"u\"\npassword = \"p\""), "accepted") << "a maildir needs no login";
}

TEST(config, lets_the_environment_win) {
    const auto c =
        read("[http]\nlisten = \"127.0.0.1:1\"",
             {{"KEEPLINE_HTTP_LISTEN", "[::1]:2"}, {"KEEPLINE_ENGINE_BATCH_MAX", "7"}, {"KEEPLINE_DATA_DIR", "/d"}});
    ASSERT_TRUE(c) << c.error().words;
    EXPECT_EQ(c->http.listen, "[::1]:2");
    EXPECT_EQ(c->engine.batch_max, 7);
    EXPECT_EQ(c->data_dir, "/d");
}

TEST(config, refuses_a_wrong_environment_by_the_variable_s_name) {
    EXPECT_EQ(refusal("", {{"KEEPLINE_ENGINE_BATCH_MAX", "many"}}),
              "KEEPLINE_ENGINE_BATCH_MAX: `engine.batch_max` must be a whole number.");
    EXPECT_EQ(refusal("", {{"KEEPLINE_ENGINE_BATCH_MAX", "99999999"}}),
              "KEEPLINE_ENGINE_BATCH_MAX: `engine.batch_max` must be between 1 and 4096.");
    EXPECT_EQ(refusal("", {{"KEEPLINE_HTTP_LISTN", "x"}}),
              "environment: `KEEPLINE_HTTP_LISTN` is not a known variable. Did you mean `KEEPLINE_HTTP_LISTEN`?");
    EXPECT_TRUE(read("", {{"KEEPLINE_TOKEN", "secret"}, {"KEEPLINE_BIN", "x"}}));
}

TEST(config, reads_webhooks) {
    const auto c = read(
        "[[webhook]]\nurl = \"https://a.example/\"\nsecret = \"whsec_x\"\n"
        "[[webhook]]\nname = \"b\"\nurl = \"http://b.example\"\nsecret = \"whsec_y\"\ntopics = [\"closure.*\"]");
    ASSERT_TRUE(c) << c.error().words;
    ASSERT_EQ(c->webhook.size(), 2U);
    EXPECT_EQ(c->webhook[0].name, "webhook-1");
    EXPECT_EQ(c->webhook[0].topics, std::vector<std::string>{"*"});
    EXPECT_EQ(c->webhook[1].topics, std::vector<std::string>{"closure.*"});
    EXPECT_EQ(refusal("[[webhook]]\nurl = \"ftp://x\""),
              "k.toml:2:7: `webhook.url` must be a URL that begins with http:// or https://.");
    EXPECT_EQ(refusal("[[webhook]]\nurl = \"https://x\""), "k.toml:1:1: `webhook.secret` is missing.");
    EXPECT_EQ(refusal("[webhook]\nurl = \"https://x\""),
              "k.toml:1:1: `webhook` must be written as [[webhook]], once for each endpoint.");
}

TEST(config, reads_the_listeners_of_the_sm_dp_and_what_they_sell) {
    const auto c = read(
        "[[smdp]]\nlisten = \"127.0.0.1:0\"\naddress = \"smdp.example\"\ncertificates = [\"/tmp\", \"/\"]\ntls = "
        "false\n"
        "[[operator]]\nname = \"op\"\nfingerprint = \"AB:" +
        std::string(62, '0') +
        "\"\n"
        "[[sm_ds]]\naddress = \"ds.example\"\n"
        "[[profile_type]]\nname = \"basic\"\nmcc_mnc = \"46001\"\noperator_key = \"" +
        std::string(32, 'c') + "\"");
    ASSERT_TRUE(c) << c.error().words;
    EXPECT_EQ(c->smdp.at(0).name, "smdp-1");
    EXPECT_FALSE(c->smdp.at(0).tls);
    EXPECT_EQ(c->smdp.at(0).certificates, (std::vector<std::string>{"/tmp", "/"}));
    EXPECT_EQ(c->operators.at(0).fingerprint, "ab" + std::string(62, '0'));
    EXPECT_EQ(c->profile_types.at(0).provider_name, "basic");
    EXPECT_EQ(c->smds.at(0).url, "https://ds.example");
    EXPECT_TRUE(c->smds.at(0).root);
    EXPECT_EQ(show_config(*c).find("cccc"), std::string::npos);
    EXPECT_EQ(refusal("[[smdp]]\nlisten = \"127.0.0.1:0\""),
              "k.toml:1:1: `smdp.address` is missing: how phones call this SM-DP+.");
    EXPECT_EQ(refusal("[[es2]]\nlisten = \"127.0.0.1:0\""), "k.toml:1:1: `es2.tls_cert` is missing.");
    EXPECT_EQ(refusal("[[sm_ds]]\nurl = \"https://ds.example\""),
              "k.toml:1:1: `sm_ds.address` is missing: how orders name this SM-DS.");
    EXPECT_EQ(refusal("[[sm_ds]]\naddress = \"ds.example\"\ncert = \"" KEEPLINE_SOURCE_DIR "/LICENSE\""),
              "k.toml:1:1: `sm_ds.cert` needs sm_ds.cert and sm_ds.key together.");
    EXPECT_EQ(refusal("[[profile_type]]\nname = \"x\"\nmcc_mnc = \"46\""),
              "k.toml:1:1: `profile_type.mcc_mnc` must be 5 or 6 digits.");
    EXPECT_EQ(refusal("[[operator]]\nname = \"Op\""),
              "k.toml:1:1: `operator.name` must be 1 to 64 of a-z, 0-9, dot, underscore and hyphen.");
}

TEST(config, shows_everything_but_secrets) {
    const auto c = read(
        "[mail]\nuser = \"u\"\npassword = \"hunter2\"\n[[webhook]]\nurl = \"https://a\"\nsecret = \"whsec_hunter2\"");
    ASSERT_TRUE(c);
    for (const auto& text : {show_config(*c), show_config_json(*c)}) {
        EXPECT_EQ(text.find("hunter2"), std::string::npos);
        EXPECT_NE(text.find("***"), std::string::npos);
    }
    auto copy = *c;
    for (const auto& key : keys_of(copy))
        EXPECT_NE(show_config(*c).find("\n" + std::string(key.name) + " = "), std::string::npos) << key.full_name();
}

TEST(config, that_is_shown_can_be_read_again) {
    auto c = read("[engine]\nbatch_max = 77\n[messages]\nhotline = \"10099 \\\"x\\\"\"");
    ASSERT_TRUE(c);
    const auto shown = show_config(*c);
    std::istringstream lines(shown);
    std::string kept;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("dir = ")) kept += line + "\n";  // /share does not exist here
    const auto again = read(kept);
    ASSERT_TRUE(again) << again.error().words;
    EXPECT_EQ(again->engine.batch_max, 77);
    EXPECT_EQ(show_config(*again), shown);
}

/// The documented example: every key stands in it, with its default where it is not commented out.
TEST(config, is_documented_key_by_key) {
    const fs::path file = fs::path(KEEPLINE_SOURCE_DIR) / "config" / "keepline.toml";
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    const auto example = read_config(config_text{file.string(), text.str(), file.parent_path()}, {}, "/share");
    ASSERT_TRUE(example) << example.error().words;
    const auto bare = read_config(std::nullopt, {}, "/share");
    EXPECT_EQ(show_config(*example).substr(show_config(*example).find('\n')),
              show_config(*bare).substr(show_config(*bare).find('\n')));

    std::map<std::string, std::set<std::string>> documented;
    std::string section;
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);) {
        const auto bare_line = line.starts_with("# ") ? line.substr(2) : line;
        if (bare_line.starts_with('[') && bare_line.ends_with(']'))
            section = bare_line.substr(bare_line.find_first_not_of('['),
                                       bare_line.find(']') - bare_line.find_first_not_of('['));
        if (const auto equals = bare_line.find(" = "); equals != std::string::npos)
            documented[section].insert(bare_line.substr(0, equals));
    }
    config any;
    auto all_keys = keys_of(any);
    webhook_config any_webhook;
    smdp_config any_smdp;
    es2_config any_es2;
    smds_config any_smds;
    operator_config any_operator;
    profile_type_config any_type;
    sip::trunk_settings any_trunk;
    for (auto& more : {keys_of(any_webhook), keys_of(any_smdp), keys_of(any_es2), keys_of(any_smds),
                       keys_of(any_operator), keys_of(any_type), keys_of(any_trunk)})
        all_keys.insert(all_keys.end(), more.begin(), more.end());
    for (const auto& key : all_keys)
        EXPECT_TRUE(documented[std::string(key.section)].erase(std::string(key.name)))
            << key.full_name() << " is not documented";
    for (const auto& [where, names] : documented)
        for (const auto& name : names) ADD_FAILURE() << where << "." << name << " is documented but unknown";
}

TEST(endpoint, is_an_address_and_a_port) {
    EXPECT_EQ(parse_endpoint("127.0.0.1:80")->port, 80);
    EXPECT_EQ(parse_endpoint("[::1]:8080")->host, "::1");
    EXPECT_EQ(parse_endpoint("localhost:0")->host, "localhost");
    for (const char* wrong : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                              "::1:80", "[]:1", "a b:1"})
        EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
}

}  // namespace
}  // namespace keepline::app
