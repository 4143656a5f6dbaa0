// What the staff's pages cost the store: no statement that they read by walks through a table (issue 12). The plans are
// asked for of the statements that the journal has prepared and run, not of copies.
#include "base/temporary_directory.hpp"
#include "store/journal_contract.hpp"
#include "store/sqlite_journal.hpp"

#include <algorithm>
#include <limits>

namespace keepline::store {
namespace {

using plan = std::pair<std::string, std::vector<std::string>>;

/// Tables that stay small however many lines and cases there are, and may be read whole.
bool is_small(std::string_view step) {
    return step == "SCAN CONSTANT ROW" || step.starts_with("SCAN stage_count")  // a row for each stage
           || step.starts_with("SCAN retry USING COVERING INDEX")               // what failed, counted
           || step == "SCAN stream USING INDEX stream_money";  // an index of the numbers where money waits, alone
}

/// A step that grows with everything there is: through a table, or through its ids from the first on.
bool walks(std::string_view step) {
    if (is_small(step)) return false;
    return step.find("SCAN") != std::string_view::npos ||
           step.starts_with("SEARCH stream USING INTEGER PRIMARY KEY (rowid>?)");
}

std::string told(const plan& of) {
    std::string out = of.first;
    for (const auto& step : of.second) out += "\n    " + step;
    return out;
}

class plans : public testing::Test {
 protected:
    base::temporary_directory where;
    std::unique_ptr<sqlite_journal> journal =
        std::move(*sqlite_journal::open(where / "keepline.sqlite", open_mode::read_write));

    void list(const port::stream_filter& which) {
        const auto page = journal->list(which, "", 50);
        ASSERT_TRUE(page.has_value()) << page.error().words;
    }
    static port::stream_filter of_kind(port::stream_kind kind) {
        port::stream_filter out;
        out.kind = kind;
        return out;
    }
    std::vector<plan> read() {
        auto all = journal->read_plans();
        EXPECT_TRUE(all.has_value()) << all.error().words;
        return *all;
    }
    void expect_no_walk() {
        const auto all = read();
        EXPECT_FALSE(all.empty());
        for (const auto& one : all) EXPECT_TRUE(std::ranges::none_of(one.second, walks)) << told(one);
    }
};

TEST_F(plans, the_queue_in_every_order_and_stage_reads_by_an_index) {
    auto queue = of_kind(port::stream_kind::number);
    queue.stage = "in_review";
    list(queue);
    queue.review_due_before = base::instant{std::numeric_limits<std::int64_t>::max()};
    list(queue);
    auto checks = of_kind(port::stream_kind::number);
    checks.only_checks = true;
    list(checks);
    auto money = of_kind(port::stream_kind::number);
    money.only_money_waiting = true;
    list(money);
    port::stream_filter asked;
    asked.asked_after = base::instant{1};
    list(asked);
    list(of_kind(port::stream_kind::plan));
    auto provisional = of_kind(port::stream_kind::number);
    provisional.only_provisional = true;
    list(provisional);
    expect_no_walk();
}

TEST_F(plans, counts_read_no_rows_of_cases) {
    ASSERT_TRUE(journal->counts({1}).has_value());
    ASSERT_TRUE(journal->count_failed().has_value());
    expect_no_walk();
    for (const auto& one : read())
        for (const auto& step : one.second)
            EXPECT_EQ(step.find("stream_stage"), std::string::npos) << "nobody counts the cases: " << told(one);
}

TEST_F(plans, search_finds_by_number_case_device_order_and_name_and_reads_what_it_found) {
    const auto line = unborn(1);
    port::batch batch;
    batch.writes.push_back(step(line));
    ASSERT_EQ(journal->commit(batch).writes.at(0), port::commit_outcome::done);
    const auto id = batch.writes[0].after.id;
    ASSERT_TRUE(journal->load(line.key).has_value());
    ASSERT_TRUE(journal->load_public("ln_1").has_value());
    ASSERT_TRUE(journal->load_reference("123456789012").has_value());
    ASSERT_TRUE(journal->load_id(id).has_value());
    ASSERT_TRUE(journal->streams_on("89049032123451234512345678901235", 20).has_value());
    ASSERT_TRUE(journal->holder_of("MID").has_value());
    ASSERT_TRUE(journal->sealed_for("name:00", "", 20).has_value());
    ASSERT_TRUE(journal->sealed("sub1", "person").has_value());
    ASSERT_TRUE(journal->sealed_kinds("sub1", "name:").has_value());
    ASSERT_TRUE(journal->has_sealed("sub1").has_value());
    ASSERT_TRUE(journal->entries(id, 0, 10).has_value());
    auto owned = of_kind(port::stream_kind::number);
    owned.subscriber = "sub1";
    list(owned);
    auto on_chip = of_kind(port::stream_kind::esim);
    on_chip.eid = "89049032123451234512345678901235";
    list(on_chip);
    expect_no_walk();
}

TEST_F(plans, profiles_are_listed_without_a_look_at_everybodys_lines) {
    list(of_kind(port::stream_kind::esim));
    auto stock = of_kind(port::stream_kind::esim);
    stock.profile_type = "standard";
    stock.profile_state = "available";
    list(stock);
    for (const auto& one : read()) {
        EXPECT_TRUE(std::ranges::none_of(one.second, walks)) << told(one);
        for (const auto& step : one.second)
            EXPECT_FALSE(step.starts_with("SEARCH stream") && step.find("rowid=?") == std::string::npos) << told(one);
    }
}

TEST_F(plans, what_failed_and_what_changes_is_read_on_from_a_place) {
    ASSERT_TRUE(journal->retries(true, -1, 0, 50).has_value());
    ASSERT_TRUE(journal->retries(true, 1, 0, 50).has_value());
    ASSERT_TRUE(journal->last_position().has_value());
    ASSERT_TRUE(journal->changes(0, 50).has_value());
    expect_no_walk();
}

TEST_F(plans, a_walk_through_everything_is_seen_as_one) {
    list(of_kind(port::stream_kind::number));  // of all numbers: no page of the staff asks for that
    const auto all = read();
    EXPECT_TRUE(std::ranges::any_of(all, [](const plan& one) { return std::ranges::any_of(one.second, walks); }));
}

}  // namespace
}  // namespace keepline::store
