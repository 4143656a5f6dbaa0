// What protects a number, and who ends it: a profile that could take it is given on proof or by two people, and so is
// every hold and lock taken off; stopping and holding is anybody's.
#include "domain/number/risk.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const actor bss{role::system, named("bss")};
const actor admin{role::admin, named("ops")};

// ------------------------------------------------------------------------------------------------ a further profile

want_profile wanted(const std::string& matching_id = "MID-9") { return {"standard", ordered_as(matching_id)}; }
new_profile elsewhere(int n, profile_state state = profile_state::released) {
    return {iccid_of(n), imsi_of(n), {}, state};
}
const std::vector<evidence> seen_at_counter(const world& w) {
    return {{evidence_kind::id_document, true, w.now, "counter", "d", clerk},
            {evidence_kind::staff_sighting, true, w.now, "counter", "", clerk}};
}

TEST(further_profile, nobody_alone_brings_one_to_a_line_that_somebody_has) {
    for (const number_command& what : {number_command(wanted()), number_command(add_profile{elsewhere(5)})}) {
        for (const auto& thief : {clerk, bss, admin, reviewer}) {
            world w;
            w.have_line();
            const auto before = w.s;
            EXPECT_THAT(names_of(w.must(what, thief, channel::counter)), ElementsAre("second_wanted"));
            EXPECT_EQ(w.s.asked.list.back().what, act::further_profile);
            EXPECT_EQ(w.s.profiles, before.profiles);
            EXPECT_FALSE(w.s.wanted);
            EXPECT_FALSE(w.apply(countersign{1}, thief)) << "signs for themselves";
            EXPECT_EQ(w.refused(countersign{1}, other_clerk), code::forbidden) << "two agents";
            EXPECT_EQ(w.refused(countersign{1}, bss), code::forbidden);
            w.must(countersign{1}, second_reviewer);
            EXPECT_TRUE(w.s.wanted || w.s.profiles.size() == before.profiles.size() + 1);
        }
        world w;
        w.have_line();
        EXPECT_EQ(w.refused(what, customer), code::evidence_too_weak) << "whoever has the token";
    }
}

TEST(further_profile, comes_on_the_owners_code_and_not_on_an_agents) {
    world w;
    w.have_line();
    auto what = wanted();
    what.shown = {w.saved_code()};
    EXPECT_THAT(names_of(w.must(what, customer)), ElementsAre("evidence_recorded", "profile_wanted"));
    world counter;
    counter.have_line();
    what.shown = {counter.saved_code()};
    EXPECT_THAT(names_of(counter.must(what, clerk)), Contains("profile_wanted")) << "read out at the counter";
    world two;
    two.have_line();
    two.signed_by(reviewer, set_recovery_codes{{"made"}}, other_clerk);
    what.shown = {two.saved_code("made")};
    EXPECT_THAT(names_of(two.must(what, clerk)), ElementsAre("second_wanted")) << "one agent made it, another shows it";
    world seen;
    seen.have_line();
    what.shown = seen_at_counter(seen);
    EXPECT_THAT(names_of(seen.must(what, clerk)), ElementsAre("second_wanted"));
    world wrong;
    wrong.have_line();
    what.shown = {wrong.saved_code("none")};
    EXPECT_THAT(names_of(wrong.must(what, clerk)), ElementsAre("proof_failed"));
}

