// Tokens of a provider of identities, signed with keys that are made here: what is good, and everything that is nearly.
#include "link/id_token.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

namespace keepline::link {
namespace {
namespace id_token_tests {

using base::code;

const base::instant now{1'780'000'000'000};
const std::string nonce = "the nonce of this sign-in";
const std::string issuer = "https://id.example";

std::string text64(std::string_view text) { return base::base64url(base::view(text)); }

/// A key of the provider's, and what of it is public.
class signer {
 public:
    explicit signer(std::string alg, std::string kid = "one") : alg_(std::move(alg)), kid_(std::move(kid)) {
        key_.reset(alg_ == "RS256"   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                   : alg_ == "ES256" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                     : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }
    std::string jwk(std::string_view more = "") const {
        std::string out = R"({"kid":")" + kid_ + R"(",)" + std::string(more);
        if (alg_ == "RS256") return out + R"("kty":"RSA","n":")" + number("n") + R"(","e":")" + number("e") + "\"}";
        if (alg_ == "ES256")
            return out + R"("kty":"EC","crv":"P-256","x":")" + number("qx", 32) + R"(","y":")" + number("qy", 32) +
                   "\"}";
        base::bytes raw(32);
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size);
        return out + R"("kty":"OKP","crv":"Ed25519","x":")" + base::base64url(raw) + "\"}";
    }
    std::string jwks() const { return R"({"keys":[)" + jwk() + "]}"; }
    std::string token(std::string_view claims, std::string_view header = "") const {
        const auto head = header.empty() ? R"({"alg":")" + alg_ + R"(","kid":")" + kid_ + "\"}" : std::string(header);
        const auto part = text64(head) + "." + text64(claims);
        return part + "." + base::base64url(signature(part));
    }

 private:
    std::string number(const char* which, int octets = 0) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), which, &value);
        base::bytes raw(static_cast<std::size_t>(octets == 0 ? BN_num_bytes(value) : octets));
        BN_bn2binpad(value, raw.data(), static_cast<int>(raw.size()));
        BN_free(value);
        return base::base64url(raw);
    }
    base::bytes signature(const std::string& part) const {
        const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* one) { EVP_MD_CTX_free(one); })> context(
            EVP_MD_CTX_new());
        EVP_DigestSignInit(context.get(), nullptr, alg_ == "EdDSA" ? nullptr : EVP_sha256(), nullptr, key_.get());
        const auto data = base::view(part);
        std::size_t size = 0;
        EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size());
        base::bytes out(size);
        EVP_DigestSign(context.get(), out.data(), &size, data.data(), data.size());
        out.resize(size);
        if (alg_ != "ES256") return out;
        const auto* at = out.data();
        auto* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(out.size()));
        base::bytes flat(64);
        BN_bn2binpad(ECDSA_SIG_get0_r(both), flat.data(), 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(both), flat.data() + 32, 32);
        ECDSA_SIG_free(both);
        return flat;
    }

    std::string alg_;
    std::string kid_;
    std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* one) { EVP_PKEY_free(one); })> key_;
};

struct said {
    std::string iss = issuer;
    std::string aud = R"("keepline")";
    std::int64_t exp = now.ms / 1000 + 300;
    std::int64_t iat = now.ms / 1000;
    std::string by = nonce;
    std::string more{};
    std::string text() const {
        return R"({"iss":")" + iss + R"(","sub":"u1","aud":)" + aud + R"(,"exp":)" + std::to_string(exp) +
               R"(,"iat":)" + std::to_string(iat) + R"(,"nonce":")" + by + "\"" + more + "}";
    }
};

auto read(const std::string& token, const std::string& keys) {
    return claims_of_id_token(token, keys, {issuer, "keepline", now}, nonce);
}

TEST(id_token, three_algorithms_are_known_and_each_takes_its_own_kind_of_key) {
    for (const auto* alg : {"RS256", "ES256", "EdDSA"}) {
        const signer of(alg);
        const auto claims = read(of.token(said().text()), of.jwks());
        ASSERT_TRUE(claims) << alg << ": " << claims.error().words;
        EXPECT_EQ(text_claim(*claims, "sub"), "u1");
        const signer other(alg);
        EXPECT_FALSE(read(other.token(said().text()), of.jwks())) << alg << " by a key of the same name";
    }
}

