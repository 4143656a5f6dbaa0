// The contract's tests, and the fake's part in them.
#include "store/journal_contract.hpp"

#include "port/fake_journal.hpp"

#include <map>

namespace keepline::store {

TEST_P(journal_contract, reads_back_a_stream_by_its_key_its_public_id_and_its_id) {
    auto what = step(unborn(1));
    what.after.next_due = base::instant{42};
    what.after.index = {"sub1", "in_review", {77}, true};
    what.after.recent = std::string("\0binary\xff", 8);
    const auto written = put(what);
    EXPECT_GT(written.id, 0);
    EXPECT_GT(written.head_seq, 0);
    expect_same(at(number_key(1)), written);
    expect_same(journal->load_public("ln_1")->value(), written);
    expect_same(journal->load_id(written.id)->value(), written);
    EXPECT_FALSE(journal->load(number_key(2))->has_value());
    EXPECT_FALSE(journal->load_public("ln_2")->has_value());
    EXPECT_FALSE(journal->load_id(99)->has_value());
    EXPECT_FALSE(journal->load({port::stream_kind::subscriber, number_key(1).key})->has_value());
}

TEST_P(journal_contract, every_column_follows_the_next_write) {
    auto first = step(unborn(1));
    first.after.next_due = base::instant{42};
    first.after.index = {"sub1", "in_review", {77}, true};
    auto held = put(first);
    auto second = step(held, "same index");
    second.after.next_due = base::instant{43};
    held = put(second);
    expect_same(at(number_key(1)), held);
    auto third = step(held, "nothing left");
    third.after.next_due.reset();
    third.after.index = {};
    third.after.recent = "r";
    held = put(third);
    expect_same(at(number_key(1)), held);
    held = put(step(held, "only the snapshot"));
    expect_same(at(number_key(1)), held);
}

TEST_P(journal_contract, a_wrong_version_fails_only_its_own_write) {
    const auto one = put(step(unborn(1)));
    port::batch batch;
    batch.writes.push_back(step(unborn(2)));
    batch.writes.push_back(step(unborn(1)));  // exists already
    batch.writes.push_back(step(one, "good"));
    auto ahead = one;
    ahead.version = 7;
    batch.writes.push_back(step(ahead));
    batch.writes[1].vault.push_back({"sub1", "person", {1}});
    const auto outcomes = journal->commit(batch).writes;
    using enum port::commit_outcome;
    EXPECT_EQ(outcomes, (std::vector{done, version_conflict, done, version_conflict}));
    EXPECT_EQ(at(number_key(1)).version, 2U);
    EXPECT_EQ(at(number_key(2)).version, 1U);
    EXPECT_EQ(*journal->last_position(), 3);
    EXPECT_FALSE(journal->sealed("sub1", "person")->has_value());
}

TEST_P(journal_contract, several_writes_of_one_stream_in_a_batch_apply_in_order) {
    port::batch batch;
    batch.writes.push_back(step(unborn(1), "a"));
    batch.writes.push_back(step(batch.writes[0].after, "b"));  // its id is not known yet
    batch.writes.push_back(step(unborn(2), "x"));
    batch.writes.push_back(step(batch.writes[1].after, "c"));
    using enum port::commit_outcome;
    EXPECT_EQ(journal->commit(batch).writes, (std::vector{done, done, done, done}));
    EXPECT_EQ(batch.writes[3].record->seq, batch.writes[1].record->seq + 1);
    EXPECT_EQ(batch.writes[3].record->position, 4);
    EXPECT_EQ(batch.writes[3].after.id, batch.writes[0].after.id);
    expect_same(at(number_key(1)), batch.writes[3].after);
    const auto entries = *journal->entries(batch.writes[0].after.id, 0, 10);
    ASSERT_EQ(entries.size(), 3U);
    base::digest head{};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(entries[i].version, i + 1);
        EXPECT_EQ(entries[i].events, R"([{"type":")" + std::string(1, static_cast<char>('a' + i)) + R"("}])");
        head = port::entry_hash(head, entries[i]);
        EXPECT_EQ(entries[i].hash, head);
    }
}

TEST_P(journal_contract, a_write_after_a_conflict_on_the_same_stream_conflicts_too) {
    put(step(unborn(1)));
    port::batch batch;
    batch.writes.push_back(step(unborn(1), "late"));
    auto after = batch.writes[0].after;
    after.version = 3;
    batch.writes.push_back(step(after, "later"));
    using enum port::commit_outcome;
    EXPECT_EQ(journal->commit(batch).writes, (std::vector{version_conflict, version_conflict}));
}

TEST_P(journal_contract, a_write_without_a_record_keeps_head_and_snapshot) {
    const auto held = put(step(unborn(1), "kept"));
    port::write quiet;
    quiet.after = held;
    quiet.after.recent = "remembered";
    quiet.after.snapshot = "never stored";
    quiet.after.next_due = base::instant{5};
    quiet.after.index.stage = "opened";
    quiet.vault.push_back({"sub1", "person", {1, 2}});
    put(quiet);
    const auto now = at(number_key(1));
    EXPECT_EQ(now.recent, "remembered");
    EXPECT_EQ(now.snapshot, held.snapshot);
    EXPECT_EQ(now.version, 1U);
    EXPECT_EQ(now.head_seq, held.head_seq);
    EXPECT_EQ(now.next_due, base::instant{5});
    EXPECT_EQ(now.index.stage, "opened");
    EXPECT_EQ(*journal->last_position(), 1);
    EXPECT_EQ(journal->sealed("sub1", "person")->value(), (base::bytes{1, 2}));
    quiet.after.version = 2;
    port::batch batch;
    batch.writes.push_back(quiet);
    EXPECT_EQ(journal->commit(batch).writes.at(0), port::commit_outcome::version_conflict);
}

