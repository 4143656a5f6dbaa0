// Stages `unbinding`, `settling`, `closed` and what follows: devices, network, money, certificate, holds, the way back.
#include "domain/erasure.hpp"
#include "domain/number/certificate.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using strings = std::vector<std::string>;

world with_two_devices() {
    world w;
    auto what = w.imported();
    what.order.profiles.push_back({iccid_of(2), imsi_of(2), eid_of(2), profile_state::disabled});
    what.order.profiles.push_back({iccid_of(3), imsi_of(3), {}, profile_state::released});
    w.must(what, machine);
    w.submit_low();
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    return w;
}
report_profile deleted(int n, int device) {
    return {iccid_of(n), profile_state::deleted, eid_of(device), 9, {proof_kind::signed_notification, "abcd", {}}};
}

// ------------------------------------------------------------------------------------------------ unbinding

TEST(unbinding, waits_for_every_device_and_asks_for_none_that_was_never_there) {
    auto w = with_two_devices();
    EXPECT_THAT(told_in(w.last()), Contains("unbinding>mail-1"));
    w.must(deleted(1, 1), machine);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    const auto& last = w.must(deleted(2, 2), machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
    EXPECT_EQ(effects_of<hlr_action>(last).size(), 3U);
    for (const auto& one : effects_of<hlr_action>(last)) EXPECT_EQ(one.operation, hlr_operation::bar);
    EXPECT_THAT(w.must(deleted(2, 2), machine).happened, IsEmpty());  // repeated
}

TEST(unbinding, a_device_declared_lost_is_written_off) {
    world w;
    auto what = w.imported();
    what.order.profiles.push_back({iccid_of(2), imsi_of(2), eid_of(2), profile_state::disabled});
    w.must(what, machine);
    w.must(declare_lost{iccid_of(2), "call"});
    w.make_ready();
    w.see_in_person();
    w.must(submit_closure{}, customer, channel::counter);
    for (const auto& by : {reviewer, second_reviewer}) w.must(approve_closure{"fine"}, by);
    while (w.at_stage() != stage::unbinding) w.tick_when_due();
    EXPECT_EQ(w.s.profiles[1].state, profile_state::written_off);
    EXPECT_EQ(w.s.profiles[1].last_proof->kind, proof_kind::declaration);
    w.must(deleted(1, 1), machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
}

TEST(unbinding, a_loss_that_is_declared_after_the_application_ends_nothing) {
    auto w = with_two_devices();
    w.must(declare_lost{iccid_of(2), "call"}, clerk);
    EXPECT_EQ(w.s.profiles[1].state, profile_state::disabled);
    w.must(deleted(1, 1), machine);
    EXPECT_EQ(w.at_stage(), stage::unbinding);
    w.tick_when_due();
    EXPECT_EQ(w.at_stage(), stage::settling) << "the time for deletions does";
}

// Whoever stole the phone applied from it, and the owner has no more to say than that it is gone.
TEST(unbinding, a_phone_that_was_reported_lost_after_the_decision_ends_nothing_by_deleting_its_profile) {
    world w;
    w.have_line();
    w.submit_low();
    ASSERT_EQ(w.at_stage(), stage::unbinding);
    w.pass(base::minutes{5});
    w.must(declare_lost{{}, "call"}, clerk, channel::hotline);
    w.must(deleted(1, 1), machine);
    EXPECT_EQ(w.at_stage(), stage::unbinding) << "the word of whoever has it";
    auto stopped = w;
    stopped.must(repudiate_closure{"mail-1"});
    EXPECT_EQ(stopped.at_stage(), stage::fraud_hold) << "meanwhile every contact point stops it";
    auto found = w;
    const declare_found proof{{},
                              {{evidence_kind::id_document, true, w.now, "counter", "d", clerk},
                               {evidence_kind::staff_sighting, true, w.now, "counter", "", clerk}}};
    found.signed_by(reviewer, proof, clerk);
    EXPECT_EQ(found.at_stage(), stage::settling) << "its owner has it";
    w.tick_when_due();
    EXPECT_EQ(w.at_stage(), stage::settling) << "and the time for deletions carries it on";
}

TEST(unbinding, a_device_that_never_answers_is_written_off_by_the_deadline) {
    auto w = with_two_devices();
    w.must(deleted(1, 1), machine);
    const auto since = w.now;
    w.tick_when_due();
    EXPECT_EQ(w.now, since + base::days{30});
    EXPECT_EQ(w.s.profiles[1].last_proof->kind, proof_kind::deadline);
    EXPECT_EQ(w.at_stage(), stage::settling);
}

TEST(unbinding, staff_write_a_device_off_with_a_reason_and_it_is_cut_at_once) {
    auto w = with_two_devices();
    EXPECT_EQ(w.refused(write_off_profile{iccid_of(1), "gone"}, customer), code::forbidden);
    EXPECT_EQ(w.refused(write_off_profile{iccid_of(1), ""}, clerk), code::invalid);
    EXPECT_EQ(w.refused(write_off_profile{iccid_of(8), "gone"}, clerk), code::profile_unknown);
    EXPECT_THAT(effects_of<hlr_action>(w.must(write_off_profile{iccid_of(1), "given away"}, clerk)), IsEmpty());
    const auto& cut =
        w.signed_by(testing::reviewer, write_off_profile{iccid_of(1), "given away, seen in the shop"}, clerk);
    EXPECT_EQ(w.s.profiles[0].last_proof->kind, proof_kind::staff);
    ASSERT_EQ(effects_of<hlr_action>(cut).size(), 1U);
    EXPECT_EQ(effects_of<hlr_action>(cut)[0].imsi, imsi_of(1));
    EXPECT_THAT(w.must(write_off_profile{iccid_of(1), "again"}, clerk).happened, IsEmpty());
}

TEST(unbinding, a_written_off_device_may_still_sign_its_deletion) {
    auto w = with_two_devices();
    w.signed_by(testing::reviewer, write_off_profile{iccid_of(1), "gone"}, clerk);
    EXPECT_THAT(w.must(report_profile{iccid_of(1), profile_state::enabled, eid_of(1), 3, {}}, machine).happened,
                IsEmpty());
    w.must(deleted(1, 1), machine);
    EXPECT_EQ(w.s.profiles[0].state, profile_state::deleted);
    EXPECT_EQ(w.s.profiles[0].last_proof->kind, proof_kind::signed_notification);
}

TEST(unbinding, a_line_without_devices_needs_none) {
    world w;
    auto what = w.imported();
    what.order.profiles = {{iccid_of(1), imsi_of(1), {}, profile_state::released}};
    w.must(what, machine);
    w.submit_low();
    EXPECT_EQ(w.at_stage(), stage::settling);
    EXPECT_THAT(told_in(w.last()), Not(Contains("unbinding>mail-1")));
}

// ------------------------------------------------------------------------------------------------ settling

TEST(settling, waits_until_the_bar_is_proved_and_every_subscriber_deleted) {
    auto w = with_two_devices();
    w.must(deleted(1, 1), machine);
    w.must(deleted(2, 2), machine);
    // A deletion that is answered before the bar is no proof of the bar.
    EXPECT_THAT(w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "done"}, machine).happened, IsEmpty());
    for (int n : {1, 2, 3}) {
        const auto& barred = w.must(hlr_answered{hlr_operation::bar, imsi_of(n), "nam none"}, machine);
        ASSERT_EQ(effects_of<hlr_action>(barred).size(), 1U);
        EXPECT_EQ(effects_of<hlr_action>(barred)[0].operation, hlr_operation::remove);
        EXPECT_THAT(w.must(hlr_answered{hlr_operation::bar, imsi_of(n), "nam none"}, machine).happened, IsEmpty());
    }
    w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "refused 0x02"}, machine);
    w.must(hlr_answered{hlr_operation::remove, imsi_of(2), "refused 0x02"}, machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
    w.must(hlr_answered{hlr_operation::remove, imsi_of(3), "refused 0x02"}, machine);
    EXPECT_EQ(w.at_stage(), stage::closed);
    EXPECT_EQ(w.ending().network.size(), 6U);
    EXPECT_THAT(w.must(hlr_answered{hlr_operation::bar, imsi_of(1), "late"}, machine).happened, IsEmpty());
}

