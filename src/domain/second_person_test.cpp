// What one person asks for and only another may let happen; and what no single hand can do (docs/rules.md R9).
#include "domain/credential/credential.hpp"
#include "domain/esim/esim.hpp"
#include "domain/subscriber/subscriber.hpp"
#include "domain/test_world.hpp"

namespace keepline::domain {
namespace {

using namespace testing;
using strings = std::vector<std::string>;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const actor boss{role::admin, named("boss")};

declare_found seen_by_clerk(const world& w) {
    declare_found out{{}, {}};
    for (const auto kind : {evidence_kind::id_document, evidence_kind::staff_sighting})
        out.shown.push_back({kind, true, w.now, "counter 12", "digest", clerk});
    return out;
}

world lost_line() {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    w.must(seen_by_clerk(w), clerk, channel::counter);
    return w;
}

TEST(second_person, what_is_asked_for_changes_nothing_until_another_signs) {
    auto w = lost_line();
    ASSERT_EQ(w.s.asked.list.size(), 1U);
    EXPECT_EQ(w.s.asked.list[0].what, act::unlock_line);
    EXPECT_EQ(w.s.asked.list[0].command, "declare_found");
    EXPECT_TRUE(w.s.subscription->locked_since.has_value());
    EXPECT_EQ(w.refused(countersign{1}, clerk), code::forbidden);
    EXPECT_EQ(w.refused(countersign{1}, actor{role::reviewer, clerk.id}), code::own_application)
        << "another token of the same person";
    EXPECT_EQ(w.refused(countersign{2}, reviewer), code::not_found);
    w.pass(base::hours{5});
    const auto& done = w.must(countersign{1}, reviewer);
    EXPECT_THAT(names_of(done), ElementsAre("second_given", "evidence_recorded", "evidence_recorded", "device_found"));
    EXPECT_FALSE(w.s.subscription->locked_since.has_value());
    EXPECT_EQ(w.s.asked.list[0].state, request_state::countersigned);
    EXPECT_EQ(w.s.asked.list[0].answered_by, reviewer);
    EXPECT_EQ(w.refused(countersign{1}, boss), code::closure_stage) << "once";
}

TEST(second_person, the_same_again_names_the_request_that_waits) {
    auto w = lost_line();
    ASSERT_FALSE(w.apply(seen_by_clerk(w), clerk, channel::counter));
    EXPECT_EQ(w.last().refusal->what, code::second_person_needed);
    EXPECT_EQ(w.last().refusal->data[0].value, "1");
}

TEST(second_person, the_same_a_minute_later_is_the_same) {
    auto w = lost_line();
    w.pass(base::minutes{1});
    EXPECT_EQ(w.refused(seen_by_clerk(w), clerk, channel::counter), code::second_person_needed);
    auto by_other = seen_by_clerk(w);
    for (auto& one : by_other.shown) one.by = other_clerk;
    w.must(by_other, other_clerk, channel::counter);
}

TEST(second_person, what_one_asked_for_keeps_no_colleague_from_asking) {
    auto w = lost_line();
    w.must(set_port_out{true}, machine);
    w.must(set_port_out{false}, clerk);
    EXPECT_EQ(w.refused(set_port_out{false}, clerk), code::second_person_needed);
    EXPECT_THAT(names_of(w.must(set_port_out{false}, other_clerk)), ElementsAre("second_wanted"));
    w.must(countersign{2}, reviewer);
    EXPECT_EQ(w.refused(countersign{3}, reviewer), code::changed_since) << "it is over already";
}

TEST(second_person, is_not_told_that_money_came_whose_reference_was_used_meanwhile) {
    world w;
    w.have_line();
    const auto ask = [&](const char* reference, std::int64_t minor) {
        return names_of(w.must(add_money{booking_kind::top_up, yuan(minor), reference, minor == 500}, clerk));
    };
    EXPECT_THAT(ask("t-1", 90'000'000), ElementsAre("second_wanted"));
    EXPECT_THAT(ask("t-2", 500), ElementsAre("second_wanted")) << "the day's budget was spent";
    w.must(add_money{booking_kind::top_up, yuan(1), "t-1"}, clerk);
    w.must(add_money{booking_kind::top_up, yuan(500), "t-2"}, clerk);
    w.must(add_money{booking_kind::top_up, yuan(5), "t-1"}, machine);
    EXPECT_EQ(w.refused(countersign{1}, reviewer), code::changed_since);
    EXPECT_EQ(w.refused(countersign{2}, reviewer), code::changed_since);
}

TEST(second_person, what_was_so_once_more_is_not_what_was_asked_about) {
    world w;
    w.have_line();
    w.signed_by(third_reviewer, add_profile{{iccid_of(6), imsi_of(6), {}, profile_state::released}}, clerk);
    w.must(stop_profile{iccid_of(6)}, customer);
    w.must(resume_profile{iccid_of(6), {}}, clerk);
    const auto serial = w.s.asked.made;
    w.must(resume_profile{iccid_of(6), {w.saved_code()}}, customer);
    w.must(stop_profile{iccid_of(6)}, customer);
    EXPECT_EQ(w.refused(countersign{serial}, reviewer), code::changed_since);

    w.must(report_profile{iccid_of(6), profile_state::enabled, eid_of(6), 1, {proof_kind::report, "r", {}}}, machine);
    w.must(set_legal_hold{"Court A 1"}, boss);
    w.must(set_legal_hold{""}, boss);
    const auto lifting = w.s.asked.made;
    w.signed_by(reviewer, set_legal_hold{"Court B 2"}, boss);
    w.signed_by(reviewer, set_legal_hold{"Court A 1"}, boss);
    EXPECT_EQ(w.refused(countersign{lifting}, reviewer), code::changed_since);
}

TEST(second_person, whoever_holds_the_phone_voids_no_request_by_switching_it_on_and_off) {
    const auto said = [](int profile, int of, profile_state to, std::uint32_t sequence) {
        return report_profile{iccid_of(profile), to, eid_of(of), sequence, {proof_kind::signed_notification, "s", {}}};
    };
    world w;
    w.have_line();
    w.signed_by(third_reviewer, add_profile{{iccid_of(6), imsi_of(6), eid_of(6), profile_state::installed}}, clerk);
    w.must(stop_profile{iccid_of(6)}, customer);
    w.must(resume_profile{iccid_of(6), {}}, clerk);
    const auto serial = w.s.asked.made;
    std::uint32_t sequence = 10;
    for (const auto to : {profile_state::enabled, profile_state::disabled, profile_state::enabled}) {
        w.must(said(6, 6, to, ++sequence), machine);  // of the stopped one, and of the one that serves
        w.must(said(1, 1, to == profile_state::enabled ? profile_state::disabled : profile_state::enabled, sequence),
               machine);
    }
    ASSERT_EQ(w.s.profiles[1].state, profile_state::enabled);

    auto elsewhere = w;
    elsewhere.must(said(6, 7, profile_state::installed, 1), machine);
    EXPECT_EQ(elsewhere.refused(countersign{serial}, reviewer), code::changed_since) << "another phone has it by now";
    EXPECT_THAT(names_of(w.must(countersign{serial}, reviewer)), Contains("profile_resumed"));
    EXPECT_FALSE(w.s.profiles[1].barred);
}

TEST(second_person, an_unlocking_is_of_the_devices_that_were_lost_when_it_was_asked_for) {
    world w;
    w.have_line();
    w.signed_by(third_reviewer, add_profile{{iccid_of(6), imsi_of(6), eid_of(6), profile_state::installed}}, clerk);
    w.must(declare_lost{iccid_of(1), "call"});
    w.must(seen_by_clerk(w), clerk, channel::counter);
    const auto serial = w.s.asked.made;
    w.must(declare_lost{iccid_of(6), "that one, too"});
    EXPECT_EQ(w.refused(countersign{serial}, reviewer), code::changed_since);
}

TEST(second_person, a_request_is_refused_taken_back_or_expires) {
    auto w = lost_line();
    EXPECT_EQ(w.refused(refuse_second{1, ""}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(refuse_second{1, "no"}, other_clerk), code::forbidden);
    auto taken_back = w;
    taken_back.must(refuse_second{1, "my mistake"}, clerk);
    EXPECT_EQ(taken_back.s.asked.list[0].state, request_state::refused);
    w.tick_when_due();
    EXPECT_EQ(w.s.asked.list[0].state, request_state::expired);
    EXPECT_EQ(w.refused(countersign{1}, reviewer), code::closure_stage);
    EXPECT_EQ(w.due(), w.s.subscription->keepalive_at) << "nothing is left to be due";
}

TEST(second_person, is_nobody_whose_token_was_made_past_the_api_until_an_administrator_knows_of_it) {
    const actor ghost{role::reviewer,
                      named("ghost"),
                      named("ghost"),
                      {named(std::string(console_name)), named(std::string(unacknowledged_name))}};
    const actor known{role::reviewer, named("ghost"), named("ghost"), {named(std::string(console_name))}};
    auto w = lost_line();
    EXPECT_EQ(w.refused(countersign{1}, ghost), code::forbidden);
    EXPECT_EQ(w.refused(refuse_second{1, "not needed"}, ghost), code::forbidden) << "nor decides that it is not done";
    auto refused = w;
    refused.must(refuse_second{1, "not needed"}, known);
    w.must(countersign{1}, known);
}

TEST(second_person, is_checked_again_as_things_are_when_it_is_signed) {
    auto w = lost_line();
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.unlock_evidence = {{evidence_kind::bank_card}}; });
    EXPECT_EQ(w.refused(countersign{1}, reviewer), code::evidence_too_weak);
    EXPECT_EQ(w.s.asked.list[0].state, request_state::waiting);
}

TEST(second_person, who_took_part_in_the_case_does_not_sign) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(record_evidence{evidence_kind::callback, true, "call", ""}, reviewer);
    w.must(declare_lost{{}, "call"});
    w.must(seen_by_clerk(w), clerk, channel::counter);
    EXPECT_EQ(w.refused(countersign{1}, reviewer), code::own_application);
    w.must(countersign{1}, second_reviewer);
}

