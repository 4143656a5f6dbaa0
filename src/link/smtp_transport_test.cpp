#include "link/smtp_transport.hpp"

#include "link/scripted_peer.hpp"
#include "port/connector.hpp"

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
                if (odd_answer.empty()) return;  // cut
                c.send(odd_answer + "\r\n");
            } else if (line == "DATA") {
                c.send("354 go on\r\n");
                std::string mail;
                for (auto text = c.line(); text != "."; text = c.line()) mail += text + "\n";
                const std::scoped_lock held(mutex_);
                mails_.push_back(mail);
                if (odd_command == "." && odd_answer.empty()) return;  // cut
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
                          {"RCPT", "452 too many", base::code::peer_garbled},
                          {"RCPT", "452 4.2.2 mailbox full", base::code::peer_garbled},
                          {"RCPT", "452 4.3.1 mail system full", base::code::peer_unreachable},
                          {"RCPT", "450 4.7.28 too fast", base::code::too_many},
                          {"RCPT", "421 4.7.0 too many for this user", base::code::peer_unreachable},
                          {"MAIL", "553 5.1.8 not from you", base::code::peer_unreachable},
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

TEST(smtp_transport, hundreds_of_full_mailboxes_say_nothing_about_the_server) {
    fake_mta mta;
    mta.odd_command = "RCPT TO:<full";
    mta.odd_answer = "452 4.2.2 mailbox full";
    const auto link = smtp_link(mta.peer.port());
    for (int i = 0; i < 50; ++i) {
        auto mail = mail_to_send("k-" + std::to_string(i));
        mail.to = "full" + std::to_string(i) + "@box.example";
        const auto done = link->send(mail);
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().what, base::code::peer_garbled);
        EXPECT_EQ(done.error().words, "The mail server answered 452 4.2.2: the mailbox is full.");
    }
    EXPECT_EQ(link->trouble(), "");
    EXPECT_TRUE(link->send(mail_to_send()));
}

TEST(smtp_transport, a_connection_cut_at_a_recipient_is_tried_again_soon_and_nothing_was_sent) {
    for (const auto* at : {"RCPT", "MAIL", "DATA"}) {
        fake_mta mta;
        mta.odd_command = at;
        const auto link = smtp_link(mta.peer.port());
        const auto done = link->send(mail_to_send());
        ASSERT_FALSE(done) << at;
        EXPECT_EQ(done.error().what, base::code::peer_unreachable) << at << done.error().words;
        EXPECT_NE(port::said(done.error(), port::again_in_ms), nullptr) << at;
        EXPECT_EQ(port::said(done.error(), port::may_have_happened), nullptr) << at;
    }
}

// Fails when only "250" is taken for an acceptance, as libcurl does.
TEST(smtp_transport, an_odd_yes_to_the_whole_message_is_a_yes) {
    for (const auto* yes : {"251 will forward", "200 ok", "250", "250-queued\r\n250 as 17", "252 perhaps"}) {
        fake_mta mta;
        mta.odd_command = ".";
        mta.odd_answer = yes;
        const auto link = smtp_link(mta.peer.port());
        const auto done = link->send(mail_to_send());
        EXPECT_TRUE(done) << yes << ": " << done.error().words;
        EXPECT_EQ(mta.mails().size(), 1U);
    }
}

TEST(smtp_transport, no_answer_to_the_whole_message_says_that_it_may_have_been_taken) {
    fake_mta mta;
    mta.odd_command = ".";
    const auto link = smtp_link(mta.peer.port());
    const auto done = link->send(mail_to_send());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, base::code::peer_unreachable) << done.error().words;
    EXPECT_NE(port::said(done.error(), port::may_have_happened), nullptr);
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
