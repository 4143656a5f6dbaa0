// What a sandbox asks of the engine when it moves the clock (app/sandbox.hpp).
#include "engine/ending_budget.hpp"
#include "engine/engine_world.hpp"
#include "port/notebook.hpp"

#include <gtest/gtest.h>

namespace keepline::engine::testing {

namespace {

using namespace std::chrono_literals;

/// In use, and valid for ten days more.
submission taken_over(int n, base::instant now) {
    auto ordered = order(n);
    domain::import_line what;
    what.order = std::get<domain::order_line>(std::get<domain::number_command>(ordered.what));
    what.since = now - base::days{700};
    what.valid_until = now + base::days{10};
    ordered.what = domain::number_command(what);
    return ordered;
}

bool comes_to_rest(engine& of) {
    return eventually([&] {
        of.time_has_moved();
        const auto rests = of.at_rest();
        return rests && *rests;
    });
}

TEST(moved_clock, rests_only_once_effects_have_left) {
    world w;
    std::atomic<bool> open{false};
    w.script(domain::destination::sms, [&](const port::outbound&) -> result<port::delivered> {
        while (!open) std::this_thread::sleep_for(1ms);
        return port::delivered{};
    });
    const auto engine = w.run();
    ASSERT_TRUE(engine->submit_wait(order(1)));
    ASSERT_TRUE(engine->submit_wait(sim_change(1)));
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(engine->at_rest().value());
    open = true;
    EXPECT_TRUE(comes_to_rest(*engine));
    EXPECT_FALSE(w.peer(domain::destination::sms).seen().empty());
}

TEST(moved_clock, what_is_due_is_done_before_it_rests) {
    world w;
    const auto engine = w.run();
    ASSERT_TRUE(engine->submit_wait(taken_over(1, w.clock.now())));
    ASSERT_TRUE(comes_to_rest(*engine));
    const auto start = w.clock.now();
    std::vector<base::instant> steps;
    const auto end = start + base::days{150};  // ended, and not yet released
    for (auto now = start; now < end;) {
        now = engine->next_due(end).value();
        ASSERT_GT(now, w.clock.now());
        steps.push_back(now);
        w.clock.set(now);
        ASSERT_TRUE(comes_to_rest(*engine));
        const auto due = w.journal.due(now, 10);
        ASSERT_TRUE(due && due->empty());
    }
    // Reminders, grace, suspension, the end: an instant for each, and not one long jump.
    EXPECT_GT(steps.size(), 5u);
    const auto line = engine->read(number_key(1)).value();
    ASSERT_TRUE(line->number().subscription.has_value());
    EXPECT_EQ(line->number().subscription->status, domain::line_status::ended);
}

// Fails where only what is due tomorrow counts: on the day of the last reminder the line says that this is next, and
// its end on the day after comes unforeseen. Every line would be held, every day.
TEST(moved_clock, an_end_that_a_reminder_goes_before_is_foreseen) {
    world w;
    port::fake_notebook notes;
    auto how = quick();
    how.endings_floor = 1;
    how.endings_percent = 100;
    auto with = w.parts();
    with.notes = &notes;
    engine e(std::move(with), how);
    ASSERT_TRUE(e.start());
    constexpr int lines = 5;
    const auto start = w.clock.now();
    for (int n = 1; n <= lines; ++n) ASSERT_TRUE(e.submit_wait(taken_over(n, start)));
    constexpr std::int64_t day_ms = 86'400'000;
    for (auto day = start.ms / day_ms; day < start.ms / day_ms + 13; ++day) {
        w.clock.set(std::max(w.clock.now(), base::instant{day * day_ms}));
        ASSERT_TRUE(eventually([&] {
            e.time_has_moved();
            const auto noted = notes.read(endings_forecast_note);
            return noted && *noted && (*noted)->starts_with(std::to_string(day) + " ");
        }));
        for (;;) {
            ASSERT_TRUE(comes_to_rest(e));
            ASSERT_EQ(e.endings_trouble(), "") << "on the day " << day - start.ms / day_ms;
            const auto next = e.next_due(base::instant{(day + 1) * day_ms}).value();
            if (next >= base::instant{(day + 1) * day_ms}) break;
            w.clock.set(next);
        }
    }
    for (int n = 1; n <= lines; ++n) {
        const auto line = e.read(number_key(n)).value();
        ASSERT_TRUE(line->number().subscription.has_value());
        EXPECT_EQ(line->number().subscription->status, domain::line_status::grace);
    }
}

TEST(moved_clock, a_failed_effect_is_tried_when_it_comes_due_and_holds_up_nothing) {
    world w;
    std::atomic<int> tries{0};
    w.script(domain::destination::sms, [&](const port::outbound&) -> result<port::delivered> {
        if (++tries < 3) return base::refuse(base::code::peer_garbled, "not yet");
        return port::delivered{};
    });
    const auto engine = w.run();
    ASSERT_TRUE(engine->submit_wait(order(1)));
    ASSERT_TRUE(engine->submit_wait(sim_change(1)));
    ASSERT_TRUE(comes_to_rest(*engine));
    const auto before = tries.load();
    ASSERT_EQ(before, 1);
    const auto again = engine->next_due(w.clock.now() + base::days{1}).value();
    ASSERT_LT(again, w.clock.now() + base::minutes{11});
    w.clock.set(again);
    ASSERT_TRUE(comes_to_rest(*engine));
    EXPECT_EQ(tries.load(), 2);
}

TEST(moved_clock, a_destination_that_pauses_is_waited_for_no_longer_than_its_pause) {
    world w;
    std::atomic<bool> down{true};
    w.script(domain::destination::sms, [&](const port::outbound&) -> result<port::delivered> {
        if (down) return base::refuse(base::code::peer_unreachable, "away");
        return port::delivered{};
    });
    const auto engine = w.run();
    ASSERT_TRUE(engine->submit_wait(order(1)));
    ASSERT_TRUE(engine->submit_wait(sim_change(1)));
    ASSERT_TRUE(comes_to_rest(*engine));
    const auto ends = engine->next_due(w.clock.now() + base::days{1}).value();
    EXPECT_LT(ends, w.clock.now() + base::minutes{11});
    down = false;
    const auto tried = w.peer(domain::destination::sms).seen().size();
    w.clock.set(ends);
    ASSERT_TRUE(comes_to_rest(*engine));
    EXPECT_GT(w.peer(domain::destination::sms).seen().size(), tried);
}

}  // namespace

}  // namespace keepline::engine::testing
