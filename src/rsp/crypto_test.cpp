#include "rsp/crypto.hpp"

#include "rsp/test_pki.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::rsp {

namespace {

block block_of(std::string_view hex) {
    block out{};
    std::ranges::copy(base::from_hex(hex).value(), out.begin());
    return out;
}

class on_both_curves : public testing::TestWithParam<curve> {};

TEST_P(on_both_curves, a_signature_of_ours_verifies_and_a_changed_one_does_not) {
    const test::key_pair pair(GetParam());
    const auto key = pair.loaded();
    const std::array<base::byte_view, 3> parts{base::view("one"), base::view(""), base::view("two")};
    auto made = key->sign(parts).value();
    EXPECT_TRUE(key->key().verifies(base::view("onetwo"), made));
    EXPECT_TRUE(key->key().verifies(parts, made));
    EXPECT_FALSE(key->key().verifies(base::view("onetwO"), made));
    EXPECT_FALSE(key->key().verifies(base::view("onetwo"), base::byte_view(made).first(63)));
    made[5] ^= 1;
    EXPECT_FALSE(key->key().verifies(base::view("onetwo"), made));
    EXPECT_FALSE(key->key().verifies(base::view("onetwo"), signature{}));
}

TEST_P(on_both_curves, a_signature_of_openssl_verifies_in_both_forms) {
    const test::key_pair pair(GetParam());
    const auto key = public_key::from_point(GetParam(), pair.point()).value();
    for (int i = 0; i < 20; ++i) {  // so that r or s begins with a zero or a high bit now and then
        EXPECT_TRUE(key.verifies(base::view("text"), pair.sign(base::view("text"))));
        EXPECT_TRUE(key.verifies_der(base::view("text"), pair.sign_der(base::view("text"))));
    }
    EXPECT_FALSE(key.verifies_der(base::view("text"), base::view("nonsense")));
    const test::key_pair other(GetParam());
    EXPECT_FALSE(key.verifies(base::view("text"), other.sign(base::view("text"))));
}

TEST_P(on_both_curves, a_point_that_is_not_on_the_curve_is_no_key) {
    auto point = test::key_pair(GetParam()).point();
    base::bytes compressed(point.begin(), point.begin() + 33);
    compressed[0] = static_cast<std::uint8_t>(2 + (point[64] & 1));
    EXPECT_EQ(public_key::from_point(GetParam(), compressed)->encoded(), point);
    point[64] ^= 1;
    EXPECT_FALSE(public_key::from_point(GetParam(), point));
    EXPECT_FALSE(public_key::from_point(GetParam(), base::byte_view(point).first(64)));
    EXPECT_FALSE(public_key::from_point(GetParam(), {}));
    const auto elsewhere = GetParam() == curve::p256 ? curve::brainpool_p256 : curve::p256;
    point[64] ^= 1;
    EXPECT_FALSE(public_key::from_point(elsewhere, point));
}

TEST_P(on_both_curves, two_one_time_keys_agree_as_openssl_does) {
    test::seeded_random random(3);
    const auto ours = one_time_key::make(GetParam(), random);
    const auto theirs = one_time_key::make(GetParam(), random);
    EXPECT_NE(ours.public_point(), theirs.public_point());
    EXPECT_EQ(ours.agree(theirs.public_point()).value(), theirs.agree(ours.public_point()).value());
    const test::key_pair third(GetParam());
    EXPECT_EQ(base::hex(ours.agree(third.point()).value()), base::hex(third.agree(ours.public_point())));
    auto wrong = third.point();
    wrong[10] ^= 1;
    EXPECT_FALSE(ours.agree(wrong));
    EXPECT_FALSE(ours.agree(base::byte_view(wrong).first(33)));
}

TEST_P(on_both_curves, keys_made_ahead_are_given_out_once) {
    test::seeded_random random(4);
    one_time_keys keys;
    keys.refill(GetParam(), 2, random);
    EXPECT_EQ(keys.size(GetParam()), 2u);
    const auto first = keys.take(GetParam(), random), second = keys.take(GetParam(), random),
               third = keys.take(GetParam(), random);
    EXPECT_EQ(keys.size(GetParam()), 0u);
    EXPECT_NE(first.public_point(), second.public_point());
    EXPECT_NE(second.public_point(), third.public_point());
}

INSTANTIATE_TEST_SUITE_P(crypto, on_both_curves, testing::Values(curve::p256, curve::brainpool_p256),
                         [](const auto& one) { return std::string(one.param == curve::p256 ? "p256" : "brainpool"); });

TEST(crypto, a_key_file_is_read_and_others_are_refused_in_words) {
    const test::key_pair pair(curve::p256);
    const auto der = pair.private_der();
    EXPECT_EQ(software_key::load(der).value()->key().encoded(), pair.point());
    std::string pem = "-----BEGIN EC PRIVATE KEY-----\n" + base::base64(der) + "\n-----END EC PRIVATE KEY-----\n";
    for (std::size_t at = 31 + 64; at < pem.size() - 40; at += 65) pem.insert(at, "\n");
    EXPECT_EQ(software_key::load(base::view(pem)).value()->key().encoded(), pair.point());
    for (const auto* wrong : {"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
        EXPECT_FALSE(software_key::load(base::view(wrong))) << wrong;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> p384(EVP_EC_gen("P-384"), EVP_PKEY_free);
    unsigned char* at = nullptr;
    const int size = i2d_PrivateKey(p384.get(), &at);
    const auto refusal = software_key::load({at, static_cast<std::size_t>(size)});
    OPENSSL_free(at);
    ASSERT_FALSE(refusal);
    EXPECT_THAT(refusal.error().words, testing::HasSubstr("neither"));
}

TEST(crypto, cmac_gives_the_values_of_rfc_4493) {
    const aes key(block_of("2b7e151628aed2a6abf7158809cf4f3c"));
    const auto text = base::from_hex(
                          "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a"
                          "52eff69f2445df4f9b17ad2b"
                          "417be66c3710")
                          .value();
    const auto mac = [&](std::size_t size) {
        const std::array<base::byte_view, 2> parts{base::byte_view(text).first(size / 3),
                                                   base::byte_view(text).subspan(size / 3, size - size / 3)};
        return base::hex(key.cmac(parts));
    };
    EXPECT_EQ(mac(0), "bb1d6929e95937287fa37d129b756746");
    EXPECT_EQ(mac(16), "070a16b46b4d4144f79bdd9dd04a287c");
    EXPECT_EQ(mac(40), "dfa66747de9ae63030ca32611497c827");
    EXPECT_EQ(mac(64), "51f0bebf7e3b9d92fc49741779363cfe");
}

TEST(crypto, cbc_gives_the_values_of_sp_800_38a) {
    const aes key(block_of("2b7e151628aed2a6abf7158809cf4f3c"));
    auto data = base::from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").value();
    const auto plain = data;
    const auto initial = block_of("000102030405060708090a0b0c0d0e0f");
    key.cbc_encrypt(initial, data);
    EXPECT_EQ(base::hex(data), "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
    key.cbc_decrypt(initial, data);
    EXPECT_EQ(data, plain);
    EXPECT_EQ(base::hex(key.encrypt_block(block_of("6bc1bee22e409f96e93d7e117393172a"))),
              "3ad77bb40d7a3660a89ecaf32466ef97");
}

TEST(crypto, the_kdf_gives_the_value_of_ansi_x9_63) {
    // NIST CAVP, ANSI X9.63-2001, SHA-256, 128 bits of key
    const auto secret = base::from_hex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08").value();
    base::byte_array<16> out{};
    x963_kdf(secret, {}, out);
    EXPECT_EQ(base::hex(out), "443024c3dae66b95e6f5670601558f71");
}

}  // namespace

}  // namespace keepline::rsp
