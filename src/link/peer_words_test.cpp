#include "link/peer_words.hpp"

#include "link/peer_judge.hpp"
#include "port/connector.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

TEST(peer_words, every_status_of_smpp_has_a_name_words_and_whom_it_concerns) {
    using enum concerns;
    // Written down a second time, by what an operator would want: what stops everybody, what slows everybody down, what
    // may be either. All the rest is one message's.
    const std::set<std::uint32_t> of_peer{0x03, 0x04, 0x05, 0x0d, 0x0e, 0x0f, 0x53, 0x100, 0x102, 0x103};
    const std::set<std::uint32_t> of_either{0x06, 0x07, 0x08, 0x0a, 0x14, 0x15, 0x43, 0x45, 0x48,  0x49,
                                            0x50, 0x51, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xff, 0x101, 0x105};
    const std::set<std::uint32_t> may_pass{0x03, 0x04, 0x05, 0x08, 0x0d, 0x0e, 0x0f,  0x14,  0x45,
                                           0x53, 0x58, 0x64, 0x66, 0xfe, 0xff, 0x100, 0x102, 0x103};
    std::set<std::string_view> names;
    for (const auto& one : smpp_words()) {
        const auto wanted = of_peer.contains(one.status)     ? peer
                            : of_either.contains(one.status) ? either
                            : one.status == 0x58             ? throttle
                                                             : message;
        EXPECT_EQ(one.whom, wanted) << one.name;
        EXPECT_EQ(one.again, may_pass.contains(one.status)) << one.name;
        EXPECT_TRUE(one.name.starts_with("ESME_R")) << one.name;
        EXPECT_FALSE(one.words.empty()) << one.name;
        names.insert(one.name);
    }
    EXPECT_EQ(names.size(), smpp_words().size());
    EXPECT_EQ(smpp_words().size(), 66U) << "all of SMPP 3.4 §5.1.3 and 5.0 §4.7.6 but ESME_ROK";
    EXPECT_EQ(smpp_answer(0x58).words, "The SMSC answered 0x00000058 (ESME_RTHROTTLED): throttled.");
    EXPECT_EQ(smpp_answer(0x423).words, "The SMSC answered 0x00000423: an error of its vendor's own.");
    for (const std::uint32_t unknown : {0x10U, 0x423U, 0xffffffffU}) {
        EXPECT_EQ(smpp_answer(unknown).whom, either);
        EXPECT_FALSE(smpp_answer(unknown).again);
    }
}

TEST(peer_words, a_reply_is_read_with_its_enhanced_code_and_without_its_text) {
    EXPECT_EQ(parse_smtp_reply("452 4.2.2 li@customer.example is full\r\n"), (smtp_reply{452, 2, 2}));
    EXPECT_EQ(parse_smtp_reply("250-SIZE 1000"), (smtp_reply{250, -1, -1}));
    EXPECT_EQ(parse_smtp_reply("421"), (smtp_reply{421, -1, -1}));
    EXPECT_EQ(parse_smtp_reply("550 5.7.100 no"), (smtp_reply{550, 7, 100}));
    EXPECT_EQ(parse_smtp_reply("550 4.2.2 a class of its own"), (smtp_reply{550, -1, -1}));
    for (const auto* odd : {"", "25", "abc", "2x0 ok", "550x5.1.1"})
        EXPECT_EQ(parse_smtp_reply(odd).subject, -1) << odd;
    for (const auto* odd : {"", "25", "abc", "2x0 ok"}) EXPECT_EQ(parse_smtp_reply(odd).code, 0) << odd;
}

TEST(peer_words, replies_of_a_mail_server_concern_the_mailbox_the_server_or_its_pace) {
    using enum concerns;
    const std::map<std::string, concerns> wanted{
        {"452 4.2.2", message},  {"452 4.3.1", peer},     {"452", either},
        {"421 4.7.0", peer},     {"421", peer},           {"450 4.2.1", message},
        {"450", message},        {"451 4.7.1", either},   {"451", either},
        {"550 5.1.1", message},  {"550", either},         {"550 5.7.1", either},
        {"552 5.2.2", message},  {"552 5.3.4", message},  {"553 5.1.7", peer},
        {"554 5.6.0", message},  {"554", either},         {"450 4.7.28", throttle},
        {"451 4.4.5", throttle}, {"452 4.5.3", throttle}, {"530 5.7.0", peer},
        {"535 5.7.8", peer},     {"454 4.7.0", peer},     {"451 4.3.2", peer},
        {"451 4.3.0", either},   {"556 5.1.10", message}, {"499", either},
        {"599 5.9.9", either},   {"450 4.4.1", message},  {"521", peer},
    };
    for (const auto& [line, whom] : wanted) {
        const auto got = smtp_answer(parse_smtp_reply(line), smtp_stage::recipient);
        EXPECT_EQ(got.whom, whom) << line;
        EXPECT_EQ(got.again, line[0] == '4') << line;
        EXPECT_TRUE(got.words.contains(line.substr(0, 3))) << got.words;
        EXPECT_EQ(smtp_answer(parse_smtp_reply(line), smtp_stage::session).whom, whom == throttle ? throttle : peer);
        EXPECT_NE(smtp_answer(parse_smtp_reply(line), smtp_stage::sender).whom, message) << line;
    }
    EXPECT_EQ(smtp_answer({452, 2, 2}, smtp_stage::recipient).words,
              "The mail server answered 452 4.2.2: the mailbox is full.");
}