TEST(settling, takes_debt_and_fees_from_the_balance_and_orders_the_rest_paid_out) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.fee = {fee_kind::fixed, yuan(700), 0, {}}; });
    auto what = w.imported();
    what.debt = yuan(300);
    what.products = {{named("tv"), "broadband", yuan(400)}};
    what.bonus = yuan(111);
    w.must(what, machine);
    w.must(open_closure{});
    w.must(accept_quote{1, {named("tv")}});
    w.must(decline_backup{});
    w.prove_by_sms();
    w.must(submit_closure{});
    w.delete_profiles();
    w.answer_network();
    EXPECT_EQ(w.payback().amount, yuan(3600));
    EXPECT_EQ(w.payback().state, refund_state::ordered);
    EXPECT_EQ(base::iso(w.payback().due), "2026-03-16");
    EXPECT_EQ(w.s.books.customer_money(), 0);
    EXPECT_EQ(w.s.books.of(account::refund), -3600);
    EXPECT_EQ(w.s.books.of(account::debt), 0);
    EXPECT_THAT(w.closed().charged, ElementsAre(quote_item{quote_item_kind::debt, yuan(300)},
                                                quote_item{quote_item_kind::closing_fee, yuan(700)},
                                                quote_item{quote_item_kind::detach_fee, yuan(400)},
                                                quote_item{quote_item_kind::bonus_forfeited, yuan(111)}));
    const auto paid = effects_of<pay_refund>(w.last());
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_LE(paid[0].id.size(), 35U);
    EXPECT_EQ(paid[0].id.find("13800138000"), std::string::npos);
}

