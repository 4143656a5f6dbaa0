// For tests only: keys and certificates of the shape of SGP.22 §4.5.2 that are made in memory, and can be made wrong in
// every way that a test needs. Signs with OpenSSL by itself, so that a mistake of crypto.cpp does not hide here.
#pragma once

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "rsp/der.hpp"
#include "rsp/provider.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace keepline::rsp::test {

/// Repeats itself (splitmix64).
class seeded_random final : public random_source {
 public:
    explicit seeded_random(std::uint64_t seed = 1) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {
            state_ += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = state_;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            byte = static_cast<std::uint8_t>(z >> 56);
        }
    }

 private:
    std::uint64_t state_;
};

inline base::bytes joined(std::initializer_list<base::byte_view> parts) {
    base::bytes out;
    for (const auto part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

/// A key pair of OpenSSL's.
class key_pair {
 public:
    explicit key_pair(curve which) : curve_(which), key_(EVP_EC_gen(name(which)), EVP_PKEY_free) {
        std::size_t size = 0;
        ENSURE(key_ != nullptr && EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, point_.data(),
                                                                  point_.size(), &size) == 1);
    }
    static const char* name(curve which) { return which == curve::p256 ? "P-256" : "brainpoolP256r1"; }

    curve which() const { return curve_; }
    const rsp::point& point() const { return point_; }
    base::bytes key_id() const {
        const auto digest = base::sha256(point_);
        return {digest.begin(), digest.begin() + 20};
    }
    base::bytes sign_der(base::byte_view what) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        std::size_t size = 80;
        base::bytes out(size);
        ENSURE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
        ENSURE(EVP_DigestSign(context.get(), out.data(), &size, what.data(), what.size()) == 1);
        out.resize(size);
        return out;
    }
    base::bytes sign(base::byte_view what) const {
        const auto der = sign_der(what);
        const unsigned char* at = der.data();
        ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
        base::bytes out(64);
        BN_bn2binpad(ECDSA_SIG_get0_r(parts), out.data(), 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(parts), out.data() + 32, 32);
        ECDSA_SIG_free(parts);
        return out;
    }
    /// ECKA: the x coordinate.
    base::bytes agree(base::byte_view other) const {
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> peer(EVP_PKEY_new(), EVP_PKEY_free);
        ENSURE(EVP_PKEY_copy_parameters(peer.get(), key_.get()) == 1);
        ENSURE(EVP_PKEY_set1_encoded_public_key(peer.get(), other.data(), other.size()) == 1);
        const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key_.get(), nullptr),
                                                                                  EVP_PKEY_CTX_free);
        base::bytes out(32);
        std::size_t size = out.size();
        ENSURE(EVP_PKEY_derive_init(context.get()) == 1 && EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1);
        ENSURE(EVP_PKEY_derive(context.get(), out.data(), &size) == 1 && size == 32);
        return out;
    }
    base::bytes private_der() const {
        unsigned char* at = nullptr;
        const int size = i2d_PrivateKey(key_.get(), &at);
        base::bytes out(at, at + size);
        OPENSSL_free(at);
        return out;
    }
    std::shared_ptr<const software_key> loaded() const {
        auto key = software_key::load(private_der());
        ENSURE(key.has_value());
        return *key;
    }

 private:
    curve curve_;
    std::shared_ptr<EVP_PKEY> key_;
    rsp::point point_{};
};

/// Everything that a certificate says. Fields that a test leaves alone are right.
struct certificate_shape {
    std::string organization = "Keepline Test";
    std::string common_name;
    std::string serial_number;
    std::string not_before = "200101000000Z", not_after = "491231235959Z";
    std::uint8_t serial = 1;
    std::string policy;  // dotted
    bool ca = false;
    std::optional<std::uint64_t> path_length;
    std::uint32_t key_usage = 1u << digital_signature;
    std::optional<std::pair<std::string, std::string>> constraint;  // O, serial prefix
    std::string registered_id;
    bool odd_critical_extension = false;
    std::string algorithm = "1.2.840.10045.4.3.2";
    der::tag date_form = der::utc_time;
    base::bytes more_extensions{};  // encoded, behind the others
};

