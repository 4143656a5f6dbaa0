#include "phone/es10_link.hpp"

#include <algorithm>

namespace keepline::phone {

namespace {

constexpr std::size_t block_size = 255;

std::uint16_t status_of(byte_view response) {
    return static_cast<std::uint16_t>(response[response.size() - 2] << 8 | response[response.size() - 1]);
}

}  // namespace

apdu_link::~apdu_link() {
    if (channel_ == 0) return;
    const bytes close{0x00, 0x70, 0x80, static_cast<std::uint8_t>(channel_)};
    card_.transmit(close);
}

std::uint8_t apdu_link::class_byte(std::uint8_t plain) const {
    return static_cast<std::uint8_t>(channel_ < 4 ? plain | channel_ : plain | 0x40 | (channel_ - 4));
}

bool apdu_link::open() {
    const bytes capability{0x80, 0xAA, 0x00, 0x00, 0x05, 0xA9, 0x03, 0x83, 0x01, 0x07};
    card_.transmit(capability);
    const bytes manage{0x00, 0x70, 0x00, 0x00, 0x01};
    const auto opened = card_.transmit(manage);
    if (opened.size() != 3 || status_of(opened) != 0x9000) return false;
    channel_ = opened[0];
    bytes select{class_byte(0x00), 0xA4, 0x04, 0x00, static_cast<std::uint8_t>(isdr_aid.size())};
    append(select, isdr_aid);
    const auto selected = card_.transmit(select);
    return status_of(selected) == 0x9000 || status_of(selected) >> 8 == 0x61;
}

es10_answer apdu_link::command(byte_view der) {
    if (channel_ == 0 && !open()) return {{}, 0x6A82};
    bytes response;
    std::uint8_t number = 0;
    do {
        const auto count = std::min(block_size, der.size());
        const bool last = count == der.size();
        bytes store{class_byte(0x80), 0xE2, static_cast<std::uint8_t>(last ? 0x91 : 0x11), number++,
                    static_cast<std::uint8_t>(count)};
        append(store, der.first(count));
        der = der.subspan(count);
        response = card_.transmit(store);
        if (!last && status_of(response) != 0x9000) return {{}, status_of(response)};
    } while (!der.empty());
    bytes data(response.begin(), response.end() - 2);
    while (status_of(response) >> 8 == 0x61) {
        const bytes fetch{class_byte(0x80), 0xC0, 0x00, 0x00, response.back()};
        response = card_.transmit(fetch);
        append(data, byte_view(response).first(response.size() - 2));
    }
    return {std::move(data), status_of(response)};
}

}  // namespace keepline::phone