TEST(settling, a_fee_that_fell_after_submission_is_not_taken) {
    world w;
    const auto dear = with_policy(w.rules, "cn", [](policy& p) {
        p.closing.fee = {fee_kind::fixed, yuan(700), 0, {}};
        p.auto_approve = false;
    });
    w.rules = dear;
    w.have_line();
    w.submit_low();
    w.rules = repository_rules();
    w.must(approve_closure{}, reviewer);
    w.delete_profiles();
    w.answer_network();
    EXPECT_EQ(w.payback().amount, yuan(5000));
    EXPECT_THAT(w.closed().charged, IsEmpty());
}

TEST(settling, money_below_the_smallest_payment_stays_owed) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.refund_min_minor = 6000; });
    w.have_line();
    w.close_low();
    EXPECT_EQ(w.payback().state, refund_state::none);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_EQ(claims_of(w.s).money.still_owed_to_customer, yuan(5000));
}

TEST(settling, money_of_exactly_the_smallest_payment_is_paid) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.refund_min_minor = 5000; });
    w.have_line();
    w.close_low();
    EXPECT_EQ(w.payback().state, refund_state::ordered);
    EXPECT_EQ(w.payback().amount, yuan(5000));
}

// ------------------------------------------------------------------------------------------------ the refund

TEST(refund, is_ordered_once_and_settled_by_the_bank) {
    world w;
    w.have_line();
    w.close_low();
    const auto id = w.payback().id;
    EXPECT_THAT(w.must(refund_written{"other", "f"}, machine).happened, IsEmpty());
    w.must(refund_written{id, "file-1"}, machine);
    EXPECT_EQ(w.payback().file, "file-1");
    EXPECT_THAT(w.must(refund_written{id, "file-2"}, machine).happened, IsEmpty());
    EXPECT_EQ(w.refused(refund_answered{"other", true}, machine), code::not_found);
    EXPECT_THAT(told_in(w.must(refund_answered{id, true}, machine)),
                ElementsAre("refund_settled>mail-1", "refund_settled>sms-1"));
    EXPECT_EQ(w.s.books.of(account::refund), 0);
    EXPECT_EQ(w.s.books.of(account::cash), 0);
    EXPECT_THAT(w.must(refund_answered{id, true}, machine).happened, IsEmpty());
    // What contradicts the bank's first word is booked when a second person has looked (money_test.cpp).
    w.must(refund_answered{id, false}, machine);
    EXPECT_EQ(w.payback().state, refund_state::settled);
    EXPECT_EQ(w.s.asked.list.back().what, act::believe_bank);
}

