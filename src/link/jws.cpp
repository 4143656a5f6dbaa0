#include "link/jws.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"
#include "link/durable_file.hpp"

#include <array>
#include <optional>
#include <sys/stat.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

using evp_key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using evp_context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
using bio = std::unique_ptr<BIO, decltype([](BIO* one) { BIO_free(one); })>;

constexpr std::size_t signature_octets = 64;

EVP_PKEY* evp(void* key) { return static_cast<EVP_PKEY*>(key); }

/// RFC 7638 §3: the required members in order, without spaces.
std::string thumbprint(base::byte_view public_key) {
    const auto members = R"({"crv":"Ed25519","kty":"OKP","x":")" + base::base64url(public_key) + "\"}";
    return base::base64url(base::sha256(base::view(members)));
}

std::string pem_of(EVP_PKEY* key) {
    const bio memory(BIO_new(BIO_s_mem()));
    ENSURE(memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string make_pem() {
    const evp_key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    ENSURE(key != nullptr);
    return pem_of(key.get());
}

std::string jwk_of(const std::string& kid, const std::string& x) {
    return R"({"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")" + kid + R"(","x":")" + x + "\"}";
}

std::unexpected<base::error> does_not_hold(std::string words) {
    return refuse(code::certificate_invalid, std::move(words));
}

std::optional<std::string> text_member(const boost::json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string(found->get_string());
}

/// The public key named `kid`, when it is an Ed25519 key.
result<base::bytes> public_key_of(std::string_view jwks, const std::string& kid) {
    auto parsed = base::parse_json(jwks);
    if (!parsed || !parsed->is_object()) return does_not_hold("The key set is not a JWKS.");
    const auto* keys = parsed->get_object().if_contains("keys");
    if (keys == nullptr || !keys->is_array()) return does_not_hold("The key set is not a JWKS.");
    for (const auto& one : keys->get_array()) {
        if (!one.is_object()) continue;
        const auto& key = one.get_object();
        if (text_member(key, "kid") != kid || text_member(key, "kty") != "OKP" || text_member(key, "crv") != "Ed25519")
            continue;
        auto x = base::from_base64url(text_member(key, "x").value_or(""));
        if (x && x->size() == 32) return std::move(*x);
    }
    return does_not_hold("It was signed with a key that is not in the key set.");
}

struct jws_header {
    std::string kid;
};

result<jws_header> header_of(std::string_view encoded, std::string_view type) {
    const auto raw = base::from_base64url(encoded);
    if (!raw) return does_not_hold("Its header is not base64url.");
    auto parsed = base::parse_json(base::text(*raw));
    if (!parsed || !parsed->is_object()) return does_not_hold("Its header is not JSON.");
    const auto& members = parsed->get_object();
    if (text_member(members, "alg") != "EdDSA") return does_not_hold("It is not signed with EdDSA.");
    if (text_member(members, "typ") != type)
        return does_not_hold(type == certificate_type ? "It is not a closing certificate."
                                                      : "It is not of the type \"" + std::string(type) + "\".");
    if (members.contains("crit")) return does_not_hold("It asks for something this program does not know.");
    const auto kid = text_member(members, "kid");
    if (!kid) return does_not_hold("It does not name its key.");
    return jws_header{*kid};
}

bool signature_holds(base::byte_view public_key, base::byte_view signature, std::string_view signed_part) {
    const evp_key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
    const evp_context context(EVP_MD_CTX_new());
    if (!key || !context) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
    const auto data = base::view(signed_part);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
}

}  // namespace

signing_key::signing_key(void* key) : key_(key) {
    std::size_t size = public_.size();
    ENSURE(EVP_PKEY_get_raw_public_key(evp(key_), public_.data(), &size) == 1 && size == public_.size());
    kid_ = thumbprint(public_);
}

signing_key::~signing_key() { EVP_PKEY_free(evp(key_)); }

result<std::shared_ptr<const signing_key>> signing_key::from_pem(std::string_view pem) {
    const bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    ENSURE(memory != nullptr);
    // An empty password instead of a prompt on the terminal.
    constexpr auto no_password = [](char*, int, int, void*) { return 0; };
    evp_key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_password, nullptr));
    if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519)
        return refuse(code::config_invalid, "The signing key is not an unencrypted Ed25519 key in PKCS#8 PEM form.");
    return std::shared_ptr<const signing_key>(new signing_key(key.release()));
}

namespace {

struct place {
    std::string folder;
    std::string name;
};

place place_of(const std::string& file) {
    const auto slash = file.rfind('/');
    if (slash == std::string::npos) return {".", file};
    return {file.substr(0, slash), file.substr(slash + 1)};
}

result<std::shared_ptr<const signing_key>> from_secret_pem(std::string& pem) {
    auto key = signing_key::from_pem(pem);
    OPENSSL_cleanse(pem.data(), pem.size());
    return key;
}

}  // namespace

