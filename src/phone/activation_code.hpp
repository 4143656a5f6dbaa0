// Activation codes (SGP.22 v2.5 §4.1): "LPA:1$smdp.example.com$MATCHING-ID$2.999.10$1".
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::phone {

struct activation_code {
    std::string address;
    std::string matching_id;
    std::string oid;  // dotted; empty when the code has none
    bool needs_confirmation = false;
};

/// With or without the "LPA:" that QR codes have.
base::result<activation_code> parse_activation_code(std::string_view);

/// "2.999.10" as the value bytes of an OBJECT IDENTIFIER, and back; empty when it is none.
base::bytes oid_bytes(std::string_view dotted);
std::string oid_text(base::byte_view value);

}  // namespace keepline::phone
