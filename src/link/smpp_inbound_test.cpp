#include "link/smpp_inbound.hpp"

#include "link/sms_text.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;
using text_fate = inbound_texts::fate;

constexpr base::instant noon{1'795'000'000'000};
base::instant later(base::duration d) { return {noon.ms + d.count()}; }

smpp_message text_of(const sms_segment& part, std::string from = "8613800138000") {
    smpp_message out;
    out.from = {1, 1, std::move(from)};
    out.to = {3, 0, "10099"};
    out.esm_class = part.has_header ? esm_has_header : 0;
    out.data_coding = part.coding;
    out.text = part.octets;
    return out;
}
smpp_message text_of(std::string_view words, std::string from = "8613800138000") {
    return text_of(sms_segments(words, 1).front(), std::move(from));
}

TEST(smpp_inbound, a_text_comes_as_it_was_written_whatever_its_alphabet) {
    const std::string odd = "[€uro] {|} ~^\\ @£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
    for (const auto& words :
         {std::string("STOP"), std::string("撤回"), odd, std::string("保号🧑‍🤝‍🧑🇨🇳")}) {
        inbound_texts texts{{}};
        const auto got = texts.take(text_of(words), noon);
        ASSERT_EQ(got.what, text_fate::whole) << words;
        EXPECT_EQ(got.message.text, words);
        EXPECT_EQ(got.message.from.text(), "+8613800138000");
        EXPECT_EQ(got.message.to, "10099");
        EXPECT_EQ(got.message.at, noon);
        EXPECT_TRUE(got.message.whole);
        EXPECT_TRUE(got.message.smsc_id.starts_with("mo-"));
        EXPECT_LE(got.message.smsc_id.size(), 40U);
    }
}

TEST(smpp_inbound, codings_are_those_of_smpp_and_of_the_gsm_network) {
    const base::bytes gsm{0x53, 0x54, 0x4f, 0x50};
    const base::bytes ucs{0x64, 0xa4, 0x56, 0xde};
    for (const int coding : {0x00, 0x01, 0x03, 0x10, 0x11, 0xf0, 0xf1, 0xc0, 0xd0})
        EXPECT_EQ(inbound_text(static_cast<std::uint8_t>(coding), gsm, smsc_alphabet::gsm), "STOP") << coding;
    for (const int coding : {0x08, 0x18, 0x19, 0xe0})
        EXPECT_EQ(inbound_text(static_cast<std::uint8_t>(coding), ucs, smsc_alphabet::gsm), "撤回") << coding;
    for (const int coding : {0x02, 0x04, 0x05, 0x14, 0xf4, 0xf5, 0x80})
        EXPECT_EQ(inbound_text(static_cast<std::uint8_t>(coding), gsm, smsc_alphabet::gsm), std::nullopt) << coding;
    EXPECT_EQ(inbound_text(8, base::bytes{0x64}, smsc_alphabet::gsm), std::nullopt) << "half a character";
    EXPECT_EQ(inbound_text(0, base::bytes{0xe9}, smsc_alphabet::latin_1), "é");
    EXPECT_EQ(inbound_text(0, base::bytes{0xc3, 0xa9}, smsc_alphabet::utf_8), "é");
    EXPECT_EQ(inbound_text(0, base::bytes{0x05}, smsc_alphabet::gsm), "é");
    EXPECT_EQ(inbound_text(0, base::bytes{0xff, 0x1b}, smsc_alphabet::gsm), "\uFFFD");
    EXPECT_EQ(inbound_text(8, base::bytes{0xd8, 0x3d, 0x00, 0x41}, smsc_alphabet::gsm), "\uFFFDA") << "half a pair";
}

