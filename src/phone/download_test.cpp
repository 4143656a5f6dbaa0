// Downloads from end to end over TLS against a scripted SM-DP+, right and wrong, on both curves.
#include "phone/cli.hpp"
#include "phone/load.hpp"
#include "phone/profile_package.hpp"
#include "phone/scripted_smdp.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::phone {
namespace {

using testing::https_listener;
using testing::scripted_smdp;
using testing::test_metadata;
using testing::test_package;
using testing::test_pki;

/// A phone and a server that meet on loopback.
struct meeting {
    explicit meeting(curve on = curve::p256, const minted* tls = nullptr, euicc_settings settings = {},
                     faults wrong = {})
        : pki(on),
          smdp(pki),
          server(tls == nullptr ? pki.dp_tls : *tls,
                 [this](const std::string& function, const std::string& body) { return smdp.answer(function, body); }),
          card(pki.card(), std::move(settings), {}, wrong),
          apdus(card),
          link(apdus),
          network(settings_of(pki, server)),
          es9(network),
          phone(link, es9, memory, wrong) {}

    static https_settings settings_of(const test_pki& pki, const https_listener& server) {
        https_settings out;
        out.roots_pem = pki.ci.cert.pem();
        out.connect_to = server.endpoint();
        out.timeout_ms = 10'000;
        return out;
    }
    base::result<download_outcome> download(const std::string& confirmation_code = "") {
        download_request asked;
        asked.code = *parse_activation_code("LPA:1$localhost$K2-ABCD");
        asked.confirmation_code = confirmation_code;
        return phone.download(asked);
    }

    test_pki pki;
    scripted_smdp smdp;
    https_listener server;
    euicc card;
    apdu_card apdus;
    apdu_link link;
    https_client network;
    es9_client es9;
    lpa_memory memory;
    lpa phone;
};

// What the install result says: {bppCommandId, errorReason}; {-1, 0} for success.
std::pair<int, int> reported(const scripted_smdp& smdp) {
    const auto& all = smdp.received.at("handleNotification");
    const auto data = find(only(all.back(), 0xBF37)->value, 0xBF27);
    const auto result = find(data->value, 0xA2);
    const auto error = only(result->value, 0xA1);
    if (!error) return {-1, 0};
    return {static_cast<int>(*unsigned_value(find(error->value, 0x80)->value)),
            static_cast<int>(*unsigned_value(find(error->value, 0x81)->value))};
}

void installs_on(curve on) {
    meeting m(on);
    const auto done = m.download();
    ASSERT_TRUE(done) << done.error().words << m.card.why();
    EXPECT_TRUE(done->installed) << m.card.why();
    EXPECT_EQ(done->iccid, m.smdp.iccid);
    EXPECT_EQ(done->notifications_sent, 1);
    EXPECT_EQ(m.card.last_package(), m.smdp.package);
    EXPECT_LE(m.card.last_content().longest_segment, 1020U);
    EXPECT_TRUE(m.card.memory().notifications.empty());
    EXPECT_EQ(reported(m.smdp), std::make_pair(-1, 0));

    const auto& pending = m.smdp.received["handleNotification"].back();
    const auto result = only(pending, 0xBF37);
    const auto data = find(result->value, 0xBF27);
    const auto signature = find(result->value, 0x5F37);
    EXPECT_TRUE(m.pki.euicc.cert.key().verify(data->whole, signature->value));
    EXPECT_EQ(base::hex(find(data->value, 0x80)->value), done->transaction_id);
}

TEST(download, installs_a_profile_and_delivers_the_result_on_p_256) { installs_on(curve::p256); }
TEST(download, installs_a_profile_and_delivers_the_result_on_brainpool) { installs_on(curve::brainpool_p256); }

TEST(download, works_with_keys_that_are_replaced) {
    meeting m;
    m.smdp.script.replace_keys = true;
    const auto done = m.download();
    ASSERT_TRUE(done && done->installed) << m.card.why();
    EXPECT_TRUE(m.card.last_content().replaced_keys);
    EXPECT_EQ(m.card.last_package(), m.smdp.package);
}

TEST(download, hashes_the_text_of_the_confirmation_code) {
    meeting m;
    m.smdp.confirmation_code = "1234-ab";
    EXPECT_EQ(m.download().error().what, base::code::invalid) << "no code given";
    EXPECT_EQ(m.smdp.received["cancelSession"].size(), 1U);
    const auto wrong = m.download("1234-AB");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().what, base::code::peer_refused);
    EXPECT_EQ(wrong.error().data[2].value, "8.2.7");
    const auto right = m.download("1234-ab");
    ASSERT_TRUE(right && right->installed);
    EXPECT_TRUE(m.smdp.code_was_right);
}

