#include "link/smpp_pdu.hpp"

#include "base/property.hpp"

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

base::bytes pdu_octets(std::string_view text) { return {text.begin(), text.end()}; }

smpp_message receipt(std::string_view text) {
    smpp_message out;
    out.esm_class = esm_type_receipt;
    out.text = pdu_octets(text);
    return out;
}

TEST(smpp_pdu, a_stream_is_cut_into_pdus_wherever_it_breaks) {
    const auto one = encode_smpp(smpp_command::enquire_link, smpp_status::ok, 7);
    const auto two = encode_smpp(smpp_command::submit_sm_resp, smpp_status::throttled, 8, pdu_octets("1f\0"));
    base::bytes stream = one;
    stream.insert(stream.end(), two.begin(), two.end());
    base::bytes in;
    std::vector<smpp_pdu> got;
    for (const auto byte : stream) {
        in.push_back(byte);
        auto pdu = take_smpp_pdu(in);
        ASSERT_TRUE(pdu);
        if (*pdu) got.push_back(**pdu);
    }
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].command, smpp_command::enquire_link);
    EXPECT_EQ(got[1].status, smpp_status::throttled);
    EXPECT_EQ(got[1].sequence, 8U);
    EXPECT_TRUE(in.empty());
}

TEST(smpp_pdu, a_length_that_cannot_be_is_refused_at_once) {
    for (const auto& head :
         {base::bytes{0, 0, 0, 15}, base::bytes{0xff, 0xff, 0xff, 0xff}, base::bytes{'H', 'T', 'T', 'P'}}) {
        auto in = head;
        in.resize(16);
        EXPECT_EQ(take_smpp_pdu(in).error().what, base::code::peer_garbled);
    }
}

TEST(smpp_pdu, a_message_survives_coding_and_decoding) {
    smpp_message what;
    what.from = address_of("Keepline");
    what.to = address_of("+8613800138000");
    what.esm_class = esm_has_header;
    what.registered_delivery = 1;
    what.data_coding = 8;
    what.text = {5, 0, 3, 1, 2, 1, 0x4f, 0xdd};
    what.extra = {{tlv_idempotency_key, pdu_octets("k-1")}};
    EXPECT_EQ(decode_message(encode_message(what)), what);
    EXPECT_EQ(what.to, (smpp_address{1, 1, "8613800138000"}));
    EXPECT_EQ(what.from, (smpp_address{5, 0, "Keepline"}));
    EXPECT_EQ(address_of("10099"), (smpp_address{3, 0, "10099"}));
}

TEST(smpp_pdu, a_message_cut_anywhere_is_no_message) {
    auto body = encode_message(receipt("id:1 stat:DELIVRD"));
    while (!body.empty()) {
        body.pop_back();
        EXPECT_FALSE(decode_message(body)) << body.size();
    }
}

TEST(smpp_pdu, a_receipt_is_read_from_its_text) {
    const auto got = receipt_of(
        receipt("id:1f sub:001 dlvrd:001 submit date:2611221602 done date:2611221602 stat:DELIVRD err:000 text:id:9"));
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, (delivery_receipt{"1f", "DELIVRD", true}));
    EXPECT_EQ(receipt_from_text("ID:7 STAT:UNDELIV")->outcome, "UNDELIV");
    EXPECT_FALSE(receipt_from_text("id:7 stat:ENROUTE")->is_final);
    for (const char* bad : {"", "id: stat:DELIVRD", "id:7", "stat:DELIVRD", "paid:7 stat:X", "id:7 stat:"})
        EXPECT_FALSE(receipt_from_text(bad)) << bad;
}

TEST(smpp_pdu, only_a_text_of_a_receipts_whole_form_is_an_unmarked_one) {
    const auto said = [](std::string_view words) {
        auto out = receipt(words);
        out.esm_class = 0;
        return unmarked_receipt(out).has_value();
    };
    EXPECT_TRUE(said("id:1f sub:001 dlvrd:001 submit date:2611221602 done date:2611221602 stat:DELIVRD err:000"));
    for (const char* other : {"id:1f stat:DELIVRD", "id:1f sub:001 stat:DELIVRD", "my id:7 please", "sub:1 dlvrd:1"})
        EXPECT_FALSE(said(other)) << other;
}

TEST(smpp_pdu, the_tlvs_of_a_receipt_win_over_its_text) {
    auto what = receipt("id:31 stat:DELIVRD");
    what.extra = {{tlv_receipted_message_id, pdu_octets(std::string_view("1f\0", 3))}, {tlv_message_state, {5}}};
    EXPECT_EQ(*receipt_of(what), (delivery_receipt{"1f", "UNDELIV", true}));
    what.text = pdu_octets("no form we know");
    EXPECT_EQ(*receipt_of(what), (delivery_receipt{"1f", "UNDELIV", true}));
    what.extra.pop_back();
    EXPECT_EQ(receipt_of(what)->outcome, "UNKNOWN");
}

TEST(smpp_pdu, a_customers_text_is_no_receipt_whatever_it_says) {
    auto what = receipt("id:1f stat:DELIVRD");
    what.esm_class = 0;
    EXPECT_FALSE(receipt_of(what));
}

TEST(smpp_pdu, a_message_id_is_printable_and_ends) {
    EXPECT_EQ(decode_message_id(pdu_octets(std::string_view("1f\0", 3))), "1f");
    EXPECT_FALSE(decode_message_id(pdu_octets("1f")));
    EXPECT_FALSE(decode_message_id(pdu_octets(std::string_view("\0", 1))));
    EXPECT_FALSE(decode_message_id(pdu_octets(std::string_view("a b\0", 4))));
    EXPECT_FALSE(decode_message_id(pdu_octets(std::string(66, 'a') + std::string(1, '\0'))));
}

TEST(smpp_pdu, hostile_bodies_are_read_to_an_answer) {
    EXPECT_HOLDS("never crashes; what decodes encodes again", [](const base::bytes& body) {
        (void)decode_message_id(body);
        if (const auto message = decode_message(body)) (void)receipt_of(*message);
    });
}

}  // namespace
}  // namespace keepline::link
