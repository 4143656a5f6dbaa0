#include "sip/rtp.hpp"

#include "sip/info_body.hpp"
#include "sip/rates.hpp"
#include "sip/terms.hpp"
#include "sip/voice.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace keepline::sip {

namespace {

std::vector<std::uint8_t> bytes_of(const rtp_packet& of) {
    std::vector<std::uint8_t> out(rtp_header_bytes);
    put_rtp_header(of, std::span(out).first<rtp_header_bytes>());
    out.insert(out.end(), of.payload.begin(), of.payload.end());
    return out;
}

rtp_packet event(std::uint32_t timestamp, std::array<std::uint8_t, 4>& payload, bool marker = false) {
    return {96, marker, 1, timestamp, 7, payload};
}

constexpr const char* offer_with_events =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18 0 8 97\r\n"
    "a=rtpmap:97 telephone-event/8000\r\n";

}  // namespace

TEST(rtp, is_read_as_it_was_written) {
    const std::array<std::uint8_t, 3> payload{1, 2, 3};
    const auto bytes = bytes_of({8, true, 0xfffe, 0xdeadbeef, 0x01020304, payload});
    const auto read = rtp_in(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->type, 8);
    EXPECT_TRUE(read->marker);
    EXPECT_EQ(read->sequence, 0xfffe);
    EXPECT_EQ(read->timestamp, 0xdeadbeefU);
    EXPECT_EQ(read->source, 0x01020304U);
    EXPECT_EQ(std::vector(read->payload.begin(), read->payload.end()), (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST(rtp, skips_sources_extensions_and_padding_and_nothing_beyond_its_end) {
    std::vector<std::uint8_t> bytes{0xb1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 0, 0, 0, 1, 9, 9, 9, 9, 5, 0, 2};
    const auto read = rtp_in(bytes);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->payload.size(), 1U);
    EXPECT_EQ(read->payload[0], 5);
    for (std::size_t shorter = 0; shorter < 24; ++shorter)
        EXPECT_FALSE(rtp_in(std::span(bytes).first(shorter))) << shorter;
    bytes.back() = 200;
    EXPECT_FALSE(rtp_in(bytes)) << "more padding than there is";
    bytes[0] = 0x40;
    EXPECT_FALSE(rtp_in(bytes)) << "of another version";
}

TEST(telephone_events, are_one_press_however_often_they_are_sent) {
    event_listener listens;
    std::array<std::uint8_t, 4> five{5, 10, 0, 160};
    EXPECT_EQ(listens.hears(event(1000, five, true)), '5');
    EXPECT_FALSE(listens.hears(event(1000, five)));
    five[1] |= 0x80;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(listens.hears(event(1000, five)));
    EXPECT_FALSE(listens.hears(event(500, five))) << "came late";
    EXPECT_EQ(listens.hears(event(2000, five)), '5') << "its first packets were lost; the same key again";
    std::array<std::uint8_t, 4> flash{16, 10, 0, 160};
    EXPECT_FALSE(listens.hears(event(3000, flash)));
    EXPECT_FALSE(listens.hears({96, false, 1, 4000, 7, std::span(flash).first(3)})) << "cut short";
}

TEST(telephone_events, longer_than_a_duration_can_say_are_one_press) {
    event_listener listens;
    std::array<std::uint8_t, 4> held{1, 10, 0xff, 0xff};
    EXPECT_EQ(listens.hears(event(1000, held, true)), '1');
    EXPECT_FALSE(listens.hears(event(1000 + 0xffff, held)));
}

TEST(keys, of_a_storm_come_at_a_persons_pace) {
    key_pace pace(10);
    int let = 0;
    for (int i = 0; i < 1000; ++i) let += pace.lets(5000 + i) ? 1 : 0;
    EXPECT_EQ(let, 10);
    EXPECT_TRUE(pace.lets(7000));
}

TEST(info, names_a_key_in_either_form) {
    EXPECT_EQ(key_in_info("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), '5');
    EXPECT_EQ(key_in_info("Application/DTMF-Relay; x=y", "duration = 1\nsignal= *"), '*');
    EXPECT_EQ(key_in_info("application/dtmf-relay", "Signal=11"), '#');
    EXPECT_EQ(key_in_info("application/dtmf", " 7\r\n"), '7');
    EXPECT_FALSE(key_in_info("application/dtmf", "77"));
    EXPECT_FALSE(key_in_info("application/dtmf", "A"));
    EXPECT_FALSE(key_in_info("text/plain", "Signal=5"));
    EXPECT_FALSE(key_in_info("application/dtmf-relay", ""));
}

TEST(identity, is_digits_or_nothing) {
    EXPECT_EQ(number_in("\"Wang\" <sip:+8613800138000@trunk.example;user=phone>;tag=1"), "+8613800138000");
    EXPECT_EQ(number_in("<tel:+86-138-0013-8000>"), "+8613800138000");
    EXPECT_EQ(number_in("13800138000"), "13800138000");
    EXPECT_EQ(number_in("<sip:anonymous@anonymous.invalid>"), "");
    EXPECT_EQ(number_in("+"), "");
    EXPECT_EQ(number_in(std::string(500, '1')), "");
    EXPECT_EQ(status_in_fragment("SIP/2.0 503 Service Unavailable\r\n"), 503);
    EXPECT_EQ(status_in_fragment("SIP/2.0 2x0"), 0);
    EXPECT_EQ(status_in_fragment("HTTP/1.1 200 OK"), 0);
}

TEST(terms, are_what_both_speak_by_their_numbers) {
    const auto theirs = sound_side_in(offer_with_events);
    ASSERT_TRUE(theirs);
    const auto both = agreed(*theirs, offered_by::them);
    ASSERT_TRUE(both);
    EXPECT_EQ(both->address, "192.0.2.1");
    EXPECT_EQ(both->port, 4000);
    EXPECT_EQ(both->type, 0) << "the first of theirs that we speak";
    EXPECT_EQ(both->with, law::u);
    EXPECT_EQ(both->event_types, (std::vector{97}));
    EXPECT_EQ(agreed(*theirs, offered_by::us)->event_types, (std::vector{97, 101}));
    EXPECT_TRUE(both->we_send);
}

TEST(terms, are_answered_stream_by_stream) {
    const auto theirs = sound_side_in(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\nt=0 0\r\nm=video 6000 RTP/AVP "
        "31\r\nm=audio 4000 RTP/AVP 18 100 101\r\na=rtpmap:100 pcma/8000/1\r\na=rtpmap:101 telephone-event/8000\r\n");
    ASSERT_TRUE(theirs);
    const auto answer = sound_answer(*theirs, {"198.51.100.9", 40'000, 7, 2});
    EXPECT_EQ(
        answer,
        "v=0\r\no=keepline 7 2 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=video 0 RTP/AVP 31\r\n"
        "m=audio 40000 RTP/AVP 100 101\r\na=rtpmap:100 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=recvonly\r\n");
    EXPECT_TRUE(sound_side_in(answer)) << "we read what we write";
    EXPECT_EQ(sound_side_in(sound_offer({"2001:db8::9", 40'000, 7, 1}))->address, "2001:db8::9");
}

TEST(terms, on_hold_we_are_silent_and_a_refusal_is_none) {
    const auto held = sound_side_in(std::string(offer_with_events) + "a=sendonly\r\n");
    EXPECT_FALSE(agreed(*held, offered_by::them)->we_send);
    std::string nowhere = offer_with_events;
    nowhere.replace(nowhere.find("c=IN IP4 192.0.2.1"), 18, "c=IN IP4 0.0.0.0");
    EXPECT_FALSE(agreed(*sound_side_in(nowhere), offered_by::them)->we_send);
    std::string refused = offer_with_events;
    refused.replace(refused.find("4000"), 4, "0");
    EXPECT_FALSE(agreed(*sound_side_in(refused), offered_by::them));
}

TEST(terms, of_what_is_broken_are_none) {
    const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    for (const auto& wrong :
         {std::string(), std::string("v=0\r\n"), std::string("\r\n"), head + "m=audio 4000 RT\xb9/AVP 0\r\n",
          head + "m=audio\r\n", head + "m=audio 99999 RTP/AVP 0\r\n", head + "m=audio 4000 RTP/AVP\r\n",
          head + "Duration=160\r\nm=audio 4000 RTP/AVP 0\r\n", head + "m=audio 4000 RTP/SAVP 0\r\n",
          std::string("v=0\r\nc=IN IP4 trunk.example\r\nm=audio 4000 RTP/AVP 0\r\n"),
          std::string("v=0\r\nm=audio 4000 RTP/AVP 0\r\n"), head + std::string(20'000, 'x')})
        EXPECT_FALSE(sound_side_in(wrong)) << wrong;
    std::string many = head;
    for (int i = 0; i < 17; ++i) many += "m=audio 4000 RTP/AVP 0\r\n";
    EXPECT_FALSE(sound_side_in(many));
}

TEST(voice, comes_back_as_it_went_but_for_the_grain_of_g711) {
    std::vector<std::int16_t> in;
    for (int value = INT16_MIN; value <= INT16_MAX; value += 7) in.push_back(static_cast<std::int16_t>(value));
    for (const auto with : {law::a, law::u}) {
        std::vector<std::uint8_t> coded(in.size());
        std::vector<std::int16_t> out(in.size());
        to_g711(with, in, coded);
        from_g711(with, coded, out);
        for (std::size_t i = 0; i < in.size(); ++i)
            EXPECT_LE(std::abs(in[i] - out[i]), 16 + std::abs(in[i]) / 16) << in[i];
    }
}

TEST(tones, are_keys) {
    tone_listener listens;
    std::string heard;
    std::vector<std::int16_t> frame(frame_samples);
    int at = 0;
    for (int i = 0; i < 16; ++i) {
        for (auto& sample : frame) {
            const double t = 2 * std::numbers::pi * ++at / 8000;
            sample =
                i < 8 ? static_cast<std::int16_t>(7000 * (std::sin(t * 852) + std::sin(t * 1477))) : std::int16_t{0};
        }
        if (const auto key = listens.hears(frame)) heard += *key;
    }
    EXPECT_EQ(heard, "9");
}

TEST(rates, are_counted_by_name_and_window) {
    window_counts counts(1000, 2);
    EXPECT_TRUE(counts.lets("a", 100));
    EXPECT_TRUE(counts.lets("a", 200));
    EXPECT_FALSE(counts.lets("a", 300));
    EXPECT_TRUE(counts.lets("b", 300));
    EXPECT_TRUE(counts.lets("a", 1200));
}

}  // namespace keepline::sip
