#include "link/smpp_transport.hpp"

#include "link/scripted_peer.hpp"
#include "link/smpp_pdu.hpp"

#include <condition_variable>
#include <map>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;

/// A small SMSC: binds, answers as told, remembers what it was given.
class fake_smsc {
 public:
    explicit fake_smsc(std::function<smpp_status(const smpp_message&)> answer =
                           [](const auto&) { return smpp_status::ok; })
        : answer_(std::move(answer)), peer([this](scripted_connection& c) { serve(c); }) {}

    std::vector<smpp_message> submits() {
        const std::scoped_lock held(mutex_);
        return submits_;
    }
    /// The statuses of deliver_sm_resp, once there are `count`.
    std::vector<smpp_status> acknowledged(std::size_t count) {
        std::unique_lock held(mutex_);
        changed_.wait_for(held, 5s, [&] { return acknowledged_.size() >= count; });
        return acknowledged_;
    }
    long count(smpp_command command) {
        const std::scoped_lock held(mutex_);
        return std::ranges::count(commands_, command);
    }
    bool saw(smpp_command command) {
        std::unique_lock held(mutex_);
        return changed_.wait_for(held, 5s, [&] { return std::ranges::find(commands_, command) != commands_.end(); });
    }

 private:
    void serve(scripted_connection& c) {
        std::uint32_t next_id = 0x1f;
        for (;;) {
            auto pdu = take_smpp_pdu(c.buffer());
            if (!pdu) return;
            if (!*pdu) {
                if (!c.receive(c.buffer())) return;
                continue;
            }
            const auto& got = **pdu;
            {
                const std::scoped_lock held(mutex_);
                commands_.push_back(got.command);
                if (got.command == smpp_command::deliver_sm_resp) acknowledged_.push_back(got.status);
                changed_.notify_all();
            }
            switch (got.command) {
                case smpp_command::bind_transceiver:
                case smpp_command::bind_transmitter:
                case smpp_command::bind_receiver:
                    c.send(encode_smpp(answer_to(got.command), bind_status, got.sequence, base::view("SMSC\0")));
                    if (got.command != smpp_command::bind_transmitter)
                        for (const auto& [command, body] : on_bind)
                            c.send(encode_smpp(command, smpp_status::ok, 77, body));
                    break;
                case smpp_command::submit_sm: submit(c, got, next_id++); break;
                case smpp_command::unbind:
                    c.send(encode_smpp(smpp_command::unbind_resp, smpp_status::ok, got.sequence));
                    return;
                default: break;
            }
        }
    }
    void submit(scripted_connection& c, const smpp_pdu& got, std::uint32_t number) {
        const auto message = decode_message(got.body);
        ASSERT_TRUE(message);
        {
            const std::scoped_lock held(mutex_);
            submits_.push_back(*message);
        }
        const auto status = answer_(*message);
        if (status == silence) return;
        const auto id = answered_as(number);
        auto answer = base::bytes(id.begin(), id.end());
        answer.push_back(0);
        answer.insert(answer.end(), more.begin(), more.end());
        c.send(encode_smpp(submit_answered_by, status, got.sequence, answer));
        if (message->registered_delivery == 0 || status != smpp_status::ok) return;
        smpp_message receipt;
        receipt.esm_class = esm_type_receipt;
        const auto text = "id:" + receipt_as(number) + " stat:DELIVRD";
        receipt.text = base::bytes(text.begin(), text.end());
        c.send(encode_smpp(smpp_command::deliver_sm, smpp_status::ok, 1000 + number, encode_message(receipt)));
    }

    std::function<smpp_status(const smpp_message&)> answer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<smpp_message> submits_;
    std::vector<smpp_status> acknowledged_;
    std::vector<smpp_command> commands_;

 public:
    static constexpr auto silence = static_cast<smpp_status>(0xffff);
    std::atomic<smpp_status> bind_status = smpp_status::ok;
    // Set before anybody connects.
    std::function<std::string(std::uint32_t)> answered_as = [](std::uint32_t n) { return std::to_string(n); };
    std::function<std::string(std::uint32_t)> receipt_as = [](std::uint32_t n) { return std::to_string(n); };
    smpp_command submit_answered_by = smpp_command::submit_sm_resp;
    base::bytes more;                                           // behind the id in every answer
    std::vector<std::pair<smpp_command, base::bytes>> on_bind;  // what it says to whoever can receive
    scripted_peer peer;                                         // last: its threads use everything above
};

