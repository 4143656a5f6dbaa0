// Sound of prompts: WAV files in and out, at another rate, as loud as the others, and what is wrong with a take. Pure;
// any thread.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::hotline {

using base::result;
using samples = std::vector<std::int16_t>;

struct sound {
    int rate = 0;  // a second
    samples is;
};

/// RIFF WAVE, PCM of 16 bits; of several channels the first. Hostile bytes are refused: code::malformed.
result<sound> read_wav(std::string_view bytes);
std::string write_wav(const sound& of);

/// By a windowed sinc: nothing above half of the lower rate is left.
sound at_rate(const sound& of, int rate);
/// Silence at both ends is cut, rumble taken out, and the loudness brought to that of all takes.
sound levelled(const sound& of);

struct loudness {
    double rms_db = 0;   // of what is not silence, against full scale
    double peak_db = 0;  // the same
    int clipped = 0;     // samples in rows at full scale
};
loudness loudness_of(const sound& of);

inline constexpr double silent_below_db = -45;
inline constexpr double loud_above_db = -12;
inline constexpr double level_db = -20;

}  // namespace keepline::hotline
