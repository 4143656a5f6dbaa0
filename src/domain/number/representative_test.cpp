// A line that is closed by somebody who acts for its owner.
#include "domain/number/rule_checks.hpp"
#include "domain/number/test_walk.hpp"

namespace keepline::domain {
namespace on_behalf_test {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::Not;

struct represented : world {
    representative acts;

    explicit represented(representative_kind kind = representative_kind::attorney) {
        have_line();
        acts.serial = 1;
        acts.kind = kind;
        acts.who = named("sb-2");
        acts.papers = own_policy().representation_of(kind).documents;
        acts.in_force_at = now;
        acts.admitted_by = other_clerk;
        acts.contacts = {{named("their-mail"), medium::mail, true, {}, {}, {}, {}}};
        acts.refund_account = "their-account";
        tell();
    }
    const step& tell() {
        take_contacts what{owner.id, s.contacts, s.subscription->refund_account, s.language};
        what.representatives = {acts};
        return must(what, machine);
    }
    const step& over(representation_state how, const actor& by) {
        acts.state = how;
        acts.over_at = now;
        acts.over_by = by;
        return tell();
    }
    closing_reason reason() const {
        return acts.kind == representative_kind::heir ? closing_reason::deceased : closing_reason::other;
    }
    open_closure opening() const { return {reason(), {}, 1}; }
    void come_into_force() { pass(base::days{8}); }
    void submit_for_them() {
        must(opening(), clerk, channel::counter);
        submit_rest();
    }
    void submit_rest() {
        must(accept_quote{s.current->offer->number, {}}, clerk, channel::counter);
        must(decline_backup{}, clerk, channel::counter);
        see_in_person();
        must(request_otp{named("their-mail"), "n", "d"}, clerk, channel::counter);
        must(present_otp{"d"}, clerk, channel::counter);
        must(submit_closure{}, clerk, channel::counter);
    }
    void approve_by_two() {
        must(approve_closure{"seen"}, reviewer, channel::staff);
        must(approve_closure{"seen too"}, second_reviewer, channel::staff);
    }
    void end_it() {
        approve_by_two();
        while (at_stage() == stage::approved) tick_when_due();
        delete_profiles();
        answer_network();
    }
    std::vector<std::string> told_whom() const {
        std::vector<std::string> out;
        for (const auto& one : effects_of<send_notice>(last()))
            out.push_back(one.kind + ">" + one.subscriber.text() + "/" + one.contact.text());
        return out;
    }
};

TEST(on_behalf, everybody_is_told_of_a_representative_and_may_object_before_anything_is_done) {
    represented w;
    EXPECT_THAT(w.told_whom(), Contains("representative_admitted>sb-1/mail-1"));
    EXPECT_THAT(w.told_whom(), Contains("representative_admitted>sb-1/line"));
    EXPECT_THAT(w.told_whom(), Contains("you_represent>sb-2/their-mail"));
    EXPECT_EQ(w.refused(w.opening(), clerk, channel::counter), code::not_represented) << "the time to object runs";
    w.pass(base::days{3});
    EXPECT_EQ(w.refused(w.opening(), customer), code::forbidden);
    EXPECT_EQ(w.refused(w.opening(), machine, channel::counter), code::forbidden);
    EXPECT_EQ(w.refused(w.opening(), clerk, channel::hotline), code::forbidden);
    EXPECT_EQ(w.refused({open_closure{closing_reason::deceased, {}, 1}}, clerk, channel::counter),
              code::not_represented);
    EXPECT_EQ(w.refused({open_closure{closing_reason::deceased, {}, 0}}, customer), code::not_represented);
    EXPECT_EQ(w.refused({open_closure{closing_reason::other, {}, 2}}, clerk, channel::counter), code::not_represented);
    w.must(w.opening(), clerk, channel::counter);
    ASSERT_TRUE(w.open_case().on_behalf);
    EXPECT_EQ(w.open_case().assessed.level, risk_level::high);
    EXPECT_THAT(w.open_case().assessed.facts, Contains("on_behalf"));
}

TEST(on_behalf, needs_the_papers_contacts_and_identity_that_the_lines_policy_asks_for) {
    const auto refuses = [](const auto& change) {
        represented w;
        w.come_into_force();
        change(w.acts);
        w.tell();
        return w.refused(w.opening(), clerk, channel::counter) == code::not_represented;
    };
    EXPECT_TRUE(refuses([](representative& one) { one.papers.pop_back(); }));
    EXPECT_TRUE(refuses([](representative& one) { one.contacts.clear(); }));
    EXPECT_TRUE(refuses([](representative& one) { one.contacts.front().verified = false; }));
    EXPECT_TRUE(refuses([](representative& one) { one.document_on_word = true; }));
    EXPECT_TRUE(refuses([](representative& one) { one.until = at("2026-03-03T00:00:00Z"); }));
}

TEST(on_behalf, is_carried_on_by_staff_and_proved_by_the_representative) {
    represented w;
    w.come_into_force();
    w.must(w.opening(), clerk, channel::counter);
    EXPECT_EQ(w.refused({accept_quote{1, {}}}, customer), code::forbidden);
    EXPECT_EQ(w.refused({request_otp{named("line"), "n", "d"}}, clerk, channel::counter), code::contact_unknown);
    EXPECT_EQ(w.refused({request_otp{named("mail-1"), "n", "d"}}, clerk, channel::counter), code::contact_unknown);
    EXPECT_EQ(w.refused({present_recovery_code{"saved-1"}}, clerk, channel::counter), code::invalid);
    EXPECT_EQ(w.refused({prepare_backup{}}, clerk, channel::counter), code::forbidden);
    w.must(request_otp{named("their-mail"), "n", "d"}, clerk, channel::counter);
    const auto codes = effects_of<send_otp>(w.last());
    ASSERT_EQ(codes.size(), 1U);
    EXPECT_EQ(codes[0].subscriber, named("sb-2"));
    EXPECT_TRUE(codes[0].for_staff) << "they read it out, and its message says so";
    w.must(present_otp{"d"}, clerk, channel::counter);
    w.must(accept_quote{1, {}}, clerk, channel::counter);
    w.must(decline_backup{}, clerk, channel::counter);
    EXPECT_EQ(w.refused({submit_closure{}}, clerk, channel::counter), code::evidence_missing);
    w.see_in_person();
    EXPECT_EQ(w.refused({choose_payout{payout::cash}}, clerk, channel::counter), code::blocked);
    w.must(submit_closure{}, clerk, channel::counter);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_THAT(w.told_whom(), Contains("receipt>sb-1/mail-1"));
    EXPECT_THAT(w.told_whom(), Contains("receipt>sb-2/their-mail"));
}

TEST(on_behalf, is_decided_by_two_who_had_no_part_in_it_and_pays_the_owner) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    const actor who_admitted{role::reviewer, other_clerk.id};
    EXPECT_EQ(w.refused({approve_closure{"fine"}}, who_admitted, channel::staff), code::own_application);
    w.must(approve_closure{"seen"}, reviewer, channel::staff);
    EXPECT_EQ(w.at_stage(), stage::in_review);
    EXPECT_EQ(w.refused({approve_closure{"seen"}}, reviewer, channel::staff), code::second_person_needed);
    w.must(approve_closure{"seen too"}, second_reviewer, channel::staff);
    while (w.at_stage() == stage::approved) w.tick_when_due();
    w.delete_profiles();
    w.answer_network();
    ASSERT_EQ(w.at_stage(), stage::closed);
    const auto paid = effects_of<pay_refund>(w.last());
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_EQ(paid[0].subscriber, customer.id);
    EXPECT_EQ(paid[0].account, "account-1");
    EXPECT_EQ(claims_of(w.s).on_behalf, "attorney");
    EXPECT_EQ(broken_rule_9_for_others(w.record), std::nullopt);
    EXPECT_EQ(broken_rule_9_money(w.record), std::nullopt);
}

TEST(on_behalf, what_the_dead_leave_goes_to_the_estate_and_the_number_comes_back_by_two_only) {
    represented w(representative_kind::heir);
    w.come_into_force();
    EXPECT_EQ(w.refused({open_closure{closing_reason::other, {}, 1}}, clerk, channel::counter), code::not_represented);
    w.submit_for_them();
    w.end_it();
    ASSERT_EQ(w.at_stage(), stage::closed);
    const auto paid = effects_of<pay_refund>(w.last());
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_EQ(paid[0].subscriber, named("sb-2"));
    EXPECT_EQ(paid[0].account, "their-account");
    w.sign_what_waits();
    EXPECT_THAT(w.told_whom(), Contains("closed>sb-2/their-mail"));
    w.must(present_recovery_code{"saved-1"}, customer);
    w.must(record_evidence{evidence_kind::id_document, true, "video", "d"}, machine);
    EXPECT_THAT(names_of(w.must(reinstate_line{}, customer)), ::testing::ElementsAre("second_wanted"));
    w.must(countersign{w.s.asked.made}, second_reviewer, channel::staff);
    EXPECT_NE(w.s.subscription->status, line_status::ended);
}

TEST(on_behalf, whoever_lives_stops_their_heir_at_once) {
    represented w(representative_kind::heir);
    w.come_into_force();
    w.submit_for_them();
    w.over(representation_state::stopped, customer);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
    EXPECT_THAT(w.told_whom(), Contains("representative_over>sb-1/mail-1"));
    EXPECT_THAT(w.told_whom(), Contains("represents_no_more>sb-2/their-mail"));
    EXPECT_THAT(w.told_whom(), Contains("repudiated>sb-2/their-mail"));
    EXPECT_EQ(w.refused({clear_fraud{"it is all right"}}, reviewer, channel::staff), code::not_represented);
    w.must(confirm_fraud{"somebody lives"}, reviewer, channel::staff);
    w.must(open_closure{});
    EXPECT_THAT(w.open_case().assessed.facts, Contains("living_objection"));
}

TEST(on_behalf, what_was_taken_back_goes_no_further_and_what_ran_out_was_in_time) {
    represented ended;
    ended.come_into_force();
    ended.submit_for_them();
    ended.over(representation_state::ended, customer);
    EXPECT_EQ(ended.at_stage(), stage::withdrawn);

    represented out_of_time;
    out_of_time.come_into_force();
    out_of_time.submit_for_them();
    out_of_time.over(representation_state::expired, {});
    EXPECT_EQ(out_of_time.at_stage(), stage::in_review);
    out_of_time.approve_by_two();

    represented late;
    late.come_into_force();
    late.must(late.opening(), clerk, channel::counter);
    late.over(representation_state::expired, {});
    EXPECT_EQ(late.at_stage(), stage::withdrawn);
    EXPECT_EQ(late.refused(late.opening(), clerk, channel::counter), code::not_represented);
}

TEST(on_behalf, its_owner_withdraws_it_or_says_that_it_is_not_so) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    auto other = w;
    w.must(withdraw_closure{}, customer);
    EXPECT_EQ(w.at_stage(), stage::withdrawn);
    other.must(repudiate_closure{"mail-1"}, customer);
    EXPECT_EQ(other.at_stage(), stage::fraud_hold);
    EXPECT_EQ(effects_of<object_for_owner>(other.last()).size(), 1U) << "whoever applied acts no more";
}

