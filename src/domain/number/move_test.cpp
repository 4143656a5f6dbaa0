// A profile goes from one line to another: two people of one side offer it, somebody else of the other side agrees.
#include "domain/claim/claim.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const auto other_number = base::msisdn::trusted("+8613800138001");
const actor owner_there{role::subscriber, named("sb-2")};

struct moving : ::testing::Test {
    world w;
    world there;
    moving() {
        w.have_line();
        auto order = there.imported();
        order.order.number = other_number;
        order.order.subscriber = owner_there.id;
        order.order.profiles.clear();
        there.must(order, machine);
    }
    offer_profile offer() const { return {iccid_of(1), other_number, 1}; }
    accept_offer agreed() const { return {iccid_of(1), other_number, 1}; }
    void offered() { w.signed_by(reviewer, offer(), clerk); }
    const step& taken() { return w.signed_by(second_reviewer, agreed(), owner_there); }
    /// The answer of the HLR, and what the other line is given.
    give_profile left() {
        const auto& done = w.must(hlr_answered{hlr_operation::detach, imsi_of(1), "detached"}, machine);
        const auto given = effects_of<give_profile>(done);
        EXPECT_EQ(given.size(), 1U);
        return given.empty() ? give_profile{} : given.front();
    }
    static take_moved as_taken(const give_profile& e) {
        return {{e.iccid, e.imsi, e.eid, e.state, e.from, e.from_generation}, e.generation};
    }
};