TEST_P(journal_contract, a_snapshot_stays_until_there_is_a_new_one) {
    struct row {
        const char* written;
        const char* held;
        std::uint64_t of;
    };
    auto before = unborn(1);
    for (const auto& one : {row{"", "", 0}, row{"first", "first", 2}, row{"", "first", 2}, row{"other", "other", 4}}) {
        auto next = step(before);
        next.after.snapshot = one.written;
        before = put(std::move(next));
        const auto now = at(number_key(1));
        EXPECT_EQ(now.snapshot, one.held);
        EXPECT_EQ(now.snapshot_version, one.of);
        EXPECT_EQ(now.version, before.version);
    }
}

TEST_P(journal_contract, version_zero_without_a_record_writes_only_vault_rows) {
    port::write quiet;
    quiet.after = unborn(1);
    quiet.vault.push_back({"sub1", "person", {9}});
    put(quiet);
    EXPECT_FALSE(journal->load(number_key(1))->has_value());
    EXPECT_EQ(journal->sealed("sub1", "person")->value(), (base::bytes{9}));
}

TEST_P(journal_contract, entries_start_where_asked_and_stop_at_the_limit) {
    auto held = put(step(unborn(1)));
    auto other = put(step(unborn(2)));
    for (int i = 2; i <= 10; ++i) {
        held = put(step(held, "w" + std::to_string(i), i % 2 == 0 ? 4U : 0U));
        other = put(step(other));
    }
    const auto some = *journal->entries(held.id, 4, 3);
    ASSERT_EQ(some.size(), 3U);
    EXPECT_EQ(some[0].version, 4U);
    EXPECT_EQ(some[2].version, 6U);
    EXPECT_EQ(some[0].stream, held.id);
    EXPECT_EQ(some[1].seq, some[0].seq + 1);
    EXPECT_EQ(some[0].destinations, 4U);
    EXPECT_EQ(some[0].effects, R"([{"type":"send_notice"}])");
    EXPECT_EQ(some[1].effects, "");
    EXPECT_EQ(some[0].partition, port::partition_of(number_key(1)));
    EXPECT_EQ(journal->entries(held.id, 0, 100)->size(), 10U);
    EXPECT_TRUE(journal->entries(held.id, 11, 100)->empty());
    EXPECT_TRUE(journal->entries(999, 0, 100)->empty());
}

TEST_P(journal_contract, who_has_something_sealed_under_a_kind_is_found_by_it_and_no_longer_when_it_is_gone) {
    port::write rows;
    rows.after.key = {port::stream_kind::subscriber, "name:index"};  // no stream of this key: only the rows
    for (const auto* who : {"sub2", "sub1", "sub3"}) rows.vault.push_back({who, "name:aa", {1}});
    rows.vault.push_back({"sub1", "name:bb", {1}});
    rows.vault.push_back({"sub1", "person", {2}});
    port::batch all;
    all.writes.push_back(std::move(rows));
    ASSERT_EQ(journal->commit(all).writes, std::vector{port::commit_outcome::done});
    EXPECT_EQ(*journal->sealed_for("name:aa", "", 10), (std::vector<std::string>{"sub1", "sub2", "sub3"}));
    EXPECT_EQ(*journal->sealed_for("name:aa", "sub1", 1), std::vector<std::string>{"sub2"});
    EXPECT_TRUE(journal->sealed_for("name:cc", "", 10)->empty());
    EXPECT_EQ(*journal->sealed_kinds("sub1", "name:"), (std::vector<std::string>{"name:aa", "name:bb"}));
    EXPECT_TRUE(journal->sealed_kinds("sub9", "name:")->empty());
    port::write gone;
    gone.after.key = {port::stream_kind::subscriber, "name:index"};
    gone.vault.push_back({"sub2", "name:aa", {}});
    port::batch next;
    next.writes.push_back(std::move(gone));
    ASSERT_EQ(journal->commit(next).writes, std::vector{port::commit_outcome::done});
    EXPECT_EQ(*journal->sealed_for("name:aa", "", 10), (std::vector<std::string>{"sub1", "sub3"}));
    EXPECT_FALSE(journal->load({port::stream_kind::subscriber, "name:index"})->has_value());
}

TEST_P(journal_contract, what_changed_is_read_on_from_a_place_whether_it_leads_to_something_or_not) {
    const auto one = put(step(unborn(1), "a"));
    put(step(unborn(2), "x"));
    put(step(one, "b"));
    const auto all = *journal->changes(0, 10);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].of, number_key(1));
    EXPECT_EQ(all[0].public_id, "ln_1");
    EXPECT_EQ(all[1].of, number_key(2));
    EXPECT_EQ(all[2].of, number_key(1));
    EXPECT_EQ(all[2].events, R"([{"type":"b"}])");
    EXPECT_EQ(all[2].position, *journal->last_position());
    const auto rest = *journal->changes(all[0].position, 1);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].position, all[1].position);
    EXPECT_TRUE(journal->changes(all[2].position, 10)->empty());
}

