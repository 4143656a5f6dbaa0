#include "desk/name_index.hpp"

#include "desk/fake_ground.hpp"
#include "port/fake_journal.hpp"
#include "port/person.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using strings = std::vector<std::string>;

TEST(name_forms_of, a_chinese_name_are_the_whole_and_both_orders_of_its_parts) {
    EXPECT_THAT(name_forms("王小明"), ElementsAre("王小明"));
    EXPECT_THAT(name_forms("王 小明"), UnorderedElementsAre("王小明", "小明王"));
    EXPECT_THAT(name_forms("阿布都·买买提"), UnorderedElementsAre("阿布都买买提", "买买提阿布都"));
}

TEST(name_forms_of, another_name_are_its_words_and_all_of_them_in_whichever_order) {
    EXPECT_THAT(name_forms("Wang Xiaoming"), UnorderedElementsAre("wang", "xiaoming", "wang xiaoming"));
    EXPECT_EQ(name_forms("Xiaoming WANG"), name_forms("Wang Xiaoming"));
    EXPECT_THAT(name_forms("O'Neill-Smith, Mary"), Contains("mary"));
    EXPECT_EQ(name_forms("Ｗａｎｇ　Ｘｉａｏｍｉｎｇ"), name_forms("Wang Xiaoming")) << "full width";
    EXPECT_EQ(name_forms("Jose\u0301"), name_forms("Jos\u00e9")) << "composed or not";
}

TEST(name_forms_of, what_has_no_letters_are_none) {
    for (const auto* none : {"", " ", "···", "\xff\xfe"}) EXPECT_THAT(name_forms(none), IsEmpty()) << none;
    EXPECT_EQ(name_looked_for(" . "), "");
}

TEST(name_forms_of, what_is_typed_is_among_those_on_file) {
    EXPECT_THAT(name_forms("Wang Xiaoming"), Contains(name_looked_for("xiaoming  wang")));
    EXPECT_THAT(name_forms("Wang Xiaoming"), Contains(name_looked_for("WANG")));
    EXPECT_THAT(name_forms("王小明"), Contains(name_looked_for("王 小明")));
    EXPECT_THAT(name_forms("王小明"), Not(Contains(name_looked_for("王"))));
}

TEST(masked, names_keep_the_first_of_each_word) {
    EXPECT_EQ(masked_name("王小明"), "王**");
    EXPECT_EQ(masked_name("Wang Xiaoming"), "W** X**");
    EXPECT_EQ(masked_name(""), "");
}

struct name_index : testing::Test {
    port::fake_vault vault;
    port::secrets secrets{base::sha256(base::view("one"))};

    std::vector<port::vault_row> named(const std::string& who, std::string_view name) {
        return name_rows(vault, secrets, who, name).value();
    }
    strings found(std::string_view typed, std::string_view after = {}, std::size_t limit = 10) {
        return people_named(vault, secrets, name_looked_for(typed), after, limit).value();
    }
};

TEST_F(name_index, finds_whoever_has_the_name_in_pages) {
    for (const auto* who : {"sub-1", "sub-2", "sub-3"}) named(who, "Wang Xiaoming");
    named("sub-4", "Li Xiaoming");
    EXPECT_THAT(found("Xiaoming Wang"), ElementsAre("sub-1", "sub-2", "sub-3"));
    EXPECT_THAT(found("xiaoming", "", 2), ElementsAre("sub-1", "sub-2"));
    EXPECT_THAT(found("xiaoming", "sub-2"), ElementsAre("sub-3", "sub-4"));
    EXPECT_THAT(found("Xiao"), IsEmpty());
}

TEST_F(name_index, says_no_name_to_whoever_has_the_rows) {
    for (const auto& row : named("sub-1", "Wang Xiaoming")) {
        EXPECT_TRUE(row.kind.starts_with("name:"));
        EXPECT_EQ(row.kind.size(), 5U + 64U);
        EXPECT_EQ(row.kind.find("wang"), std::string::npos);
    }
}

TEST_F(name_index, of_another_name_lets_the_one_before_go) {
    named("sub-1", "Wang Xiaoming");
    strings gone;
    int added = 0;
    for (const auto& row : named("sub-1", "Wang Daming")) row.sealed.empty() ? gone.push_back(row.kind) : void(++added);
    EXPECT_EQ(gone.size(), 2U) << "the whole, and one word";
    EXPECT_EQ(added, 2);
    const auto all = name_rows_gone(vault, "sub-1").value();
    EXPECT_FALSE(all.empty());
    for (const auto& row : all) EXPECT_TRUE(row.sealed.empty());
}

TEST_F(name_index, knows_what_an_older_secret_made) {
    named("sub-1", "Wang Xiaoming");
    const auto before = name_index_mark(secrets);
    port::secrets::generations both;
    both.emplace_back(base::byte_view(base::sha256(base::view("two"))));
    both.emplace_back(base::byte_view(base::sha256(base::view("one"))));
    secrets.replace(std::move(both));
    EXPECT_THAT(found("wang"), ElementsAre("sub-1"));
    EXPECT_NE(name_index_mark(secrets), before) << "and is made anew at the next start";
}

}  // namespace
}  // namespace keepline::desk