inline void write_name(der::writer& out, const certificate_shape& shape) {
    const auto part = [&](std::string_view oid, std::string_view text) {
        if (text.empty()) return;
        out.nested(der::set, [&] { out.nested(der::sequence, [&] { out.oid(oid).text(der::utf8_string, text); }); });
    };
    out.nested(der::sequence, [&] {
        part("2.5.4.6", "CH");
        part("2.5.4.10", shape.organization);
        part("2.5.4.5", shape.serial_number);
        part("2.5.4.3", shape.common_name);
    });
}

inline void write_extension(der::writer& out, std::string_view oid, bool critical, const std::function<void()>& fill) {
    out.nested(der::sequence, [&] {
        out.oid(oid);
        if (critical) out.boolean(true);
        out.nested(der::octet_string, fill);
    });
}

inline void write_extensions(der::writer& out, const certificate_shape& subject, base::byte_view subject_key_id,
                             base::byte_view issuer_key_id) {
    write_extension(out, "2.5.29.35", false,
                    [&] { out.nested(der::sequence, [&] { out.octets(0x80, issuer_key_id); }); });
    write_extension(out, "2.5.29.14", false, [&] { out.octets(der::octet_string, subject_key_id); });
    write_extension(out, "2.5.29.15", true, [&] { out.bits(subject.key_usage); });
    if (!subject.policy.empty())
        write_extension(out, "2.5.29.32", true, [&] {
            out.nested(der::sequence, [&] { out.nested(der::sequence, [&] { out.oid(subject.policy); }); });
        });
    if (subject.ca)
        write_extension(out, "2.5.29.19", true, [&] {
            out.nested(der::sequence, [&] {
                out.boolean(true);
                if (subject.path_length) out.number(*subject.path_length);
            });
        });
    if (!subject.registered_id.empty())
        write_extension(out, "2.5.29.17", false,
                        [&] { out.nested(der::sequence, [&] { out.oid(subject.registered_id, 0x88); }); });
    if (subject.constraint)
        write_extension(out, "2.5.29.30", true, [&] {
            certificate_shape tree;
            tree.organization = subject.constraint->first;
            tree.serial_number = subject.constraint->second;
            der::writer name;  // without the country that write_name begins with
            name.nested(der::sequence, [&] {
                const auto part = [&](std::string_view oid, std::string_view text) {
                    if (text.empty()) return;
                    name.nested(der::set, [&] {
                        name.nested(der::sequence, [&] { name.oid(oid).text(der::utf8_string, text); });
                    });
                };
                part("2.5.4.10", subject.constraint->first);
                part("2.5.4.5", subject.constraint->second);
            });
            out.nested(der::sequence, [&] {
                out.nested(
                    0xa0, [&] { out.nested(der::sequence, [&] { out.nested(0xa4, [&] { out.raw(name.view()); }); }); });
            });
        });
    if (subject.odd_critical_extension) write_extension(out, "1.3.6.1.4.1.99999.1", true, [&] { out.boolean(true); });
    out.raw(subject.more_extensions);
}

inline base::bytes issue(const certificate_shape& subject, const key_pair& subject_key, const certificate_shape& issuer,
                         const key_pair& issuer_key) {
    der::writer algorithm;
    algorithm.nested(der::sequence, [&] { algorithm.oid(subject.algorithm); });
    der::writer tbs;
    tbs.nested(der::sequence, [&] {
        tbs.nested(0xa0, [&] { tbs.number(2); });
        tbs.number(subject.serial).raw(algorithm.view());
        write_name(tbs, issuer);
        tbs.nested(der::sequence,
                   [&] { tbs.text(subject.date_form, subject.not_before).text(subject.date_form, subject.not_after); });
        write_name(tbs, subject);
        tbs.nested(der::sequence, [&] {
            tbs.nested(der::sequence, [&] {
                tbs.oid("1.2.840.10045.2.1");
                tbs.oid(subject_key.which() == curve::p256 ? "1.2.840.10045.3.1.7" : "1.3.36.3.3.2.8.1.1.7");
            });
            const std::uint8_t no_odd_bits = 0;
            tbs.octets(der::bit_string, joined({{&no_odd_bits, 1}, subject_key.point()}));
        });
        tbs.nested(0xa3, [&] {
            tbs.nested(der::sequence,
                       [&] { write_extensions(tbs, subject, subject_key.key_id(), issuer_key.key_id()); });
        });
    });
    const std::uint8_t no_odd_bits = 0;
    der::writer out;
    out.nested(der::sequence, [&] {
        out.raw(tbs.view()).raw(algorithm.view());
        out.octets(der::bit_string, joined({{&no_odd_bits, 1}, issuer_key.sign_der(tbs.view())}));
    });
    return std::move(out).take();
}

