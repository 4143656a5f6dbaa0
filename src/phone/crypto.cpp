#include "phone/crypto.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"

#include <algorithm>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

namespace keepline::phone {

namespace {

constexpr std::size_t half = 32;  // both curves have 256 bits

template <typename T, void (*Free)(T*)>
struct freed_by {
    void operator()(T* what) const { Free(what); }
};
using pkey_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX, EVP_MD_CTX_free>>;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;

const char* group_name(curve on) { return on == curve::p256 ? "prime256v1" : "brainpoolP256r1"; }

// Fetched once: a fetch by name takes longer than a block of AES.
const EVP_CIPHER* aes_cbc() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    return cipher;
}
const EVP_CIPHER* aes_ecb() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
    return cipher;
}
EVP_MAC* cmac_algorithm() {
    static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
    return mac;
}
const EVP_MD* sha_256() {
    static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return md;
}

bytes run_cipher(const EVP_CIPHER* cipher, const block& key, const block* iv, byte_view data, bool encrypt) {
    ENSURE(data.size() % 16 == 0);
    const cipher_context context(EVP_CIPHER_CTX_new());
    bytes out(data.size() + 16);
    int first = 0;
    int last = 0;
    ENSURE(EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv == nullptr ? nullptr : iv->data(), encrypt ? 1 : 0,
                              nullptr) == 1);
    ENSURE(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
    ENSURE(EVP_CipherUpdate(context.get(), out.data(), &first, data.data(), static_cast<int>(data.size())) == 1);
    ENSURE(EVP_CipherFinal_ex(context.get(), out.data() + first, &last) == 1);
    out.resize(static_cast<std::size_t>(first) + static_cast<std::size_t>(last));
    return out;
}

}  // namespace

base::result<ec_key> ec_key::from_handle(evp_pkey_st* handle) {
    char name[64] = {};
    if (handle == nullptr || EVP_PKEY_get_group_name(handle, name, sizeof name, nullptr) != 1)
        return base::refuse(base::code::certificate_invalid, "The key is no elliptic-curve key.");
    ec_key key;
    if (std::strcmp(name, SN_X9_62_prime256v1) == 0)
        key.on_ = curve::p256;
    else if (std::strcmp(name, SN_brainpoolP256r1) == 0)
        key.on_ = curve::brainpool_p256;
    else
        return base::refuse(base::code::certificate_invalid, "The key is on a curve that SGP.22 does not know.");
    EVP_PKEY_up_ref(handle);
    key.handle_.reset(handle, EVP_PKEY_free);
    return key;
}

ec_key ec_key::generate(curve on) {
    ec_key key;
    key.handle_.reset(EVP_EC_gen(group_name(on)), EVP_PKEY_free);
    ENSURE(key.handle_ != nullptr);
    key.on_ = on;
    return key;
}

base::result<ec_key> ec_key::from_pem(std::string_view pem) {
    const std::unique_ptr<BIO, freed_by<BIO, BIO_free_all>> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY, EVP_PKEY_free>> read(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    return from_handle(read.get());
}

std::optional<ec_key> ec_key::from_point(curve on, byte_view point) {
    if (point.size() != 2 * half + 1 || point[0] != 4) return std::nullopt;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group_name(on)), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::uint8_t*>(point.data()),
                                          point.size()),
        OSSL_PARAM_construct_end()};
    const pkey_context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return std::nullopt;  // OpenSSL refuses points that are not on the curve
    ec_key key;
    key.handle_.reset(made, EVP_PKEY_free);
    key.on_ = on;
    return key;
}

bytes ec_key::point() const {
    bytes out(2 * half + 1);
    std::size_t size = 0;
    ENSURE(EVP_PKEY_get_octet_string_param(handle_.get(), OSSL_PKEY_PARAM_PUB_KEY, out.data(), out.size(), &size) == 1);
    ENSURE(size == out.size() && out[0] == 4);
    return out;
}