TEST(refund, that_came_back_is_paid_again_to_another_account) {
    world w;
    w.have_line();
    w.close_low();
    const auto id = w.payback().id;
    w.must(refund_answered{id, false}, machine);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_THAT(told_in(w.last()), Contains("refund_returned>mail-1"));
    w.must(take_contacts{customer.id, w.s.contacts, "", "zh-CN"}, machine);
    EXPECT_EQ(w.refused(pay_refund_again{{w.saved_code()}}), code::blocked) << "no other account yet";
    w.must(take_contacts{customer.id, w.s.contacts, "account-2", "zh-CN"}, machine);
    EXPECT_THAT(effects_of<pay_refund>(w.last()), IsEmpty()) << "a token alone does not send money elsewhere";
    EXPECT_EQ(w.refused(pay_refund_again{}), code::evidence_too_weak);
    w.must(pay_refund_again{{w.saved_code()}});
    EXPECT_THAT(effects_of<pay_refund>(w.last()), IsEmpty()) << "nor do a system's word and a proof: two sign";
    const auto& again = w.must(countersign{w.s.asked.list.back().serial}, reviewer);
    const auto paid = effects_of<pay_refund>(again);
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_NE(paid[0].id, id) << "a payment of its own to the bank, and nothing tells what it has to do with the first";
    EXPECT_FALSE(paid[0].id.starts_with(id));
    EXPECT_LE(paid[0].id.size(), 35U);
    EXPECT_EQ(paid[0].amount, yuan(5000));
    EXPECT_EQ(paid[0].account, "account-2");
    EXPECT_THAT(told_in(again), Contains("refund_ordered>mail-1"));
    EXPECT_EQ(w.s.books.customer_money(), 0);
    w.must(take_contacts{customer.id, w.s.contacts, "account-3", "zh-CN"}, machine);
    EXPECT_THAT(effects_of<pay_refund>(w.last()), IsEmpty());  // under way
    w.must(refund_answered{paid[0].id, true}, machine);
    EXPECT_EQ(w.s.books.of(account::refund), 0);
}

TEST(refund, an_answer_after_the_next_case_began_still_finds_its_books) {
    world w;
    w.have_line();
    w.close_low();
    const auto id = w.payback().id;
    w.see_in_person();
    w.signed_by(reviewer, reinstate_line{}, customer);
    w.must(open_closure{});
    ASSERT_EQ(w.open_case().number, 2);
    w.must(refund_written{id, "file-1"}, machine);
    w.must(refund_answered{id, true}, machine);
    EXPECT_EQ(w.s.past.back().payback.state, refund_state::settled);
    EXPECT_EQ(w.s.books.of(account::refund), 0);
}

TEST(refund, it_holds_up_an_erasure_until_it_has_left_and_the_bank_has_had_its_time) {
    world w;
    w.have_line();
    w.close_low();
    const auto stands = [&](instant when) {
        const auto all = obstacles_in(w.s, customer.id, *repository_rules(), when);
        return std::ranges::find(all, obstacle::refund) != all.end();
    };
    const auto id = w.payback().id;
    const auto& p = *repository_rules()->policies.find(w.s.subscription->policy);
    const auto last = repository_rules()->zones.of(p.zone).end_of(w.payback().due + p.erasure_refund_days);
    EXPECT_TRUE(stands(last)) << "what has not left is owed, however long it takes";
    w.must(refund_written{id, "file-1"}, machine);
    EXPECT_TRUE(stands(last - base::seconds{1}));
    EXPECT_FALSE(stands(last)) << "the bank never says a word: it is not waited for for ever";
    w.must(refund_answered{id, false}, machine);
    EXPECT_TRUE(stands(last)) << "came back: owed again";
}