// ------------------------------------------------------------------------------------------------ item 11

TEST(nobody_alone, what_a_clerk_attests_for_the_case_he_opened_is_decided_by_a_reviewer) {
    world w;
    w.have_line();
    w.must(open_closure{}, clerk, channel::counter);
    w.must(accept_quote{1, {}}, clerk, channel::counter);
    w.must(decline_backup{}, clerk, channel::counter);
    w.see_in_person();
    w.must(submit_closure{}, clerk, channel::counter);
    EXPECT_EQ(w.open_case().assessed.level, risk_level::low);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.sent().look_at, ElementsAre("self_attested", "staff_only"));
    w.must(approve_closure{"seen the papers"}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

/// The owner has opened a case and typed the code in, and stops there.
world proved_and_left() {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.prove_by_sms();
    return w;
}
void finish(world& w, const actor& by, channel through) {
    w.must(accept_quote{w.s.current->offer->number, {}}, by, through);
    w.must(decline_backup{}, by, through);
    w.must(submit_closure{}, by, through);
}

TEST(somebody_elses_code, has_people_look_at_what_another_submits_with_it) {
    for (const auto& thief : {clerk, machine, boss})
        for (const auto through : {channel::staff, channel::hotline}) {
            auto w = proved_and_left();
            finish(w, thief, through);
            EXPECT_EQ(w.at_stage(), stage::in_review) << thief.id.text();
            EXPECT_THAT(w.sent().look_at, ElementsAre("anothers_code"));
        }
}

TEST(somebody_elses_code, is_of_who_accepted_the_quote_and_declined_the_backup_too_until_the_owner_does) {
    for (const bool accepts : {true, false}) {
        auto w = proved_and_left();
        w.must(accept_quote{1, {}}, accepts ? clerk : customer);
        w.must(decline_backup{}, accepts ? customer : clerk);
        auto own = w;
        w.must(submit_closure{});
        EXPECT_THAT(w.sent().look_at, ElementsAre("anothers_code"));
        own.must(accept_quote{1, {}});
        own.must(decline_backup{});
        own.must(submit_closure{});
        EXPECT_THAT(own.sent().look_at, IsEmpty());
        EXPECT_EQ(own.at_stage(), stage::unbinding);
    }
}

TEST(somebody_elses_code, is_the_callers_where_the_case_is_of_the_hotline_and_nobody_elses_an_hour_later) {
    world w;
    w.have_line();
    w.must(open_closure{}, clerk, channel::hotline);
    auto typed_elsewhere = w;
    w.prove_by_sms(channel::hotline);  // keyed in by the customer
    auto later = w;
    finish(w, clerk, channel::hotline);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    later.pass(base::minutes{61});
    finish(later, clerk, channel::hotline);
    EXPECT_EQ(later.at_stage(), stage::in_review);
    EXPECT_THAT(later.sent().look_at, ElementsAre("old_code"));
    typed_elsewhere.prove_by_sms();  // for themselves, in the portal
    finish(typed_elsewhere, clerk, channel::hotline);
    EXPECT_EQ(typed_elsewhere.at_stage(), stage::in_review);
    EXPECT_THAT(typed_elsewhere.sent().look_at, ElementsAre("anothers_code"));
}

TEST(somebody_elses_code, is_their_own_where_they_called_nobody_but_the_voice_and_said_no_in_the_end) {
    enum class alone { opens, accepts, declines };
    for (const auto what : {alone::opens, alone::accepts, alone::declines}) {
        world w;
        w.have_line();
        const auto by = [&](alone step) { return step == what ? customer : clerk; };
        w.must(open_closure{}, by(alone::opens), channel::hotline);
        w.prove_by_sms(channel::hotline);
        w.must(accept_quote{w.s.current->offer->number, {}}, by(alone::accepts), channel::hotline);
        w.must(decline_backup{}, by(alone::declines), channel::hotline);
        w.must(submit_closure{}, clerk, channel::hotline);
        EXPECT_EQ(w.at_stage(), stage::in_review);
        EXPECT_THAT(w.sent().look_at, ElementsAre("anothers_code"));
    }
}

TEST(somebody_elses_code, does_not_lie_about_for_a_session) {
    auto w = proved_and_left();
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    w.pass(base::minutes{61});
    EXPECT_EQ(w.refused(submit_closure{}), code::evidence_missing);
    w.prove_by_sms();
    w.pass(base::minutes{60});
    w.must(submit_closure{});
    EXPECT_EQ(w.at_stage(), stage::unbinding);
}

TEST(nobody_alone, what_only_staff_attested_is_never_approved_at_once) {
    world w;
    w.have_line();
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.sent().look_at, ElementsAre("staff_only"));
}

