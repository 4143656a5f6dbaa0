// Certificates as JWS (RFC 7515) in compact form, alg EdDSA with Ed25519 (RFC 8037); the public keys as a JWKS (RFC
// 7517). `kid` is the key's RFC 7638 thumbprint. Signing and verifying are pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace keepline::link {

using base::result;

/// `typ` of our certificates.
inline constexpr std::string_view certificate_type = "keepline-closing+jwt";

class signing_key {
 public:
    /// Reads a PKCS#8 PEM file; where there is none, makes a key and writes it durably, readable by its owner only.
    /// code::config_invalid when the file is something else or others may read it.
    static result<std::shared_ptr<const signing_key>> load_or_make(const std::string& file);
    static result<std::shared_ptr<const signing_key>> from_pem(std::string_view pem);

    /// `claims` is JSON and is signed byte for byte.
    std::string sign(std::string_view claims) const;
    const std::string& kid() const { return kid_; }
    /// {"keys":[…]} with the public key.
    std::string jwks() const;

    ~signing_key();
    signing_key(const signing_key&) = delete;
    signing_key& operator=(const signing_key&) = delete;

 private:
    explicit signing_key(void* key);
    void* key_;  // EVP_PKEY
    base::byte_array<32> public_{};
    std::string kid_;
};

struct verified_jws {
    std::string claims;  // the signed JSON, byte for byte
    std::string kid;
};
/// Takes nothing on trust from the token but the name of the key: alg must be EdDSA and the key one of `jwks`.
/// code::certificate_invalid says what does not hold.
result<verified_jws> verify_jws(std::string_view jws, std::string_view jwks);

}  // namespace keepline::link
