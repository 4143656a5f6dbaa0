// The lanes of one destination: order, pauses, falling behind, cursors; without threads where they matter nothing.
#include "engine/lanes.hpp"

#include "port/random.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

constexpr auto sms = domain::destination::sms;

struct bench {
    port::fake_clock clock{instant{1'772'000'000'000}};
    port::fake_random random{3};
    port::lane_metrics metrics;
    settings how;
    backoff waits{how, random};
    int rooms = 0;
    std::atomic<std::int64_t> head{0};
    lanes of;

    static port::effect_id id(std::int64_t seq, int partition, std::size_t index = 0) {
        return port::effect_id::of({partition, seq}, index);
    }

    explicit bench(std::size_t memory = 100)
        : of({.which = sms,
              .clock = &clock,
              .metrics = &metrics,
              .backoff = &waits,
              .memory = memory,
              .poll = std::chrono::milliseconds{1},
              .room = [this] { ++rooms; }}) {
        of.resume({}, {}, 0);
    }
    void hand_over(std::int64_t seq, int partition, int effects = 1) {
        head = seq;
        const std::vector all{entry(seq, partition, effects)};
        of.hand_over(all, seq);
    }
    static std::shared_ptr<const outgoing> entry(std::int64_t seq, int partition, int effects = 1) {
        auto out = std::make_shared<outgoing>();
        out->seq = out->position = seq;
        out->partition = partition;
        out->at = instant{1000 * seq};
        out->destinations = 1U << static_cast<unsigned>(sms);
        for (int i = 0; i < effects; ++i) out->effects.emplace_back(domain::send_notice{});
        return out;
    }
};

TEST(lanes, one_lane_is_strictly_in_order_and_others_go_beside_it) {
    bench b;
    b.hand_over(1, 0, 2);
    b.hand_over(2, 0);
    b.hand_over(3, 5);
    const auto first = b.of.next().value();
    EXPECT_EQ(first.id(), bench::id(1, 0));
    const auto beside = b.of.next().value();
    EXPECT_EQ(beside.id(), bench::id(3, 5)) << "lane 0 is busy with its head";
    b.of.settled(first);
    const auto second = b.of.next().value();
    EXPECT_EQ(second.id(), bench::id(1, 0, 1));
    b.of.settled(second);
    EXPECT_EQ(b.of.next().value().id(), bench::id(2, 0));
    EXPECT_EQ(b.metrics.waiting.load(), 2);
    b.of.measure();
    EXPECT_EQ(b.metrics.oldest_waiting_ms.load(), 2000);
}

TEST(lanes, a_peer_that_is_down_keeps_the_order_and_gets_one_probe) {
    bench b;
    b.hand_over(1, 0);
    b.hand_over(2, 1);
    const auto first = b.of.next().value();
    const auto other = b.of.next().value();
    EXPECT_TRUE(b.of.peer_down(first));
    EXPECT_FALSE(b.of.peer_down(other)) << "both failed together: that is one failure";
    EXPECT_TRUE(b.of.paused());
    b.clock.advance(b.how.backoff_first);
    const auto probe = b.of.next().value();
    EXPECT_EQ(probe.attempt, 2);
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        b.of.peer_up(probe);
    });
    const auto next = b.of.next();  // waits for the probe
    EXPECT_FALSE(b.of.paused());
    EXPECT_NE(next->id(), probe.id());
    later.join();
}

TEST(lanes, every_worker_comes_when_jobs_take_their_time) {
    constexpr int workers = 6;
    bench b;
    std::mutex mutex;
    std::condition_variable changed;
    int busy = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < workers; ++i)
        threads.emplace_back([&] {
            while (const auto one = b.of.next()) {
                {
                    std::unique_lock held(mutex);
                    ++busy;
                    changed.notify_all();
                    changed.wait(held, [&] { return busy == workers; });  // nobody ends before all have begun
                }
                b.of.settled(*one);
            }
        });
    for (int i = 0; i < workers; ++i) b.hand_over(i + 1, i);
    {
        std::unique_lock held(mutex);
        EXPECT_TRUE(changed.wait_for(held, std::chrono::seconds{60}, [&] { return busy == workers; }));
        busy = workers;  // should one have failed to come, the others must not wait for ever
        changed.notify_all();
    }
    b.of.stop();
}