smpp_settings smsc_settings(int port) {
    smpp_settings out;
    out.port = port;
    out.system_id = "keepline";
    out.password = "secret";
    out.connect_timeout = 500ms;
    out.response_timeout = 500ms;
    out.reconnect_first = 50ms;
    out.reconnect_max = 100ms;
    out.receipt_hold = 20ms;
    return out;
}

std::unique_ptr<text_transport> smpp_link(
    const smpp_settings& how,
    port::receipt_sink sink = [](const auto&, const auto&) { return port::receipt_taken::recorded; }) {
    static port::no_log log;
    auto out = make_smpp_transport(how, std::move(sink), log);
    EXPECT_TRUE(out);
    return std::move(*out);
}

text_message text_to_send(std::string text = "Hello", bool receipt = false) {
    return {"k-1", "", "+8613800138000", std::move(text), receipt};
}

TEST(smpp_transport, a_text_is_submitted_with_its_key_and_answered_with_the_smscs_id) {
    fake_smsc smsc;
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    const auto sent = link->send(text_to_send());
    ASSERT_TRUE(sent) << sent.error().words;
    EXPECT_EQ(sent->receipt, "smpp:31");
    EXPECT_FALSE(sent->receipt_comes);
    const auto got = smsc.submits().at(0);
    EXPECT_EQ(got.to, (smpp_address{1, 1, "8613800138000"}));
    EXPECT_EQ(got.extra.at(0), (smpp_tlv{tlv_idempotency_key, {'k', '-', '1'}}));
    EXPECT_EQ(got.registered_delivery, 0);
    EXPECT_EQ(link->trouble(), "");
    link.reset();
    EXPECT_TRUE(smsc.saw(smpp_command::unbind));
}

TEST(smpp_transport, a_long_text_goes_in_parts_that_are_the_same_at_every_try) {
    fake_smsc smsc;
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    const auto text = text_to_send(std::string(200, 'a'), true);
    ASSERT_TRUE(link->send(text));
    ASSERT_TRUE(link->send(text));
    const auto got = smsc.submits();
    ASSERT_EQ(got.size(), 4U);
    EXPECT_EQ(got[0], got[2]);
    EXPECT_EQ(got[1], got[3]);
    EXPECT_EQ(got[0].esm_class, esm_has_header);
    EXPECT_EQ(got[0].registered_delivery, 0);
    EXPECT_EQ(got[1].registered_delivery, 1);  // only the last part
}

TEST(smpp_transport, a_receipt_is_acknowledged_only_after_the_sink_has_it) {
    std::mutex mutex;
    std::vector<std::string> heard;
    std::atomic<int> calls = 0;
    fake_smsc smsc;
    auto link = smpp_link(smsc_settings(smsc.peer.port()), [&](const std::string& receipt, const std::string& outcome) {
        const std::scoped_lock held(mutex);
        heard.push_back(receipt + " " + outcome);
        return ++calls > 1 ? port::receipt_taken::recorded
                           : port::receipt_taken::not_now;  // the first is not durable yet
    });
    ASSERT_TRUE(link->send(text_to_send("one", true)));
    EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::temporary_receiver_error}));
    ASSERT_TRUE(link->send(text_to_send("two", true)));
    EXPECT_EQ(smsc.acknowledged(2).at(1), smpp_status::ok);
    const std::scoped_lock held(mutex);
    EXPECT_EQ(heard, (std::vector<std::string>{"smpp:31 DELIVRD", "smpp:32 DELIVRD"}));
}

TEST(smpp_transport, the_smscs_refusals_keep_their_meaning) {
    smpp_status next = smpp_status::throttled;
    fake_smsc smsc([&](const auto&) { return next; });
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::too_many);
    next = smpp_status::queue_full;
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_garbled);
    next = static_cast<smpp_status>(0x0b);  // ESME_RINVDSTADR
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_refused);
    next = smpp_status::system_error;
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_garbled);
}

