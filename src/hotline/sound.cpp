#include "hotline/sound.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace keepline::hotline {

namespace {

constexpr double full_scale = 32'768;
constexpr std::int16_t top = 32'767;
constexpr std::size_t header_bytes = 44;
constexpr int rate_least = 8'000;
constexpr int rate_most = 192'000;

std::uint32_t number_at(std::string_view bytes, std::size_t at, int size) {
    std::uint32_t out = 0;
    for (int i = size - 1; i >= 0; --i)
        out = (out << 8U) | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
    return out;
}
void add_number(std::string& to, std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) to += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xffU);
}

std::unexpected<base::error> no_wav(const char* why) {
    return base::refuse(base::code::malformed, std::string("This is no WAV file of 16 bits: ") + why + ".");
}

double decibels(double of) { return of <= 0 ? -200.0 : 20 * std::log10(of / full_scale); }
std::int16_t clamped(double value) {
    return static_cast<std::int16_t>(std::lround(std::clamp(value, -full_scale, static_cast<double>(top))));
}

/// Below 80 Hz a telephone carries nothing but rumble.
samples without_rumble(const sound& of) {
    constexpr double corner_hz = 80;
    const double keeps = 1.0 / (1.0 + 2 * std::numbers::pi * corner_hz / of.rate);
    samples out;
    out.reserve(of.is.size());
    double before = 0;
    double last = 0;
    for (const auto one : of.is) {
        last = keeps * (last + one - before);
        before = one;
        out.push_back(clamped(last));
    }
    return out;
}

/// What is louder than a breath, with some room about it.
samples without_silence(const samples& in, int rate) {
    constexpr int audible = 200;
    const auto is_heard = [](std::int16_t one) { return std::abs(static_cast<int>(one)) > audible; };
    const auto first = std::ranges::find_if(in, is_heard);
    if (first == in.end()) return in;
    const auto last = std::find_if(in.rbegin(), in.rend(), is_heard).base();
    const std::ptrdiff_t room = rate / 50;
    const auto from = std::max(std::ptrdiff_t{0}, first - in.begin() - room);
    const auto to = std::min(static_cast<std::ptrdiff_t>(in.size()), last - in.begin() + room);
    return {in.begin() + from, in.begin() + to};
}

}  // namespace

result<sound> read_wav(std::string_view bytes) {
    if (bytes.size() < header_bytes || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WAVE")
        return no_wav("it does not begin as one");
    sound out;
    std::uint32_t channels = 0;
    constexpr std::size_t riff = 12;
    constexpr std::size_t chunk = 8;
    for (std::size_t at = riff; at + chunk <= bytes.size();) {
        const auto name = bytes.substr(at, 4);
        const std::size_t size = std::min<std::size_t>(number_at(bytes, at + 4, 4), bytes.size() - at - chunk);
        at += chunk;
        if (name == "fmt " && size >= 16) {
            const auto format = number_at(bytes, at, 2);
            channels = number_at(bytes, at + 2, 2);
            out.rate = static_cast<int>(std::min<std::uint32_t>(number_at(bytes, at + 4, 4), rate_most + 1));
            constexpr std::uint32_t extensible = 0xfffe;
            if ((format != 1 && format != extensible) || number_at(bytes, at + 14, 2) != 16)
                return no_wav("it is coded");
        } else if (name == "data") {
            if (channels == 0 || channels > 8) return no_wav("its channels are none or many");
            if (out.rate < rate_least || out.rate > rate_most) return no_wav("its rate is no rate of speech");
            const std::size_t step = 2 * static_cast<std::size_t>(channels);
            for (std::size_t i = 0; i + step <= size; i += step)
                out.is.push_back(static_cast<std::int16_t>(number_at(bytes, at + i, 2)));
            return out;
        }
        at += size + size % 2;
    }
    return no_wav("it has no sound in it");
}

std::string write_wav(const sound& of) {
    const auto bytes = static_cast<std::uint32_t>(of.is.size() * 2);
    std::string out = "RIFF";
    add_number(out, static_cast<std::uint32_t>(header_bytes) - 8 + bytes, 4);
    out += "WAVEfmt ";
    add_number(out, 16, 4);
    add_number(out, 1, 2);
    add_number(out, 1, 2);
    add_number(out, static_cast<std::uint32_t>(of.rate), 4);
    add_number(out, static_cast<std::uint32_t>(of.rate) * 2, 4);
    add_number(out, 2, 2);
    add_number(out, 16, 2);
    out += "data";
    add_number(out, bytes, 4);
    for (const auto one : of.is) add_number(out, static_cast<std::uint16_t>(one), 2);
    return out;
}

sound at_rate(const sound& of, int rate) {
    if (of.rate == rate || of.is.empty()) return {rate, of.is};
    constexpr int lobes = 16;
    const double step = static_cast<double>(of.rate) / rate;
    const double cut = std::min(1.0, 1.0 / step) * 0.95;
    const double reach = lobes / cut;
    sound out{rate, {}};
    const auto count = static_cast<std::size_t>(static_cast<double>(of.is.size()) / step);
    out.is.reserve(count);
    for (std::size_t n = 0; n < count; ++n) {
        const double at = static_cast<double>(n) * step;
        const auto from = static_cast<std::ptrdiff_t>(std::ceil(at - reach));
        const auto to = static_cast<std::ptrdiff_t>(std::floor(at + reach));
        double sum = 0;
        for (auto i = std::max<std::ptrdiff_t>(from, 0); i <= to && i < static_cast<std::ptrdiff_t>(of.is.size());
             ++i) {
            const double away = at - static_cast<double>(i);
            const double x = std::numbers::pi * away * cut;
            const double sinc = x == 0 ? 1 : std::sin(x) / x;
            const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * away / reach);
            sum += of.is[static_cast<std::size_t>(i)] * sinc * window * cut;
        }
        out.is.push_back(clamped(sum));
    }
    return out;
}

loudness loudness_of(const sound& of) {
    loudness out;
    constexpr std::int64_t audible = 100;
    double sum = 0;
    std::size_t heard = 0;
    int highest = 0;
    int row = 0;
    for (const auto one : of.is) {
        const int size = std::abs(static_cast<int>(one));
        highest = std::max(highest, size);
        row = size >= top ? row + 1 : 0;
        if (row >= 3) ++out.clipped;
        if (size < audible) continue;
        sum += static_cast<double>(size) * size;
        ++heard;
    }
    out.rms_db = heard == 0 ? -200 : decibels(std::sqrt(sum / static_cast<double>(heard)));
    out.peak_db = decibels(highest);
    return out;
}

sound levelled(const sound& of) {
    sound out{of.rate, without_silence(without_rumble(of), of.rate)};
    const auto now = loudness_of(out);
    if (now.rms_db < silent_below_db) return out;
    constexpr double headroom_db = -1;
    const double by = std::min(level_db - now.rms_db, headroom_db - now.peak_db);
    const double factor = std::pow(10.0, by / 20);
    for (auto& one : out.is) one = clamped(one * factor);
    return out;
}

}  // namespace keepline::hotline