TEST(nobody_alone, a_share_of_what_policy_approves_is_picked_for_a_person_to_look_at) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.sample_percent = 100; });
    w.have_line();
    w.submit_low();
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.sent().look_at, ElementsAre("sampled"));
    w.rules = repository_rules();
    w.must(withdraw_closure{});
    w.pass(base::hours{1});
    w.submit_low();
    EXPECT_EQ(w.at_stage(), stage::in_review) << "withdrawing and trying again does not get around it";
}

TEST(nobody_alone, only_the_eUICC_s_signature_is_a_deletion) {
    world w;
    w.have_line();
    const report_profile said{iccid_of(1), profile_state::deleted, eid_of(1), 3, {proof_kind::staff, {}, {}}};
    EXPECT_EQ(w.refused(said, clerk), code::forbidden);
    auto unsigned_word = said;
    unsigned_word.shown.kind = proof_kind::report;
    w.signed_by(reviewer, unsigned_word, machine);
    EXPECT_EQ(w.s.profiles[0].state, profile_state::written_off);
    EXPECT_EQ(w.s.profiles[0].last_proof->kind, proof_kind::report);
}

TEST(nobody_alone, an_unsigned_word_does_not_move_the_number) {
    world w;
    w.have_line();
    w.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(1), 1, {proof_kind::report, "a", {}}}, machine);
    w.signed_by(reviewer, add_profile{{iccid_of(2), imsi_of(2), eid_of(2), profile_state::installed}}, clerk);
    const report_profile moved{iccid_of(2), profile_state::enabled, eid_of(2), 1, {proof_kind::report, "b", {}}};
    EXPECT_THAT(names_of(w.must(moved, machine)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.subscription->serving, iccid_of(1));
}

