// Who this SM-DP+ is: its certificate sets (one per OID, address and CI) and whom it trusts. Made once at start from
// files (see pki.hpp), then read by every step from every thread.
#pragma once

#include "rsp/certificate.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::rsp {

struct svn {
    std::uint8_t major = 0, minor = 0, revision = 0;
    auto operator<=>(const svn&) const = default;
    std::string text() const;  // "2.5.0"
};

struct identity {
    std::shared_ptr<const certificate> certificate;
    std::shared_ptr<const signer> key;
};

/// One SM-DP+ as an eUICC sees it under one CI.
struct certificate_set {
    std::string oid;                     // of DPauth and DPpb
    std::vector<std::string> addresses;  // host names it answers under, as in smdpAddress; compared without case
    base::bytes ci_key_id;               // of the CI that signed both
    identity auth;                       // CERT.DPauth
    identity binding;                    // CERT.DPpb
    std::string name;                    // for logs: the folder it was loaded from

    bool answers_under(std::string_view address) const;
    /// The same letter by letter, but for a port behind it.
    bool is_spelt(std::string_view address) const;
    /// Finds the set again after a restart.
    base::digest id() const { return auth.certificate->fingerprint; }
};

struct provider {
    std::vector<certificate_set> sets;
    std::shared_ptr<const trust> trusted;
    svn lowest_svn{2, 0, 0};
    svn highest_svn{2, 255, 255};

    const certificate_set* set(const base::digest& id) const;
    bool answers_under(std::string_view address) const;
    /// False: only without regard to case, and to a dot at its end.
    bool is_spelt(std::string_view address) const;
    bool supports(const svn& version) const { return lowest_svn <= version && version <= highest_svn; }
};

}  // namespace keepline::rsp