TEST(lanes, pauses_grow_but_never_beyond_their_limit) {
    bench b;
    b.hand_over(1, 0);
    base::duration longest{0};
    for (int i = 0; i < 40; ++i) {
        const auto probe = b.of.next().value();
        const auto pause = b.of.peer_down(probe).value();
        longest = std::max(longest, pause);
        EXPECT_LE(pause, b.how.backoff_max / 20);
        if (i == 0) EXPECT_LE(pause, b.how.backoff_first);
        b.clock.advance(pause);
    }
    EXPECT_GT(longest, b.how.backoff_first * 4);
}

TEST(lanes, what_does_not_fit_is_read_again_later_and_comes_once) {
    bench b(4);
    for (std::int64_t seq = 1; seq <= 4; ++seq) b.hand_over(seq, 0);
    EXPECT_FALSE(b.of.wants_after()) << "behind, but without room";
    for (std::int64_t seq = 5; seq <= 8; ++seq) b.hand_over(seq, 0);
    EXPECT_EQ(b.metrics.waiting.load(), 8) << "counted, though not held";
    std::vector<std::int64_t> seen;
    const auto carry_out = [&](int n) {
        for (int i = 0; i < n; ++i) {
            const auto one = b.of.next().value();
            seen.push_back(one.id().seq());
            b.of.settled(one);
        }
    };
    carry_out(2);
    EXPECT_EQ(b.rooms, 1);
    ASSERT_EQ(b.of.wants_after(), 4);
    const std::vector piece{bench::entry(5, 0), bench::entry(6, 0), bench::entry(7, 0)};
    b.of.feed(piece, 7, b.head);
    carry_out(3);
    ASSERT_EQ(b.of.wants_after(), 7);
    b.head = 9;  // committed, and read by the reader before the writer gets to handing it over
    const std::vector rest{bench::entry(8, 0), bench::entry(9, 0)};
    b.of.feed(rest, 9, b.head);
    carry_out(3);
    const std::vector late{bench::entry(9, 0)};
    b.of.hand_over(late, 9);
    b.hand_over(10, 0);
    carry_out(2);
    EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(b.metrics.waiting.load(), 0);
}

TEST(lanes, a_destination_starts_behind_its_horizon_and_leaves_out_what_is_done) {
    bench b;
    b.head = 20;
    b.of.resume({{0, 9}, {1, 20}}, {{0, bench::id(10, 3)}, {0, bench::id(5, 4)}, {1, bench::id(16, 3)}}, 20);
    ASSERT_EQ(b.of.wants_after(), 9) << "entry 10 is settled in part only";
    const std::vector piece{bench::entry(10, 3, 2), bench::entry(15, 4), bench::entry(16, 3)};
    b.of.feed(piece, 20, b.head);
    EXPECT_FALSE(b.of.wants_after());
    const auto first = b.of.next().value();
    EXPECT_EQ(first.id(), bench::id(10, 3, 1));
    b.of.settled(first);
    EXPECT_EQ(b.of.next().value().id(), bench::id(15, 4));
    EXPECT_EQ(b.of.next().value().id(), bench::id(16, 3));
    EXPECT_EQ(b.metrics.waiting.load(), 2);
}

TEST(lanes, a_horizon_at_the_head_leaves_nothing_to_read) {
    bench b;
    b.of.resume({{0, 20}}, {}, 20);
    EXPECT_FALSE(b.of.wants_after());
    b.hand_over(21, 7);
    EXPECT_EQ(b.of.next().value().id(), bench::id(21, 7));
}

