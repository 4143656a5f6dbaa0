// The writer as callers see it: order, group commit, idempotency, versions, refusals, stopping.
#include "engine/engine_world.hpp"
#include "engine/history.hpp"

namespace keepline::engine::testing {
namespace {

using base::code;

TEST(writer, an_ordered_line_is_read_back_by_number_and_by_public_id) {
    world w;
    const auto e = w.run();
    const auto got = e->submit_wait(order(1));
    ASSERT_TRUE(got) << got.error().words;
    EXPECT_EQ(got->view->version, 1);
    EXPECT_TRUE(got->view->public_id.starts_with("ln_"));
    EXPECT_EQ(got->events.size(), 1);
    EXPECT_EQ(e->read(number_key(1)).value()->public_id, got->view->public_id);
    EXPECT_EQ(e->read_public(got->view->public_id).value()->key, number_key(1));
    EXPECT_EQ(e->read(number_key(2)).error().what, code::not_found);
    EXPECT_EQ(e->history(*got->view, 1, 10).value().size(), 1);
}

// Fails when the entries since a snapshot are not folded, or when none is ever written.
TEST(writer, a_stream_is_known_after_a_restart_whether_or_not_it_has_a_snapshot) {
    world w;
    for (std::uint64_t version = 1; version <= 2 * snapshot_every + 1; ++version) {
        const auto e = w.run();
        ASSERT_TRUE(e->submit_wait(version == 1 ? order(1) : top_up(1, std::to_string(version), 5)));
        const auto& row = w.journal.all_streams()[1];
        EXPECT_EQ(row.version, version);
        EXPECT_EQ(row.snapshot_version, version / snapshot_every * snapshot_every);
        const auto afresh = w.run();
        const auto money = static_cast<std::int64_t>(5 * (version - 1));
        EXPECT_EQ(afresh->read(number_key(1)).value()->number().books.customer_money(), money);
        EXPECT_EQ(afresh->read_public(row.public_id).value()->version, version);
        EXPECT_EQ(verify(w.journal)->first_mismatch, "");
    }
}

TEST(writer, a_stream_of_before_is_read_by_the_snapshot_it_has) {
    world w;
    auto e = w.run();
    const auto first = e->submit_wait(order(1));
    ASSERT_TRUE(first);
    e.reset();
    auto& row = w.journal.all_streams()[1];
    row.snapshot = encode_state(*first->view);  // at an age at which none is written any more
    row.snapshot_version = 1;
    EXPECT_EQ(verify(w.journal)->first_mismatch, "");
    e = w.run();
    EXPECT_EQ(e->read(number_key(1)).value()->state, first->view->state);
    EXPECT_EQ(prepaid(e->submit_wait(top_up(1, "a", 5)).value()), 5);
    e.reset();
    EXPECT_EQ(verify(w.journal)->first_mismatch, "");
    row.snapshot_version = 2;
    EXPECT_NE(verify(w.journal)->first_mismatch.find("version 2 folds to another state"), std::string::npos);
}

TEST(writer, a_command_for_an_unknown_line_is_refused) {
    world w;
    const auto e = w.run();
    EXPECT_EQ(e->submit_wait(top_up(1, "a")).error().what, code::not_found);
    EXPECT_EQ(w.journal.commits(), 0);
}

TEST(writer, a_command_for_the_wrong_kind_of_stream_is_refused) {
    world w;
    const auto e = w.run();
    auto wrong = order(1);
    wrong.to.kind = port::stream_kind::subscriber;
    EXPECT_EQ(e->submit_wait(std::move(wrong)).error().what, code::invalid);
}

TEST(writer, what_was_already_so_is_answered_without_a_commit) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const auto before = w.journal.all_entries().size();
    const auto again = e->submit_wait(order(1));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->events.empty());
    EXPECT_FALSE(again->replayed);
    EXPECT_EQ(w.journal.all_entries().size(), before);
}