TEST(smpp_transport, a_long_text_goes_on_from_the_part_that_was_throttled) {
    std::atomic<int> taken = 0;
    // One a second, as the narrowest SMSC has it: here every second submit is too early.
    fake_smsc smsc([&](const auto&) { return taken++ % 2 == 0 ? smpp_status::ok : smpp_status::throttled; });
    port::sms_metrics metrics;
    port::no_log log;
    auto made = make_smpp_transport(smsc_settings(smsc.peer.port()),
                                    [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log,
                                    {.metrics = &metrics});
    ASSERT_TRUE(made);
    const auto text = text_to_send(std::string(400, 'a'));
    int tries = 1;
    for (auto sent = (*made)->send(text); !sent; sent = (*made)->send(text)) {
        ASSERT_EQ(sent.error().what, base::code::too_many);
        ASSERT_NE(port::said(sent.error(), port::again_in_ms), nullptr);
        EXPECT_EQ(*port::said(sent.error(), port::again_in_ms), "0") << "the pace keeps it, no pause";
        ASSERT_LT(++tries, 10);
    }
    std::map<std::uint8_t, int> parts;
    for (const auto& one : smsc.submits()) ++parts[one.text.at(5)];
    EXPECT_EQ(parts, (std::map<std::uint8_t, int>{{1, 1}, {2, 2}, {3, 2}})) << "no part again once it was accepted";
    EXPECT_EQ(metrics.parts_accepted.load(), 3U);
    EXPECT_EQ(metrics.throttled.load(), 2U);
    EXPECT_EQ(metrics.parts_kept.load(), 3U);
    EXPECT_GT(metrics.pace.load(), 0);
    EXPECT_NE((*made)->trouble().find("throttled"), std::string::npos);
}

TEST(smpp_transport, an_accepted_message_without_an_id_is_accepted_and_awaits_no_receipt) {
    fake_smsc smsc;
    smsc.answered_as = [](std::uint32_t) { return ""; };
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    const auto sent = link->send(text_to_send("Hello", true));
    ASSERT_TRUE(sent) << sent.error().words;
    EXPECT_EQ(sent->receipt, "smpp:no-id-k-1");
    EXPECT_FALSE(sent->receipt_comes);
    EXPECT_EQ(smsc.submits().size(), 1U);
    EXPECT_EQ(link->trouble(), "");
}

TEST(smpp_transport, what_may_have_been_taken_says_so) {
    fake_smsc smsc([](const auto&) { return fake_smsc::silence; });
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    const auto sent = link->send(text_to_send());
    ASSERT_FALSE(sent);
    EXPECT_NE(port::said(sent.error(), port::may_have_happened), nullptr);
    auto nobody = smsc_settings(1);
    EXPECT_EQ(port::said(smpp_link(nobody)->send(text_to_send()).error(), port::may_have_happened), nullptr)
        << "it was never sent";
}

TEST(smpp_transport, a_full_queue_is_the_handsets_until_several_numbers_have_it_in_a_row) {
    fake_smsc smsc(
        [](const auto& what) { return what.to.digits == "8613800138000" ? smpp_status::ok : smpp_status::queue_full; });
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    const auto outcome = [&](const std::string& to) {
        auto text = text_to_send();
        text.to = to;
        return link->send(text).error().what;
    };
    for (int i = 0; i < 10; ++i) EXPECT_EQ(outcome("+8613900000000"), base::code::peer_garbled);
    EXPECT_EQ(link->trouble(), "") << "one handset is no trouble of the SMSC's";
    for (int i = 1; i < 4; ++i) EXPECT_EQ(outcome("+861390000000" + std::to_string(i)), base::code::peer_garbled);
    EXPECT_EQ(outcome("+8613900000009"), base::code::too_many);
    EXPECT_NE(link->trouble().find("message queue full"), std::string::npos) << link->trouble();
    ASSERT_TRUE(link->send(text_to_send()));
    EXPECT_EQ(link->trouble(), "");
    EXPECT_EQ(outcome("+8613900000010"), base::code::peer_garbled);
}

TEST(smpp_transport, receipts_find_their_message_however_the_smsc_writes_its_id) {
    struct form {
        const char* answer;
        const char* receipt;
        const char* way;
    };
    for (const auto& [answer, receipt, way] : std::vector<form>{
             {"1F", "1f", "same"}, {"0000001f", "1F", "same"}, {"1f", "31", "decimal"}, {"31", "1F", "hex"}}) {
        std::mutex mutex;
        std::string known;
        std::vector<std::string> matched;
        fake_smsc smsc;
        smsc.answered_as = [&](std::uint32_t) { return answer; };
        smsc.receipt_as = [&](std::uint32_t) { return receipt; };
        port::sms_metrics metrics;
        port::no_log log;
        auto made = make_smpp_transport(smsc_settings(smsc.peer.port()),
                                        [&](const std::string& name, const auto&) {
                                            const std::scoped_lock held(mutex);
                                            if (name != known) return port::receipt_taken::nobody_waits;
                                            matched.push_back(name);
                                            return port::receipt_taken::recorded;
                                        },
                                        log, {.metrics = &metrics});
        {
            const std::scoped_lock held(mutex);
            known = "smpp:" + receipt_name(answer, receipt_ids::automatic);
        }
        const auto sent = (*made)->send(text_to_send("one", true));
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->receipt, known);
        EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::ok}));
        const std::scoped_lock held(mutex);
        EXPECT_EQ(matched.size(), 1U) << answer << " " << receipt;
        for (std::size_t i = 0; i < metrics.receipts.size(); ++i)
            EXPECT_EQ(metrics.receipts[i].load(), port::sms_metrics::receipt_ways[i] == way ? 1U : 0U) << answer;
    }
}

