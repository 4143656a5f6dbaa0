// Disputes: the owner says which line of the certificate is wrong; somebody answers who had no part in the case.
#include "domain/erasure.hpp"
#include "domain/number/certificate.hpp"
#include "domain/number/rule_checks.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using part = certificate_part;

const label said_words = named("words-1");

world certified() {
    world w;
    w.have_line();
    w.close_and_certify();
    EXPECT_TRUE(read(w.closed().certificate).has_value());
    return w;
}
/// A fee was charged, which its owner says they never agreed to.
world certified_with_fee() {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.fee = {fee_kind::fixed, yuan(700), 0, {}}; });
    w.have_line();
    w.close_and_certify();
    return w;
}
open_dispute about(const world& w, part of, std::string item = {}) {
    return {w.s.current->number, of, std::move(item), said_words};
}
const dispute& newest(const world& w) { return w.s.disputes.back(); }
certificate_claims claims_now(const world& w) { return read(w.closed().certificate)->claims; }

/// Asked for by one, signed by another, and back from the signer.
void correct(world& w, std::string value, const actor& by = reviewer, const actor& second = second_reviewer) {
    w.must(correct_certificate{newest(w).serial, std::move(value), "we looked again"}, by);
    w.must(countersign{w.s.asked.made}, second);
    w.sign_what_waits();
}

// ------------------------------------------------------------------------------------------------ to say so

TEST(dispute, is_told_with_the_day_of_its_answer_and_keeps_the_number) {
    auto w = certified();
    const auto released = w.due();
    const auto& step = w.must(about(w, part::closed_at));
    EXPECT_THAT(told_in(step), Contains("dispute_received>mail-1"));
    EXPECT_EQ(newest(w).by, customer);
    EXPECT_EQ(newest(w).words, said_words);
    const auto due = last_day({15, day_unit::working_day}, *w.rules->calendars.find("CN"),
                              w.rules->zones.of("Asia/Shanghai").day_of(w.now));
    EXPECT_EQ(newest(w).due, due.day);
    EXPECT_EQ(w.due(), newest(w).due_at);
    ASSERT_LT(newest(w).due_at, *released + base::days{400});
    w.now = w.s.held->last() + base::days{1};
    w.must(tick{}, machine);
    EXPECT_TRUE(w.s.subscription) << "nobody has answered: the number stays";
    w.must(refuse_dispute{1, "it is right as it is"}, third_reviewer);
    w.must(tick{}, machine);
    EXPECT_FALSE(w.s.subscription) << "answered, and all holds are over";
    EXPECT_THAT(w.s.disputes, IsEmpty());
}

TEST(dispute, again_about_the_same_line_is_the_same_one) {
    auto w = certified();
    w.must(about(w, part::closed_at));
    w.pass(base::hours{30});
    EXPECT_THAT(w.must(about(w, part::closed_at)).happened, IsEmpty());
    EXPECT_EQ(w.s.disputes.size(), 1U);
    w.must(about(w, part::device, iccid_of(1).text()));
    EXPECT_EQ(newest(w).serial, 2);
}

TEST(dispute, is_about_a_line_that_the_certificate_has) {
    auto w = certified();
    EXPECT_EQ(w.refused(about(w, part::device, iccid_of(9).text())), code::invalid);
    EXPECT_EQ(w.refused(about(w, part::device)), code::invalid);
    EXPECT_EQ(w.refused(about(w, part::closed_at, "something")), code::invalid);
    EXPECT_EQ(w.refused(about(w, part::charged, "closing_fee")), code::invalid) << "nothing was charged";
    EXPECT_EQ(w.refused(about(w, part::other, std::string(41, 'x'))), code::invalid);
    for (const auto of :
         {part::submitted_at, part::approved_at, part::evidence, part::refund, part::still_owed, part::other})
        w.must(withdraw_dispute{(w.must(about(w, of)), newest(w).serial)});
    w.must(about(w, part::network, "barred"));
}

