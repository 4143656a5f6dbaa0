#include "link/webhook_sender.hpp"

#include "link/scripted_http.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // of the Standard Webhooks examples

port::webhook_route endpoint(const scripted_http_server& to, const std::string& before = {}) {
    auto out = configured_webhook("bank", to.url() + "/secret-path", secret, before);
    EXPECT_TRUE(out);
    return std::move(*out);
}

class webhook_sender : public testing::Test {
 protected:
    std::unique_ptr<port::webhook_sender> sender(std::vector<std::string> private_targets = {},
                                                 bool plain_http = true) {
        webhook_settings how;
        how.connect_timeout = 500ms;
        how.total_timeout = 500ms;
        how.plain_http = plain_http;
        how.private_targets = std::move(private_targets);
        auto out = make_webhook_sender(std::move(how), clock);
        EXPECT_TRUE(out);
        return std::move(*out);
    }
    const port::webhook_message news{"k-1", R"({"type":"closure.closed"})", ""};
    port::fake_clock clock{base::instant{1'795'000'100'000}};
};

TEST_F(webhook_sender, signs_as_the_standard_webhooks_example) {
    const auto key = base::from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    EXPECT_EQ(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(webhook_sender, posts_a_signed_body_that_is_the_same_at_every_try) {
    scripted_http_server bank;
    auto link = sender();
    bank.status = 500;
    EXPECT_EQ(link->send(endpoint(bank), news).error().what, base::code::peer_garbled);
    bank.status = 200;
    clock.advance(base::minutes{5});
    ASSERT_TRUE(link->send(endpoint(bank), news));
    const auto got = bank.requests();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].body, news.body);
    EXPECT_EQ(got[0].body, got[1].body);
    EXPECT_EQ(got[1].headers.at("webhook-id"), "k-1");
    EXPECT_EQ(got[1].headers.at("webhook-timestamp"), "1795000400");
    EXPECT_EQ(got[1].headers.at("webhook-signature"),
              webhook_signature(*base::from_base64(secret.substr(6)), "k-1", 1795000400, got[1].body));
}

TEST_F(webhook_sender, while_a_secret_is_exchanged_everything_is_signed_with_both) {
    const std::string before = "whsec_" + base::base64(base::bytes(32, 7));
    scripted_http_server bank;
    ASSERT_TRUE(sender()->send(endpoint(bank, before), news));
    const auto got = bank.requests();
    const auto at = std::stoll(got[0].headers.at("webhook-timestamp"));
    EXPECT_EQ(got[0].headers.at("webhook-signature"),
              webhook_signature(*base::from_base64(secret.substr(6)), "k-1", at, got[0].body) + " " +
                  webhook_signature(*base::from_base64(before.substr(6)), "k-1", at, got[0].body));
}

TEST_F(webhook_sender, answers_keep_their_meaning_and_redirects_are_not_followed) {
    scripted_http_server bank;
    auto link = sender();
    for (const auto& [status, what] : std::vector<std::pair<int, base::code>>{{302, base::code::peer_garbled},
                                                                              {400, base::code::peer_garbled},
                                                                              {410, base::code::peer_refused},
                                                                              {429, base::code::too_many},
                                                                              {502, base::code::peer_unreachable},
                                                                              {503, base::code::too_many}}) {
        bank.status = status;
        const auto done = link->send(endpoint(bank), news);
        ASSERT_FALSE(done) << status;
        EXPECT_EQ(done.error().what, what) << status;
        EXPECT_EQ(done.error().words.find("secret-path"), std::string::npos);
    }
}

TEST_F(webhook_sender, garbage_silence_and_absence_end_in_errors) {
    const senseless_http_servers peers;
    auto link = sender();
    for (const auto& url : peers.urls()) {
        const auto done = link->send(*configured_webhook("bank", url, secret, {}), news);
        ASSERT_FALSE(done) << url;
        EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
    }
}

TEST_F(webhook_sender, an_answer_without_end_is_not_kept_wherever_it_has_none) {
    const std::string line = "X: " + std::string(1000, 'a') + "\r\n";
    const std::string chunk = "3e8\r\n" + std::string(1000, 'a') + "\r\n";
    for (const auto& [head, again] : {std::pair<std::string, std::string>{"", line},
                                      {"Transfer-Encoding: chunked\r\n\r\n", chunk},
                                      {"Transfer-Encoding: chunked\r\n\r\n0\r\n", line}})
        for (const bool says_yes : {false, true}) {
            scripted_peer endless(
                [&, first = (says_yes ? "HTTP/1.1 200 x\r\n" : "HTTP/1.1 500 x\r\n") + head](scripted_connection& c) {
                    c.send(first);
                    while (c.send(again)) {
                    }
                });
            auto to = configured_webhook("bank", "http://127.0.0.1:" + std::to_string(endless.port()), secret, "");
            const auto sent = sender()->send(*to, news);
            EXPECT_EQ(sent.has_value(), says_yes) << head;
            // Time does not end it: that would be `peer_unreachable`.
            if (!says_yes) EXPECT_EQ(sent.error().what, base::code::peer_garbled) << head << sent.error().words;
        }
}