// ------------------------------------------------------------------------------------------------ closed

TEST(closed, the_certificate_says_what_happened_and_names_no_person) {
    world w;
    auto what = w.imported();
    what.order.profiles.push_back({iccid_of(2), imsi_of(2), eid_of(2), profile_state::enabled});
    what.order.profiles.push_back({iccid_of(3), imsi_of(3), {}, profile_state::released});
    w.must(what, machine);
    w.submit_low();
    w.must(deleted(1, 1), machine);
    w.signed_by(testing::reviewer, write_off_profile{iccid_of(2), "gone"}, clerk);
    w.answer_network();
    const auto signing = effects_of<sign_certificate>(w.last());
    ASSERT_EQ(signing.size(), 1U);
    const auto claims = base::from_json<certificate_claims>(signing[0].claims.text, base::form::api).value();
    EXPECT_EQ(claims, claims_of(w.s));
    EXPECT_EQ(claims.number.text(), "+8613800138000");
    EXPECT_THAT(claims.evidence, ElementsAre(evidence_kind::otp_sms));
    ASSERT_EQ(claims.devices.size(), 3U);
    EXPECT_EQ(claims.devices[0].outcome, "deleted");
    EXPECT_EQ(claims.devices[0].proof, proof_kind::signed_notification);
    EXPECT_EQ(claims.devices[0].proof_digest, "abcd");
    EXPECT_EQ(claims.devices[1].outcome, "written_off");
    EXPECT_EQ(claims.devices[2].outcome, "never_downloaded");
    EXPECT_EQ(claims.network.size(), 6U);
    ASSERT_TRUE(claims.money.refund);
    EXPECT_EQ(claims.money.refund->state, refund_state::ordered) << "nobody has been paid yet";
    EXPECT_EQ(claims.money.refund->amount, yuan(5000));
    EXPECT_EQ(claims.money.refund->id, w.payback().id);
    EXPECT_EQ(claims.money.refund->due, w.payback().due);
    EXPECT_EQ(claims.quarantine_until, day("2026-03-02") + 90);
    EXPECT_EQ(claims.not_reassigned_before, day("2026-03-02") + 91);
    for (const auto& secret : {"sb-1", "mail-1", "sms-1", "clerk", "460000", "890490"})
        EXPECT_THAT(signing[0].claims.text, Not(HasSubstr(secret)));
}

TEST(closed, everybody_is_told_when_the_certificate_is_there) {
    world w;
    w.have_line();
    w.close_low();
    EXPECT_THAT(told_in(w.last()), ElementsAre("closed>mail-1", "closed>sms-1"));  // the line itself is gone
    const auto words = effects_of<send_notice>(w.last())[0].params;
    EXPECT_EQ(words.at("reclaim_until"), "2026-05-31");
    EXPECT_EQ(words.at("amount"), "50.00 CNY");
    EXPECT_EQ(words.at("network"), "yes");
    EXPECT_EQ(w.closed().certificate, "header.claims.signature");
    EXPECT_THAT(w.must(certificate_signed{1, "another"}, machine).happened, IsEmpty());
    EXPECT_THAT(w.must(certificate_signed{2, "another"}, machine).happened, IsEmpty());
}

