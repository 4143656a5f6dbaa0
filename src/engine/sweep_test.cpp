// What time does: ticks, timers that are stuck, dates that are computed again.
#include "engine/ending_budget.hpp"
#include "engine/engine_world.hpp"

namespace keepline::engine::testing {
namespace {

submission open_closure(int n) { return number_command(n, domain::number_command(domain::open_closure{})); }

TEST(sweep, a_due_stream_gets_its_tick_once) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const auto opened = e->submit_wait(open_closure(1)).value();
    const auto due = domain::number::next_due(opened.view->number()).value();
    w.clock.set(due - base::seconds{1});
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    EXPECT_EQ(at(*e->read(number_key(1)).value()->number().current), domain::stage::opened);
    w.clock.set(due);
    ASSERT_TRUE(
        eventually([&] { return at(*e->read(number_key(1)).value()->number().current) == domain::stage::expired; }));
    EXPECT_NE(w.journal.all_entries().back().meta.find("timer"), std::string::npos);
    const auto entries = w.journal.all_entries().size();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    EXPECT_EQ(w.journal.all_entries().size(), entries);
}

TEST(sweep, many_streams_that_are_due_at_once_are_all_ticked) {
    world w;
    const auto e = w.run();
    constexpr int many = 3'000;  // more than are ticked at one time
    std::vector<std::future<result<answer>>> sent;
    for (int n = 0; n < many; ++n) {
        sent.push_back(send(*e, order(n)));
        sent.push_back(send(*e, open_closure(n)));
    }
    for (auto& one : sent) ASSERT_TRUE(one.get());
    w.clock.advance(base::days{400});
    const auto all_expired = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});  // counting holds up who is being waited for
        return e->counts().value().closures_by_stage.empty();
    };
    EXPECT_TRUE(eventually(all_expired, std::chrono::seconds{240}));
}

// Fails when ticked() does not remember the stream as stuck: the counter runs into the thousands.
TEST(sweep, a_timer_that_does_nothing_is_not_asked_again_and_again) {
    world w;
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(order(2)));
    ASSERT_TRUE(e->submit_wait(open_closure(2)));
    e.reset();
    // A row that says "due" where the state says nothing: the tick meets a command that is already true.
    w.journal.all_streams()[1].next_due = w.clock.now() - base::hours{1};
    w.journal.all_streams()[1].snapshot = "broken";  // and cannot even be read
    e = w.run();
    ASSERT_TRUE(eventually([&] { return w.log.count("timer_stuck") >= 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    EXPECT_EQ(w.log.count("timer_stuck"), 1);
    w.clock.advance(base::seconds{2});
    ASSERT_TRUE(eventually([&] { return w.log.count("timer_stuck") == 2; }));
    w.clock.advance(base::days{400});
    EXPECT_TRUE(eventually([&] {
        return at(*e->read(number_key(2)).value()->number().current) == domain::stage::expired;
    })) << "the others are not held up";
}

TEST(sweep, provisional_dates_are_asked_for_at_the_start_and_with_new_rules) {
    world w;
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return e->metrics().commands_accepted.load() == 2; }))
        << "its owner is told of the line";
    e.reset();
    auto& row = w.journal.all_streams()[1];
    row.index.date_provisional = true;
    e = w.run();
    ASSERT_TRUE(eventually([&] { return e->metrics().commands_accepted.load() == 1; })) << "recheck_dates was sent";
    e->use_rules(rules());
    ASSERT_TRUE(eventually([&] { return e->metrics().commands_accepted.load() == 2; }));
    EXPECT_EQ(e->rules(), rules());
}

TEST(sweep, nothing_ends_while_the_clock_is_in_doubt) {
    world w;
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(open_closure(1)));
    ASSERT_TRUE(eventually([&] { return e->metrics().commands_accepted.load() == 3; }))
        << "its owner is told of the line";
    w.clock.doubt(true);
    w.clock.advance(base::days{4000});
    EXPECT_FALSE(e->ready());
    const auto accepted = e->metrics().commands_accepted.load();
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    EXPECT_EQ(e->metrics().commands_accepted.load(), accepted);
    w.clock.doubt(false);
    EXPECT_TRUE(
        eventually([&] { return at(*e->read(number_key(1)).value()->number().current) == domain::stage::expired; }));
    EXPECT_TRUE(e->ready());
}

// Fails when the writer does not ask may_end: all forty end at once.
TEST(sweep, no_more_ends_in_a_day_than_was_foreseen_until_somebody_accepts_it) {
    world w;
    port::fake_notebook notes;
    auto how = quick();
    how.endings_floor = 10;
    const auto run = [&] {
        auto with = w.parts();
        with.notes = &notes;
        auto made = std::make_unique<engine>(std::move(with), how);
        EXPECT_TRUE(made->start().has_value());
        return made;
    };
    auto e = run();
    constexpr int lines = 40;
    for (int n = 1; n <= lines; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(open_closure(n)));
    }
    const auto expired = [&] {
        int out = 0;
        for (int n = 1; n <= lines; ++n)
            out += at(*e->read(number_key(n)).value()->number().current) == domain::stage::expired ? 1 : 0;
        return out;
    };
    w.clock.advance(base::days{400});
    ASSERT_TRUE(eventually([&] { return !e->endings_trouble().empty(); }));
    EXPECT_TRUE(eventually([&] { return w.log.count("endings_held") == 1; })) << "it is logged after it is shown";
    EXPECT_LE(e->metrics().endings_today.load(), 10);
    EXPECT_TRUE(eventually([&] { return expired() > 0; }));
    e.reset();
    e = run();  // a restart changes nothing
    ASSERT_TRUE(eventually([&] { return !e->endings_trouble().empty(); }));
    EXPECT_LE(expired(), 10);
    // Fails where what is held counts as foreseen: on the second day after it all would go without a word.
    for (int days = 1; days <= 2; ++days) {
        w.clock.advance(base::days{1});
        e->use_rules(rules());  // a look at once
        ASSERT_TRUE(eventually([&] {
            const auto noted = notes.read(endings_forecast_note);
            return noted && *noted && (*noted)->starts_with(std::to_string(w.clock.now().ms / 86'400'000) + " ");
        }));
        ASSERT_TRUE(eventually([&] { return !e->endings_trouble().empty(); }));
        EXPECT_LE(expired(), 10 * (1 + days));
    }
    (void)notes.write({{std::string(endings_accept_note), std::to_string(w.clock.now().ms / 86'400'000) + " 0"}});
    EXPECT_TRUE(eventually([&] { return expired() == lines; }));
    EXPECT_TRUE(e->endings_trouble().empty());
}