// Fails when settle_items() runs before commit().
TEST(writer, answers_come_only_after_the_commit_and_many_share_one) {
    world w;
    const auto e = w.run();
    for (int n = 0; n < 50; ++n) ASSERT_TRUE(e->submit_wait(order(n)));
    gate held(w.journal);
    auto first = send(*e, top_up(0, "first"));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    std::vector<std::future<result<answer>>> rest;
    for (int n = 1; n < 50; ++n) rest.push_back(send(*e, top_up(n, "rest")));
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    EXPECT_FALSE(is_ready(first));
    EXPECT_EQ(e->read(number_key(0)).value()->version, 1) << "nobody reads what is not committed";
    const auto commits = w.journal.commits();
    held.open();
    EXPECT_TRUE(first.get());
    for (auto& one : rest) EXPECT_TRUE(one.get());
    EXPECT_LE(w.journal.commits() - commits, 4) << "49 commands waited for one commit, so they share the next";
    EXPECT_EQ(e->read(number_key(0)).value()->version, 2);
}

// Fails when answers of a stream that the batch writes are not held back (commit(), first loop).
TEST(writer, a_refusal_that_rests_on_the_batch_waits_for_its_commit) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    gate held(w.journal);
    [[maybe_unused]] auto blocker = send(*e, top_up(1, "blocker"));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    auto writes = send(*e, top_up(1, "x"));
    auto same_again = send(*e, top_up(1, "x"));  // no event, but only because of the write before it
    auto stale = top_up(1, "y");
    stale.expected_revision = 1;
    auto refused = send(*e, std::move(stale));
    auto elsewhere = send(*e, top_up(7, "z"));  // no such line: rests on nothing
    held.open();
    ASSERT_TRUE(blocker.get());
    EXPECT_TRUE(writes.get());
    EXPECT_TRUE(same_again.get().value().events.empty());
    EXPECT_EQ(refused.get().error().what, code::version_mismatch);
    EXPECT_EQ(elsewhere.get().error().what, code::not_found);
}

TEST(writer, commands_of_one_stream_in_one_batch_build_on_each_other) {
    world w;
    const auto e = w.run();
    gate held(w.journal);
    [[maybe_unused]] auto blocker = send(*e, order(9));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    auto made = send(*e, order(1));
    auto first = send(*e, top_up(1, "a", 5));
    auto second = send(*e, top_up(1, "b", 7));
    held.open();
    EXPECT_EQ(made.get().value().view->version, 1);
    EXPECT_EQ(prepaid(first.get().value()), 5);
    const auto last = second.get().value();
    EXPECT_EQ(prepaid(last), 12);
    EXPECT_EQ(last.view->version, 3);
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
    ASSERT_TRUE(e->submit_wait(top_up(1, "c", 1))) << "the ids that the batch made are known afterwards";
}

TEST(writer, the_same_key_answers_as_the_first_time_even_after_later_changes_and_a_restart) {
    world w;
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const auto first = e->submit_wait(once(top_up(1, "a", 5), 1)).value();
    EXPECT_FALSE(first.replayed);
    const auto at_once = e->submit_wait(once(top_up(1, "a", 5), 1)).value();
    EXPECT_TRUE(at_once.replayed);
    EXPECT_EQ(at_once.events, first.events);
    ASSERT_TRUE(e->submit_wait(top_up(1, "b", 7)));
    for (int start = 0; start < 2; ++start) {
        const auto later = e->submit_wait(once(top_up(1, "a", 5), 1)).value();
        EXPECT_TRUE(later.replayed);
        EXPECT_EQ(later.view->version, 2);
        EXPECT_EQ(prepaid(later), 5);
        EXPECT_EQ(later.events, first.events);
        e.reset();
        e = w.run();
    }
    EXPECT_EQ(e->submit_wait(once(top_up(1, "zzz", 9), 1, /*request=*/2)).error().what, code::idempotency_key_reused);
    EXPECT_EQ(e->metrics().commands_replayed.load(), 0) << "this run has replayed none";
    EXPECT_EQ(e->read(number_key(1)).value()->version, 3);
}