TEST(closed, without_an_hlr_nobody_is_told_that_the_network_no_longer_serves_the_line) {
    world w;
    w.have_line();
    w.close_low();
    for (auto& proof : has<stages::closed>(*w.s.current)->network)
        proof.answer = "no HLR is configured: nothing was barred and nothing is proved";
    for (const auto& one : claims_of(w.s).network) EXPECT_FALSE(one.proved);
    const auto told = number::react(w.s, certificate_issued{"header.claims.signature", w.now});
    const auto* notice = std::get_if<send_notice>(&told.at(0));
    ASSERT_NE(notice, nullptr);
    EXPECT_FALSE(notice->params.contains("network"));
}

TEST(closed, delivery_receipts_become_evidence_each_for_its_own_notice) {
    world w;
    w.have_line();
    w.close_low();
    const auto known = w.open_case().notices.size();
    w.must(notice_sent{"closed", named("sms-1"), medium::sms, "1"}, machine);
    w.must(notice_sent{"closed", named("sms-1"), medium::sms, "12"}, machine);
    EXPECT_THAT(w.must(notice_sent{"closed", named("sms-1"), medium::sms, "12"}, machine).happened, IsEmpty());
    ASSERT_EQ(w.open_case().notices.size(), known + 2);
    w.must(notice_delivered{"12", "DELIVRD"}, machine);
    EXPECT_FALSE(w.open_case().notices[known].delivered_at.has_value());
    EXPECT_EQ(w.open_case().notices[known + 1].delivered_at, w.now);
    w.must(notice_delivered{"1", "UNDELIV"}, machine);
    EXPECT_EQ(w.open_case().notices[known].receipt, "1 UNDELIV");
    EXPECT_THAT(w.must(notice_delivered{"1", "UNDELIV"}, machine).happened, IsEmpty());
    EXPECT_THAT(w.must(notice_delivered{"", "DELIVRD"}, machine).happened, IsEmpty());
}

// ------------------------------------------------------------------------------------------------ holds

TEST(holds, the_longest_wins_and_partners_are_told_before) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.port_right_days = 120; });
    w.have_line();
    w.close_low();
    const auto end = at("2026-06-30T16:00:00Z");  // 24:00 of the 120th day
    EXPECT_EQ(w.s.held->last(), end);
    EXPECT_EQ(w.refused(w.order(), machine), code::number_on_hold);
    EXPECT_EQ(w.refused(w.imported(), machine), code::number_on_hold);
    EXPECT_EQ(effects_of<publish>(w.tick_when_due())[0].topic, "number.release_announced");
    EXPECT_EQ(w.now, end - base::days{30});
    EXPECT_EQ(effects_of<publish>(w.tick_when_due())[0].topic, "number.released");
    EXPECT_EQ(w.now, end);
    EXPECT_EQ(w.due(), std::nullopt);

    w.must(w.order(), machine);
    EXPECT_EQ(w.s.subscription->generation, 2);
    ASSERT_EQ(w.s.past.size(), 1U) << "for staff to read";
    EXPECT_EQ(w.s.past[0].generation, 1);
    EXPECT_TRUE(w.s.books.balances.empty());
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().number, 2);  // of the stream
}

TEST(holds, harassment_keeps_the_number_away_for_longer) {
    world w;
    w.have_line();
    w.must(open_closure{closing_reason::harassment, {}});
    w.close_low();
    EXPECT_EQ(w.s.held->quarantine_day, day("2026-03-02") + 365);
    EXPECT_EQ(w.s.held->reclaim_day, day("2026-03-02") + 90);
}

TEST(holds, a_number_is_not_released_before_its_certificate_is_signed) {
    world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    w.answer_network();
    w.now = w.s.held->last() + base::days{1};
    w.must(tick{}, machine);
    EXPECT_TRUE(w.s.held.has_value());
    EXPECT_EQ(w.due(), std::nullopt);
    w.must(certificate_signed{1, "jws"}, machine);
    w.must(tick{}, machine);
    EXPECT_FALSE(w.s.held.has_value());
}

// ------------------------------------------------------------------------------------------------ the way back