std::string ec_key::pem() const {
    const std::unique_ptr<BIO, freed_by<BIO, BIO_free_all>> out(BIO_new(BIO_s_mem()));
    ENSURE(PEM_write_bio_PKCS8PrivateKey(out.get(), handle_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bytes ec_key::sign(byte_view data) const {
    const digest_context context(EVP_MD_CTX_new());
    ENSURE(EVP_DigestSignInit(context.get(), nullptr, sha_256(), nullptr, handle_.get()) == 1);
    std::uint8_t der[128];
    std::size_t size = sizeof der;
    ENSURE(EVP_DigestSign(context.get(), der, &size, data.data(), data.size()) == 1);
    const std::uint8_t* at = der;
    const std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG, ECDSA_SIG_free>> parsed(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    bytes out(2 * half);
    ENSURE(parsed != nullptr);
    ENSURE(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out.data(), half) == half);
    ENSURE(BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out.data() + half, half) == half);
    return out;
}

bool ec_key::verify(byte_view data, byte_view signature) const {
    if (signature.size() != 2 * half) return false;
    const std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG, ECDSA_SIG_free>> raw(ECDSA_SIG_new());
    ENSURE(ECDSA_SIG_set0(raw.get(), BN_bin2bn(signature.data(), half, nullptr),
                          BN_bin2bn(signature.data() + half, half, nullptr)) == 1);
    std::uint8_t der[128];
    std::uint8_t* at = der;
    const int size = i2d_ECDSA_SIG(raw.get(), &at);
    const digest_context context(EVP_MD_CTX_new());
    ENSURE(EVP_DigestVerifyInit(context.get(), nullptr, sha_256(), nullptr, handle_.get()) == 1);
    return EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(size), data.data(), data.size()) == 1;
}

std::optional<bytes> ec_key::agree(const ec_key& peer) const {
    if (!peer || peer.on_ != on_) return std::nullopt;
    const pkey_context context(EVP_PKEY_CTX_new(handle_.get(), nullptr));
    bytes out(half);
    std::size_t size = out.size();
    if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), peer.handle()) != 1 ||
        EVP_PKEY_derive(context.get(), out.data(), &size) != 1 || size != half)
        return std::nullopt;
    return out;
}

bytes x963_kdf(byte_view shared, byte_view info, std::size_t size) {
    bytes out;
    for (std::uint32_t counter = 1; out.size() < size; ++counter) {
        const base::byte_array<4> number{static_cast<std::uint8_t>(counter >> 24),
                                         static_cast<std::uint8_t>(counter >> 16),
                                         static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
        append(out, base::sha256(joined({shared, number, info})));
    }
    out.resize(size);
    return out;
}

bytes aes_cbc_encrypt(const block& key, const block& iv, byte_view data) {
    return run_cipher(aes_cbc(), key, &iv, data, true);
}
bytes aes_cbc_decrypt(const block& key, const block& iv, byte_view data) {
    return run_cipher(aes_cbc(), key, &iv, data, false);
}
block aes_encrypt_block(const block& key, const block& data) {
    const auto out = run_cipher(aes_ecb(), key, nullptr, data, true);
    block result{};
    std::ranges::copy(out, result.begin());
    return result;
}

block aes_cmac(const block& key, byte_view data) {
    const std::unique_ptr<EVP_MAC_CTX, freed_by<EVP_MAC_CTX, EVP_MAC_CTX_free>> context(
        EVP_MAC_CTX_new(cmac_algorithm()));
    char name[] = "AES-128-CBC";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
                                     OSSL_PARAM_construct_end()};
    block out{};
    std::size_t size = 0;
    ENSURE(EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1);
    ENSURE(EVP_MAC_update(context.get(), data.data(), data.size()) == 1);
    ENSURE(EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size());
    return out;
}

bytes random_bytes(std::size_t count) {
    bytes out(count);
    ENSURE(RAND_bytes(out.data(), static_cast<int>(count)) == 1);
    return out;
}

}  // namespace keepline::phone