TEST(dispute, takes_a_certificate_and_the_case_of_now) {
    world w;
    w.have_line();
    w.submit_low();
    EXPECT_EQ(w.refused(about(w, part::other)), code::closure_stage);
    w.delete_profiles();
    w.answer_network();
    const auto wanted = effects_of<sign_certificate>(w.last());
    ASSERT_EQ(wanted.size(), 1U);
    EXPECT_EQ(w.refused(about(w, part::other)), code::closure_stage) << "it is not signed yet";
    w.must(signed_form(wanted[0]), machine);
    EXPECT_EQ(w.refused({open_dispute{7, part::other, {}, said_words}}), code::closure_stage);
    w.must(about(w, part::other));
}

TEST(dispute, a_few_are_answered_at_a_time_and_no_more_than_a_certificate_has_lines) {
    auto w = certified();
    const auto& rules = w.own_policy().disputes;
    const std::vector all{part::submitted_at, part::approved_at, part::closed_at, part::evidence, part::refund};
    for (int i = 0; i < rules.open_max; ++i) w.must(about(w, all.at(static_cast<std::size_t>(i))));
    EXPECT_EQ(w.refused(about(w, part::other)), code::too_many);
    for (int i = rules.open_max; i < rules.of_case_max; ++i) {
        w.must(withdraw_dispute{newest(w).serial});
        w.must(about(w, part::other));
    }
    w.must(withdraw_dispute{newest(w).serial});
    EXPECT_EQ(w.refused(about(w, part::other)), code::too_many) << "the number is not held for ever like that";
}

TEST(dispute, only_its_owner_takes_it_back) {
    auto w = certified();
    w.must(about(w, part::other), clerk);
    for (const auto& by : {clerk, reviewer, machine}) EXPECT_EQ(w.refused(withdraw_dispute{1}, by), code::forbidden);
    EXPECT_EQ(w.refused(withdraw_dispute{2}), code::not_found);
    EXPECT_THAT(told_in(w.must(withdraw_dispute{1})), Contains("dispute_withdrawn>mail-1"));
    EXPECT_THAT(w.must(withdraw_dispute{1}).happened, IsEmpty());
    EXPECT_EQ(w.refused(refuse_dispute{1, "too late"}, reviewer), code::closure_stage);
}

TEST(dispute, that_nobody_answers_in_time_is_told_once) {
    auto w = certified();
    w.must(about(w, part::other));
    EXPECT_THAT(told_in(w.tick_when_due()), Contains("dispute_late>mail-1"));
    EXPECT_TRUE(newest(w).overdue);
    EXPECT_THAT(told_in(w.must(tick{}, machine)), Not(Contains("dispute_late>mail-1")));
    EXPECT_EQ(newest(w).state, dispute_state::open);
    w.must(refuse_dispute{1, "it is right as it is"}, reviewer);
}

// ------------------------------------------------------------------------------------------------ to answer

TEST(dispute, is_refused_with_a_reason_for_the_customer) {
    auto w = certified();
    w.must(about(w, part::other));
    EXPECT_EQ(w.refused(refuse_dispute{1, "see www.example.org"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(refuse_dispute{1, ""}, reviewer), code::invalid);
    const auto& step = w.must(refuse_dispute{1, "it is right as it is"}, reviewer);
    EXPECT_THAT(told_in(step), Contains("dispute_refused>mail-1"));
    EXPECT_EQ(effects_of<send_notice>(step).front().params.at("reason"), "it is right as it is");
    EXPECT_EQ(newest(w).answered_by, reviewer);
    EXPECT_EQ(w.refused(correct_certificate{1, "2031-05-05", "after all"}, second_reviewer), code::closure_stage);
}

TEST(dispute, nobody_answers_who_had_a_part_in_the_case) {
    world w;
    w.have_line();
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    w.must(approve_closure{"fine"}, reviewer);
    if (w.at_stage() == stage::in_review) w.must(approve_closure{"fine"}, second_reviewer);
    while (w.at_stage() != stage::unbinding) w.tick_when_due();
    w.delete_profiles();
    w.answer_network();
    w.sign_what_waits();
    w.must(about(w, part::closed_at));
    w.pass(base::minutes{5});
    EXPECT_EQ(w.refused(refuse_dispute{1, "I was right"}, reviewer), code::own_application);
    EXPECT_EQ(w.refused(correct_certificate{1, base::iso(w.now), "I was wrong"}, reviewer), code::own_application);
    EXPECT_EQ(w.refused(refuse_dispute{1, "no"}, clerk), code::forbidden);
    w.must(correct_certificate{1, base::iso(w.now), "we looked again"}, third_reviewer);
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, third_reviewer), code::own_application);
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, reviewer), code::own_application) << "nor signs for it";
    EXPECT_EQ(newest(w).state, dispute_state::open);
}

