// Single fields of the profile elements that are no files: header, PINs and PUKs, authentication keys, keys of a
// security domain. Each walk hands a field to the caller, who may put another value in its place; everything else stays
// as it was. For elements that `split` accepted: their bytes are well formed. Pure; any thread.
#pragma once

#include "rsp/saip.hpp"

#include <functional>

namespace keepline::rsp::saip {

// ProfileHeader.
inline constexpr der::tag header_major_field = 0x80, header_minor_field = 0x81, header_type_field = 0x82,
                          header_iccid_field = 0x83, header_services_field = 0xa5, header_templates_field = 0xa6;
// AlgoParameter.
inline constexpr der::tag algorithm_id_field = 0x80, algorithm_key_field = 0x82, algorithm_opc_field = 0x83,
                          algorithm_keccak_field = 0x87;
inline constexpr std::uint64_t algorithm_milenage = 1, algorithm_tuak = 2, algorithm_test = 3;

/// Writes one field, as it was or another way.
using field_writer = std::function<void(const der::tlv& field, der::writer& out)>;
/// A constructed element with each of its fields written anew.
base::bytes with_fields(const der::tlv& element, const field_writer& write);

struct code_configuration {
    std::uint64_t reference = 0;                // key reference of the PIN or PUK
    base::bytes value;                          // 8 bytes
    std::optional<std::uint64_t> unblocked_by;  // of a PIN: its PUK
};
/// PE-PINCodes or PE-PUKCodes; the function gives another value, or nothing.
base::bytes with_configurations(const element& in,
                                const std::function<std::optional<base::bytes>(const code_configuration&)>& change);

/// PE-AKAParameter: `write` writes the AlgoParameter with that algorithm. Not called for a mapped one.
base::bytes with_algorithm(
    const element& in,
    const std::function<void(const der::tlv& parameter, std::uint64_t algorithm, der::writer& out)>& write);
/// Whether the element shares the keys of another application.
bool is_mapped(const element& aka);

/// PE-SecurityDomain: each key with its identifier and data.
base::bytes with_domain_keys(
    const element& in,
    const std::function<std::optional<base::bytes>(std::uint8_t identifier, base::byte_view data)>& change);

}  // namespace keepline::rsp::saip
