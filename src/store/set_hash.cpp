#include "store/set_hash.hpp"

#include <sodium.h>

namespace keepline::store {

set_hash::set_hash(base::byte_view kept) {
    if (kept.size() != 2 * lanes) return;
    for (std::size_t i = 0; i < lanes; ++i) sums_[i] = static_cast<std::uint16_t>(kept[2 * i] | (kept[2 * i + 1] << 8));
}

base::bytes set_hash::bytes() const {
    base::bytes out(2 * lanes);
    for (std::size_t i = 0; i < lanes; ++i) {
        out[2 * i] = static_cast<std::uint8_t>(sums_[i]);
        out[2 * i + 1] = static_cast<std::uint8_t>(sums_[i] >> 8);
    }
    return out;
}

void set_hash::change(const base::digest& row, int sign) {
    std::array<std::uint8_t, 2 * lanes> stretched{};
    static constexpr std::array<std::uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce{};
    crypto_stream_chacha20(stretched.data(), stretched.size(), nonce.data(), row.data());
    for (std::size_t i = 0; i < lanes; ++i) {
        const auto lane = static_cast<std::uint16_t>(stretched[2 * i] | (stretched[2 * i + 1] << 8));
        sums_[i] = static_cast<std::uint16_t>(sign > 0 ? sums_[i] + lane : sums_[i] - lane);
    }
}

}  // namespace keepline::store
