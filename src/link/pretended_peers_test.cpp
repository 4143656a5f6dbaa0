#include "link/pretended_peers.hpp"

#include "base/json.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::link {
namespace {

using namespace std::chrono_literals;
using base::code;
using domain::hlr_operation;

class pretended_peers_of_a_sandbox : public testing::Test {
 protected:
    struct word {
        std::string of;
        std::string what;
        bool operator==(const word&) const = default;
    };
    pretended_peers_of_a_sandbox()
        : peers({&clock,
                 [this](const std::string& receipt, const std::string& outcome) {
                     if (busy.exchange(false)) return port::receipt_taken::not_now;
                     note({receipt, outcome});
                     return port::receipt_taken::recorded;
                 },
                 [this](const base::msisdn&, const std::string& refund, bool settled) {
                     note({refund, settled ? "paid" : "returned"});
                     return true;
                 }}) {}

    void note(word one) {
        const std::scoped_lock held(mutex);
        words.push_back(std::move(one));
    }
    std::vector<word> heard() {
        for (int i = 0; i < 10'000 && !peers.at_rest(); ++i) std::this_thread::sleep_for(1ms);
        const std::scoped_lock held(mutex);
        return words;
    }
    static text_message to(const std::string& number, const std::string& key = "k-1") {
        return {key, "c-1", number, "hello", true, "sb-1"};
    }
    static mail_message mail(const std::string& address) {
        mail_message out;
        out.key = "m";
        out.to = address;
        return out;
    }
    static port::outbound outbound(const std::string& number, domain::effect what, int attempt = 1) {
        port::outbound out;
        out.key = "k-1";
        out.number = base::msisdn::trusted(number);
        out.what = std::move(what);
        out.attempt = attempt;
        return out;
    }
    static domain::effect bar() {
        return domain::hlr_action{
            hlr_operation::bar, base::imsi::trusted("460010000000001"), base::msisdn::trusted("+8613800000001"), {}};
    }
    static domain::effect refund(const std::string& id) {
        return domain::pay_refund{id, {1230, "CNY"}, domain::label::trusted("sb-1"), 1, {20783}, ""};
    }
    std::unique_ptr<port::connector> bank() {
        return peers.bank(std::make_unique<port::fake_connector>([](const port::outbound& what) {
            port::delivered out;
            out.answer = domain::refund_written{std::get<domain::pay_refund>(what.what).id, "a.xml"};
            return out;
        }));
    }
    std::vector<std::string> outcomes(const std::string& number) {
        std::vector<std::string> out;
        for (const auto& one : peers.messages(number, 0, 100)) out.push_back(one.outcome);
        return out;
    }

    port::fake_clock clock{base::instant{1'795'000'000'000}};
    std::atomic<bool> busy{false};
    std::mutex mutex;
    std::vector<word> words;
    pretended_peers peers;
};

TEST_F(pretended_peers_of_a_sandbox, a_message_is_kept_once_and_its_receipt_comes_until_it_is_taken) {
    const auto smsc = peers.smsc();
    busy = true;
    ASSERT_TRUE(smsc->send(to("+8613800000001")));
    ASSERT_TRUE(smsc->send(to("+8613800000001")));
    EXPECT_EQ(heard(), (std::vector<word>{{"sandbox:k-1", "DELIVRD"}}));
    const auto kept = peers.messages("+8613800000001", 0, 10);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].text, "hello");
    EXPECT_EQ(peers.messages("+8613800000001", kept[0].serial, 10).size(), 0u);
    EXPECT_EQ(peers.messages("+8613800000002", 0, 10).size(), 0u);
    peers.clear("sb-1");
    EXPECT_EQ(peers.messages("", 0, 10).size(), 0u);
}