TEST(id_token, a_public_key_is_no_secret_and_no_signature_is_none) {
    const signer of("RS256");
    const auto part = text64(R"({"alg":"HS256","kid":"one"})") + "." + text64(said().text());
    const auto mac = base::hmac_sha256(base::view(of.jwk()), base::view(part));
    EXPECT_FALSE(read(part + "." + base::base64url(mac), of.jwks()));
    for (const auto* alg : {"none", "None", "RS512", "PS256", "HS256", ""}) {
        const auto header = std::string(R"({"alg":")") + alg + R"(","kid":"one"})";
        EXPECT_FALSE(read(text64(header) + "." + text64(said().text()) + ".", of.jwks())) << alg;
        EXPECT_FALSE(read(of.token(said().text(), header), of.jwks())) << alg;
    }
    const signer curve("ES256");
    EXPECT_FALSE(read(curve.token(said().text(), R"({"alg":"RS256","kid":"one"})"), curve.jwks()));
}

TEST(id_token, whatever_was_made_for_another_time_place_or_sign_in_is_refused) {
    const signer of("EdDSA");
    const auto s = now.ms / 1000;
    const std::vector<std::pair<const char*, said>> all{
        {"issuer", {.iss = "https://id.example.evil"}},
        {"audience", {.aud = R"("another")"}},
        {"audiences without azp", {.aud = R"(["keepline","another"])"}},
        {"audiences, another's", {.aud = R"(["keepline","another"])", .more = R"(,"azp":"another")"}},
        {"azp", {.more = R"(,"azp":"another")"}},
        {"expired", {.exp = s - 120, .iat = s - 300}},
        {"old", {.iat = s - 3'600}},
        {"to come", {.iat = s + 600}},
        {"not yet", {.more = R"(,"nbf":)" + std::to_string(s + 600)}},
        {"nonce", {.by = "another"}},
        {"twice", {.more = R"(,"sub":"u2")"}},
        {"logout", {.more = R"(,"events":{})"}},
    };
    for (const auto& [what, one] : all) EXPECT_FALSE(read(of.token(one.text()), of.jwks())) << what;
    EXPECT_TRUE(read(of.token(said{.aud = R"(["keepline"])"}.text()), of.jwks()));
    EXPECT_TRUE(read(of.token(said{.aud = R"(["keepline","b"])", .more = R"(,"azp":"keepline")"}.text()), of.jwks()));
    EXPECT_FALSE(claims_of_id_token(of.token(said{.by = ""}.text()), of.jwks(), {issuer, "keepline", now}, ""));
    const auto crit = R"({"alg":"EdDSA","kid":"one","crit":["exp"]})";
    EXPECT_FALSE(read(of.token(said().text(), crit), of.jwks()));
    EXPECT_FALSE(
        read(of.token(said{.more = R"(,"x":")" + std::string(id_token_octets_max, 'x') + "\""}.text()), of.jwks()));
}

// Whoever sits down after somebody whose session here was over is not them because theirs at the provider goes on.
TEST(id_token, who_signed_in_there_long_ago_signs_in_anew_where_that_was_asked_for) {
    const signer of("EdDSA");
    const auto asked = [&](const said& one) {
        return claims_of_id_token(of.token(one.text()), of.jwks(), {issuer, "keepline", now, base::minutes{30}}, nonce)
            .has_value();
    };
    const auto at = [](std::int64_t s) { return said{.more = R"(,"auth_time":)" + std::to_string(s)}; };
    const auto s = now.ms / 1000;
    EXPECT_TRUE(asked(at(s)));
    EXPECT_TRUE(asked(at(s - 1'750)));
    EXPECT_FALSE(asked(at(s - 3'600)));
    EXPECT_FALSE(asked(at(s + 600)));
    EXPECT_FALSE(asked(said()));
    EXPECT_TRUE(read(of.token(said().text()), of.jwks())) << "where it was not";
}

TEST(id_token, a_key_that_is_not_there_is_told_from_one_that_does_not_fit) {
    const signer of("EdDSA", "one");
    const signer next("EdDSA", "two");
    EXPECT_EQ(read(next.token(said().text()), of.jwks()).error().what, code::not_found);
    EXPECT_EQ(read(next.token(said().text()), "").error().what, code::not_found);
    const auto both = R"({"keys":[)" + of.jwk() + "," + next.jwk() + "]}";
    EXPECT_TRUE(read(next.token(said().text()), both));
    EXPECT_EQ(read(next.token(said().text(), R"({"alg":"EdDSA"})"), both).error().what, code::unauthenticated)
        << "which of them?";
    EXPECT_TRUE(read(of.token(said().text(), R"({"alg":"EdDSA"})"), of.jwks()));
    const auto for_secrets = R"({"keys":[)" + of.jwk(R"("use":"enc",)") + "]}";
    EXPECT_FALSE(read(of.token(said().text()), for_secrets));
    const auto weak = R"({"keys":[{"kid":"one","kty":"RSA","n":"AQAB","e":"AQAB"}]})";
    EXPECT_FALSE(read(signer("RS256").token(said().text()), weak));
}

TEST(id_token, a_logout_token_is_no_id_token_and_names_somebody) {
    const signer of("ES256");
    const id_token_rules by{issuer, "keepline", now};
    const auto event = R"(,"events":{"http://schemas.openid.net/event/backchannel-logout":{}})";
    const auto body = [&](const std::string& who, const std::string& rest) {
        return R"({"iss":")" + issuer + R"(","aud":"keepline","exp":)" + std::to_string(now.ms / 1000 + 60) +
               R"(,"iat":)" + std::to_string(now.ms / 1000) + who + rest + "}";
    };
    const auto good = of.token(body(R"(,"sid":"s1")", event));
    ASSERT_TRUE(claims_of_logout_token(good, of.jwks(), by));
    EXPECT_FALSE(read(good, of.jwks()));
    EXPECT_FALSE(claims_of_logout_token(of.token(said().text()), of.jwks(), by)) << "an ID token";
    EXPECT_FALSE(claims_of_logout_token(of.token(body("", event)), of.jwks(), by)) << "nobody";
    EXPECT_FALSE(claims_of_logout_token(of.token(body(R"(,"sub":"u1","nonce":"n")", event)), of.jwks(), by));
    EXPECT_FALSE(claims_of_logout_token(of.token(body(R"(,"sub":"u1")", R"(,"events":{"x":{}})")), of.jwks(), by));
}

}  // namespace id_token_tests
}  // namespace
}  // namespace keepline::link