TEST(dispute, whoever_wrote_it_down_for_the_owner_does_not_answer) {
    auto w = certified();
    const actor busy{role::admin, named("admin-9")};
    w.must(about(w, part::other), busy);
    EXPECT_EQ(w.refused(refuse_dispute{1, "no"}, busy), code::own_application);
    w.must(refuse_dispute{1, "no, it is right"}, reviewer);
}

TEST(dispute, corrected_by_two_it_is_issued_anew_and_names_the_one_before) {
    auto w = certified();
    const auto before = w.closed().certificate;
    w.must(about(w, part::device, iccid_of(1).text()));
    w.must(correct_certificate{1, "written_off", "it was lost"}, reviewer);
    EXPECT_EQ(w.s.asked.list.back().what, act::correct_certificate);
    EXPECT_EQ(newest(w).state, dispute_state::open) << "one is not enough";
    const auto& decided = w.must(countersign{w.s.asked.made}, second_reviewer);
    const auto wanted = effects_of<sign_certificate>(decided);
    ASSERT_EQ(wanted.size(), 1U);
    EXPECT_EQ(w.closed().certificate, before) << "until it is signed";
    EXPECT_TRUE(newest(w).awaits_signature());
    const auto& issued = w.must(signed_form(wanted[0]), machine);
    EXPECT_THAT(told_in(issued), Contains("certificate_corrected>mail-1"));
    const auto now = claims_now(w);
    EXPECT_EQ(now.replaces, certificate_print(before));
    EXPECT_EQ(now.devices.front().outcome, "written_off");
    EXPECT_THAT(now.corrections, ElementsAre(correction{part::device, iccid_of(1).text(), "deleted", "written_off"}));
    auto as_before = now;
    as_before.replaces.clear();
    as_before.corrections.clear();
    as_before.devices.front().outcome = "deleted";
    EXPECT_EQ(as_before, read(before)->claims) << "nothing else has changed";
    EXPECT_EQ(broken_dispute(w.record), std::nullopt);
}

TEST(dispute, a_signature_that_comes_twice_or_late_changes_nothing) {
    auto w = certified();
    const sign_certificate first{w.s.current->number, {base::to_json(claims_now(w), base::form::api)}};
    w.must(about(w, part::device, iccid_of(1).text()));
    w.must(correct_certificate{1, "written_off", "it was lost"}, reviewer);
    const auto wanted = effects_of<sign_certificate>(w.must(countersign{w.s.asked.made}, second_reviewer));
    EXPECT_THAT(w.must(signed_form(first), machine).happened, IsEmpty()) << "the first one, signed again";
    w.must(signed_form(wanted[0]), machine);
    const auto now = w.closed().certificate;
    auto again = signed_form(wanted[0]);
    again.jws += "2";
    EXPECT_THAT(w.must(again, machine).happened, IsEmpty());
    EXPECT_EQ(w.closed().certificate, now);
}

TEST(dispute, a_second_correction_builds_on_the_first) {
    auto w = certified();
    w.must(about(w, part::device, iccid_of(1).text()));
    w.must(about(w, part::closed_at));
    w.must(correct_certificate{1, "written_off", "it was lost"}, reviewer);
    const auto wanted = effects_of<sign_certificate>(w.must(countersign{w.s.asked.made}, second_reviewer));
    EXPECT_EQ(w.refused(correct_certificate{2, base::iso(w.now), "a day later"}, reviewer), code::changed_since)
        << "two that take the place of the same one would lose one of them";
    w.must(signed_form(wanted[0]), machine);
    const auto middle = w.closed().certificate;
    w.pass(base::minutes{5});
    correct(w, base::iso(w.now));
    const auto now = claims_now(w);
    EXPECT_EQ(now.replaces, certificate_print(middle));
    EXPECT_EQ(now.devices.front().outcome, "written_off");
    EXPECT_EQ(now.closed_at, w.now);
    EXPECT_EQ(now.corrections.size(), 2U);
}

