#include "rsp/pki_issue.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"

#include <algorithm>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace keepline::rsp {

namespace {

std::unexpected<base::error> x509_refused(const std::string& what) {
    const auto number = ERR_peek_last_error();
    const auto* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
    ERR_clear_error();
    return base::refuse(base::code::invalid, what + (reason == nullptr ? "." : std::string(": ") + reason + "."));
}

using bio_handle = std::unique_ptr<BIO, decltype(&BIO_free)>;

bio_handle bio_over(std::string_view content) {
    bio_handle bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), &BIO_free);
    ENSURE(bio != nullptr);
    return bio;
}

/// What `write` puts into a memory BIO.
template <typename Write>
std::string bio_text(Write write) {
    const bio_handle bio(BIO_new(BIO_s_mem()), &BIO_free);
    ENSURE(bio != nullptr && write(bio.get()) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool set_asn1_time(ASN1_TIME* into, base::instant when) {
    auto seconds = when.ms / 1000;
    constexpr std::int64_t last = 253402300799;  // 9999-12-31T23:59:59Z: "no well-defined expiry" (RFC 5280 §4.1.2.5)
    return ASN1_TIME_adj(into, static_cast<time_t>(std::min(seconds, last)), 0, 0) != nullptr;
}

bool add_part(X509_NAME* name, const char* part, const std::string& value) {
    return value.empty() ||
           X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
}

bool set_subject_name(X509* certificate, const certificate_plan& plan) {
    auto* name = X509_get_subject_name(certificate);
    return add_part(name, "C", plan.country) && add_part(name, "O", plan.organization) &&
           add_part(name, "OU", plan.unit) && add_part(name, "serialNumber", plan.serial_number) &&
           add_part(name, "CN", plan.common_name);
}

/// 16 bytes, positive, never zero (RFC 5280 §4.1.2.2).
bool set_serial_number(X509* certificate, const certificate_plan& plan, EVP_PKEY* key) {
    unsigned char* encoded = nullptr;
    const int size = i2d_PUBKEY(key, &encoded);
    if (size <= 0) return false;
    base::part_hasher hasher;
    hasher.add(base::byte_view(encoded, static_cast<std::size_t>(size)))
        .add(plan.common_name)
        .add(plan.serial_number)
        .add(static_cast<std::uint64_t>(plan.not_after.ms))
        .add(plan.extensions);
    OPENSSL_free(encoded);
    auto digest = hasher.finish();
    digest[0] = static_cast<std::uint8_t>((digest[0] & 0x7f) | 0x40);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(digest.data(), 16, nullptr), &BN_free);
    return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extensions(X509* certificate, X509* authority, const certificate_plan& plan) {
    const auto text = "[extensions]\n" + plan.extensions + "\n" + plan.sections;
    const std::unique_ptr<CONF, decltype(&NCONF_free)> config(NCONF_new(nullptr), &NCONF_free);
    ENSURE(config != nullptr);
    long line = 0;
    const auto in = bio_over(text);
    if (NCONF_load_bio(config.get(), in.get(), &line) != 1) return false;
    X509V3_CTX context;
    X509V3_set_ctx(&context, authority == nullptr ? certificate : authority, certificate, nullptr, nullptr, 0);
    X509V3_set_nconf(&context, config.get());
    return X509V3_EXT_add_nconf(config.get(), &context, "extensions", certificate) == 1;
}

}  // namespace

bool writable_in_certificate(std::string_view value) {
    return !value.empty() && value.size() <= 64 && std::ranges::all_of(value, [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 ||
               (c >= ' ' && c != 0x7f && !std::string_view("\\\"'#$,;=@[]").contains(c));
    });
}

base::result<key_handle> make_key(curve which) {
    const char* name = which == curve::p256 ? "P-256" : "brainpoolP256r1";
    key_handle key(EVP_EC_gen(name), &EVP_PKEY_free);
    if (key == nullptr) return x509_refused(std::string("OpenSSL cannot make a key on ") + name);
    return key;
}

base::result<issued> issue(const certificate_plan& plan, const key_handle& key, const issued* authority) {
    const certificate_handle certificate(X509_new(), &X509_free);
    ENSURE(certificate != nullptr);
    auto* issuer = authority == nullptr ? certificate.get() : authority->certificate.get();
    auto* signing_key = authority == nullptr ? key.get() : authority->key.get();
    const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      set_serial_number(certificate.get(), plan, key.get()) &&
                      set_subject_name(certificate.get(), plan) &&
                      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
                      set_asn1_time(X509_getm_notBefore(certificate.get()), plan.not_before) &&
                      set_asn1_time(X509_getm_notAfter(certificate.get()), plan.not_after) &&
                      X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                      add_extensions(certificate.get(), authority == nullptr ? nullptr : issuer, plan) &&
                      X509_sign(certificate.get(), signing_key, EVP_sha256()) > 0;
    if (!made) return x509_refused("The certificate of " + plan.common_name + " cannot be made");
    return issued{certificate, key};
}

base::result<std::string> make_crl(const issued& authority, const std::vector<certificate_handle>& revoked,
                                   base::instant from, base::instant until, bool pem) {
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), &X509_CRL_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> time(ASN1_TIME_new(), &ASN1_TIME_free);
    ENSURE(list != nullptr && time != nullptr);
    bool made = X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get())) == 1 &&
                set_asn1_time(time.get(), from) && X509_CRL_set1_lastUpdate(list.get(), time.get()) == 1;
    for (const auto& one : revoked) {
        auto* entry = X509_REVOKED_new();
        ENSURE(entry != nullptr);
        made = made && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.get())) == 1 &&
               X509_REVOKED_set_revocationDate(entry, time.get()) == 1;
        ENSURE(X509_CRL_add0_revoked(list.get(), entry) == 1);
    }
    made = made && set_asn1_time(time.get(), until) && X509_CRL_set1_nextUpdate(list.get(), time.get()) == 1 &&
           X509_CRL_sort(list.get()) == 1;
    const std::unique_ptr<CONF, decltype(&NCONF_free)> config(NCONF_new(nullptr), &NCONF_free);
    long line = 0;
    const auto in = bio_over("[crl]\nauthorityKeyIdentifier=keyid:always\n");
    made = made && NCONF_load_bio(config.get(), in.get(), &line) == 1;
    X509V3_CTX context;
    X509V3_set_ctx(&context, authority.certificate.get(), nullptr, nullptr, list.get(), 0);
    X509V3_set_nconf(&context, config.get());
    made = made && X509V3_EXT_CRL_add_nconf(config.get(), &context, "crl", list.get()) == 1;
    const std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)> number(ASN1_INTEGER_new(), &ASN1_INTEGER_free);
    made = made && ASN1_INTEGER_set_int64(number.get(), from.ms / 1000) == 1 &&
           X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number.get(), 0, 0) == 1 &&
           X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) > 0;
    if (!made) return x509_refused("The revocation list cannot be made");
    return bio_text(
        [&](BIO* out) { return pem ? PEM_write_bio_X509_CRL(out, list.get()) : i2d_X509_CRL_bio(out, list.get()); });
}

