// What a case is shown as: how many people it takes, as whoever decides it has to know.
#include "desk/views.hpp"

#include "domain/test_world.hpp"

namespace keepline::desk {
namespace {
namespace case_views {

using domain::stage;
using domain::testing::world;
using ::testing::Contains;

closure_view shown(const world& w, reader who) {
    engine::stream_view of;
    of.state = w.s;
    domain::context at;
    at.now = w.now;
    at.rules = w.rules.get();
    return closure_of(of, at, who);
}

/// A case of low risk that a person must review.
world in_review() {
    world w;
    w.rules = domain::testing::with_policy(w.rules, "cn", [](domain::policy& p) { p.auto_approve = false; });
    w.have_line();
    w.submit_low();
    return w;
}

TEST(case_views, say_how_many_people_it_takes_as_things_stand_now) {
    auto w = in_review();
    EXPECT_EQ(shown(w, reader::staff).approvals_wanted, 1);
    EXPECT_EQ(shown(w, reader::staff).approvals_counted, 0);
    w.pass(base::minutes{1});
    w.must(domain::declare_lost{{}, "call"}, domain::testing::clerk);
    w.pass(base::minutes{1});
    w.must(domain::approve_closure{"fine"}, domain::testing::reviewer);
    const auto lost = shown(w, reader::staff);
    EXPECT_EQ(lost.approvals_wanted, 2);
    EXPECT_EQ(lost.approvals_counted, 1);
    EXPECT_EQ(lost.risk->level, domain::risk_level::high);
    EXPECT_THAT(lost.risk->facts, Contains("lost_device"));
    EXPECT_FALSE(shown(w, reader::customer).approvals_wanted) << "not the customer's to know";
    w.must(domain::approve_closure{"fine"}, domain::testing::second_reviewer);
    EXPECT_FALSE(shown(w, reader::staff).approvals_wanted) << "it is decided";
}

TEST(case_views, show_that_an_approval_of_before_does_not_count) {
    auto w = in_review();
    w.rules = domain::testing::with_policy(w.rules, "cn",
                                           [](domain::policy& p) { p.four_eyes_from = domain::risk_level::low; });
    w.must(domain::approve_closure{"fine"}, domain::testing::reviewer);
    EXPECT_EQ(shown(w, reader::staff).approvals_wanted, 2) << "another policy";
    EXPECT_EQ(shown(w, reader::staff).approvals_counted, 1);
    w.pass(base::minutes{1});
    w.must(domain::declare_lost{{}, "call"}, domain::testing::clerk);
    const auto after = shown(w, reader::staff);
    EXPECT_EQ(after.approvals.size(), 1U);
    EXPECT_EQ(after.approvals_counted, 0);
}

}  // namespace case_views
}  // namespace
}  // namespace keepline::desk
