#include "app/config_warnings.hpp"

#include "port/clock.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

bool is_warned_of(const config& how, const std::string& key) {
    const auto all = what_will_hurt(how, port::system_clock().now());
    return std::ranges::any_of(all, [&](const std::string& one) { return one.starts_with(key + ": "); });
}

TEST(what_will_hurt, names_senders_that_no_server_takes_in_any_letters) {
    config how;
    how.mail.kind = "smtp";
    for (const auto* from : {"keepline@localhost.invalid", "No-Reply@Keepline.Invalid"}) {
        how.mail.from = from;
        EXPECT_TRUE(is_warned_of(how, "mail.from")) << from;
    }
    how.mail.from = "service@example.com";
    EXPECT_FALSE(is_warned_of(how, "mail.from"));
}

TEST(what_will_hurt, names_a_hotline_that_is_none) {
    config how;
    for (const auto* hotline : {"", "  ", "\t"}) {
        how.messages.hotline = hotline;
        EXPECT_TRUE(is_warned_of(how, "messages.hotline")) << '"' << hotline << '"';
    }
    how.messages.hotline = "10010";
    EXPECT_FALSE(is_warned_of(how, "messages.hotline"));
}

TEST(what_will_hurt, names_plain_http_beyond_this_machine) {
    config how;
    how.http.listen = "0.0.0.0:8080";
    EXPECT_TRUE(is_warned_of(how, "http.listen"));
    EXPECT_FALSE(is_warned_of(how, "portal.listen"));
    how.portal.listen = "0.0.0.0:8090";
    EXPECT_TRUE(is_warned_of(how, "portal.listen"));
    how.http.listen = "127.0.0.1:8080";
    EXPECT_FALSE(is_warned_of(how, "http.listen"));
    how.smdp.emplace_back();
    how.smdp.back().listen = "0.0.0.0:8443";
    EXPECT_FALSE(is_warned_of(how, "smdp.tls"));
    how.smdp.back().tls = false;
    EXPECT_TRUE(is_warned_of(how, "smdp.tls"));
    how.smdp.back().listen = "127.0.0.1:8443";
    EXPECT_FALSE(is_warned_of(how, "smdp.tls"));
}

TEST(what_will_hurt, names_plain_http_to_another_machine) {
    config how;
    how.webhook.emplace_back();
    how.operators.emplace_back();
    for (const auto& [url, plain] :
         {std::pair("http://hooks.example.com/x", true), std::pair("HTTP://10.0.0.1/x", true),
          std::pair("http://localhost.example.com/", true), std::pair("https://hooks.example.com/x", false),
          std::pair("http://127.0.0.1:9000/x", false), std::pair("http://[::1]/x", false),
          std::pair("http://localhost:9000/x", false), std::pair("", false)}) {
        how.webhook.back().url = url;
        how.operators.back().progress_url = url;
        EXPECT_EQ(is_warned_of(how, "webhook.url"), plain) << url;
        EXPECT_EQ(is_warned_of(how, "operator.progress_url"), plain) << url;
    }
}

}  // namespace
}  // namespace keepline::app
