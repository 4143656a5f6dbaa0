#include "link/jws.hpp"

#include "base/property.hpp"
#include "link/scripted_peer.hpp"
#include "link/signer_connector.hpp"

#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

// RFC 8037 appendix A: its private key as PKCS#8, its thumbprint in A.3.
constexpr std::string_view rfc_8037_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

std::string part(const std::string& jws, int which) {
    std::size_t from = 0;
    for (int i = 0; i < which; ++i) from = jws.find('.', from) + 1;
    return jws.substr(from, jws.find('.', from) - from);
}

TEST(jws, the_key_id_is_the_thumbprint_of_rfc_7638) {
    const auto key = signing_key::from_pem(rfc_8037_pem);
    ASSERT_TRUE(key);
    EXPECT_EQ((*key)->kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    EXPECT_NE((*key)->jwks().find(R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")"), std::string::npos);
}

TEST(jws, what_is_signed_verifies_and_comes_back_byte_for_byte) {
    const auto key = *signing_key::from_pem(rfc_8037_pem);
    const std::string claims = R"({"b":1,  "a":"注销"})";
    const auto jws = key->sign(claims);
    EXPECT_EQ(jws, key->sign(claims));
    const auto back = verify_jws(jws, key->jwks());
    ASSERT_TRUE(back) << back.error().words;
    EXPECT_EQ(back->claims, claims);
    EXPECT_EQ(back->kid, key->kid());
}

TEST(jws, any_changed_character_is_noticed) {
    const auto key = *signing_key::from_pem(rfc_8037_pem);
    const auto jws = key->sign(R"({"line":"ln_1"})");
    EXPECT_HOLDS("one changed character", [&](std::size_t where, char with) {
        auto changed = jws;
        changed[where % jws.size()] = with;
        RC_PRE(changed != jws);
        RC_ASSERT(verify_jws(changed, key->jwks()).error().what == base::code::certificate_invalid);
    });
}

TEST(jws, nothing_is_taken_on_trust) {
    const auto key = *signing_key::from_pem(rfc_8037_pem);
    const auto jws = key->sign("{}");
    const auto with_header = [&](const std::string& header) {
        return base::base64url(base::view(header)) + "." + part(jws, 1) + "." + part(jws, 2);
    };
    const auto kid = key->kid();
    for (const std::string& header :
         {R"({"alg":"none","kid":")" + kid + R"(","typ":"keepline-closing+jwt"})",
          R"({"alg":"HS256","kid":")" + kid + R"(","typ":"keepline-closing+jwt"})",
          R"({"alg":"EdDSA","kid":")" + kid + R"(","typ":"JWT"})",
          std::string(R"({"alg":"EdDSA","typ":"keepline-closing+jwt"})"),
          R"({"alg":"EdDSA","kid":")" + kid + R"(","typ":"keepline-closing+jwt","crit":["x"]})", std::string("[]"),
          std::string("")})
        EXPECT_FALSE(verify_jws(with_header(header), key->jwks())) << header;
    for (const std::string& bad :
         {std::string(), std::string("a.b"), std::string("..."), jws + ".x", jws + "=", std::string(300'000, 'a')})
        EXPECT_FALSE(verify_jws(bad, key->jwks()));
    for (const char* keys : {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1,{"kid":1}]})"})
        EXPECT_FALSE(verify_jws(jws, keys)) << keys;
    auto other_curve = key->jwks();
    other_curve.replace(other_curve.find("Ed25519"), 7, "X25519x");
    EXPECT_FALSE(verify_jws(jws, other_curve));
}

TEST(jws, a_key_is_made_once_and_only_its_owner_may_read_it) {
    test_folder folder;
    const auto file = folder.path() + "/keys/closing.pem";
    const auto made = signing_key::load(file, true);
    ASSERT_TRUE(made) << made.error().words;
    const auto again = signing_key::load(file, true);
    ASSERT_TRUE(again);
    EXPECT_EQ((*made)->kid(), (*again)->kid());
    struct stat about{};
    ASSERT_EQ(::stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    ::chmod(file.c_str(), 0644);
    EXPECT_EQ(signing_key::load(file, true).error().what, base::code::config_invalid);
}

TEST(jws, a_file_that_is_no_ed25519_key_is_refused) {
    for (const char* bad : {"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"})
        EXPECT_EQ(signing_key::from_pem(bad).error().what, base::code::config_invalid) << bad;
}

TEST(jws, a_missing_key_is_made_only_where_it_may_be) {
    test_folder folder;
    const auto file = folder.path() + "/signing.pem";
    EXPECT_EQ(signing_key::load(file, false).error().what, base::code::config_invalid);
    struct stat about{};
    EXPECT_NE(::stat(file.c_str(), &about), 0);
}

TEST(jws, what_was_signed_before_a_rotation_stays_verifiable_and_new_keys_sign_from_then_on) {
    test_folder folder;
    const auto file = folder.path() + "/signing.pem";
    const auto first = *signing_key::load(file, true);
    signing_keys keys(first, {});
    const auto before = keys.sign("{}");
    std::string announced;
    const auto second = *signing_key::make_over(file, [&](const signing_key& key) {
        announced = key.kid();
        return result<void>();
    });
    EXPECT_EQ(announced, second->kid());
    keys.replace(*signing_key::load(file, false), {first->public_text(), second->public_text()});
    EXPECT_EQ(keys.kid(), second->kid());
    EXPECT_EQ(verify_jws(before, keys.jwks())->kid, first->kid());
    EXPECT_EQ(verify_jws(keys.sign("{}"), keys.jwks())->kid, second->kid());
    EXPECT_FALSE(verify_jws(before, second->jwks()));
}

TEST(signer_connector, the_answer_is_the_signed_certificate) {
    const auto key = std::make_shared<signing_keys>(*signing_key::from_pem(rfc_8037_pem), std::vector<std::string>());
    const auto connector = make_signer_connector(key);
    port::outbound what;
    what.what = domain::sign_certificate{3, {R"({"line":"ln_1"})"}};
    const auto done = connector->deliver(what);
    ASSERT_TRUE(done);
    const auto& answer = port::number_answer<domain::certificate_signed>(*done);
    EXPECT_EQ(answer.closure, 3);
    EXPECT_EQ(verify_jws(answer.jws, key->jwks())->claims, R"({"line":"ln_1"})");
}

}  // namespace
}  // namespace keepline::link
