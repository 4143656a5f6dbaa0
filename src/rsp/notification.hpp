// Notifications (SGP.22 §3.5, §5.6.4): what an eUICC signed about a profile. OtherSignedNotification carries its
// certificates and is verified by itself; ProfileInstallationResult needs the eUICC's key of that transaction, which
// must outlive the session because phones deliver days later. Idempotent by (EID, sequence number). Pure; any thread.
#pragma once

#include "rsp/certificate.hpp"
#include "rsp/messages.hpp"

#include <optional>
#include <string>
#include <variant>

namespace keepline::rsp {

enum class profile_event : std::uint8_t { install = 0, enable = 1, disable = 2, remove = 3 };
std::string_view text(profile_event what);

struct notification_metadata {
    std::uint64_t sequence = 0;
    profile_event event{};
    std::string later_event{};  // one that v2 does not know ("rpm_enable", "event_9"); then `event` says nothing
    std::string address;
    std::string iccid;  // digits without filler, or empty
};

/// Nothing in it is proved before verify_other.
struct other_notification {
    notification_metadata metadata;
    base::byte_view signed_part;  // BF2F, whole
    base::byte_view signature;
    base::byte_view euicc_certificate, eum_certificate;
};

/// Nothing in it is proved before verify_result.
struct installation_result {
    transaction_id transaction;
    notification_metadata metadata;
    std::string smdp_oid;
    bool success = false;
    base::bytes aid;              // of the ISD-P, on success
    std::uint64_t command = 0;    // BppCommandId, on error
    std::uint64_t reason = 0;     // ErrorReason, on error
    base::bytes sima_response;    // what the profile interpreter said
    base::byte_view signed_part;  // BF27, whole
    base::byte_view signature;
};

/// An alternative of PendingNotification that v2 does not know (v3: LoadRpmPackageResultSigned, [1]). Only well formed:
/// nothing in it can be proved here.
struct later_notification {
    der::tag what = 0;
};

using pending_notification = std::variant<other_notification, installation_result, later_notification>;
/// BF37, 30, or what later versions may send. The views look into `der`, which is what to keep as evidence.
base::result<pending_notification> parse_notification(base::byte_view der);

/// The signer, proved up to a trusted CI. Certificates that have expired since are reported, not refused: what was
/// signed stays signed.
outcome<euicc_identity> verify_other(const trust&, const other_notification&, base::instant now);

/// Whether this result was signed by the eUICC with this key for this transaction and for an SM-DP+ with this OID.
outcome<void> verify_result(const installation_result&, const public_key& euicc, base::byte_view transaction,
                            std::string_view smdp_oid);

std::string_view command_text(std::uint64_t bpp_command);
std::string_view reason_text(std::uint64_t error_reason);
/// Whether another try may succeed (memory, interruption), or the order ends in Error (§3.1.3.3).
bool is_permanent(std::uint64_t error_reason);
/// The first PEStatus of the response that is not ok, in words ("pe 7: pe-not-supported"); empty when all are or it
/// cannot be read.
std::string sima_error(base::byte_view sima_response);

}  // namespace keepline::rsp
