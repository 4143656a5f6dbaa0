#include "rsp/crypto.hpp"

#include "rsp/test_pki.hpp"

#include <gmock/gmock.h>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

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

/// Gives these fillings one after the other.
class scripted_random final : public random_source {
 public:
    explicit scripted_random(std::vector<std::string> hex) : hex_(std::move(hex)) {}
    void fill(std::span<std::uint8_t> out) override {
        const auto next = base::from_hex(hex_.at(at_++)).value();
        std::ranges::copy(next, out.begin());
    }

 private:
    std::vector<std::string> hex_;
    std::size_t at_ = 0;
};

// BSI TR-03111 §4.1.3: a private key is a number from 1 to n-1, each as likely as the others; so others are drawn
// again.
TEST_P(on_both_curves, a_one_time_key_is_a_number_below_the_order_of_the_curve) {
    const std::string order = GetParam() == curve::p256
                                  ? "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
                                  : "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7";
    const std::string good = std::string(63, '0') + "5";
    scripted_random draws({std::string(64, '0'), std::string(64, 'f'), order, good}), once({good});
    EXPECT_EQ(one_time_key::make(GetParam(), draws).public_point(),
              one_time_key::make(GetParam(), once).public_point());
    auto last = order;
    last.back() = static_cast<char>(last.back() - 1);
    scripted_random highest({last}), lowest({std::string(63, '0') + "1"});
    const auto top = one_time_key::make(GetParam(), highest), bottom = one_time_key::make(GetParam(), lowest);
    EXPECT_TRUE(std::ranges::equal(base::byte_view(top.public_point()).subspan(1, 32),
                                   base::byte_view(bottom.public_point()).subspan(1, 32)))
        << "n-1 is -1: the same x";
    EXPECT_NE(top.public_point(), bottom.public_point());
}

TEST_P(on_both_curves, a_one_time_key_goes_whole_to_its_new_place_and_stays_in_its_own) {
    test::seeded_random random(9);
    const auto other = one_time_key::make(GetParam(), random);
    auto first = one_time_key::make(GetParam(), random);
    const auto point = first.public_point();
    const auto agreed = first.agree(other.public_point()).value();
    auto& itself = first;
    first = std::move(itself);
    EXPECT_EQ(first.agree(other.public_point()).value(), agreed);
    auto second = std::move(first);
    EXPECT_EQ(second.which(), GetParam());
    EXPECT_EQ(second.agree(other.public_point()).value(), agreed);
    auto third = one_time_key::make(curve::p256, random);
    third = std::move(second);
    EXPECT_EQ(third.which(), GetParam());
    EXPECT_EQ(third.public_point(), point);
    EXPECT_EQ(third.agree(other.public_point()).value(), agreed);
}

// SGP.22 §2.6.7.2 leaves the choice between the compressed and the uncompressed form only.
TEST_P(on_both_curves, a_key_has_the_uncompressed_form_or_one_of_the_two_compressed_ones) {
    bool even = false, odd = false;
    while (!even || !odd) {
        const auto point = test::key_pair(GetParam()).point();
        const bool is_odd = (point[64] & 1) != 0;
        (is_odd ? odd : even) = true;
        base::bytes compressed(point.begin(), point.begin() + 33);
        compressed[0] = is_odd ? 3 : 2;
        EXPECT_EQ(public_key::from_point(GetParam(), compressed)->encoded(), point);
        compressed[0] = is_odd ? 2 : 3;
        EXPECT_NE(public_key::from_point(GetParam(), compressed)->encoded(), point);
        for (const std::uint8_t form : {std::uint8_t{1}, std::uint8_t{4}, std::uint8_t{5}}) {
            compressed[0] = form;
            EXPECT_EQ(public_key::from_point(GetParam(), compressed).error().words,
                      "A public key has a form that is not known.");
        }
        auto hybrid = point;
        hybrid[0] = is_odd ? 7 : 6;
        EXPECT_EQ(public_key::from_point(GetParam(), hybrid).error().words,
                  "A public key has a form that is not known.");
        test::seeded_random random(5);
        const auto ours = one_time_key::make(GetParam(), random);
        EXPECT_TRUE(ours.agree(point));
        EXPECT_FALSE(ours.agree(hybrid)) << "otPK is uncompressed";
    }
    base::bytes none(33, 0);
    none[0] = 2;
    int refused = 0;  // about every other x is on no point of the curve
    for (std::uint8_t x = 1; x < 40; ++x) {
        none[32] = x;
        if (!public_key::from_point(GetParam(), none)) ++refused;
    }
    EXPECT_GT(refused, 5);
}

