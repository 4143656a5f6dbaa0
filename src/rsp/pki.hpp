// A complete test PKI of the shape of SGP.22 §4.5.2 (variant O of SGP.26), made in memory: CI, EUM, eUICCs, DPauth,
// DPpb, DPtls for each curve, client certificates of ES2+ operators, and, when wanted, the broken ones that negative
// tests need. No I/O and no clock; keys and signatures take their randomness from OpenSSL. One thread.
//
// Names of the files (`<curve>` is nist or brainpool; each certificate as .pem and .der, each key as PKCS#8 .pem and
// .der):
//
//     <curve>/ci.cert  <curve>/ci.key  <curve>/ci.crl           the root, and its (signed) revocation list
//     <curve>/eum.cert  <curve>/eum.key                          the eUICC manufacturer
//     <curve>/dp-auth.cert  .key   dp-pb.cert  .key              the SM-DP+: one OID in both
//     <curve>/dp-tls.cert  .key                                  its HTTPS server
//     cards/<curve>/<EID>/{ci,eum,euicc}.cert  euicc.key         everything a software phone needs, per eUICC
//     es2/ca.cert  .key   es2/<operator>.cert  .key              mutual TLS on ES2+
//     negative/<curve>/cards/<what is wrong>/…                   as a card above
//     negative/<curve>/servers/<what is wrong>/…                 as <curve>/ above, with all the files of a set
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "rsp/crypto.hpp"

#include <string>
#include <vector>

namespace keepline::rsp {

struct pki_plan {
    base::instant now;  // validity is counted from here
    std::vector<curve> curves{curve::p256, curve::brainpool_p256};
    std::string oid = "2.999.10";                                   // of the SM-DP+
    std::vector<std::string> host_names{"localhost", "127.0.0.1"};  // of DPtls; names or addresses, the first is its CN
    std::string eum_organization = "Keepline Test EUM";
    std::string eid_prefix = "89049032";             // 8 digits: what the EUM may give out
    std::vector<std::string> eids;                   // none: one is made up
    std::vector<std::string> operators{"operator"};  // labels; the CN of each client certificate
    bool negative = false;
};

struct pki_file {
    std::string name;     // relative, '/' between folders
    std::string content;  // PEM text or DER bytes
    bool secret = false;  // mode 0600
    std::string about;    // one line for a person; empty for the DER twin of a PEM file
};

/// code::invalid when something in the plan cannot be put into a certificate.
base::result<std::vector<pki_file>> make_pki(const pki_plan& plan);

/// Another card under a manufacturer whose certificate and key are at hand (PEM): `pki make` with more EIDs later.
base::result<std::vector<pki_file>> make_card(const std::string& folder, const std::string& eid,
                                              const std::string& ci_cert, const std::string& eum_cert,
                                              const std::string& eum_key, base::instant now);

/// The text that explains the folder: what each file is, and how to use it.
std::string pki_readme(const pki_plan& plan, const std::vector<pki_file>& files);

/// An EID of that prefix with the running number and right check digits (SGP.29 §5, ISO 7064 mod 97-10).
std::string eid_with_checks(std::string_view prefix, std::uint64_t number);

/// "nist" or "brainpool": the name of a curve in file names.
std::string_view folder_of(curve which);

}  // namespace keepline::rsp
