// IPA framing, under CTRL and GSUP alike: length u16 | protocol u8 | payload. The length counts the payload. Protocol
// 0xfe manages the connection (CCM: identity, ping); 0xee carries one more byte that names the extension: 0x00 CTRL,
// 0x05 GSUP. Pure.
#pragma once

#include "base/bytes.hpp"

#include <optional>

namespace keepline::link {

inline constexpr std::uint8_t ipa_ccm = 0xfe;
inline constexpr std::uint8_t ipa_osmo = 0xee;
inline constexpr std::uint8_t osmo_ctrl = 0x00;
inline constexpr std::uint8_t osmo_gsup = 0x05;

enum class ccm : std::uint8_t { ping = 0x00, pong = 0x01, id_get = 0x04, id_response = 0x05, id_ack = 0x06 };

struct ipa_frame {
    std::uint8_t protocol = 0;
    base::bytes payload;  // of ipa_osmo: the extension byte first
};

base::bytes encode_ipa(std::uint8_t protocol, base::byte_view payload);
/// The first frame of the buffer, taken out of it; nullopt while it is incomplete.
std::optional<ipa_frame> take_ipa_frame(base::bytes& buffer);
/// The answer to id_get: unit id, unit name and serial, which osmo-hlr wants all three; it knows its peers by the
/// serial.
base::bytes encode_ipa_identity(std::string_view unit_name);
base::bytes encode_ccm(ccm what);

}  // namespace keepline::link
