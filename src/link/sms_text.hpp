// A text as SMS segments: GSM 03.38 where every character is in it (160 characters, or 153 per part), UCS-2 otherwise
// (70, or 67). The parts of a long text carry a user data header with an 8-bit reference (3GPP TS 23.040 §9.2.3.24.1).
// Pure; any thread.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::link {

inline constexpr std::uint8_t coding_default =
    0;  // SMPP 3.4 §5.2.19: the SMSC's default alphabet, one character per octet
inline constexpr std::uint8_t coding_ucs2 = 8;
inline constexpr std::size_t sms_segments_max = 10;  // longer texts are cut; none of ours is

struct sms_segment {
    std::uint8_t coding = coding_default;
    bool has_header = false;
    base::bytes octets;  // header first
};

std::vector<sms_segment> sms_segments(std::string_view utf8, std::uint8_t reference);

/// One octet per septet, extension characters as two; nullopt when a character is not in the alphabet.
std::optional<base::bytes> gsm_septets(std::string_view utf8);
/// What customers send, as UTF-8. What cannot be read becomes U+FFFD; nullopt only for UCS-2 that is nothing like it.
std::string gsm_text(base::byte_view septets);  // one octet per septet
std::string latin_1_text(base::byte_view octets);
std::optional<std::string> ucs_2_text(base::byte_view octets);  // UTF-16, as handsets really send it
std::string utf_8_text(std::string_view octets);
/// Code points; what is not UTF-8 becomes U+FFFD.
std::u32string code_points(std::string_view utf8);

}  // namespace keepline::link