TEST(lanes, only_lanes_that_settled_something_beyond_the_horizon_tell_a_cursor) {
    bench b;
    b.hand_over(1, 0);
    b.hand_over(2, 1);
    b.hand_over(3, 2);
    const auto first = b.of.next().value();
    static_cast<void>(b.of.next());  // lane 1 is busy
    const auto third = b.of.next().value();
    b.of.settled(first);
    b.of.settled(third);
    EXPECT_TRUE(b.of.has_cursors(false));
    port::batch rows;
    b.of.add_cursors(rows);
    EXPECT_EQ(rows.horizons, (std::vector<port::horizon>{{0, 1}})) << "entry 2 waits";
    EXPECT_EQ(rows.cursors, (std::vector<port::cursor>{{0, bench::id(3, 2)}}));
    EXPECT_FALSE(b.of.has_cursors(true)) << "told once";
    EXPECT_EQ(b.of.held_lanes(), 1U) << "only the lane that waits is held";
    port::batch nothing;
    b.of.add_cursors(nothing);
    EXPECT_TRUE(nothing.horizons.empty() && nothing.cursors.empty());
}

TEST(lanes, entries_for_others_move_the_horizon_only) {
    bench b;
    for (std::int64_t position = 1; position <= 5000; ++position) b.of.hand_over({}, position);
    EXPECT_EQ(b.of.held_lanes(), 0U);
    EXPECT_FALSE(b.of.has_cursors(false));
    EXPECT_TRUE(b.of.has_cursors(true));
    port::batch rows;
    b.of.add_cursors(rows);
    EXPECT_EQ(rows.horizons, (std::vector<port::horizon>{{0, 5000}}));
    EXPECT_TRUE(rows.cursors.empty());
    EXPECT_FALSE(b.of.has_cursors(true));
}

TEST(lanes, retries_are_not_starved_by_full_lanes) {
    bench b;
    for (std::int64_t seq = 1; seq <= 20; ++seq) b.hand_over(seq, static_cast<int>(seq));
    port::retry row;
    row.attempts = 3;
    b.of.add_retry({bench::entry(100, 0), 0, 0, row, 0});
    bool seen = false;
    for (int i = 0; i < 8; ++i) {
        const auto one = b.of.next().value();
        if (one.again) {
            seen = true;
            EXPECT_EQ(one.attempt, 4);
        }
    }
    EXPECT_TRUE(seen);
}

TEST(lanes, every_fourth_job_comes_from_the_retry_table_while_both_wait) {
    bench b;
    for (std::int64_t seq = 1; seq <= 20; ++seq) b.hand_over(seq, static_cast<int>(seq));
    port::retry row;
    for (int i = 0; i < 5; ++i) b.of.add_retry({bench::entry(100 + i, 0), 0, 0, row, 0});
    std::string order;
    for (int i = 0; i < 12; ++i) order += b.of.next()->again ? 'r' : '.';
    EXPECT_EQ(order, "...r...r...r");
}

TEST(lanes, what_is_not_sent_to_this_destination_is_neither_counted_nor_carried_out) {
    bench b;
    auto elsewhere = std::make_shared<outgoing>(*bench::entry(1, 0));
    elsewhere->destinations = 1U << static_cast<unsigned>(domain::destination::hlr);
    auto mixed = std::make_shared<outgoing>(*bench::entry(2, 0));
    mixed->effects.insert(mixed->effects.begin(), domain::hlr_keys{});
    const std::vector<std::shared_ptr<const outgoing>> both{elsewhere, mixed};
    b.of.hand_over(both, 2);
    EXPECT_EQ(b.metrics.waiting.load(), 1);
    EXPECT_EQ(b.of.next_now()->id(), bench::id(2, 0, 1));
    EXPECT_FALSE(b.of.next_now());
}

TEST(lanes, an_answer_from_before_the_pause_says_nothing_about_now) {
    bench b;
    for (std::int64_t seq = 1; seq <= 3; ++seq) b.hand_over(seq, static_cast<int>(seq));
    const auto slow = b.of.next_now().value();
    const auto failed = b.of.next_now().value();
    const auto pause = b.of.peer_down(failed).value();
    b.of.peer_up(slow);
    EXPECT_TRUE(b.of.paused());
    EXPECT_FALSE(b.of.next_now());
    EXPECT_EQ(b.of.resumes_at(), b.clock.now() + pause);
    b.clock.advance(pause - base::duration{1});
    EXPECT_TRUE(b.of.paused());
    EXPECT_FALSE(b.of.next_now());
    b.clock.advance(base::duration{1});
    EXPECT_FALSE(b.of.paused());
    const auto probe = b.of.next_now().value();
    EXPECT_TRUE(b.of.paused()) << "until the probe is answered";
    EXPECT_FALSE(b.of.resumes_at());
    EXPECT_FALSE(b.of.next_now()) << "one probe";
    b.of.peer_up(probe);
    EXPECT_FALSE(b.of.paused());
    EXPECT_TRUE(b.of.next_now());
}