TEST(on_behalf, waits_longer_for_an_owner_who_cannot_be_told_and_is_looked_at_as_that) {
    represented w;
    w.acts.serial = 2;
    w.must(take_contacts{w.owner.id, {}, {}, w.s.language}, machine);
    w.must(declare_lost{}, clerk, channel::hotline);
    w.tell();
    const auto& rules = w.own_policy().representation_of(representative_kind::attorney);
    ASSERT_GT(rules.unheard_wait_days, rules.wait_days);
    EXPECT_EQ(find_representative(w.s, 2)->in_force_at, w.now + base::days{rules.unheard_wait_days});
    w.come_into_force();
    EXPECT_EQ(w.refused({open_closure{closing_reason::other, {}, 2}}, clerk, channel::counter), code::not_represented);
    w.pass(base::days{rules.unheard_wait_days});
    w.must(open_closure{closing_reason::other, {}, 2}, clerk, channel::counter);
    EXPECT_THAT(w.open_case().assessed.facts, Contains("owner_not_told"));
}

TEST(on_behalf, what_was_named_lately_counts_after_as_long_as_there_was_to_object) {
    represented heir(representative_kind::heir);
    heir.come_into_force();
    heir.acts.account_named_at = heir.now;
    heir.acts.contacts.front().since = heir.now;
    heir.tell();
    heir.must(heir.opening(), clerk, channel::counter);
    EXPECT_EQ(heir.refused({request_otp{named("their-mail"), "n", "d"}}, clerk, channel::counter),
              code::evidence_too_weak);
    heir.must(accept_quote{heir.s.current->offer->number, {}}, clerk, channel::counter);
    heir.must(decline_backup{}, clerk, channel::counter);
    heir.see_in_person();
    heir.acts.contacts.front().since = {};
    heir.tell();
    heir.must(request_otp{named("their-mail"), "n", "d"}, clerk, channel::counter);
    heir.must(present_otp{"d"}, clerk, channel::counter);
    EXPECT_EQ(heir.refused({submit_closure{}}, clerk, channel::counter), code::blocked);
    heir.acts.account_named_at.reset();
    heir.tell();
    heir.must(submit_closure{}, clerk, channel::counter);
}

