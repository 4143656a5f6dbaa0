// X.509 certificates as SGP.22 §4.5.2 uses them, read with OpenSSL. A `certificate` is immutable and may be shared by
// threads.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "phone/crypto.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace keepline::phone {

/// Roles as in the certificate policies, 2.23.146.1.2.1.N (SGP.22 Annex H).
enum class cert_role { ci = 0, euicc, eum, dp_tls, dp_auth, dp_pb, ds_tls, ds_auth, none };
std::string_view words_for(cert_role);

class certificate {
 public:
    certificate() = default;
    static base::result<certificate> from_der(byte_view);
    /// PEM or DER, whichever it is.
    static base::result<certificate> from_file_content(std::string_view);

    explicit operator bool() const { return handle_ != nullptr; }
    const bytes& der() const { return der_; }
    const ec_key& key() const { return key_; }
    cert_role role() const { return role_; }
    const bytes& subject_key_id() const { return subject_key_id_; }
    const bytes& authority_key_id() const { return authority_key_id_; }
    /// The registeredID of the SAN: the value bytes of the OBJECT IDENTIFIER.
    const bytes& oid() const { return oid_; }
    /// serialNumber of the subject: the EID in an eUICC's certificate.
    const std::string& subject_serial() const { return subject_serial_; }
    bool is_authority() const { return is_authority_; }
    bool is_self_issued() const;
    std::string pem() const;
    x509_st* handle() const { return handle_.get(); }

    /// True when `issuer` signed it and is named as its issuer.
    bool is_issued_by(const certificate& issuer) const;
    /// Everything an eUICC has to hold against a server's certificate: issuer, signature, key identifiers, validity,
    /// version, key usage, no CA, role and no critical extension that nobody here understands. Words say what is wrong.
    base::result<void> check_leaf(const certificate& issuer, cert_role wanted, base::instant now) const;

 private:
    std::shared_ptr<x509_st> handle_;
    bytes der_;
    ec_key key_;
    cert_role role_ = cert_role::none;
    bytes subject_key_id_;
    bytes authority_key_id_;
    bytes oid_;
    std::string subject_serial_;
    bool is_authority_ = false;
};

/// Role of a certificate that OpenSSL holds (for the verification callback of TLS).
cert_role role_of(x509_st* certificate);

}  // namespace keepline::phone
