// A device with passkeys, for tests: makes a key, signs as it is told, and lies where it is told to.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "domain/subscriber/passkeys.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace keepline::desk {

/// What a device says. Each member may be another than is right.
struct device_says {
    std::string party = "localhost";
    std::string origin = "http://localhost:8090";
    std::string type;  // empty: the right one
    std::string challenge;
    std::string more;  // of the client's data, after a comma
    std::uint8_t flags = 0x05;
    std::uint32_t count = 0;
    bool spoils_signature = false;
};

class fake_device {
 public:
    explicit fake_device(domain::passkey_algorithm as, std::string id = "credential-of-tests")
        : as_(as), id_(std::move(id)), key_(made(as), EVP_PKEY_free) {
        ENSURE(key_ != nullptr);
    }

    std::string credential() const { return base::base64url(base::view(id_)); }
    static std::string client_data(const device_says& s, std::string_view right_type) {
        return R"({"type":")" + (s.type.empty() ? std::string(right_type) : s.type) + R"(","challenge":")" +
               s.challenge + R"(","origin":")" + s.origin + R"(")" + s.more + "}";
    }
    /// As navigator.credentials.create() has it.
    base::bytes made_data(const device_says& s) const {
        auto out = head(s, 0x40);
        out.insert(out.end(), 16, 0);  // no maker
        out.push_back(static_cast<std::uint8_t>(id_.size() >> 8U));
        out.push_back(static_cast<std::uint8_t>(id_.size()));
        out.insert(out.end(), id_.begin(), id_.end());
        const auto key = cose_key();
        out.insert(out.end(), key.begin(), key.end());
        return out;
    }
    /// As navigator.credentials.get() has it.
    static base::bytes shown_data(const device_says& s) { return head(s, 0); }
    base::bytes signature(const device_says& s) const {
        auto what = shown_data(s);
        const auto client = base::sha256(base::view(client_data(s, "webauthn.get")));
        what.insert(what.end(), client.begin(), client.end());
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> by(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const auto* digest = as_ == domain::passkey_algorithm::eddsa ? nullptr : EVP_sha256();
        std::size_t size = 0;
        ENSURE(EVP_DigestSignInit(by.get(), nullptr, digest, nullptr, key_.get()) == 1);
        ENSURE(EVP_DigestSign(by.get(), nullptr, &size, what.data(), what.size()) == 1);
        base::bytes out(size);
        ENSURE(EVP_DigestSign(by.get(), out.data(), &size, what.data(), what.size()) == 1);
        out.resize(size);
        if (s.spoils_signature) out[size / 2] ^= 1U;
        return out;
    }

 private:
    static EVP_PKEY* made(domain::passkey_algorithm as) {
        switch (as) {
            case domain::passkey_algorithm::es256: return EVP_EC_gen("P-256");
            case domain::passkey_algorithm::eddsa: return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
            case domain::passkey_algorithm::rs256: return EVP_RSA_gen(2048);
        }
        return nullptr;
    }
    static base::bytes head(const device_says& s, std::uint8_t more_flags) {
        const auto party = base::sha256(base::view(s.party));
        base::bytes out(party.begin(), party.end());
        out.push_back(static_cast<std::uint8_t>(s.flags | more_flags));
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(s.count >> shift));
        return out;
    }
    /// COSE (RFC 9053 §7, RFC 8230 §4).
    base::bytes cose_key() const {
        switch (as_) {
            case domain::passkey_algorithm::es256:
                return joined({{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32},
                               number(OSSL_PKEY_PARAM_EC_PUB_X, 32),
                               {0x22, 0x58, 32},
                               number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)});
            case domain::passkey_algorithm::eddsa: {
                base::bytes point(32);
                auto size = point.size();
                ENSURE(EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &size) == 1);
                return joined({{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 32}, point});
            }
            case domain::passkey_algorithm::rs256:
                return joined({{0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59, 0x01, 0x00},
                               number(OSSL_PKEY_PARAM_RSA_N, 256),
                               {0x21, 0x43},
                               number(OSSL_PKEY_PARAM_RSA_E, 3)});
        }
        return {};
    }
    base::bytes number(const char* name, int size) const {
        BIGNUM* found = nullptr;
        ENSURE(EVP_PKEY_get_bn_param(key_.get(), name, &found) == 1);
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> held(found, BN_free);
        base::bytes out(static_cast<std::size_t>(size));
        ENSURE(BN_bn2binpad(held.get(), out.data(), size) == size);
        return out;
    }
    static base::bytes joined(const std::vector<base::bytes>& parts) {
        base::bytes out;
        for (const auto& one : parts) out.insert(out.end(), one.begin(), one.end());
        return out;
    }

    domain::passkey_algorithm as_;
    std::string id_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace keepline::desk
