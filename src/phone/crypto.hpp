// The phone's own cryptography over OpenSSL: ECDSA with raw r‖s signatures (BSI TR-03111), ECKA, the X9.63 KDF, AES-CBC
// and CMAC. Values may be used from any thread; an `ec_key` is a shared, immutable handle.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "phone/tlv.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace keepline::phone {

enum class curve { p256, brainpool_p256 };

/// A key on one of the two curves of SGP.22 §2.6.7.1; with or without its private part.
class ec_key {
 public:
    ec_key() = default;
    static ec_key generate(curve on);
    static base::result<ec_key> from_pem(std::string_view);
    /// From an uncompressed point that lies on the curve.
    static std::optional<ec_key> from_point(curve on, byte_view point);
    /// Takes a reference of its own.
    static base::result<ec_key> from_handle(evp_pkey_st* handle);

    explicit operator bool() const { return handle_ != nullptr; }
    evp_pkey_st* handle() const { return handle_.get(); }
    curve on() const { return on_; }
    bytes point() const;      // 04‖x‖y
    std::string pem() const;  // the private key, PKCS#8

    bytes sign(byte_view data) const;
    bool verify(byte_view data, byte_view signature) const;
    /// The x coordinate of the shared point.
    std::optional<bytes> agree(const ec_key& peer) const;

 private:
    std::shared_ptr<evp_pkey_st> handle_;
    curve on_ = curve::p256;
};

using block = base::byte_array<16>;

/// ANSI X9.63 with SHA-256 (BSI TR-03111 §4.3.3).
bytes x963_kdf(byte_view shared, byte_view info, std::size_t size);
bytes aes_cbc_encrypt(const block& key, const block& iv, byte_view data);
bytes aes_cbc_decrypt(const block& key, const block& iv, byte_view data);
block aes_encrypt_block(const block& key, const block& data);
block aes_cmac(const block& key, byte_view data);
bytes random_bytes(std::size_t count);

}  // namespace keepline::phone