TEST(smpp_transport, a_receipt_of_no_message_of_ours_is_acknowledged_and_counted) {
    fake_smsc smsc;
    smsc.receipt_as = [](std::uint32_t) { return "somebody-elses"; };
    port::sms_metrics metrics;
    port::no_log log;
    auto made = make_smpp_transport(smsc_settings(smsc.peer.port()),
                                    [](const auto&, const auto&) { return port::receipt_taken::nobody_waits; }, log,
                                    {.metrics = &metrics});
    ASSERT_TRUE((*made)->send(text_to_send("one", true)));
    EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::ok}));
    EXPECT_EQ(metrics.receipts.back().load(), 1U);
}

TEST(smpp_transport, an_answer_of_an_odd_kind_that_says_ok_is_a_yes) {
    for (const auto odd : {smpp_command::generic_nack, smpp_command::data_sm_resp}) {
        fake_smsc smsc;
        smsc.submit_answered_by = odd;
        auto link = smpp_link(smsc_settings(smsc.peer.port()));
        EXPECT_TRUE(link->send(text_to_send()));
        EXPECT_EQ(smsc.submits().size(), 1U);
    }
}

TEST(smpp_transport, a_receipt_that_is_not_marked_as_one_is_no_customers_text_and_proves_nothing_unless_it_is_set) {
    for (const bool believed : {false, true}) {
        fake_smsc smsc;
        smpp_message text;
        text.from = {1, 1, "8613800138000"};
        text.to = {3, 0, "10099"};
        const std::string words = "id:1f sub:001 dlvrd:001 submit date:2611221602 done date:2611221602 stat:DELIVRD";
        text.text = base::bytes(words.begin(), words.end());
        smsc.on_bind = {{smpp_command::deliver_sm, encode_message(text)}};
        std::atomic<int> receipts = 0;
        std::atomic<int> texts = 0;
        auto how = smsc_settings(smsc.peer.port());
        how.unmarked_receipts = believed;
        port::no_log log;
        port::sms_metrics metrics;
        auto made = make_smpp_transport(how,
                                        [&](const auto&, const auto&) {
                                            ++receipts;
                                            return port::receipt_taken::recorded;
                                        },
                                        log,
                                        {.inbound =
                                             [&](const port::inbound_message&) {
                                                 ++texts;
                                                 return true;
                                             },
                                         .metrics = &metrics});
        EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::ok}));
        EXPECT_EQ(texts, 0);
        EXPECT_EQ(receipts > 0, believed);
        EXPECT_EQ(metrics.receipts.back().load(), believed ? 0U : 1U);
    }
}

TEST(smpp_transport, requests_that_have_no_answer_get_none) {
    fake_smsc smsc;
    smsc.on_bind = {{smpp_command::alert_notification, base::bytes(12)},
                    {smpp_command::outbind, base::bytes(2)},
                    {static_cast<smpp_command>(0x00010200), {}}};  // a vendor's own: that one is refused
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    ASSERT_TRUE(smsc.saw(smpp_command::generic_nack));
    ASSERT_TRUE(link->send(text_to_send()));
    EXPECT_EQ(smsc.count(smpp_command::generic_nack), 1);
}

