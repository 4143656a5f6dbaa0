// Each way in which the file can be changed beside the journal is found, and named.
#include "store/seals.hpp"

#include "base/temporary_directory.hpp"
#include "store/journal_contract.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_tokens.hpp"
#include "store/token_hold.hpp"

#include <random>

namespace keepline::store {
namespace {

const base::digest key{1, 2, 3};

port::token_record token(const std::string& digest, domain::role as) {
    port::token_record out;
    out.digest = digest;
    out.who.as = as;
    out.who.id = base::label::trusted("anna");
    out.created_at = {5};
    return out;
}

class seals_test : public testing::Test {
 protected:
    base::temporary_directory where;
    std::string path = where / "keepline.sqlite";

    void SetUp() override {
        journal_tuning how;
        how.seal = key;
        auto journal = sqlite_journal::open(path, open_mode::read_write, how);
        ASSERT_TRUE(journal.has_value()) << journal.error().words;
        port::batch batch;
        for (int n = 1; n <= 3; ++n) {
            batch.writes.push_back(step(unborn(n)));
            batch.writes.back().vault.push_back(
                {"sub" + std::to_string(n), "person", {1, 2, static_cast<std::uint8_t>(n)}});
        }
        for (int n = 1; n <= 2; ++n)
            batch.retries.push_back(
                {port::effect_id::of({n, 1}, 0), n, n, n, 1, {1000}, false, "peer-unreachable", "No answer.", {10}});
        batch.cursors = {{0, port::effect_id::of({5, 1}, 0)}};
        batch.horizons = {{1, 2}};
        ASSERT_EQ((*journal)->commit(batch).whole, port::commit_outcome::done);
        port::batch more;
        more.writes.push_back(step(batch.writes[0].after));
        more.writes[0].vault = {{"sub1", "person", {7}}, {"sub2", "person", {}}};
        more.retries_done = {batch.retries[0].effect, {77}};
        more.horizons = {{1, 3}};
        ASSERT_EQ((*journal)->commit(more).whole, port::commit_outcome::done);
        auto tokens = sqlite_tokens::open(path, key);
        ASSERT_TRUE((*tokens)->add(token("d1", domain::role::agent)));
        ASSERT_TRUE((*tokens)->add(token("d2", domain::role::reviewer)));
        ASSERT_EQ(*(*tokens)->revoke(false, "anna", {9}), 2);
    }
    std::string found(const seal_keys& with = {key}) {
        auto journal = sqlite_journal::open(path, open_mode::read_only);
        const auto words = (*journal)->check(with);
        return words ? *words : words.error().words;
    }
    std::string after(const std::string& change) {
        EXPECT_TRUE(connection::open(path, connection::mode::read_write)->execute(change));
        return found();
    }
};

TEST_F(seals_test, what_only_we_wrote_holds) {
    EXPECT_EQ(found(), "");
    EXPECT_EQ(found({}), "");
    EXPECT_NE(found({base::digest{9}}), "") << "the key matters";
    EXPECT_EQ(found({base::digest{9}, key}), "") << "an older generation is recognised";
}

TEST_F(seals_test, a_new_key_seals_anew_only_what_the_one_before_had_sealed) {
    const base::digest next{9};
    ASSERT_TRUE(renew_seals_in(path, {next, key}));
    EXPECT_EQ(found({next}), "");
    EXPECT_NE(found({key}), "");
    const base::digest third{10};
    EXPECT_TRUE(connection::open(path, connection::mode::read_write)
                    ->execute("UPDATE token SET role = 'admin' WHERE digest = 'd1'"));
    EXPECT_TRUE(connection::open(path, connection::mode::read_write)
                    ->execute("UPDATE tally SET changes = changes + 1 WHERE name = 'vault'"));
    ASSERT_TRUE(renew_seals_in(path, {third, next}));
    EXPECT_NE(found({third}).find("noted about the table vault"), std::string::npos) << found({third});
    EXPECT_TRUE(connection::open(path, connection::mode::read_write)
                    ->execute("UPDATE tally SET changes = changes - 1 WHERE name = 'vault'"));
    ASSERT_TRUE(renew_seals_in(path, {third, next}));
    EXPECT_NE(found({third}).find("token d1"), std::string::npos) << found({third});
}

TEST_F(seals_test, tokens_that_are_held_and_confirmed_stay_sealed_and_a_changed_one_stays_found) {
    auto tokens = sqlite_tokens::open(path, key);
    auto bea = token("d3", domain::role::agent);
    bea.who.id = base::label::trusted("bea");
    ASSERT_TRUE((*tokens)->add(bea));
    ASSERT_EQ(hold_all_tokens(path, {9}, {key}).value(), 1);
    EXPECT_EQ(found(), "");
    ASSERT_EQ(confirm_tokens(path, "bea", {key}).value(), 1);
    EXPECT_EQ(found(), "");
    EXPECT_NE(after("UPDATE token SET role = 'admin' WHERE digest = 'd3'"), "");
    ASSERT_EQ(hold_all_tokens(path, {9}, {key}).value(), 1);
    EXPECT_NE(found().find("token d3"), std::string::npos) << found();
}

TEST_F(seals_test, every_change_by_another_hand_is_found) {
    struct row {
        const char* how;
        const char* undo;
        const char* words;
    };
    for (const auto& one : {
             row{"UPDATE token SET role = 'admin' WHERE digest = 'd1'",
                 "UPDATE token SET role = 'agent' WHERE digest = 'd1'", "token d1"},
             row{"UPDATE token SET revoked_at = NULL WHERE digest = 'd2'",
                 "UPDATE token SET revoked_at = 9 WHERE digest = 'd2'", "token d2"},
             row{"UPDATE horizon SET position = 1", "UPDATE horizon SET position = 3", "destination 1"},
             row{"UPDATE cursor SET upto = upto + 256", "UPDATE cursor SET upto = upto - 256", "in partition 5"},
             row{"UPDATE vault SET subscriber = 'subX' WHERE subscriber = 'sub3'",
                 "UPDATE vault SET subscriber = 'sub3' WHERE subscriber = 'subX'", "a row of the table vault"},
             row{"UPDATE retry SET dead = 1", "UPDATE retry SET dead = 0", "a row of the table retry"},
             row{"UPDATE tally SET changes = changes + 1 WHERE name = 'vault'",
                 "UPDATE tally SET changes = changes - 1 WHERE name = 'vault'", "noted about the table vault"},
             row{"CREATE TRIGGER t AFTER INSERT ON token BEGIN UPDATE token SET role = 'admin'; END", "DROP TRIGGER t",
                 "not ours: trigger t"},
             row{"DROP INDEX token_holder", "CREATE INDEX token_holder ON token (holder)", "lacks index token_holder"},
             row{"DELETE FROM vault WHERE subscriber = 'sub3'", "", "the table vault has 1 rows, but 2 were written"},
         }) {
        EXPECT_NE(after(one.how).find(one.words), std::string::npos) << one.how << ": " << found();
        if (*one.undo != 0) EXPECT_EQ(after(one.undo), "") << one.undo;
    }
}

TEST(set_hash, does_not_care_for_order_and_forgets_what_was_removed) {
    std::mt19937_64 dice(3);
    std::vector<base::digest> rows(50);
    for (auto& one : rows)
        for (auto& octet : one) octet = static_cast<std::uint8_t>(dice());
    set_hash a;
    for (const auto& one : rows) a.add(one);
    std::ranges::shuffle(rows, dice);
    set_hash b;
    for (const auto& one : rows) b.add(one);
    EXPECT_EQ(a, b);
    EXPECT_EQ(set_hash(a.bytes()), a);
    b.remove(rows[7]);
    EXPECT_NE(a, b);
    b.add(rows[7]);
    EXPECT_EQ(a, b);
    for (const auto& one : rows) b.remove(one);
    EXPECT_EQ(b, set_hash());
}

}  // namespace
}  // namespace keepline::store
