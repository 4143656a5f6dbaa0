// Samples and what a narrow call carries of them: G.711, and keys that are heard as tones. Over librem.
#pragma once

#include "sip/terms.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

struct dtmf_dec;

namespace keepline::sip {

inline constexpr std::size_t frame_samples = 160;  // 20 ms at 8,000 a second

void to_g711(law with, std::span<const std::int16_t> samples, std::span<std::uint8_t> into);
void from_g711(law with, std::span<const std::uint8_t> bytes, std::span<std::int16_t> into);

/// Keys as tones (ITU-T Q.23), for callers whose network sends no telephone events. One thread.
class tone_listener {
 public:
    tone_listener();
    ~tone_listener();
    tone_listener(const tone_listener&) = delete;
    tone_listener& operator=(const tone_listener&) = delete;
    /// The key that ended in these samples.
    std::optional<char> hears(std::span<const std::int16_t> samples);

 private:
    static void pressed(char key, void* self);
    dtmf_dec* decoder_ = nullptr;
    std::optional<char> key_;
};

}  // namespace keepline::sip
