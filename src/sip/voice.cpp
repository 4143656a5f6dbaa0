#include "sip/voice.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <sys/types.h>

extern "C" {
#include <re/re_types.h>
// one after the other
#include <re/re_mem.h>
#include <rem/rem_dtmf.h>
#include <rem/rem_g711.h>
}

namespace keepline::sip {

void to_g711(law with, std::span<const std::int16_t> samples, std::span<std::uint8_t> into) {
    ENSURE(into.size() >= samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto one =
            std::max<std::int16_t>(samples[i], -INT16_MAX);  // librem reads beside its table for the lowest
        into[i] = with == law::a ? g711_pcm2alaw(one) : g711_pcm2ulaw(one);
    }
}

void from_g711(law with, std::span<const std::uint8_t> bytes, std::span<std::int16_t> into) {
    ENSURE(into.size() >= bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        into[i] = with == law::a ? g711_alaw2pcm(bytes[i]) : g711_ulaw2pcm(bytes[i]);
}

tone_listener::tone_listener() {
    constexpr unsigned rate = 8000;
    ENSURE(::dtmf_dec_alloc(&decoder_, rate, 1, pressed, this) == 0);
}

tone_listener::~tone_listener() { ::mem_deref(decoder_); }

void tone_listener::pressed(char key, void* self) {
    if (std::string_view("0123456789*#").find(key) != std::string_view::npos)
        static_cast<tone_listener*>(self)->key_ = key;
}

std::optional<char> tone_listener::hears(std::span<const std::int16_t> samples) {
    key_.reset();
    ::dtmf_dec_probe(decoder_, samples.data(), samples.size());
    return key_;
}

}  // namespace keepline::sip