TEST(download, uses_the_one_time_key_again_when_asked_to) {
    meeting m;
    m.smdp.script.broken_mac = 3;
    ASSERT_FALSE(m.download()->installed);
    const auto first = m.smdp.known_otpk;
    m.smdp.script = {};
    m.smdp.script.offer_known_otpk = true;
    const auto again = m.download();
    ASSERT_TRUE(again && again->installed) << m.card.why();
    EXPECT_TRUE(again->rebound);
    EXPECT_EQ(m.smdp.known_otpk, first);
}

TEST(download, of_a_profile_that_is_there_already_fails_with_reason_9) {
    meeting m;
    ASSERT_TRUE(m.download()->installed);
    const auto again = m.download();
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->installed);
    EXPECT_EQ(reported(m.smdp), std::make_pair(2, 9));
}

struct wrong_package {
    const char* name;
    std::function<void(scripted_smdp&)> make_it;
    int command;
    int reason;
};
void PrintTo(const wrong_package& what, std::ostream* out) { *out << what.name; }

struct package_check : ::testing::TestWithParam<wrong_package> {};

TEST_P(package_check, is_reported_with_its_reason) {
    meeting m;
    GetParam().make_it(m.smdp);
    const auto done = m.download();
    ASSERT_TRUE(done) << done.error().words;
    EXPECT_FALSE(done->installed);
    EXPECT_TRUE(m.card.memory().profiles.empty());
    EXPECT_EQ(reported(m.smdp), std::make_pair(GetParam().command, GetParam().reason)) << m.card.why();
}

INSTANTIATE_TEST_SUITE_P(
    every, package_check,
    ::testing::Values(
        wrong_package{"smdpSign of another", [](auto& s) { s.script.bad_smdp_sign = true; }, 0, 2},
        wrong_package{"another transaction", [](auto& s) { s.script.wrong_bf23_transaction = true; }, 0, 3},
        wrong_package{"MAC of ConfigureISDP", [](auto& s) { s.script.broken_mac = 0; }, 1, 8},
        wrong_package{"MAC of StoreMetadata", [](auto& s) { s.script.broken_mac = 1; }, 2, 8},
        wrong_package{"MAC of an element", [](auto& s) { s.script.broken_mac = 3; }, 5, 8},
        wrong_package{"MAC of ReplaceSessionKeys",
                      [](auto& s) {
                          s.script.replace_keys = true;
                          s.script.broken_mac = 2;
                      },
                      4, 8},
        wrong_package{"a segment of more than 1020 bytes", [](auto& s) { s.script.long_segment = 2; }, 5, 7},
        wrong_package{"a counter that skips StoreMetadata", [](auto& s) { s.script.stuck_counter = true; }, 5, 12},
        wrong_package{"the ICCID of another profile", [](auto& s) { s.package = test_package("8944476500001224166"); },
                      5, 13},
        wrong_package{"no end", [](auto& s) { s.package.resize(s.package.size() - 9); }, 5, 12},
        wrong_package{"more than fits", [](auto& s) { s.package = test_package(s.iccid, 600 * 1024); }, 5, 10}));

TEST(download, ends_when_the_metadata_are_not_those_that_were_shown) {
    meeting m;
    m.smdp.script.other_metadata = true;
    EXPECT_EQ(m.download().error().what, base::code::peer_garbled);
    const auto& cancelled = m.smdp.received["cancelSession"];
    ASSERT_EQ(cancelled.size(), 1U);
    const auto ok = only(only(cancelled[0], 0xBF41)->value, 0xA0);
    const auto signed_part = find(ok->value, 0x30);
    EXPECT_EQ(unsigned_value(find(signed_part->value, 0x82)->value), 4U);
    EXPECT_TRUE(m.pki.euicc.cert.key().verify(signed_part->whole, find(ok->value, 0x5F37)->value));
    EXPECT_EQ(oid_text(find(signed_part->value, 0x81)->value), testing::test_oid);
}

// What the eUICC's error object told the server: the number in A1 of the first answer, or of the second.
int error_told(const std::vector<bytes>& answers, std::uint32_t tag) {
    if (answers.empty()) return 0;
    const auto error = only(only(answers.back(), tag)->value, 0xA1);
    return error ? static_cast<int>(*unsigned_value(find(error->value, 0x02)->value)) : 0;
}

struct wrong_server {
    const char* name;
    std::function<void(meeting&)> make_it;
    int authenticate_error;
    int prepare_error;
};
void PrintTo(const wrong_server& what, std::ostream* out) { *out << what.name; }

