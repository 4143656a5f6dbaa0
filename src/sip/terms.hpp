// What two ends agree on for the sound of a call: session descriptions (SDP, RFC 4566), read and written, and the rules
// of offer and answer (RFC 3264) for one audio stream of G.711. Ours, and no library's: strangers write these before
// anything is known of them (decision 73). Pure; bounded by the size of what is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keepline::sip {

enum class law : std::uint8_t { a, u };  // G.711

/// A stream of a description, "m=": an answer names each again.
struct media_line {
    std::string kind;  // "audio"
    std::uint16_t port = 0;
    std::string protocol;  // "RTP/AVP"
    std::vector<std::string> formats;
};

/// What one end wrote, and the first audio stream of it over plain RTP.
struct sound_side {
    std::vector<media_line> lines;
    std::size_t audio = 0;   // which of them
    std::string address;     // an IP address
    std::uint16_t port = 0;  // 0: refused
    bool sends = true;
    bool hears = true;
    std::vector<std::pair<int, law>> laws;  // payload types, the preferred first
    int event_type = -1;                    // of telephone-event at 8,000 a second; -1: none
};

struct sound_terms {
    std::string address;  // where they hear
    std::uint16_t port = 0;
    bool we_send = true;  // not while we are on hold
    law with = law::a;    // what we send
    int type = 8;
    std::vector<std::pair<int, law>> laws;  // what they may send
    std::vector<int> event_types;           // of keys; none: no events
};

/// Nothing: it is broken, too long, or has no audio over plain RTP at an IP address (no name is looked up for a
/// stranger).
std::optional<sound_side> sound_side_in(std::string_view description);

/// Whose offer it was decides by whose payload types they send. Nothing: no codec in common, or one that was refused.
enum class offered_by : std::uint8_t { us, them };
std::optional<sound_terms> agreed(const sound_side& theirs, offered_by whom);

/// Where we are, and which of our descriptions it is.
struct our_place {
    std::string address;
    std::uint16_t port = 0;
    std::uint64_t session = 0;
    std::uint64_t version = 1;
};
/// G.711 A and µ, and keys as telephone events.
std::string sound_offer(const our_place& at);
/// Their types, their order, the mirrored direction; every other stream is refused.
std::string sound_answer(const sound_side& theirs, const our_place& at);

}  // namespace keepline::sip