TEST(reinstate, inside_the_window_on_proof_shown_after_the_end) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.see_in_person();  // before the end: for the closing only
    w.pass(base::minutes{1});
    w.close_low();
    w.pass(base::minutes{1});
    EXPECT_EQ(w.refused(reinstate_line{}), code::evidence_too_weak);
    w.see_in_person();
    const auto& back = w.signed_by(reviewer, reinstate_line{}, customer);
    EXPECT_EQ(w.s.subscription->status, line_status::ordered);  // waits for a new profile
    EXPECT_THAT(told_in(back), ElementsAre("reinstated>mail-1", "reinstated>sms-1"));
    EXPECT_FALSE(w.s.held.has_value());
    EXPECT_THAT(w.must(reinstate_line{}).happened, IsEmpty());
    EXPECT_EQ(w.due(), std::nullopt);

    w.signed_by(reviewer, add_profile{{iccid_of(5), imsi_of(5), {}, profile_state::released}}, clerk);
    const auto& used = w.must(report_profile{iccid_of(5), profile_state::enabled, eid_of(1), 1, {}}, machine);
    EXPECT_EQ(effects_of<hlr_action>(used)[0].operation, hlr_operation::provision);
    EXPECT_EQ(w.s.subscription->status, line_status::active);
    w.must(open_closure{});
    EXPECT_EQ(w.s.past.size(), 1U);
}

TEST(reinstate, not_after_the_window_though_the_number_is_still_held) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.reclaim_days = 10; });
    w.have_line();
    w.close_low();
    w.see_in_person();
    w.now = w.s.held->reclaim_until;
    EXPECT_EQ(w.refused(reinstate_line{}), code::reclaim_over);
    ASSERT_FALSE(w.apply(reinstate_line{}));
    w.tick_when_due();
    w.tick_when_due();
    EXPECT_EQ(w.refused(reinstate_line{}), code::reclaim_over);
}

// ------------------------------------------------------------------------------------------------ the HLR's
// contradictions

TEST(settling, stops_at_what_the_network_has_otherwise_and_goes_on_when_it_agrees) {
    world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    const hlr_answered no{hlr_operation::bar, imsi_of(1), "not proved", mismatch_kind::number_of_other,
                          "460009999999999"};
    w.must(no, machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
    ASSERT_EQ(w.open_case().blocks.size(), 1U);
    EXPECT_EQ(w.open_case().blocks[0].kind, block_kind::network_mismatch);
    EXPECT_THAT(w.must(no, machine).happened, IsEmpty()) << "the same again says nothing new";
    const auto again = effects_of<hlr_action>(w.must(recheck_network{}, reviewer, channel::staff));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].operation, hlr_operation::bar);
    EXPECT_THAT(w.open_case().blocks, IsEmpty());
    w.must(no, machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
    w.answer_network();
    EXPECT_EQ(w.at_stage(), stage::closed);
    EXPECT_THAT(w.s.mismatches, IsEmpty());
}

TEST(settling, is_not_left_while_the_deletion_is_contradicted) {
    world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    w.must(hlr_answered{hlr_operation::bar, imsi_of(1), "barred"}, machine);
    w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "no", mismatch_kind::number_of_other, "460009999999999"},
           machine);
    EXPECT_EQ(w.at_stage(), stage::settling);
    w.must(hlr_answered{hlr_operation::remove, imsi_of(1), "deleted"}, machine);
    EXPECT_EQ(w.at_stage(), stage::closed);
}

TEST(the_network, that_has_another_number_for_an_imsi_is_left_alone_and_that_number_hears_of_it) {
    world w;
    w.have_line();
    const auto& noted = w.must(hlr_answered{hlr_operation::provision, imsi_of(1), "not done",
                                            mismatch_kind::imsi_serves_other, "+8613900139000"},
                               machine);
    const auto told = effects_of<tell_contest>(noted);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].number.text(), "+8613900139000");
    EXPECT_EQ(told[0].wanted_by, w.s.number.text());
    EXPECT_EQ(w.s.mismatches.size(), 1U);
}

}  // namespace
}  // namespace keepline::domain
