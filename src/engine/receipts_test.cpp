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

/// The commit that should record the receipt is the one that fails.
class failing_commit {
 public:
    failing_commit(world& of, std::string receipt, std::function<void(port::fake_journal&)> how)
        : journal_(of.journal) {
        journal_.before_commit([this, receipt = std::move(receipt), how = std::move(how)](const port::batch& what) {
            if (std::ranges::find(what.receipts_done, receipt) == what.receipts_done.end()) return;
            how(journal_);
            failed_ = true;
        });
    }
    bool failed() const { return failed_; }

 private:
    port::fake_journal& journal_;
    std::atomic<bool> failed_{false};
};

// Fails when take() believes that whatever the writer answers was committed.
TEST(receipts, a_receipt_is_not_acknowledged_when_its_commit_failed) {
    struct trouble {
        const char* what;
        std::function<void(port::fake_journal&)> how;
    };
    for (const auto& one :
         {trouble{"nobody knows what became of it", [](port::fake_journal& j) { j.lose_next_answer(false); }},
          trouble{"another owner", [](port::fake_journal& j) { (void)j.own(port::partition_set().set()); }}}) {
        SCOPED_TRACE(one.what);
        world w;
        w.script(destination::sms,
                 [&](const outbound& what) -> base::result<delivered> { return sent_as(what, "r-1"); });
        const auto e = with_open_closure(w);
        ASSERT_TRUE(e->submit_wait(sim_change(1)));
        ASSERT_TRUE(eventually([&] { return awaited(w, "r-1"); }));
        const failing_commit commit(w, "r-1", one.how);
        EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::not_now);
        EXPECT_TRUE(commit.failed());
        EXPECT_FALSE(is_delivered(*e, "r-1"));
        EXPECT_TRUE(awaited(w, "r-1")) << "the next server takes it";
        EXPECT_EQ(e->take_receipt("r-1", "DELIVRD"), receipt_taken::not_now) << "nor later";
        w.journal.before_commit({});
    }
}

TEST(receipts, a_receipt_that_finds_the_disk_full_at_the_end_is_not_acknowledged) {
    world w;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> { return sent_as(what, "r-1"); });
    auto e = with_open_closure(w);
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return awaited(w, "r-1"); }));
    w.journal.disk_is(port::fake_journal::disk::full);
    std::atomic<int> taken{-1};
    std::thread peer([&] { taken = static_cast<int>(e->take_receipt("r-1", "DELIVRD")); });
    ASSERT_TRUE(eventually([&] { return w.log.count("store_full") > 0; }));
    e->stop();
    peer.join();
    EXPECT_EQ(static_cast<receipt_taken>(taken.load()), receipt_taken::not_now);
    EXPECT_TRUE(awaited(w, "r-1"));
}

// Fails when an answer whose commit failed ends its delivery: then nobody seems to wait for the receipt.
TEST(receipts, a_receipt_that_overtook_a_commit_that_fails_has_to_come_again) {
    world w;
    engine* running = nullptr;
    std::thread peer;
    std::atomic<int> taken{-1};
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        peer = std::thread([&] { taken = static_cast<int>(running->take_receipt("r-1", "DELIVRD")); });
        std::this_thread::sleep_for(std::chrono::milliseconds{40});
        w.journal.lose_next_answer(false);
        return sent_as(what, "r-1");
    });
    const auto e = with_open_closure(w);
    running = e.get();
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return taken != -1; }));
    EXPECT_EQ(static_cast<receipt_taken>(taken.load()), receipt_taken::not_now);
    peer.join();
}

// An answer that could not be kept when the server stopped is asked for again by the next one. Fails when the lane goes
// on past it, and a later batch of the same stop still finds room.
TEST(receipts, what_a_peer_answered_while_the_disk_was_full_at_the_end_is_delivered_again) {
    world w;
    std::atomic<int> deliveries{0};
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (++deliveries == 1) w.journal.disk_is(port::fake_journal::disk::full);
        return sent_as(what, "r-1");
    });
    {
        auto how = quick();
        how.batch_max = 1;
        const auto e = w.run(how);
        ASSERT_TRUE(e->submit_wait(order(1)));
        ASSERT_TRUE(e->submit_wait(number_command(1, domain::number_command(domain::open_closure{}))));
        ASSERT_TRUE(e->submit_wait(sim_change(1)));
        ASSERT_TRUE(eventually([&] { return w.log.count("store_full") > 0; }));
        std::atomic<bool> stopping{false};
        w.journal.before_commit([&](const port::batch& what) {
            if (!stopping) return;
            if (what.awaited.empty()) return w.journal.disk_is(port::fake_journal::disk::has_room);
            std::this_thread::sleep_for(std::chrono::milliseconds{60});  // so that cursors are due again
        });
        stopping = true;
        e->stop();
        w.journal.before_commit({});
    }
    w.journal.disk_is(port::fake_journal::disk::has_room);
    const auto next = w.run();
    EXPECT_TRUE(eventually([&] { return deliveries == 2; }));
    EXPECT_TRUE(eventually([&] { return awaited(w, "r-1"); }));
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
