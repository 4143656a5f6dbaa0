// Each way in which the file can be changed beside the journal is found, and named.
#include "store/seals.hpp"

#include "base/temporary_directory.hpp"
#include "port/fake_journal.hpp"
#include "store/journal_contract.hpp"
#include "store/keys_check.hpp"
#include "store/sqlite_journal.hpp"
#include "store/sqlite_notebook.hpp"
#include "store/sqlite_tokens.hpp"
#include "store/sqlite_vault.hpp"
#include "store/token_hold.hpp"

#include <array>
#include <filesystem>
#include <map>
#include <random>
#include <set>

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
        batch.writes[0].references = {"482913570112"};
        batch.writes[0].after.recent = "what it remembers";
        batch.awaited = {{"sms:1", 1, {1000}}, {"sms:2", 2, {2000}}, {"sms:3", 3, {10}}};
        batch.epoch = (*journal)->own(port::partition_set().set()).value();
        ASSERT_EQ((*journal)->commit(batch).whole, port::commit_outcome::done);
        port::batch more;
        more.writes.push_back(step(batch.writes[0].after));
        more.writes[0].vault = {{"sub1", "person", {7}}, {"sub2", "person", {}}};
        more.retries_done = {batch.retries[0].effect, {77}};
        more.horizons = {{1, 3}};
        more.epoch = batch.epoch;
        more.receipts_done = {"sms:2"};
        more.forget_awaited_before = {50};
        ASSERT_EQ((*journal)->commit(more).whole, port::commit_outcome::done);
        auto tokens = sqlite_tokens::open(path, key);
        ASSERT_TRUE((*tokens)->add(token("d1", domain::role::agent)));
        ASSERT_TRUE((*tokens)->add(token("d2", domain::role::reviewer)));
        ASSERT_EQ(*(*tokens)->revoke(false, "anna", {9}), 2);
        auto bea = token("d9", domain::role::agent);
        bea.who.id = base::label::trusted("bea");
        ASSERT_TRUE((*tokens)->add(bea));
        ASSERT_EQ(hold_all_tokens(path, {9}, {key}).value(), 1);
        auto notes = sqlite_notebook::open(path, key);
        ASSERT_TRUE((*notes)->write({{"clock.mark", "then"}, {"refunds.held", "5"}}));
        ASSERT_TRUE((*notes)->write({{"clock.mark", "now"}, {"clock.wall", ""}}));
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
    auto cho = token("d3", domain::role::agent);
    cho.who.id = base::label::trusted("cho");
    ASSERT_TRUE((*tokens)->add(cho));
    ASSERT_EQ(hold_all_tokens(path, {9}, {key}).value(), 1);
    EXPECT_EQ(found(), "");
    ASSERT_EQ(confirm_tokens(path, "cho", {key}).value(), 1);
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

/// What somebody does to each table with the sqlite3 shell, and what is said about it then.
struct attack {
    const char* table;
    const char* words;
    const char* how;
};
constexpr std::array attacks{
    attack{"stream", "(public id, remembered commands)", "UPDATE stream SET public_id = 'ln_other' WHERE id = 1"},
    attack{"stream", "(public id, remembered commands)", "UPDATE stream SET recent = x'' WHERE id = 1"},
    attack{"stream", "an empty value where there is none", "UPDATE stream SET stage = '' WHERE id = 1"},
    attack{"stream", "an empty value where there is none", "UPDATE stream SET asked_until = 0 WHERE id = 1"},
    attack{"owner", "a row of the table owner", "UPDATE owner SET epoch = 0"},
    attack{"owner", "the table owner has 0 rows, but 1 were written", "DELETE FROM owner"},
    attack{"partition", "the table partition has 0 rows", "DELETE FROM partition"},
    attack{"partition", "the table partition has", "DELETE FROM partition WHERE id = (SELECT min(id) FROM partition)"},
    attack{"partition", "a row of the table partition", "UPDATE partition SET seq = seq + 1"},
    attack{"horizon", "the table horizon has 0 rows", "DELETE FROM horizon"},
    attack{"horizon", "destination 1 is settled", "UPDATE horizon SET position = 2"},
    attack{"cursor", "the table cursor has 0 rows", "DELETE FROM cursor"},
    attack{"cursor", "settled in partition 5", "UPDATE cursor SET upto = upto - 256"},
    attack{"retry", "the table retry has 0 rows", "DELETE FROM retry"},
    attack{"retry", "a row of the table retry", "UPDATE retry SET attempts = 0"},
    attack{"awaited_receipt", "the table awaited_receipt has 0 rows", "DELETE FROM awaited_receipt"},
    attack{"awaited_receipt", "a row of the table awaited_receipt", "UPDATE awaited_receipt SET stream = 3"},
    attack{"vault", "the table vault has", "DELETE FROM vault WHERE subscriber = 'sub1'"},
    attack{"vault", "a row of the table vault", "UPDATE vault SET sealed = x'010201' WHERE subscriber = 'sub1'"},
    attack{"tally", "what was noted about the table note is gone", "DELETE FROM tally WHERE name = 'note'"},
    attack{"tally", "what was noted about the table", "DELETE FROM tally"},
    attack{"tally", "what is noted about the table owner",
           "UPDATE tally SET changes = changes + 1 WHERE name = 'owner'"},
    attack{"token", "the table token has 2 rows, but 3 were written", "DELETE FROM token WHERE digest = 'd2'"},
    attack{"token", "token d1", "UPDATE token SET role = 'admin' WHERE digest = 'd1'"},
    attack{"token_on_hold", "the table token_on_hold has 0 rows", "DELETE FROM token_on_hold"},
    attack{"token_on_hold", "a row of the table token_on_hold", "UPDATE token_on_hold SET digest = 'd1'"},
    attack{"note", "the table note has 1 rows, but 2 were written", "DELETE FROM note WHERE name = 'refunds.held'"},
    attack{"note", "a row of the table note", "UPDATE note SET value = '0' WHERE name = 'refunds.held'"},
    attack{"note", "a row of the table note", "UPDATE note SET value = 'then' WHERE name = 'clock.mark'"},  // as it was
    attack{"reference", "the table reference has 0 rows", "DELETE FROM reference"},
    attack{"reference", "a row of the table reference", "UPDATE reference SET stream = 2"},
    attack{"stage_count", "it counts 9 at closed, and there are 0", "INSERT INTO stage_count VALUES ('closed', 9)"},
    attack{"snapshot", "the table snapshot has a row of stream 77", "INSERT INTO snapshot VALUES (77, 8, '{}')"},
    attack{"esim", "the table esim has a row of stream 77",
           "INSERT INTO esim (stream, type, state) VALUES (77, '', 'available')"},
    attack{"entry", "the table entry has a row of stream 3, which is not there",
           "DELETE FROM snapshot WHERE stream = 3; DELETE FROM stream WHERE id = 3"},
};

