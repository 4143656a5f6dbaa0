#include "link/smtp_transport.hpp"

#include "link/scripted_peer.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;

/// A mail server that says 250 to everything, but for one command that it answers as told.
class fake_mta {
 public:
    std::string odd_command;
    std::string odd_answer;
    std::vector<std::string> mails() {
        const std::scoped_lock held(mutex_);
        return mails_;
    }
    std::string commands() {
        const std::scoped_lock held(mutex_);
        return commands_;
    }

 private:
    void serve(scripted_connection& c) {
        c.send(odd_command == "GREETING" ? odd_answer + "\r\n" : "220 mta.example ESMTP\r\n");
        for (auto line = c.line(); !line.empty(); line = c.line()) {
            {
                const std::scoped_lock held(mutex_);
                commands_ += line + "\n";
            }
            if (!odd_command.empty() && line.starts_with(odd_command)) {
                c.send(odd_answer + "\r\n");
            } else if (line == "DATA") {
                c.send("354 go on\r\n");
                std::string mail;
                for (auto text = c.line(); text != "."; text = c.line()) mail += text + "\n";
                const std::scoped_lock held(mutex_);
                mails_.push_back(mail);
                c.send(odd_command == "." ? odd_answer + "\r\n" : "250 queued\r\n");
            } else {
                c.send("250 ok\r\n");
            }
        }
    }
    std::mutex mutex_;
    std::vector<std::string> mails_;
    std::string commands_;

 public:
    scripted_peer peer{[this](scripted_connection& c) { serve(c); }};
};

smtp_settings smtp_settings_at(int port) {
    smtp_settings out;
    out.port = port;
    out.sender = {"no-reply@operator.example", "Keepline"};
    out.connect_timeout = 500ms;
    out.total_timeout = 500ms;
    return out;
}

mail_message mail_to_send(std::string key = "k-1") {
    return {std::move(key), "",        {1'795'000'000'000}, "li@customer.example",
            "en",           "Subject", ".\nbody\n",         "<p>body</p>"};
}

std::unique_ptr<mail_transport> smtp_link(int port) { return std::move(*make_smtp_transport(smtp_settings_at(port))); }

TEST(smtp_transport, a_mail_arrives_with_its_stable_id_over_one_kept_connection) {
    fake_mta mta;
    const auto link = smtp_link(mta.peer.port());
    const auto first = link->send(mail_to_send());
    ASSERT_TRUE(first) << first.error().words;
    EXPECT_EQ(first->receipt, "mail:<k-1@operator.example>");
    ASSERT_TRUE(link->send(mail_to_send()));
    const auto got = mta.mails();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0], got[1]);
    EXPECT_NE(got[0].find("Message-ID: <k-1@operator.example>"), std::string::npos);
    EXPECT_NE(mta.commands().find("MAIL FROM:<no-reply@operator.example>"), std::string::npos);
    EXPECT_NE(mta.commands().find("RCPT TO:<li@customer.example>"), std::string::npos);
    EXPECT_NE(mta.commands().find("EHLO operator.example"), std::string::npos);
    EXPECT_EQ(mta.peer.connections(), 1);
}

TEST(smtp_transport, the_servers_replies_keep_their_meaning) {
    struct row {
        const char* command;
        const char* answer;
        base::code what;
    };
    for (const auto& [command, answer, what] :
         std::vector<row>{{"RCPT", "550 no such user", base::code::peer_refused},
                          {"RCPT", "450 greylisted", base::code::peer_garbled},
                          {"RCPT", "452 too many", base::code::too_many},
                          {"MAIL", "421 closing", base::code::peer_unreachable},
                          {"MAIL", "530 authentication required", base::code::peer_unreachable},
                          {".", "554 spam", base::code::peer_refused},
                          {".", "451 later", base::code::peer_garbled}}) {
        fake_mta mta;
        mta.odd_command = command;
        mta.odd_answer = answer;
        const auto link = smtp_link(mta.peer.port());
        const auto done = link->send(mail_to_send());
        ASSERT_FALSE(done) << answer;
        EXPECT_EQ(done.error().what, what) << command << " " << answer << ": " << done.error().words;
        EXPECT_EQ(done.error().words.find("customer"), std::string::npos);
    }
}

TEST(smtp_transport, garbage_silence_and_absence_end_in_errors) {
    scripted_peer silent(stay_silent);
    scripted_peer garbage([](scripted_connection& c) {
        c.send("HTTP/1.1 200 OK\r\n\r\n");
        stay_silent(c);
    });
    scripted_peer closing([](scripted_connection&) {});
    for (const int port : {silent.port(), garbage.port(), closing.port(), 1}) {
        const auto link = smtp_link(port);
        const auto done = link->send(mail_to_send());
        ASSERT_FALSE(done) << port;
        EXPECT_TRUE(is_of_the_peer(done.error().what)) << base::info(done.error().what).id;
        EXPECT_NE(link->trouble(), "");
    }
}

TEST(smtp_transport, a_connection_that_was_closed_meanwhile_is_made_again) {
    fake_mta mta;
    const auto link = smtp_link(mta.peer.port());
    ASSERT_TRUE(link->send(mail_to_send()));
    mta.peer.disconnect();
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(link->send(mail_to_send("k-2")));
    EXPECT_EQ(mta.peer.connections(), 2);
}

TEST(smtp_transport, many_threads_send_at_once) {
    fake_mta mta;
    const auto link = smtp_link(mta.peer.port());
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int n = 0; n < 10; ++n)
                good += link->send(mail_to_send("k-" + std::to_string(t) + "-" + std::to_string(n))) ? 1 : 0;
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(good, 80);
    EXPECT_LE(mta.peer.connections(), 8);
}

TEST(smtp_transport, a_server_without_starttls_gets_no_mail_when_tls_is_wanted) {
    fake_mta mta;
    auto how = smtp_settings_at(mta.peer.port());
    how.security = smtp_security::starttls;
    const auto link = std::move(*make_smtp_transport(how));
    EXPECT_EQ(link->send(mail_to_send()).error().what, base::code::peer_unreachable);
    EXPECT_TRUE(mta.mails().empty());
    how.security = smtp_security::none;
    how.user = "x";
    EXPECT_EQ(make_smtp_transport(how).error().what, base::code::config_invalid);
    how.user.clear();
    how.password = "x";
    EXPECT_EQ(make_smtp_transport(how).error().what, base::code::config_invalid);
}

}  // namespace
}  // namespace keepline::link
