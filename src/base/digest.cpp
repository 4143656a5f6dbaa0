#include "base/digest.hpp"

#include "base/ensure.hpp"

#include <array>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace keepline::base {

namespace {

const EVP_MD* fetched_sha256() {  // fetched once: OpenSSL 3 looks an implicit name up on every use
    static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    ENSURE(md != nullptr);
    return md;
}

struct free_mac {
    void operator()(EVP_MAC_CTX* of) const { EVP_MAC_CTX_free(of); }
};

/// One per thread, because making one costs more than the digest itself.
EVP_MAC_CTX* hmac_context() {
    static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    thread_local const std::unique_ptr<EVP_MAC_CTX, free_mac> mine = [] {
        ENSURE(hmac != nullptr);
        std::unique_ptr<EVP_MAC_CTX, free_mac> made(EVP_MAC_CTX_new(hmac));
        char name[] = "SHA256";
        const std::array how{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                             OSSL_PARAM_construct_end()};
        ENSURE(made != nullptr && EVP_MAC_CTX_set_params(made.get(), how.data()) == 1);
        return made;
    }();
    return mine.get();
}

}  // namespace

digest sha256(byte_view data) {
    digest out{};
    unsigned size = 0;
    ENSURE(EVP_Digest(data.data(), data.size(), out.data(), &size, fetched_sha256(), nullptr) == 1 &&
           size == out.size());
    return out;
}

digest hmac_sha256(byte_view key, byte_view data) {
    digest out{};
    std::size_t size = 0;
    auto* mac = hmac_context();
    // A null pointer would mean: the key of the time before.
    static constexpr std::uint8_t none = 0;
    const auto* from = key.empty() ? &none : key.data();
    ENSURE(EVP_MAC_init(mac, from, key.size(), nullptr) == 1 && EVP_MAC_update(mac, data.data(), data.size()) == 1 &&
           EVP_MAC_final(mac, out.data(), &size, out.size()) == 1 && size == out.size());
    return out;
}

bool equal_secrets(byte_view a, byte_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

part_hasher::part_hasher() : context_(EVP_MD_CTX_new()) {
    ENSURE(context_ != nullptr);
    ENSURE(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), fetched_sha256(), nullptr) == 1);
}

part_hasher::~part_hasher() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

part_hasher& part_hasher::add(byte_view part) {
    add(std::uint64_t{part.size()});
    ENSURE(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), part.data(), part.size()) == 1);
    return *this;
}

part_hasher& part_hasher::add(std::uint64_t number) {
    byte_array<8> big_endian{};
    for (std::size_t i = 0; i < 8; ++i) big_endian[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    ENSURE(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), big_endian.data(), big_endian.size()) == 1);
    return *this;
}

digest part_hasher::finish() {
    digest out{};
    ENSURE(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), nullptr) == 1);
    return out;
}

}  // namespace keepline::base
