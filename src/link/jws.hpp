// Certificates as JWS (RFC 7515) in compact form, alg EdDSA with Ed25519 (RFC 8037); the public keys as a JWKS (RFC
// 7517). `kid` is the key's RFC 7638 thumbprint. Signing and verifying are pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::link {

using base::result;

/// `typ` of our certificates.
inline constexpr std::string_view certificate_type = "keepline-closing+jwt";

class signing_key {
 public:
    /// Reads a PKCS#8 PEM file; where there is none and `may_make`, makes a key and writes it durably, readable by its
    /// owner only. code::config_invalid when the file is missing, something else or others may read it.
    static result<std::shared_ptr<const signing_key>> load(const std::string& file, bool may_make);
    /// A new key, written over whatever is in `file`; `before` is called with it when it is about to take its place.
    static result<std::shared_ptr<const signing_key>> make_over(
        const std::string& file, const std::function<result<void>(const signing_key&)>& before);
    static result<std::shared_ptr<const signing_key>> from_pem(std::string_view pem);

    /// `claims` is JSON and is signed byte for byte.
    std::string sign(std::string_view claims, std::string_view type = certificate_type) const;
    const std::string& kid() const { return kid_; }
    /// The public half: 32 bytes as base64url.
    std::string public_text() const;
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

/// The key that signs, and the public halves of those that signed before it: what was signed stays verifiable. The key
/// may be exchanged while others sign. Any thread.
class signing_keys {
 public:
    /// `retired`: public_text() of each, in any order; the current one's is passed over.
    signing_keys(std::shared_ptr<const signing_key> current, std::vector<std::string> retired);
    void replace(std::shared_ptr<const signing_key> current, std::vector<std::string> retired);
    std::string sign(std::string_view claims, std::string_view type = certificate_type) const;
    std::string kid() const;
    /// {"keys":[…]}, the one that signs first.
    std::string jwks() const;

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const signing_key> current_;
    std::vector<std::string> retired_;
};

struct verified_jws {
    std::string claims;  // the signed JSON, byte for byte
    std::string kid;
};
inline constexpr std::size_t certificate_octets_max = 256 * 1024;
/// Takes nothing on trust from the token but the name of the key: alg must be EdDSA and the key one of `jwks`.
/// code::certificate_invalid says what does not hold.
result<verified_jws> verify_jws(std::string_view jws, std::string_view jwks, std::string_view type = certificate_type,
                                std::size_t octets_max = certificate_octets_max);

}  // namespace keepline::link
