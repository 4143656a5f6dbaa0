#include "rsp/notification.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace keepline::rsp {

namespace {

using base::byte_view;
using base::code;
using base::refuse;
using base::result;

/// NotificationEvent of SGP.22 v3: what v2 does not know.
std::string later_event_text(int bit) {
    switch (bit) {
        case 4: return "rpm_enable";
        case 5: return "rpm_disable";
        case 6: return "rpm_delete";
        case 7: return "load_rpm_package_result";
        default: return "event_" + std::to_string(bit);
    }
}

result<notification_metadata> read_notification_metadata(const der::tlv& element) {
    notification_metadata out;
    der::reader inside(element);
    TRY(sequence, inside.expect(0x80, "seqNumber"));
    TRY(number, der::unsigned_of(sequence, "seqNumber"));
    TRY(operation, inside.expect(0x81, "profileManagementOperation"));
    TRY(bits, der::bits_of(operation, "profileManagementOperation"));
    TRY(address, inside.expect(der::utf8_string, "notificationAddress"));
    TRY(address_text, der::utf8_of(address, "notificationAddress", 255));
    TRY(iccid, inside.maybe(0x5a));
    out.sequence = number;
    if (!std::has_single_bit(bits)) return refuse(code::malformed, "A notification is about one event.");
    if (bits > 8) out.later_event = later_event_text(std::countr_zero(bits));
    out.event = bits == 1   ? profile_event::install
                : bits == 2 ? profile_event::enable
                : bits == 4 ? profile_event::disable
                            : profile_event::remove;
    out.address = std::string(address_text);
    if (iccid) {
        auto digits = iccid_from_swapped(iccid->value);
        if (!digits) return refuse(code::malformed, "A notification's ICCID is none.");
        out.iccid = std::move(*digits);
    }
    return out;
}

result<other_notification> read_other(const der::tlv& outer) {
    other_notification out;
    der::reader inside(outer);
    TRY(signed_part, inside.expect(0xbf2f, "tbsOtherNotification"));
    TRY(signature, inside.expect(0x5f37, "euiccNotificationSignature"));
    TRY(euicc, inside.expect(der::sequence, "euiccCertificate"));
    TRY(eum, inside.expect(der::sequence, "eumCertificate"));
    TRY(metadata, read_notification_metadata(signed_part));
    TRY(octets, der::octets_of(signature, "euiccNotificationSignature", 64, 64));
    out.metadata = std::move(metadata);
    out.signed_part = signed_part.whole;
    out.signature = octets;
    out.euicc_certificate = euicc.whole;
    out.eum_certificate = eum.whole;
    return out;
}

result<void> read_final_result(const der::tlv& element, installation_result& into) {
    TRY(final, der::first_element(element.value));
    der::reader inside(final);
    if (final.what == 0xa0) {
        TRY(aid, inside.expect(0x4f, "aid"));
        TRY(octets, der::octets_of(aid, "aid", 5, 16));
        TRY(response, inside.expect(der::octet_string, "simaResponse"));
        into.success = true;
        into.aid.assign(octets.begin(), octets.end());
        into.sima_response.assign(response.value.begin(), response.value.end());
        return {};
    }
    if (final.what != 0xa1) return refuse(code::malformed, "An installation result is neither success nor error.");
    TRY(command, inside.expect(0x80, "bppCommandId"));
    TRY(command_number, der::unsigned_of(command, "bppCommandId"));
    TRY(reason, inside.expect(0x81, "errorReason"));
    TRY(reason_number, der::unsigned_of(reason, "errorReason"));
    TRY(response, inside.maybe(0x82));
    into.command = command_number;
    into.reason = reason_number;
    if (response) into.sima_response.assign(response->value.begin(), response->value.end());
    return {};
}

result<installation_result> read_result(const der::tlv& outer) {
    installation_result out;
    der::reader inside(outer);
    TRY(signed_part, inside.expect(0xbf27, "profileInstallationResultData"));
    TRY(signature, inside.expect(0x5f37, "euiccSignPIR"));
    TRY(octets, der::octets_of(signature, "euiccSignPIR", 64, 64));
    out.signed_part = signed_part.whole;
    out.signature = octets;
    der::reader fields(signed_part);
    TRY(transaction, fields.expect(0x80, "transactionId"));
    TRY(id, der::octets_of(transaction, "transactionId", 1, 16));
    TRY(metadata_element, fields.expect(0xbf2f, "notificationMetadata"));
    TRY(metadata, read_notification_metadata(metadata_element));
    TRY(oid, fields.expect(der::object_identifier, "smdpOid"));
    TRY(oid_text, der::oid_of(oid, "smdpOid"));
    TRY(final, fields.expect(0xa2, "finalResult"));
    out.transaction.assign(id.begin(), id.end());
    out.metadata = std::move(metadata);
    out.smdp_oid = std::move(oid_text);
    CHECK(read_final_result(final, out));
    if (out.metadata.event != profile_event::install || !out.metadata.later_event.empty())
        return refuse(code::malformed, "An installation result is about an installation.");
    return out;
}

}  // namespace