TEST_P(journal_contract, the_outbox_holds_entries_with_effects_in_order) {
    auto held = put(step(unborn(1)));
    put(step(unborn(2), "of another partition"));
    std::vector<std::int64_t> expected;
    for (int i = 0; i < 10; ++i) {
        held = put(step(held, "w", i % 3 == 0 ? 3U : 0U));
        if (i % 3 == 0) expected.push_back(held.head_seq);
    }
    const auto all = *journal->outbox(0, 100);
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].seq, expected[i]);
        EXPECT_EQ(all[i].position, expected[i] + 1) << "the other partition's entry lies between";
        EXPECT_EQ(all[i].partition, port::partition_of(number_key(1)));
    }
    EXPECT_EQ(all[0].stream, held.id);
    EXPECT_EQ(all[0].destinations, 3U);
    EXPECT_EQ(all[0].meta, R"({"by":"test"})");
    EXPECT_EQ(journal->outbox(all[1].position, 1)->at(0).seq, expected[2]);
    EXPECT_TRUE(journal->outbox(all.back().position, 10)->empty());
    port::retry failed;
    failed.effect = port::effect_id::of({all[2].partition, all[2].seq}, 0);
    failed.position = all[2].position;
    EXPECT_EQ(journal->outbox_entry_of(failed)->value().seq, all[2].seq);
    failed.effect = port::effect_id::of({all[2].partition, 999}, 0);
    EXPECT_FALSE(journal->outbox_entry_of(failed)->has_value());
}

TEST_P(journal_contract, due_streams_come_earliest_first) {
    for (int i = 1; i <= 5; ++i) {
        auto what = step(unborn(i));
        if (i != 3) what.after.next_due = base::instant{100 - i * 10};
        put(what);
    }
    const auto due = *journal->due({80}, 10);
    EXPECT_EQ(due, (std::vector{number_key(5), number_key(4), number_key(2)}));
    EXPECT_EQ(journal->due({80}, 1)->at(0), number_key(5));
    EXPECT_TRUE(journal->due({49}, 10)->empty());
}

TEST_P(journal_contract, lists_page_through_every_filter_without_gap_or_repeat) {
    for (int i = 1; i <= 23; ++i) {
        auto what = step(unborn(i));
        if (i % 2 == 0) what.after.index.subscriber = "even";
        if (i % 3 == 0) what.after.index = {what.after.index.subscriber, "in_review", {1000 - i / 2}, i % 6 == 0};
        put(what);
    }
    auto subscriber = unborn(90);
    subscriber.key = {port::stream_kind::subscriber, "sub1"};
    put(step(subscriber));
    const auto ids = [&](const port::stream_filter& which) {
        std::vector<std::string> out;
        std::string after;
        do {
            const auto page = journal->list(which, after, 4);
            EXPECT_TRUE(page.has_value());
            if (!page) return out;
            EXPECT_LE(page->streams.size(), 4U);
            for (const auto& one : page->streams) out.push_back(one.public_id.substr(3));
            after = page->next;
        } while (!after.empty());
        return out;
    };
    EXPECT_EQ(ids({}).size(), 24U);
    EXPECT_EQ(ids({.kind = port::stream_kind::number}).size(), 23U);
    EXPECT_EQ(ids({.kind = port::stream_kind::subscriber}), (std::vector<std::string>{"90"}));
    EXPECT_EQ(ids({.subscriber = "even"}).size(), 11U);
    EXPECT_EQ(ids({.stage = "in_review"}), (std::vector<std::string>{"3", "6", "9", "12", "15", "18", "21"}));
    EXPECT_EQ(ids({.only_provisional = true}), (std::vector<std::string>{"6", "12", "18"}));
    EXPECT_EQ(ids({.subscriber = "even", .stage = "in_review"}), (std::vector<std::string>{"6", "12", "18"}));
    // By date where a date is asked for: 1000 - i/2 falls as i grows. 995 (i = 9 has 996) is not before 996.
    EXPECT_EQ(ids({.review_due_before = base::instant{996}}), (std::vector<std::string>{"21", "18", "15", "12"}));
    EXPECT_EQ(ids({.review_due_before = base::instant{5000}}),
              (std::vector<std::string>{"21", "18", "15", "12", "9", "6", "3"}));
    EXPECT_TRUE(ids({.stage = "closed"}).empty());
}

TEST_P(journal_contract, where_somebody_waits_for_a_second_person_is_listed_across_all_kinds_until_the_wait_ends) {
    for (int i = 1; i <= 9; ++i) {
        auto before = unborn(i);
        if (i == 9) before.key = {port::stream_kind::credential, "staff/nine"};
        auto what = step(before);
        if (i % 3 == 0) what.after.index.asked_until = {i * 100};
        put(what);
    }
    const auto waiting = [&](std::int64_t now) {
        std::vector<std::string> out;
        std::string after;
        do {
            const auto page = journal->list({.asked_after = base::instant{now}}, after, 1);
            EXPECT_TRUE(page.has_value());
            if (!page) return out;
            for (const auto& one : page->streams) out.push_back(one.public_id.substr(3));
            after = page->next;
        } while (!after.empty());
        return out;
    };
    EXPECT_EQ(waiting(0), (std::vector<std::string>{"3", "6", "9"}));
    EXPECT_EQ(waiting(300), (std::vector<std::string>{"6", "9"})) << "until then, and no longer";
    EXPECT_EQ(
        journal->list({.kind = port::stream_kind::credential, .asked_after = base::instant{0}}, "", 5)->streams.size(),
        1U);
    auto answered = step(at(number_key(6)));
    answered.after.index.asked_until = {};
    put(answered);
    EXPECT_EQ(waiting(0), (std::vector<std::string>{"3", "9"}));
}