TEST(writer, a_duplicate_in_the_same_batch_is_replayed_too) {
    world w;
    const auto e = w.run();
    gate held(w.journal);
    [[maybe_unused]] auto blocker = send(*e, order(9));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    auto made = send(*e, once(order(1), 1));
    auto again = send(*e, once(order(1), 1));
    auto other = send(*e, once(top_up(1, "a", 5), 2));
    auto made_again = send(*e, once(order(1), 1));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    held.open();
    EXPECT_FALSE(made.get().value().replayed);
    EXPECT_TRUE(again.get().value().replayed);
    EXPECT_FALSE(other.get().value().replayed);
    const auto last = made_again.get().value();
    EXPECT_TRUE(last.replayed);
    EXPECT_EQ(last.view->version, 1);
    EXPECT_EQ(last.events.size(), 1);
}

TEST(writer, a_key_is_forgotten_after_its_time) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(once(lock(1, true), 1)));
    w.clock.advance(base::hours{25});
    const auto again = e->submit_wait(once(lock(1, true), 1)).value();
    EXPECT_FALSE(again.replayed);
    EXPECT_TRUE(again.events.empty());
}

TEST(writer, if_match_lets_only_the_seen_version_through) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    auto stale = top_up(1, "a");
    stale.expected_revision = 7;
    const auto refused = e->submit_wait(std::move(stale));
    EXPECT_EQ(refused.error().what, code::version_mismatch);
    EXPECT_EQ(refused.error().data.front(), (base::detail{"version", "1"}));
    auto right = top_up(1, "a");
    right.expected_revision = 1;
    EXPECT_TRUE(e->submit_wait(std::move(right)));
}

// Fails when a delivery receipt makes a reviewer's If-Match stale.
TEST(writer, a_note_of_what_was_sent_does_not_count_as_a_change) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    const auto before = e->submit_wait(number_command(1, domain::number_command(domain::open_closure{}))).value().view;
    const domain::notice_sent sent{"receipt", *base::label::parse("line"), domain::medium::sms, "smsc-1"};
    const auto noted = e->submit_wait(number_command(1, domain::number_command(sent)));
    ASSERT_GT(noted.value().view->version, before->version);
    EXPECT_EQ(noted->view->revision(), before->revision());
    auto seen_before = top_up(1, "a");
    seen_before.expected_revision = before->revision();
    EXPECT_TRUE(e->submit_wait(std::move(seen_before)));
}

// Fails when try_again() gives up at once, or when the lost state stays in the cache.
TEST(writer, a_version_conflict_is_tried_once_more_from_a_fresh_load) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    w.journal.conflict_next(1);
    const auto got = e->submit_wait(top_up(1, "a", 5));
    ASSERT_TRUE(got);
    EXPECT_EQ(prepaid(*got), 5);
    w.journal.conflict_next(2);
    EXPECT_EQ(e->submit_wait(top_up(1, "b", 5)).error().what, code::version_mismatch);
    EXPECT_EQ(prepaid(e->submit_wait(top_up(1, "c", 5)).value()), 10) << "nothing of the lost write is remembered";
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