TEST(on_behalf, is_approved_by_nobody_who_signed_the_admission) {
    represented w;
    w.acts.had_part = {reviewer};
    w.tell();
    w.come_into_force();
    w.submit_for_them();
    EXPECT_EQ(w.refused({approve_closure{"fine"}}, reviewer, channel::staff), code::own_application);
    const actor themself{role::reviewer, named("reviewer-7"), w.acts.who};
    EXPECT_EQ(w.refused({approve_closure{"fine"}}, themself, channel::staff), code::own_application);
}

TEST(on_behalf, a_clerks_word_freezes_the_case_and_leaves_whoever_acts) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    w.must(repudiate_closure{"mail-1"}, other_clerk, channel::hotline);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
    EXPECT_TRUE(effects_of<object_for_owner>(w.last()).empty());
    auto by_sms = w;
    w.must(repudiate_closure{"mail-1"}, customer);
    EXPECT_EQ(effects_of<object_for_owner>(w.last()).size(), 1U) << "its owner's word is heard all the same";
    by_sms.must(hear_reply{reply_word::not_me, named("sms-1"), "sms-id", {}, {}, {}}, machine);
    EXPECT_EQ(effects_of<object_for_owner>(by_sms.last()).size(), 1U);
}

TEST(on_behalf, who_objects_to_the_heir_after_the_first_is_paid_themself) {
    represented heir(representative_kind::heir);
    heir.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    heir.come_into_force();
    heir.submit_for_them();
    heir.end_it();
    heir.over(representation_state::expired, {});
    auto second = heir.acts;
    second.serial = 2;
    second.state = representation_state::stopped;
    take_contacts what{heir.owner.id, heir.s.contacts, heir.s.subscription->refund_account, heir.s.language};
    what.representatives = {heir.acts, second};
    heir.must(what, machine);
    EXPECT_EQ(account_of_case(heir.s).whose, heir.owner.id);
}