TEST_P(journal_contract, where_a_check_waits_is_listed_the_oldest_first_until_it_is_settled) {
    for (int i = 1; i <= 9; ++i) {
        auto what = step(unborn(i));
        if (i % 3 == 0) what.after.index.check_since = {1000 - i / 6};  // 6 and 9 at the same moment, before 3
        put(what);
    }
    const auto waiting = [&] {
        std::vector<std::string> out;
        std::string after;
        do {
            const auto page = journal->list({.kind = port::stream_kind::number, .only_checks = true}, after, 1);
            EXPECT_TRUE(page.has_value());
            if (!page) return out;
            for (const auto& one : page->streams) out.push_back(one.public_id.substr(3));
            after = page->next;
        } while (!after.empty());
        return out;
    };
    EXPECT_EQ(waiting(), (std::vector<std::string>{"6", "9", "3"}));
    auto settled = step(at(number_key(6)));
    settled.after.index.check_since = {};
    put(settled);
    EXPECT_EQ(waiting(), (std::vector<std::string>{"9", "3"}));
}

namespace {

/// A profile on the SM-DP+, as it would be written first.
port::write provided(int n, const std::string& type, const std::string& state, const std::string& matching_id = {},
                     const std::string& eid = {}) {
    port::stream before;
    before.key = {port::stream_kind::esim, "8986001234567890" + std::to_string(100 + n)};
    before.public_id = "es_" + std::to_string(n);
    auto out = step(before, "provided");
    out.after.index.profile_type = type;
    out.after.index.profile_state = state;
    out.after.index.matching_id = matching_id;
    out.after.index.eid = eid;
    return out;
}

std::vector<std::string> found_by(port::journal& in, const port::stream_filter& which) {
    std::vector<std::string> out;
    std::string after;
    do {
        const auto page = in.list(which, after, 2);
        if (!page) return {page.error().words};
        for (const auto& one : page->streams) out.push_back(one.public_id);
        after = page->next;
    } while (!after.empty());
    return out;
}

}  // namespace

TEST_P(journal_contract, profiles_are_found_by_type_and_state_by_order_and_by_eid) {
    put(step(unborn(1)));
    for (int n = 1; n <= 5; ++n) put(provided(n, n == 4 ? "travel" : "standard", "available"));
    put(provided(6, "standard", "released", "MID-6", "eid-1"));
    put(provided(7, "standard", "installed", "MID-7", "eid-1"));
    put(provided(8, "", "unavailable", "", "eid-2"));
    using names = std::vector<std::string>;
    port::stream_filter which;
    which.kind = port::stream_kind::esim;
    EXPECT_EQ(found_by(*journal, which).size(), 8U);
    which.profile_type = "standard";
    which.profile_state = "available";
    EXPECT_EQ(found_by(*journal, which), (names{"es_1", "es_2", "es_3", "es_5"}));
    which.kind.reset();
    EXPECT_EQ(found_by(*journal, which).size(), 4U);
    which.profile_type.clear();
    EXPECT_EQ(found_by(*journal, which).size(), 5U);
    which.profile_state.clear();
    which.profile_type = "standard";
    EXPECT_EQ(found_by(*journal, which).size(), 6U);
    which = {};
    which.eid = "eid-1";
    EXPECT_EQ(found_by(*journal, which), (names{"es_6", "es_7"}));
    which.profile_state = "installed";
    EXPECT_EQ(found_by(*journal, which), (names{"es_7"}));
    which.kind = port::stream_kind::number;
    EXPECT_EQ(found_by(*journal, which), (names{}));
    which = {};
    which.matching_id = "MID-6";
    EXPECT_EQ(found_by(*journal, which), (names{"es_6"}));
    which.subscriber = "sub1";
    EXPECT_EQ(found_by(*journal, which), (names{}));
    EXPECT_EQ(journal->counts({})->stock_by_type,
              (std::vector<std::pair<std::string, std::int64_t>>{{"standard", 4}, {"travel", 1}}));
    auto by_call = provided(9, "yearly", "allocated");
    by_call.after.index.order_call = "call-9";
    put(by_call);
    which = {};
    which.kind = port::stream_kind::esim;
    which.order_call = "call-9";
    EXPECT_EQ(found_by(*journal, which), (names{"es_9"}));
    which.order_call = "call-8";
    EXPECT_EQ(found_by(*journal, which), (names{}));
}

