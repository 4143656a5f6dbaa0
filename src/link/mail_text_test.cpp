#include "link/mail_text.hpp"

#include "base/property.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

const mail_sender sender{"no-reply@operator.example", "Keepline 保号"};

mail_message sample() {
    return {"k-1",
            "",
            {1'795'000'000'000},
            "li@customer.example",
            "zh-CN",
            "尾号8000的号码已注销，凭证可在App或任一营业厅领取",
            "您好\n.\n-- \n",
            "<p>您好</p>"};
}

std::string header(const std::string& mail, std::string_view name) {
    const auto at = mail.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    auto end = mail.find("\r\n", at + 2);
    while (mail[end + 2] == ' ') end = mail.find("\r\n", end + 2);
    return mail.substr(at + name.size() + 4, end - at - name.size() - 4);
}

TEST(mail_text, has_the_headers_of_an_automatic_message) {
    const auto mail = "\r\n" + mail_bytes(sender, sample());
    EXPECT_EQ(header(mail, "Message-ID"), "<k-1@operator.example>");
    EXPECT_EQ(header(mail, "Date"), "Wed, 18 Nov 2026 11:06:40 +0000");
    EXPECT_EQ(header(mail, "Auto-Submitted"), "auto-generated");
    EXPECT_EQ(header(mail, "To"), "<li@customer.example>");
    EXPECT_EQ(header(mail, "Content-Language"), "zh-CN");
    EXPECT_NE(header(mail, "From").find("<no-reply@operator.example>"), std::string::npos);
    EXPECT_NE(header(mail, "Content-Type").find("multipart/alternative"), std::string::npos);
}

TEST(mail_text, the_same_message_is_the_same_bytes) {
    EXPECT_EQ(mail_bytes(sender, sample()), mail_bytes(sender, sample()));
}

TEST(mail_text, whatever_the_words_every_line_is_short_ascii_and_no_header_is_injected) {
    EXPECT_HOLDS("lines <= 998, ASCII, fixed headers", [](const std::string& subject, const std::string& text) {
        auto what = sample();
        what.subject = subject;
        what.text = text;
        const auto mail = mail_bytes(sender, what);
        std::size_t at = 0;
        bool in_header = true;
        while (at < mail.size()) {
            const auto end = mail.find("\r\n", at);
            RC_ASSERT(end != std::string::npos);
            const auto line = mail.substr(at, end - at);
            RC_ASSERT(line.size() <= 998);
            for (const char c : line) RC_ASSERT(c >= 0x20 && c < 0x7f);
            if (line.empty()) in_header = false;
            if (in_header && line[0] != ' ') RC_ASSERT(line.find(':') != std::string::npos);
            at = end + 2;
        }
    });
}

}  // namespace
}  // namespace keepline::link