TEST(further_profile, the_first_one_of_a_new_line_is_ordered_at_sale_and_a_line_that_came_back_is_not_new) {
    world w;
    auto order = w.order();
    order.profiles.clear();
    w.must(order, clerk);
    EXPECT_THAT(names_of(w.must(wanted("MID-1"), clerk)), ElementsAre("profile_wanted"));
    EXPECT_EQ(w.s.wanted->by, clerk);
    w.must(take_esim{{iccid_of(5), imsi_of(5), {}, profile_state::released, "standard", "MID-1"}, 1}, machine);
    EXPECT_EQ(w.s.profiles[0].ordered_by, clerk);
    EXPECT_FALSE(w.s.profiles[0].further);
    EXPECT_THAT(names_of(w.must(wanted("MID-2"), clerk)), ElementsAre("second_wanted"))
        << "its owner waits for the first";
    world back;
    back.have_line();
    back.close_low();
    back.must(refund_answered{back.payback().id, true}, machine);
    back.pass(base::minutes{1});
    back.see_in_person();
    back.signed_by(reviewer, reinstate_line{}, customer);
    ASSERT_THAT(back.s.profiles, IsEmpty());
    EXPECT_THAT(names_of(back.must(wanted(), clerk)), ElementsAre("second_wanted"));
}

TEST(further_profile, what_is_asked_for_does_not_show_what_opens_the_download) {
    world w;
    w.have_line();
    w.must(wanted("SECRET-1"), clerk);
    const auto shown = shown_command(w.s.asked.list.back());
    ASSERT_TRUE(shown);
    EXPECT_EQ(base::to_json(*shown).find("SECRET-1"), std::string::npos);
}

TEST(further_profile, everybody_hears_of_it_and_the_owner_stops_it_with_a_session) {
    world w;
    w.have_line();
    w.signed_by(reviewer, wanted(), clerk);
    const auto& ready =
        w.must(take_esim{{iccid_of(5), imsi_of(5), {}, profile_state::released, "standard", "MID-9"}, 1}, machine);
    EXPECT_THAT(told_in(ready), ElementsAre("profile_ready>mail-1", "profile_ready>sms-1", "profile_ready>line"));
    EXPECT_EQ(effects_of<send_notice>(ready)[0].params.count("further"), 1U);
    const auto& stopped = w.must(stop_profile{iccid_of(5)}, customer);
    EXPECT_EQ(effects_of<cancel_esim>(stopped).size(), 1U);
    EXPECT_THAT(told_in(stopped), Contains("profile_stopped>mail-1"));
    EXPECT_TRUE(w.must(stop_profile{iccid_of(5)}, customer).happened.empty());
    EXPECT_EQ(w.refused(stop_profile{iccid_of(1)}, customer), code::blocked) << "it has the number";
    EXPECT_EQ(w.refused(stop_profile{iccid_of(7)}, customer), code::profile_unknown);
    // One that is on a phone already: whatever its eUICC signs, the number stays.
    w.signed_by(second_reviewer, add_profile{elsewhere(6)}, clerk);
    w.must(stop_profile{iccid_of(6)}, customer);
    const proof sealed{proof_kind::signed_notification, "s", {}};
    w.must(report_profile{iccid_of(6), profile_state::enabled, eid_of(6), 1, sealed}, machine);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
}

TEST(further_profile, an_import_says_what_serves_and_where_it_does_not_a_later_one_takes_two) {
    world w;
    auto what = w.imported();
    what.order.profiles = {{iccid_of(1), imsi_of(1), eid_of(1), profile_state::disabled},
                           {iccid_of(2), imsi_of(2), eid_of(2), profile_state::enabled}};
    w.must(what, machine);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(2));
    const proof word{proof_kind::report, "r", {}};
    EXPECT_THAT(names_of(w.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(1), 1, word}, bss)),
                ElementsAre("second_wanted"));

    world unknown;
    what = unknown.imported();
    what.order.profiles[0].state = profile_state::installed;
    unknown.must(what, machine);
    ASSERT_EQ(unknown.s.serving(), nullptr);
    unknown.signed_by(reviewer, add_profile{elsewhere(5, profile_state::installed)}, clerk);
    const report_profile later{iccid_of(5), profile_state::enabled, eid_of(5), 1, word};
    EXPECT_THAT(names_of(unknown.must(later, bss)), ElementsAre("second_wanted"));
    EXPECT_EQ(unknown.s.serving(), nullptr);
    unknown.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(1), 1, word}, bss);
    EXPECT_EQ(unknown.s.subscription->serving, iccid_of(1)) << "it came with the line";
}