TEST(smpp_transport, a_customers_text_is_acknowledged_once_it_is_taken_and_comes_over_either_kind_of_bind) {
    for (const bool two : {false, true}) {
        fake_smsc smsc;
        smpp_message text;
        text.from = {1, 1, "8613800138000"};
        text.to = {3, 0, "10099"};
        text.data_coding = 8;
        text.text = {0x64, 0xa4, 0x56, 0xde};
        smsc.on_bind = {{smpp_command::deliver_sm, encode_message(text)}};
        std::mutex mutex;
        std::vector<port::inbound_message> got;
        auto how = smsc_settings(smsc.peer.port());
        how.two_connections = two;
        port::no_log log;
        port::sms_metrics metrics;
        auto made =
            make_smpp_transport(how, [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log,
                                {.inbound =
                                     [&](const port::inbound_message& what) {
                                         const std::scoped_lock held(mutex);
                                         got.push_back(what);
                                         return true;
                                     },
                                 .metrics = &metrics});
        ASSERT_TRUE(made);
        EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::ok}));
        EXPECT_TRUE((*made)->send(text_to_send()));
        EXPECT_EQ(smsc.count(smpp_command::bind_receiver), two ? 1 : 0);
        const std::scoped_lock held(mutex);
        ASSERT_EQ(got.size(), 1U);
        EXPECT_EQ(got[0].text, "撤回");
        EXPECT_EQ(got[0].from.text(), "+8613800138000");
        EXPECT_EQ(metrics.inbound.front().load(), 1U);
    }
}