TEST_F(moving, takes_two_people_of_one_side_and_another_of_the_other) {
    EXPECT_EQ(w.refused(offer(), customer), code::forbidden);
    EXPECT_EQ(w.refused(agreed(), owner_there), code::not_found) << "nothing was offered";
    EXPECT_THAT(names_of(w.must(offer(), clerk)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.asked.list.back().what, act::move_identifier);
    EXPECT_EQ(w.refused(agreed(), owner_there), code::not_found) << "nobody has signed it";
    EXPECT_EQ(w.refused(countersign{1}, clerk), code::forbidden);
    const auto& done = w.must(countersign{1}, reviewer);
    EXPECT_THAT(names_of(done), Contains("profile_offered"));
    EXPECT_THAT(told_in(done), Contains("profile_offered>mail-1"));
    EXPECT_EQ(w.refused(agreed(), clerk), code::own_application);
    EXPECT_EQ(w.refused(agreed(), reviewer), code::own_application);
    EXPECT_EQ(w.refused(agreed(), actor{role::agent, reviewer.id}), code::own_application) << "their other token";
    EXPECT_EQ(w.refused(accept_offer{iccid_of(1), base::msisdn::trusted("+8613800138002"), 1}, other_clerk),
              code::not_found)
        << "to another line";
    EXPECT_EQ(w.refused(accept_offer{iccid_of(1), other_number, 2}, other_clerk), code::not_found)
        << "to the next owner";
    EXPECT_TRUE(still_has(w.s, 1, iccid_of(1)));
    EXPECT_THAT(names_of(w.must(agreed(), other_clerk)), ElementsAre("second_wanted"));
    const int serial = w.s.asked.made;
    EXPECT_EQ(w.refused(countersign{serial}, reviewer), code::own_application) << "who signed the offer";
    EXPECT_EQ(w.refused(countersign{serial}, clerk), code::forbidden);
    EXPECT_TRUE(still_has(w.s, 1, iccid_of(1)));
    w.must(countersign{serial}, second_reviewer);
    EXPECT_FALSE(still_has(w.s, 1, iccid_of(1)));
}

TEST_F(moving, leaves_the_network_first_and_then_the_other_line_waits_for_both_claims) {
    offered();
    const auto& done = taken();
    EXPECT_THAT(names_of(done), ElementsAre("second_given", "profile_handed_over", "sim_changed"));
    ASSERT_EQ(effects_of<hlr_action>(done).size(), 1U);
    EXPECT_EQ(effects_of<hlr_action>(done)[0].operation, hlr_operation::detach);
    EXPECT_THAT(effects_of<give_profile>(done), IsEmpty()) << "the HLR still has the number at that IMSI";
    EXPECT_TRUE(keeps_claim(w.s, 1, iccid_of(1)));
    EXPECT_TRUE(w.must(agreed(), owner_there).happened.empty()) << "twice is harmless";

    const auto given = left();
    const auto& coming = there.must(as_taken(given), machine);
    const auto passes = effects_of<pass_claim>(coming);
    ASSERT_EQ(passes.size(), 2U);
    EXPECT_EQ(passes[0].holder, w.s.number.text() + "/1");
    EXPECT_EQ(passes[0].to, other_number.text() + "/1");
    EXPECT_FALSE(still_has(there.s, 1, iccid_of(1)));
    EXPECT_TRUE(keeps_claim(there.s, 1, iccid_of(1)));
    there.must(hear_claim{passes[0].identifier, passes[0].to}, machine);
    EXPECT_FALSE(still_has(there.s, 1, iccid_of(1))) << "one of two";
    const auto& here = there.must(hear_claim{passes[1].identifier, passes[1].to}, machine);
    EXPECT_THAT(names_of(here), ElementsAre("identifier_passed", "profile_added", "sim_changed", "profile_reported"));
    EXPECT_TRUE(still_has(there.s, 1, iccid_of(1)));
    EXPECT_EQ(there.s.subscription->serving, iccid_of(1));
    EXPECT_EQ(effects_of<hlr_action>(here)[0].operation, hlr_operation::provision);
    EXPECT_EQ(effects_of<hlr_action>(here)[0].number, other_number);
    EXPECT_TRUE(there.must(hear_claim{passes[1].identifier, passes[1].to}, machine).happened.empty());
}

TEST_F(moving, does_not_take_the_number_from_a_phone_that_has_it) {
    world busy;
    auto order = busy.imported();
    order.order.number = other_number;
    order.order.profiles = {{iccid_of(2), imsi_of(2), eid_of(2), profile_state::enabled}};
    busy.must(order, machine);
    offered();
    taken();
    for (const auto& one : effects_of<pass_claim>(busy.must(as_taken(left()), machine)))
        busy.must(hear_claim{one.identifier, one.to}, machine);
    EXPECT_THAT(effects_of<hlr_action>(busy.last()), IsEmpty());
    EXPECT_EQ(busy.s.serving()->iccid, iccid_of(2));
    EXPECT_EQ(busy.s.profiles.back().state, profile_state::disabled);
}

TEST_F(moving, goes_back_when_the_other_line_cannot_take_it_any_more) {
    offered();
    taken();
    there.must(declare_lost{{}, "call"});
    const auto back = effects_of<return_profile>(there.must(as_taken(left()), machine));
    ASSERT_EQ(back.size(), 1U);
    const auto& done = w.must(take_back{back[0].iccid, back[0].generation, back[0].why}, machine);
    EXPECT_THAT(names_of(done), ElementsAre("profile_came_back"));
    EXPECT_TRUE(still_has(w.s, 1, iccid_of(1)));
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
    ASSERT_EQ(effects_of<hlr_action>(done).size(), 1U);
    EXPECT_EQ(effects_of<hlr_action>(done)[0].operation, hlr_operation::provision);
}

struct moving_meanwhile : moving, ::testing::WithParamInterface<number_command> {};

TEST_P(moving_meanwhile, is_not_put_to_use_where_the_line_was_shut_since_it_agreed) {
    offered();
    taken();
    const auto passes = effects_of<pass_claim>(there.must(as_taken(left()), machine));
    ASSERT_EQ(passes.size(), 2U);
    there.must(hear_claim{passes[0].identifier, passes[0].to}, machine);
    there.owner = owner_there;
    there.must(GetParam(), owner_there);
    const auto& done = there.must(hear_claim{passes[1].identifier, passes[1].to}, machine);
    EXPECT_THAT(names_of(done), ElementsAre("identifier_passed", "profile_not_taken"));
    EXPECT_FALSE(still_has(there.s, 1, iccid_of(1)));
    EXPECT_EQ(effects_of<return_profile>(done).size(), 1U);
    EXPECT_EQ(effects_of<pass_claim>(done).size(), 2U) << "both names go back";
}
INSTANTIATE_TEST_SUITE_P(lost_or_locked_by_its_owner, moving_meanwhile,
                         ::testing::Values(number_command(set_customer_lock{true}),
                                           number_command(declare_lost{{}, "call"})));

TEST_F(moving, claims_that_come_to_a_line_which_has_ended_are_free_again) {
    offered();
    taken();
    const auto passes = effects_of<pass_claim>(there.must(as_taken(left()), machine));
    number::evolve(there.s, line_ended{there.now, "lapsed", {}});
    for (const auto& one : passes) {
        const auto freed = effects_of<free_claim>(there.must(hear_claim{one.identifier, one.to}, machine));
        ASSERT_EQ(freed.size(), 1U);
        EXPECT_EQ(freed[0].identifier, one.identifier);
        EXPECT_EQ(freed[0].holder, one.to);
    }
    EXPECT_FALSE(keeps_claim(there.s, 1, iccid_of(1)));
}

TEST_F(moving, goes_back_with_its_claims_when_the_other_line_is_being_closed_meanwhile) {
    offered();
    taken();
    const auto passes = effects_of<pass_claim>(there.must(as_taken(left()), machine));
    ASSERT_EQ(passes.size(), 2U);
    there.owner = owner_there;
    there.must(open_closure{}, owner_there);
    there.must(accept_quote{there.s.current->offer->number, {}}, owner_there);
    there.must(decline_backup{}, owner_there);
    there.must(request_otp{named("line"), "nonce", "digest"}, owner_there);
    there.must(present_otp{"digest"}, owner_there);
    there.must(submit_closure{}, owner_there);
    EXPECT_EQ(there.at_stage(), stage::unbinding) << "a line that had ended could not send it back";
    there.must(hear_claim{passes[0].identifier, passes[0].to}, machine);
    const auto& late = there.must(hear_claim{passes[1].identifier, passes[1].to}, machine);
    EXPECT_THAT(names_of(late), Contains("profile_not_taken"));
    EXPECT_NE(there.at_stage(), stage::unbinding);
    EXPECT_THAT(there.s.profiles, IsEmpty());
    EXPECT_TRUE(keeps_claim(there.s, 1, iccid_of(1))) << "until the other line has them nobody else gets them";
    const auto back = effects_of<pass_claim>(late);
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back[0].holder, passes[0].to);
    EXPECT_EQ(back[0].to, passes[0].holder);
    EXPECT_THAT(effects_of<free_claim>(there.must(hear_claim{passes[1].identifier, passes[1].to}, machine)), IsEmpty())
        << "said twice";
    // Whichever of them comes first.
    EXPECT_THAT(w.must(hear_claim{back[0].identifier, back[0].to}, machine).happened, IsEmpty());
    const auto returned = effects_of<return_profile>(late);
    ASSERT_EQ(returned.size(), 1U);
    w.must(take_back{returned[0].iccid, returned[0].generation, returned[0].why}, machine);
    EXPECT_THAT(w.must(hear_claim{back[1].identifier, back[1].to}, machine).happened, IsEmpty());
    EXPECT_TRUE(still_has(w.s, 1, iccid_of(1)));
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
}

