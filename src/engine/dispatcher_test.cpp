// Effects on their way to the peers: order, failures, restarts, receipts.
#include "engine/engine_world.hpp"

#include <map>
#include <set>

namespace keepline::engine::testing {
namespace {

using base::code;
using base::refuse;
using domain::destination;
using port::delivered;
using port::outbound;

/// Two numbers of one partition, and one of another.
std::pair<int, int> same_partition() {
    for (int n = 2;; ++n)
        if (port::partition_of(number_key(n)) == port::partition_of(number_key(1))) return {1, n};
}

TEST(dispatcher, an_effect_reaches_its_peer_with_everything_it_needs) {
    world w;
    const auto e = w.run();
    const auto made = e->submit_wait(order(1)).value();
    ASSERT_TRUE(eventually([&] { return w.peer(destination::webhook).seen().size() == 1; }));
    const auto seen = w.peer(destination::webhook).seen().front();
    EXPECT_EQ(seen.key, outbound_key(w.journal.all_entries()[0].hash, 0));
    EXPECT_TRUE(seen.key.starts_with("kl-"));
    EXPECT_LE(seen.key.size(), 40);
    EXPECT_EQ(seen.correlation, "corr-1");
    EXPECT_EQ(seen.number.text(), number_text(1));
    EXPECT_EQ(seen.line_id, made.view->public_id);
    EXPECT_EQ(seen.language, "en");
    EXPECT_EQ(seen.caused_at, w.clock.now());
    EXPECT_EQ(seen.attempt, 1);
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::webhook).waiting == 0; }));
    EXPECT_EQ(lane_of(*e, destination::webhook).delivered.load(), 1);
}

// Fails when lanes::next() takes a lane that is busy.
TEST(dispatcher, effects_of_one_lane_arrive_in_order_and_one_at_a_time) {
    world w;
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    const auto [a, b] = same_partition();
    std::mutex mutex;
    std::vector<std::string> order_seen;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (++inside > 1) overlapped = true;
        std::this_thread::sleep_for(std::chrono::microseconds{300});
        {
            const std::scoped_lock held(mutex);
            order_seen.push_back(what.correlation);
        }
        --inside;
        return delivered{};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(a)));
    ASSERT_TRUE(e->submit_wait(order(b)));
    for (int i = 0; i < 40; ++i) {
        auto change = sim_change(i % 2 == 0 ? a : b);
        change.correlation = std::to_string(i);
        send(*e, std::move(change)).wait();
    }
    ASSERT_TRUE(eventually([&] { return w.peer(destination::sms).seen().size() == 40; }));
    ASSERT_TRUE(eventually([&] { return inside == 0; }));
    EXPECT_FALSE(overlapped);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(order_seen[static_cast<std::size_t>(i)], std::to_string(i));
}

// Fails when peer_down() drops the head, or when a paused destination is asked again before its time.
TEST(dispatcher, an_unreachable_peer_pauses_its_destination_and_loses_nothing) {
    world w;
    std::atomic<bool> up{false};
    std::atomic<int> tries{0};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        ++tries;
        if (!up) return refuse(code::peer_unreachable, "No route.");
        return delivered{};
    });
    const auto e = w.run();
    for (int n = 0; n < 10; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
    }
    ASSERT_TRUE(eventually([&] { return w.log.count("destination_paused") == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    EXPECT_LE(tries, 2) << "at most what was under way with two threads";
    ASSERT_TRUE(eventually([&] { return w.peer(destination::webhook).seen().size() == 10; })) << "others go on";
    const auto before_probe = tries.load();
    w.clock.advance(base::hours{1});
    ASSERT_TRUE(eventually([&] { return w.log.count("destination_paused") == 2; }));
    EXPECT_EQ(tries, before_probe + 1) << "one probe";
    EXPECT_EQ(lane_of(*e, destination::sms).waiting.load(), 10);
    up = true;
    w.clock.advance(base::hours{1});
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
    std::set<std::string> keys;
    for (const auto& one : w.peer(destination::sms).seen()) keys.insert(one.key);
    EXPECT_EQ(keys.size(), 10);
    EXPECT_TRUE(e->failed_effects(false, {}, "", 10).value().empty()) << "nothing is wrong with the effects";
}

base::error with_data(code what, std::string_view name, std::string value) {
    return {what, "As told.", {{std::string(name), std::move(value)}}};
}

// Fails when what one message brings about is always taken for the peer's.
TEST(dispatcher, an_effect_that_brings_the_peer_down_again_while_others_pass_goes_to_the_retry_table) {
    world w;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (what.correlation == "bad")
            return std::unexpected(with_data(code::peer_unreachable, port::again_in_ms, "50"));
        return delivered{};
    });
    const auto e = w.run();
    for (int n = 0; n < 60; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        auto change = sim_change(n);
        if (n < 40) change.correlation = "bad";
        ASSERT_TRUE(e->submit_wait(std::move(change)));
    }
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(std::chrono::milliseconds{60});
        return lane_of(*e, destination::sms).waiting == 0;
    }));
    EXPECT_EQ(lane_of(*e, destination::sms).delivered.load(), 20) << "the healthy ones";
    const auto waiting = e->failed_effects(false, {}, "", 100).value();
    const auto dead = e->failed_effects(true, {}, "", 100).value();
    EXPECT_EQ(waiting.size() + dead.size(), 40U) << "staff see every one of the others";
    for (const auto& one : waiting) EXPECT_GE(one.attempts, 1);
}