TEST(on_behalf, nobody_signs_where_the_money_goes_who_is_paid_or_had_a_part) {
    represented heir(representative_kind::heir);
    heir.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    const actor bringer{role::reviewer, named("reviewer-8")};
    heir.acts.had_part = {bringer};
    heir.tell();
    heir.come_into_force();
    heir.submit_for_them();
    const second_request asked{1,
                               act::pay_new_account,
                               "pay_refund_again",
                               {},
                               clerk,
                               channel::counter,
                               heir.now,
                               heir.now + base::days{400},
                               {},
                               {},
                               {},
                               {}};
    const actor themself{role::reviewer, named("reviewer-7"), heir.acts.who};
    EXPECT_TRUE(why_not_sign(heir.s, asked, themself, heir.now));
    heir.end_it();
    ASSERT_EQ(heir.at_stage(), stage::closed);
    EXPECT_TRUE(why_not_sign(heir.s, asked, themself, heir.now));
    EXPECT_TRUE(why_not_sign(heir.s, asked, bringer, heir.now));
    EXPECT_FALSE(why_not_sign(heir.s, asked, actor{role::reviewer, named("reviewer-9")}, heir.now));
}

TEST(on_behalf, an_admission_is_heard_while_the_lines_policy_is_not_loaded) {
    represented w;
    const auto& rules = w.own_policy().representation_of(representative_kind::attorney);
    const auto loaded = std::exchange(w.s.subscription->policy, "gone");
    w.acts.serial = 2;
    w.tell();
    ASSERT_NE(find_representative(w.s, 2), nullptr);
    EXPECT_GE(find_representative(w.s, 2)->in_force_at, w.now + base::days{rules.wait_days});
    w.s.subscription->policy = loaded;
    w.come_into_force();
    EXPECT_EQ(w.refused({open_closure{closing_reason::other, {}, 2}}, clerk, channel::counter), code::not_represented)
        << "the longest wait of all policies";
}