TEST_F(moving, an_offer_is_taken_back_by_the_owner_or_is_over_in_time) {
    offered();
    w.must(withdraw_offer{iccid_of(1)}, customer);
    EXPECT_EQ(w.refused(agreed(), owner_there), code::not_found);
    EXPECT_TRUE(w.must(withdraw_offer{iccid_of(1)}, customer).happened.empty());
    offered();
    const auto until = w.s.offers.at(0).until;
    w.now = until;
    EXPECT_EQ(w.refused(agreed(), owner_there), code::not_found);
    EXPECT_EQ(w.due(), until);
    EXPECT_THAT(names_of(w.must(tick{}, machine)), Contains("offer_ended"));
    EXPECT_THAT(w.s.offers, IsEmpty());
}

TEST_F(moving, waits_for_whatever_holds_the_line) {
    offered();
    const auto held = w.s;
    const auto refused_while = [&](const number_command& what, const actor& by) {
        w.s = held;
        w.must(what, by);
        EXPECT_EQ(w.refused(agreed(), owner_there), code::blocked) << "and the other side does not learn why";
        return w.refused(offer_profile{iccid_of(1), base::msisdn::trusted("+8613800138002"), 1}, clerk);
    };
    EXPECT_EQ(refused_while(set_legal_hold{"order-1"}, machine), code::blocked);
    EXPECT_EQ(refused_while(set_customer_lock{true}, customer), code::blocked);
    EXPECT_EQ(refused_while(set_port_out{true}, machine), code::blocked);
    EXPECT_EQ(refused_while(declare_lost{{}, "call"}, customer), code::profile_unknown);
    EXPECT_EQ(refused_while(open_closure{}, customer), code::closure_stage);
}

TEST_F(moving, a_profile_of_our_own_sm_dp_plus_stays) {
    w.signed_by(reviewer, want_profile{"standard", ordered_as("MID-1")}, clerk);
    w.must(take_esim{{iccid_of(5), imsi_of(5), {}, profile_state::released, "standard", "MID-1"}, 1}, machine);
    EXPECT_EQ(w.refused(offer_profile{iccid_of(5), other_number, 1}, clerk), code::esim_taken);
    EXPECT_EQ(w.refused(offer_profile{iccid_of(1), w.s.number, 1}, clerk), code::invalid) << "to itself";
    EXPECT_EQ(w.refused(offer_profile{iccid_of(7), other_number, 1}, clerk), code::profile_unknown);
}

}  // namespace
}  // namespace keepline::domain