TEST(dispatcher, a_peer_that_is_down_for_all_is_nobodys_fault_however_often_it_was_asked) {
    world w;
    std::atomic<bool> up{false};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        if (!up) return std::unexpected(with_data(code::peer_unreachable, port::again_in_ms, "50"));
        return delivered{};
    });
    const auto e = w.run();
    for (int n = 0; n < 5; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
    }
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(std::chrono::milliseconds{60});
        return w.log.count("destination_paused") > 30;
    }));
    EXPECT_TRUE(e->failed_effects(false, {}, "", 10).value().empty());
    up = true;
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(std::chrono::milliseconds{60});
        return lane_of(*e, destination::sms).waiting == 0;
    }));
    EXPECT_EQ(lane_of(*e, destination::sms).delivered.load(), 5);
}

TEST(dispatcher, what_may_have_happened_is_tried_again_a_few_times_and_then_shown_to_staff) {
    world w;
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        return std::unexpected(with_data(code::peer_unreachable, port::may_have_happened, "yes"));
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::hours{1});
        return e->failed_effects(true, {}, "", 10).value().size() == 1;
    }));
    EXPECT_EQ(w.peer(destination::sms).seen().size(), 5U) << "no copies without end";
    EXPECT_EQ(e->failed_effects(true, {}, "", 10).value()[0].error_code, "peer-unreachable");
}

TEST(dispatcher, a_message_that_is_too_early_for_the_peers_pace_goes_back_in_line_uncounted) {
    world w;
    std::atomic<int> left{25};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        if (left.fetch_sub(1) > 0) return std::unexpected(with_data(code::too_many, port::again_in_ms, "0"));
        return delivered{};
    });
    const auto e = w.run();
    for (int n = 0; n < 5; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
    }
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; })) << "with no clock moving";
    EXPECT_EQ(lane_of(*e, destination::sms).delivered.load(), 5);
    EXPECT_EQ(w.log.count("destination_paused"), 0);
    EXPECT_TRUE(e->failed_effects(false, {}, "", 10).value().empty());
}

TEST(dispatcher, a_failing_effect_moves_to_the_retry_table_and_its_lane_goes_on) {
    world w;
    std::atomic<bool> good{false};
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (what.correlation == "bad" && !good) return refuse(code::peer_garbled, "Strange words.");
        return delivered{};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    auto bad = sim_change(1);
    bad.correlation = "bad";
    ASSERT_TRUE(e->submit_wait(std::move(bad)));
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return w.peer(destination::sms).seen().size() == 2; }));
    const auto failed = e->failed_effects(false, destination::sms, "", 10).value();
    ASSERT_EQ(failed.size(), 1);
    EXPECT_EQ(failed[0].kind, "send_notice:sim_changed");
    EXPECT_EQ(failed[0].error_code, "peer-garbled");
    EXPECT_EQ(failed[0].line_id, e->read(number_key(1)).value()->public_id);
    EXPECT_EQ(failed[0].attempts, 1);
    good = true;
    w.clock.advance(base::hours{1});
    ASSERT_TRUE(eventually([&] { return e->failed_effects(false, {}, "", 10).value().empty(); }));
    const auto seen = w.peer(destination::sms).seen();
    ASSERT_EQ(seen.size(), 3);
    EXPECT_EQ(seen[2].key, seen[0].key);
    EXPECT_EQ(seen[2].attempt, 2);
}