TEST(smpp_transport, a_text_that_cannot_be_taken_now_is_left_with_the_smsc) {
    fake_smsc smsc;
    smpp_message text;
    text.from = {1, 1, "8613800138000"};
    text.text = {'S', 'T', 'O', 'P'};
    smsc.on_bind = {{smpp_command::deliver_sm, encode_message(text)}};
    port::no_log log;
    auto made = make_smpp_transport(smsc_settings(smsc.peer.port()),
                                    [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log,
                                    {.inbound = [](const auto&) { return false; }});
    ASSERT_TRUE(made);
    EXPECT_EQ(smsc.acknowledged(1), (std::vector{smpp_status::temporary_receiver_error}));
}

// Fails when texts are acknowledged under the lock that everybody else waits for.
TEST(smpp_transport, an_smsc_that_takes_no_acknowledgements_holds_up_nobody_else) {
    std::atomic<bool> done = false;
    scripted_peer smsc([&](scripted_connection& c) {
        base::bytes in;
        while (!done && !take_smpp_pdu(in).value_or(std::nullopt)) c.receive(in);
        c.send(encode_smpp(smpp_command::bind_transceiver_resp, smpp_status::ok, 1, base::view("SMSC\0")));
        smpp_message nobody;
        nobody.from = {5, 0, "Bank"};
        nobody.text = {'x'};
        base::bytes many;
        for (int i = 0; i < 1'000; ++i) {
            const auto one = encode_smpp(smpp_command::deliver_sm, smpp_status::ok, 77, encode_message(nobody));
            many.insert(many.end(), one.begin(), one.end());
        }
        while (!done) c.send(many);  // and reads nothing; returns at once when the connection is gone
    });
    auto how = smsc_settings(smsc.port());
    how.response_timeout = 2s;
    how.enquire_every = 60s;
    how.reconnect_first = how.reconnect_max = 10s;
    port::no_log log;
    auto made = make_smpp_transport(how, [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log,
                                    {.inbound = [](const auto&) { return true; }});
    ASSERT_TRUE(made);
    const auto began = std::chrono::steady_clock::now();
    std::chrono::steady_clock::duration longest{};
    std::string trouble;
    while (trouble.empty() && std::chrono::steady_clock::now() < began + 60s) {
        const auto asked = std::chrono::steady_clock::now();
        trouble = (*made)->trouble();
        longest = std::max(longest, std::chrono::steady_clock::now() - asked);
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(trouble.contains("does not take what is sent")) << trouble;
    EXPECT_LT(longest, 1s) << "while a write waited two seconds";
    done = true;
    smsc.disconnect();
}

TEST(smpp_transport, an_smsc_of_smpp_5_that_is_congested_gets_less) {
    fake_smsc smsc;
    smsc.more = {0x04, 0x28, 0, 1, 95};
    auto how = smsc_settings(smsc.peer.port());
    how.version = 0x50;
    port::no_log log;
    port::sms_metrics metrics;
    auto made = make_smpp_transport(how, [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log,
                                    {.metrics = &metrics});
    ASSERT_TRUE((*made)->send(text_to_send()));
    EXPECT_EQ(metrics.congestion.load(), 95);
    EXPECT_GT(metrics.pace.load(), 0);
    EXPECT_NE((*made)->trouble().find("congested"), std::string::npos);
}

TEST(smpp_transport, no_answer_ends_in_an_error_and_leaves_the_window_free) {
    std::atomic<bool> silent = true;
    fake_smsc smsc([&](const auto&) { return silent ? fake_smsc::silence : smpp_status::ok; });
    auto how = smsc_settings(smsc.peer.port());
    how.window = 1;
    auto link = smpp_link(how);
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_unreachable);
    silent = false;
    EXPECT_TRUE(link->send(text_to_send()));
}

TEST(smpp_transport, a_lost_connection_is_made_again) {
    fake_smsc smsc;
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    ASSERT_TRUE(link->send(text_to_send()));
    smsc.peer.disconnect();
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (!link->send(text_to_send()) && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(20ms);
    EXPECT_TRUE(link->send(text_to_send()));
    EXPECT_GE(smsc.peer.connections(), 2);
}

TEST(smpp_transport, without_an_smsc_every_send_fails_and_stopping_does_not_wait_for_one) {
    auto how = smsc_settings(1);  // nobody listens there
    how.response_timeout = how.reconnect_first = how.reconnect_max = base::hours{1};
    auto link = smpp_link(how);
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_unreachable);
    EXPECT_NE(link->trouble(), "");
    link.reset();
}

TEST(smpp_transport, a_refused_login_is_trouble_of_the_whole_peer) {
    fake_smsc smsc;
    smsc.bind_status = static_cast<smpp_status>(0x0e);  // ESME_RINVPASWD
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    EXPECT_EQ(link->send(text_to_send()).error().what, base::code::peer_unreachable);
    EXPECT_NE(link->trouble().find("0x0000000e"), std::string::npos);
    EXPECT_NE(link->trouble().find("the password is wrong"), std::string::npos);
    EXPECT_EQ(link->trouble().find("secret"), std::string::npos);
}

TEST(smpp_transport, garbage_and_silence_end_in_errors) {
    scripted_peer garbage([](scripted_connection& c) {
        c.send("HTTP/1.1 400 Bad Request\r\n\r\nxxxxxxxxxxxxxxxx");
        stay_silent(c);
    });
    scripted_peer silent(stay_silent);
    for (const auto* peer : {&garbage, &silent}) {
        auto how = smsc_settings(peer->port());
        how.response_timeout = base::hours{1};  // the limit of connecting and binding is what ends it
        EXPECT_EQ(smpp_link(how)->send(text_to_send()).error().what, base::code::peer_unreachable);
    }
}

TEST(smpp_transport, a_peer_that_falls_silent_is_found_out_by_enquire_link) {
    fake_smsc smsc;  // does not answer enquire_link
    auto how = smsc_settings(smsc.peer.port());
    how.enquire_every = 50ms;
    how.response_timeout = 100ms;
    auto link = smpp_link(how);
    ASSERT_TRUE(link->send(text_to_send()));
    EXPECT_TRUE(smsc.saw(smpp_command::enquire_link));
    const auto until = std::chrono::steady_clock::now() + 5s;
    while (smsc.peer.connections() < 2 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
    EXPECT_GE(smsc.peer.connections(), 2);
}

TEST(smpp_transport, many_threads_share_one_connection) {
    fake_smsc smsc;
    auto link = smpp_link(smsc_settings(smsc.peer.port()));
    std::vector<std::thread> threads;
    std::atomic<int> done = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 25; ++n) done += link->send(text_to_send("x", true)) ? 1 : 0;
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(done, 200);
    EXPECT_EQ(smsc.submits().size(), 200U);
    EXPECT_EQ(smsc.peer.connections(), 1);
}

TEST(smpp_transport, settings_that_smpp_cannot_carry_are_refused) {
    port::no_log log;
    for (const auto& change : std::vector<std::function<void(smpp_settings&)>>{
             [](auto& s) { s.system_id.clear(); }, [](auto& s) { s.password = "123456789"; },
             [](auto& s) { s.window = 0; }, [](auto& s) { s.source = "a name too long"; },
             [](auto& s) { s.source = ""; }}) {
        auto how = smsc_settings(1);
        change(how);
        EXPECT_EQ(make_smpp_transport(
                      how, [](const auto&, const auto&) { return port::receipt_taken::recorded; }, log)
                      .error()
                      .what,
                  base::code::config_invalid);
    }
}

}  // namespace
}  // namespace keepline::link
