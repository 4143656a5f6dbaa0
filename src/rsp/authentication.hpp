// Common mutual authentication (SGP.22 §3.0.1): ES9+.InitiateAuthentication (§5.6.1) and the part of
// ES9+.AuthenticateClient (§5.6.3) that bytes decide. What the order decides is the caller's: call authenticate, look
// the order up, then `offer` in binding.hpp. Pure; any thread, one at a time per session.
#pragma once

#include "rsp/session.hpp"

namespace keepline::rsp {

struct initiate_request {
    base::byte_view euicc_challenge;
    base::byte_view euicc_info_1;  // BF20
    std::string_view smdp_address;
};

struct initiated {
    session started;
    base::bytes server_signed_1;     // 30
    base::bytes server_signature_1;  // 5F37 40 r‖s
    base::bytes ci_key_id;           // 04 14 …: euiccCiPKIdToBeUsed
    base::byte_view certificate;     // CERT.DPauth, of the provider
};
outcome<initiated> initiate(const provider&, const initiate_request&, base::instant now, random_source&);

struct client {
    euicc_identity euicc;
    /// As sent: an order's token, an SM-DS event id; nullopt or empty for "whatever waits for this EID".
    std::optional<std::string> matching_id;
    euicc_info_2 info;
    device_info device;
    signature euicc_signature_1{};  // smdpSignature2 covers it
};
/// On refusal the session is as before. `transaction` is the id beside the response, as JSON text.
outcome<client> authenticate(const provider&, session&, std::string_view transaction, base::byte_view response,
                             base::instant now);

/// Whether the eUICC says that it has room for this many bytes (§3.1.2 eligibility: insufficient_memory). Yes when it
/// does not say.
bool has_room(const euicc_info_2&, std::size_t profile_bytes);

}  // namespace keepline::rsp
