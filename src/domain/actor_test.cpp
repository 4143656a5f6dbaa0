#include "domain/actor.hpp"

#include <gtest/gtest.h>

namespace keepline::domain {
namespace {

label named(const char* text) { return label::trusted(text); }

TEST(actor, two_credentials_of_one_person_are_one_person_whatever_their_roles) {
    const actor clerk{role::agent, named("counter-3"), named("ada")};
    const actor decider{role::reviewer, named("r-7"), named("ada")};
    EXPECT_TRUE(same_person(clerk, decider));
    EXPECT_FALSE(same_person(clerk, {role::reviewer, named("r-8"), named("bo")}));
}

TEST(actor, who_made_a_credential_counts_as_its_holder) {
    const actor chief{role::admin, named("root"), named("ada")};
    const actor made{role::reviewer, named("r-9"), named("cleo"), {named("ada")}};
    EXPECT_TRUE(same_person(chief, made));
    EXPECT_TRUE(same_person(made, chief));
}

TEST(actor, two_that_the_same_administrator_asked_for_are_two_people) {
    const actor one{role::agent, named("a-1"), named("bo"), {named("ada")}};
    const actor other{role::reviewer, named("r-2"), named("cleo"), {named("ada")}};
    EXPECT_FALSE(same_person(one, other));
}

TEST(actor, all_that_were_made_past_the_api_are_one_person) {
    const actor one{role::agent, named("a-1"), named("bo"), {named("console")}};
    const actor other{role::reviewer, named("r-2"), named("cleo"), {named("console")}};
    EXPECT_TRUE(same_person(one, other));
}

TEST(actor, the_same_credential_under_another_role_is_the_same_person) {
    EXPECT_TRUE(same_person({role::agent, named("ada")}, {role::reviewer, named("ada")}));
}

TEST(actor, a_subscriber_is_never_staff_even_by_the_same_name) {
    EXPECT_FALSE(same_person({role::subscriber, named("ada")}, {role::agent, named("ada"), named("ada")}));
    EXPECT_TRUE(same_person({role::subscriber, named("ada")}, {role::subscriber, named("ada")}));
    EXPECT_FALSE(same_person({role::subscriber, named("ada")}, {role::subscriber, named("bo")}));
}

TEST(actor, nobody_is_the_same_as_somebody_without_a_name) {
    EXPECT_FALSE(same_person({role::system, {}}, {role::system, {}}));
    EXPECT_FALSE(same_person({role::agent, {}}, {role::agent, named("ada")}));
}

}  // namespace
}  // namespace keepline::domain
