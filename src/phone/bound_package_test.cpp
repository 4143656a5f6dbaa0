// The secure channel against values made with the openssl command line (pkeyutl, enc, mac) and Python's hashlib.
#include "phone/bound_package.hpp"

#include <gtest/gtest.h>

namespace keepline::phone {
namespace {

constexpr const char* card_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKA3z79HDEAdB+6u7\n"
    "7Zv8ZdCsnM0Ud7//2Mf3khmuLeihRANCAASAeHY9QNH5qF1Rxlbn0loxWoYWUBOm\n"
    "Zb+IuJEDWdOECfdwHT7sL9pWMjWmeOFEHXBuTUDbPpiCx31MSb6Gi3QS\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* server_point =
    "042f5c80c7562889f4e8fb25718df0c6538e9d73eb77dd04df7bec360292abe7a0e22915b7ce23a10491597ab98473e9e621de9527194b9442"
    "93"
    "818186ff4a36bb";
constexpr const char* shared_secret = "18694ce68766d64007e58b9c6314e8750786f9ee80156cb75add8d1fef33429f";
constexpr const char* derived_keys =
    "3d464fd73edb9d03ed36aa41721837c47c16a1802e8eee5d9d41abf3f060e1b3e2246317fcf282cb4467807b88f10341";
constexpr const char* segment_87 = "87180e8d2735a5776d69f6ecc04f9d0972768daad299ddcfd56e";
constexpr const char* segment_88 = "880fbf25045a0201020fc5725054b0d286";
constexpr const char* segment_86 =
    "8681d8262f90506a10e004cdf96de03b262098ea136aeb98f1da87c143c6a0acac62a46eeace7e1e26c8edf6897c32c4168d341d611d9124cf"
    "fb6b"
    "f2e851f674c082322b26e7c10722a5845419ae49d1ce755f665d91cf9eb0c27f3ffa55a14dae74616bdd58d77dca651e3aac53b9ceabb6bce7"
    "806e"
    "0ad9f1a2a6362682df6afd7585de7e2399d68c54a925e2700fcbf417ec3d6f1a8669472bc36ea3a4a3f887bb34d96bae10139150881d710cfd"
    "7785"
    "6765b17d4ac384499519fd49941fc1bb41c950841d4d032907e690e79001b7f73ce138a29722ebde8a32";

bytes raw(const char* hex) { return *base::from_hex(hex); }
tlv element_of(const bytes& whole) { return *tlv_reader(whole).next(); }

secure_channel vector_channel() {
    return secure_channel::derive(raw(shared_secret), base::view("KEEPLINE"), raw("89049032123451234512345678901235"));
}

TEST(secure_channel, agrees_on_the_secret_that_openssl_derives) {
    const auto key = ec_key::from_pem(card_key_pem);
    const auto peer = ec_key::from_point(curve::p256, raw(server_point));
    ASSERT_TRUE(key && peer);
    EXPECT_EQ(base::hex(*key->agree(*peer)), shared_secret);
}

TEST(secure_channel, derives_the_keys_of_the_vector) {
    const auto info =
        joined({bytes{0x88, 0x10, 8}, base::view("KEEPLINE"), bytes{16}, raw("89049032123451234512345678901235")});
    EXPECT_EQ(base::hex(x963_kdf(raw(shared_secret), info, 48)), derived_keys);
}

TEST(secure_channel, opens_the_three_kinds_of_segment_in_order) {
    auto channel = vector_channel();
    const auto first = channel.open(element_of(raw(segment_87)), true);
    const auto second = channel.open(element_of(raw(segment_88)), false);
    const auto third = channel.open(element_of(raw(segment_86)), true);
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(base::hex(*first), "bf2400");
    EXPECT_EQ(base::hex(*second), "bf25045a020102");
    ASSERT_EQ(third->size(), 200U);
    for (std::size_t i = 0; i < third->size(); ++i) EXPECT_EQ((*third)[i], i);
}

TEST(secure_channel, refuses_a_segment_out_of_order) {
    auto channel = vector_channel();
    EXPECT_EQ(channel.open(element_of(raw(segment_88)), false).error(), bpp_error::scp03t_security_error);
}

TEST(secure_channel, refuses_every_flipped_bit) {
    const auto good = raw(segment_87);
    for (std::size_t at = 2; at < good.size(); ++at) {
        auto bad = good;
        bad[at] ^= 0x40;
        auto channel = vector_channel();
        EXPECT_EQ(channel.open(element_of(bad), true).error(), bpp_error::scp03t_security_error) << at;
    }
}

TEST(secure_channel, refuses_a_segment_longer_than_1020_bytes) {
    auto channel = vector_channel();
    const auto long_one = make(0x86, bytes(1017, 1));
    ASSERT_EQ(long_one.size(), 1021U);
    EXPECT_EQ(channel.open(element_of(long_one), true).error(), bpp_error::scp03t_structure_error);
}

TEST(points, that_are_not_on_the_curve_are_refused) {
    auto point = ec_key::generate(curve::brainpool_p256).point();
    EXPECT_TRUE(ec_key::from_point(curve::brainpool_p256, point));
    EXPECT_FALSE(ec_key::from_point(curve::p256, point));
    point[40] ^= 1;
    EXPECT_FALSE(ec_key::from_point(curve::brainpool_p256, point));
}

TEST(der, is_read_strictly) {
    EXPECT_TRUE(only(raw("3003020105"), 0x30));
    EXPECT_FALSE(only(raw("30810302010500"), 0x30)) << "a length that could be shorter";
    EXPECT_FALSE(only(raw("300302010500"), 0x30)) << "a byte too many";
    EXPECT_FALSE(only(raw("3080020105"), 0x30)) << "indefinite";
    EXPECT_FALSE(only(raw("bf1e00"), 0xBF1E)) << "a tag that could be shorter";
    EXPECT_FALSE(only(raw("bf8025"), 0xBF8025));
    EXPECT_EQ(unsigned_value(raw("00ff")), 255U);
    EXPECT_FALSE(unsigned_value(raw("0001")));
    EXPECT_FALSE(unsigned_value(raw("ff")));
    EXPECT_EQ(base::hex(make_bits(0x81, {3})), "81020410");
    EXPECT_EQ(base::hex(make_bits(0x81, {0})), "81020780");
    EXPECT_EQ(make(0x30, bytes(300, 1)).size(), 304U);
}

}  // namespace
}  // namespace keepline::phone
