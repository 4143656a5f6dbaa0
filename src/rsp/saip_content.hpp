// What stands in the files of a SIM: ICCID, IMSI, numbers, names, PINs as bytes, both ways (ETSI TS 102 221, 3GPP
// TS 31.102, TS 24.008). Reading gives nothing for bytes that hold nothing sensible. Pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::rsp::saip {

/// Digits two to a byte with the first digit in the low half, padded with F: EF.ICCID, numbers.
base::bytes swapped_digits(std::string_view digits, std::size_t size);
std::optional<std::string> digits_of_swapped(base::byte_view bytes);  // up to the first F

/// The ProfileHeader's ICCID: digits in their natural order (SGP.22 §4.4, SAIP §8.2.1).
base::bytes header_iccid(const base::iccid& iccid);
std::optional<base::iccid> iccid_of_header(base::byte_view bytes);
/// EF.ICCID (TS 102 221 §13.2): swapped.
base::bytes ef_iccid(const base::iccid& iccid);
std::optional<base::iccid> iccid_of_ef(base::byte_view bytes);

/// EF.IMSI (TS 31.102 §4.2.2): length, parity, digits.
base::bytes ef_imsi(const base::imsi& imsi);
std::optional<base::imsi> imsi_of_ef(base::byte_view bytes);

/// EF.ACC (TS 31.102 §4.2.15): one of the ten common classes, from the last digit of the IMSI.
base::byte_array<2> ef_acc(const base::imsi& imsi);

/// The first record of EF.MSISDN (TS 31.102 §4.2.26) in a record of that size (at least 14 bytes).
base::bytes msisdn_record(const base::msisdn& number, std::size_t record);
std::optional<base::msisdn> msisdn_of_record(base::byte_view record);

/// EF.SPN (TS 31.102 §4.2.12): 17 bytes, GSM alphabet where it does, else UCS2. nullopt: it does not fit or is not
/// UTF-8.
std::optional<base::bytes> ef_spn(std::string_view name, bool show_in_home_network);
/// As much of a name in UTF-8 as EF.SPN holds: 16 letters of the GSM alphabet, or 7 of UCS2; letters that it cannot
/// hold at all are left out.
std::string name_for_spn(std::string_view name);
std::optional<std::string> spn_of_ef(base::byte_view bytes);

/// A PIN of 4 to 8 digits or an administrative key of 8 characters as the card compares it (TS 102 221 §9.5.1).
std::optional<base::byte_array<8>> pin_bytes(std::string_view digits);
std::string pin_of_bytes(base::byte_view bytes);

/// A TLV of tag 80 with UTF-8 text: EF.IMPI, EF.IMPU, EF.DOMAIN (TS 31.103 §4.2.2).
base::bytes ims_text(std::string_view text);

}  // namespace keepline::rsp::saip