TEST(nobody_alone, codes_that_a_session_made_are_worth_no_more_than_the_session) {
    world w;
    w.have_line();
    w.must(set_recovery_codes{{"mine"}});
    w.must(set_customer_lock{true});
    EXPECT_EQ(w.refused(set_customer_lock{false, {w.saved_code("mine")}}), code::evidence_too_weak);
    w.pass(base::days{7});
    w.must(set_customer_lock{false, {w.saved_code("mine")}});
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(nobody_alone, codes_that_a_clerk_handed_out_prove_nothing_for_that_clerk) {
    world w;
    w.have_line();
    w.signed_by(reviewer, set_recovery_codes{{"handed-out"}}, clerk);
    w.must(set_customer_lock{true});
    EXPECT_THAT(names_of(w.must(set_customer_lock{false, {w.saved_code("handed-out")}}, clerk)),
                ElementsAre("second_wanted"));
    w.pass(base::minutes{1});
    EXPECT_THAT(names_of(w.must(set_customer_lock{false, {w.saved_code("handed-out")}})), ElementsAre("second_wanted"))
        << "a session is whoever has it: the clerk, too";
    EXPECT_TRUE(w.s.subscription->customer_lock);
    w.must(countersign{w.s.asked.made}, second_reviewer);
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(nobody_alone, makes_codes_for_the_owner) {
    world w;
    w.have_line();
    EXPECT_THAT(names_of(w.must(set_recovery_codes{{"handed-out"}}, clerk, channel::counter)),
                ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.subscription->recovery_digests, (strings{"saved-1", "saved-2"})) << "the owner's hold until then";
    const auto shown = shown_command(w.s.asked.list.back());
    ASSERT_TRUE(shown);
    EXPECT_EQ(base::to_json(*shown).find("handed-out"), std::string::npos);
    w.must(countersign{w.s.asked.made}, reviewer);
    EXPECT_EQ(w.s.subscription->recovery_by, clerk);
    w.must(set_recovery_codes{{"own"}});
    EXPECT_EQ(w.s.subscription->recovery_by, customer) << "one in a session makes them alone";
}

/// What takes a number, its money or its lock, with a code in hand.
struct taking {
    const char* what;
    void (*ready)(world&);
    number_command (*with)(const evidence&);
};

const taking takings[]{
    {"the lock", [](world& w) { w.must(set_customer_lock{true}); },
     [](const evidence& code) -> number_command { return set_customer_lock{false, {code}}; }},
    {"another profile", [](world&) {},
     [](const evidence& code) -> number_command { return want_profile{"standard", ordered_as("MID-1"), {code}}; }},
    {"the number, back to the other phone",
     [](world& w) {
         w.must(
             report_profile{
                 iccid_of(1), profile_state::enabled, eid_of(1), 1, {proof_kind::signed_notification, "a", {}}},
             machine);
         w.signed_by(reviewer, add_profile{{iccid_of(2), imsi_of(2), eid_of(2), profile_state::installed}}, clerk);
         w.must(
             report_profile{
                 iccid_of(2), profile_state::enabled, eid_of(2), 1, {proof_kind::signed_notification, "b", {}}},
             machine);
     },
     [](const evidence& code) -> number_command { return undo_switch{{code}}; }},
};

TEST(nobody_alone, takes_anything_with_codes_that_staff_made_whoever_shows_them) {
    for (const auto& one : takings)
        for (const auto& maker : {clerk, reviewer})
            for (const auto& asks : {customer, clerk, other_clerk, machine, reviewer}) {
                SCOPED_TRACE(std::string(one.what) + ": " + maker.id.text() + ", " + asks.id.text());
                world w;
                w.have_line();
                one.ready(w);
                w.signed_by(second_reviewer, set_recovery_codes{{"made"}}, maker);
                EXPECT_THAT(names_of(w.must(one.with(w.saved_code("made")), asks)), ElementsAre("second_wanted"));
            }
}

TEST(nobody_alone, a_system_s_codes_are_for_the_owner_only) {
    const actor other_machine{role::system, named("ivr")};
    for (const auto& one : takings) {
        SCOPED_TRACE(one.what);
        for (const auto& asks : {clerk, machine, other_machine, reviewer}) {
            world w;
            w.have_line();
            one.ready(w);
            w.must(set_recovery_codes{{"made"}}, machine);
            EXPECT_THAT(names_of(w.must(one.with(w.saved_code("made")), asks)), ElementsAre("second_wanted"))
                << asks.id.text();
        }
        world w;
        w.have_line();
        one.ready(w);
        w.must(set_recovery_codes{{"made"}}, machine);
        EXPECT_THAT(names_of(w.must(one.with(w.saved_code("made")))), Not(Contains("second_wanted")));
    }
}

TEST(nobody_alone, signs_for_the_use_of_what_they_made) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    w.signed_by(second_reviewer, set_recovery_codes{{"made"}}, reviewer);
    w.must(set_customer_lock{false, {w.saved_code("made")}});
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, reviewer), code::own_application);
    w.must(countersign{w.s.asked.made}, second_reviewer);
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(nobody_alone, a_number_goes_back_on_the_word_of_two) {
    for (const auto& asks : {clerk, other_clerk, customer, machine}) {
        world w;
        w.have_line();
        w.close_low();
        w.pass(base::minutes{1});
        w.see_in_person();
        EXPECT_THAT(names_of(w.must(reinstate_line{}, asks, channel::counter)), ElementsAre("second_wanted"))
            << asks.id.text() << ": what one clerk saw is one clerk's word";
        EXPECT_EQ(w.refused(countersign{w.s.asked.made}, other_clerk), code::forbidden) << "clerks do not decide";
        EXPECT_TRUE(w.s.held.has_value());
        w.must(countersign{w.s.asked.made}, reviewer);
        EXPECT_FALSE(w.s.held.has_value());
    }
}