TEST(writer, what_somebody_else_wrote_is_seen_after_the_conflict) {
    world w;
    w.journal.fence_nobody();
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    {
        const auto other = w.run();  // a second engine on the same journal: the cache of the first is old now
        ASSERT_TRUE(other->submit_wait(top_up(1, "a", 5)));
    }
    const auto got = e->submit_wait(top_up(1, "b", 7));
    ASSERT_TRUE(got);
    EXPECT_EQ(prepaid(*got), 12);
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

TEST(writer, rows_of_the_vault_are_committed_with_the_entry_and_only_with_one) {
    world w;
    const auto e = w.run();
    auto first = order(1);
    first.vault.push_back({"sb-1", "person", {1, 2, 3}});
    w.journal.conflict_next(1);  // they survive the second try
    ASSERT_TRUE(e->submit_wait(std::move(first)));
    EXPECT_EQ(w.journal.sealed("sb-1", "person").value(), (base::bytes{1, 2, 3}));
    auto again = order(1);
    again.vault.push_back({"sb-1", "person", {9}});
    ASSERT_TRUE(e->submit_wait(std::move(again)));
    EXPECT_EQ(w.journal.sealed("sb-1", "person").value(), (base::bytes{1, 2, 3}));
}

TEST(writer, a_failing_read_refuses_the_command_and_nothing_else) {
    world w;
    auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    w.journal.fail_reads(base::error{code::unavailable, "The disk is away."});
    EXPECT_EQ(e->submit_wait(top_up(2, "a")).error().what, code::unavailable);
    EXPECT_TRUE(e->submit_wait(top_up(1, "a"))) << "this line is in the cache";
    w.journal.fail_reads(std::nullopt);
    EXPECT_TRUE(e->submit_wait(order(2)));
}

TEST(writer, a_full_queue_says_overloaded_and_loses_nothing_it_took) {
    world w;
    auto how = quick();
    how.queue_max = 10;
    how.batch_max = 4;
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, domain::destination::webhook).waiting == 0; }));
    gate held(w.journal);
    [[maybe_unused]] auto blocker = send(*e, top_up(1, "blocker"));
    ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
    std::vector<std::future<result<answer>>> sent;
    for (int i = 0; i < 30; ++i) sent.push_back(send(*e, top_up(1, "r" + std::to_string(i))));
    held.open();
    int taken = 0;
    int refused = 0;
    for (auto& one : sent) {
        const auto got = one.get();
        if (got)
            ++taken;
        else if (got.error().what == code::overloaded)
            ++refused;
    }
    EXPECT_GE(taken, 5);
    EXPECT_LE(taken, 11);
    EXPECT_EQ(taken + refused, 30);
    EXPECT_EQ(prepaid(e->submit_wait(top_up(1, "last")).value()), (taken + 2) * 100);
}

// Fails when close() does not wait for the queue, or drops it.
TEST(writer, stop_commits_and_answers_everything_that_was_taken) {
    world w;
    const auto e = w.run();
    for (int n = 0; n < 8; ++n) ASSERT_TRUE(e->submit_wait(order(n)));
    std::atomic<int> answered{0};
    std::atomic<int> accepted{0};
    std::atomic<int> sent{0};
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c)
        clients.emplace_back([&, c] {
            for (int i = 0;; ++i) {
                ++sent;
                e->submit(top_up((c + i) % 8, std::to_string(c) + "-" + std::to_string(i), 1),
                          [&answered, &accepted](const result<answer>& got) {
                              if (got) ++accepted;
                              ++answered;
                          });
                if (i % 10 == 0) std::this_thread::yield();
                if (!e->ready()) return;
            }
        });
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    e->stop();
    for (auto& one : clients) one.join();
    ASSERT_TRUE(eventually([&] { return answered == sent; })) << "each reply is called exactly once";
    EXPECT_EQ(w.journal.all_entries().size(), static_cast<std::size_t>(accepted.load()) + 8);
    EXPECT_EQ(e->submit_wait(top_up(1, "late")).error().what, code::stopping);
    EXPECT_FALSE(e->ready());
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
    e->stop();
}

TEST(writer, before_start_nothing_is_taken) {
    world w;
    engine e(w.parts(), quick());
    EXPECT_EQ(e.submit_wait(order(1)).error().what, code::stopping);
    EXPECT_FALSE(e.ready());
}

TEST(writer, the_rows_by_which_lines_are_listed_follow_the_closure) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    ASSERT_TRUE(e->submit_wait(number_command(1, domain::number_command(domain::open_closure{}))));
    port::stream_filter opened;
    opened.stage = "opened";
    EXPECT_EQ(e->list(opened, "", 10).value().streams.size(), 1);
    port::stream_filter by_owner;
    by_owner.subscriber = "sb-1";
    EXPECT_EQ(e->list(by_owner, "", 10).value().streams.size(), 1);
    ASSERT_TRUE(e->submit_wait(number_command(1, domain::number_command(domain::withdraw_closure{}))));
    EXPECT_TRUE(e->list(opened, "", 10).value().streams.empty());
    EXPECT_EQ(e->counts().value().streams, 1);
}