TEST(on_behalf, an_account_that_is_named_after_the_submission_is_approved_when_it_counts) {
    represented heir(representative_kind::heir);
    heir.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    heir.come_into_force();
    heir.submit_for_them();
    heir.acts.refund_account = "another";
    heir.acts.account_named_at = heir.now;
    heir.tell();
    EXPECT_EQ(heir.refused({approve_closure{"fine"}}, reviewer, channel::staff), code::blocked);
    heir.pass(base::days{heir.own_policy().representation_of(representative_kind::heir).wait_days});
    heir.must(approve_closure{"fine"}, reviewer, channel::staff);
}

TEST(on_behalf, an_objection_is_heard_while_the_lines_policy_is_not_loaded) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    const auto rules = std::exchange(w.rules, std::make_shared<rule_book>());
    w.over(representation_state::stopped, customer);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);
    w.rules = rules;
    EXPECT_EQ(w.refused({clear_fraud{"seems fine"}}, reviewer, channel::staff), code::not_represented);
}

TEST(on_behalf, a_case_rests_on_who_applied_and_never_on_the_owner_in_their_place) {
    represented w;
    w.come_into_force();
    w.must(w.opening(), clerk, channel::counter);
    take_contacts what{w.owner.id, w.s.contacts, w.s.subscription->refund_account, w.s.language};
    auto other = w.acts;
    other.serial = 9;
    w.acts.state = representation_state::expired;
    w.acts.over_at = w.now;
    what.representatives = {w.acts};
    auto pruned = w;
    w.must(what, machine);
    EXPECT_EQ(w.at_stage(), stage::withdrawn) << "not submitted: no more";
    pruned.submit_rest();
    pruned.must(what, machine);
    what.representatives = {other};
    pruned.must(what, machine);
    ASSERT_NE(acting_in_case(pruned.s), nullptr) << "kept for the case, whatever the owner's stream has forgotten";
    EXPECT_EQ(acting_in_case(pruned.s)->serial, 1);
}

