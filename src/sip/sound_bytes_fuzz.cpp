// Packets and texts of strangers: RTP, telephone events, keys by INFO, session descriptions.
#include "sip/info_body.hpp"
#include "sip/rtp.hpp"
#include "sip/terms.hpp"
#include "sip/voice.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace keepline::sip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes(data, size);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static event_listener listens;
    if (const auto packet = rtp_in(bytes)) {
        if (packet->payload.size() > size) std::abort();
        listens.hears(*packet);
        std::array<std::int16_t, 1500> samples{};
        from_g711(law::a, packet->payload.first(std::min(packet->payload.size(), samples.size())), samples);
    }
    const auto number = number_in(text);
    if (number.find_first_not_of("+0123456789") != std::string::npos) std::abort();
    key_in_info("application/dtmf-relay", text);
    status_in_fragment(text);
    if (const auto theirs = sound_side_in(text)) {
        if (const auto terms = agreed(*theirs, offered_by::them); terms && terms->laws.empty()) std::abort();
        const auto answer = sound_answer(*theirs, {"192.0.2.1", 4000, 1, 1});
        if (!theirs->laws.empty() && answer.size() < 16'000 && !sound_side_in(answer))
            std::abort();  // we read what we write
    }
    return 0;
}