// ------------------------------------------------------------------------------------------------ what ends a
// protection

/// A protection of a line: who sets it alone, and the command that ends it. By whom that is not enough alone.
struct protection {
    std::string what;
    std::function<void(world&)> set;
    number_command end;
    std::function<bool(const world&)> holds;
};

std::vector<protection> protections() {
    const auto line = [](const world& w) -> const domain::line& { return *w.s.subscription; };
    return {
        {"legal hold", [](world& w) { w.must(set_legal_hold{"court 7"}, admin); }, set_legal_hold{""},
         [=](const world& w) { return !line(w).legal_hold.empty(); }},
        {"port-out", [](world& w) { w.must(set_port_out{true}, machine); }, set_port_out{false},
         [=](const world& w) { return line(w).port_out_since.has_value(); }},
        {"customer's lock", [](world& w) { w.must(set_customer_lock{true}, customer); },
         set_customer_lock{false, seen_at_counter(world{})}, [=](const world& w) { return line(w).customer_lock; }},
        {"lost phone", [](world& w) { w.must(declare_lost{{}, "call"}, customer); },
         declare_found{{}, seen_at_counter(world{})}, [=](const world& w) { return line(w).locked_since.has_value(); }},
        {"stopped profile",
         [](world& w) {
             w.signed_by(third_reviewer, add_profile{elsewhere(6)}, clerk);
             w.must(stop_profile{iccid_of(6)}, customer);
         },
         report_profile{iccid_of(6), profile_state::enabled, eid_of(6), 1, {proof_kind::report, "r", {}}},
         [=](const world& w) { return line(w).serving == iccid_of(1); }},
    };
}

TEST(protection, is_ended_by_nobody_alone) {
    for (const auto& one : protections())
        for (const auto& who : {clerk, other_clerk, admin, bss}) {
            world w;
            w.have_line();
            one.set(w);
            ASSERT_TRUE(one.holds(w)) << one.what;
            (void)w.apply(one.end, who, channel::counter);
            for (int serial = 1; serial <= w.s.asked.made; ++serial)
                for (const auto& same : {who, clerk, other_clerk, bss}) (void)w.apply(countersign{serial}, same);
            EXPECT_TRUE(one.holds(w)) << one.what << " was ended by " << who.id.text() << " alone";
        }
}

// -- stopping, and what may serve again

number_command switched_on(int n, proof shown) {
    return report_profile{iccid_of(n), profile_state::enabled, eid_of(n), 7, shown};
}

TEST(stopped, by_one_is_nothing_that_may_be_all_that_a_line_has) {
    world w;
    auto line = w.imported();
    for (auto& one : line.order.profiles) one.state = profile_state::installed;
    w.must(line, machine);
    const auto n = static_cast<int>(w.s.profiles.size());
    for (const auto& who : {clerk, bss, admin})
        for (int i = 1; i <= n; ++i) {
            world other = w;
            const auto& asked = other.must(stop_profile{iccid_of(i)}, who);
            EXPECT_TRUE(std::holds_alternative<second_wanted>(asked.happened.front().what));
            EXPECT_FALSE(other.s.profiles.front().barred);
        }
    for (int i = 2; i <= n; ++i) w.must(stop_profile{iccid_of(i)}, customer);
    EXPECT_EQ(w.refused(stop_profile{iccid_of(1)}, customer), code::blocked) << "the last one, in a session";
}

