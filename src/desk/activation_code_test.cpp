// Activation codes and their drawings.
#include "desk/activation_code.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

TEST(activation_code, has_the_form_of_the_standard) {
    EXPECT_EQ((activation_code{"smdp.example.org", "K2-7Q"}.text()), "LPA:1$smdp.example.org$K2-7Q");
    EXPECT_EQ((activation_code{"smdp.example.org", "K2", "2.999.10"}.text()), "LPA:1$smdp.example.org$K2$2.999.10");
    EXPECT_EQ((activation_code{"smdp.example.org", "K2", "", true}.text()), "LPA:1$smdp.example.org$K2$$1");
    EXPECT_EQ((activation_code{"smdp.example.org", "", "2.999.10", true}.text()), "LPA:1$smdp.example.org$$2.999.10$1");
}

TEST(activation_code, knows_what_its_parts_may_be) {
    EXPECT_TRUE(is_matching_id("04386-AGYFT-A74Y8-3F815"));
    EXPECT_TRUE(is_matching_id(""));
    EXPECT_FALSE(is_matching_id("lower"));
    EXPECT_FALSE(is_matching_id("A$B"));
    EXPECT_FALSE(is_matching_id(std::string(256, 'A')));
    for (const char* good : {"localhost", "smdp.example.org:8443", "127.0.0.1:1", "[::1]:443", "[2001:db8::1]"})
        EXPECT_TRUE(is_server_address(good)) << good;
    for (const char* bad : {"", "a b", "a$b", "host:", "host:123456", "[::1", "[zz]", "[::1]x", "a:b"})
        EXPECT_FALSE(is_server_address(bad)) << bad;
}

TEST(qr_code, is_drawn_in_three_ways) {
    const auto svg = qr_svg("LPA:1$smdp.example.org$K2-7Q");
    ASSERT_TRUE(svg);
    EXPECT_TRUE(svg->starts_with("<svg "));
    EXPECT_NE(svg->find("viewBox=\"0 0 37 37\""), std::string::npos);  // 29 modules and the quiet zone
    const auto png = qr_png("LPA:1$smdp.example.org$K2-7Q", 2);
    ASSERT_TRUE(png);
    EXPECT_EQ(png->substr(1, 3), "PNG");
    EXPECT_EQ(static_cast<std::uint8_t>((*png)[19]), 74);              // 37 modules of 2 pixels
    EXPECT_TRUE(png->ends_with(std::string("IEND\xAE\x42\x60\x82")));  // its CRC is known
    const auto shown = qr_text("LPA:1$smdp.example.org$K2-7Q");
    ASSERT_TRUE(shown);
    EXPECT_EQ(std::ranges::count(*shown, '\n'), 17);
}

TEST(qr_code, refuses_what_does_not_fit) {
    EXPECT_FALSE(qr_svg(std::string(4000, 'a')));
    EXPECT_FALSE(qr_png(std::string(4000, 'a')));
    EXPECT_FALSE(qr_text(std::string(4000, 'a')));
}

}  // namespace
}  // namespace keepline::desk