// Fails when attempts_max is not looked at, and when revive() forgets next_at.
TEST(dispatcher, an_effect_dies_after_its_last_try_and_staff_bring_it_back) {
    world w;
    std::atomic<bool> good{false};
    std::atomic<code> how{code::peer_garbled};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        if (!good) return refuse(how, "No.");
        return delivered{};
    });
    auto settings = quick();
    settings.attempts_max = 7;
    const auto e = w.run(settings);
    ASSERT_TRUE(e->submit_wait(order(1)));
    for (const auto [code_given, tries] : {std::pair{code::peer_garbled, 7}, std::pair{code::peer_refused, 5}}) {
        how = code_given;
        const auto before = w.peer(destination::sms).seen().size();
        ASSERT_TRUE(e->submit_wait(sim_change(1)));
        ASSERT_TRUE(eventually([&] {
            w.clock.advance(base::minutes{1});
            return w.log.count("effect_dead") > 0 && !e->failed_effects(true, {}, "", 10).value().empty();
        }));
        const auto dead = e->failed_effects(true, {}, "", 10).value();
        ASSERT_EQ(dead.size(), 1);
        EXPECT_EQ(dead[0].attempts, tries);
        EXPECT_EQ(w.peer(destination::sms).seen().size() - before, static_cast<std::size_t>(tries));
        w.clock.advance(base::hours{1});
        std::this_thread::sleep_for(std::chrono::milliseconds{15});
        EXPECT_EQ(w.peer(destination::sms).seen().size() - before, static_cast<std::size_t>(tries)) << "dead is dead";
        good = true;
        if (code_given == code::peer_garbled)
            EXPECT_TRUE(e->retry_effect(dead[0].id));
        else
            EXPECT_EQ(e->retry_dead(destination::sms).value(), 1);
        ASSERT_TRUE(eventually([&] {
            return e->failed_effects(true, {}, "", 10).value().empty() &&
                   e->failed_effects(false, {}, "", 10).value().empty();
        }));
        good = false;
    }
    EXPECT_EQ(e->retry_effect("12345").error().what, code::not_found);
    EXPECT_EQ(e->retry_effect("no number").error().what, code::not_found);
    EXPECT_EQ(e->retry_dead({}).value(), 0);
}

TEST(dispatcher, an_effect_for_nobody_is_dropped_with_a_note) {
    world w;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        return refuse(what.attempt == 1 && what.correlation == "x" ? code::erased : code::contact_unknown, "Gone.");
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return w.log.count("effect_dropped") == 2; }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
}

TEST(dispatcher, a_connector_that_throws_counts_as_garbled) {
    world w;
    w.script(destination::sms,
             [&](const outbound&) -> base::result<delivered> { throw std::runtime_error("secret words"); });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return !e->failed_effects(false, {}, "", 10).value().empty(); }));
    const auto failed = e->failed_effects(false, {}, "", 10).value();
    EXPECT_EQ(failed[0].error_code, "peer-garbled");
    EXPECT_EQ(failed[0].error_words.find("secret"), std::string::npos);
}