TEST(stopped, serves_again_with_proof_or_by_two_and_nobodys_session_undoes_it) {
    world w;
    w.have_line();
    w.signed_by(third_reviewer, add_profile{elsewhere(6)}, clerk);
    w.must(stop_profile{iccid_of(6)}, customer);
    EXPECT_EQ(w.refused(resume_profile{iccid_of(6), {}}, customer), code::evidence_too_weak);
    for (const auto& who : {clerk, bss, admin}) {
        world other = w;
        const auto& asked = other.must(resume_profile{iccid_of(6), {}}, who);
        EXPECT_TRUE(std::holds_alternative<second_wanted>(asked.happened.front().what));
    }
    w.signed_by(reviewer, resume_profile{iccid_of(6), {}}, clerk);
    w.must(switched_on(6, {proof_kind::signed_notification, "s", {}}), machine);
    EXPECT_EQ(w.s.subscription->serving, iccid_of(6));
}

TEST(report, of_another_eUICC_takes_two_where_nobody_signed_it_and_the_true_ones_deletion_counts) {
    world w;
    w.have_line();
    const auto before = w.s.profiles.front();
    ASSERT_FALSE(before.eid.empty());
    for (const auto& who : {clerk, bss}) {
        const proof word{who == bss ? proof_kind::report : proof_kind::staff, "r", {}};
        world lied = w;
        const auto& asked = lied.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(9), 2, word}, who);
        ASSERT_TRUE(std::holds_alternative<second_wanted>(asked.happened.front().what));
        EXPECT_EQ(lied.s.profiles.front().eid, before.eid);
        lied.must(countersign{1}, reviewer);
        EXPECT_EQ(lied.s.profiles.front().eid, eid_of(9));
        const proof sealed{proof_kind::signed_notification, "s", {}};
        lied.must(report_profile{iccid_of(1), profile_state::deleted, before.eid, 50, sealed}, machine);
        EXPECT_EQ(lied.s.profiles.front().state, profile_state::deleted) << "what is signed is stronger";
    }
}

TEST(legal_hold, names_its_order_in_what_can_be_read_and_another_one_takes_two) {
    world w;
    w.have_line();
    for (const auto* blank : {"-", " ", "\u200B", "court 7\u200B", "\u3164\u3164", ". . .", "\u2800\u2800"})
        EXPECT_EQ(w.refused(set_legal_hold{blank}, admin), code::invalid) << blank;
    w.must(set_legal_hold{"法院 7"}, admin);
    EXPECT_EQ(w.refused(set_legal_hold{" "}, bss), code::invalid);
    w.must(set_legal_hold{"order-2"}, bss);
    EXPECT_EQ(w.s.subscription->legal_hold, "法院 7");
    w.must(countersign{1}, reviewer);
    EXPECT_EQ(w.s.subscription->legal_hold, "order-2");
}

TEST(protection, is_ended_by_two) {
    for (const auto& one : protections()) {
        if (one.what == "stopped profile") continue;  // by nobody
        world w;
        w.have_line();
        one.set(w);
        w.signed_by(reviewer, one.end, clerk);
        EXPECT_FALSE(one.holds(w)) << one.what;
    }
}

TEST(protection, that_a_port_out_is_over_is_the_word_of_the_system_that_said_so) {
    world w;
    w.have_line();
    w.must(set_port_out{true}, machine);
    EXPECT_THAT(names_of(w.must(set_port_out{false}, bss)), ElementsAre("second_wanted"));
    EXPECT_THAT(names_of(w.must(set_port_out{false}, machine)), ElementsAre("port_out_set"));
    world by_hand;
    by_hand.have_line();
    by_hand.must(set_port_out{true}, clerk);
    EXPECT_THAT(names_of(by_hand.must(set_port_out{false}, clerk)), ElementsAre("second_wanted"))
        << "a person is no system";
}

// -- one agent does not keep the owner out

bool waits_to_be_signed(const world& w) {
    const auto& asked = w.s.asked.list;
    return !asked.empty() && asked.back().what == act::hold_up && asked.back().waits(w.now);
}

