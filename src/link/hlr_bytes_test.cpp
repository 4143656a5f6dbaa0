// The three codecs under the HLR connector: IPA, GSUP, and the text of CTRL and VTY. Bytes and texts are those captured
// from osmo-hlr 1.5.0 (test/peers/README.md).
#include "base/property.hpp"
#include "link/gsup_message.hpp"
#include "link/hlr_text.hpp"
#include "link/ipa_frame.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

base::bytes bytes_of(std::string_view hex) { return base::from_hex(hex).value(); }
base::bytes hlr_octets(std::string_view text) { return {text.begin(), text.end()}; }

const auto captured_imsi = base::imsi::trusted("901700000000123");

TEST(ipa_frame, frames_are_taken_one_by_one_from_a_stream) {
    auto in =
        bytes_of("0001fe000028ee00534554203120737562736372696265722e63726561746520393031373030303030303030313233");
    const auto ping = take_ipa_frame(in);
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->protocol, ipa_ccm);
    EXPECT_EQ(ping->payload, base::bytes{0});
    const auto request = take_ipa_frame(in);
    ASSERT_TRUE(request);
    EXPECT_EQ(base::text(request->payload).substr(1), "SET 1 subscriber.create 901700000000123");
    EXPECT_FALSE(take_ipa_frame(in));
}

TEST(ipa_frame, the_identity_carries_unit_id_name_and_serial) {
    EXPECT_EQ(base::hex(encode_ipa_identity("VLR-TEST")),
              "0022fe050007"
              "08302f302f3000"
              "000a01564c522d5445535400"
              "000a00564c522d5445535400");
    EXPECT_EQ(base::hex(encode_ccm(ccm::pong)), "0001fe01");
}

TEST(gsup_message, an_update_location_is_what_a_vlr_sends) {
    EXPECT_EQ(base::hex(encode_update_location(captured_imsi)), "04010809710000000021f3280102");
}

TEST(gsup_message, the_refusal_names_subscriber_and_cause) {
    const auto barred = decode_gsup(bytes_of("05010809710000000021f302010b"));
    ASSERT_TRUE(barred);
    EXPECT_EQ(barred->type, gsup_type::update_location_error);
    EXPECT_EQ(barred->imsi, captured_imsi.text());
    EXPECT_EQ(barred->cause, cause_plmn_not_allowed);
    const auto pushed = decode_gsup(bytes_of("14010809710000000021f3"));
    EXPECT_EQ(pushed->type, gsup_type::delete_data_request);
    EXPECT_EQ(base::hex(encode_gsup({gsup_type::delete_data_result, pushed->imsi, {}})), "16010809710000000021f3");
    EXPECT_TRUE(
        decode_gsup(bytes_of("10010809710000000021f3080807683108108300f0280102")));  // unknown elements are skipped
}

TEST(gsup_message, what_is_cut_or_no_digits_is_no_message) {
    for (const char* bad : {"", "0501", "050108097100", "0501020a10", "05010209f1f1", "0502", "05020205 05"})
        EXPECT_FALSE(decode_gsup(base::from_hex(bad).value_or(base::bytes{}))) << bad;
    EXPECT_FALSE(decode_gsup(bytes_of("0502020b0b")));
}

TEST(hlr_text, ctrl_replies_are_told_apart) {
    const auto created = parse_ctrl_reply("SET_REPLY 1 subscriber.create 1");
    EXPECT_EQ(created->what, ctrl_reply::verb::done);
    EXPECT_EQ(created->id, "1");
    EXPECT_EQ(created->variable, "subscriber.create");
    const auto error = parse_ctrl_reply("ERROR 3 No such subscriber.");
    EXPECT_EQ(error->what, ctrl_reply::verb::error);
    EXPECT_EQ(error->text, "No such subscriber.");
    EXPECT_EQ(parse_ctrl_reply("ERROR err Request type unknown")->id, "err");
    for (const char* bad : {"", "GET_REPLY", "GET_REPLY 1", "HELLO 1 x", "ERROR"})
        EXPECT_FALSE(parse_ctrl_reply(bad)) << bad;
}