TEST(crypto, signatures_whose_numbers_begin_with_zeros_or_a_high_bit_verify) {
    const test::key_pair pair(curve::p256);
    const auto key = public_key::from_point(curve::p256, pair.point()).value();
    std::array<bool, 256> seen{};
    for (int i = 0; i < 20'000 && !(seen[0x00] && seen[0x7f] && seen[0x80] && seen[0xff]); ++i) {
        const auto made = pair.sign(base::view("text"));
        for (const auto first : {made[0], made[32]}) {
            if (first != 0x00 && first != 0x7f && first != 0x80 && first != 0xff) continue;
            if (std::exchange(seen[first], true)) continue;
            EXPECT_TRUE(key.verifies(base::view("text"), made)) << base::hex(made);
        }
    }
    EXPECT_TRUE(seen[0x00] && seen[0x7f] && seen[0x80] && seen[0xff]);
    const auto own = pair.loaded();
    for (int i = 0; i < 600; ++i) {
        const auto made = own->sign(std::array{base::view("text")}).value();
        if (made[0] == 0 || made[32] == 0 || i == 0)
            EXPECT_TRUE(key.verifies(base::view("text"), made)) << base::hex(made);
    }
}

TEST(crypto, curves_have_the_names_that_sgp_22_gives_them) {
    EXPECT_EQ(name_of(curve::p256), "P-256");
    EXPECT_EQ(name_of(curve::brainpool_p256), "brainpoolP256r1");
}

TEST(crypto, key_files_are_at_most_16_kb_and_of_a_curve_that_is_known) {
    const test::key_pair pair(curve::p256);
    const std::string pem = "-----BEGIN EC PRIVATE KEY-----\n" + [&] {
        auto text = base::base64(pair.private_der());
        for (std::size_t at = 64; at < text.size(); at += 65) text.insert(at, "\n");
        return text;
    }() + "\n-----END EC PRIVATE KEY-----\n";
    const auto sized = [&](std::size_t size) { return std::string(size - pem.size() - 1, '#') + "\n" + pem; };
    EXPECT_TRUE(software_key::load(base::view(sized(16'384))));
    EXPECT_THAT(software_key::load(base::view(sized(16'385))).error().words, testing::HasSubstr("too large"));
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> ed(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                 EVP_PKEY_free);
    unsigned char* at = nullptr;
    const int size = i2d_PrivateKey(ed.get(), &at);
    const auto refusal = software_key::load({at, static_cast<std::size_t>(size)});
    OPENSSL_free(at);
    ASSERT_FALSE(refusal);
    EXPECT_THAT(refusal.error().words, testing::HasSubstr("not of a named elliptic curve"));
    EXPECT_THAT(software_key::load(base::view("x")).error().words, testing::HasSubstr("no private key"));
}

// BSI TR-03111 §4.3.3: the counter has 32 bits. OpenSSL's own KDF is the other side, over more blocks than 16 bits
// count.
TEST(crypto, the_kdf_counts_as_openssl_does) {
    const auto secret = base::from_hex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08").value();
    const auto info = base::from_hex("8810aabb").value();
    base::bytes ours(32UL * 70'000 + 5), theirs(ours.size());
    x963_kdf(secret, info, ours);
    EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "X963KDF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
    std::string digest = "SHA256";
    auto key = secret, shared = info;
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, shared.data(), shared.size()),
                                OSSL_PARAM_construct_end()};
    EXPECT_EQ(EVP_KDF_derive(context, theirs.data(), theirs.size(), parameters.data()), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    EXPECT_TRUE(ours == theirs);
}

TEST(crypto, cmac_of_every_length_is_openssl_s) {
    const auto key = block_of("2b7e151628aed2a6abf7158809cf4f3c");
    for (std::uint8_t salt = 0; salt < 4; ++salt) {
        auto under = key;
        under[0] ^= salt;  // so that both forms of doubling come up
        const aes ours(under);
        for (std::size_t size = 0; size <= 70; ++size) {
            const base::bytes text(size, 0x5a);
            block theirs{};
            std::size_t written = 0;
            ASSERT_NE(EVP_Q_mac(nullptr, "CMAC", nullptr, "AES-128-CBC", nullptr, under.data(), under.size(),
                                text.data(), text.size(), theirs.data(), theirs.size(), &written),
                      nullptr);
            EXPECT_EQ(base::hex(ours.cmac(std::array{base::byte_view(text)})), base::hex(theirs)) << size;
        }
    }
}

TEST(crypto, a_wiped_secret_is_zeros) {
    base::bytes secret(40, 0x77);
    wipe(secret);
    EXPECT_EQ(secret, base::bytes(40));
}

}  // namespace

}  // namespace keepline::rsp
