// What goes over the wire while a call stands: RTP packets (RFC 3550) and telephone events (RFC 4733), from bytes and
// back. Pure values; strangers send the bytes. One thread each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace keepline::sip {

inline constexpr std::size_t rtp_header_bytes = 12;

struct rtp_packet {
    std::uint8_t type = 0;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t source = 0;  // SSRC
    std::span<const std::uint8_t> payload{};
};

/// Nothing: no RTP of version 2, or cut short. The payload lies in the same bytes.
std::optional<rtp_packet> rtp_in(std::span<const std::uint8_t> bytes);
/// The header only.
void put_rtp_header(const rtp_packet& of, std::span<std::uint8_t, rtp_header_bytes> into);

struct telephone_event {
    std::uint8_t code = 0;
    bool ended = false;
    std::uint16_t duration = 0;  // in samples
};

std::optional<telephone_event> telephone_event_in(std::span<const std::uint8_t> payload);
/// 0-9, * and #; nothing for A to D, flash and signals of modems.
std::optional<char> key_of_event(std::uint8_t code);

/// Hears each press once: an event is sent every 50 ms while the key is held, and its end three times (RFC 4733 §2.5).
class event_listener {
 public:
    std::optional<char> hears(const rtp_packet& with);

 private:
    struct press {
        std::uint32_t source = 0;
        std::uint32_t timestamp = 0;
        telephone_event event{};
    };
    std::optional<press> last_;
};

/// A storm of keys is let through at a person's pace: `most` within a second.
class key_pace {
 public:
    explicit key_pace(int most) : most_(most) {}
    bool lets(std::int64_t now_ms);

 private:
    int most_;
    int counted_ = 0;
    std::int64_t since_ms_ = 0;
};

}  // namespace keepline::sip