TEST(owner, has_their_case_withdrawn_by_one_of_the_staff_once_and_their_own_places_stay_theirs) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(withdraw_closure{}, clerk);
    EXPECT_THAT(w.s.memory.opened, ElementsAre(begun_case{w.now, clerk})) << "it counts as the clerk's";
    w.pass(base::minutes{1});
    w.must(open_closure{});
    w.must(withdraw_closure{}, clerk);
    EXPECT_TRUE(waits_to_be_signed(w));
    EXPECT_EQ(w.at_stage(), stage::opened);
    w.must(countersign{1}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::withdrawn);
    w.pass(base::days{w.own_policy().hold_up_days} + base::seconds{1});
    w.must(open_closure{});
    w.must(withdraw_closure{}, clerk);
    EXPECT_EQ(w.at_stage(), stage::withdrawn);
}

TEST(owner, has_colleagues_whose_words_count_apart_and_staff_withdraw_their_own_cases) {
    world w;
    w.have_line();
    for (const auto& who : {clerk, other_clerk}) {
        w.must(open_closure{});
        w.must(withdraw_closure{}, who);
        EXPECT_EQ(w.at_stage(), stage::withdrawn);
    }
    for (int i = 0; i < 3; ++i) {
        w.must(open_closure{}, clerk, channel::counter);
        w.must(withdraw_closure{}, clerk, channel::counter);
        EXPECT_EQ(w.at_stage(), stage::withdrawn) << "nobody else had a part in it";
    }
}

TEST(owner, opens_a_case_however_many_others_opened) {
    world w;
    w.have_line();
    for (const auto& who : {clerk, other_clerk, reviewer})
        for (int i = 0; i < w.own_policy().max_openings_per_30d; ++i) {
            w.must(open_closure{}, who, channel::counter);
            w.must(withdraw_closure{}, who, channel::counter);
        }
    EXPECT_EQ(w.refused(open_closure{}, machine), code::closure_limit);
    w.must(open_closure{});
}

TEST(owner, is_said_not_to_have_asked_by_one_of_the_staff_once) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(repudiate_closure{}, clerk);
    w.must(clear_fraud{"she was here"}, reviewer);
    w.must(repudiate_closure{}, clerk);
    EXPECT_TRUE(waits_to_be_signed(w));
    EXPECT_EQ(w.at_stage(), stage::opened);
    w.must(repudiate_closure{"mail-1"});
    EXPECT_EQ(w.at_stage(), stage::fraud_hold) << "a contact point's own word stops it as before";
}

TEST(owner, takes_their_lock_off_and_one_of_the_staff_does_not_keep_it_on) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true}, clerk);
    w.must(set_customer_lock{false});
    w.must(set_customer_lock{true}, other_clerk);
    EXPECT_TRUE(waits_to_be_signed(w));
    EXPECT_TRUE(w.s.subscription->customer_unlock_at);
    w.pass(base::hours{w.own_policy().customer_unlock_wait_hours});
    w.must(tick{}, machine);
    EXPECT_FALSE(w.s.subscription->customer_lock);
    w.must(set_customer_lock{true}, clerk);
    EXPECT_TRUE(waits_to_be_signed(w)) << "again, by the same one";
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(owner, is_told_that_the_number_is_said_to_move_and_one_of_the_staff_says_so_once) {
    world w;
    w.have_line();
    EXPECT_THAT(told_in(w.must(set_port_out{true}, clerk)), Contains("port_out_noted>mail-1"));
    w.signed_by(reviewer, set_port_out{false}, clerk);
    w.must(set_port_out{true}, clerk);
    EXPECT_TRUE(waits_to_be_signed(w));
    EXPECT_FALSE(w.s.subscription->port_out_since);
    w.must(set_port_out{true}, machine);
    EXPECT_TRUE(w.s.subscription->port_out_since) << "a system's word is no person's";
}

TEST(owner, takes_up_a_case_without_what_staff_tried_in_vain_before) {
    world w;
    w.have_line();
    w.must(open_closure{}, clerk, channel::counter);
    for (int i = 0; i < 3; ++i)
        w.must(record_evidence{evidence_kind::id_document, false, "another's", "d", comparison::mismatched}, clerk,
               channel::counter);
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Contains("wrong_tries"));
    w.must(accept_quote{w.open_case().offer->number, {}});
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Not(Contains("wrong_tries")));
}

