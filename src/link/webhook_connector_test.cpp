#include "link/webhook_connector.hpp"

#include "link/scripted_http.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // of the Standard Webhooks examples

webhook_endpoint endpoint(const scripted_http_server& to, std::vector<std::string> topics = {"*"},
                          std::string name = "bank") {
    return {std::move(name), to.url() + "/secret-path", secret, std::move(topics)};
}

class webhook_connector : public testing::Test {
 protected:
    std::unique_ptr<port::connector> connector(std::vector<webhook_endpoint> endpoints) {
        webhook_settings how;
        how.endpoints = std::move(endpoints);
        how.connect_timeout = 500ms;
        how.total_timeout = 500ms;
        auto out = make_webhook_connector(std::move(how), clock);
        EXPECT_TRUE(out);
        return std::move(*out);
    }
    port::outbound news(std::string topic = "closure.closed") {
        port::outbound out;
        out.key = "k-1";
        out.caused_at = {1'795'000'000'000};
        out.what = domain::publish{std::move(topic), {R"({"number":"+8613800138000"})"}};
        return out;
    }
    port::fake_clock clock{base::instant{1'795'000'100'000}};
};

TEST_F(webhook_connector, signs_as_the_standard_webhooks_example) {
    const auto key = base::from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    EXPECT_EQ(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(webhook_connector, posts_a_signed_body_that_is_the_same_at_every_try) {
    scripted_http_server bank;
    auto link = connector({endpoint(bank)});
    bank.status = 500;
    EXPECT_EQ(link->deliver(news()).error().what, base::code::peer_garbled);
    bank.status = 200;
    clock.advance(base::minutes{5});
    ASSERT_TRUE(link->deliver(news()));
    const auto got = bank.requests();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].body,
              R"({"type":"closure.closed","timestamp":"2026-11-18T11:06:40.000Z","data":{"number":"+8613800138000"}})");
    EXPECT_EQ(got[0].body, got[1].body);
    EXPECT_EQ(got[1].headers.at("webhook-id"), "k-1");
    EXPECT_EQ(got[1].headers.at("webhook-timestamp"), "1795000400");
    EXPECT_EQ(got[1].headers.at("webhook-signature"),
              webhook_signature(*base::from_base64(secret.substr(6)), "k-1", 1795000400, got[1].body));
}

TEST_F(webhook_connector, while_a_secret_is_exchanged_everything_is_signed_with_both) {
    const std::string newer = "whsec_" + base::base64(base::bytes(32, 7));
    scripted_http_server bank;
    auto to = endpoint(bank);
    to.secret_before = to.secret;
    to.secret = newer;
    ASSERT_TRUE(connector({to})->deliver(news()));
    const auto got = bank.requests();
    const auto at = std::stoll(got[0].headers.at("webhook-timestamp"));
    EXPECT_EQ(got[0].headers.at("webhook-signature"),
              webhook_signature(*base::from_base64(newer.substr(6)), "k-1", at, got[0].body) + " " +
                  webhook_signature(*base::from_base64(secret.substr(6)), "k-1", at, got[0].body));
}

TEST_F(webhook_connector, whoever_has_acknowledged_is_not_called_again) {
    scripted_http_server good;
    scripted_http_server bad;
    bad.status = 503;
    auto link = connector({endpoint(good), endpoint(bad, {"*"}, "other")});
    EXPECT_FALSE(link->deliver(news()));
    bad.status = 200;
    EXPECT_TRUE(link->deliver(news()));
    EXPECT_EQ(good.requests().size(), 1U);
    EXPECT_EQ(bad.requests().size(), 2U);
}

TEST_F(webhook_connector, only_subscribers_of_a_topic_are_told) {
    scripted_http_server closings;
    auto link = connector({endpoint(closings, {"closure.*"})});
    EXPECT_TRUE(link->deliver(news("number.released")));
    EXPECT_TRUE(closings.requests().empty());
    EXPECT_TRUE(link->deliver(news("closure.closed")));
    EXPECT_EQ(closings.requests().size(), 1U);
    EXPECT_TRUE(connector({})->deliver(news()));
    EXPECT_TRUE(topic_matches("closure.closed", "closure.closed"));
    EXPECT_FALSE(topic_matches("closure.*", "closure"));
    EXPECT_FALSE(topic_matches("closure.close", "closure.closed"));
}

TEST_F(webhook_connector, answers_keep_their_meaning_and_redirects_are_not_followed) {
    scripted_http_server bank;
    auto link = connector({endpoint(bank)});
    for (const auto& [status, what] : std::vector<std::pair<int, base::code>>{{302, base::code::peer_garbled},
                                                                              {400, base::code::peer_garbled},
                                                                              {410, base::code::peer_refused},
                                                                              {429, base::code::too_many},
                                                                              {502, base::code::peer_unreachable},
                                                                              {503, base::code::too_many}}) {
        bank.status = status;
        const auto done = link->deliver(news());
        ASSERT_FALSE(done) << status;
        EXPECT_EQ(done.error().what, what) << status;
        EXPECT_EQ(done.error().words.find("secret-path"), std::string::npos);
    }
}

TEST_F(webhook_connector, garbage_silence_and_absence_end_in_errors) {
    const senseless_http_servers peers;
    for (const auto& url : peers.urls()) {
        auto link = connector({{"bank", url, secret, {"*"}}});
        const auto done = link->deliver(news());
        ASSERT_FALSE(done) << url;
        EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
        EXPECT_NE(link->trouble(), "");
    }
}

TEST_F(webhook_connector, endpoints_that_cannot_be_right_are_refused_by_name) {
    const scripted_http_server bank;
    for (const auto& change : std::vector<std::function<void(webhook_endpoint&)>>{
             [](auto& e) { e.name.clear(); }, [](auto& e) { e.url = "ftp://x"; }, [](auto& e) { e.topics.clear(); },
             [](auto& e) { e.secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"; },
             [](auto& e) { e.secret = "whsec_c2hvcnQ="; }}) {
        auto bad = endpoint(bank);
        change(bad);
        webhook_settings how;
        how.endpoints = {bad};
        const auto made = make_webhook_connector(how, clock);
        EXPECT_EQ(made.error().what, base::code::config_invalid);
        EXPECT_EQ(made.error().words.find("MfKQ"), std::string::npos);
    }
}

}  // namespace
}  // namespace keepline::link