// Fails where each step counts: a line whose case expires, that is suspended and ends within a day would count three
// times.
TEST(sweep, a_line_counts_once_in_a_day_however_many_steps_it_goes) {
    world w;
    port::fake_notebook notes;
    constexpr int lines = 6;
    auto how = quick();
    how.endings_floor = lines;
    auto with = w.parts();
    with.notes = &notes;
    engine e(std::move(with), how);
    ASSERT_TRUE(e.start());
    for (int n = 1; n <= lines; ++n) {
        ASSERT_TRUE(e.submit_wait(order(n)));
        ASSERT_TRUE(e.submit_wait(open_closure(n)));
    }
    w.clock.advance(base::days{400});
    const auto all_ended = [&] {
        for (int n = 1; n <= lines; ++n)
            if (at(*e.read(number_key(n)).value()->number().current) != domain::stage::expired) return false;
        return true;
    };
    EXPECT_TRUE(eventually(all_ended)) << e.endings_trouble();
    EXPECT_TRUE(eventually([&] { return e.metrics().endings_today.load() == lines; }));
    EXPECT_EQ(w.log.count("endings_held"), 0);
}

TEST(sweep, what_yesterday_foresaw_may_end) {
    world w;
    auto how = quick();
    how.endings_floor = 1;
    how.endings_percent = 100;
    auto e = w.run(how);
    constexpr int lines = 20;
    for (int n = 1; n <= lines; ++n) {
        ASSERT_TRUE(e->submit_wait(order(n)));
        ASSERT_TRUE(e->submit_wait(open_closure(n)));
    }
    const auto due = *w.journal.all_streams()[1].next_due;
    e.reset();
    w.clock.set(due - base::days{1});  // the day before: it is counted
    e = w.run(how);
    e->use_rules(rules());
    w.clock.set(due + base::minutes{1});
    EXPECT_TRUE(eventually([&] { return e->counts().value().closures_by_stage.empty(); })) << e->endings_trouble();
}

// Fails where the sweep has no word for a stream of that kind.
TEST(sweep, a_request_that_nobody_signed_is_over_by_itself_about_a_person_and_about_a_profile) {
    world w;
    const auto e = w.run();
    const port::stream_key person{port::stream_kind::subscriber, "sb-9"};
    const port::stream_key profile{port::stream_kind::esim, "8986001234567890123"};
    const auto send_first = [&](const port::stream_key& to, any_command what) {
        auto out = command_for(to, std::move(what));
        out.must_exist = false;
        ASSERT_TRUE(e->submit_wait(out));
    };
    send_first(person, domain::subscriber_command(
                           domain::register_subscriber{base::label::trusted("sb-9"), "en", {}, "account", {}}));
    send_first(person, domain::subscriber_command(domain::erase_subscriber{}));
    const auto iccid = base::iccid::trusted(profile.key);
    send_first(profile, domain::esim_command(domain::provide_esim{
                            iccid, base::imsi::trusted("460010000000001"), "standard", {}, true, false}));
    domain::download_terms terms;
    terms.matching_id = "MID-9";
    send_first(profile,
               domain::esim_command(domain::order_for_line{
                   {}, "standard", base::msisdn::trusted(number_text(9)), 1, base::label::trusted("sb-9"), terms}));
    send_first(profile, domain::esim_command(
                            domain::begin_download{"t1", base::eid::trusted(std::string(32, '8')), "k", "MID-9"}));
    send_first(profile, domain::esim_command(domain::deliver_package{"t1"}));
    send_first(profile, domain::esim_command(domain::reset_order{{}, {}, {}}));
    const auto state_of = [&](const port::stream_key& key) {
        const auto view = e->read(key).value();
        const auto& asked = key.kind == port::stream_kind::esim ? view->esim().asked : view->subscriber().asked;
        return asked.list.empty() ? domain::request_state::refused : asked.list.back().state;
    };
    ASSERT_EQ(state_of(person), domain::request_state::waiting);
    ASSERT_EQ(state_of(profile), domain::request_state::waiting);
    w.clock.advance(base::days{30});
    EXPECT_TRUE(eventually([&] {
        return state_of(person) == domain::request_state::expired &&
               state_of(profile) == domain::request_state::expired;
    }));
    EXPECT_EQ(w.log.count("timer_stuck"), 0);
}

}  // namespace
}  // namespace keepline::engine::testing
