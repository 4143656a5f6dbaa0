#include "app/policies_in_use.hpp"

#include "base/temporary_directory.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

namespace fs = std::filesystem;

class policies_in_use : public ::testing::Test {
 protected:
    policies_in_use() {
        fs::copy(fs::path(KEEPLINE_SOURCE_DIR) / "policies", folder / "policies", fs::copy_options::recursive);
        fs::copy(fs::path(KEEPLINE_SOURCE_DIR) / "calendars", folder / "calendars", fs::copy_options::recursive);
    }

    policy_marks marks() {
        const auto rules = load_rules(folder / "policies", folder / "calendars");
        EXPECT_TRUE(rules) << rules.error().words;
        const auto out = marks_of(folder / "policies", (*rules)->policies);
        EXPECT_TRUE(out);
        return *out;
    }
    void change(const char* name, const std::string& from, const std::string& to) {
        std::ostringstream text;
        text << std::ifstream(folder / "policies" / name).rdbuf();
        auto changed = text.str();
        const auto at = changed.find(from);
        ASSERT_NE(at, std::string::npos) << name << ": " << from;
        std::ofstream(folder / "policies" / name) << changed.replace(at, from.size(), to);
    }
    void append(const char* file, const char* text) {
        std::ofstream(folder / "policies" / file, std::ios::app) << text;
    }

    static policies_noted as_noted(const policy_marks& last) { return noted_in(text_of(last), ""); }

    base::temporary_directory folder;
};

using names = std::vector<std::string>;

TEST_F(policies_in_use, comments_change_nothing_and_the_note_holds_all) {
    const auto before = marks();
    EXPECT_TRUE(before.contains("cn"));
    EXPECT_EQ(marks_in(text_of(before)), before);
    append("cn.toml", "\n# a comment\n");
    EXPECT_EQ(marks(), before);
    EXPECT_EQ(gone_or_changed(as_noted(before), before), names{});
}

TEST_F(policies_in_use, what_is_inherited_counts_too) {
    const auto before = marks();
    change("base.toml", "activation_days = ", "activation_days = 1");
    const auto now = marks();
    EXPECT_EQ(now.size(), before.size());
    for (const auto& [id, mark] : now) EXPECT_NE(mark, before.at(id)) << id;
    EXPECT_EQ(gone_or_changed(as_noted(before), now).size(), before.size());
}

TEST_F(policies_in_use, a_new_version_may_say_something_else_and_what_is_gone_is_named) {
    const auto before = marks();
    change("cn.toml", "version = 4", "version = 5");
    change("cn.toml", "review = \"7 working days\"", "review = \"6 working days\"");
    change("jp-povo.toml", "Asia/Tokyo", "Asia/Seoul");
    fs::remove(folder / "policies" / "ph-smart.toml");
    EXPECT_EQ(gone_or_changed(as_noted(before), marks()), (names{"jp-povo", "ph-smart"}));
}

TEST_F(policies_in_use, a_version_of_long_ago_is_held_to_what_it_said) {
    auto noted = as_noted(marks());
    change("cn.toml", "version = 4", "version = 5");
    EXPECT_EQ(gone_or_changed(noted, marks()), names{});
    noted.take(marks());
    change("cn.toml", "version = 5", "version = 4");
    EXPECT_EQ(gone_or_changed(noted, marks()), names{}) << "the same version again";
    change("cn.toml", "review = \"7 working days\"", "review = \"6 working days\"");
    noted = noted_in(text_of(noted.last), text_of(noted.said));
    EXPECT_EQ(gone_or_changed(noted, marks()), names{"cn"}) << "another version 2";
}

TEST_F(policies_in_use, what_nobody_had_when_it_went_is_no_loss_later) {
    auto noted = as_noted(marks());
    fs::remove(folder / "policies" / "ph-smart.toml");
    EXPECT_EQ(gone_or_changed(noted, marks()), names{"ph-smart"});
    noted.take(marks());
    EXPECT_EQ(gone_or_changed(noted, marks()), names{}) << "lines are read for it once";
}

}  // namespace
}  // namespace keepline::app
