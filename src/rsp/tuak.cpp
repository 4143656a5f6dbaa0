#include "rsp/tuak.hpp"

#include <algorithm>
#include <bit>

namespace keepline::rsp {

namespace {

using lanes = std::array<std::uint64_t, 25>;

constexpr std::array<std::uint64_t, 24> round_constants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

void theta(lanes& a) {
    std::array<std::uint64_t, 5> parity{};
    for (std::size_t x = 0; x < 5; ++x) parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (std::size_t x = 0; x < 5; ++x) {
        const auto change = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
        for (std::size_t y = 0; y < 25; y += 5) a[x + y] ^= change;
    }
}

/// Rho and pi in one walk (FIPS 202 §3.2.2 and §3.2.3): each lane is turned by a triangular number and moves on.
void rho_and_pi(lanes& a) {
    std::size_t x = 1;
    std::size_t y = 0;
    auto carried = a[1];
    for (int t = 0; t < 24; ++t) {
        const auto next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        const auto turned = std::rotl(carried, (t + 1) * (t + 2) / 2 % 64);
        carried = a[x + 5 * y];
        a[x + 5 * y] = turned;
    }
}

void chi(lanes& a) {
    for (std::size_t y = 0; y < 25; y += 5) {
        const std::array<std::uint64_t, 5> row{a[y], a[y + 1], a[y + 2], a[y + 3], a[y + 4]};
        for (std::size_t x = 0; x < 5; ++x) a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

}  // namespace

void keccak_f1600(keccak_state& state) {
    lanes a{};
    for (std::size_t i = 0; i < state.size(); ++i) a[i / 8] |= std::uint64_t{state[i]} << (8 * (i % 8));
    for (const auto constant : round_constants) {
        theta(a);
        rho_and_pi(a);
        chi(a);
        a[0] ^= constant;
    }
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = static_cast<std::uint8_t>(a[i / 8] >> (8 * (i % 8)));
}

base::result<tuak_operator_key> topc(base::byte_view key, const tuak_operator_key& top, unsigned iterations) {
    if ((key.size() != 16 && key.size() != 32) || iterations == 0 || iterations > 255)
        return base::refuse(base::code::invalid, "TUAK takes a key of 16 or 32 bytes and 1 to 255 iterations.");
    constexpr std::string_view algorithm = "TUAK1.0";
    keccak_state state{};  // TS 35.231 §6.2; each string is written last byte first
    std::reverse_copy(top.begin(), top.end(), state.begin());
    state[32] = key.size() == 32 ? 1 : 0;  // INSTANCE: only its last bit tells the length of K here
    std::reverse_copy(algorithm.begin(), algorithm.end(), state.begin() + 33);
    std::reverse_copy(key.begin(), key.end(), state.begin() + 64);
    state[96] = 0x1f;  // padding of the sponge with capacity 512
    state[135] = 0x80;
    for (unsigned i = 0; i < iterations; ++i) keccak_f1600(state);
    tuak_operator_key derived{};
    std::reverse_copy(state.begin(), state.begin() + 32, derived.begin());
    return derived;
}

}  // namespace keepline::rsp