TEST_F(pretended_peers_of_a_sandbox, sms_to_certain_endings_fail_as_the_table_says) {
    const auto smsc = peers.smsc();
    EXPECT_EQ(smsc->send(to("+8613800009901")).error().what, code::peer_refused);
    EXPECT_EQ(smsc->send(to("+8613800009902")).error().what, code::peer_garbled);
    EXPECT_EQ(smsc->send(to("+8613800009902")).error().what, code::peer_garbled);
    EXPECT_TRUE(smsc->send(to("+8613800009902")));
    EXPECT_TRUE(smsc->send(to("+8613800009903", "k-3")));
    EXPECT_TRUE(smsc->send(to("+8613800009904", "k-4")));
    EXPECT_EQ(heard(), (std::vector<word>{{"sandbox:k-1", "DELIVRD"}, {"sandbox:k-3", "UNDELIV"}}));
    EXPECT_EQ(peers.mail_server()->send(mail("a9931@example.test")).error().what, code::peer_refused);
    EXPECT_TRUE(peers.mail_server()->send(mail("a@example9931")));
}

TEST_F(pretended_peers_of_a_sandbox, the_hlr_proves_what_it_did_or_is_silent_late_or_of_another_mind) {
    const auto hlr = peers.hlr();
    const auto done = hlr->deliver(outbound("+8613800000001", bar()));
    ASSERT_TRUE(done);
    const auto& answer = port::number_answer<domain::hlr_answered>(*done);
    EXPECT_FALSE(answer.mismatch);
    EXPECT_FALSE(answer.answer.ends_with(domain::nothing_proved));
    for (const int attempt : {1, 2, 20})
        EXPECT_EQ(hlr->deliver(outbound("+8613800009911", bar(), attempt)).error().what, code::peer_garbled);
    EXPECT_FALSE(hlr->deliver(outbound("+8613800009912", bar(), 2)));
    EXPECT_TRUE(hlr->deliver(outbound("+8613800009912", bar(), 3)));
    const auto other = hlr->deliver(outbound("+8613800009913", bar()));
    EXPECT_EQ(port::number_answer<domain::hlr_answered>(*other).mismatch, domain::mismatch_kind::number_of_other);
    EXPECT_EQ(outcomes("+8613800009913"), std::vector<std::string>{"mismatch"});
}

TEST_F(pretended_peers_of_a_sandbox, the_bank_answers_a_day_later_and_returns_a_first_refund_once) {
    const auto to = bank();
    ASSERT_TRUE(to->deliver(outbound("+8613800000001", refund("R-1"))));
    ASSERT_TRUE(to->deliver(outbound("+8613800000001", refund("R-1"))));  // again, as after a crash
    ASSERT_TRUE(to->deliver(outbound("+8613800009921", refund("R-2"))));
    ASSERT_TRUE(to->deliver(outbound("+8613800009923", refund("R-3"))));
    EXPECT_EQ(to->deliver(outbound("+8613800009922", refund("R-4"))).error().what, code::peer_refused);
    EXPECT_EQ(heard(), std::vector<word>{});
    const auto then = peers.next_answer(clock.now() + base::days{30});
    ASSERT_TRUE(then);
    EXPECT_EQ(*then, clock.now() + pretended_peers::bank_takes);
    EXPECT_FALSE(peers.next_answer(clock.now() + base::hours{1}));
    clock.set(*then);
    peers.time_has_moved();
    EXPECT_EQ(heard(), (std::vector<word>{{"R-1", "paid"}, {"R-2", "returned"}}));
    ASSERT_TRUE(to->deliver(outbound("+8613800009921", refund("R-5"))));
    EXPECT_EQ(outcomes("+8613800009921"), (std::vector<std::string>{"returned", "paid"}));
}

TEST_F(pretended_peers_of_a_sandbox, no_two_rows_of_the_table_are_for_the_same_ending) {
    std::set<std::string_view> endings;
    for (const auto& one : failure_triggers()) {
        EXPECT_TRUE(endings.insert(one.ending).second) << one.ending;
        EXPECT_EQ(failure_for(one.by, "+861380000" + std::string(one.ending)), one.failure);
        EXPECT_EQ(failure_for(one.by, std::string(one.ending) + "0"), "");
    }
}

}  // namespace
}  // namespace keepline::link