TEST(smpp_inbound, a_long_text_is_put_together_in_any_order_and_over_any_header) {
    const std::string words = std::string(60, 'a') + "撤回我的注销申请" + std::string(100, 'b');
    const auto parts = sms_segments(words, 7);
    ASSERT_EQ(parts.size(), 3U);
    inbound_texts texts{{}};
    EXPECT_EQ(texts.take(text_of(parts[2]), noon).what, text_fate::part);
    EXPECT_EQ(texts.take(text_of(parts[0]), noon).what, text_fate::part);
    EXPECT_EQ(texts.take(text_of(parts[0]), noon).what, text_fate::part) << "the same part twice";
    EXPECT_EQ(texts.take(text_of(parts[1], "8613900139000"), noon).what, text_fate::part) << "of somebody else";
    const auto got = texts.take(text_of(parts[1]), later(3s));
    ASSERT_EQ(got.what, text_fate::whole);
    EXPECT_EQ(got.message.text, words);

    // A reference of 16 bits, and the SAR parameters.
    inbound_texts others{{}};
    for (int i = 1; i <= 2; ++i) {
        smpp_message wide = text_of("x");
        wide.esm_class = esm_has_header;
        wide.text = {6, 0x08, 4, 0x12, 0x34, 2, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>('0' + i)};
        const auto one = others.take(wide, noon);
        EXPECT_EQ(one.what, i == 2 ? text_fate::whole : text_fate::part);
        if (i == 2) EXPECT_EQ(one.message.text, "12");
        smpp_message sar = text_of(i == 1 ? "KE" : "EP");
        sar.extra = {
            {tlv_sar_reference, {0, 9}}, {tlv_sar_total, {2}}, {tlv_sar_number, {static_cast<std::uint8_t>(i)}}};
        const auto two = others.take(sar, noon);
        EXPECT_EQ(two.what, i == 2 ? text_fate::whole : text_fate::part);
        if (i == 2) EXPECT_EQ(two.message.text, "KEEP");
    }
    smpp_message payload = text_of("x");
    payload.text.clear();
    payload.extra = {{tlv_message_payload, {'S', 'T', 'O', 'P'}}};
    EXPECT_EQ(others.take(payload, noon).message.text, "STOP");
}

TEST(smpp_inbound, headers_that_make_no_sense_or_are_for_a_program_are_no_text) {
    for (const auto& octets : std::vector<base::bytes>{{9, 0, 3, 1, 2, 1, 'x'},           // longer than all of it
                                                       {5, 0, 9, 1, 2, 1, 'x'},           // an element too long
                                                       {5, 0, 3, 1, 2, 3, 'x'},           // part 3 of 2
                                                       {5, 0, 3, 1, 0, 0, 'x'},           // of none
                                                       {6, 5, 4, 0x0b, 0x84, 0, 0, 'x'},  // ports: WAP push
                                                       {}}) {
        inbound_texts texts{{}};
        auto message = text_of("x");
        message.esm_class = esm_has_header;
        message.text = octets;
        EXPECT_EQ(texts.take(message, noon).what, text_fate::unreadable) << base::hex(octets);
    }
    inbound_texts texts{{}};
    EXPECT_EQ(texts.take(text_of("  \n"), noon).what, text_fate::unreadable);
}

TEST(smpp_inbound, the_sender_is_a_number_in_e164_or_nobody) {
    const auto sender = [](std::uint8_t ton, std::string digits, std::string_view country = "") {
        const auto got = sender_of({ton, 1, std::move(digits)}, country);
        return got ? got->text() : "";
    };
    EXPECT_EQ(sender(1, "8613800138000"), "+8613800138000");
    EXPECT_EQ(sender(0, "8613800138000"), "+8613800138000");
    EXPECT_EQ(sender(0, "+8613800138000"), "+8613800138000");
    EXPECT_EQ(sender(0, "008613800138000"), "+8613800138000");
    EXPECT_EQ(sender(0, "13800138000", "86"), "+8613800138000");
    EXPECT_EQ(sender(2, "13800138000", "86"), "+8613800138000");
    EXPECT_EQ(sender(2, "07700900123", "44"), "+447700900123");
    EXPECT_EQ(sender(2, "13800138000"), "") << "of which country?";
    EXPECT_EQ(sender(5, "Bank"), "");
    EXPECT_EQ(sender(3, "10086"), "");
    EXPECT_EQ(sender(1, ""), "");
}