result<std::shared_ptr<const signing_key>> signing_key::load(const std::string& file, bool may_make) {
    struct stat about{};
    const bool is_there = ::stat(file.c_str(), &about) == 0;
    if (is_there && !S_ISREG(about.st_mode)) return refuse(code::config_invalid, "The key " + file + " is no file.");
    auto pem = read_file(file, 64 * 1024);
    if (!pem && pem.error().what == code::not_found) {
        if (!may_make)
            return refuse(code::config_invalid, "The signing key " + file +
                                                    " is missing, but the store belongs to one: put it back (`keepline "
                                                    "restore` takes it from a backup). A new one would not be the one "
                                                    "that certificates were signed with.");
        return make_over(file, [](const signing_key&) { return result<void>(); });
    }
    if (!pem) return refuse(code::config_invalid, pem.error().words);
    if (is_there && (about.st_mode & 077) != 0)
        return refuse(code::config_invalid, "Others may read the signing key " + file + "; set its mode to 600.");
    return from_secret_pem(*pem);
}

result<std::shared_ptr<const signing_key>> signing_key::make_over(
    const std::string& file, const std::function<result<void>(const signing_key&)>& before) {
    const auto [folder, name] = place_of(file);
    CHECK(make_folder(folder));
    auto made = make_pem();
    TRY(key, from_pem(made));
    CHECK(before(*key));
    auto written = write_durably(folder, folder, name, made, 0600);
    OPENSSL_cleanse(made.data(), made.size());
    if (!written) return std::unexpected(written.error());
    return key;
}

std::string signing_key::sign(std::string_view claims, std::string_view type) const {
    const auto header = R"({"alg":"EdDSA","kid":")" + kid_ + R"(","typ":")" + std::string(type) + "\"}";
    auto out = base::base64url(base::view(header)) + "." + base::base64url(base::view(claims));
    const evp_context context(EVP_MD_CTX_new());
    ENSURE(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, evp(key_)) == 1);
    base::byte_array<signature_octets> signature{};
    std::size_t size = signature.size();
    const auto data = base::view(out);
    ENSURE(EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) == 1);
    return out + "." + base::base64url(base::byte_view(signature).first(size));
}

std::string signing_key::public_text() const { return base::base64url(public_); }

std::string signing_key::jwks() const { return R"({"keys":[)" + jwk_of(kid_, public_text()) + "]}"; }

signing_keys::signing_keys(std::shared_ptr<const signing_key> current, std::vector<std::string> retired) {
    replace(std::move(current), std::move(retired));
}

void signing_keys::replace(std::shared_ptr<const signing_key> current, std::vector<std::string> retired) {
    ENSURE(current != nullptr);
    std::erase(retired, current->public_text());
    const std::scoped_lock held(mutex_);
    current_ = std::move(current);
    retired_ = std::move(retired);
}

std::string signing_keys::sign(std::string_view claims, std::string_view type) const {
    std::shared_ptr<const signing_key> with;
    {
        const std::scoped_lock held(mutex_);
        with = current_;
    }
    return with->sign(claims, type);
}

std::string signing_keys::kid() const {
    const std::scoped_lock held(mutex_);
    return current_->kid();
}

std::string signing_keys::jwks() const {
    const std::scoped_lock held(mutex_);
    std::string out = R"({"keys":[)" + jwk_of(current_->kid(), current_->public_text());
    for (const auto& text : retired_)
        if (const auto raw = base::from_base64url(text); raw && raw->size() == 32)
            out += "," + jwk_of(thumbprint(*raw), text);
    return out + "]}";
}

result<verified_jws> verify_jws(std::string_view jws, std::string_view jwks, std::string_view type,
                                std::size_t octets_max) {
    if (jws.size() > octets_max) return does_not_hold("It is larger than any of its kind.");
    const auto first = jws.find('.');
    const auto second = first == std::string_view::npos ? first : jws.find('.', first + 1);
    if (second == std::string_view::npos || jws.find('.', second + 1) != std::string_view::npos)
        return does_not_hold("It is not a JWS in compact form.");
    TRY(header, header_of(jws.substr(0, first), type));
    const auto claims = base::from_base64url(jws.substr(first + 1, second - first - 1));
    const auto signature = base::from_base64url(jws.substr(second + 1));
    if (!claims || !signature || signature->size() != signature_octets)
        return does_not_hold("Its parts are not base64url of the right length.");
    TRY(key, public_key_of(jwks, header.kid));
    if (!signature_holds(key, *signature, jws.substr(0, second))) return does_not_hold("The signature does not fit.");
    return verified_jws{std::string(base::text(*claims)), header.kid};
}

}  // namespace keepline::link