// Fails when a row stands behind another that takes everything of it.
TEST(peer_words, every_row_of_the_table_of_replies_is_some_replys) {
    std::set<std::string_view> reached;
    for (int code = 400; code < 600; ++code)
        for (int subject = -1; subject < 10; ++subject)
            for (int detail = subject < 0 ? -1 : 0; detail < (subject < 0 ? 0 : 40); ++detail) {
                const auto words = smtp_answer({code, subject, detail}, smtp_stage::data).words;
                for (const auto& row : smtp_words())
                    if (words.ends_with(": " + std::string(row.words) + ".")) reached.insert(row.words);
            }
    for (const auto& row : smtp_words()) EXPECT_TRUE(reached.contains(row.words)) << row.words;
}

TEST(peer_judge, what_may_be_either_is_the_messages_until_several_addresses_in_a_row_get_it) {
    peer_judge judge;
    const auto full = smpp_answer(0x14);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(judge.judge(full, "+861").what, base::code::peer_garbled) << "one handset";
    for (const auto* to : {"+862", "+863", "+864"}) EXPECT_EQ(judge.judge(full, to).what, base::code::peer_garbled);
    const auto fifth = judge.judge(full, "+865");
    EXPECT_EQ(fifth.what, base::code::too_many);
    ASSERT_NE(port::said(fifth, port::again_in_ms), nullptr) << "the SMSC lives: asked again soon";
    judge.passed();
    EXPECT_EQ(judge.judge(full, "+866").what, base::code::peer_garbled) << "one passed: a message's again";
}

TEST(peer_judge, a_full_mailbox_is_never_the_servers_and_a_refused_login_always) {
    peer_judge judge;
    for (int i = 0; i < 320; ++i)
        EXPECT_EQ(judge.judge(smtp_answer({452, 2, 2}, smtp_stage::recipient), std::to_string(i)).what,
                  base::code::peer_garbled);
    EXPECT_EQ(judge.judge(smtp_answer({550, 1, 1}, smtp_stage::recipient), "x").what, base::code::peer_refused);
    EXPECT_EQ(judge.judge(smtp_answer({535, 7, 8}, smtp_stage::session), "x").what, base::code::peer_unreachable);
}

TEST(peer_judge, several_addresses_in_a_row_count_whatever_the_words) {
    peer_judge judge;
    for (int i = 0; i < 4; ++i)
        EXPECT_NE(judge.judge(smpp_answer(i % 2 == 0 ? 0x08 : 0x45), std::to_string(i)).what, base::code::too_many)
            << i;
    EXPECT_EQ(judge.judge(smpp_answer(0x45), "4").what, base::code::too_many);
}

TEST(peer_judge, a_last_word_for_several_addresses_in_a_row_ends_none_of_them) {
    for (const auto& last : {smpp_answer(0x0b), smtp_answer({550, 1, 1}, smtp_stage::recipient)}) {
        peer_judge judge;
        for (int i = 0; i < 4; ++i) EXPECT_EQ(judge.judge(last, std::to_string(i)).what, base::code::peer_refused) << i;
        EXPECT_EQ(judge.judge(last, "3").what, base::code::peer_refused) << "the same address again";
        EXPECT_EQ(judge.judge(last, "4").what, base::code::peer_garbled) << "tried again later";
        judge.passed();
        EXPECT_EQ(judge.judge(last, "5").what, base::code::peer_refused);
    }
}

TEST(peer_judge, a_cut_says_whether_the_message_may_have_been_taken) {
    peer_judge judge;
    const auto before = judge.cut("Cut.", false);
    EXPECT_EQ(before.what, base::code::peer_unreachable);
    EXPECT_NE(port::said(before, port::again_in_ms), nullptr);
    EXPECT_EQ(port::said(before, port::may_have_happened), nullptr);
    EXPECT_NE(port::said(judge.cut("Cut.", true), port::may_have_happened), nullptr);
}

}  // namespace
}  // namespace keepline::link