struct server_check : ::testing::TestWithParam<wrong_server> {};

TEST_P(server_check, is_noticed_by_the_euicc) {
    meeting m;
    GetParam().make_it(m);
    ASSERT_FALSE(m.download());
    EXPECT_EQ(error_told(m.smdp.received["authenticateClient"], 0xBF38), GetParam().authenticate_error);
    EXPECT_EQ(error_told(m.smdp.received["getBoundProfilePackage"], 0xBF21), GetParam().prepare_error);
    EXPECT_TRUE(m.card.memory().profiles.empty());
}

INSTANTIATE_TEST_SUITE_P(
    every, server_check,
    ::testing::Values(
        wrong_server{"serverSignature1", [](meeting& m) { m.smdp.script.bad_signature_1 = true; }, 2, 0},
        wrong_server{"challenge", [](meeting& m) { m.smdp.script.wrong_challenge = true; }, 6, 0},
        wrong_server{"role of DPauth", [](meeting& m) { m.smdp.auth = m.pki.server(cert_role::dp_pb); }, 1, 0},
        wrong_server{
            "expired DPauth",
            [](meeting& m) { m.smdp.auth = m.pki.server(cert_role::dp_auth, testing::test_oid, -base::days{2}); }, 1,
            0},
        wrong_server{
            "DPauth of tomorrow",
            [](meeting& m) { m.smdp.auth = m.pki.server(cert_role::dp_auth, testing::test_oid, base::days{2}); }, 1, 0},
        wrong_server{"DPauth of another CI", [](meeting& m) { m.smdp.auth = test_pki().dp_auth; }, 1, 0},
        wrong_server{"DPauth without OID", [](meeting& m) { m.smdp.auth = m.pki.server(cert_role::dp_auth, ""); }, 5,
                     0},
        wrong_server{"smdpSignature2", [](meeting& m) { m.smdp.script.bad_signature_2 = true; }, 0, 2},
        wrong_server{"role of DPpb", [](meeting& m) { m.smdp.binding = m.pki.server(cert_role::dp_auth); }, 0, 1},
        wrong_server{"OID of DPpb", [](meeting& m) { m.smdp.binding = m.pki.server(cert_role::dp_pb, "2.999.11"); }, 0,
                     1},
        wrong_server{
            "expired DPpb",
            [](meeting& m) { m.smdp.binding = m.pki.server(cert_role::dp_pb, testing::test_oid, -base::days{2}); }, 0,
            1}));

TEST(download, ends_when_the_transaction_inside_is_another) {
    meeting m;
    m.smdp.script.wrong_inner_transaction = true;
    EXPECT_EQ(m.download().error().what, base::code::peer_garbled);
}

TEST(download, ends_when_the_server_signs_for_another_address) {
    meeting m;
    m.smdp.script.address_of_another = true;
    EXPECT_EQ(m.download().error().what, base::code::peer_garbled);
}

TEST(tls, with_a_certificate_of_another_role_is_refused) {
    const test_pki other;
    meeting m(curve::p256);
    const auto wrong_role = m.pki.server(cert_role::dp_auth);
    https_listener server(wrong_role, [](const auto&, const auto&) { return std::string("{}"); });
    auto settings = meeting::settings_of(m.pki, server);
    https_client client(settings);
    EXPECT_EQ(client.post("localhost", "/x", {}, "{}").error().what, base::code::certificate_invalid);
    settings.needs_role = false;
    https_client tolerant(settings);
    EXPECT_TRUE(tolerant.post("localhost", "/x", {}, "{}"));
}

TEST(tls, with_another_name_or_another_ci_is_refused) {
    meeting m;
    const auto settings = meeting::settings_of(m.pki, m.server);
    https_client client(settings);
    EXPECT_EQ(client.post("smdp.example.com", "/x", {}, "{}").error().what, base::code::certificate_invalid);
    auto stranger = settings;
    stranger.roots_pem = test_pki().ci.cert.pem();
    https_client other(stranger);
    EXPECT_EQ(other.post("localhost", "/x", {}, "{}").error().what, base::code::certificate_invalid);
}

TEST(policy_rules, that_the_phone_does_not_allow_cancel_the_download) {
    euicc_settings none;
    none.allow_policy_rules = false;
    meeting m(curve::p256, nullptr, none);
    const auto owner = make(0xB7, make(0x80, bytes{0x62, 0xF2, 0x10}));
    m.smdp.metadata = test_metadata(m.smdp.iccid, m.smdp.address, joined({owner, make_bits(0x99, {2})}));
    EXPECT_EQ(m.download().error().what, base::code::blocked);
    EXPECT_EQ(m.smdp.received["cancelSession"].size(), 1U);
}