TEST(smpp_inbound, the_same_again_soon_is_a_repeat_and_later_it_is_meant) {
    inbound_texts texts{{}};
    const auto first = texts.take(text_of("KEEP"), noon);
    ASSERT_EQ(first.what, text_fate::whole);
    EXPECT_EQ(texts.take(text_of("KEEP"), later(1s)).what, text_fate::under_way) << "not settled yet: not now, please";
    texts.settled(first.message, true, later(2s));
    EXPECT_EQ(texts.take(text_of("KEEP"), later(10s)).what, text_fate::repeat);
    EXPECT_EQ(texts.take(text_of("STOP"), later(11s)).what, text_fate::whole);
    EXPECT_EQ(texts.take(text_of("KEEP", "8613900139000"), later(11s)).what, text_fate::whole);
    const auto second = texts.take(text_of("KEEP"), later(40s));
    ASSERT_EQ(second.what, text_fate::whole) << "the customer says it again";
    EXPECT_NE(second.message.smsc_id, first.message.smsc_id);
    // After a restart, nothing is remembered, but the id is the same: whoever took it already knows it.
    inbound_texts restarted{{}};
    EXPECT_EQ(restarted.take(text_of("KEEP"), later(60s)).message.smsc_id, first.message.smsc_id);
}

TEST(smpp_inbound, what_was_not_taken_comes_again_under_the_same_id) {
    inbound_texts texts{{}};
    const auto parts = sms_segments(std::string(200, 'x'), 3);
    texts.take(text_of(parts[0]), noon);
    const auto first = texts.take(text_of(parts[1]), noon);
    texts.settled(first.message, false, later(1s));
    const auto again = texts.take(text_of(parts[1]), later(2s));  // only the last part was not acknowledged
    ASSERT_EQ(again.what, text_fate::whole);
    EXPECT_EQ(again.message.smsc_id, first.message.smsc_id);
    EXPECT_EQ(again.message.text, std::string(200, 'x'));
    texts.settled(again.message, true, later(3s));
    EXPECT_TRUE(texts.overdue(later(1h)).empty());
}

TEST(smpp_inbound, parts_that_never_come_are_waited_for_a_while_and_the_rest_is_handed_over) {
    inbound_texts texts{{}};
    const auto parts = sms_segments(std::string(153, 'a') + std::string(153, 'b') + "STOP", 9);
    texts.take(text_of(parts[0]), noon);
    texts.take(text_of(parts[2]), noon);
    EXPECT_TRUE(texts.overdue(later(9min)).empty());
    const auto late = texts.overdue(later(10min));
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0].text, std::string(153, 'a') + "[…]STOP");
    EXPECT_FALSE(late[0].whole);
    EXPECT_TRUE(texts.overdue(later(11min)).empty());
}

