// Making single certificates, keys and revocation lists with OpenSSL's X.509 functions; used by the PKI maker only. The
// functions hold nothing between calls; any thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "rsp/crypto.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace keepline::rsp {

using key_handle = std::shared_ptr<EVP_PKEY>;
using certificate_handle = std::shared_ptr<X509>;

/// A certificate with the key in it.
struct issued {
    certificate_handle certificate;
    key_handle key;
};

/// What goes into a certificate. The parts of the name are written in the order C, O, OU, serialNumber, CN.
struct certificate_plan {
    std::string country, organization, unit, serial_number, common_name;
    base::instant not_before, not_after;
    std::string
        extensions;        // a section of OpenSSL's configuration language (x509v3_config(5)), one `name=value` a line
    std::string sections;  // further sections that `extensions` refers to
};

base::result<key_handle> make_key(curve which);

/// Signed by `authority`, or by itself where there is none. The serial number is the digest of key and name: the same
/// authority never gives one number to two certificates.
base::result<issued> issue(const certificate_plan& plan, const key_handle& key, const issued* authority);

/// Signed by `authority` and valid for the time of `from` and `until`.
base::result<std::string> make_crl(const issued& authority, const std::vector<certificate_handle>& revoked,
                                   base::instant from, base::instant until, bool pem);

std::string pem_of(X509* certificate);
std::string der_of(X509* certificate);
std::string pem_of(EVP_PKEY* key);  // PKCS#8
std::string der_of(EVP_PKEY* key);
base::result<issued> read_issued(const std::string& certificate_pem, const std::string& key_pem);
base::result<certificate_handle> read_certificate(const std::string& pem);
/// A DER certificate in PEM armour, even where its signature does not hold.
std::string pem_of_der(const std::string& der);
std::string key_pem_of_der(const std::string& der);  // empty for what is no key

/// The O that this manufacturer may give an eUICC with that EID; code::invalid when the EID is none of its own.
base::result<std::string> permitted_organization(X509* eum, const std::string& eid);
base::result<curve> curve_of(EVP_PKEY* key);

/// Whether a value may stand in a name or an extension: printable text without the signs of the configuration language.
bool writable_in_certificate(std::string_view value);

}  // namespace keepline::rsp