TEST(owner, waits_once_for_what_staff_say_of_the_sim) {
    world w;
    w.have_line();
    w.must(note_sim_change{}, clerk);
    const auto since = w.s.subscription->sim_changed_at;
    w.pass(base::days{5});
    w.must(note_sim_change{}, clerk);
    w.must(note_sim_change{}, other_clerk);
    EXPECT_EQ(w.s.subscription->sim_changed_at, since);
    w.pass(base::days{26});
    w.must(note_sim_change{}, clerk);
    EXPECT_NE(w.s.subscription->sim_changed_at, since);
    w.pass(base::days{1});
    w.must(note_sim_change{}, machine);
    EXPECT_EQ(w.s.subscription->sim_changed_at, w.now) << "a system that saw it is believed each time";
}

TEST(owner, pays_nothing_for_what_staff_tried_in_their_case) {
    world w;
    w.have_line();
    w.must(open_closure{});
    auto wrong = record_evidence{evidence_kind::id_document, true, "counter 3", "digest"};
    wrong.compared = comparison::mismatched;
    for (int i = 0; i < 3; ++i) w.must(wrong, clerk, channel::counter);
    auto served = w;
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    w.prove_by_sms();
    w.must(submit_closure{});
    EXPECT_EQ(w.open_case().assessed.level, risk_level::low);
    served.must(accept_quote{1, {}}, clerk);
    served.must(decline_backup{}, clerk);
    served.prove_by_sms();
    served.must(record_evidence{evidence_kind::id_document, true, "counter 4", "d"}, other_clerk);
    served.must(submit_closure{}, clerk, channel::staff);
    EXPECT_THAT(served.open_case().assessed.facts, Contains("wrong_tries")) << "whoever stood before them tried it";
}

TEST(owner, is_as_before_when_people_have_cleared_what_was_said_in_their_name) {
    world w;
    w.have_line();
    w.submit_low();
    w.must(repudiate_closure{""}, clerk);
    w.must(clear_fraud{"the owner was here"}, reviewer);
    w.must(withdraw_closure{});
    w.pass(base::hours{1});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().assessed.level, risk_level::low);
    w.must(repudiate_closure{"mail-1"});
    w.must(confirm_fraud{"it was not them"}, reviewer);
    w.pass(base::days{3});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high);
    w.must(repudiate_closure{"mail-1"});
    w.must(clear_fraud{"this time it was"}, reviewer);
    w.must(withdraw_closure{});
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high) << "what was confirmed stays";
}

TEST(owner, hears_from_when_on_a_new_code_counts) {
    world w;
    w.have_line();
    w.must(set_recovery_codes{{"new-1"}});
    ASSERT_FALSE(w.apply(want_profile{"standard", ordered_as("MID-9"), {w.saved_code("new-1")}}));
    ASSERT_EQ(w.last().refusal->what, code::evidence_too_weak);
    EXPECT_EQ(w.last().refusal->data[1].value, base::iso(w.now + base::days{w.own_policy().recovery_code_rest_days}));
}

bool holds(const world& w, const std::string& code) {
    auto copy = w;
    copy.must(set_customer_lock{true});
    copy.apply(set_customer_lock{false, {copy.saved_code(code)}});
    return !copy.s.subscription->customer_lock;
}