TEST(dispute, what_was_asked_for_about_one_certificate_is_signed_for_no_other) {
    auto w = certified();
    w.must(about(w, part::device, iccid_of(1).text()));
    w.must(about(w, part::closed_at));
    w.must(correct_certificate{1, "written_off", "it was lost"}, reviewer);
    const int first = w.s.asked.made;
    w.pass(base::minutes{5});
    correct(w, base::iso(w.now));
    EXPECT_EQ(w.refused(countersign{first}, second_reviewer), code::changed_since);
}

TEST(dispute, what_should_not_have_been_charged_is_kept_for_its_owner) {
    auto w = certified_with_fee();
    ASSERT_THAT(claims_now(w).money.charged, Not(IsEmpty()));
    const auto charged = claims_now(w).money.charged.front();
    const std::string kind = boost::describe::enum_to_string(charged.kind, "");
    const auto cash = w.s.books.of(account::cash);
    w.must(about(w, part::charged, kind));
    const auto all = std::to_string(charged.amount.minor);
    EXPECT_EQ(w.refused(correct_certificate{1, all, "so it was"}, reviewer), code::invalid) << "says so already";
    EXPECT_EQ(w.refused(correct_certificate{1, "-1", "less"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(correct_certificate{1, all + "0", "more"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(correct_certificate{1, "12 yuan", "words"}, reviewer), code::invalid);
    w.must(correct_certificate{1, "100", "the contract said one yuan"}, reviewer);
    w.must(countersign{w.s.asked.made}, second_reviewer);
    const auto back = charged.amount.minor - 100;
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_EQ(w.s.unclaimed[0].amount, yuan(back));
    EXPECT_EQ(w.s.unclaimed[0].why, unclaimed_why::overcharged);
    EXPECT_EQ(w.s.unclaimed[0].owner, w.owner.id);
    EXPECT_EQ(w.s.books.of(account::cash), cash - back) << "it is in no line's books";
    w.sign_what_waits();
    EXPECT_EQ(claims_now(w).money.charged.front().amount, yuan(100));
    EXPECT_EQ(w.refused(return_money{1, true, "thief's", named("p_payer-1")}, third_reviewer), code::blocked)
        << "two who correct a certificate pay nobody but its owner";
    w.must(return_money{1, false, {}, {}}, clerk);
    EXPECT_EQ(w.refused(countersign{w.s.asked.made}, reviewer), code::own_application)
        << "who gave it back does not sign where it goes";
}

TEST(dispute, a_day_that_is_moved_moves_the_hold) {
    auto w = certified();
    const auto was = *w.s.held;
    w.must(about(w, part::reclaim_until));
    EXPECT_EQ(w.refused(correct_certificate{1, base::iso(was.reclaim_day), "the same"}, reviewer), code::invalid);
    EXPECT_EQ(w.refused(correct_certificate{1, base::iso(was.reclaim_day + -1), "earlier"}, reviewer), code::invalid)
        << "somebody may have relied on it";
    EXPECT_EQ(w.refused(correct_certificate{1, base::iso(was.reclaim_day + 4'000), "for ever"}, reviewer),
              code::invalid);
    correct(w, base::iso(was.reclaim_day + 20));
    EXPECT_EQ(w.s.held->reclaim_day, was.reclaim_day + 20);
    EXPECT_EQ(w.s.held->reclaim_until, was.reclaim_until + base::days{20});
    EXPECT_GE(w.s.held->last(), w.s.held->reclaim_until);
    EXPECT_EQ(claims_now(w).reclaim_until, was.reclaim_day + 20);
    EXPECT_GT(claims_now(w).not_reassigned_before, was.reclaim_day + 20);
}

TEST(dispute, of_what_others_have_said_is_not_corrected_by_hand) {
    auto w = certified();
    for (const auto of : {part::evidence, part::refund, part::still_owed}) {
        w.must(about(w, of));
        EXPECT_EQ(w.refused(correct_certificate{newest(w).serial, "anything", "because"}, reviewer), code::invalid);
        w.must(withdraw_dispute{newest(w).serial});
    }
    EXPECT_FALSE(is_corrected_by_hand(part::network));
    EXPECT_FALSE(is_corrected_by_hand(part::other));
}

TEST(dispute, dates_stay_in_their_order_and_behind_us) {
    auto w = certified();
    const auto claims = claims_now(w);
    w.must(about(w, part::submitted_at));
    const auto wrong = [&](const std::string& value) {
        return w.refused(correct_certificate{1, value, "because"}, reviewer) == code::invalid;
    };
    EXPECT_TRUE(wrong(base::iso(claims.approved_at + base::minutes{1})));
    EXPECT_TRUE(wrong("yesterday"));
    EXPECT_TRUE(wrong(base::iso(claims.submitted_at)));
    w.pass(base::minutes{5});
    correct(w, base::iso(claims.submitted_at - base::days{2}));
    EXPECT_EQ(claims_now(w).submitted_at, claims.submitted_at - base::days{2});
    w.must(about(w, part::closed_at));
    EXPECT_EQ(w.refused(correct_certificate{2, base::iso(w.now + base::hours{1}), "because"}, reviewer), code::invalid);
}

TEST(dispute, is_still_answered_when_the_number_was_taken_back_and_closed_again) {
    auto w = certified();
    const auto before = w.closed().certificate;
    w.must(about(w, part::device, iccid_of(1).text()));
    w.see_in_person();
    w.must(reinstate_line{}, other_clerk);
    if (w.s.held) w.must(countersign{w.s.asked.made}, second_reviewer);
    ASSERT_FALSE(w.s.held);
    w.must(open_closure{closing_reason::not_needed, {}});
    ASSERT_NE(w.s.current->number, newest(w).closure);
    w.must(correct_certificate{1, "written_off", "it was lost"}, third_reviewer);
    w.must(countersign{w.s.asked.made}, reviewer);
    w.sign_what_waits();
    const auto* now = certificate_of(w.s, newest(w).closure);
    ASSERT_NE(now, nullptr);
    EXPECT_EQ(read(*now)->claims.replaces, certificate_print(before));
    EXPECT_TRUE(newest(w).issued_at);
}

TEST(dispute, whoever_heard_of_the_end_hears_of_the_correction) {
    auto w = certified();
    // It was replaced, and its time to be told is over: nothing goes there any more but this.
    take_contacts moved{w.owner.id, {{named("mail-2"), medium::mail, true, {}, {}, {}}}, "account-1", "zh-CN"};
    for (const auto& one : w.s.contacts)
        if (one.by == medium::mail) w.must(notice_sent{"closed", one.id, medium::mail, "m-1"}, machine);
    auto old = w.s.contacts.front();
    old.replaced_at = w.now;
    old.told_until = w.now + base::days{1};
    moved.contacts.push_back(old);
    w.must(moved, machine);
    w.pass(base::days{2});
    w.must(about(w, part::device, iccid_of(1).text()));
    EXPECT_THAT(told_in(w.last()), Not(Contains("dispute_received>" + old.id.text())));
    correct(w, "written_off");
    EXPECT_THAT(told_in(w.last()), Contains("certificate_corrected>" + old.id.text()));
    EXPECT_THAT(told_in(w.last()), Contains("certificate_corrected>mail-2"));
}

TEST(dispute, nobody_is_erased_while_it_is_open) {
    auto w = certified();
    const auto stands = [&] { return obstacles_in(w.s, w.owner.id, *w.rules, w.now); };
    EXPECT_THAT(stands(), Not(Contains(obstacle::dispute)));
    w.must(about(w, part::other));
    EXPECT_THAT(stands(), Contains(obstacle::dispute));
    w.must(refuse_dispute{1, "it is right as it is"}, reviewer);
    EXPECT_THAT(stands(), Not(Contains(obstacle::dispute)));
}

TEST(dispute, broken_rules_are_seen) {
    auto w = certified();
    w.must(about(w, part::device, iccid_of(1).text()));
    correct(w, "written_off");
    ASSERT_EQ(broken_dispute(w.record), std::nullopt);
    auto alone = w.record;
    for (auto& one : alone)
        if (first_of<certificate_corrected>(one) != nullptr) one.what = tick{};
    EXPECT_EQ(broken_dispute(alone), "a certificate was corrected by one person");
    auto other = w.record;
    for (auto& one : other)
        for (auto& h : one.happened)
            if (auto* e = std::get_if<certificate_reissued>(&h.what)) e->replaces = "another";
    EXPECT_EQ(broken_dispute(other), "a certificate takes the place of another than the last");
}

}  // namespace
}  // namespace keepline::domain
