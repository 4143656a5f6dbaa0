#include "link/id_token.hpp"

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/json_members.hpp"

#include <array>
#include <memory>
#include <optional>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace keepline::link {

namespace {
namespace id_tokens {

using base::code;
using base::refuse;
using boost::json::object;

template <auto Free>
struct freed {
    template <typename T>
    void operator()(T* one) const {
        Free(one);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed<EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX_free>>;
using number_ptr = std::unique_ptr<BIGNUM, freed<BN_free>>;
using builder_ptr = std::unique_ptr<OSSL_PARAM_BLD, freed<OSSL_PARAM_BLD_free>>;
using params_ptr = std::unique_ptr<OSSL_PARAM, freed<OSSL_PARAM_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, freed<ECDSA_SIG_free>>;

constexpr std::size_t coordinate_octets = 32;  // of P-256 and Ed25519
constexpr std::size_t rsa_least_octets = 256;
constexpr std::size_t rsa_most_octets = 1024;
constexpr std::size_t exponent_most_octets = 8;
constexpr auto leeway = base::seconds{60};
constexpr auto issued_within = base::minutes{10};
constexpr std::string_view logout_event = "http://schemas.openid.net/event/backchannel-logout";

std::unexpected<base::error> not_good(const char* words) { return refuse(code::unauthenticated, words); }

key_ptr key_from(const char* kind, const builder_ptr& with) {
    const params_ptr params(with ? OSSL_PARAM_BLD_to_param(with.get()) : nullptr);
    const key_context context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
    EVP_PKEY* out = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &out, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return key_ptr(out);
}

std::optional<base::bytes> octets_of(const object& key, std::string_view name) {
    return base::from_base64url(text_claim(key, name));
}

key_ptr rsa_key(const object& key) {
    const auto n = octets_of(key, "n");
    const auto e = octets_of(key, "e");
    if (!n || !e || n->size() < rsa_least_octets || n->size() > rsa_most_octets || e->empty() ||
        e->size() > exponent_most_octets)
        return nullptr;
    const number_ptr modulus(BN_bin2bn(n->data(), static_cast<int>(n->size()), nullptr));
    const number_ptr exponent(BN_bin2bn(e->data(), static_cast<int>(e->size()), nullptr));
    const builder_ptr with(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !with ||
        OSSL_PARAM_BLD_push_BN(with.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(with.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return nullptr;
    return key_from("RSA", with);
}

key_ptr p256_key(const object& key) {
    const auto x = octets_of(key, "x");
    const auto y = octets_of(key, "y");
    if (text_claim(key, "crv") != "P-256" || !x || !y || x->size() != coordinate_octets ||
        y->size() != coordinate_octets)
        return nullptr;
    base::bytes point{0x04};
    point.insert(point.end(), x->begin(), x->end());
    point.insert(point.end(), y->begin(), y->end());
    const builder_ptr with(OSSL_PARAM_BLD_new());
    if (!with || OSSL_PARAM_BLD_push_utf8_string(with.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(with.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
        return nullptr;
    return key_from("EC", with);
}

key_ptr ed25519_key(const object& key) {
    const auto x = octets_of(key, "x");
    if (text_claim(key, "crv") != "Ed25519" || !x || x->size() != coordinate_octets) return nullptr;
    return key_ptr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x->data(), x->size()));
}

/// The algorithms that we know, each with the one kind of key that it is for: a public key is never a secret for HMAC.
struct algorithm {
    std::string_view name;
    std::string_view kind;
    key_ptr (*read)(const object&);
    const EVP_MD* (*digest)();
};
constexpr std::array algorithms{
    algorithm{"RS256", "RSA", rsa_key, EVP_sha256},
    algorithm{"ES256", "EC", p256_key, EVP_sha256},
    algorithm{"EdDSA", "OKP", ed25519_key, nullptr},
};

const algorithm* algorithm_named(std::string_view name) {
    for (const auto& one : algorithms)
        if (one.name == name) return &one;
    return nullptr;
}

/// (r, s) as JWS has them, as OpenSSL wants them.
std::optional<base::bytes> der_of(base::byte_view signature) {
    if (signature.size() != 2 * coordinate_octets) return std::nullopt;
    const ecdsa_ptr both(ECDSA_SIG_new());
    number_ptr r(BN_bin2bn(signature.data(), static_cast<int>(coordinate_octets), nullptr));
    number_ptr s(BN_bin2bn(signature.data() + coordinate_octets, static_cast<int>(coordinate_octets), nullptr));
    if (!both || !r || !s || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return std::nullopt;
    static_cast<void>(r.release());  // they are the signature's now
    static_cast<void>(s.release());
    unsigned char* data = nullptr;
    const int size = i2d_ECDSA_SIG(both.get(), &data);
    if (size <= 0) return std::nullopt;
    base::bytes out(data, data + size);
    OPENSSL_free(data);
    return out;
}

bool holds(EVP_PKEY* key, const algorithm& by, base::byte_view signature, std::string_view signed_part) {
    std::optional<base::bytes> der;
    if (by.name == "ES256") {
        der = der_of(signature);
        if (!der) return false;
        signature = *der;
    }
    const digest_context context(EVP_MD_CTX_new());
    const auto* digest = by.digest == nullptr ? nullptr : by.digest();
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) != 1) return false;
    const auto data = base::view(signed_part);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
}

std::optional<object> object_in(std::string_view encoded) {
    const auto raw = base::from_base64url(encoded);
    if (!raw || !base::check_members_once(base::text(*raw))) return std::nullopt;
    auto parsed = base::parse_json(base::text(*raw));
    if (!parsed || !parsed->is_object()) return std::nullopt;
    return std::move(parsed->get_object());
}

/// The one key of that name and kind; of several without a name nobody knows which.
result<key_ptr> key_for(std::string_view jwks, const std::string& kid, const algorithm& by) {
    const auto parsed = base::parse_json(jwks);
    const auto* keys = parsed && parsed->is_object() ? parsed->get_object().if_contains("keys") : nullptr;
    if (keys == nullptr || !keys->is_array()) return refuse(code::not_found, "There is no key set.");
    const object* found = nullptr;
    for (const auto& one : keys->get_array()) {
        if (!one.is_object()) continue;
        const auto& key = one.get_object();
        const auto use = text_claim(key, "use");
        const auto alg = text_claim(key, "alg");
        if (text_claim(key, "kty") != by.kind || (!use.empty() && use != "sig") || (!alg.empty() && alg != by.name) ||
            (!kid.empty() && text_claim(key, "kid") != kid))
            continue;
        if (found != nullptr) return not_good("Several keys may have signed it.");
        found = &key;
    }
    if (found == nullptr) return refuse(code::not_found, "It was signed with a key that is not in the key set.");
    auto out = by.read(*found);
    if (!out) return not_good("The key that signed it cannot be used.");
    return out;
}

/// Ours alone; one of several where it says that we asked for it.
bool is_to(const object& claims, const std::string& client) {
    const auto* to = claims.if_contains("aud");
    if (to == nullptr) return false;
    const auto* azp = claims.if_contains("azp");
    if (azp != nullptr && text_claim(claims, "azp") != client) return false;
    if (to->is_string()) return to->get_string() == client;
    if (!to->is_array()) return false;
    bool named = false;
    for (const auto& one : to->get_array()) named = named || (one.is_string() && one.get_string() == client);
    return named && (to->get_array().size() == 1 || azp != nullptr);
}

result<void> check_claims(const object& claims, const id_token_rules& by) {
    if (text_claim(claims, "iss") != by.issuer) return not_good("Another provider signed it.");
    if (!is_to(claims, by.client_id)) return not_good("It was made for somebody else.");
    const auto until = time_claim(claims, "exp");
    const auto since = time_claim(claims, "iat");
    if (!until || by.now >= *until + leeway) return not_good("It has expired.");
    if (!since || *since > by.now + leeway || by.now > *since + issued_within)
        return not_good("It was not made just now.");
    if (claims.contains("nbf")) {
        const auto from = time_claim(claims, "nbf");
        if (!from || *from > by.now + leeway) return not_good("It is not good yet.");
    }
    return {};
}

}  // namespace id_tokens
}  // namespace

std::string text_claim(const boost::json::object& claims, std::string_view name) {
    const auto* found = claims.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

result<boost::json::object> claims_of_token(std::string_view token, std::string_view jwks, const id_token_rules& by) {
    using namespace id_tokens;  // NOLINT(google-build-using-namespace): of this file
    if (token.size() > id_token_octets_max) return not_good("It is larger than any of its kind.");
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return not_good("It is not a JWS in compact form.");
    const auto header = object_in(token.substr(0, first));
    if (!header || header->contains("crit")) return not_good("Its header is none that we know.");
    const auto* how = algorithm_named(text_claim(*header, "alg"));
    if (how == nullptr) return not_good("It is not signed with RS256, ES256 or EdDSA.");
    TRY(key, key_for(jwks, text_claim(*header, "kid"), *how));
    const auto signature = base::from_base64url(token.substr(second + 1));
    if (!signature || !holds(key.get(), *how, *signature, token.substr(0, second)))
        return not_good("The signature does not fit.");
    auto claims = object_in(token.substr(first + 1, second - first - 1));
    if (!claims) return not_good("Its claims are no JSON object.");
    CHECK(check_claims(*claims, by));
    return std::move(*claims);
}

std::optional<base::instant> time_claim(const boost::json::object& claims, std::string_view name) {
    constexpr double latest_s = 1e11;
    const auto* found = claims.if_contains(name);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    const auto seconds = found->to_number<double>();
    if (!(seconds >= 0) || seconds > latest_s) return std::nullopt;
    return base::instant{static_cast<std::int64_t>(seconds * 1000)};
}

result<boost::json::object> claims_of_id_token(std::string_view token, std::string_view jwks, const id_token_rules& by,
                                               std::string_view nonce) {
    TRY(claims, claims_of_token(token, jwks, by));
    if (nonce.empty() || text_claim(claims, "nonce") != nonce)
        return id_tokens::not_good("It was made for another sign-in.");
    if (claims.contains("events")) return id_tokens::not_good("It is about something else.");
    if (text_claim(claims, "sub").empty()) return id_tokens::not_good("It names nobody.");
    if (by.signed_in_within > base::duration::zero()) {
        const auto at = time_claim(claims, "auth_time");
        if (!at) return id_tokens::not_good("It does not say when they signed in there (auth_time).");
        if (*at > by.now + id_tokens::leeway || by.now > *at + by.signed_in_within + id_tokens::leeway)
            return id_tokens::not_good("They signed in there too long ago.");
    }
    return claims;
}

result<boost::json::object> claims_of_logout_token(std::string_view token, std::string_view jwks,
                                                   const id_token_rules& by) {
    TRY(claims, claims_of_token(token, jwks, by));
    const auto* events = claims.if_contains("events");
    const bool says_so =
        events != nullptr && events->is_object() && events->get_object().contains(id_tokens::logout_event);
    if (!says_so || claims.contains("nonce")) return id_tokens::not_good("It does not say that somebody signed out.");
    if (text_claim(claims, "sub").empty() && text_claim(claims, "sid").empty())
        return id_tokens::not_good("It names nobody.");
    return claims;
}

}  // namespace keepline::link