TEST(saved_codes, that_a_session_or_a_system_replaces_hold_until_the_new_ones_do) {
    for (const auto& maker : {customer, bss}) {
        world w;
        w.have_line();
        w.must(set_recovery_codes{{"new-1"}}, maker);
        EXPECT_TRUE(holds(w, "saved-1")) << maker.id.text();
        w.pass(base::days{2});
        w.must(set_recovery_codes{{"newer-1"}}, maker);
        EXPECT_TRUE(holds(w, "saved-1")) << "again and again";
        EXPECT_FALSE(holds(w, "new-1"));
        w.must(set_customer_lock{true});
        w.must(set_customer_lock{false, {w.saved_code()}});
        EXPECT_FALSE(w.s.subscription->customer_lock);
        EXPECT_FALSE(holds(w, "saved-1")) << "used is used";
        EXPECT_TRUE(holds(w, "saved-2"));
        w.pass(base::days{w.own_policy().recovery_code_rest_days});
        EXPECT_FALSE(holds(w, "saved-2")) << "everybody has been told";
    }
}

TEST(saved_codes, end_at_once_where_their_owner_shows_one_or_two_make_the_new_ones) {
    world w;
    w.have_line();
    auto two = w;
    w.must(set_recovery_codes{{"new-1"}, {w.saved_code()}});
    EXPECT_FALSE(holds(w, "saved-2"));
    two.signed_by(reviewer, set_recovery_codes{{"new-1"}}, clerk);
    EXPECT_FALSE(holds(two, "saved-2"));
    world wrong;
    wrong.have_line();
    EXPECT_THAT(names_of(wrong.must(set_recovery_codes{{"new-1"}, {wrong.saved_code("none")}})),
                ElementsAre("proof_failed"));
    EXPECT_TRUE(holds(wrong, "saved-2"));
}

TEST(saved_codes, that_a_thief_made_yesterday_are_not_kept_when_the_owner_makes_others) {
    world w;
    w.have_line();
    w.must(set_recovery_codes{{"new-1"}, {w.saved_code()}});  // none of before is left
    w.pass(base::days{1});
    w.must(set_recovery_codes{{"owner-1"}});
    EXPECT_FALSE(w.s.subscription->codes_before);
    w.pass(base::days{w.own_policy().recovery_code_rest_days});
    EXPECT_FALSE(holds(w, "new-1"));
    EXPECT_TRUE(holds(w, "owner-1"));
}

TEST(document_on_word, matches_nothing_and_has_people_look) {
    world w;
    auto row = w.imported();
    row.order.document_on_word = true;
    w.must(row, machine);
    w.must(open_closure{});
    w.must(record_evidence{evidence_kind::id_document, true, "counter 12", "digest", comparison::matched}, machine);
    EXPECT_EQ(w.open_case().shown.back().compared, comparison::not_on_file);
    w.must(present_recovery_code{"saved-1"});
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    auto wrong = w;
    w.must(submit_closure{});
    EXPECT_THAT(w.sent().look_at, Contains("document_on_word"));
    wrong.must(record_evidence{evidence_kind::id_document, true, "counter 12", "other", comparison::mismatched}, clerk);
    EXPECT_EQ(wrong.open_case().shown.back().compared, comparison::mismatched);
    EXPECT_EQ(wrong.open_case().otp.wrong, 1) << "and is a failed proof all the same";
}

TEST(account_on_word, named_again_is_told_and_new) {
    world w;
    w.have_line();
    take_contacts again{customer.id, w.s.contacts, w.s.subscription->refund_account, w.s.language, {}, true};
    again.account_named_at = w.now;
    const auto& taken = w.must(again, machine);
    EXPECT_THAT(names_of(taken), ElementsAre("contacts_taken"));
    EXPECT_EQ(w.s.subscription->refund_account_changed_at, w.now);
    EXPECT_TRUE(w.s.subscription->account_on_word);
    w.pass(base::hours{1});
    EXPECT_THAT(names_of(w.must(again, machine)), IsEmpty());
}

TEST(protection, a_suspicion_that_one_person_clears_takes_another_to_approve) {
    world w;
    w.have_line();
    w.submit_low();
    w.must(repudiate_closure{"mail-1"});
    w.must(clear_fraud{"it was them"}, reviewer);
    ASSERT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.refused(approve_closure{"fine"}, reviewer), code::own_application);
}

}  // namespace
}  // namespace keepline::domain