TEST(lifecycle, tells_the_server_of_enable_disable_and_delete) {
    meeting m;
    ASSERT_TRUE(m.download()->installed);
    ASSERT_TRUE(m.phone.enable(m.smdp.iccid));
    EXPECT_EQ(m.phone.remove(m.smdp.iccid).error().what, base::code::blocked);
    ASSERT_TRUE(m.phone.disable(m.smdp.iccid));
    ASSERT_TRUE(m.phone.nickname(m.smdp.iccid, "mine"));
    EXPECT_EQ(m.phone.profiles()->front().nickname, "mine");
    ASSERT_TRUE(m.phone.remove(m.smdp.iccid));
    EXPECT_TRUE(m.phone.profiles()->empty());
    EXPECT_EQ(m.phone.send_notifications(), 3);
    EXPECT_EQ(m.smdp.received["handleNotification"].size(), 4U);
    EXPECT_TRUE(m.phone.notifications()->empty());
}

bool verifies(const test_pki& pki, const bytes& response, std::uint32_t tag) {
    const auto ok = only(only(response, tag)->value, 0xA0);
    return pki.euicc.cert.key().verify(find(ok->value, 0x30)->whole, find(ok->value, 0x5F37)->value);
}

TEST(misbehaviour, changes_what_it_says_and_nothing_else) {
    const auto wrong = [](const char* name) { return *faults::parse({name}); };
    {
        meeting m(curve::p256, nullptr, {}, wrong("bad-signature-1"));
        EXPECT_FALSE(m.download());
        EXPECT_FALSE(verifies(m.pki, m.smdp.received["authenticateClient"].back(), 0xBF38));
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("unknown-extensions"));
        ASSERT_TRUE(m.download()) << m.card.why();
        EXPECT_TRUE(verifies(m.pki, m.smdp.received["authenticateClient"].back(), 0xBF38));
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("wrong-tx-signed-1"));
        ASSERT_TRUE(m.download()) << m.card.why();
        const auto ok = only(only(m.smdp.received["authenticateClient"].back(), 0xBF38)->value, 0xA0);
        EXPECT_NE(base::hex(find(find(ok->value, 0x30)->value, 0x80)->value), m.download()->transaction_id);
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("tampered-result"));
        ASSERT_TRUE(m.download()) << m.card.why();
        const auto whole = only(m.smdp.received["handleNotification"].back(), 0xBF37);
        EXPECT_FALSE(
            m.pki.euicc.cert.key().verify(find(whole->value, 0xBF27)->whole, find(whole->value, 0x5F37)->value));
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("install-error=14"));
        ASSERT_FALSE(m.download()->installed);
        EXPECT_EQ(reported(m.smdp), std::make_pair(5, 14));
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("no-install-notification"));
        ASSERT_TRUE(m.download()->installed);
        EXPECT_TRUE(m.smdp.received["handleNotification"].empty());
        EXPECT_EQ(m.phone.notifications()->size(), 1U);
    }
    {
        meeting m(curve::p256, nullptr, {}, wrong("notify-twice"));
        ASSERT_TRUE(m.download()->installed);
        EXPECT_EQ(m.smdp.received["handleNotification"].size(), 2U);
    }
    EXPECT_FALSE(faults::parse({"nonsense"}));
    EXPECT_FALSE(faults::parse({"install-error=0"}));
}

TEST(load, downloads_with_many_phones_and_counts) {
    meeting m;
    load_settings settings;
    settings.phones = 2;
    settings.downloads = 6;
    settings.lifecycle = true;
    settings.https = meeting::settings_of(m.pki, m.server);
    std::atomic<int> codes{0};
    // The scripted server has one session at a time, so one phone is enough to count right.
    settings.phones = 1;
    const auto report = run_load(settings, {m.pki.card()}, [&]() -> std::optional<std::string> {
        ++codes;
        return "LPA:1$localhost$K2-ABCD";
    });
    EXPECT_EQ(report.succeeded, 6U) << to_json(report);
    EXPECT_EQ(report.failed, 0U);
    EXPECT_EQ(report.notifications, 24U);
    EXPECT_GT(report.download.p99_ms, 0.0);
    EXPECT_EQ(codes, 6);
}

struct command_line : ::testing::Test {
    std::filesystem::path directory;
    meeting m;