std::string_view text(profile_event what) {
    constexpr std::array<std::string_view, 4> texts{"install", "enable", "disable", "delete"};
    return texts[static_cast<std::size_t>(what)];
}

result<pending_notification> parse_notification(byte_view der) {
    if (der.size() > most_request_bytes) return refuse(code::malformed, "The notification is too large.");
    TRY(outer, der::only_element(der));
    if (outer.what == 0xbf37) {
        TRY(installed, read_result(outer));
        return pending_notification(std::move(installed));
    }
    if (outer.what == der::sequence) {
        TRY(other, read_other(outer));
        return pending_notification(std::move(other));
    }
    if (outer.constructed() && (outer.what & 0xe0) == 0xa0 && der::well_formed(outer.whole))
        return pending_notification(later_notification{outer.what});
    return refuse(code::malformed, "This is no notification.");
}

outcome<euicc_identity> verify_other(const trust& trusted, const other_notification& what, base::instant now) {
    auto signer_of_it = trusted.verify_euicc(what.euicc_certificate, what.eum_certificate, {}, now, validity::reported);
    if (!signer_of_it) return signer_of_it;
    if (!signer_of_it->key.verifies(what.signed_part, what.signature))
        return refused(status::euicc_signature_invalid, "euiccNotificationSignature does not verify.");
    return signer_of_it;
}

outcome<void> verify_result(const installation_result& what, const public_key& euicc, byte_view transaction,
                            std::string_view smdp_oid) {
    if (!std::ranges::equal(what.transaction, transaction)) return refused(status::transaction_unknown);
    if (!euicc.verifies(what.signed_part, what.signature))
        return refused(status::euicc_signature_invalid, "euiccSignPIR does not verify.");
    if (what.smdp_oid != smdp_oid)
        return refused(status::oid_mismatch, "The installation result is for another SM-DP+.", what.smdp_oid);
    return {};
}

std::string_view command_text(std::uint64_t bpp_command) {
    constexpr std::array<std::string_view, 6> texts{"initialiseSecureChannel", "configureISDP",
                                                    "storeMetadata",           "storeMetadata2",
                                                    "replaceSessionKeys",      "loadProfileElements"};
    return bpp_command < texts.size() ? texts[bpp_command] : "unknown";
}

std::string_view reason_text(std::uint64_t error_reason) {
    constexpr std::array<std::string_view, 16> texts{"unknown",
                                                     "incorrectInputValues",
                                                     "invalidSignature",
                                                     "invalidTransactionId",
                                                     "unsupportedCrtValues",
                                                     "unsupportedRemoteOperationType",
                                                     "unsupportedProfileClass",
                                                     "scp03tStructureError",
                                                     "scp03tSecurityError",
                                                     "installFailedDueToIccidAlreadyExistsOnEuicc",
                                                     "installFailedDueToInsufficientMemoryForProfile",
                                                     "installFailedDueToInterruption",
                                                     "installFailedDueToPEProcessingError",
                                                     "installFailedDueToDataMismatch",
                                                     "testProfileInstallFailedDueToInvalidNaaKey",
                                                     "pprNotAllowed"};
    return error_reason < texts.size() ? texts[error_reason]
           : error_reason == 127       ? "installFailedDueToUnknownError"
                                       : "unknown";
}

bool is_permanent(std::uint64_t error_reason) { return error_reason != 10 && error_reason != 11; }

namespace {

// PEStatus of the SAIP specification's PEDefinitions.
std::string_view element_status_text(std::uint64_t what) {
    constexpr std::array<std::string_view, 12> texts{"ok",
                                                     "pe-not-supported",
                                                     "memory-failure",
                                                     "bad-values",
                                                     "not-enough-memory",
                                                     "invalid-request-format",
                                                     "invalid-parameter",
                                                     "runtime-not-supported",
                                                     "lib-not-supported",
                                                     "template-not-supported",
                                                     "feature-not-supported",
                                                     "pin-code-missing"};
    return what < texts.size() ? texts[what] : what == 31 ? "unsupported-profile-version" : "unknown";
}

/// The first PEStatus below an EUICCResponse that is not ok.
result<std::string> element_error(const der::tlv& response) {
    der::reader inside(response);
    TRY(list, inside.expect(0xa0, "peStatus"));
    for (der::reader states(list); !states.at_end();) {
        TRY(state, states.expect(der::sequence, "PEStatus"));
        der::reader fields(state);
        TRY(status_element, fields.expect(0x80, "status"));
        TRY(number, der::unsigned_of(status_element, "status"));
        if (number == 0) continue;
        TRY(identification, fields.maybe(0x81));
        std::string words = "pe";
        if (identification) {
            TRY(id, der::unsigned_of(*identification, "identificationNumber"));
            words += " " + std::to_string(id);
        }
        return words + ": " + std::string(element_status_text(number));
    }
    return std::string();
}

}  // namespace

std::string sima_error(byte_view sima_response) {
    for (der::reader responses(sima_response); !responses.at_end();) {
        const auto response = responses.expect(der::sequence, "EUICCResponse");
        if (!response) return {};
        auto found = element_error(*response);
        if (!found) return {};
        if (!found->empty()) return std::move(*found);
    }
    return {};
}

}  // namespace keepline::rsp