TEST(hlr_text, a_subscribers_info_is_read_and_strange_access_modes_count_as_service) {
    const auto info =
        parse_ctrl_info("\nid\t1\nimsi\t901700000000123\nmsisdn\t8613800138000\nnam_cs\t1\nnam_ps\t0\nms_purged_cs\t0");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->msisdn, "8613800138000");
    EXPECT_TRUE(info->cs);
    EXPECT_FALSE(info->ps);
    EXPECT_TRUE(parse_ctrl_info("\nimsi\t1\nnam_cs\t\nnam_ps\tno")->ps);
    EXPECT_FALSE(parse_ctrl_info("\nimsi\t901700000000123\nnam_cs\t0"));
    EXPECT_FALSE(parse_ctrl_info("\nnam_cs\t0\nnam_ps\t0"));
}

TEST(hlr_text, the_greeting_ends_with_a_prompt_behind_telnet_negotiation) {
    auto in = hlr_octets("Welcome to the OsmoHLR VTY interface\r\n\r\nCopyright\r\n");
    for (const int b : {0xff, 0xfb, 0x01, 0xff, 0xfb, 0x03, 0xff, 0xfe, 0x22, 0xff, 0xfd, 0x1f})
        in.push_back(static_cast<std::uint8_t>(b));
    EXPECT_FALSE(take_vty_answer(in));
    for (const char c : std::string_view("OsmoHLR> ")) in.push_back(static_cast<std::uint8_t>(c));
    const auto greeting = take_vty_answer(in);
    ASSERT_TRUE(greeting);
    EXPECT_FALSE(greeting->enabled);
    EXPECT_TRUE(in.empty());
}

TEST(hlr_text, silence_is_success_and_percent_is_an_error) {
    auto done = hlr_octets("subscriber imsi 901700000000123 update network-access-mode none\r\nOsmoHLR# ");
    const auto answer = take_vty_answer(done);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->enabled);
    EXPECT_EQ(answer->text, "");
    EXPECT_FALSE(vty_says_error(*answer));
    auto unknown = hlr_octets("subscriber …\r\n% No subscriber for imsi = '901700000000999'\r\nOsmoHLR# ");
    EXPECT_TRUE(vty_says_unknown_subscriber(*take_vty_answer(unknown)));
    auto wrong = hlr_octets("x\r\n% Unknown command.\r\nhlr-2# ");
    EXPECT_TRUE(vty_says_error(*take_vty_answer(wrong)));
    for (const char* part : {"OsmoHLR", "OsmoHLR#", "a b# ", "% x# ", "text\r\n"}) {
        auto in = hlr_octets(part);
        EXPECT_FALSE(take_vty_answer(in)) << part;
    }
}

TEST(hlr_text, clients_of_one_name_are_counted_as_the_hlr_lists_them) {
    const vty_answer list{
        " 'keepline-1' from 127.0.0.1:34610, CS=0, PS=0\n 'keepline-1' from 127.0.0.1:34618, CS=0, PS=0\n"
        " 'keepline-10' from 127.0.0.1:34620, CS=1, PS=0\n 'VLR' from 127.0.0.1:1, CS=1, PS=0\n",
        true};
    EXPECT_EQ(vty_clients_named(list, "keepline-1"), 2);
    EXPECT_EQ(vty_clients_named(list, "keepline-10"), 1);
    EXPECT_EQ(vty_clients_named(list, "keepline"), 0);
    EXPECT_EQ(vty_clients_named({"% Unknown command.\n", true}, "keepline-1"), 0);
}

TEST(hlr_bytes, hostile_bytes_are_read_to_an_answer) {
    EXPECT_HOLDS("never crashes", [](base::bytes in) {
        (void)decode_gsup(in);
        const std::string text(base::text(in));
        (void)parse_ctrl_reply(text);
        (void)parse_ctrl_info(text);
        auto frames = in;
        while (take_ipa_frame(frames)) {
        }
        (void)take_vty_answer(in);
    });
}

}  // namespace
}  // namespace keepline::link
