#include "engine/trusted_clock.hpp"

#include "base/property.hpp"

#include <gtest/gtest.h>

namespace keepline::engine {
namespace {

const base::instant start_of_2026 = *base::instant_from_iso("2026-01-01T00:00:00Z");
constexpr base::duration eight_years = base::days{8 * 365};

struct machine_room {
    port::fake_machine_time machine{start_of_2026};
    port::fake_notebook notes;
    port::no_log log;

    trusted_clock run() { return trusted_clock(machine, notes, log, {}); }
    /// A second passes, and the clock looks.
    void pass(trusted_clock& clock, base::duration by) {
        machine.pass(by);
        clock.look();
    }
    void pass_without_a_clock(base::duration by) { machine.pass(by); }
    void accept() { (void)notes.write({{std::string(clock_accept_note), clock_note::of(machine).text()}}); }
};

TEST(trusted_clock, follows_the_wall_clock_and_its_small_corrections) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    m.pass(clock, base::hours{1});
    EXPECT_EQ(clock.now(), start_of_2026 + base::hours{1});
    m.machine.step(base::seconds{20});
    EXPECT_EQ(clock.now(), start_of_2026 + base::hours{1} + base::seconds{20});
    EXPECT_FALSE(clock.doubtful());
}

TEST(trusted_clock, a_jump_of_eight_years_moves_nothing_until_somebody_accepts_it) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    m.machine.step(eight_years);
    EXPECT_TRUE(clock.doubtful());
    EXPECT_NE(clock.trouble().find("keepline clock accept"), std::string::npos);
    m.pass(clock, base::hours{1});
    EXPECT_EQ(clock.now(), start_of_2026 + base::hours{1}) << "time goes on by the counter";
    m.accept();
    m.pass(clock, base::seconds{1});
    EXPECT_FALSE(clock.doubtful());
    EXPECT_EQ(clock.now(), start_of_2026 + eight_years + base::hours{1} + base::seconds{1});
}

TEST(trusted_clock, a_clock_that_is_set_right_again_needs_nobody) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    m.machine.step(eight_years);
    EXPECT_TRUE(clock.doubtful());
    m.machine.step(-eight_years);
    EXPECT_FALSE(clock.doubtful());
    EXPECT_EQ(clock.now(), start_of_2026);
}

TEST(trusted_clock, many_small_steps_are_a_large_one) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    for (int i = 0; i < 100; ++i) {
        m.machine.step(base::seconds{10});
        m.pass(clock, base::seconds{1});
    }
    EXPECT_TRUE(clock.doubtful());
    EXPECT_LT(clock.now(), start_of_2026 + base::minutes{10});
}

TEST(trusted_clock, set_back_it_does_not_run_backwards_and_catches_up_when_accepted) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    m.pass(clock, base::hours{10});
    m.machine.step(-base::hours{4});
    const auto before = clock.now();
    EXPECT_TRUE(clock.doubtful());
    m.accept();
    clock.look();
    EXPECT_FALSE(clock.doubtful());
    EXPECT_EQ(clock.now(), before) << "what has expired stays expired";
    for (int i = 0; i < 4; ++i) m.pass(clock, base::hours{1});
    EXPECT_EQ(clock.now(), before + base::hours{2}) << "half as fast";
    for (int i = 0; i < 5; ++i) m.pass(clock, base::hours{1});
    EXPECT_EQ(clock.now(), start_of_2026 + base::hours{15}) << "the wall clock has caught up";
}

TEST(trusted_clock, an_acceptance_is_of_one_shift_and_not_of_the_next) {
    machine_room m;
    auto clock = m.run();
    ASSERT_TRUE(clock.start());
    m.machine.step(base::days{1});
    m.accept();
    m.machine.step(eight_years);
    clock.look();
    EXPECT_TRUE(clock.doubtful());
    EXPECT_EQ(clock.now(), start_of_2026);
}

TEST(trusted_clock, what_was_accepted_is_remembered_by_the_next_start) {
    machine_room m;
    base::instant before;
    {
        auto clock = m.run();
        ASSERT_TRUE(clock.start());
        m.machine.step(-base::hours{4});
        m.accept();
        clock.look();
        ASSERT_TRUE(clock.keep_mark());
        before = clock.now();
    }
    m.pass_without_a_clock(base::minutes{1});
    auto next = m.run();
    ASSERT_TRUE(next.start());
    EXPECT_FALSE(next.doubtful());
    EXPECT_GE(next.now(), before);
}

TEST(trusted_clock, a_start_allows_the_longest_downtime_and_no_more) {
    machine_room m;
    {
        auto first = m.run();
        ASSERT_TRUE(first.start());
    }
    m.machine.reboot(base::days{2});
    auto second = m.run();
    ASSERT_TRUE(second.start());
    EXPECT_FALSE(second.doubtful());
    EXPECT_EQ(second.now(), start_of_2026 + base::days{2});
    m.machine.reboot(base::days{20});
    auto third = m.run();
    ASSERT_TRUE(third.start());
    EXPECT_TRUE(third.doubtful());
    EXPECT_EQ(third.now(), start_of_2026 + base::days{2});
    m.accept();
    third.look();
    EXPECT_EQ(third.now(), start_of_2026 + base::days{22});
}

TEST(trusted_clock, a_start_knows_of_a_clock_set_back_or_forward_meanwhile) {
    for (const auto by : {base::duration(base::hours{1}), base::duration(-base::hours{1})}) {
        machine_room m;
        {
            auto first = m.run();
            ASSERT_TRUE(first.start());
        }
        m.machine.pass(base::days{10});  // without a new start of the machine the counter explains any time
        {
            auto same = m.run();
            ASSERT_TRUE(same.start());
            EXPECT_FALSE(same.doubtful());
        }
        m.machine.step(by);
        auto next = m.run();
        ASSERT_TRUE(next.start());
        EXPECT_TRUE(next.doubtful());
        EXPECT_EQ(next.now(), start_of_2026 + base::days{10});
    }
}

// Fails when now() gives the wall clock, or the anchor, without comparing it with what it said before.
TEST(trusted_clock, never_runs_backwards_whatever_is_done_to_the_machine) {
    EXPECT_HOLDS("never backwards", [](const std::vector<std::pair<int, int>>& steps) {
        machine_room m;
        std::optional<trusted_clock> clock;
        clock.emplace(m.machine, m.notes, m.log, trusted_clock::settings{});
        RC_ASSERT(clock->start().has_value());
        auto last = clock->now();
        for (const auto& [what, by] : steps) {
            const auto amount = base::duration{by % 1'000'000'000};
            switch (std::abs(what % 5)) {
                case 0: m.machine.step(amount); break;
                case 1: m.machine.pass(base::duration{std::abs(amount.count())}); break;
                case 2: m.accept(); break;
                case 3:
                    if (what % 2 == 0) m.machine.reboot(amount);
                    (void)clock->keep_mark();
                    clock.emplace(m.machine, m.notes, m.log, trusted_clock::settings{});
                    RC_ASSERT(clock->start().has_value());
                    break;
                default: clock->look();
            }
            const auto is = clock->now();
            RC_ASSERT(is >= last);
            last = is;
        }
    });
}

}  // namespace
}  // namespace keepline::engine