TEST_F(seals_test, in_every_table_a_row_that_is_gone_or_changed_or_as_it_was_is_found_and_the_table_is_named) {
    const std::string whole = where / "whole.sqlite";
    std::filesystem::copy_file(path, whole);
    ASSERT_EQ(found(), "");
    for (const auto& one : attacks) {
        EXPECT_NE(after(one.how).find(one.words), std::string::npos) << one.how << ": " << found();
        std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
    }
    EXPECT_EQ(found(), "");
}

std::set<std::string> tables_of(const schema& what) {
    auto db = connection::open(":memory:", connection::mode::read_write);
    EXPECT_TRUE(migrate(*db, what, upgrade::allowed));
    auto all = db->run(sql("SELECT name FROM sqlite_schema WHERE type = 'table'"));
    std::set<std::string> out;
    while (all.next()) out.emplace(all.text(0));
    return out;
}

TEST(covers, of_every_table_it_is_said_how_it_is_known_to_be_as_we_left_it_and_each_is_attacked_above) {
    std::set<std::string> said;
    for (const auto& one : covers()) {
        said.emplace(one.table);
        EXPECT_TRUE(one.sealed || one.summed || !one.rest.empty()) << one.table;
    }
    EXPECT_EQ(said, tables_of(store_schema())) << "a new table needs a cover, see seals.hpp";
    std::set<std::string> attacked;
    for (const auto& one : attacks) attacked.emplace(one.table);
    EXPECT_EQ(attacked, said);
    std::set<std::string> of_keys;
    for (const auto& one : keys_covers()) of_keys.emplace(one.table);
    EXPECT_EQ(of_keys, tables_of(keys_schema()));
}

TEST_F(seals_test, a_store_from_before_is_covered_once_as_it_is_and_not_again) {
    ASSERT_TRUE(
        connection::open(path, connection::mode::read_write)
            ->execute("DELETE FROM tally; UPDATE stream SET seal = NULL; UPDATE stream SET seal = x'' WHERE id = 2"));
    EXPECT_NE(found(), "");
    {
        auto journal = sqlite_journal::open(path, open_mode::read_write);
        (*journal)->seal_with(key);
        EXPECT_EQ((*journal)->cover_first().value(), 3);
    }
    EXPECT_EQ(found(), "");
    EXPECT_NE(after("UPDATE reference SET stream = 2"), "");
    auto journal = sqlite_journal::open(path, open_mode::read_write);
    (*journal)->seal_with(key);
    EXPECT_EQ((*journal)->cover_first().value(), 0);
    EXPECT_NE(found(), "") << "what is sealed is not taken as it happens to be";
}

// A start that is refused (a copy from before, a missing key) opened the store without the key and closed it.
TEST_F(seals_test, who_opens_the_store_and_never_learns_the_key_leaves_the_sums_as_they_are) {
    ASSERT_TRUE(sqlite_journal::open(path, open_mode::read_write));
    EXPECT_EQ(found(), "");
}

TEST_F(seals_test, another_generation_seals_streams_and_sums_anew) {
    const base::digest next{9};
    ASSERT_TRUE(renew_seals_in(path, {next, key}));
    EXPECT_EQ(found({next}), "");
    auto notes = sqlite_notebook::open(path, key);
    (*notes)->seal_with(next);
    ASSERT_TRUE((*notes)->write({{"clock.mark", "later"}}));
    EXPECT_EQ(found({next}), "");
}