    void SetUp() override {
        directory = std::filesystem::temp_directory_path() / ("keepline-phone-" + base::hex(random_bytes(6)));
        std::filesystem::create_directories(directory / "pki" / "cards");
        const auto write = [&](const char* name, const std::string& content) {
            std::ofstream(directory / "pki" / name) << content;
        };
        write("ci.cert.pem", m.pki.ci.cert.pem());
        write("eum.cert.pem", m.pki.eum.cert.pem());
        write("eum.key.pem", m.pki.eum.key.pem());
        write("cards/one.cert.pem", m.pki.euicc.cert.pem());
        write("cards/one.key.pem", m.pki.euicc.key.pem());
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    std::pair<int, std::string> phone(std::vector<std::string> arguments, const std::string& input = "") {
        arguments.insert(arguments.begin(), {"--home", (directory / "a").string(), "--json"});
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        const int code = run(arguments, in, out, err);
        return {code, out.str() + err.str()};
    }
};

TEST_F(command_line, makes_a_phone_downloads_and_remembers) {
    const auto pki = (directory / "pki").string();
    EXPECT_EQ(phone({"list"}).first, 4);
    const auto made = phone({"init", "--pki", pki, "--connect-to", m.server.endpoint(), "--default-smdp", "localhost"});
    ASSERT_EQ(made.first, 0) << made.second;
    EXPECT_NE(made.second.find(m.pki.eid), std::string::npos);
    EXPECT_NE(phone({"init", "--pki", pki}).first, 0) << "there is one already";

    const auto got = phone({"download", "--code-file", "-"}, "LPA:1$localhost$K2-ABCD\n");
    ASSERT_EQ(got.first, 0) << got.second;
    EXPECT_NE(got.second.find(R"("installed":true)"), std::string::npos) << got.second;
    EXPECT_TRUE(std::filesystem::exists(directory / "a" / "profiles" / (m.smdp.iccid + ".der")));
    EXPECT_EQ(phone({"enable", m.smdp.iccid, "--send"}).first, 0);
    EXPECT_NE(phone({"list"}).second.find(R"("enabled":true)"), std::string::npos);
    EXPECT_EQ(phone({"delete", m.smdp.iccid}).first, 6);
    EXPECT_EQ(phone({"disable", m.smdp.iccid}).first, 0);
    EXPECT_EQ(phone({"delete", m.smdp.iccid}).first, 0);
    EXPECT_NE(phone({"notifications"}).second.find(R"("event":"delete")"), std::string::npos);
    EXPECT_EQ(phone({"notifications", "send"}).second, "{\"sent\":2}\n");
    EXPECT_EQ(m.smdp.received["handleNotification"].size(), 4U);
    EXPECT_NE(phone({"info"}).second.find(m.pki.eid), std::string::npos);

    const auto stopped = phone({"cancel", "--code-file", "-", "--reason", "postponed"}, "LPA:1$localhost$K2-ABCD\n");
    EXPECT_EQ(stopped.first, 0) << stopped.second;
    EXPECT_EQ(m.smdp.received["cancelSession"].size(), 1U);
    EXPECT_EQ(phone({"discover"}).first, 0);
    m.smdp.script.refuse_client = true;
    const auto refused = phone({"download", "--code-file", "-"}, "LPA:1$localhost$K2-ABCD\n");
    EXPECT_EQ(refused.first, 5);
    EXPECT_NE(refused.second.find(R"("subject_code":"8.1")"), std::string::npos) << refused.second;
    EXPECT_EQ(phone({"nonsense"}).first, 2);
    EXPECT_EQ(phone({"download", "LPA:1$localhost$K2-ABCD"}).first, 2) << "whoever may list processes would read it";
}

TEST_F(command_line, makes_cards_for_a_load_with_the_key_of_the_eum) {
    const auto done = phone({"load", "--pki", (directory / "pki").string(), "--phones", "1", "--mint", "--connect-to",
                             m.server.endpoint(), "--any-tls-role"},
                            "");
    EXPECT_EQ(done.first, 5) << "no codes, no success";
    EXPECT_NE(done.second.find(R"("succeeded":0)"), std::string::npos) << done.second;
    const auto cards = mint_cards(*pki_directory::scan(directory / "pki"), curve::p256, 3, system_now());
    ASSERT_TRUE(cards);
    EXPECT_EQ(cards->size(), 3U);
    EXPECT_TRUE(cards->front().credentials.front().euicc.is_issued_by(m.pki.eum.cert));
    EXPECT_EQ(cards->front().eid.substr(0, 8), m.pki.eid.substr(0, 8));
}

}  // namespace
}  // namespace keepline::phone
