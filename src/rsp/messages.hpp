// What an eUICC and its device say about themselves, and the structures that they sign, as values over the received
// bytes (SGP.22 v2.5 Annex H). Unknown elements are passed over; signatures are checked elsewhere, over `signed_part`.
#pragma once

#include "rsp/crypto.hpp"
#include "rsp/der.hpp"
#include "rsp/provider.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace keepline::rsp {

/// No binary request of ES9+ is longer (euiccInfo2, two certificates and extensions take about 2 KB).
inline constexpr std::size_t most_request_bytes = 32'768;

// -- transaction ids: octets inside signed structures, hexadecimal text outside

using transaction_id = base::bytes;                                     // 1 to 16 octets
std::string transaction_text(base::byte_view id);                       // upper case, as JSON carries it
std::optional<transaction_id> transaction_from_text(std::string_view);  // either case
/// Lower case, for keys of tables: the same for every way to write one id.
std::optional<std::string> transaction_key(std::string_view text);

// -- ICCID and EID

/// EF.ICCID form (nibbles swapped, filled with F) to digits; nullopt for what is none.
std::optional<std::string> iccid_from_swapped(base::byte_view ten);
std::optional<base::byte_array<10>> iccid_to_swapped(std::string_view digits);
std::optional<base::byte_array<16>> eid_bytes(std::string_view digits);

// -- euiccInfo1 (BF20), euiccInfo2 (BF22), deviceInfo

struct euicc_info_1 {
    rsp::svn svn;
    std::vector<base::byte_view> verification_keys;  // CI key ids, first is preferred
    std::vector<base::byte_view> signing_keys;
};
base::result<euicc_info_1> parse_euicc_info_1(base::byte_view der);

struct euicc_info_2 {
    rsp::svn profile_version, svn, firmware;
    std::uint64_t installed_applications = 0;
    std::uint64_t free_nvm_bytes = 0;  // 0 with has_free_nvm = false: not told
    std::uint64_t free_ram_bytes = 0;
    bool has_free_nvm = false;
    std::uint32_t uicc_capability = 0;                         // bits of UICCCapability, SAIP
    std::uint32_t rsp_capability = 0;                          // bits of RspCapability
    std::vector<std::string> verification_keys, signing_keys;  // hex
    std::optional<std::uint64_t> category;
    std::uint32_t forbidden_rules = 0;  // bits of PprIds
    rsp::svn protection_profile;
    std::string sas_number;
    std::vector<rsp::svn> more_profile_versions;
};
base::result<euicc_info_2> parse_euicc_info_2(const der::tlv& element);

struct device_info {
    std::string tac;   // 8 digits
    std::string imei;  // digits, or empty; personal data
    /// What is not as SGP.22 has it and was passed over ("imei_length", "no_device_capabilities"); for the log.
    std::vector<std::string_view> oddities;
    /// ("eutranEpc", 15.0.0) and so on, those that were told.
    std::vector<std::pair<std::string_view, rsp::svn>> capabilities;
};

// -- AuthenticateServerResponse (BF38)

struct authenticate_response {
    base::byte_view transaction;
    std::string_view server_address;
    base::byte_view server_challenge;
    der::tlv info_2;
    std::optional<std::string_view> matching_id;
    device_info device;
    base::byte_view signed_part;  // euiccSigned1, whole
    base::byte_view signature;
    base::byte_view euicc_certificate, eum_certificate;
};
/// What an eUICC sends instead when it refused.
struct reported_error {
    base::byte_view transaction;
    std::uint64_t code = 0;
};
template <typename T>
struct either {
    std::optional<T> ok;
    reported_error error{};  // when there is no ok
};
base::result<either<authenticate_response>> parse_authenticate_response(base::byte_view der);
std::string_view authenticate_error_text(std::uint64_t code);

// -- PrepareDownloadResponse (BF21)

struct prepare_response {
    base::byte_view transaction;
    base::byte_view euicc_otpk;
    std::optional<base::byte_view> hash_cc;
    base::byte_view signed_part;
    base::byte_view signature;
};
base::result<either<prepare_response>> parse_prepare_response(base::byte_view der);
std::string_view download_error_text(std::uint64_t code);

// -- CancelSessionResponse (BF41)

struct cancel_response {
    base::byte_view transaction;
    std::string smdp_oid;
    std::uint64_t reason = 0;
    base::byte_view signed_part;
    base::byte_view signature;
};
base::result<either<cancel_response>> parse_cancel_response(base::byte_view der);

}  // namespace keepline::rsp