TEST(nobody_alone, fills_the_places_of_the_others) {
    world w;
    w.have_line();
    const auto much = [&](int n) {
        return add_money{booking_kind::top_up, yuan(90'000'000 + n), "t-" + std::to_string(n)};
    };
    int asked = 0;
    while (w.apply(much(asked), clerk)) ASSERT_LE(++asked, 8);
    EXPECT_EQ(w.refused(much(asked), clerk), code::too_many);
    w.must(declare_lost{{}, "call"});
    EXPECT_THAT(names_of(w.must(seen_by_clerk(w), clerk)), ElementsAre("second_wanted")) << "about something else";
    EXPECT_THAT(names_of(w.must(much(99), other_clerk)), ElementsAre("second_wanted")) << "somebody else's";
    EXPECT_THAT(names_of(w.must(set_recovery_codes{{"x"}}, other_clerk)), ElementsAre("second_wanted"));
}

TEST(nobody_alone, fills_the_places_by_making_others_who_ask) {
    world w;
    w.have_line();
    const auto puppet = [](int n, const char* maker) {
        return actor{role::agent, label::trusted("p-" + std::to_string(n)), {}, {label::trusted(maker)}};
    };
    const auto much = [&](int n) {
        return add_money{booking_kind::top_up, yuan(90'000'000 + n), "t-" + std::to_string(n)};
    };
    const auto codes = [&](int n) { return set_recovery_codes{{"x" + std::to_string(n)}}; };
    for (int who = 0; who < 2; ++who)
        for (int n = 0; n < 4; ++n) {
            w.must(much(n), puppet(who, "ops"));
            w.must(codes(n), puppet(who, "ops"));
        }
    EXPECT_EQ(w.refused(much(9), puppet(2, "ops")), code::too_many) << "half of the places";
    EXPECT_THAT(names_of(w.must(much(9), puppet(3, "keymaster"))), ElementsAre("second_wanted"));
    EXPECT_THAT(names_of(w.must(much(9), clerk)), ElementsAre("second_wanted"));
    EXPECT_THAT(names_of(w.must(much(9), actor{role::admin, label::trusted("ops")})), ElementsAre("second_wanted"));
}

