#include "phone/certificate.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <ctime>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace keepline::phone {

namespace {

constexpr std::string_view role_prefix = "2.23.146.1.2.1.";

template <typename T>
std::shared_ptr<T> extension_of(X509* x, int nid, void (*release)(T*)) {
    return {static_cast<T*>(X509_get_ext_d2i(x, nid, nullptr, nullptr)), [release](T* what) {
                if (what != nullptr) release(what);
            }};
}

bytes octets(const ASN1_OCTET_STRING* in) {
    if (in == nullptr) return {};
    const auto* data = ASN1_STRING_get0_data(in);
    return {data, data + ASN1_STRING_length(in)};
}

bytes registered_id(X509* x) {
    const auto names = extension_of<GENERAL_NAMES>(x, NID_subject_alt_name, GENERAL_NAMES_free);
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_RID) continue;
        const auto* data = OBJ_get0_data(name->d.registeredID);
        return {data, data + OBJ_length(name->d.registeredID)};
    }
    return {};
}

std::string serial_of_subject(X509* x) {
    auto* name = X509_get_subject_name(x);
    const int at = X509_NAME_get_index_by_NID(name, NID_serialNumber, -1);
    if (at < 0) return {};
    const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::unexpected<base::error> wrong(std::string words) {
    return base::refuse(base::code::certificate_invalid, std::move(words));
}

bool valid_at(X509* x, base::instant now) {
    std::time_t seconds = now.ms / 1000;
    return X509_cmp_time(X509_get0_notBefore(x), &seconds) < 0 && X509_cmp_time(X509_get0_notAfter(x), &seconds) > 0;
}

bool has_unknown_critical(X509* x) {
    for (int i = 0; i < X509_get_ext_count(x); ++i) {
        auto* one = X509_get_ext(x, i);
        if (X509_EXTENSION_get_critical(one) != 0 && X509_supported_extension(one) == 0) return true;
    }
    return false;
}

}  // namespace

std::string_view words_for(cert_role role) {
    switch (role) {
        case cert_role::ci: return "CI";
        case cert_role::euicc: return "eUICC";
        case cert_role::eum: return "EUM";
        case cert_role::dp_tls: return "DPtls";
        case cert_role::dp_auth: return "DPauth";
        case cert_role::dp_pb: return "DPpb";
        case cert_role::ds_tls: return "DStls";
        case cert_role::ds_auth: return "DSauth";
        case cert_role::none: break;
    }
    return "no role";
}

cert_role role_of(x509_st* certificate) {
    const auto policies =
        extension_of<CERTIFICATEPOLICIES>(certificate, NID_certificate_policies, CERTIFICATEPOLICIES_free);
    for (int i = 0; policies != nullptr && i < sk_POLICYINFO_num(policies.get()); ++i) {
        char text[64] = {};
        OBJ_obj2txt(text, sizeof text, sk_POLICYINFO_value(policies.get(), i)->policyid, 1);
        const std::string_view id = text;
        if (id.size() == role_prefix.size() + 1 && id.starts_with(role_prefix) && id.back() >= '0' && id.back() <= '7')
            return static_cast<cert_role>(id.back() - '0');
    }
    return cert_role::none;
}

base::result<certificate> certificate::from_der(byte_view der) {
    const auto* at = der.data();
    X509* parsed = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
    if (parsed == nullptr || at != der.data() + der.size()) {
        X509_free(parsed);
        return wrong("The certificate cannot be read.");
    }
    certificate made;
    made.handle_.reset(parsed, X509_free);
    made.der_.assign(der.begin(), der.end());
    TRY(key, ec_key::from_handle(X509_get0_pubkey(parsed)));
    made.key_ = std::move(key);
    made.role_ = role_of(parsed);
    made.subject_key_id_ = octets(X509_get0_subject_key_id(parsed));
    made.authority_key_id_ = octets(X509_get0_authority_key_id(parsed));
    made.oid_ = registered_id(parsed);
    made.subject_serial_ = serial_of_subject(parsed);
    made.is_authority_ = X509_check_ca(parsed) == 1;
    return made;
}

base::result<certificate> certificate::from_file_content(std::string_view content) {
    if (!content.contains("-----BEGIN CERTIFICATE-----")) return from_der(base::view(content));
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(
        BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), BIO_free_all);
    const std::unique_ptr<X509, decltype(&X509_free)> read(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                           X509_free);
    if (read == nullptr) return wrong("The certificate cannot be read.");
    bytes der(static_cast<std::size_t>(i2d_X509(read.get(), nullptr)));
    auto* at = der.data();
    i2d_X509(read.get(), &at);
    return from_der(der);
}

std::string certificate::pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
    ENSURE(PEM_write_bio_X509(out.get(), handle_.get()) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool certificate::is_self_issued() const { return handle_ != nullptr && is_issued_by(*this); }

bool certificate::is_issued_by(const certificate& issuer) const {
    return X509_NAME_cmp(X509_get_issuer_name(handle_.get()), X509_get_subject_name(issuer.handle_.get())) == 0 &&
           X509_verify(handle_.get(), issuer.key_.handle()) == 1;
}

base::result<void> certificate::check_leaf(const certificate& issuer, cert_role wanted, base::instant now) const {
    auto* x = handle_.get();
    const std::string name = "The " + std::string(words_for(wanted)) + " certificate ";
    if (role_ != wanted) return wrong(name + "has the role " + std::string(words_for(role_)) + ".");
    if (X509_get_version(x) != 2) return wrong(name + "is not of version 3.");
    if (is_authority_) return wrong(name + "is that of an authority.");
    if (subject_key_id_.empty()) return wrong(name + "has no subject key identifier.");
    if (authority_key_id_.empty() || authority_key_id_ != issuer.subject_key_id_)
        return wrong(name + "names another authority's key.");
    if ((X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0 || X509_get_key_usage(x) == UINT32_MAX)
        return wrong(name + "is not for signatures.");
    if (has_unknown_critical(x)) return wrong(name + "has an unknown critical extension.");
    if (!valid_at(x, now)) return wrong(name + "is not valid now.");
    if (!valid_at(issuer.handle_.get(), now)) return wrong("The CI certificate is not valid now.");
    if (!is_issued_by(issuer)) return wrong(name + "was not signed by the CI.");
    return {};
}

}  // namespace keepline::phone
