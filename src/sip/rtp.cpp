#include "sip/rtp.hpp"

#include <string_view>

namespace keepline::sip {

namespace {

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t count) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < count; ++i) out = out << 8 | bytes[at + i];
    return out;
}

void put_big_endian(std::uint32_t value, std::size_t count, std::uint8_t* into) {
    for (std::size_t i = count; i > 0; --i, value >>= 8) into[i - 1] = static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<rtp_packet> rtp_in(std::span<const std::uint8_t> bytes) {  // RFC 3550 §5.1
    if (bytes.size() < rtp_header_bytes || bytes[0] >> 6 != 2) return std::nullopt;
    const bool padded = (bytes[0] & 0x20) != 0;
    const bool extended = (bytes[0] & 0x10) != 0;
    std::size_t begin = rtp_header_bytes + 4U * (bytes[0] & 0x0fU);
    if (extended) {
        if (bytes.size() < begin + 4) return std::nullopt;
        begin += 4 + 4U * big_endian(bytes, begin + 2, 2);
    }
    if (bytes.size() < begin) return std::nullopt;
    auto payload = bytes.subspan(begin);
    if (padded) {
        if (payload.empty() || payload.back() == 0 || payload.back() > payload.size()) return std::nullopt;
        payload = payload.first(payload.size() - payload.back());
    }
    return rtp_packet{static_cast<std::uint8_t>(bytes[1] & 0x7f),
                      (bytes[1] & 0x80) != 0,
                      static_cast<std::uint16_t>(big_endian(bytes, 2, 2)),
                      big_endian(bytes, 4, 4),
                      big_endian(bytes, 8, 4),
                      payload};
}

void put_rtp_header(const rtp_packet& of, std::span<std::uint8_t, rtp_header_bytes> into) {
    into[0] = 0x80;
    into[1] = static_cast<std::uint8_t>((of.marker ? 0x80 : 0) | (of.type & 0x7f));
    put_big_endian(of.sequence, 2, into.data() + 2);
    put_big_endian(of.timestamp, 4, into.data() + 4);
    put_big_endian(of.source, 4, into.data() + 8);
}

std::optional<telephone_event> telephone_event_in(std::span<const std::uint8_t> payload) {  // RFC 4733 §2.3
    if (payload.size() < 4) return std::nullopt;
    return telephone_event{payload[0], (payload[1] & 0x80) != 0, static_cast<std::uint16_t>(big_endian(payload, 2, 2))};
}

std::optional<char> key_of_event(std::uint8_t code) {
    constexpr std::string_view keys = "0123456789*#";
    if (code >= keys.size()) return std::nullopt;
    return keys[code];
}

std::optional<char> event_listener::hears(const rtp_packet& with) {
    const auto event = telephone_event_in(with.payload);
    if (!event) return std::nullopt;
    if (last_ && last_->source == with.source) {
        const auto since = static_cast<std::int32_t>(with.timestamp - last_->timestamp);
        if (since < 0) return std::nullopt;  // came late, or again
        if (since == 0) {
            // An end may overtake; what is held goes on.
            last_->event.ended = last_->event.ended || event->ended;
            if (event->duration > last_->event.duration) last_->event.duration = event->duration;
            return std::nullopt;
        }
        // Longer than a duration can say: the next segment begins where this one ended (RFC 4733 §2.5.1.3).
        const bool goes_on = !last_->event.ended && !with.marker && event->code == last_->event.code &&
                             static_cast<std::uint32_t>(since) == last_->event.duration;
        last_ = press{with.source, with.timestamp, *event};
        if (goes_on) return std::nullopt;
        return key_of_event(event->code);
    }
    last_ = press{with.source, with.timestamp, *event};
    return key_of_event(event->code);
}

bool key_pace::lets(std::int64_t now_ms) {
    constexpr std::int64_t second_ms = 1000;
    if (now_ms - since_ms_ >= second_ms || now_ms < since_ms_) {
        since_ms_ = now_ms;
        counted_ = 0;
    }
    return ++counted_ <= most_;
}

}  // namespace keepline::sip