// ------------------------------------------------------------------------------------------------ item 12

take_contacts account_named(const world& w, const std::string& account) {
    return {customer.id, w.s.contacts, account, "zh-CN"};
}

TEST(refund_account, is_the_one_of_the_submission) {
    world w;
    auto line = w.imported();
    line.order.refund_account = "owner's";
    w.must(line, machine);
    w.submit_low();
    ASSERT_EQ(w.at_stage(), stage::unbinding);
    const auto& questioned = w.must(account_named(w, "thief's"), machine);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(told_in(questioned), Contains("account_questioned>mail-1"));
    EXPECT_THAT(w.open_case().assessed.facts, Contains("new_refund_account"));
    w.must(approve_closure{}, reviewer);
    EXPECT_EQ(w.at_stage(), stage::in_review) << "two people";
    w.must(account_named(w, "owner's"), machine);
    EXPECT_THAT(w.sent().account_wanted, IsEmpty());
    w.must(approve_closure{}, reviewer);
    while (w.at_stage() == stage::approved) w.tick_when_due();
    w.delete_profiles();
    w.answer_network();
    const auto paid = effects_of<pay_refund>(w.last());
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_EQ(paid[0].account, "owner's");
}

TEST(refund_account, that_two_people_have_agreed_to_is_paid) {
    world w;
    w.have_line();
    w.submit_low();
    w.must(account_named(w, "new"), machine);
    w.must(approve_closure{}, reviewer);
    w.must(approve_closure{}, second_reviewer);
    while (w.at_stage() == stage::approved) w.tick_when_due();
    w.delete_profiles();
    w.answer_network();
    EXPECT_EQ(effects_of<pay_refund>(w.last()).at(0).account, "new");
}

TEST(refund_account, that_changes_while_the_case_settles_is_not_paid) {
    world w;
    auto line = w.imported();
    line.order.refund_account = "owner's";
    w.must(line, machine);
    w.submit_low();
    w.delete_profiles();
    ASSERT_EQ(w.at_stage(), stage::settling);
    w.must(account_named(w, "thief's"), machine);
    w.answer_network();
    EXPECT_EQ(effects_of<pay_refund>(w.last()).at(0).account, "owner's") << "the connector pays this account or none";
}

// ------------------------------------------------------------------------------------------------ item 13

TEST(comparison, a_document_that_is_not_the_one_on_file_is_a_failed_proof_and_counts) {
    world w;
    w.have_line();
    w.must(open_closure{});
    const record_evidence other{evidence_kind::id_document, true, "counter", "d", comparison::mismatched};
    for (int i = 0; i < w.own_policy().otp.max_wrong; ++i) w.must(other, clerk, channel::counter);
    EXPECT_FALSE(w.open_case().shown[0].passed);
    EXPECT_EQ(w.open_case().otp.wrong, w.own_policy().otp.max_wrong);
    EXPECT_EQ(w.refused(other, clerk, channel::counter), code::otp_locked);
}

TEST(comparison, at_found_too) {
    world w;
    w.have_line();
    w.must(declare_lost{{}, "call"});
    auto found = seen_by_clerk(w);
    found.shown[0].compared = comparison::mismatched;
    for (int i = 0; i < w.own_policy().otp.max_wrong; ++i)
        EXPECT_THAT(names_of(w.must(found, clerk)), ElementsAre("proof_failed"));
    EXPECT_EQ(w.refused(seen_by_clerk(w), clerk), code::otp_locked);
    EXPECT_THAT(w.s.asked.list, IsEmpty());
}

