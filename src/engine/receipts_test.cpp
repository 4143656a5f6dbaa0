// Delivery receipts, in every order in which they can come. A notice is known to the case only when one is open, so
// each test opens a closure first.
#include "engine/engine_world.hpp"

namespace keepline::engine::testing {
namespace {

using domain::destination;
using port::delivered;
using port::outbound;
using port::receipt_taken;

delivered sent_as(const outbound& what, const std::string& receipt) {
    const auto& notice = std::get<domain::send_notice>(what.what);
    return {domain::number_command(domain::notice_sent{notice.kind, notice.contact, notice.by, receipt}), receipt};
}

bool is_delivered(engine& e, const std::string& receipt) {
    const auto view = e.read(number_key(1));
    if (!view || !(*view)->number().current) return false;
    return std::ranges::any_of((*view)->number().current->notices, [&](const domain::notice_record& one) {
        return one.receipt == receipt && one.delivered_at;
    });
}

std::unique_ptr<engine> with_open_closure(world& w) {
    auto e = w.run();
    EXPECT_TRUE(e->submit_wait(order(1)));
    EXPECT_TRUE(e->submit_wait(number_command(1, domain::number_command(domain::open_closure{}))));
    return e;
}

bool awaited(world& w, const std::string& receipt) { return w.journal.stream_awaiting(receipt).value().has_value(); }

TEST(receipts, a_receipt_becomes_evidence_and_is_awaited_no_longer) {
    world w;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> { return sent_as(what, "r-1"); });
    const auto e = with_open_closure(w);
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return awaited(w, "r-1"); }));
    EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::recorded);
    EXPECT_TRUE(is_delivered(*e, "r-1")) << "durable before it is acknowledged";
    EXPECT_FALSE(awaited(w, "r-1"));
    const auto entries = w.journal.all_entries().size();
    EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::nobody_waits) << "again: nobody waits";
    EXPECT_EQ(w.journal.all_entries().size(), entries);
}

// Fails when take() does not hold the receipt, or when now_awaited() does not look for it.
TEST(receipts, a_receipt_that_overtakes_the_commit_is_matched_when_it_comes) {
    world w;
    engine* running = nullptr;
    std::thread peer;
    std::atomic<int> outcome{-1};
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        peer =
            std::thread([&] { outcome = running->take_receipt("r-1", "DELIVRD") == receipt_taken::recorded ? 1 : 0; });
        std::this_thread::sleep_for(std::chrono::milliseconds{40});  // the peer is quicker than its own answer
        return sent_as(what, "r-1");
    });
    const auto e = with_open_closure(w);
    running = e.get();
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return outcome == 1; }));
    EXPECT_TRUE(is_delivered(*e, "r-1"));
    EXPECT_FALSE(awaited(w, "r-1"));
    peer.join();
}

TEST(receipts, a_receipt_nobody_waits_for_is_taken_at_once) {
    world w;
    const auto e = with_open_closure(w);
    EXPECT_NE(e->take_receipt("unknown", "DELIVRD"), receipt_taken::not_now)
        << "one that is waited for in vain is refused in the end";
}

TEST(receipts, after_a_restart_a_receipt_waits_a_minute_for_the_message_that_is_sent_again) {
    world w;
    std::atomic<bool> up{false};
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (!up) return base::refuse(base::code::peer_unreachable, "No route.");
        return sent_as(what, what.key);
    });
    const auto e = with_open_closure(w);
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return w.log.count("destination_paused") == 1; }));
    const auto key = w.peer(destination::sms).seen().front().key;
    EXPECT_NE(e->take_receipt(key, "DELIVRD"), receipt_taken::not_now);  // for the try that we do not know of
    up = true;
    w.clock.advance(base::seconds{5});
    EXPECT_TRUE(eventually([&] { return is_delivered(*e, key); }));
    EXPECT_TRUE(eventually([&] { return !awaited(w, key); }));
}

TEST(receipts, while_the_journal_cannot_be_read_the_peer_is_told_to_come_again) {
    world w;
    const auto e = with_open_closure(w);
    w.journal.fail_reads(base::error{base::code::unavailable, "The disk is away."});
    EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::not_now);
    w.journal.fail_reads(std::nullopt);
    e->stop();
    EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::not_now);
}

TEST(receipts, what_is_awaited_for_too_long_is_forgotten) {
    world w;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> { return sent_as(what, "r-1"); });
    const auto e = with_open_closure(w);
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return awaited(w, "r-1"); }));
    w.clock.advance(base::days{8});
    int n = 0;
    EXPECT_TRUE(eventually([&] {
        EXPECT_TRUE(e->submit_wait(top_up(1, std::to_string(++n))));
        return !awaited(w, "r-1");
    }));
}

}  // namespace
}  // namespace keepline::engine::testing