TEST(lanes, a_clock_that_was_set_back_ends_the_pause) {
    bench b;
    b.hand_over(1, 0);
    static_cast<void>(b.of.peer_down(b.of.next_now().value()));
    b.clock.set(b.clock.now() - base::duration{1});
    EXPECT_FALSE(b.of.paused());
    EXPECT_TRUE(b.of.next_now());
}

TEST(lanes, a_pause_is_as_long_as_the_peer_said_and_the_next_one_of_ours_is_a_first_again) {
    bench b;
    b.hand_over(1, 0);
    const auto said = base::hours{3};
    EXPECT_EQ(b.of.peer_down(b.of.next_now().value(), said, false), said);
    EXPECT_EQ(b.of.resumes_at(), b.clock.now() + said);
    b.clock.advance(said);
    EXPECT_LE(b.of.peer_down(b.of.next_now().value()).value(), b.how.backoff_first);
}

TEST(lanes, what_goes_back_in_line_comes_next_and_ends_the_pause_of_its_time) {
    bench b;
    b.hand_over(1, 0, 2);
    const auto first = b.of.next_now().value();
    b.of.put_back(first);
    const auto again = b.of.next_now().value();
    EXPECT_EQ(again.id(), first.id());
    EXPECT_EQ(again.attempt, 2);
    static_cast<void>(b.of.peer_down(again));
    b.of.put_back(first);
    EXPECT_TRUE(b.of.paused()) << "it began before the pause";
    b.clock.advance(b.of.resumes_at().value() - b.clock.now());
    const auto probe = b.of.next_now().value();
    b.of.put_back(probe);
    EXPECT_FALSE(b.of.paused());
    port::retry row;
    row.attempts = 7;
    const job from_table{bench::entry(100, 3), 0, 8, row, probe.epoch};
    b.of.put_back(from_table);
    b.of.settled(b.of.next_now().value());
    std::vector<int> attempts;
    while (const auto one = b.of.next_now()) {
        attempts.push_back(one->attempt);
        if (!one->again) b.of.settled(*one);
    }
    EXPECT_EQ(std::ranges::count(attempts, 8), 1);
}

TEST(lanes, who_fails_again_after_others_were_answered_is_what_brings_the_peer_down) {
    bench b;
    for (std::int64_t seq = 1; seq <= 3; ++seq) b.hand_over(seq, static_cast<int>(seq));
    const auto bad = b.of.next_now().value();
    const auto good = b.of.next_now().value();
    EXPECT_FALSE(b.of.brings_it_down(bad)) << "the first time it may be the peer";
    EXPECT_FALSE(b.of.brings_it_down(bad)) << "nobody was answered between";
    b.of.peer_up(good);
    EXPECT_TRUE(b.of.brings_it_down(bad));
    EXPECT_FALSE(b.of.brings_it_down(bad)) << "begun again";
    b.of.peer_up(bad);
    EXPECT_FALSE(b.of.brings_it_down(bad)) << "it was answered itself";
}

TEST(lanes, what_is_put_aside_ends_the_pause_that_it_made_and_no_other) {
    bench b;
    b.hand_over(1, 0);
    b.hand_over(2, 1);
    const auto first = b.of.next_now().value();
    const auto other = b.of.next_now().value();
    static_cast<void>(b.of.peer_down(first, std::nullopt, true));
    b.of.put_aside(other);
    EXPECT_TRUE(b.of.paused()) << "of another time";
    b.clock.advance(b.of.resumes_at().value() - b.clock.now());
    port::retry row;
    b.of.add_retry({bench::entry(9, 5), 0, 0, row, 0});
    const auto probe = b.of.next_now().value();
    EXPECT_TRUE(b.of.paused());
    b.of.put_aside(probe);
    EXPECT_FALSE(b.of.paused());
}

