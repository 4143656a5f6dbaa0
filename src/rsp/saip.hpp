// Profile packages as the interoperable format has them (TCA/SIMalliance "eUICC Profile Package: Interoperable Format",
// v2.1 to v3.3): a concatenation of profile elements in DER. Here they are split, their files are read, and single
// files are given other contents; whatever is not understood is passed on byte by byte. Takes hostile bytes. Pure; any
// thread.
#pragma once

#include "rsp/der.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace keepline::rsp::saip {

inline constexpr std::size_t package_max_bytes = 524'288;
inline constexpr std::size_t max_elements = 256;

// The alternatives of ProfileElement (AUTOMATIC TAGS, so [0], [1], … in their order).
inline constexpr der::tag pe_header = 0xa0, pe_generic_files = 0xa1, pe_pins = 0xa2, pe_puks = 0xa3, pe_aka = 0xa4,
                          pe_cdma = 0xa5, pe_security_domain = 0xa6, pe_rfm = 0xa7, pe_application = 0xa8,
                          pe_non_standard = 0xa9, pe_end = 0xaa, pe_mf = 0xb0, pe_cd = 0xb1, pe_telecom = 0xb2,
                          pe_usim = 0xb3, pe_opt_usim = 0xb4, pe_isim = 0xb5, pe_opt_isim = 0xb6, pe_phonebook = 0xb7,
                          pe_gsm_access = 0xb8, pe_csim = 0xb9, pe_opt_csim = 0xba, pe_eap = 0xbb, pe_df_5gs = 0xbc,
                          pe_df_saip = 0xbd, pe_df_snpn = 0xbe, pe_df_5gprose = 0xbf1f, pe_iot = 0xbf20,
                          pe_opt_iot = 0xbf21;

std::string_view element_name(der::tag what);  // "usim"; empty for none

/// One profile element; the views look into the package.
struct element {
    der::tlv raw;
    std::optional<std::uint32_t> identification;  // none in the header
    bool mandated = false;
    std::string template_oid;  // of elements that create files from a template
};

/// Refused: more than the limits, bytes that are no DER, nothing at all. Does not say whether the order makes sense.
base::result<std::vector<element>> split(base::byte_view package);

/// The files whose content this server knows how to write.
enum class file_kind : std::uint8_t { iccid, imsi, acc, spn, ad, msisdn, gid1, gid2, impi, impu, domain };

struct file {
    file_kind kind{};
    std::size_t record = 0;  // bytes of a record; 0 for a transparent file
    base::bytes content;     // of the whole file, as it will be after installation

    std::size_t size() const { return content.size(); }
};

/// Gives a file's new content, of the same size or smaller; nullopt leaves it as it is.
using file_change = std::function<std::optional<base::bytes>(const file&)>;

/// The element with the changes of its files applied; equal to element.raw.whole when there are none.
base::result<base::bytes> change_files(const element& in, const file_change& change);

/// The files of an element that are known here, in their order.
base::result<std::vector<file>> files_of(const element& in);

}  // namespace keepline::rsp::saip
