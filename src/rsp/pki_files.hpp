// Certificates and keys from files: what an operator got from its GSMA root, or what `keepline pki make` made. Each
// file is read, each is checked against its role and against the others, and everything that is wrong is said in words,
// with the file's name; so is when each expires. Does no I/O itself: the caller hands in how to read a file. Any
// thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "rsp/finding.hpp"
#include "rsp/provider.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace keepline::rsp {

/// Gives the content of a file; code::not_found where there is none. At most 64 KB are needed.
using file_reader = std::function<base::result<std::string>(const std::string& path)>;

/// PEM or DER, told apart by content. Where a path ends with .pem and there is no such file, .der is tried.
struct certificate_files {
    std::string name;  // for logs and findings
    std::string ci;    // the root that signed the others
    std::string dp_auth, dp_auth_key;
    std::string dp_pb, dp_pb_key;
    std::string dp_tls, dp_tls_key;  // empty, or no such files: this set has no HTTPS server of its own
    std::string crl;                 // empty, or no such file: nothing is revoked
};

/// As `keepline pki make` names them: ci.cert, dp-auth.cert, dp-auth.key, … in one folder.
certificate_files files_in(const std::string& folder);

struct expiry {
    std::string file;
    std::string what;  // "DPauth", "CRL"
    base::instant at;
    bool operator==(const expiry&) const = default;
};

struct loaded_certificates {
    certificate_set set;                     // whole only when usable()
    std::shared_ptr<const certificate> ci;   // null when it could not be read
    std::vector<revocations> revoked;        // what the CRL says
    bool has_tls = false;                    // DPtls or its key is there, whatever is wrong with it
    std::string tls_chain_pem, tls_key_pem;  // for the HTTPS listener; empty without DPtls
    std::vector<finding> findings;
    std::vector<expiry> expiries;
    std::size_t expired = 0;  // so many of the errors say only that a certificate has expired

    bool usable() const;        // no finding is an error
    bool only_expired() const;  // it was usable once: time alone is what is wrong with it
};

/// `addresses`: the host names this set answers under; empty: those in the DPtls certificate.
loaded_certificates load_certificate_set(const certificate_files& files, const file_reader& read, base::instant now,
                                         std::vector<std::string> addresses = {});

/// The sets that are usable, and trust in their roots and in `more_roots`, with everything that their CRLs revoke; of
/// several CRLs of one root the newest counts.
provider make_provider(const std::vector<loaded_certificates>& sets,
                       const std::vector<std::shared_ptr<const certificate>>& more_roots = {});

/// A folder with ci.cert, eum.cert, euicc.cert and euicc.key, as a software phone reads it.
struct checked_card {
    std::string eid;  // empty when the chain does not hold
    std::vector<finding> findings;
    std::vector<expiry> expiries;
};
checked_card check_card(const std::string& folder, const file_reader& read, base::instant now,
                        const std::vector<revocations>& revoked = {});

/// Warned of ahead.
inline constexpr base::duration expires_soon = base::days(30);

}  // namespace keepline::rsp
