#include "desk/changes.hpp"

#include "base/json.hpp"
#include "desk/fake_ground.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

struct changing : fake_ground {
    /// What is told after `what` happened in the stream, which must be there.
    std::vector<changed> after(port::stream_kind kind, const std::string& key, const std::string& events) {
        return changes_in(core, {{1, {kind, key}, "", events}});
    }
    void begin(domain::credential_command what, const std::string& key) {
        engine::submission in;
        in.to = {port::stream_kind::credential, key};
        in.what = engine::any_command(std::move(what));
        in.by = {domain::role::admin, base::label::trusted("boss")};
        in.must_exist = false;
        core.submit(std::move(in), [](const result<engine::answer>& done) { EXPECT_TRUE(done) << done.error().words; });
    }
};

TEST(changes, whom_a_colleague_looked_up_is_nobodys_news) {
    changing of;
    of.begin(domain::note_search{"ln_1", true, 0}, "staff/anna");
    const auto entries = of.core.changes(0, 10).value();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_TRUE(changes_in(of.core, entries).empty());
}

TEST(changes, of_what_is_not_there_nothing_is_said) {
    changing of;
    EXPECT_TRUE(of.after(port::stream_kind::number, "+8613800138000", "[]").empty());
    EXPECT_TRUE(of.after(port::stream_kind::number, "+8613800138000", "no json").empty());
}

TEST(changes, what_failed_is_told_to_all_staff) {
    const auto what = effects_changed();
    EXPECT_EQ(what.kind, "effect");
    EXPECT_EQ(what.to, who::everyone_but_customers);
}

}  // namespace
}  // namespace keepline::desk