TEST(comparison, what_one_clerk_gets_wrong_locks_neither_the_owner_nor_another_clerk) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    set_customer_lock off{false, seen_by_clerk(w).shown};
    off.shown[0].compared = comparison::mismatched;
    for (int i = 0; i < w.own_policy().otp.max_wrong; ++i) w.must(off, clerk);
    EXPECT_EQ(w.refused(off, clerk), code::otp_locked);
    EXPECT_THAT(names_of(w.must(set_customer_lock{false, seen_by_clerk(w).shown}, other_clerk)),
                ElementsAre("second_wanted"));
    w.must(set_customer_lock{false, {w.saved_code()}});
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(comparison, what_staff_get_wrong_in_a_case_does_not_lock_its_owner_out_of_it) {
    world w;
    w.have_line();
    w.must(open_closure{});
    const record_evidence other{evidence_kind::id_document, true, "counter", "d", comparison::mismatched};
    for (int i = 0; i < w.own_policy().otp.max_wrong; ++i) w.must(other, clerk, channel::counter);
    EXPECT_EQ(w.refused(other, clerk, channel::counter), code::otp_locked);
    w.must(present_recovery_code{"saved-1"});
    w.prove_by_sms();
    EXPECT_EQ(names_of(w.must(present_recovery_code{"none"})), strings{"otp_failed"}) << "the owner's first";
    EXPECT_FALSE(w.open_case().otp.locked_until);
}

TEST(comparison, with_an_account_that_was_named_lately_says_nothing) {
    world w;
    w.have_line();
    w.must(account_named(w, "thief's"), machine);
    w.pass(base::days{4});
    w.must(open_closure{});
    w.must(record_evidence{evidence_kind::bank_card, true, "bank", "d", comparison::matched}, machine);
    EXPECT_EQ(w.open_case().shown[0].compared, comparison::not_on_file);
}

// ------------------------------------------------------------------------------------------------ item 15

TEST(memory, opening_and_withdrawing_is_limited_and_washes_nothing_out) {
    world w;
    w.have_line();
    w.close_low();
    const auto certificate = w.closed().certificate;
    w.must(refund_answered{w.payback().id, true}, machine);  // cases that wait for the bank stay
    w.pass(base::minutes{1});
    w.see_in_person();
    w.signed_by(reviewer, reinstate_line{}, customer);
    w.signed_by(reviewer, add_profile{{iccid_of(5), imsi_of(5), {}, profile_state::released}}, clerk);
    w.must(report_profile{iccid_of(5), profile_state::enabled, eid_of(5), 1, {}}, machine);
    w.must(open_closure{});
    w.must(repudiate_closure{"mail-1"});
    w.must(confirm_fraud{"they were abroad"}, reviewer);
    for (int month = 0; month < 3; ++month) {
        w.pass(base::days{31});
        int opened = 0;
        while (w.apply(open_closure{})) {
            w.must(withdraw_closure{});
            ASSERT_LE(++opened, w.own_policy().max_openings_per_30d);
        }
        EXPECT_EQ(w.last().refusal->what, code::closure_limit);
        w.must(add_money{booking_kind::top_up, yuan(100), "top-up-" + std::to_string(month)}, machine);
    }
    w.pass(base::days{31});
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, Contains("prior_fraud_hold"));
    EXPECT_TRUE(
        std::ranges::any_of(w.s.certificates, [&](const old_certificate& one) { return one.jws == certificate; }));
}

// ------------------------------------------------------------------------------------------------ item 17

TEST(customer_lock, comes_off_after_a_wait_of_which_everybody_is_told) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    const auto& announced = w.must(set_customer_lock{false});
    EXPECT_THAT(told_in(announced), Contains("customer_unlock_announced>mail-1"));
    EXPECT_TRUE(w.s.subscription->customer_lock);
    EXPECT_THAT(w.must(set_customer_lock{false}).happened, IsEmpty());
    w.must(set_customer_lock{true});  // the owner minds
    EXPECT_EQ(w.s.subscription->customer_unlock_at, std::nullopt);
    w.must(set_customer_lock{false});
    w.pass(base::hours{w.own_policy().customer_unlock_wait_hours});
    w.must(tick{}, machine);
    EXPECT_FALSE(w.s.subscription->customer_lock);
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, Contains("customer_unlocked"));
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high);
    w.must(withdraw_closure{});
    w.pass(base::days{w.own_policy().risk.customer_unlock_days});
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, Not(Contains("customer_unlocked")));
}

