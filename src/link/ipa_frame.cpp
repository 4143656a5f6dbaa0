#include "link/ipa_frame.hpp"

#include "base/ensure.hpp"

namespace keepline::link {

base::bytes encode_ipa(std::uint8_t protocol, base::byte_view payload) {
    ENSURE(payload.size() <= 0xffff);
    base::bytes out;
    out.reserve(payload.size() + 3);
    out.push_back(static_cast<std::uint8_t>(payload.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(payload.size() & 0xff));
    out.push_back(protocol);
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

std::optional<ipa_frame> take_ipa_frame(base::bytes& buffer) {
    if (buffer.size() < 3) return std::nullopt;
    const auto end = std::size_t{3} + static_cast<std::size_t>(buffer[0] << 8 | buffer[1]);
    if (buffer.size() < end) return std::nullopt;
    ipa_frame out{buffer[2], base::bytes(buffer.begin() + 3, buffer.begin() + static_cast<std::ptrdiff_t>(end))};
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(end));
    return out;
}

base::bytes encode_ccm(ccm what) {
    const auto byte = static_cast<std::uint8_t>(what);
    return encode_ipa(ipa_ccm, {&byte, 1});
}

base::bytes encode_ipa_identity(std::string_view unit_name) {
    constexpr std::uint8_t serial = 0x00;
    constexpr std::uint8_t name = 0x01;
    constexpr std::uint8_t unit_id = 0x08;
    base::bytes payload{static_cast<std::uint8_t>(ccm::id_response)};
    const auto add = [&payload](std::uint8_t tag, std::string_view text) {
        ENSURE(text.size() < 200);
        payload.push_back(0);
        payload.push_back(static_cast<std::uint8_t>(text.size() + 2));  // counts the tag and the closing zero
        payload.push_back(tag);
        payload.insert(payload.end(), text.begin(), text.end());
        payload.push_back(0);
    };
    add(unit_id, "0/0/0");
    add(name, unit_name);
    add(serial, unit_name);
    return encode_ipa(ipa_ccm, payload);
}

}  // namespace keepline::link
