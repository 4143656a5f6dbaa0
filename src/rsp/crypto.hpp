// The cryptography of SGP.22 §2.6: ECDSA-SHA256 as r‖s (BSI TR-03111), key agreement, the X9.63 KDF, AES-128-CBC and
// CMAC over OpenSSL. Algorithms are fetched once; contexts are kept per thread; all objects here may be used from many
// threads at once. Private keys are behind `signer`, so that an HSM can hold them. Randomness comes in through
// `random_source` (the nonce inside an ECDSA signature is OpenSSL's own).
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace keepline::rsp {

class random_source {
 public:
    virtual ~random_source() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;  // unpredictable; called from many threads at once
};

enum class curve : std::uint8_t { p256, brainpool_p256 };  // brainpoolP256r1
std::string_view name_of(curve which);

using signature = base::byte_array<64>;  // r‖s
using point = base::byte_array<65>;      // 04‖x‖y
using block = base::byte_array<16>;      // AES-128: a key, a counter, a chaining value

/// A message as the parts that a signature covers one after the other, so that nobody has to join them.
using message = std::span<const base::byte_view>;

/// A point that is known to lie on its curve.
class public_key {
 public:
    /// 04‖x‖y, or the compressed form; refused when it is not on the curve.
    static base::result<public_key> from_point(curve which, base::byte_view encoded);

    curve which() const { return curve_; }
    const rsp::point& encoded() const { return encoded_; }
    bool verifies(message what, base::byte_view r_and_s) const;
    bool verifies(base::byte_view what, base::byte_view r_and_s) const { return verifies({&what, 1}, r_and_s); }
    /// The DER form of a signature, as X.509 has it.
    bool verifies_der(base::byte_view what, base::byte_view der_signature) const;
    bool operator==(const public_key& other) const { return curve_ == other.curve_ && encoded_ == other.encoded_; }

 private:
    public_key(curve which, const rsp::point& encoded, std::shared_ptr<evp_pkey_st> key)
        : curve_(which), encoded_(encoded), key_(std::move(key)) {}
    bool verifies_digest(const base::digest& digest, base::byte_view der_signature) const;

    curve curve_;
    rsp::point encoded_;
    std::shared_ptr<evp_pkey_st> key_;
};

/// A private key that signs and never leaves its place.
class signer {
 public:
    virtual ~signer() = default;
    virtual base::result<signature> sign(message what) const = 0;
    virtual const public_key& key() const = 0;
};

/// A private key in this process's memory.
class software_key final : public signer {
 public:
    /// PEM or DER; PKCS#8 or SEC 1 (RFC 5915). Refused in words that name no secret.
    static base::result<std::shared_ptr<const software_key>> load(base::byte_view file);

    base::result<signature> sign(message what) const override;
    const public_key& key() const override { return public_; }

 private:
    software_key(public_key own, std::shared_ptr<evp_pkey_st> key) : public_(std::move(own)), key_(std::move(key)) {}
    public_key public_;
    std::shared_ptr<evp_pkey_st> key_;
};

/// otSK/otPK (§2.6.5): used for one agreement, then wiped.
class one_time_key {
 public:
    static one_time_key make(curve which, random_source& random);
    one_time_key(one_time_key&&) noexcept;
    one_time_key& operator=(one_time_key&&) noexcept;
    ~one_time_key();

    curve which() const { return curve_; }
    const rsp::point& public_point() const { return public_; }
    /// The x coordinate of the shared point (BSI TR-03111 §4.3.1); refused when the other point is not on the curve.
    base::result<base::byte_array<32>> agree(base::byte_view other_point) const;

 private:
    one_time_key() = default;
    curve curve_{};
    rsp::point public_{};
    base::byte_array<32> secret_{};
};

/// One-time keys that were made when there was time for it. Any thread.
class one_time_keys {
 public:
    /// A key made ahead, or a new one.
    one_time_key take(curve which, random_source& random);
    /// Makes keys until `wanted` are there; to be called from a thread that has nothing better to do.
    void refill(curve which, std::size_t wanted, random_source& random);
    std::size_t size(curve which) const;

 private:
    mutable std::mutex lock_;
    std::array<std::deque<one_time_key>, 2> ready_;
};

/// ANSI X9.63 KDF with SHA-256 (BSI TR-03111 §4.3.3).
void x963_kdf(base::byte_view secret, base::byte_view shared_info, std::span<std::uint8_t> out);

/// AES-128 under one key. Cheap to keep for the length of one package; one thread.
class aes {
 public:
    explicit aes(const block& key);
    ~aes();
    aes(const aes&) = delete;
    aes& operator=(const aes&) = delete;

    /// CBC without padding, in place; data is a whole number of blocks.
    void cbc_encrypt(const block& initial, std::span<std::uint8_t> data) const;
    void cbc_decrypt(const block& initial, std::span<std::uint8_t> data) const;
    block encrypt_block(const block& in) const;
    /// AES-CMAC (RFC 4493) over the parts joined.
    block cmac(message what) const;

 private:
    void* encrypting_;
    mutable void* decrypting_ = nullptr;
    block key_;
    block subkey_1_{}, subkey_2_{};
};

void wipe(std::span<std::uint8_t> secret);

}  // namespace keepline::rsp