TEST_P(journal_contract, what_has_waited_longest_for_an_euicc_is_found_among_all_its_profiles) {
    EXPECT_FALSE(journal->waiting_for("eid-1", 0)->has_value());
    for (int n = 10; n < 40; ++n) put(provided(n, "standard", "installed", "", "eid-1"));
    const auto waits = [&](int n, std::int64_t since, const char* eid) {
        auto one = provided(n, "standard", "released", "", eid);
        one.after.index.waits_since = base::instant{since};
        return put(one);
    };
    const auto later = waits(1, 2'000, "eid-1");
    const auto first = waits(2, 1'000, "eid-1");
    waits(3, 10, "eid-2");
    EXPECT_EQ(journal->waiting_for("eid-1", 0)->value(), first.key);
    EXPECT_EQ(journal->waiting_for("eid-1", 1)->value(), later.key);
    EXPECT_FALSE(journal->waiting_for("eid-1", 2)->has_value());
    expect_same(at(first.key), first);
    auto taken = step(first, "downloaded");
    taken.after.index.waits_since.reset();
    put(taken);
    EXPECT_EQ(journal->waiting_for("eid-1", 0)->value(), later.key);
    EXPECT_FALSE(journal->waiting_for("eid-3", 0)->has_value());
    EXPECT_FALSE(journal->waiting_for("", 0)->has_value());
}

TEST_P(journal_contract, the_holder_of_a_matching_id_follows_its_order) {
    EXPECT_FALSE(journal->holder_of("MID-1")->has_value());
    EXPECT_FALSE(journal->holder_of("")->has_value());
    const auto held = put(provided(1, "standard", "released", "MID-1", "eid-1"));
    put(provided(2, "standard", "available"));
    EXPECT_EQ(journal->holder_of("MID-1")->value(), held.key);
    EXPECT_FALSE(journal->holder_of("mid-1")->has_value());
    expect_same(at(held.key), held);
    expect_same(journal->load_public("es_1")->value(), held);
    auto ended = step(held, "cancelled");
    ended.after.index.profile_state = "available";
    ended.after.index.matching_id.clear();
    ended.after.index.eid.clear();
    const auto after = put(ended);
    EXPECT_FALSE(journal->holder_of("MID-1")->has_value());
    expect_same(at(held.key), after);
    auto quiet = port::write{after, {}, {}};
    quiet.after.index.profile_state = "unavailable";
    put(quiet);
    EXPECT_EQ(at(held.key).index.profile_state, "unavailable") << "an index may move without a record";
}

TEST_P(journal_contract, what_is_due_says_which_kind_it_is) {
    auto what = provided(1, "standard", "released", "MID-1");
    what.after.next_due = base::instant{5};
    put(what);
    EXPECT_EQ(*journal->due({5}, 10), (std::vector{what.after.key}));
}

TEST_P(journal_contract, refuses_a_page_cursor_it_never_gave) {
    for (const char* wrong : {"x", "....", "MTIz", "AAAA", "MS4yLjM"}) {
        const auto page = journal->list({}, wrong, 4);
        ASSERT_FALSE(page.has_value()) << wrong;
        EXPECT_EQ(page.error().what, base::code::invalid);
    }
}

TEST_P(journal_contract, cursors_keep_the_last_word_per_lane) {
    port::batch batch;
    const auto at = [](std::int64_t seq) { return port::effect_id::of({5, seq}, 2); };
    batch.cursors = {{0, at(100)}, {1, at(200)}, {0, at(300)}};
    journal->commit(batch);
    port::batch more;
    more.cursors = {{1, at(7)}};
    more.horizons = {{1, 12}, {3, 4}, {1, 13}};
    journal->commit(more);
    const auto all = *journal->cursors();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].upto, at(300));
    EXPECT_EQ(all[1].upto.partition(), 5);
    EXPECT_EQ(all[1].upto.seq(), 7);
    EXPECT_EQ(all[1].upto.index(), 2U);
    EXPECT_EQ(*journal->horizons(), (std::vector<port::horizon>{{1, 13}, {3, 4}}));
}

TEST_P(journal_contract, retries_are_replaced_found_when_due_counted_and_deleted) {
    port::batch batch;
    for (int i = 1; i <= 6; ++i)
        batch.retries.push_back({{i}, i % 2, 3, 1, 1, {1000 - i}, i > 4, "peer-unreachable", "No answer.", {10}});
    journal->commit(batch);
    auto due = *journal->retries_due({998}, 10);
    ASSERT_EQ(due.size(), 3U);
    EXPECT_EQ(due[0].effect.value, 4);
    EXPECT_EQ(due[0].error_words, "No answer.");
    EXPECT_EQ(due[0].first_failed_at, base::instant{10});
    EXPECT_EQ(due[2].effect.value, 2);
    EXPECT_EQ(journal->retries(true, -1, 0, 10)->size(), 2U);
    EXPECT_EQ(journal->retries(true, 1, 0, 10)->at(0).effect.value, 5);
    EXPECT_EQ(journal->retries(false, -1, 2, 1)->at(0).effect.value, 3);
    EXPECT_EQ(journal->retries(false, 0, 2, 10)->at(0).effect.value, 4);
    const auto counts = *journal->counts({0});
    EXPECT_EQ(counts.dead_by_destination, (std::vector<std::pair<int, std::int64_t>>{{0, 1}, {1, 1}}));
    EXPECT_EQ(counts.retrying_by_destination, (std::vector<std::pair<int, std::int64_t>>{{0, 2}, {1, 2}}));

    port::batch change;
    auto dead = due[0];
    dead.dead = true;
    dead.attempts = 20;
    change.retries = {dead};
    change.retries_done = {{2}, {777}};
    journal->commit(change);
    EXPECT_EQ(journal->retries_due({998}, 10)->size(), 1U);
    EXPECT_EQ(journal->retries(true, 0, 0, 10)->at(0).attempts, 20);
}

