// X.509 certificates and CRLs of the shape of SGP.22 §4.5.2, read with our own DER reader, and the check of an eUICC's
// chain eUICC → EUM → CI. Takes hostile bytes; nothing of a certificate is believed before its signature is verified.
// Values are immutable; `trust` may be used from many threads at once.
#pragma once

#include "base/time.hpp"
#include "rsp/crypto.hpp"
#include "rsp/status.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace keepline::rsp {

/// The policy OIDs 2.23.146.1.2.1.x (SGP.22 §4.5.2.1.1).
enum class role : std::uint8_t {
    ci = 0,
    euicc = 1,
    eum = 2,
    dp_tls = 3,
    dp_auth = 4,
    dp_pb = 5,
    ds_tls = 6,
    ds_auth = 7
};
std::string_view oid_of(role what);

/// Bits of the keyUsage extension (RFC 5280 §4.2.1.3).
inline constexpr int digital_signature = 0, key_agreement = 4, key_cert_sign = 5, crl_sign = 6;

struct subject_name {
    std::string country, organization, common_name, serial_number;
};

struct certificate {
    /// One subtree that an EUM may certify for: its O, and the first digits of the EID (§4.5.2.1.0.3).
    struct permitted {
        std::string organization;   // empty: not constrained
        std::string serial_prefix;  // empty: not constrained
    };

    base::bytes der;
    base::digest fingerprint{};  // SHA-256 of der
    base::byte_view tbs;         // the views look into `der`
    base::byte_view signature;   // DER form
    base::byte_view serial;
    base::byte_view issuer_raw, subject_raw;
    subject_name issuer, subject;
    base::instant not_before, not_after;
    std::optional<public_key> key;  // always there once parsed
    base::bytes key_id;             // subjectKeyIdentifier; empty if absent
    base::bytes issuer_key_id;      // authorityKeyIdentifier
    bool is_ca = false;
    std::optional<std::uint64_t> path_length;
    std::optional<std::uint32_t> key_usage;
    std::vector<std::string> policies;             // dotted
    std::vector<std::string> extended_key_usages;  // dotted
    std::vector<std::string> dns_names;            // of the SAN
    std::string registered_id;                     // of the SAN: the OID of an SM-DP+ or CI
    std::optional<std::vector<permitted>> name_constraints;
    std::vector<std::string> crl_addresses;
    bool unknown_critical = false;  // a critical extension that nobody here understands

    certificate() = default;
    certificate(const certificate&) = delete;
    certificate& operator=(const certificate&) = delete;

    bool has_role(role what) const;
    bool usable_for(int key_usage_bit) const { return key_usage && (*key_usage >> key_usage_bit & 1u) != 0; }
    bool signed_by(const public_key& issuer) const;
    bool valid_at(base::instant now) const { return not_before <= now && now < not_after + base::seconds(1); }
};

/// DER, exactly one certificate. At most 8 KB.
base::result<std::shared_ptr<const certificate>> parse_certificate(base::byte_view der);
/// The first certificate of a PEM file, or DER as it is.
base::result<std::shared_ptr<const certificate>> load_certificate(base::byte_view file);

/// What a CRL revokes, after its signature was verified.
struct revocations {
    base::bytes issuer_raw;
    base::bytes issuer_key_id;
    base::instant this_update, next_update;
    base::bytes number;                       // the CRL number, big-endian, without leading zeros; empty: it has none
    std::unordered_set<std::string> serials;  // content bytes of the INTEGER

    bool older_than(const revocations& other) const;  // by thisUpdate, then by number
};
base::result<revocations> parse_crl(base::byte_view der, const certificate& issuer);

/// An eUICC whose certificate was verified up to a CI that we trust.
struct euicc_identity {
    std::string eid;  // 32 digits
    public_key key;
    base::bytes ci_key_id;
    base::digest certificate_digest{};
    bool expired = false;  // only where the caller said that it does not mind
};

enum class validity : std::uint8_t { required, reported };

/// Why a certificate that should sign for `what` under `issuer` may not; nullopt when it may. Without its dates.
std::optional<std::string> unfit(const certificate& subject, const certificate& issuer, role what);

/// The CIs that this server trusts, what they revoked, and the EUM certificates that were verified lately.
class trust {
 public:
    explicit trust(std::vector<std::shared_ptr<const certificate>> cis, std::size_t cached_eums = 256);

    const std::vector<std::shared_ptr<const certificate>>& cis() const { return cis_; }
    const certificate* ci(base::byte_view key_id) const;

    /// Replaces what this CRL's issuer revoked before; a CRL that is older than the one known changes nothing.
    void revoke(revocations list);

    /// Order of the checks: CI known (8.11.1/3.9), EUM certificate (8.1.2/6.1, 6.3), eUICC certificate
    /// (8.1.3/6.1, 6.3). `ci_key_id` empty: any CI that we trust.
    outcome<euicc_identity> verify_euicc(base::byte_view euicc_certificate, base::byte_view eum_certificate,
                                         base::byte_view ci_key_id, base::instant now,
                                         validity dates = validity::required) const;

    struct counters {
        std::uint64_t eum_hits = 0, eum_misses = 0;
    };
    counters seen() const;

 private:
    using eum = std::shared_ptr<const certificate>;
    outcome<eum> verified_eum(base::byte_view der) const;  // dates and revocation are still to be judged
    bool revoked(const certificate& what) const;

    std::vector<std::shared_ptr<const certificate>> cis_;
    std::size_t most_eums_;
    mutable std::mutex lock_;
    mutable std::unordered_map<std::string, eum> eums_;  // by SHA-256; whole cache dropped when full
    mutable counters counters_;
    std::vector<revocations> revocations_;
};

}  // namespace keepline::rsp