TEST(dispatcher, the_answer_and_the_cursor_are_in_one_commit) {
    world w;
    w.script(destination::webhook, [&](const outbound&) -> base::result<delivered> {
        return delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    std::mutex mutex;
    bool together = false;
    bool apart = false;
    w.journal.before_commit([&](const port::batch& rows) {
        const std::scoped_lock held(mutex);
        const bool answers =
            !rows.writes.empty() && rows.writes[0].record->events.find("customer_lock_set") != std::string::npos;
        const bool moves = std::ranges::any_of(rows.cursors, [](const port::cursor& c) {
            return c.destination == static_cast<int>(destination::webhook) &&
                   c.upto == port::effect_id::of({port::partition_of(number_key(1)), 1}, 0);
        });
        if (answers && moves) together = true;
        if (answers != moves && (answers || moves)) apart = true;
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().subscription->customer_lock; }));
    const std::scoped_lock held(mutex);
    EXPECT_TRUE(together);
    EXPECT_FALSE(apart);
    const auto& last = w.journal.all_entries().back();
    EXPECT_NE(last.meta.find("corr-1"), std::string::npos) << "the correlation runs from request to answer";
    EXPECT_NE(last.meta.find("engine"), std::string::npos);
}

TEST(dispatcher, an_answer_that_is_refused_settles_its_effect) {
    world w;
    w.script(destination::webhook, [&](const outbound&) -> base::result<delivered> {
        return delivered{domain::number_command(domain::approve_closure{"no such case"}), {}};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return w.log.count("answer_refused") == 1; }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::webhook).waiting == 0; }));
}

TEST(dispatcher, an_answer_survives_version_conflicts) {
    world w;
    w.script(destination::webhook, [&](const outbound&) -> base::result<delivered> {
        w.journal.conflict_next(4);
        return delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().subscription->customer_lock; }));
}

TEST(dispatcher, what_a_subscriber_changes_reaches_the_numbers_they_have) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const port::stream_key owner{port::stream_kind::subscriber, "sb-1"};
    domain::register_subscriber made;
    made.id = base::label::trusted("sb-1");
    made.contacts.push_back({base::label::trusted("c1"), domain::medium::mail, true, {}, {}, {}});
    auto registering = command_for(owner, domain::subscriber_command(made));
    registering.by = {domain::role::system, base::label::trusted("crm")};
    registering.must_exist = false;
    EXPECT_EQ(e->submit_wait(std::move(registering)).value().view->public_id, "sb_sb-1");
    for (const int n : {1, 77})  // 77 has no line: the effect is settled with a note
        ASSERT_TRUE(e->submit_wait(command_for(
            owner, domain::subscriber_command(domain::attach_number{base::msisdn::trusted(number_text(n))}))));
    domain::change_contacts change;
    change.language = "en";
    change.contacts = made.contacts;
    ASSERT_TRUE(e->submit_wait(command_for(owner, domain::subscriber_command(change))));
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().contacts.size() == 1; }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::core).waiting == 0; }));
    EXPECT_EQ(w.log.count("answer_refused"), 2);  // when it was attached, and with the change
    ASSERT_TRUE(eventually([&] { return !w.peer(destination::mail).seen().empty(); })) << "and they are told";
}

// ------------------------------------------------------------------------------------------------ restarts

// Fails when resume() ignores the cursors (everything is sent twice) or starts at the head (nothing is sent).
TEST(dispatcher, a_restart_goes_on_at_the_cursors_and_sends_again_with_the_same_key) {
    world w;
    std::atomic<bool> up{true};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        if (!up) return refuse(code::peer_unreachable, "No route.");
        return delivered{};
    });
    auto e = w.run();
    for (int n = 0; n < 20; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
    }
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
    up = false;
    for (int n = 0; n < 20; ++n) ASSERT_TRUE(e->submit_wait(sim_change(n)));
    ASSERT_TRUE(eventually([&] { return w.log.count("destination_paused") == 1; }));
    e.reset();
    std::map<std::string, int> before;
    for (const auto& one : w.peer(destination::sms).seen()) ++before[one.key];
    const auto webhooks = w.peer(destination::webhook).seen().size();
    up = true;
    e = w.run();
    ASSERT_TRUE(eventually([&] {
        std::set<std::string> keys;
        for (const auto& one : w.peer(destination::sms).seen()) keys.insert(one.key);
        return keys.size() == 40;
    }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
    std::map<std::string, int> after;
    for (const auto& one : w.peer(destination::sms).seen()) ++after[one.key];
    int again = 0;
    for (const auto& [key, times] : before) again += after[key] > times ? 1 : 0;
    EXPECT_LE(again, 2) << "only what was tried and not settled is sent again";
    EXPECT_EQ(w.peer(destination::webhook).seen().size(), webhooks) << "settled is settled";
    const auto sample = w.peer(destination::sms).seen().back();
    EXPECT_EQ(sample.language, "en");
    EXPECT_TRUE(sample.line_id.starts_with("ln_"));
    EXPECT_EQ(sample.correlation, "corr-1");
}

// Fails when a job that never reached the peer leaves the destination waiting for its probe.
TEST(dispatcher, a_probe_that_cannot_be_carried_out_does_not_hold_its_destination) {
    world w;
    std::atomic<bool> up{false};
    w.script(destination::sms, [&](const outbound&) -> base::result<delivered> {
        if (!up) return refuse(code::peer_unreachable, "No route.");
        return delivered{};
    });
    auto e = w.run();
    for (const int n : {1, 3}) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(sim_change(n)));
    }
    e.reset();
    ASSERT_NE(port::partition_of(number_key(1)), port::partition_of(number_key(3)));
    w.journal.all_streams()[1].snapshot = "broken";
    e = w.run();
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::seconds{10});
        return !e->failed_effects(false, {}, "", 10).value().empty();
    }));
    EXPECT_EQ(e->failed_effects(false, {}, "", 10).value()[0].error_code, "journal-broken");
    up = true;
    EXPECT_TRUE(eventually([&] {
        w.clock.advance(base::seconds{10});
        return lane_of(*e, destination::sms).waiting == 0;
    }));
}