TEST(customer_lock, staff_take_it_off_with_proof_and_a_second_person) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    EXPECT_EQ(w.refused(set_customer_lock{false}, clerk), code::evidence_too_weak);
    w.signed_by(reviewer, set_customer_lock{false, seen_by_clerk(w).shown}, clerk);
    EXPECT_FALSE(w.s.subscription->customer_lock);
}

TEST(customer_lock, keeps_the_number_from_going_anywhere_and_is_no_fact_of_risk) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    EXPECT_EQ(w.refused(set_port_out{true}, machine), code::blocked);
    EXPECT_EQ(w.refused(want_profile{"basic", ordered_as("M-2")}), code::blocked);
    EXPECT_EQ(w.refused(add_profile{{iccid_of(7), imsi_of(7), {}, profile_state::released}, {w.saved_code("made")}}),
              code::blocked);
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().blocks, ElementsAre(::testing::Field(&block::kind, block_kind::customer_lock)));
    EXPECT_THAT(w.open_case().assessed.facts, IsEmpty());
    w.must(set_customer_lock{false, {w.saved_code()}});
    w.must(set_port_out{true}, machine);
}

/// A thief with the phone has it taken off; its owner has a mailbox, or calls.
TEST(customer_lock, stays_on_when_the_phone_is_lost_while_it_comes_off) {
    world w;
    w.have_line();
    w.must(set_customer_lock{true});
    w.must(set_customer_lock{false});
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    EXPECT_TRUE(w.s.subscription->customer_lock);
    EXPECT_EQ(w.s.subscription->customer_unlock_at, std::nullopt);
    w.must(set_customer_lock{false});                          // whoever has the session goes on
    w.must(set_customer_lock{true}, clerk, channel::hotline);  // one of the staff is enough while it is lost
    EXPECT_EQ(w.s.subscription->customer_unlock_at, std::nullopt);
}

TEST(customer_lock, stops_what_was_ordered_for_another_device_and_lets_none_serve_again) {
    world w;
    w.have_line();
    w.must(want_profile{"standard", ordered_as("M-7"), {w.saved_code()}});
    take_esim made;
    made.added = {iccid_of(7), imsi_of(7), {}, profile_state::released, "standard", "M-7"};
    made.generation = 1;
    w.must(made, machine);
    w.must(set_customer_lock{true});
    EXPECT_TRUE(std::ranges::find(w.s.profiles, iccid_of(7), &profile::iccid)->barred);
    EXPECT_EQ(w.refused(resume_profile{iccid_of(7), {w.saved_code()}}), code::blocked);
}

TEST(customer_lock, is_on_from_the_start_where_the_policy_says_so) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.locked_from_start = true; });
    w.must(w.order(), clerk);
    EXPECT_TRUE(w.s.subscription->customer_lock);
    world imported;  // by an owner who never heard of it
    imported.rules = w.rules;
    imported.must(imported.imported(), machine);
    EXPECT_FALSE(imported.s.subscription->customer_lock);
}

// ------------------------------------------------------------------------------------------------ in every aggregate

/// One request that waits; the stream wakes by itself when its time is over, and says so once.
template <typename Aggregate>
void lapses(const typename Aggregate::command& time_has_come) {
    typename Aggregate::state s;
    context now{.now = at("2026-03-02T02:00:00Z"), .rules = repository_rules().get(), .by = machine};
    second_request asked;
    asked.serial = 1;
    asked.by = clerk;
    asked.at = now.now;
    asked.expires_at = now.now + base::hours{24};
    Aggregate::evolve(s, second_wanted{asked});
    EXPECT_EQ(Aggregate::next_due(s), asked.expires_at);
    now.now = asked.expires_at - base::duration{1};
    EXPECT_THAT(Aggregate::decide(s, time_has_come, now).value().events, IsEmpty()) << "not yet";
    now.now = asked.expires_at;
    const auto events = Aggregate::decide(s, time_has_come, now).value().events;
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<second_expired>(events[0]), (second_expired{1, now.now}));
    Aggregate::evolve(s, events[0]);
    EXPECT_EQ(s.asked.list.at(0).state, request_state::expired);
    EXPECT_EQ(Aggregate::next_due(s), std::nullopt);
    EXPECT_THAT(Aggregate::decide(s, time_has_come, now).value().events, IsEmpty()) << "once";
}

TEST(second_person, a_lapsed_request_leaves_its_mark_about_a_line) { lapses<number>(tick{}); }
TEST(second_person, a_lapsed_request_leaves_its_mark_about_a_profile) { lapses<esim>(expire_order{}); }
TEST(second_person, a_lapsed_request_leaves_its_mark_about_a_person) { lapses<subscriber>(keep_time{}); }
TEST(second_person, a_lapsed_request_leaves_its_mark_about_a_token) { lapses<credential>(expire_requests{}); }

}  // namespace
}  // namespace keepline::domain