TEST(lanes, rest_when_nothing_waits_or_while_a_pause_lasts) {
    bench b;
    EXPECT_TRUE(b.of.at_rest());
    b.hand_over(1, 0);
    EXPECT_FALSE(b.of.at_rest());
    const auto one = b.of.next_now().value();
    EXPECT_FALSE(b.of.at_rest());
    const auto pause = b.of.peer_down(one).value();
    EXPECT_TRUE(b.of.at_rest());
    b.clock.advance(pause);
    EXPECT_FALSE(b.of.at_rest());
    const auto probe = b.of.next_now().value();
    EXPECT_FALSE(b.of.at_rest());
    b.of.peer_up(probe);
    b.of.settled(probe);
    EXPECT_TRUE(b.of.at_rest());
    port::retry row;
    b.of.add_retry({bench::entry(9, 5), 0, 0, row, 0});
    EXPECT_FALSE(b.of.at_rest());
}

TEST(lanes, a_stopped_destination_gives_out_nothing) {
    bench b;
    b.hand_over(1, 0);
    b.of.stop();
    EXPECT_FALSE(b.of.next());
    EXPECT_FALSE(b.of.next_now());
}

TEST(lanes, a_cursor_that_is_recorded_with_its_answer_is_not_told_again) {
    bench b;
    b.hand_over(1, 0);
    b.hand_over(2, 1);
    const auto first = b.of.next_now().value();
    const auto second = b.of.next_now().value();
    EXPECT_EQ(b.of.cursor_after(second), (port::cursor{0, bench::id(2, 1)}));
    b.of.recorded(second);
    EXPECT_FALSE(b.of.has_cursors(false));
    b.of.settled(first);
    EXPECT_TRUE(b.of.has_cursors(false));
    b.of.measure();
    EXPECT_EQ(b.metrics.oldest_waiting_ms.load(), 0) << "nothing waits";
}

// ------------------------------------------------------------------------------------------------ how long

TEST(backoff, doubles_from_the_first_wait_to_the_longest_and_spreads_over_its_second_half) {
    settings how;
    how.backoff_first = base::seconds{2};
    how.backoff_max = base::seconds{20};
    port::fake_random random{3};
    backoff waits(how, random);
    for (const auto& [attempts, most] :
         {std::pair{0, 2000}, {1, 2000}, {2, 4000}, {3, 8000}, {4, 16'000}, {5, 20'000}, {50, 20'000}}) {
        base::duration least_seen{1'000'000};
        base::duration most_seen{0};
        for (int i = 0; i < 400; ++i) {
            const auto one = waits.for_effect(attempts);
            least_seen = std::min(least_seen, one);
            most_seen = std::max(most_seen, one);
        }
        EXPECT_GE(least_seen.count(), most / 2) << attempts;
        EXPECT_LE(most_seen.count(), most) << attempts;
        EXPECT_LT(least_seen.count(), most / 2 + most / 20) << attempts;
        EXPECT_GT(most_seen.count(), most - most / 20) << attempts;
    }
}

TEST(backoff, of_a_destination_is_a_twentieth_of_an_effects_and_never_less_than_a_tenth_of_itself) {
    settings how;
    how.backoff_first = base::seconds{1};
    how.backoff_max = base::seconds{200};
    port::fake_random random{3};
    backoff waits(how, random);
    for (const auto& [failures, most] : {std::pair{1, 1000}, {4, 8000}, {5, 10'000}, {50, 10'000}}) {
        base::duration least_seen{1'000'000};
        base::duration most_seen{0};
        for (int i = 0; i < 400; ++i) {
            const auto one = waits.for_destination(failures);
            least_seen = std::min(least_seen, one);
            most_seen = std::max(most_seen, one);
        }
        EXPECT_GE(least_seen.count(), most / 10) << failures;
        EXPECT_LE(most_seen.count(), most) << failures;
        EXPECT_LT(least_seen.count(), most / 5) << failures;
        EXPECT_GT(most_seen.count(), most - most / 20) << failures;
    }
}

}  // namespace
}  // namespace keepline::engine