// Fails when the reader always serves the destination that is furthest behind, and that one has no room.
TEST(dispatcher, a_destination_far_behind_does_not_hold_up_the_others_after_a_restart) {
    world w;
    w.script(destination::sms,
             [&](const outbound&) -> base::result<delivered> { return refuse(code::peer_unreachable, "No route."); });
    auto how = quick();
    how.lane_memory = 10;
    auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(e->submit_wait(order(3)));
    ASSERT_TRUE(eventually([&] { return w.peer(destination::webhook).seen().size() == 2; }));
    e.reset();
    e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(4)));
    EXPECT_TRUE(eventually([&] {
        return w.peer(destination::webhook).seen().size() == 3 && lane_of(*e, destination::webhook).waiting == 0;
    })) << "seen by the peer first, settled after that";
}

TEST(dispatcher, more_effects_than_fit_into_memory_all_arrive_in_order) {
    world w;
    std::atomic<bool> up{false};
    std::mutex mutex;
    std::vector<int> seen;
    w.script(destination::sms, [&](const outbound& what) -> base::result<delivered> {
        if (!up) return refuse(code::too_many, "Slow down.");
        const std::scoped_lock held(mutex);
        seen.push_back(std::stoi(what.correlation));
        return delivered{};
    });
    auto how = quick();
    how.lane_memory = 10;
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    std::vector<std::future<result<answer>>> sent;
    for (int i = 0; i < 300; ++i) {
        auto change = sim_change(1);
        change.correlation = std::to_string(i);
        sent.push_back(send(*e, std::move(change)));
    }
    for (auto& one : sent) ASSERT_TRUE(one.get());
    EXPECT_EQ(lane_of(*e, destination::sms).waiting.load(), 300);
    up = true;
    w.clock.advance(base::hours{1});
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
    const std::scoped_lock held(mutex);
    ASSERT_EQ(seen.size(), 300);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
}

// Before, every lane that had nothing to do wrote its cursor: 576 rows a second.
TEST(dispatcher, the_horizon_reaches_the_head_when_all_is_quiet_and_no_lane_is_written_that_did_not_move) {
    world w;
    std::atomic<std::size_t> cursor_rows{0};
    w.journal.before_commit([&](const port::batch& rows) { cursor_rows += rows.cursors.size(); });
    auto e = w.run();
    for (int n = 0; n < 5; ++n) ASSERT_TRUE(e->submit_wait(order(n)));
    ASSERT_TRUE(eventually([&] {
        const auto horizons = w.journal.horizons().value();
        return horizons.size() == static_cast<std::size_t>(domain::destination_count) &&
               std::ranges::all_of(horizons, [](const auto& h) { return h.position == 5; });
    }));
    EXPECT_LE(cursor_rows, 5U) << "one per effect that was settled, at most";
    const auto commits = w.journal.commits();
    std::this_thread::sleep_for(std::chrono::milliseconds{1300});
    EXPECT_EQ(w.journal.commits(), commits) << "nothing moves, nothing is written";
}

