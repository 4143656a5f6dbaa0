#include "desk/mailbox.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

TEST(mailbox, a_domain_in_any_letters_is_converted_and_everything_else_stays) {
    EXPECT_EQ(ascii_mailbox("li@例子.中国"), "li@xn--fsqu00a.xn--fiqs8s");
    EXPECT_EQ(ascii_mailbox("li@bücher.example"), "li@xn--bcher-kva.example");
    EXPECT_EQ(ascii_mailbox("li@Bücher.example"), "li@xn--bcher-kva.example");
    EXPECT_EQ(ascii_mailbox("li@faß.example"), "li@xn--fa-hia.example") << "IDNA 2008, not the fass.example of 2003";
    EXPECT_EQ(ascii_mailbox("Li+a@customer.example"), "Li+a@customer.example");
    EXPECT_EQ(ascii_mailbox("li@xn--fiqs8s.cn"), "li@xn--fiqs8s.cn");
    EXPECT_EQ(ascii_mailbox("li@XN--bcher-KVA.example"), "li@XN--bcher-KVA.example");
}

TEST(mailbox, what_cannot_go_over_the_wire_is_refused_with_words) {
    EXPECT_NE(ascii_mailbox("李@customer.example").error().words.find("before the @"), std::string::npos);
    for (const auto* bad :
         {"a@xn--a.cn", "a@xn--.cn", "", "li", "@例子.中国", "li@", "li@例子", "li@例子..中国", "li@ex\u202Eample.org",
          "li@例子.中国\r\nBcc: x@y.example", "li@例子 .中国", "a@b@例子.中国", "li@-例子-.中国"}) {
        const auto got = ascii_mailbox(bad);
        ASSERT_FALSE(got) << bad << " → " << *got;
        EXPECT_EQ(got.error().what, base::code::invalid);
    }
    EXPECT_FALSE(ascii_mailbox("li@" + std::string(600, 'x') + ".例"));
}

}  // namespace
}  // namespace keepline::desk