TEST_P(journal_contract, receipts_are_awaited_until_done_or_forgotten) {
    port::batch batch;
    batch.awaited = {{"smpp:1", 11, {100}}, {"smpp:2", 12, {200}}, {"smpp:3", 13, {300}}};
    journal->commit(batch);
    EXPECT_EQ(journal->stream_awaiting("smpp:1")->value(), 11);
    port::batch done;
    done.receipts_done = {"smpp:1", "smpp:unknown"};
    done.awaited = {{"smpp:3", 14, {300}}};
    done.forget_awaited_before = {201};
    journal->commit(done);
    EXPECT_FALSE(journal->stream_awaiting("smpp:1")->has_value());
    EXPECT_FALSE(journal->stream_awaiting("smpp:2")->has_value());
    EXPECT_EQ(journal->stream_awaiting("smpp:3")->value(), 14);
}

TEST_P(journal_contract, sealed_rows_are_replaced_and_an_empty_one_deletes) {
    auto held = put(step(unborn(1)));
    auto what = step(held);
    what.vault = {{"sub1", "person", {1}}, {"sub1", "records:ln_1", {2}}, {"sub1", "person", {3, 0, 4}}};
    held = put(what);
    EXPECT_EQ(journal->sealed("sub1", "person")->value(), (base::bytes{3, 0, 4}));
    EXPECT_EQ(journal->sealed("sub1", "records:ln_1")->value(), (base::bytes{2}));
    what = step(held);
    what.vault = {{"sub1", "person", {}}};
    put(what);
    EXPECT_FALSE(journal->sealed("sub1", "person")->has_value());
    EXPECT_TRUE(journal->sealed("sub1", "records:ln_1")->has_value());
}

TEST_P(journal_contract, counts_follow_a_stream_from_stage_to_stage_and_out_of_all) {
    using counted = std::vector<std::pair<std::string, std::int64_t>>;
    const auto by_stage = [&] { return journal->counts({0})->closures_by_stage; };
    const auto go = [&](const port::stream& from, const std::string& stage) {
        auto what = step(from);
        what.after.index.stage = stage;
        return put(what);
    };
    auto one = go(unborn(1), "opened");
    const auto other = go(unborn(2), "opened");
    EXPECT_EQ(by_stage(), (counted{{"opened", 2}}));
    one = go(one, "in_review");
    EXPECT_EQ(by_stage(), (counted{{"in_review", 1}, {"opened", 1}}));
    one = go(one, "in_review");
    EXPECT_EQ(by_stage(), (counted{{"in_review", 1}, {"opened", 1}})) << "a step within a stage";
    auto stale = step(other);
    stale.after.version += 5;
    stale.record->version += 5;
    stale.after.index.stage = "approved";
    stale.record->hash = port::entry_hash(other.head, *stale.record);
    stale.after.head = stale.record->hash;
    port::batch batch;
    batch.writes.push_back(stale);
    EXPECT_EQ(journal->commit(batch).writes.at(0), port::commit_outcome::version_conflict);
    EXPECT_EQ(by_stage(), (counted{{"in_review", 1}, {"opened", 1}})) << "what was not written is not counted";
    one = go(one, "expired");
    EXPECT_EQ(by_stage(), (counted{{"opened", 1}})) << "how it ended may be looked for, but is not counted";
    one = go(one, "disputed");
    EXPECT_EQ(by_stage(), (counted{{"disputed", 1}, {"opened", 1}}));
    one = go(one, "");
    go(other, "");
    EXPECT_EQ(by_stage(), counted{});
}

TEST_P(journal_contract, what_failed_is_counted_alone_as_it_is_with_the_rest) {
    EXPECT_EQ(*journal->count_failed(), port::failed_counts{});
    port::batch batch;
    for (int i = 1; i <= 6; ++i)
        batch.retries.push_back({{i}, i % 2, 3, 1, 1, {1000 - i}, i > 4, "peer-unreachable", "No answer.", {10}});
    journal->commit(batch);
    const auto failed = *journal->count_failed();
    EXPECT_EQ(failed, (port::failed_counts{{{0, 1}, {1, 1}}, {{0, 2}, {1, 2}}}));
    EXPECT_EQ(failed, port::failed_counts(*journal->counts({0})));
}

TEST_P(journal_contract, counts_follow_what_is_open) {
    for (int i = 1; i <= 7; ++i) {
        auto what = step(unborn(i));
        if (i == 2) what.after.index = {"", "closed", {}, false};  // how it ended
        if (i > 2) what.after.index = {"", i > 4 ? "in_review" : "approved", {i > 4 ? 100 * i : 0}, false};
        put(what);
    }
    put(step(at(number_key(1))));
    const auto counts = *journal->counts({601});
    EXPECT_EQ(counts.streams, 7);
    EXPECT_EQ(counts.entries, 8);
    EXPECT_EQ(counts.closures_by_stage,
              (std::vector<std::pair<std::string, std::int64_t>>{{"approved", 2}, {"in_review", 3}}));
    EXPECT_EQ(counts.overdue_reviews, 2);
    EXPECT_EQ(journal->counts({0})->overdue_reviews, 0);
}

TEST_P(journal_contract, a_scan_sees_every_stream_and_its_entries_in_order_until_told_to_stop) {
    for (int i = 1; i <= 3; ++i) {
        auto held = put(step(unborn(i)));
        for (int j = 0; j < i; ++j) held = put(step(held));
    }
    std::string seen;
    const auto on_stream = [&](const port::stream& one) {
        seen += one.public_id + ":";
        return true;
    };
    ASSERT_TRUE(journal->scan(on_stream, [&](const port::entry& one) {
        seen += std::to_string(one.version);
        // A visitor may read.
        return journal->load_id(one.stream).has_value();
    }));
    EXPECT_EQ(seen, "ln_1:12ln_2:123ln_3:1234");
    seen.clear();
    ASSERT_TRUE(journal->scan(on_stream, [&](const port::entry& one) {
        seen += std::to_string(one.version);
        return seen != "ln_1:12ln_2:12";
    }));
    EXPECT_EQ(seen, "ln_1:12ln_2:12");
    seen.clear();
    ASSERT_TRUE(journal->scan([&](const port::stream&) { return false; }, [](const port::entry&) { return true; }));
}

