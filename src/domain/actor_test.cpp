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

TEST(actor, being_one_person_forbids_and_only_being_the_same_holder_allows) {
    const actor maker{role::admin, named("keymaster"), named("keymaster")};
    const actor clerk{role::agent, named("clerk"), named("clerk"), {named("keymaster")}};
    const actor machine{role::system, named("bss"), {}, {named("keymaster")}};
    for (const auto& [who, then] :
         std::vector<std::pair<actor, actor>>{{maker, clerk},
                                              {clerk, maker},
                                              {machine, maker},
                                              {{role::agent, named("bss"), named("bss")}, machine},
                                              {{role::agent, named("clerk"), named("eve")}, clerk},
                                              {{role::reviewer, named("clerk"), named("clerk")}, clerk}})
        EXPECT_FALSE(same_holder(who, then)) << who.id.text() << " is not " << then.id.text();
    EXPECT_TRUE(same_person(maker, clerk)) << "what it forbids stays";
    EXPECT_TRUE(same_holder(clerk, clerk));
    EXPECT_TRUE(same_holder({role::agent, named("clerk"), named("clerk")}, clerk)) << "its maker counts no longer";
    EXPECT_TRUE(same_holder({role::system, named("bss")}, machine));
    EXPECT_FALSE(same_holder({role::system, {}}, {role::system, {}})) << "nobody is nobody's holder";
}

TEST(actor, a_token_that_one_hand_made_since_is_not_yet_its_holders) {
    const actor clerk{role::agent, named("clerk"), named("clerk"), {named("keymaster")}};
    EXPECT_FALSE(same_holder({role::agent, named("clerk"), named("clerk"), {named("ops")}}, clerk))
        << "by one administrator";
    const actor machine{role::system, named("bss"), {}, {named("keymaster")}};
    EXPECT_FALSE(same_holder({role::system, named("bss"), {}, {named("console")}}, machine)) << "by who has the file";
    EXPECT_TRUE(same_holder({role::system, named("bss"), {}, {named("ops")}}, machine)) << "two signed this one";
}

TEST(actor, limits_of_one_are_not_spent_by_those_whom_they_made) {
    const actor maker{role::admin, named("keymaster"), named("keymaster")};
    const actor clerk{role::agent, named("clerk"), named("clerk"), {named("keymaster")}};
    EXPECT_FALSE(counted_as_one(maker, clerk));
    EXPECT_TRUE(counted_as_one(maker, {role::agent, named("desk"), named("keymaster")})) << "another token of theirs";
}

}  // namespace
}  // namespace keepline::domain