TEST(on_behalf, an_heir_who_is_admitted_again_is_paid_what_came_back) {
    represented heir(representative_kind::heir);
    heir.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    heir.come_into_force();
    heir.submit_for_them();
    heir.end_it();
    ASSERT_EQ(heir.at_stage(), stage::closed);
    heir.over(representation_state::expired, {});
    heir.must(refund_answered{payback_of(*heir.s.current)->id, false}, machine);
    EXPECT_EQ(account_of_case(heir.s).digest, "their-account");
    auto again = heir.acts;
    again.serial = 2;
    again.state = representation_state::standing;
    again.over_at.reset();
    again.refund_account = "living-account";
    take_contacts what{heir.owner.id, heir.s.contacts, heir.s.subscription->refund_account, heir.s.language};
    what.representatives = {heir.acts, again};
    heir.must(what, machine);
    EXPECT_EQ(account_of_case(heir.s).digest, "living-account");
    EXPECT_EQ(heir.refused({pay_refund_again{}}, clerk, channel::counter), code::not_represented);
    heir.acts.state = representation_state::stopped;
    take_contacts stopped = what;
    stopped.representatives = {heir.acts, again};
    heir.must(stopped, machine);
    EXPECT_EQ(account_of_case(heir.s).digest, "living-account") << "whoever stopped the first one stops not the second";
}

TEST(on_behalf, a_ward_without_an_account_is_told_who_names_one) {
    represented w(representative_kind::guardian);
    take_contacts what{w.owner.id, w.s.contacts, {}, w.s.language};
    what.representatives = {w.acts};
    w.must(what, machine);
    w.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    w.come_into_force();
    w.must(w.opening(), clerk, channel::counter);
    const auto done = w.apply({submit_closure{}}, clerk, channel::counter);
    ASSERT_FALSE(done);
    const auto missing = base::to_json(done.error().data);
    EXPECT_THAT(missing, ::testing::HasSubstr("two of the staff")) << done.error().words;
    EXPECT_THAT(missing, Not(::testing::HasSubstr("cash")));
}

TEST(on_behalf, not_me_by_sms_stops_whoever_is_to_act_and_leaves_an_own_case_to_itself) {
    const hear_reply not_me{reply_word::not_me, named("sms-1"), "sms-id", {}, {}, {}};
    represented w;
    const auto& heard = w.must(not_me, machine);
    ASSERT_EQ(effects_of<object_for_owner>(heard).size(), 1U);
    EXPECT_EQ(effects_of<object_for_owner>(heard)[0].subscriber, customer.id);
    EXPECT_EQ(w.s.replies.ids.size(), 1U);

    represented theirs;
    theirs.come_into_force();
    theirs.submit_for_them();
    theirs.must(not_me, machine);
    EXPECT_EQ(theirs.at_stage(), stage::fraud_hold);
    EXPECT_EQ(effects_of<object_for_owner>(theirs.last()).size(), 1U);

    represented own;
    own.come_into_force();
    own.must(open_closure{});
    own.must(not_me, machine);
    EXPECT_TRUE(effects_of<object_for_owner>(own.last()).empty()) << "it is about the case";
    represented lately;
    lately.must(open_closure{});
    lately.must(not_me, machine);
    EXPECT_EQ(lately.at_stage(), stage::fraud_hold);
    EXPECT_EQ(effects_of<object_for_owner>(lately.last()).size(), 1U) << "or about whom there is time to object to";
}

TEST(on_behalf, an_older_word_that_comes_late_lets_nobody_act_again_and_forgets_nobody) {
    represented w;
    w.come_into_force();
    const auto standing = w.acts;
    w.over(representation_state::stopped, customer);
    w.acts = standing;
    w.tell();
    EXPECT_EQ(w.s.representatives.front().state, representation_state::stopped);
    EXPECT_EQ(w.refused(w.opening(), clerk, channel::counter), code::not_represented);

    represented other;
    take_contacts nobody{other.owner.id, other.s.contacts, other.s.subscription->refund_account, other.s.language};
    other.must(nobody, machine);
    EXPECT_EQ(other.s.representatives.size(), 1U) << "of before they were admitted";
}