TEST(writer, more_streams_than_the_cache_holds_are_loaded_again) {
    world w;
    auto how = quick();
    how.cached_streams = 2;
    const auto e = w.run(how);
    for (int round = 0; round < 3; ++round)
        for (int n = 0; n < 5; ++n) {
            if (round == 0) ASSERT_TRUE(e->submit_wait(order(n)));
            const auto got = e->submit_wait(top_up(n, std::to_string(round), 1));
            ASSERT_TRUE(got) << got.error().words;
            EXPECT_EQ(prepaid(*got), round + 1);
        }
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

// ------------------------------------------------------------------------------------------------ what a journal
// refuses

// Fails where the command is refused for what chance did, and where the second case takes or loses the name.
TEST(writer, a_case_that_drew_anothers_number_draws_again) {
    world w;
    const auto e = w.run();
    const auto open = [&](int n) {
        w.dice.back() = port::fake_random(99);
        const auto got = e->submit_wait(number_command(n, domain::number_command(domain::open_closure{})));
        return got ? got->view->number().current->reference : got.error().words;
    };
    for (const int n : {1, 2}) ASSERT_TRUE(e->submit_wait(order(n)));
    const auto first = open(1);
    const auto second = open(2);
    EXPECT_EQ(second.size(), 12U) << second;
    EXPECT_NE(first, second);
    EXPECT_EQ(e->read_reference(first).value()->key, number_key(1));
    EXPECT_EQ(e->read_reference(second).value()->key, number_key(2));
}

// Fails when settle_items() takes a refused write for a lost version.
TEST(writer, what_the_commit_itself_refuses_is_answered_and_the_rest_of_the_batch_holds) {
    world w;
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    std::vector<std::future<result<answer>>> answers;
    {
        gate held(w.journal);
        auto first = send(*e, top_up(1, "a"));
        ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
        w.journal.refuse_next(1);
        answers.push_back(send(*e, order(2)));
        answers.push_back(send(*e, order(3)));
        answers.push_back(send(*e, top_up(1, "b")));
        held.open();
        ASSERT_TRUE(first.get());
    }
    const auto refused = answers[0].get();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, base::code::id_taken);
    EXPECT_TRUE(answers[1].get());
    EXPECT_TRUE(answers[2].get());
    EXPECT_TRUE(e->submit_wait(order(2))) << "and may be asked again";
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

TEST(writer, a_full_disk_refuses_commands_keeps_answers_and_goes_on_when_there_is_room) {
    world w;
    std::atomic<int> delivered_answers{0};
    w.script(domain::destination::webhook, [&](const port::outbound&) -> result<port::delivered> {
        ++delivered_answers;
        return port::delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    const auto e = w.run();
    std::future<result<answer>> last;
    {
        gate held(w.journal);
        last = send(*e, order(1));
        ASSERT_TRUE(eventually([&] { return held.someone_waits(); }));
        held.open();
    }
    w.journal.disk_is(port::fake_journal::disk::full);
    const bool was_in_time = last.get().has_value();
    ASSERT_TRUE(eventually([&] { return !e->submit_wait(top_up(1, "x")).has_value(); }));
    const auto refused = e->submit_wait(order(2));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().what, base::code::storage_full);
    EXPECT_FALSE(e->ready());
    EXPECT_TRUE(e->read(number_key(2)).error().what == base::code::not_found);
    if (was_in_time) EXPECT_TRUE(e->read(number_key(1))) << "reading goes on";
    w.journal.disk_is(port::fake_journal::disk::has_room);
    ASSERT_TRUE(eventually([&] { return e->ready(); }));
    ASSERT_TRUE(e->submit_wait(order(2)));
    ASSERT_TRUE(eventually([&] { return e->read(number_key(2)).value()->number().subscription->customer_lock; }));
    ASSERT_TRUE(eventually([&] { return lane_of(*e, domain::destination::webhook).waiting == 0; }));
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

TEST(writer, the_reserve_takes_what_the_world_answered_while_commands_are_refused) {
    world w;
    std::atomic<bool> may_answer{false};
    w.script(domain::destination::webhook, [&](const port::outbound&) -> result<port::delivered> {
        while (!may_answer) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        return port::delivered{domain::number_command(domain::set_customer_lock{true}), {}};
    });
    const auto e = w.run();
    ASSERT_TRUE(e->submit_wait(order(1)));
    w.journal.disk_is(port::fake_journal::disk::only_the_reserve);
    ASSERT_TRUE(eventually([&] { return !e->ready(); }));
    may_answer = true;
    ASSERT_TRUE(eventually([&] { return e->read(number_key(1)).value()->number().subscription->customer_lock; }));
    EXPECT_EQ(e->submit_wait(order(2)).error().what, base::code::storage_full);
}

TEST(writer, who_is_fenced_writes_and_sends_nothing_any_more) {
    world w;
    auto first = w.run();
    ASSERT_TRUE(first->submit_wait(order(1)));
    ASSERT_TRUE(eventually([&] { return lane_of(*first, domain::destination::webhook).waiting == 0; }));
    const auto second = w.run();
    const auto late = first->submit_wait(order(2));
    ASSERT_FALSE(late.has_value());
    EXPECT_EQ(late.error().what, base::code::not_owner);
    EXPECT_FALSE(first->ready());
    EXPECT_EQ(first->submit_wait(top_up(1, "a")).error().what, base::code::not_owner);
    EXPECT_TRUE(first->read(number_key(1))) << "reading goes on";
    const auto sent = w.peer(domain::destination::sms).seen().size();
    EXPECT_TRUE(second->submit_wait(order(2)));
    EXPECT_TRUE(second->submit_wait(sim_change(2)));
    ASSERT_TRUE(eventually([&] { return w.peer(domain::destination::sms).seen().size() == sent + 1; }));
    first.reset();
    EXPECT_EQ(w.log.count("writer_halted"), 1);
    EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
}

TEST(writer, after_an_unknown_outcome_it_halts_and_the_next_start_finds_out) {
    for (const bool applied : {false, true}) {
        world w;
        auto e = w.run();
        ASSERT_TRUE(e->submit_wait(order(1)));
        w.journal.lose_next_answer(applied);
        const auto lost = e->submit_wait(top_up(1, "a", 700));
        // Another batch (how far the lanes are) may have been the one that was lost; then everything is refused, too.
        ASSERT_FALSE(lost.has_value());
        EXPECT_EQ(lost.error().what, base::code::outcome_unknown);
        EXPECT_FALSE(e->ready());
        e = w.run();
        EXPECT_TRUE(e->submit_wait(top_up(1, "b", 50)));
        EXPECT_EQ(verify(w.journal).value().first_mismatch, "");
    }
}

TEST(writer, what_only_stops_something_finds_a_place_for_the_owner_and_a_decider_and_not_for_an_agent) {
    world w;
    auto how = quick();
    how.remembered_keys = 16;  // an agent's and an owner's part is two, a decider's four
    const auto e = w.run(how);
    ASSERT_TRUE(e->submit_wait(order(1)));
    std::uint8_t key = 0;
    const auto by = [&](domain::role as, submission what) {
        what.by = {as, base::label::trusted(as == domain::role::subscriber ? "sb-1" : "staff-1")};
        return e->submit_wait(once(std::move(what), ++key));
    };
    const auto money = [&] { return top_up(1, "m" + std::to_string(key)); };
    const auto closing = [] { return number_command(1, domain::number_command(domain::open_closure{})); };
    const auto back = [] { return number_command(1, domain::number_command(domain::withdraw_closure{})); };
    using enum domain::role;
    ASSERT_TRUE(by(agent, money()));
    ASSERT_TRUE(by(agent, money()));
    EXPECT_EQ(by(agent, money()).error().what, code::too_many);
    EXPECT_EQ(by(agent, lock(1, true)).error().what, code::too_many);
    ASSERT_TRUE(by(subscriber, closing()));
    ASSERT_TRUE(by(subscriber, back()));
    EXPECT_EQ(by(subscriber, closing()).error().what, code::too_many);
    EXPECT_TRUE(by(subscriber, lock(1, true)));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(by(reviewer, money()));
    EXPECT_EQ(by(reviewer, money()).error().what, code::too_many);
    const domain::set_legal_hold held{"court-1"};
    EXPECT_TRUE(by(reviewer, number_command(1, domain::number_command(held))));
}

}  // namespace
}  // namespace keepline::engine::testing
