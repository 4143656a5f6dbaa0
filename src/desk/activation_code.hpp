// Activation codes (SGP.22 §4.1) and their QR codes. Pure; any thread.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::desk {

struct activation_code {
    std::string address;  // of the SM-DP+: a host name, with ":port" for test beds
    std::string matching_id;
    std::string oid{};  // of the SM-DP+; empty: not said
    bool confirmation_required = false;

    /// "LPA:1$address$matchingId[$oid][$1]"
    std::string text() const;
};

/// What a matching ID may be made of (SGP.22 §4.1.1): digits, upper-case letters and dashes, at most 255. Empty is
/// allowed. `underscore`: a test bed's may have '_' too.
bool is_matching_id(std::string_view text, bool underscore = false);
/// Fit to be an SM-DP+ address in an activation code: a host name, an IPv4 address or [IPv6], and a port.
bool is_server_address(std::string_view text);

/// As a drawing of dark squares on white, with the quiet zone of four modules. code::too_large for what no QR code
/// holds.
base::result<std::string> qr_svg(std::string_view text);
/// One bit per pixel, `scale` pixels per module.
base::result<std::string> qr_png(std::string_view text, int scale = 6);
/// For a terminal: two modules per character, with half blocks, dark on light.
base::result<std::string> qr_text(std::string_view text);

}  // namespace keepline::desk