TEST(dispatcher, a_stop_lets_running_deliveries_end_and_records_them) {
    world w;
    std::atomic<bool> inside{false};
    std::atomic<bool> released{false};
    w.script(destination::webhook, [&](const outbound&) -> base::result<delivered> {
        inside = true;
        while (!released) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        released = true;
    });
    e->stop();
    later.join();
    e.reset();
    EXPECT_EQ(w.journal.all_entries().size(), 2) << "the answer was committed";
    e = w.run();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    // The answer has news of its own, which comes now; what was delivered before the stop does not come again.
    const auto seen = w.peer(destination::webhook).seen();
    EXPECT_EQ(std::ranges::count(seen, seen.front().key, &outbound::key), 1);
    EXPECT_LE(seen.size(), 2U);
}

TEST(dispatcher, an_answer_for_a_stream_that_cannot_be_read_is_tried_later) {
    world w;
    auto how = quick();
    how.cached_streams = 1;
    std::atomic<bool> second_is_there{false};
    w.script(destination::webhook, [&](const outbound& what) -> base::result<delivered> {
        if (what.attempt == 1 && what.number.text() == number_text(1)) {
            while (!second_is_there) std::this_thread::sleep_for(std::chrono::milliseconds{1});
            w.journal.fail_reads(base::error{code::unavailable, "The disk is away."});
        }
        return delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(order(2)));  // pushes the first out of the cache
    second_is_there = true;
    ASSERT_TRUE(eventually([&] { return w.log.count("effect_failed") >= 1; }));
    w.journal.fail_reads(std::nullopt);
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::seconds{10});
        const auto view = e->read(number_key(1));
        return view && (*view)->number().subscription->customer_lock;
    }));
}

TEST(dispatcher, a_failed_effect_is_listed_with_its_kind_its_line_and_its_destination) {
    world w;
    w.script(destination::sms,
             [&](const outbound&) -> base::result<delivered> { return refuse(code::peer_garbled, "What is this?"); });
    const auto e = w.run();
    const auto line = e->submit_wait(order(1)).value().view->public_id;
    ASSERT_TRUE(e->submit_wait(sim_change(1)));
    ASSERT_TRUE(eventually([&] { return !e->failed_effects(false, {}, "", 10)->empty(); }));
    const auto one = e->failed_effects(false, destination::sms, "", 10)->at(0);
    EXPECT_EQ(one.kind, "send_notice:sim_changed");
    EXPECT_EQ(one.line_id, line);
    EXPECT_EQ(one.to, destination::sms);
    EXPECT_EQ(one.attempts, 1);
    EXPECT_EQ(one.first_failed_at, w.clock.now());
    EXPECT_GT(one.next_at, w.clock.now());
    EXPECT_EQ(one.error_code, "peer-garbled");
    EXPECT_EQ(one.error_words, "What is this?");
    EXPECT_TRUE(e->failed_effects(false, destination::hlr, "", 10)->empty());
    EXPECT_TRUE(e->failed_effects(false, {}, one.id, 10)->empty()) << "behind the cursor";
    EXPECT_EQ(e->failed_effects(false, {}, "0", 10)->size(), 1U);
    EXPECT_EQ(e->failed_effects(false, {}, "-1", 10).error().what, code::invalid);
    EXPECT_EQ(e->failed_effects(false, {}, "1x", 10).error().what, code::invalid);
    EXPECT_EQ(e->retry_effect("0").error().what, code::not_found);
}

// As a row that somebody has changed in the file: nothing is read beyond the effects that the entry has.
TEST(dispatcher, a_failed_effect_that_its_entry_does_not_have_is_listed_without_a_kind) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::webhook).waiting == 0; }));
    const auto& entry = w.journal.all_entries().front();
    const auto has = decode_effects(entry.effects).value().size();
    port::retry row;
    row.effect = port::effect_id::of(entry.id(), static_cast<int>(has));
    row.destination = static_cast<int>(destination::webhook);
    row.position = entry.position;
    row.stream = entry.stream;
    row.attempts = 1;
    row.dead = true;
    port::batch damage;
    damage.epoch = w.journal.epoch_of(0);
    damage.retries.push_back(row);
    w.journal.commit(damage);
    const auto listed = e->failed_effects(true, {}, "", 10).value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0].kind, "");
}

