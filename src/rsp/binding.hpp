// From the offer to the bound profile package: the end of ES9+.AuthenticateClient (§5.6.3) and
// ES9+.GetBoundProfilePackage (§5.6.2), with the profile protection of §2.5. Pure; any thread, one at a time per
// session.
#pragma once

#include "rsp/authentication.hpp"

namespace keepline::rsp {

struct offer_terms {
    bool confirmation_required = false;
    /// otPK.EUICC of an earlier binding of this order to the same eUICC: it may answer with it again and be given the
    /// package bound anew. Empty for a first download.
    base::byte_view bound_otpk{};
};
struct offered {
    base::bytes smdp_signed_2;     // 30
    base::bytes smdp_signature_2;  // 5F37 40 r‖s
    base::byte_view certificate;   // CERT.DPpb, of the provider
};
/// After `authenticate`, in the same call, when the order was found.
outcome<offered> offer(const provider&, session&, const client&, const offer_terms&);

struct prepared {
    base::bytes euicc_otpk;
    std::optional<base::digest> hash_cc;
};
/// Checks everything of a PrepareDownloadResponse but the confirmation code's value. A missing code is refused here.
outcome<prepared> prepare(const provider&, session&, std::string_view transaction, base::byte_view response);

/// What is kept of a confirmation code: SHA-256 of its text; and of its digits packed two to a byte, as some test
/// suites want it (nullopt for a code that is not an even number of hexadecimal digits).
base::digest confirmation_digest(std::string_view code);
std::optional<base::digest> packed_confirmation_digest(std::string_view code);
/// hashCc = SHA-256(SHA-256(code) ‖ transactionId).
bool confirmation_holds(const base::digest& hash_cc, const base::digest& code_digest, const session&);

enum class key_mode : std::uint8_t {
    session_keys,
    random_keys
};  // random_keys: PPK-ENC, PPK-MAC by ReplaceSessionKeys

struct package {
    base::byte_view profile_elements;  // the personalised SAIP package
    base::byte_view metadata;          // BF25, from metadata.hpp
    key_mode keys = key_mode::session_keys;
};
/// What a package is bound with: the one-time keys' public halves, and the session keys that they led to. Secret. Kept
/// for the same eUICC, which may answer a later offer with the otPK.EUICC that it has: its package is then bound anew
/// with the same otPK.DP and the same session keys (§3.1.3). Wiped when it goes.
struct secure_keys {
    base::digest set{};  // certificate_set::id()
    std::string eid;
    base::bytes euicc_otpk;
    point smdp_otpk{};
    block initial{}, encryption{}, mac{};
    secure_keys() = default;
    secure_keys(secure_keys&&) = default;
    secure_keys& operator=(secure_keys&&) = default;
    ~secure_keys();

    /// Whether they were agreed with this eUICC, under the same certificates, by this otPK.EUICC.
    bool fit(const session&, base::byte_view euicc_otpk) const;
    std::string serialise() const;
    static base::result<secure_keys> parse(std::string_view stored);
};
/// `one_time` was made on `binding_curve`.
outcome<secure_keys> agree(const provider&, const session&, const prepared&, const one_time_key& one_time);
/// BF36, ready to be sent, under keys that fit. May be repeated in the same session.
outcome<base::bytes> bind(const provider&, session&, const prepared&, const package&, const secure_keys&,
                          random_source&);
/// The same with keys that nobody keeps.
outcome<base::bytes> bind(const provider&, session&, const prepared&, const package&, const one_time_key& one_time,
                          random_source&);
curve binding_curve(const provider&, const session&);

/// How long a bound package of these sizes is.
std::size_t bound_size(const package&, std::size_t transaction_bytes = 16);

}  // namespace keepline::rsp