TEST_F(webhook_sender, endpoints_that_cannot_be_right_are_refused_by_name) {
    for (const auto& [name, url, key] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"", "http://x", secret},
             {"bank", "ftp://x", secret},
             {"bank", "http://x", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
             {"bank", "http://x", "whsec_c2hvcnQ="}}) {
        const auto made = configured_webhook(name, url, key, {});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().what, base::code::config_invalid);
        EXPECT_EQ(made.error().words.find("MfKQ"), std::string::npos);
    }
}

TEST_F(webhook_sender, what_the_api_named_is_not_called_at_home_whatever_its_name_resolves_to) {
    scripted_http_server inside;
    const auto port = inside.url().substr(inside.url().rfind(':'));
    // `localhost` passes as a name; the address it turns into is refused when the socket is opened.
    for (const auto* host :
         {"http://127.0.0.1", "http://localhost", "http://[::ffff:127.0.0.1]", "http://2130706433"}) {
        auto to = endpoint(inside);
        to.configured = false;
        to.url = host + port + "/";
        const auto done = sender()->send(to, news);
        ASSERT_FALSE(done) << host;
    }
    EXPECT_TRUE(inside.requests().empty());
    auto to = endpoint(inside);
    to.configured = false;
    to.url = "http://localhost" + port + "/";
    EXPECT_TRUE(sender({"127.0.0.0/8"})->send(to, news)) << "unless the configuration allows it";
}

TEST_F(webhook_sender, a_connection_that_the_configuration_opened_is_not_used_for_what_the_api_named) {
    scripted_http_server inside;
    auto link = sender();
    auto to = endpoint(inside);
    to.url = "http://localhost" + inside.url().substr(inside.url().rfind(':')) + "/";
    ASSERT_TRUE(link->send(to, news));
    to.configured = false;
    EXPECT_FALSE(link->send(to, news));
    EXPECT_EQ(inside.requests().size(), 1U);
}

TEST_F(webhook_sender, only_https_without_a_password_is_a_target) {
    const auto link = sender({}, false);
    EXPECT_TRUE(link->check("https://bank.example/keepline?tenant=1"));
    for (const auto* url : {"http://bank.example/", "ftp://bank.example/", "https://me:pw@bank.example/", "bank", "",
                            "https://bank.example/#x", "https://10.0.0.1/", "https://169.254.169.254/latest",
                            "https://[::1]/", "https://[::ffff:192.168.1.1]/", "file:///etc/passwd"})
        EXPECT_EQ(link->check(url).error().what, base::code::invalid) << url;
}

TEST(target_guard, only_addresses_of_the_internet_are_public) {
    const auto at = [](const char* text) { return ip_address_of(text).value(); };
    for (const auto* one :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
          "192.169.0.1", "223.255.255.255", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::"})
        EXPECT_TRUE(is_public(at(one))) << one;
    for (const auto* one : {"0.0.0.0",
                            "10.0.0.1",
                            "100.64.0.1",
                            "127.0.0.1",
                            "127.255.255.255",
                            "169.254.169.254",
                            "172.16.0.1",
                            "172.31.255.255",
                            "192.168.0.1",
                            "192.0.2.1",
                            "198.18.0.1",
                            "198.51.100.1",
                            "203.0.113.1",
                            "224.0.0.1",
                            "239.255.255.255",
                            "255.255.255.255",
                            "::",
                            "::1",
                            "::ffff:127.0.0.1",
                            "::ffff:169.254.169.254",
                            "::10.0.0.1",
                            "64:ff9b::a00:1",
                            "64:ff9b:1::1",
                            "2002:7f00:1::",
                            "2002:a9fe:a9fe::",
                            "2001::1",
                            "2001:db8::1",
                            "fc00::1",
                            "fd12:3456::1",
                            "fe80::1",
                            "fec0::1",
                            "ff02::1",
                            "100::1"})
        EXPECT_FALSE(is_public(at(one))) << one;
}

TEST(target_guard, networks_of_ones_own_are_allowed_by_name) {
    const auto guard = target_guard::allowing({"10.1.0.0/16", "fd00:1::/32"});
    ASSERT_TRUE(guard);
    const auto at = [](const char* text) { return ip_address_of(text).value(); };
    EXPECT_TRUE(guard->allows(at("10.1.255.255")));
    EXPECT_TRUE(guard->allows(at("::ffff:10.1.2.3")));
    EXPECT_TRUE(guard->allows(at("fd00:1::5")));
    EXPECT_TRUE(guard->allows(at("1.1.1.1")));
    EXPECT_FALSE(guard->allows(at("10.2.0.0")));
    EXPECT_FALSE(guard->allows(at("127.0.0.1")));
    EXPECT_FALSE(guard->allows(at("fd00:2::5")));
    EXPECT_TRUE(target_guard::allowing({"10.3.0.1"})->allows(at("10.3.0.1")));
    EXPECT_FALSE(target_guard::allowing({"10.3.0.1"})->allows(at("10.3.0.2")));
    EXPECT_FALSE(target_guard::allowing({"10.1.0.0/33"}));
    for (const auto* wrong : {"home", "10.1.0.0/", "10.1.0.0/1x", "10.1.0.0/-1", "fd00::/129", "", "/8"})
        EXPECT_FALSE(target_guard::allowing({wrong})) << wrong;
}

}  // namespace
}  // namespace keepline::link