// Fails where each batch carries the cursors that moved: the same rows would be written with every commit.
TEST(dispatcher, how_far_the_lanes_are_is_written_a_few_times_a_second_however_many_commits_there_are) {
    world w;
    auto how = quick();
    how.sweep_every = std::chrono::hours{1};  // it asks for them, too
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    std::atomic<int> with_cursors{0};
    w.journal.before_commit([&](const port::batch& b) { with_cursors += b.cursors.empty() ? 0 : 1; });
    const auto began = std::chrono::steady_clock::now();
    constexpr int many = 200;
    for (int i = 0; i < many; ++i) {
        ASSERT_TRUE(e->submit_wait(sim_change(1)));
        ASSERT_TRUE(eventually([&] { return lane_of(*e, destination::sms).waiting == 0; }));
    }
    const auto took = std::chrono::steady_clock::now() - began;
    w.journal.before_commit({});
    EXPECT_LE(with_cursors, took / std::chrono::milliseconds{50} + 2);
}

/// What the journal says that number 1 is.
void say_what_is(port::fake_journal& journal, void (*change)(domain::number_state&)) {
    for (auto& [id, row] : journal.all_streams()) {
        if (row.key != number_key(1)) continue;
        domain::number_state state;
        state.number = base::msisdn::trusted(number_text(1));
        state.generations = 1;  // money for a number that nobody has any more waits
        change(state);
        row.snapshot = base::to_json(state);
        row.snapshot_version = row.version;
    }
}

// Fails when such an answer is taken for refused, or when what rides with it is committed before the effect is kept.
TEST(dispatcher, an_answer_that_meets_a_fault_of_ours_is_kept_and_told_again) {
    world w;
    w.script(destination::webhook,
             [](const outbound&) -> base::result<delivered> { return refuse(code::peer_unreachable, "No route."); });
    {
        const auto e = w.run();
        ASSERT_TRUE(e->submit_wait(order(1)));
        ASSERT_TRUE(eventually([&] { return w.log.count("destination_paused") == 1; }));
    }
    w.script(destination::webhook, [](const outbound&) -> base::result<delivered> {
        return delivered{domain::number_command(domain::add_money{domain::booking_kind::top_up, {100, "CNY"}, "p-1"}),
                         {}};
    });
    say_what_is(w.journal, [](domain::number_state& s) { s.unclaimed_made = -5; });
    std::atomic<bool> kept{false};
    std::atomic<bool> left_alone{false};
    w.journal.before_commit([&](const port::batch& rows) {
        if (!rows.retries.empty()) kept = true;
        const auto webhook = static_cast<int>(destination::webhook);
        if (!kept && std::ranges::count(rows.cursors, webhook, &port::cursor::destination) > 0) left_alone = true;
    });
    {
        const auto e = w.run();
        ASSERT_TRUE(eventually([&] { return e->failed_effects(false, {}, "", 10).value().size() == 1; }));
        EXPECT_EQ(e->failed_effects(false, {}, "", 10).value()[0].error_code, "internal");
        EXPECT_EQ(e->metrics().commands_faulty.load(), 1);
        EXPECT_EQ(w.log.count("command_faulty"), 1);
        EXPECT_EQ(w.log.count("answer_refused"), 0);
        EXPECT_TRUE(e->read(number_key(1)).value()->number().unclaimed.empty());
        EXPECT_FALSE(left_alone) << "the lane goes on in the commit that keeps the effect, and not before";
    }
    w.journal.before_commit({});
    say_what_is(w.journal, [](domain::number_state&) {});
    const auto e = w.run();
    ASSERT_TRUE(eventually([&] {
        w.clock.advance(base::seconds{10});
        return e->read(number_key(1)).value()->number().unclaimed.size() == 1;
    }));
    const auto tried = w.peer(destination::webhook).seen();
    EXPECT_EQ(std::ranges::count(tried, tried.front().key, &outbound::key), 2);
    ASSERT_TRUE(eventually([&] { return e->failed_effects(false, {}, "", 10).value().empty(); }));
    EXPECT_EQ(w.log.count("command_faulty"), 1);
}

}  // namespace
}  // namespace keepline::engine::testing
