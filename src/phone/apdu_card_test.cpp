// APDUs: channels, SELECT, chains, GET RESPONSE; lpac's lines of JSON; the notifications' signatures; what ES10c does
// and refuses.
#include "phone/es10_link.hpp"
#include "phone/scripted_smdp.hpp"
#include "phone/stdio_card.hpp"
#include "phone/vpcd_card.hpp"

#include <gtest/gtest.h>

namespace keepline::phone {
namespace {

using testing::test_metadata;
using testing::test_pki;

struct card_fixture : ::testing::Test {
    test_pki pki;
    euicc card{pki.card(), {}, {}};
    apdu_card apdus{card};

    std::string say(const char* hex) { return base::hex(apdus.transmit(*base::from_hex(hex))); }
    void select() { say("00a4040010a0000005591010ffffffff8900000100"); }
    void give_profile(const char* iccid, bool ppr1 = false, bool ppr2 = false) {
        installed_profile one;
        one.iccid = iccid;
        one.aid = "a0000005591010ffffffff89000010" + std::string(card.memory().profiles.empty() ? "00" : "01");
        one.rules = {{{1, 2, 3}, "smdp.example.com"}};
        one.ppr1 = ppr1;
        one.ppr2 = ppr2;
        one.ci = base::hex(pki.ci.cert.subject_key_id());
        card.memory().profiles.push_back(one);
    }
    std::uint64_t result_of(std::uint32_t tag, const bytes& command) {
        const auto answer = card.command(command);
        return *unsigned_value(only(only(answer.data, tag)->value, 0x80)->value);
    }
    static bytes chosen(std::uint32_t tag, const char* iccid) {
        return make(tag, {make(0xA0, make(0x5A, iccid_swapped(iccid))), make(0x81, bytes{0xFF})});
    }
};

TEST_F(card_fixture, store_data_needs_the_isd_r) {
    EXPECT_EQ(say("80e2910003bf2e00"), "6985");
    EXPECT_EQ(say("00a4040007a0000000871002"), "6a82");
}

TEST_F(card_fixture, select_answers_with_the_template_of_the_isd_r) {
    const auto first = say("00a4040010a0000005591010ffffffff8900000100");
    ASSERT_EQ(first.substr(0, 2), "61");
    const auto fci = say(("00c00000" + first.substr(2)).c_str());
    EXPECT_NE(fci.find("e0058203020500"), std::string::npos);
    EXPECT_EQ(fci.substr(fci.size() - 4), "9000");
}

TEST_F(card_fixture, channels_open_and_close) {
    EXPECT_EQ(say("0070000001"), "019000");
    EXPECT_EQ(say("0070000001"), "029000");
    EXPECT_EQ(say("01a4040010a0000005591010ffffffff8900000100").substr(0, 2), "61");
    EXPECT_EQ(say("82e2910003bf2e00"), "6985") << "selected on channel 1 only";
    EXPECT_EQ(say("81e2910003bf2e00").substr(0, 2), "61");
    EXPECT_EQ(say("00708001"), "9000");
    EXPECT_EQ(say("81e2910003bf2e00"), "6881");
    EXPECT_EQ(say("80aa00000aa9088100820101830107"), "9000");
}

TEST_F(card_fixture, a_command_may_come_in_blocks_and_the_answer_too) {
    select();
    EXPECT_EQ(say("80e2110002bf3e"), "9000");
    EXPECT_EQ(say("80e2910103035c01"), "6a80") << "the command was not complete";
    EXPECT_EQ(say("80e2110002bf3e"), "9000");
    EXPECT_EQ(say("80e29101045c015a00").substr(0, 2), "6a");
    EXPECT_EQ(say("80e2110003bf3e03"), "9000");
    EXPECT_EQ(say("80e29101035c015a"), "6115");
    EXPECT_EQ(say("80c0000005"), "bf3e125a106110");
    EXPECT_EQ(say("80c0000010"), pki.eid + "9000");
}

TEST_F(card_fixture, blocks_out_of_order_are_refused) {
    select();
    EXPECT_EQ(say("80e2110002bf3e"), "9000");
    EXPECT_EQ(say("80e2910203035c015a"), "6a86");
}

TEST_F(card_fixture, extended_lengths_and_le_are_understood) {
    select();
    const auto answer = say("80e29100000006bf3e035c015a0000");
    EXPECT_EQ(answer, "bf3e125a10" + pki.eid + "9000");
}

TEST_F(card_fixture, the_apdu_way_and_the_direct_way_say_the_same) {
    apdu_link link(apdus);
    direct_link direct(card);
    const auto command = make(0xBF22, bytes{});
    EXPECT_EQ(link.command(command).data, direct.command(command).data);
    const auto unknown = make(0xBF7E, bytes(700, 1));
    EXPECT_EQ(link.command(unknown).status, 0x6A88);
}

TEST_F(card_fixture, lpacs_lines_are_answered) {
    stdio_card lines(apdus, nullptr);
    EXPECT_EQ(lines.answer(R"({"type":"apdu","payload":{"func":"connect","param":null}})"),
              R"({"type":"apdu","payload":{"ecode":0}})");
    EXPECT_EQ(
        lines.answer(
            R"({"type":"apdu","payload":{"func":"logic_channel_open","param":"A0000005591010FFFFFFFF8900000100"}})"),
        R"({"type":"apdu","payload":{"ecode":1}})");
    EXPECT_EQ(lines.answer(R"({"type":"apdu","payload":{"func":"transmit","param":"81E2910006BF3E035C015A"}})"),
              R"({"type":"apdu","payload":{"ecode":0,"data":"6115"}})");
    EXPECT_EQ(lines.answer(R"({"type":"apdu","payload":{"func":"transmit","param":"81C0000015"}})"),
              R"({"type":"apdu","payload":{"ecode":0,"data":"bf3e125a10)" + pki.eid + R"(9000"}})");
    EXPECT_EQ(lines.answer(R"({"type":"apdu","payload":{"func":"logic_channel_close","param":"01"}})"),
              R"({"type":"apdu","payload":{"ecode":0}})");
    EXPECT_FALSE(lines.answer(R"({"type":"lpa","payload":{"code":0}})"));
    EXPECT_FALSE(lines.answer("nonsense"));
}

TEST_F(card_fixture, a_virtual_reader_powers_the_card_asks_for_its_atr_and_sends_apdus) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ::listen(listener, 1);
    socklen_t size = sizeof at;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    bytes received;
    std::thread reader([&] {
        const int client = ::accept(listener, nullptr, nullptr);
        const auto send = [&](const bytes& data) {
            EXPECT_EQ(::send(client, data.data(), data.size(), 0), std::ssize(data));
        };
        const auto receive = [&](std::size_t count) {
            bytes in(count);
            EXPECT_EQ(::recv(client, in.data(), count, MSG_WAITALL), std::ssize(in));
            append(received, in);
        };
        send({0x00, 0x01, 0x01});
        send({0x00, 0x01, 0x04});
        receive(2 + answer_to_reset().size());
        send({0x00, 0x05, 0x00, 0x70, 0x00, 0x00, 0x01});
        receive(5);
        ::close(client);
    });
    auto connection = vpcd_connection::open("127.0.0.1:" + std::to_string(ntohs(at.sin_port)));
    if (connection) connection->serve(apdus, [] {});
    reader.join();
    ::close(listener);
    ASSERT_TRUE(connection);
    EXPECT_EQ(base::hex(received), "0016" + base::hex(answer_to_reset()) + "0003019000");
    EXPECT_EQ(base::hex(answer_to_reset()), "3b9f96801fc78031a073be21136743200718000001a5");
}

TEST_F(card_fixture, a_switch_notes_the_disable_and_the_enable_and_signs_both) {
    give_profile("8944476500001224158");
    give_profile("8944476500001224166");
    EXPECT_EQ(result_of(0xBF31, chosen(0xBF31, "8944476500001224158")), 0U);
    EXPECT_EQ(result_of(0xBF31, chosen(0xBF31, "8944476500001224158")), 2U);
    EXPECT_EQ(result_of(0xBF31, chosen(0xBF31, "8944476500001224166")), 0U);
    EXPECT_EQ(result_of(0xBF33, make(0xBF33, make(0x5A, iccid_swapped("8944476500001224166")))), 2U);
    EXPECT_EQ(result_of(0xBF33, make(0xBF33, make(0x5A, iccid_swapped("8944476500001224158")))), 0U);
    EXPECT_EQ(result_of(0xBF32, chosen(0xBF32, "8944476500009999999")), 1U);
    std::vector<int> events;
    for (const auto& one : card.memory().notifications) {
        events.push_back(one.event);
        const auto pending = *base::from_hex(one.pending);
        const auto whole = only(pending, 0x30);
        tlv_reader in(whole->value);
        const auto metadata = in.take(0xBF2F);
        const auto signature = in.take(0x5F37);
        const auto own = certificate::from_der(in.take(0x30)->whole);
        const auto manufacturer = certificate::from_der(in.take(0x30)->whole);
        ASSERT_TRUE(own && manufacturer && in.empty());
        EXPECT_TRUE(own->key().verify(metadata->whole, signature->value));
        EXPECT_TRUE(own->is_issued_by(*manufacturer));
        EXPECT_EQ(own->subject_serial(), pki.eid);
    }
    EXPECT_EQ(events, (std::vector{1, 2, 1, 3}));
    const auto listed = card.command(make(0xBF28, make_bits(0x81, {3})));
    EXPECT_EQ(elements(only(only(listed.data, 0xBF28)->value, 0xA0)->value)->size(), 1U);
    EXPECT_EQ(result_of(0xBF30, make(0xBF30, make_unsigned(0x80, 4))), 0U);
    EXPECT_EQ(result_of(0xBF30, make(0xBF30, make_unsigned(0x80, 4))), 1U);
}

TEST_F(card_fixture, policy_rules_hold) {
    give_profile("8944476500001224158", true, false);
    give_profile("8944476500001224166", false, true);
    EXPECT_EQ(result_of(0xBF31, chosen(0xBF31, "8944476500001224158")), 0U);
    EXPECT_EQ(result_of(0xBF32, chosen(0xBF32, "8944476500001224158")), 3U);
    EXPECT_EQ(result_of(0xBF31, chosen(0xBF31, "8944476500001224166")), 3U);
    EXPECT_EQ(result_of(0xBF33, make(0xBF33, make(0x5A, iccid_swapped("8944476500001224166")))), 3U);
}

TEST(eids, have_right_check_digits) {
    // SGP.29's rule, counted by hand in another way: digit by digit from the left.
    for (const std::uint64_t number : {0ULL, 1ULL, 123451234512345ULL}) {
        const auto eid = make_eid("89049032", number);
        ASSERT_EQ(eid.size(), 32U);
        int rest = 0;
        for (const char c : eid) rest = (rest * 10 + (c - '0')) % 97;
        EXPECT_EQ(rest, 1);
    }
}

TEST(activation_codes, are_read_strictly) {
    const auto full = parse_activation_code("LPA:1$smdp.example.com$K2-AB$2.999.10$1");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->address, "smdp.example.com");
    EXPECT_EQ(full->matching_id, "K2-AB");
    EXPECT_EQ(full->oid, "2.999.10");
    EXPECT_TRUE(full->needs_confirmation);
    EXPECT_FALSE(parse_activation_code("1$smdp.example.com$")->needs_confirmation);
    for (const char* wrong :
         {"", "LPA:2$a$b", "LPA:1$$b", "LPA:1$a", "LPA:1$a$b+c", "LPA:1$a$b$1.x", "LPA:1$a$b$$2", "LPA:1$a$b$$1$"})
        EXPECT_FALSE(parse_activation_code(wrong)) << wrong;
    EXPECT_EQ(base::hex(oid_bytes("2.999.10")), "88370a");
    EXPECT_EQ(oid_text(oid_bytes("2.999.10")), "2.999.10");
    EXPECT_EQ(oid_text(oid_bytes("1.3.6.1.4.1.99999")), "1.3.6.1.4.1.99999");
}

}  // namespace
}  // namespace keepline::phone