TEST_P(journal_contract, an_empty_batch_and_an_empty_journal_are_fine) {
    port::batch nothing;
    EXPECT_TRUE(journal->commit(nothing).writes.empty());
    EXPECT_EQ(*journal->last_position(), 0);
    EXPECT_TRUE(journal->cursors()->empty());
    EXPECT_TRUE(journal->horizons()->empty());
    EXPECT_TRUE(journal->heads()->empty());
    EXPECT_TRUE(journal->list({}, "", 10)->streams.empty());
    EXPECT_EQ(journal->counts({1})->streams, 0);
    EXPECT_TRUE(journal->scan([](const auto&) { return true; }, [](const auto&) { return true; }));
}

TEST_P(journal_contract, each_partition_numbers_its_entries_without_gaps_and_chains_them) {
    ASSERT_NE(port::partition_of(number_key(1)), port::partition_of(number_key(2)));
    auto one = put(step(unborn(1)));
    auto other = put(step(unborn(2)));
    for (int i = 0; i < 3; ++i) one = put(step(one));
    other = put(step(other));
    EXPECT_EQ(one.head_seq, 4);
    EXPECT_EQ(other.head_seq, 2);
    std::map<int, port::partition_head> heads;
    std::int64_t position = 0;
    ASSERT_TRUE(journal->walk([&](const port::entry& e) {
        auto& head = heads[e.partition];
        EXPECT_EQ(e.seq, head.seq + 1);
        EXPECT_GT(e.position, position);
        EXPECT_EQ(e.chain, port::chain_after(head.chain, e.id(), e.hash));
        position = e.position;
        head = {e.partition, e.seq, e.chain};
        return true;
    }));
    EXPECT_EQ(position, 6);
    const auto said = *journal->heads();
    ASSERT_EQ(said.size(), 2U);
    for (const auto& head : said) EXPECT_EQ(head, heads[head.partition]);
}

// ------------------------------------------------------------------------------------------------ what goes wrong

TEST_P(journal_contract, an_id_that_something_else_has_refuses_its_own_write_and_names_it) {
    const auto held = put(step(unborn(1)));
    auto thief = unborn(2);
    thief.public_id = "ln_1";
    port::batch batch;
    batch.writes.push_back(step(unborn(3)));
    batch.writes.push_back(step(thief));
    batch.writes.push_back(step(batch.writes[1].after));
    batch.writes.push_back(step(held, "unhurt"));
    batch.writes[1].vault.push_back({"sub1", "person", {1}});
    batch.cursors = {{0, port::effect_id::of({1, 1}, 0)}};
    const auto report = journal->commit(batch);
    using enum port::commit_outcome;
    EXPECT_EQ(report.whole, done);
    EXPECT_EQ(report.writes, (std::vector{done, refused, version_conflict, done}));
    ASSERT_TRUE(batch.writes[1].refusal.has_value());
    EXPECT_EQ(batch.writes[1].refusal->what, base::code::id_taken);
    EXPECT_EQ(journal->load_public("ln_1")->value().key, number_key(1));
    EXPECT_EQ(at(number_key(2)).version, 0U);
    EXPECT_EQ(at(number_key(3)).version, 1U);
    EXPECT_FALSE(journal->sealed("sub1", "person")->has_value());
    EXPECT_EQ(journal->cursors()->size(), 1U);
    EXPECT_EQ(*journal->last_position(), 3) << "no gap where the refused write was";
    auto own_id = unborn(2);
    EXPECT_EQ(put(step(own_id)).head_seq, 1);
}

// Fails with INSERT OR IGNORE: the second one's case would then be found by nobody, and whoever asks for it would be
// shown the first one's.
TEST_P(journal_contract, a_name_that_another_stream_has_refuses_its_own_write) {
    const auto named = [](port::stream before, const char* name) {
        auto out = step(before);
        out.references = {name};
        return out;
    };
    put(named(unborn(1), "482109371156"));
    auto other = put(step(unborn(2)));
    port::batch batch;
    batch.writes.push_back(named(other, "482109371156"));
    batch.writes.push_back(named(unborn(3), "111111111111"));
    batch.writes.push_back(named(unborn(4), "111111111111"));
    const auto report = journal->commit(batch);
    using enum port::commit_outcome;
    EXPECT_EQ(report.whole, done);
    EXPECT_EQ(report.writes, (std::vector{refused, done, refused}));
    ASSERT_TRUE(batch.writes[0].refusal && batch.writes[2].refusal);
    EXPECT_EQ(batch.writes[0].refusal->what, base::code::id_taken);
    EXPECT_EQ(batch.writes[2].refusal->what, base::code::id_taken);
    EXPECT_EQ(journal->load_reference("482109371156")->value().key, number_key(1));
    EXPECT_EQ(journal->load_reference("111111111111")->value().key, number_key(3));
    EXPECT_EQ(at(other.key).version, 1U);
    EXPECT_EQ(at(number_key(4)).version, 0U);
    EXPECT_FALSE(journal->load_public("482109371156")->has_value()) << "what people say is no id";
    EXPECT_FALSE(journal->load_reference("ln_1")->has_value()) << "nor is an id what people say";
    put(named(other, "482109371157"));
    EXPECT_EQ(journal->load_reference("482109371157")->value().key, other.key);
}