/// A CRL of this issuer over serial numbers of one byte.
inline base::bytes issue_crl(const certificate_shape& issuer, const key_pair& issuer_key,
                             std::initializer_list<std::uint8_t> serials, std::string_view since = "260101000000Z",
                             std::uint64_t crl_number = 0) {
    der::writer algorithm;
    algorithm.nested(der::sequence, [&] { algorithm.oid("1.2.840.10045.4.3.2"); });
    der::writer tbs;
    tbs.nested(der::sequence, [&] {
        tbs.number(1).raw(algorithm.view());
        write_name(tbs, issuer);
        tbs.text(der::utc_time, since).text(der::utc_time, "270101000000Z");
        tbs.nested(der::sequence, [&] {
            for (const auto serial : serials)
                tbs.nested(der::sequence, [&] { tbs.number(serial).text(der::utc_time, "260101000000Z"); });
        });
        if (crl_number == 0) return;
        der::writer number;
        number.number(crl_number);
        tbs.nested(0xa0, [&] {
            tbs.nested(der::sequence, [&] {
                tbs.nested(der::sequence, [&] { tbs.oid("2.5.29.20").octets(der::octet_string, number.view()); });
            });
        });
    });
    const std::uint8_t no_odd_bits = 0;
    der::writer out;
    out.nested(der::sequence, [&] {
        out.raw(tbs.view()).raw(algorithm.view());
        out.octets(der::bit_string, joined({{&no_odd_bits, 1}, issuer_key.sign_der(tbs.view())}));
    });
    return std::move(out).take();
}

inline std::shared_ptr<const certificate> parsed(base::byte_view der) {
    auto out = parse_certificate(der);
    ENSURE(out.has_value());
    return *out;
}

/// One CI with all below it: an EUM, an eUICC, and an SM-DP+.
struct pki {
    static constexpr std::string_view smdp_oid = "2.999.10", eid = "89049032123451234512345678901235";

    key_pair ci_key, eum_key, euicc_key, auth_key, binding_key;
    certificate_shape ci, eum, euicc, auth, binding;

    explicit pki(curve which = curve::p256)
        : ci_key(which), eum_key(which), euicc_key(which), auth_key(which), binding_key(which) {
        ci.common_name = "Test CI " + std::string(key_pair::name(which));
        ci.policy = oid_of(role::ci);
        ci.ca = true;
        ci.key_usage = 1u << key_cert_sign | 1u << crl_sign;
        eum = ci;
        eum.common_name = "Test EUM";
        eum.policy = oid_of(role::eum);
        eum.path_length = 0;
        eum.constraint = {"Keepline Test", "89049032"};
        eum.serial = 2;
        euicc.common_name = "Test eUICC";
        euicc.serial_number = eid;
        euicc.policy = oid_of(role::euicc);
        euicc.serial = 3;
        auth.common_name = "Test DPauth";
        auth.policy = oid_of(role::dp_auth);
        auth.registered_id = smdp_oid;
        auth.serial = 4;
        binding = auth;
        binding.common_name = "Test DPpb";
        binding.policy = oid_of(role::dp_pb);
        binding.serial = 5;
    }

    base::bytes ci_certificate() const { return issue(ci, ci_key, ci, ci_key); }
    base::bytes eum_certificate() const { return issue(eum, eum_key, ci, ci_key); }
    base::bytes euicc_certificate() const { return issue(euicc, euicc_key, eum, eum_key); }
    certificate_set set(std::string address = "smdp.example.com") const {
        return {std::string(smdp_oid),
                {std::move(address)},
                ci_key.key_id(),
                {parsed(issue(auth, auth_key, ci, ci_key)), auth_key.loaded()},
                {parsed(issue(binding, binding_key, ci, ci_key)), binding_key.loaded()},
                "test"};
    }
    std::shared_ptr<trust> trusted() const { return std::make_shared<trust>(std::vector{parsed(ci_certificate())}); }
    provider server() const {
        provider out;
        out.sets.push_back(set());
        out.trusted = trusted();
        return out;
    }
};

}  // namespace keepline::rsp::test
