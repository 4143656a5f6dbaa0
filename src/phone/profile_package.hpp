// What is inside a package once it is open: StoreMetadata (BF25) and the SIMalliance/TCA profile elements. Strict
// readers, pure.
#pragma once

#include "phone/bound_package.hpp"
#include "phone/card_memory.hpp"

namespace keepline::phone {

/// Reads BF25 into a profile (everything but AID, CI and sizes). Words say which field is wrong.
std::expected<installed_profile, std::string> read_metadata(byte_view store_metadata);

/// Facts of a profile package that an eUICC needs or a test wants to see.
struct profile_elements {
    std::string iccid;
    int major_version = 0;
    int minor_version = 0;
    std::string type;  // profileType of the header
    std::size_t count = 0;
    bool has_usim = false;
    bool has_aka = false;
    bytes euicc_response;  // EUICCResponse: every element accepted
};
struct element_failure {
    bpp_error reason{};
    std::string words;
    bytes euicc_response;
};

/// Every element must be DER; header first, end last, one of each; numbers unique; ICCID of header and EF.ICCID as the
/// metadata's.
std::expected<profile_elements, element_failure> read_profile_elements(byte_view package, std::string_view iccid);

}  // namespace keepline::phone
