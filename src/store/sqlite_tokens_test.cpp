#include "store/sqlite_tokens.hpp"

#include "base/digest.hpp"
#include "base/temporary_directory.hpp"
#include "store/journal_contract.hpp"
#include "store/sqlite_journal.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

namespace keepline::store {
namespace {

port::token_record token(const std::string& digest, const std::string& holder) {
    port::token_record out;
    out.digest = digest;
    out.who = {domain::role::reviewer, base::label::trusted(holder)};
    out.note = "night shift";
    out.created_at = {1000};
    return out;
}

TEST(tokens, are_found_by_their_digest_until_revoked) {
    const base::temporary_directory where;
    auto tokens = sqlite_tokens::open(where / "keepline.sqlite");
    ASSERT_TRUE(tokens.has_value()) << tokens.error().words;
    auto two = token("d2", "anna");
    two.expires_at = base::instant{5000};
    two.created_at = {2000};
    ASSERT_TRUE((*tokens)->add(token("d1", "anna")));
    ASSERT_TRUE((*tokens)->add(two));
    ASSERT_TRUE((*tokens)->add(token("d3", "ben")));
    EXPECT_EQ((*tokens)->add(token("d3", "ben")).error().what, base::code::invalid);
    const auto found = (*tokens)->find("d2")->value();
    EXPECT_EQ(found.who, two.who);
    EXPECT_EQ(found.note, two.note);
    EXPECT_EQ(found.created_at, two.created_at);
    EXPECT_EQ(found.expires_at, two.expires_at);
    EXPECT_FALSE(found.revoked_at.has_value());
    EXPECT_FALSE((*tokens)->find("d9")->has_value());
    EXPECT_EQ(*(*tokens)->revoke(false, "anna", {3000}), 2);
    EXPECT_EQ(*(*tokens)->revoke(false, "anna", {4000}), 0) << "the first time counts";
    EXPECT_EQ(*(*tokens)->revoke(false, "nobody", {4000}), 0);
    EXPECT_EQ((*tokens)->find("d1")->value().revoked_at, base::instant{3000});
    const auto all = *(*tokens)->all();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[2].digest, "d2") << "oldest first";
}

TEST(tokens, of_a_customer_and_of_staff_with_the_same_id_are_revoked_apart) {
    const base::temporary_directory where;
    auto tokens = sqlite_tokens::open(where / "keepline.sqlite");
    ASSERT_TRUE(tokens.has_value());
    auto session = token("d1", "anna");
    session.who.as = domain::role::subscriber;
    ASSERT_TRUE((*tokens)->add(session));
    ASSERT_TRUE((*tokens)->add(token("d2", "anna")));
    EXPECT_EQ(*(*tokens)->revoke(true, "anna", {3000}), 1);
    EXPECT_TRUE((*tokens)->find("d1")->value().revoked_at);
    EXPECT_FALSE((*tokens)->find("d2")->value().revoked_at);
}

TEST(tokens, made_past_the_api_wait_until_the_journal_has_them) {
    const base::temporary_directory where;
    auto tokens = sqlite_tokens::open(where / "keepline.sqlite");
    ASSERT_TRUE(tokens.has_value());
    auto made = token("d1", "anna");
    made.origin = domain::token_origin::file;
    ASSERT_TRUE((*tokens)->add(made));
    ASSERT_TRUE((*tokens)->add(token("d2", "ben"))) << "asked for over the API: the journal decides";
    ASSERT_EQ((*tokens)->not_in_journal()->size(), 1U);
    made.who.kin = {base::label::trusted("console")};
    made.channels = {domain::channel::staff};
    ASSERT_TRUE((*tokens)->take_up(made));
    EXPECT_TRUE((*tokens)->not_in_journal()->empty());
    EXPECT_EQ((*tokens)->find("d1")->value().who, made.who);
    EXPECT_TRUE((*tokens)->find("d1")->value().in_journal);
    ASSERT_EQ(*(*tokens)->revoke(false, "anna", {3000}), 1);
    EXPECT_EQ((*tokens)->not_in_journal()->size(), 1U) << "the revocation is not journalled yet";
}

TEST(tokens, may_be_made_before_the_first_server_and_beside_a_running_one) {
    const base::temporary_directory where;
    const auto path = where / "keepline.sqlite";
    ASSERT_TRUE((*sqlite_tokens::open(path))->add(token("first", "anna")));
    auto journal = sqlite_journal::open(path, open_mode::read_write);
    ASSERT_TRUE(journal.has_value()) << journal.error().words;
    auto served = sqlite_tokens::open(path);
    ASSERT_TRUE(served && (*served)->find("first")->has_value());
    std::thread writes([&] {
        for (int i = 0; i < 100; ++i) {
            port::batch batch;
            batch.writes.push_back(step(unborn(i)));
            (*journal)->commit(batch);
        }
    });
    auto beside = sqlite_tokens::open(path);
    ASSERT_TRUE(beside.has_value());
    for (int i = 0; i < 20; ++i) {
        const auto digest = "d" + std::to_string(i);
        EXPECT_TRUE((*beside)->add(token(digest, "ben")));
        EXPECT_TRUE((*served)->find(digest)->has_value()) << "seen at once";
    }
    writes.join();
    EXPECT_EQ(*(*journal)->last_position(), 100);
}

TEST(tokens, of_staff_and_machines_are_summed_up_one_by_one_and_customers_sessions_as_a_table) {
    const base::temporary_directory where;
    const auto path = where / "keepline.sqlite";
    const seal_key key = base::sha256(base::view("of the installation"));
    journal_tuning sealed;
    sealed.seal = key;
    auto journal = sqlite_journal::open(path, open_mode::read_write, sealed);
    ASSERT_TRUE(journal.has_value()) << journal.error().words;
    auto tokens = sqlite_tokens::open(path, key);
    ASSERT_TRUE(tokens && (*tokens)->add(token("staff-token", "anna")));
    const auto before = *(*journal)->summary();
    for (int i = 0; i < 50; ++i) {
        auto session = token("session-" + std::to_string(i), "sb-" + std::to_string(i));
        session.who.as = domain::role::subscriber;
        ASSERT_TRUE((*tokens)->add(session));
    }
    const auto after = *(*journal)->summary();
    ASSERT_EQ(after.tokens.size(), 1U) << "an anchor does not grow with them";
    EXPECT_EQ(after.tokens.front().id, "staff-token");
    const auto rows = [](const store_summary& of) {
        return std::ranges::find(of.tables, "token", &table_summary::name)->rows;
    };
    EXPECT_EQ(rows(after), rows(before) + 50) << "none of them comes or goes unseen";
}

}  // namespace
}  // namespace keepline::store
