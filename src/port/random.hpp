// The seam to randomness: unpredictable bytes for ids, nonces, tokens and keys.
#pragma once

#include "base/bytes.hpp"

#include <span>

namespace keepline::port {

class random {
 public:
    virtual ~random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    /// `bytes` random bytes in the lower-case alphabet people can read aloud.
    std::string token(std::size_t bytes) {
        base::bytes raw(bytes);
        fill(raw);
        return base::base32(raw);
    }
};

/// Repeats itself under a seed. For tests and simulation; one thread.
class fake_random final : public random {
 public:
    explicit fake_random(std::uint64_t seed) : state_(seed * 2 + 1) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {  // splitmix64
            state_ += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = state_;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            byte = static_cast<std::uint8_t>(z >> 56);
        }
    }

 private:
    std::uint64_t state_;
};

}  // namespace keepline::port