TEST(on_behalf, an_objection_counts_of_what_has_run_out_and_stops_the_money_of_a_false_heir) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    w.over(representation_state::expired, {});
    w.over(representation_state::stopped, customer);
    EXPECT_EQ(w.at_stage(), stage::fraud_hold);

    represented heir(representative_kind::heir);
    heir.must(add_money{booking_kind::top_up, {2000, "CNY"}, "pay-1"}, machine);
    heir.come_into_force();
    heir.submit_for_them();
    heir.approve_by_two();
    while (heir.at_stage() == stage::approved) heir.tick_when_due();
    heir.delete_profiles();
    ASSERT_EQ(heir.at_stage(), stage::settling);
    heir.over(representation_state::stopped, customer);
    heir.answer_network();
    ASSERT_EQ(heir.at_stage(), stage::closed);
    EXPECT_EQ(payback_of(*heir.s.current)->state, refund_state::waiting);
    EXPECT_EQ(account_of_case(heir.s).whose, heir.owner.id) << "whoever objected lives";
}

TEST(on_behalf, is_not_taken_for_the_owners_own_case) {
    represented w;
    w.come_into_force();
    w.must(open_closure{});
    EXPECT_EQ(w.refused(w.opening(), clerk, channel::counter), code::closure_stage);
}

TEST(on_behalf, not_me_is_heard_however_much_was_written_that_day) {
    represented w;
    for (int n = 0; n < w.own_policy().notices.replies_a_day; ++n)
        w.must(hear_reply{reply_word::status, named("sms-1"), "sms-" + std::to_string(n), {}, {}, {}}, machine);
    w.must(hear_reply{reply_word::not_me, named("sms-1"), "sms-last", {}, {}, {}}, machine);
    EXPECT_EQ(effects_of<object_for_owner>(w.last()).size(), 1U);
}

TEST(on_behalf, another_account_of_the_heirs_is_looked_at_by_two) {
    represented w(representative_kind::heir);
    w.come_into_force();
    w.submit_for_them();
    EXPECT_EQ(w.sent().account, "their-account");
    w.acts.refund_account = "another";
    w.tell();
    EXPECT_EQ(w.sent().account_wanted, "another");
}

TEST(on_behalf, random_lives_never_close_a_line_for_another_who_may_not) {
    int opened = 0;
    int closed = 0;
    for (std::uint32_t seed = 1; seed <= 120 || (closed == 0 && seed <= 960); ++seed) {
        world w;
        w.keep_trace = true;
        walker one(w);
        one.for_others = true;
        one.checks = false;
        for (std::uint32_t i = 0; i < 120; ++i) one.walk(seed * 7919U + i * 104729U);
        for (const auto check : {broken_rule_1, broken_rule_2, broken_rule_9_money, broken_rule_9_for_others})
            EXPECT_EQ(check(w.record), std::nullopt) << "seed " << seed;
        for (const auto& m : moments_of(w.record)) {
            if (const auto* e = as<closure_opened>(m); e != nullptr && e->on_behalf) ++opened;
            if (as<closure_closed>(m) != nullptr && m.at->before.current->on_behalf) ++closed;
        }
    }
    EXPECT_GT(opened, 20);
    EXPECT_GT(closed, 0);
}

TEST(on_behalf, would_show_who_applies_before_it_is_in_force_and_money_that_goes_to_them) {
    represented w;
    w.come_into_force();
    w.submit_for_them();
    w.end_it();
    auto early = w.record;
    for (auto& one : early)
        for (auto& h : one.happened)
            if (std::holds_alternative<closure_opened>(h.what)) h.before.representatives.front().in_force_at = w.now;
    EXPECT_EQ(broken_rule_9_for_others(early), "somebody applied for the owner before it was in force, or after");
    auto stolen = w.record;
    for (auto& one : stolen)
        for (auto& h : one.happened)
            for (auto& e : h.effects)
                if (auto* pay = std::get_if<pay_refund>(&e)) pay->subscriber = named("sb-2");
    EXPECT_EQ(broken_rule_9_for_others(stolen), "money of the owner's went to whoever acts for them");
}

}  // namespace on_behalf_test
}  // namespace keepline::domain