class keys_cover_test : public seals_test {
 protected:
    std::string keys = where / "keys.sqlite";
    std::string master = where / "master.key";
    std::set<std::string> erased;
    std::vector<std::string> cleared;

    void SetUp() override {
        seals_test::SetUp();
        port::fake_journal nothing_yet;
        auto vault = sqlite_vault::open(keys, master, nothing_yet);
        ASSERT_TRUE(vault.has_value()) << vault.error().words;
        ASSERT_TRUE((*vault)->prepare_keys(std::vector<std::string>{"sub1", "sub3", "sub4"}));
        ASSERT_TRUE((*vault)->seal("sub5", "person", "text"));
        for (const char* who : {"sub1", "sub3"}) seal_for(who, **vault);
        ASSERT_TRUE((*vault)->erase("sub4"));
        erased = {"sub4"};
        cleared = {"sub4"};
    }
    void seal_for(const std::string& who, sqlite_vault& with) {
        const auto row = with.seal(who, "person", "of " + who);
        ASSERT_TRUE(row.has_value());
        auto store = connection::open(path, connection::mode::read_write);
        ASSERT_TRUE(
            store->run(sql("UPDATE vault SET sealed = ?1 WHERE subscriber = ?2"), base::byte_view(row->sealed), who)
                .done());
    }
    std::string said(const std::string& change = "") {
        if (!change.empty()) {
            EXPECT_TRUE(connection::open(keys, connection::mode::read_write)->execute(change));
        }
        const auto words = check_keys({keys, master, path, cleared, [this](const std::string& who) -> result<bool> {
                                           return erased.contains(who);
                                       }});
        return words ? *words : words.error().words;
    }
};

TEST_F(keys_cover_test, a_key_that_is_gone_changed_destroyed_or_back_is_found) {
    ASSERT_EQ(said(), "");
    const std::string whole = where / "whole.sqlite";
    ASSERT_TRUE(connection::open(keys, connection::mode::read_write)->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    std::filesystem::copy_file(keys, whole);
    for (const auto& [how, words] : std::map<std::string, std::string>{
             {"DELETE FROM subscriber_key WHERE subscriber = 'sub1'", "the table subscriber_key has 3 rows, but 4"},
             {"DELETE FROM subscriber_key WHERE subscriber = 'sub4'", "the table subscriber_key has 3 rows, but 4"},
             {"UPDATE subscriber_key SET wrapped = (SELECT wrapped FROM subscriber_key WHERE subscriber = 'sub3') "
              "WHERE subscriber = 'sub1'",
              "a row of the table subscriber_key"},
             {"UPDATE subscriber_key SET wrapped = NULL WHERE subscriber = 'sub1'",
              "a row of the table subscriber_key"},
             {"DELETE FROM master_check", "the table master_check"},
             {"UPDATE master_check SET wrapped = x'00'", "master_check"},
             {"UPDATE about SET value = 'another'", "a row of the table about"},
             {"DELETE FROM about", "the table about has 0 rows"},
             {"DELETE FROM tally", "is gone"},
             {"UPDATE tally SET changes = changes + 1 WHERE name = 'subscriber_key'", "what is noted about the table"},
             {"CREATE TABLE more (a)", "something that is not ours: table more"},
         }) {
        const auto now = said(how);
        EXPECT_NE(now.find(words), std::string::npos) << how << ": " << now;
        std::filesystem::copy_file(whole, keys, std::filesystem::copy_options::overwrite_existing);
    }
    ASSERT_EQ(said(), "");
}

TEST_F(keys_cover_test, the_journal_says_whose_keys_there_must_be) {
    erased.clear();
    EXPECT_NE(said().find("the key of sub4 was destroyed, and no erasure in the journal says so"), std::string::npos);
    erased = {"sub4"};
    cleared = {"sub4", "sub3"};
    EXPECT_NE(said().find("there is a key of sub3, whom the journal says erased"), std::string::npos) << said();
}

TEST_F(keys_cover_test, no_file_is_no_proof_and_another_key_opens_nothing) {
    {
        const base::temporary_directory elsewhere;
        port::fake_journal nothing_yet;
        auto other = sqlite_vault::open(elsewhere / "keys.sqlite", elsewhere / "master.key", nothing_yet);
        ASSERT_TRUE((*other)->prepare_keys(std::vector<std::string>{"sub1"}));
        seal_for("sub1", **other);
    }
    EXPECT_NE(said().find("the key of sub1 does not open what is sealed for them"), std::string::npos) << said();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(keys + tail);
    EXPECT_NE(said().find("is gone, and with it the keys of 2"), std::string::npos) << said();
}

TEST_F(keys_cover_test, a_new_master_key_seals_anew_unless_something_does_not_hold) {
    ASSERT_TRUE(sqlite_vault::rotate_master_key(keys, master));
    EXPECT_EQ(said(), "");
    EXPECT_NE(said("DELETE FROM subscriber_key WHERE subscriber = 'sub1'"), "");
    EXPECT_FALSE(sqlite_vault::rotate_master_key(keys, master));
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