TEST(smpp_inbound, one_sender_is_read_so_often_and_no_more) {
    inbound_settings how;
    how.per_sender_hour = 3;
    how.per_sender_day = 4;
    inbound_texts texts{how};
    const auto send = [&](int n, base::duration at, std::string from = "8613800138000") {
        const auto got = texts.take(text_of("word " + std::to_string(n), std::move(from)), later(at));
        if (got.what == text_fate::whole) texts.settled(got.message, true, later(at));
        return got.what;
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(send(i, 1min), text_fate::whole);
    EXPECT_EQ(send(4, 2min), text_fate::over_limit);
    EXPECT_EQ(send(5, 2min, "8613900139000"), text_fate::whole) << "somebody else";
    EXPECT_EQ(send(6, 61min), text_fate::whole);
    EXPECT_EQ(send(7, 62min), text_fate::over_limit) << "the day's";
    EXPECT_EQ(send(8, 25h), text_fate::whole);
}

TEST(smpp_inbound, words_that_are_always_read_pass_the_limit_and_do_not_use_it_up) {
    inbound_settings how;
    how.per_sender_hour = 2;
    how.always_read = [](std::string_view text) { return text == "NOTME"; };
    inbound_texts texts{how};
    const auto send = [&](std::string_view words, base::duration at) { return texts.take(text_of(words), later(at)); };
    const auto first = send("NOTME", 1min);
    ASSERT_EQ(first.what, text_fate::whole);
    texts.settled(first.message, false, later(1min));  // not now: gives nothing back that it had not used
    EXPECT_EQ(send("one", 1min).what, text_fate::whole);
    EXPECT_EQ(send("two", 1min).what, text_fate::whole);
    EXPECT_EQ(send("three", 1min).what, text_fate::over_limit) << "somebody sends in the owner's name";
    EXPECT_EQ(send("NOTME", 2min).what, text_fate::whole) << "the owner";
    EXPECT_EQ(send("NOTME", 2min).what, text_fate::under_way) << "a repeat is one, still";
}

TEST(smpp_inbound, an_id_does_not_tell_who_has_not_the_secret_what_it_was_made_of) {
    inbound_settings ours;
    ours.secret.fill(1);
    inbound_texts texts{ours};
    inbound_texts restarted{ours};
    inbound_texts guessing{{}};
    const auto id = texts.take(text_of("STOP"), noon).message.smsc_id;
    EXPECT_EQ(restarted.take(text_of("STOP"), noon).message.smsc_id, id);
    EXPECT_NE(guessing.take(text_of("STOP"), noon).message.smsc_id, id);
}

TEST(smpp_inbound, one_sender_has_few_long_texts_open_and_does_not_stop_those_of_others) {
    inbound_texts texts{{}};
    const auto part = [&](int reference, std::uint8_t number, std::string from) {
        smpp_message one = text_of("x", std::move(from));
        one.esm_class = esm_has_header;
        one.text = {6, 0x08,   4,  static_cast<std::uint8_t>(reference >> 8), static_cast<std::uint8_t>(reference),
                    2, number, 'x'};
        return texts.take(one, later(base::duration{reference})).what;
    };
    EXPECT_EQ(part(5'000, 1, "8613900139000"), text_fate::part);
    for (int i = 0; i < 2'500; ++i) EXPECT_EQ(part(i, 1, "8613800138000"), text_fate::part);
    EXPECT_EQ(texts.take_lost(), 2'492U) << "told, not dropped in silence";
    EXPECT_EQ(texts.take_lost(), 0U);
    EXPECT_EQ(part(5'000, 2, "8613900139000"), text_fate::whole) << "somebody else's";
    EXPECT_EQ(part(2'491, 2, "8613800138000"), text_fate::part) << "dropped: the eighth before the last stays";
    EXPECT_EQ(part(2'499, 2, "8613800138000"), text_fate::whole);
}

TEST(smpp_inbound, no_long_text_has_more_parts_than_an_octet_counts) {
    inbound_texts texts{{}};
    smpp_message sar = text_of("x");
    sar.extra = {{tlv_sar_reference, {0, 9}}, {tlv_sar_total, {1, 0}}, {tlv_sar_number, {1}}};
    EXPECT_NE(texts.take(sar, noon).what, text_fate::part);
    sar.extra[1].value = {255};
    EXPECT_EQ(texts.take(sar, noon).what, text_fate::part);
}

TEST(smpp_inbound, an_unfinished_text_over_the_limit_is_told_of) {
    inbound_settings how;
    how.per_sender_hour = 1;
    inbound_texts texts{how};
    const auto parts = sms_segments(std::string(200, 'a'), 9);
    EXPECT_EQ(texts.take(text_of(parts[0]), noon).what, text_fate::part);
    EXPECT_EQ(texts.take(text_of("one"), later(9min)).what, text_fate::whole);
    EXPECT_TRUE(texts.overdue(later(10min)).empty());
    EXPECT_EQ(texts.take_lost(), 1U);
}

}  // namespace
}  // namespace keepline::link