std::string pem_of(X509* certificate) {
    return bio_text([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string der_of(X509* certificate) {
    return bio_text([&](BIO* out) { return i2d_X509_bio(out, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
    return bio_text(
        [&](BIO* out) { return PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string der_of(EVP_PKEY* key) {
    return bio_text([&](BIO* out) { return i2d_PKCS8PrivateKey_bio(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string pem_of_der(const std::string& der) {
    return bio_text([&](BIO* out) {
        return PEM_write_bio(out, PEM_STRING_X509, "", reinterpret_cast<const unsigned char*>(der.data()),
                             static_cast<long>(der.size())) > 0
                   ? 1
                   : 0;
    });
}

std::string key_pem_of_der(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const key_handle key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())), &EVP_PKEY_free);
    return key == nullptr ? std::string() : pem_of(key.get());
}

base::result<certificate_handle> read_certificate(const std::string& pem) {
    const auto in = bio_over(pem);
    certificate_handle certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (certificate == nullptr) return x509_refused("The certificate cannot be read");
    return certificate;
}

base::result<std::string> permitted_organization(X509* eum, const std::string& eid) {
    const std::unique_ptr<NAME_CONSTRAINTS, decltype(&NAME_CONSTRAINTS_free)> scope(
        static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(eum, NID_name_constraints, nullptr, nullptr)),
        &NAME_CONSTRAINTS_free);
    const int count = scope == nullptr ? 0 : sk_GENERAL_SUBTREE_num(scope->permittedSubtrees);
    for (int i = 0; i < count; ++i) {
        const auto* base_name = sk_GENERAL_SUBTREE_value(scope->permittedSubtrees, i)->base;
        if (base_name->type != GEN_DIRNAME) continue;
        const auto part = [&](int which) {
            const int at = X509_NAME_get_index_by_NID(base_name->d.directoryName, which, -1);
            if (at < 0) return std::string();
            const auto* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(base_name->d.directoryName, at));
            return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
                               static_cast<std::size_t>(ASN1_STRING_length(data)));
        };
        if (const auto prefix = part(NID_serialNumber); !prefix.empty() && eid.starts_with(prefix))
            return part(NID_organizationName);
    }
    return base::refuse(base::code::invalid, "The EID " + eid + " is not one that this manufacturer may give out.");
}

base::result<curve> curve_of(EVP_PKEY* key) {
    std::array<char, 64> name{};
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) == 1) {
        const std::string_view group(name.data());
        if (group == "prime256v1" || group == "P-256") return curve::p256;
        if (group == "brainpoolP256r1") return curve::brainpool_p256;
    }
    ERR_clear_error();
    return base::refuse(base::code::invalid, "The key is on neither NIST P-256 nor brainpoolP256r1.");
}

base::result<issued> read_issued(const std::string& certificate_pem, const std::string& key_pem) {
    const auto key_in = bio_over(key_pem);
    TRY(certificate, read_certificate(certificate_pem));
    const auto no_password = [](char*, int, int, void*) { return 0; };
    const key_handle key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, no_password, nullptr), &EVP_PKEY_free);
    if (key == nullptr) return x509_refused("The key cannot be read");
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return x509_refused("The key is not the one in the certificate");
    return issued{certificate, key};
}

}  // namespace keepline::rsp
