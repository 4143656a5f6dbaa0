#include "sip/addresses.hpp"

#include <gtest/gtest.h>

namespace keepline::sip {

TEST(networks_of_a_trunk, have_what_lies_in_them) {
    const auto list = network_list::parse({"203.0.113.0/28", "2001:db8::/32", "192.0.2.7"});
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->has("203.0.113.15"));
    EXPECT_FALSE(list->has("203.0.113.16"));
    EXPECT_TRUE(list->has("2001:db8:1::1"));
    EXPECT_TRUE(list->has("192.0.2.7"));
    EXPECT_FALSE(list->has("192.0.2.8"));
    EXPECT_FALSE(list->has("no address"));
    for (const auto* wrong : {"", "trunk.example", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1"})
        EXPECT_FALSE(network_list::parse({wrong})) << wrong;
}

TEST(an_address, is_the_same_in_both_families) {
    EXPECT_EQ(address_text(socket_address("::ffff:192.0.2.7", 5060)), "192.0.2.7");
    EXPECT_TRUE(same_place(socket_address("::ffff:192.0.2.7", 5060), socket_address("192.0.2.7", 5060)));
    EXPECT_FALSE(same_place(socket_address("192.0.2.7", 5060), socket_address("192.0.2.7", 5061)));
    EXPECT_EQ(socket_address("trunk.example", 5060).ss_family, AF_UNSPEC);
}

}  // namespace keepline::sip