TEST_P(journal_contract, several_streams_are_found_by_one_device_and_nobody_by_the_beginning_of_its_eid) {
    const std::string device = "89049032123451234512345678901235";
    const auto on = [&](port::stream before, const std::string& eid) {
        auto out = step(before);
        out.devices = {eid};
        return out;
    };
    auto first = put(on(unborn(1), device));
    put(on(unborn(2), device));
    put(on(unborn(3), device + "1"));
    put(on(first, device));  // again is harmless
    EXPECT_EQ(*journal->streams_on(device, 9), (std::vector{number_key(1), number_key(2)}));
    EXPECT_EQ(*journal->streams_on(device, 1), (std::vector{number_key(1)}));
    EXPECT_TRUE(journal->streams_on(device.substr(0, 31), 9)->empty());
    EXPECT_TRUE(journal->streams_on("", 9)->empty());
    EXPECT_FALSE(journal->load_reference(device)->has_value()) << "an EID is nobody's case";
}

TEST_P(journal_contract, who_owned_the_partitions_before_is_fenced_and_writes_nothing) {
    const auto everything = port::partition_set().set();
    const auto first = *journal->own(everything);
    port::batch mine;
    mine.epoch = first;
    mine.writes.push_back(step(unborn(1)));
    EXPECT_EQ(journal->commit(mine).whole, port::commit_outcome::done);
    const auto second = *journal->own(everything);
    EXPECT_GT(second, first);
    port::batch late;
    late.epoch = first;
    late.writes.push_back(step(mine.writes[0].after));
    late.writes.push_back(step(unborn(2)));
    late.cursors = {{0, port::effect_id::of({1, 1}, 0)}};
    late.awaited = {{"smpp:1", 1, {100}}};
    const auto report = journal->commit(late);
    using enum port::commit_outcome;
    EXPECT_EQ(report.whole, fenced);
    EXPECT_EQ(report.writes, (std::vector{fenced, fenced}));
    EXPECT_EQ(report.why->what, base::code::not_owner);
    EXPECT_EQ(*journal->last_position(), 1);
    EXPECT_TRUE(journal->cursors()->empty());
    EXPECT_FALSE(journal->stream_awaiting("smpp:1")->has_value());
    port::batch only_cursors;
    only_cursors.epoch = first;
    only_cursors.cursors = {{0, port::effect_id::of({1, 1}, 0)}};
    EXPECT_EQ(journal->commit(only_cursors).whole, fenced);
    late.epoch = second;
    EXPECT_EQ(journal->commit(late).whole, done);
}

TEST_P(journal_contract, a_full_disk_refuses_the_whole_batch_and_keeps_what_was_there) {
    auto held = put(step(unborn(1)));
    GetParam().disk_is_full(*journal, true);
    port::batch batch;
    batch.writes.push_back(step(held, std::string(1000, 'x')));
    batch.cursors = {{0, port::effect_id::of({1, 1}, 0)}};
    auto report = journal->commit(batch);
    using enum port::commit_outcome;
    EXPECT_EQ(report.whole, refused);
    EXPECT_EQ(report.writes, (std::vector{refused}));
    EXPECT_EQ(report.why->what, base::code::storage_full);
    if (GetParam().space_sees_it) EXPECT_FALSE(journal->space().enough);
    EXPECT_EQ(at(number_key(1)).version, 1U);
    EXPECT_TRUE(journal->cursors()->empty());
    GetParam().disk_is_full(*journal, false);
    EXPECT_TRUE(journal->space().enough);
    report = journal->commit(batch);
    EXPECT_EQ(report.whole, done);
    EXPECT_EQ(at(number_key(1)).version, 2U);
    EXPECT_EQ(*journal->last_position(), 2);
}

TEST_P(journal_contract, a_full_disk_has_a_reserve_for_what_is_urgent) {
    auto held = put(step(unborn(1)));
    ASSERT_GT(journal->space().reserve_bytes, 0);
    GetParam().disk_is_full(*journal, true);
    port::batch batch;
    batch.writes.push_back(step(held));
    batch.cursors = {{0, port::effect_id::of({1, 1}, 0)}};
    EXPECT_EQ(journal->commit(batch).whole, port::commit_outcome::refused);
    batch.urgent = true;
    EXPECT_EQ(journal->commit(batch).whole, port::commit_outcome::done);
    EXPECT_EQ(journal->cursors()->size(), 1U);
    EXPECT_EQ(at(number_key(1)).version, 2U);
    if (GetParam().space_sees_it) EXPECT_FALSE(journal->space().enough) << "the reserve is not for everybody";
    GetParam().disk_is_full(*journal, false);
    EXPECT_TRUE(journal->space().enough);
    EXPECT_GT(journal->space().reserve_bytes, 0) << "kept back again";
}

INSTANTIATE_TEST_SUITE_P(fake, journal_contract,
                         testing::Values(journal_maker{
                             "in_memory", [] { return std::make_shared<port::fake_journal>(); },
                             [](port::journal& of, bool full) {
                                 using disk = port::fake_journal::disk;
                                 dynamic_cast<port::fake_journal&>(of).disk_is(full ? disk::only_the_reserve
                                                                                    : disk::has_room);
                             }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace keepline::store
