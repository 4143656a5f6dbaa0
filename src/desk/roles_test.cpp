#include "desk/roles.hpp"

#include <gtest/gtest.h>

namespace keepline::desk {
namespace {

using enum channel;

TEST(roles, a_portal_stands_in_no_set_that_reads_or_acts) {
    EXPECT_FALSE(is_in(who::everyone, role::portal));
    EXPECT_FALSE(is_in(who::applicants, role::portal));
    EXPECT_FALSE(is_in(who::everyone_but_customers, role::portal));
    EXPECT_TRUE(is_in(who::portal, role::portal));
}

TEST(roles, one_administrator_alone_makes_tokens_of_agents_only) {
    EXPECT_FALSE(needs_second_admin(role::agent));
    for (const auto one : {role::reviewer, role::admin, role::system, role::portal})
        EXPECT_TRUE(needs_second_admin(one));
}

TEST(channels, a_token_without_any_is_bound_to_the_usual_ones_of_its_role) {
    EXPECT_EQ(*bound_channels(role::subscriber, {}), (std::vector{web, app}));
    EXPECT_EQ(*bound_channels(role::agent, {}), (std::vector{counter, staff}));
    EXPECT_EQ(*bound_channels(role::system, {}), (std::vector{staff}));
}

TEST(channels, no_token_is_bound_to_a_channel_that_its_role_never_speaks_through) {
    EXPECT_FALSE(bound_channels(role::subscriber, {counter}));
    EXPECT_FALSE(bound_channels(role::reviewer, {web}));
    EXPECT_EQ(*bound_channels(role::agent, {hotline, hotline}), (std::vector{hotline}));
}

TEST(channels, a_request_speaks_through_a_channel_of_its_token_and_no_other) {
    const std::vector bound{counter};
    EXPECT_EQ(*channel_of(role::agent, bound, ""), counter);
    EXPECT_EQ(*channel_of(role::agent, bound, "counter"), counter);
    EXPECT_EQ(channel_of(role::agent, bound, "hotline").error().what, base::code::forbidden);
    EXPECT_EQ(channel_of(role::agent, bound, "moon").error().what, base::code::forbidden);
    EXPECT_EQ(*channel_of(role::subscriber, {}, ""), web);
    EXPECT_EQ(channel_of(role::subscriber, {}, "hotline").error().what, base::code::forbidden);
}

}  // namespace
}  // namespace keepline::desk
