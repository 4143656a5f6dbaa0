// Money at the end of a line and after it: accounts that are named late, the bank's second word, payments for no line.
#include "domain/erasure.hpp"
#include "domain/number/certificate.hpp"
#include "domain/number/risk.hpp"
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

world with_account(const std::string& account, const rules_ptr& rules = repository_rules()) {
    world w;
    w.rules = rules;
    auto line = w.imported();
    line.order.refund_account = account;
    w.must(line, machine);
    return w;
}
rules_ptr asking_first(std::vector<payout> otherwise = {}) {
    return with_policy(repository_rules(), "cn", [&](policy& p) {
        p.payout.account_first = true;
        p.payout.otherwise = otherwise;
    });
}
rules_ptr asking_nobody(int hold_hours = 0) {
    return with_policy(repository_rules(), "cn", [&](policy& p) {
        p.payout.account_first = false;
        p.payout.hold_hours = hold_hours;
    });
}
void apply_until_submission(world& w) {
    w.must(open_closure{});
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    w.prove_by_sms();
}
void names(world& w, const std::string& account) {
    w.must(take_contacts{customer.id, w.s.contacts, account, "zh-CN"}, machine);
}
/// An account that was named lately raises the risk.
void shows_more(world& w) { w.must(record_evidence{evidence_kind::id_document, true, "provider", "digest"}, machine); }
std::int64_t sum(const ledger& books) {
    std::int64_t out = 0;
    for (const auto& [name, minor] : books.balances) out += minor;
    return out;
}

// ------------------------------------------------------------------------------------------------ the account

TEST(payout, where_a_refund_goes_is_asked_for_before_submission) {
    auto w = with_account("", asking_first());
    apply_until_submission(w);
    EXPECT_EQ(w.refused(submit_closure{}), code::account_missing);
    EXPECT_THAT(w.last().refusal->data.front().value, HasSubstr("50.00 CNY"));
    names(w, "account-1");
    shows_more(w);
    w.must(submit_closure{});
    EXPECT_EQ(w.sent().account, "account-1");
}

TEST(payout, nothing_is_asked_for_where_nothing_is_paid_back) {
    world w;
    w.rules = asking_first();
    auto line = w.imported();
    line.order.refund_account.clear();
    line.balance = yuan(0);
    w.must(line, machine);
    apply_until_submission(w);
    w.must(submit_closure{});
}

TEST(payout, an_account_of_a_kind_that_is_not_paid_to_is_missing) {
    const auto sepa_only =
        with_policy(repository_rules(), "cn", [](policy& p) { p.payout.accounts = {base::account_kind::iban}; });
    auto w = with_account("0123456789abcdef.card", sepa_only);
    apply_until_submission(w);
    EXPECT_EQ(w.refused(submit_closure{}), code::account_missing);
    names(w, "0123456789abcdef.iban");
    shows_more(w);
    w.must(submit_closure{});
}

TEST(payout, cash_or_nothing_may_be_chosen_where_the_policy_knows_it) {
    auto w = with_account("", asking_first());
    w.must(open_closure{});
    EXPECT_EQ(w.refused(choose_payout{payout::cash}), code::blocked);
    for (const auto how : {payout::cash, payout::waive}) {
        auto one = with_account("", asking_first({payout::cash, payout::waive}));
        apply_until_submission(one);
        one.must(choose_payout{how});
        EXPECT_THAT(one.must(choose_payout{how}).happened, IsEmpty());
        one.must(submit_closure{});
        EXPECT_EQ(one.refused(choose_payout{payout::account}), code::closure_stage);
        one.delete_profiles();
        one.answer_network();
        EXPECT_EQ(one.at_stage(), stage::closed);
        EXPECT_EQ(one.s.books.customer_money(), 0);
        EXPECT_EQ(sum(one.s.books), 0);
        const auto claims = claims_of(one.s);
        if (how == payout::waive) {
            EXPECT_EQ(claims.money.refund->state, refund_state::waived);
            EXPECT_EQ(one.s.books.of(account::revenue), -5000);
            continue;
        }
        EXPECT_EQ(claims.money.refund->state, refund_state::to_collect);
        const auto id = one.payback().id;
        one.must(refund_answered{id, true}, reviewer);  // handed out: somebody else signs
        EXPECT_EQ(one.payback().state, refund_state::to_collect);
        EXPECT_EQ(one.refused(countersign{one.s.asked.list.back().serial}, reviewer), code::own_application);
        one.must(countersign{one.s.asked.list.back().serial}, second_reviewer);
        EXPECT_EQ(one.payback().state, refund_state::settled);
        EXPECT_EQ(sum(one.s.books), 0);
    }
}

TEST(payout, a_refund_without_an_account_waits_and_goes_on_proof_and_after_the_hold_by_itself) {
    auto w = with_account("", asking_nobody(72));
    w.close_low();
    EXPECT_THAT(effects_of<pay_refund>(w.last()), IsEmpty());
    EXPECT_EQ(w.payback().state, refund_state::waiting);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_EQ(claims_of(w.s).money.refund->state, refund_state::waiting);
    EXPECT_EQ(claims_of(w.s).money.still_owed_to_customer, yuan(0));
    EXPECT_EQ(w.refused(pay_refund_again{{w.saved_code()}}), code::blocked);

    names(w, "account-9");
    EXPECT_THAT(told_in(w.last()), Contains("refund_account_changed>mail-1"));
    EXPECT_THAT(effects_of<pay_refund>(w.last()), IsEmpty()) << "a token alone does not send money anywhere";
    EXPECT_EQ(w.refused(pay_refund_again{}), code::evidence_too_weak);
    const auto named_at = w.now;
    const auto& proved = w.must(pay_refund_again{{w.saved_code()}});
    EXPECT_THAT(effects_of<pay_refund>(proved), IsEmpty());
    EXPECT_THAT(told_in(proved), Contains("refund_held>mail-1"));
    EXPECT_EQ(number::next_due(w.s), named_at + base::hours{72});
    w.now = named_at + base::hours{72} - base::seconds{1};
    EXPECT_THAT(w.must(tick{}, machine).happened, IsEmpty());
    w.now = w.now + base::seconds{1};
    const auto paid = effects_of<pay_refund>(w.must(tick{}, machine));
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_EQ(paid[0].account, "account-9");
    EXPECT_THAT(told_in(w.last()), Contains("refund_ordered>mail-1"));
    EXPECT_EQ(w.s.books.customer_money(), 0);
    EXPECT_THAT(effects_of<pay_refund>(w.must(tick{}, machine)), IsEmpty());
}

TEST(payout, another_account_named_during_the_hold_ends_it) {
    auto w = with_account("", asking_nobody(72));
    w.close_low();
    names(w, "account-9");
    w.must(pay_refund_again{{w.saved_code()}});
    names(w, "the thief's");
    EXPECT_EQ(w.payback().state, refund_state::waiting);
    w.now = w.now + base::days{5};
    EXPECT_THAT(effects_of<pay_refund>(w.must(tick{}, machine)), IsEmpty());
}

TEST(payout, an_authoritys_order_holds_it_up) {
    auto w = with_account("", asking_nobody(72));
    w.close_low();
    names(w, "account-9");
    w.must(pay_refund_again{{w.saved_code()}});
    w.s.subscription->legal_hold = "order 7";
    w.now = w.now + base::days{5};
    EXPECT_THAT(effects_of<pay_refund>(w.must(tick{}, machine)), IsEmpty());
}

TEST(payout, again_and_again_takes_two_and_so_does_an_account_that_one_named_alone) {
    world w;
    w.have_line();
    w.close_low();
    w.must(refund_answered{w.payback().id, false}, machine);
    auto named_by_a_system = w;
    w.must(pay_refund_again{{w.saved_code()}});
    EXPECT_EQ(w.payback().state, refund_state::ordered) << "once, to the account that was named when applying";
    // A system says "returned" of whatever goes, and a code goes with each: that never ended.
    w.must(refund_answered{w.payback().id, false}, machine);
    EXPECT_THAT(names_of(w.must(pay_refund_again{{w.saved_code("saved-2")}})), Contains("second_wanted"));
    EXPECT_EQ(w.payback().state, refund_state::returned);

    auto& s = named_by_a_system;
    s.must(take_contacts{customer.id, s.s.contacts, s.s.subscription->refund_account, "zh-CN", {}, true}, machine);
    EXPECT_THAT(names_of(s.must(pay_refund_again{{s.saved_code()}})), Contains("second_wanted"))
        << "its owner never said that it is theirs";
}

TEST(payout, an_order_that_an_authority_gives_after_the_end_keeps_all_money_here) {
    auto w = with_account("", asking_nobody(72));
    w.close_low();
    names(w, "account-9");
    w.must(pay_refund_again{{w.saved_code()}});
    w.must(add_money{booking_kind::payment, yuan(500), "late"}, machine);
    w.must(set_legal_hold{"order 7"}, clerk);
    EXPECT_EQ(w.refused(pay_refund_again{{w.saved_code()}}), code::blocked);
    EXPECT_EQ(w.refused(return_money{1, false, {}, {}}, clerk), code::blocked);
    w.now = w.s.held->last() + base::days{1};
    EXPECT_THAT(effects_of<pay_refund>(w.must(tick{}, machine)), IsEmpty());
    ASSERT_TRUE(w.s.subscription.has_value()) << "the number is not released, nor its owner forgotten";
    EXPECT_THAT(names_of(w.must(set_legal_hold{""}, clerk)), ElementsAre("second_wanted"));
    w.must(countersign{w.s.asked.list.back().serial}, reviewer);
    EXPECT_THAT(effects_of<pay_refund>(w.must(tick{}, machine)), ::testing::SizeIs(1));
}

TEST(payout, an_order_that_comes_while_the_line_settles_keeps_the_refund) {
    world w;
    w.have_line();
    apply_until_submission(w);
    w.must(submit_closure{});
    w.delete_profiles();
    ASSERT_EQ(at(w.open_case()), stage::settling);
    w.must(set_legal_hold{"order 7"}, clerk);
    w.answer_network();
    EXPECT_NE(w.payback().state, refund_state::ordered);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
}

TEST(payout, nothing_is_charged_while_an_authority_has_it_kept) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::top_up, yuan(4000), "t"}, machine);
    w.must(set_legal_hold{"order 7"}, clerk);
    const auto before = w.s.books;
    for (const auto& by : {machine, clerk})
        EXPECT_EQ(w.refused(charge_line{yuan(4000), "use", "c-1"}, by), code::blocked);
    EXPECT_EQ(w.s.books, before);
}

// ------------------------------------------------------------------------------------------------ the bank

struct reordered {
    world w;
    std::string first;
    std::string second;
};
reordered paid_again() {
    reordered out;
    out.w.have_line();
    out.w.close_low();
    out.first = out.w.payback().id;
    out.w.must(refund_answered{out.first, false}, machine);
    names(out.w, "account-2");
    out.w.must(pay_refund_again{{out.w.saved_code()}});  // to another account: two
    out.w.must(countersign{out.w.s.asked.list.back().serial}, reviewer);
    out.second = out.w.payback().id;
    return out;
}
void bank_says(world& w, const std::string& id, bool settled) {
    w.must(refund_answered{id, settled}, machine);
    if (!w.s.asked.list.empty() && w.s.asked.list.back().waits(w.now))
        w.must(countersign{w.s.asked.list.back().serial}, reviewer);
}

TEST(bank, a_late_word_for_an_earlier_order_is_booked_and_nothing_is_paid_by_it) {
    auto of = paid_again();
    EXPECT_THAT(of.w.must(refund_answered{of.first, false}, machine).happened, IsEmpty()) << "said before";
    of.w.must(refund_answered{of.first, true}, machine);
    EXPECT_EQ(of.w.s.books.of(account::overpaid), 0) << "one machine does not contradict the bank";
    const auto& done = of.w.must(countersign{of.w.s.asked.list.back().serial}, reviewer);
    EXPECT_THAT(names_of(done), Contains("refund_contradicted"));
    EXPECT_THAT(effects_of<pay_refund>(done), IsEmpty());
    EXPECT_EQ(of.w.s.books.of(account::overpaid), 5000) << "it has left twice: to be had back from the bank";
    EXPECT_EQ(of.w.payback().id, of.second);
    EXPECT_EQ(of.w.payback().state, refund_state::ordered);
    EXPECT_EQ(sum(of.w.s.books), 0);
    bank_says(of.w, of.second, false);  // and so it is
    EXPECT_EQ(of.w.s.books.of(account::overpaid), 0);
    EXPECT_EQ(of.w.s.books.customer_money(), 0) << "they have it by the first";
    EXPECT_EQ(of.w.refused(pay_refund_again{{of.w.saved_code()}}), code::closure_stage);
}

TEST(bank, what_people_asked_about_its_word_is_void_once_it_has_spoken) {
    auto of = paid_again();
    const auto id = of.second;
    const auto wanted = of.w.must(refund_answered{id, true}, reviewer).happened.size();
    ASSERT_EQ(wanted, 1U);
    const auto serial = of.w.s.asked.list.back().serial;
    of.w.must(refund_answered{id, false}, machine);
    EXPECT_EQ(of.w.refused(countersign{serial}, second_reviewer), code::changed_since);
    EXPECT_EQ(refund_state_of(of.w.s, id), refund_state::returned);
}

TEST(bank, books_add_up_and_nothing_is_lost_whatever_the_bank_says_in_whatever_order) {
    for (unsigned order = 0; order < 256; ++order) {
        auto of = paid_again();
        for (unsigned i = 0; i < 4; ++i) {
            const auto which = (order >> (2 * i)) & 3U;
            bank_says(of.w, (which & 1U) != 0 ? of.first : of.second, (which & 2U) != 0);
        }
        const auto& back = of.w.payback();
        const auto paid = (back.state == refund_state::settled ? 1 : 0) +
                          (back.earlier.front().state == refund_state::settled ? 1 : 0);
        const auto under_way = back.state == refund_state::ordered ? 5000 : 0;
        EXPECT_EQ(sum(of.w.s.books), 0) << order;
        // 5000 came in; what is out, what is on its way and what is still here make that, and no more but what is had
        // back.
        EXPECT_EQ(of.w.s.books.of(account::cash), 5000 - 5000 * paid) << order;
        EXPECT_EQ(-of.w.s.books.of(account::refund), under_way) << order;
        EXPECT_EQ(of.w.s.books.customer_money() + under_way - of.w.s.books.of(account::overpaid), 5000 - 5000 * paid)
            << order;
    }
}

TEST(bank, what_is_said_again_of_a_refund_that_was_held_since_is_booked_once) {
    auto of = paid_again();
    auto& w = of.w;
    bank_says(w, of.second, false);
    w.rules = asking_nobody(72);
    names(w, "account-3");
    w.must(pay_refund_again{{w.saved_code("saved-2")}});
    w.must(countersign{w.s.asked.list.back().serial}, reviewer);
    ASSERT_EQ(w.payback().state, refund_state::held);
    bank_says(w, of.first, true);  // after all: there is nothing left that could be paid
    EXPECT_EQ(w.s.books.customer_money(), 0);
    w.now = w.payback().go_at.value();
    EXPECT_THAT(names_of(w.must(tick{}, machine)), Contains("payout_waits"));
    EXPECT_EQ(w.payback().state, refund_state::returned);
    EXPECT_EQ(w.payback().id, of.second);
    const auto books = w.s.books;
    EXPECT_THAT(w.must(refund_answered{of.second, false}, machine).happened, IsEmpty());
    EXPECT_EQ(w.s.books, books);
    EXPECT_EQ(sum(w.s.books), 0);
}

TEST(bank, that_cash_was_handed_out_is_said_by_two_whoever_says_it) {
    auto w = with_account("", asking_first({payout::cash}));
    w.must(open_closure{});
    w.must(choose_payout{payout::cash});
    w.must(accept_quote{1, {}});
    w.must(decline_backup{});
    w.prove_by_sms();
    w.must(submit_closure{});
    w.delete_profiles();
    w.answer_network();
    const auto id = w.payback().id;
    ASSERT_EQ(w.payback().state, refund_state::to_collect);
    for (const bool settled : {true, false}) {
        EXPECT_THAT(names_of(w.must(refund_answered{id, settled}, machine)), ElementsAre("second_wanted"));
        EXPECT_EQ(w.payback().state, refund_state::to_collect);
    }
    w.must(countersign{1}, reviewer);
    EXPECT_EQ(w.payback().state, refund_state::settled);
}

TEST(payout, only_its_owner_gives_a_refund_up_alone_and_every_choice_is_told) {
    auto w = with_account("", asking_first({payout::cash, payout::waive}));
    w.must(open_closure{});
    for (const auto& by : {clerk, machine}) {
        auto other = w;
        EXPECT_THAT(names_of(other.must(choose_payout{payout::waive}, by)), ElementsAre("second_wanted"));
        EXPECT_EQ(other.s.asked.list.back().what, act::waive_refund);
        EXPECT_EQ(other.open_case().paid_by, payout::account);
    }
    w.must(choose_payout{payout::waive}, clerk);
    EXPECT_THAT(names_of(w.must(choose_payout{payout::cash}, clerk)), ElementsAre("second_wanted"));
    EXPECT_THAT(told_in(w.must(countersign{2}, reviewer)), Contains("payout_chosen>mail-1"));
    EXPECT_EQ(w.open_case().paid_by, payout::cash);
    EXPECT_EQ(w.refused(countersign{1}, reviewer), code::changed_since) << "it was asked about another choice";
    w.must(choose_payout{payout::waive}, clerk);
    EXPECT_THAT(told_in(w.must(countersign{3}, reviewer)), Contains("payout_chosen>mail-1"));
    EXPECT_EQ(w.open_case().paid_by, payout::waive);
    for (const auto& by : {clerk, machine})
        EXPECT_THAT(names_of(w.must(choose_payout{payout::account}, by)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.asked.list.back().what, act::pay_to_account) << "what was chosen is nobody's alone to undo";
    EXPECT_EQ(w.open_case().paid_by, payout::waive);
    w.must(choose_payout{payout::account});  // what is theirs again
    w.must(choose_payout{payout::waive});
    EXPECT_EQ(w.open_case().paid_by, payout::waive);
}

TEST(bank, a_word_about_somebody_who_has_the_number_no_longer_is_kept_as_money_without_a_line) {
    world w;
    w.have_line();
    w.close_low();
    const auto id = w.payback().id;
    w.must(certificate_signed{1, "a.b.c"}, machine);
    while (w.s.subscription) w.tick_when_due();
    w.must(refund_answered{id, false}, machine);
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_EQ(w.s.unclaimed[0].owner, customer.id);
    EXPECT_EQ(w.s.unclaimed[0].generation, 1);
    EXPECT_EQ(w.s.unclaimed[0].amount, yuan(5000));
    EXPECT_THAT(obstacles_in(w.s, customer.id, *w.rules, w.now), Contains(obstacle::refund));
    bank_says(w, id, true);
    EXPECT_FALSE(w.s.unclaimed[0].waits());
}

TEST(bank, what_came_back_and_was_not_paid_again_outlives_the_number) {
    world w;
    w.have_line();
    w.close_low();
    w.must(refund_answered{w.payback().id, false}, machine);
    w.must(certificate_signed{1, "a.b.c"}, machine);
    while (w.s.subscription) w.tick_when_due();
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_EQ(w.s.unclaimed[0].amount, yuan(5000));
    EXPECT_EQ(w.s.unclaimed[0].why, unclaimed_why::refund_returned);
}

// ------------------------------------------------------------------------------------------------ without a line

add_money payment(const std::string& reference, std::int64_t minor = 500) {
    return {booking_kind::payment, yuan(minor), reference};
}
world ended() {
    world w;
    w.have_line();
    w.must(payment("before"), machine);
    w.close_low();
    EXPECT_EQ(w.at_stage(), stage::closed);
    return w;
}

TEST(unclaimed, a_payment_for_a_line_that_has_ended_is_kept_told_and_counted_once) {
    auto w = ended();
    const auto books = w.s.books;
    EXPECT_THAT(w.must(payment("before"), machine).happened, IsEmpty()) << "it was the line's";
    const auto& taken = w.must(payment("late"), machine);
    EXPECT_THAT(told_in(taken), Contains("money_unclaimed>mail-1"));
    EXPECT_THAT(w.must(payment("late"), machine).happened, IsEmpty());
    EXPECT_EQ(w.refused(add_money{booking_kind::bonus, yuan(5), "gift"}, machine), code::line_missing);
    EXPECT_EQ(w.refused(add_money{booking_kind::top_up, {5, "EUR"}, "eur"}, machine), code::money_mismatch);
    EXPECT_EQ(w.s.books, books) << "it is in no line's books";
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    EXPECT_TRUE(w.s.unclaimed[0].waits());
    EXPECT_EQ(w.s.unclaimed[0].generation, 1);
    EXPECT_EQ(w.s.unclaimed[0].why, unclaimed_why::line_ended);
}

TEST(unclaimed, a_payment_between_the_bar_and_the_end_changes_no_bill) {
    world w;
    w.have_line();
    w.submit_low();
    w.delete_profiles();
    ASSERT_EQ(w.at_stage(), stage::settling);
    w.must(payment("between"), machine);
    w.answer_network();
    EXPECT_EQ(w.payback().amount, yuan(5000)) << "what was quoted is what is paid back";
    EXPECT_EQ(w.s.unclaimed.at(0).why, unclaimed_why::line_settling);
}

TEST(unclaimed, goes_back_to_its_owner_when_two_people_say_so_and_one_of_them_is_not_who_reported_it) {
    auto w = ended();
    w.must(payment("late"), clerk);
    EXPECT_EQ(w.refused(return_money{1, false, {}, {}}), code::forbidden);
    const auto& asked = w.must(return_money{1, false, {}, {}}, clerk);
    EXPECT_THAT(effects_of<pay_refund>(asked), IsEmpty());
    EXPECT_EQ(w.refused(countersign{1}, clerk), code::forbidden);
    const auto& done = w.must(countersign{1}, reviewer);
    const auto paid = effects_of<pay_refund>(done);
    ASSERT_EQ(paid.size(), 1U);
    EXPECT_EQ(paid[0].amount, yuan(500));
    EXPECT_EQ(paid[0].account, "account-1");
    EXPECT_EQ(paid[0].subscriber, customer.id);
    EXPECT_NE(paid[0].id, w.payback().id);
    EXPECT_LE(paid[0].id.size(), 35U);
    EXPECT_THAT(told_in(done), Contains("money_returned>mail-1"));
    EXPECT_EQ(w.refused(return_money{1, false, {}, {}}, clerk), code::closure_stage);
    w.must(refund_written{paid[0].id, "file-1"}, machine);
    w.must(refund_answered{paid[0].id, false}, machine);
    EXPECT_TRUE(w.s.unclaimed[0].waits()) << "staff see it again";
    w.must(return_money{1, true, "payer's", named("p_payer-1")}, clerk);
    const auto again = effects_of<pay_refund>(w.must(countersign{w.s.asked.list.back().serial}, reviewer));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_NE(again[0].id, paid[0].id);
    EXPECT_EQ(again[0].subscriber, named("p_payer-1"));
    w.must(refund_answered{again[0].id, true}, machine);
    EXPECT_FALSE(w.s.unclaimed[0].waits());
}

TEST(unclaimed, who_reported_the_payment_does_not_sign_for_it) {
    auto w = ended();
    const actor boss{role::admin, named("boss")};
    w.must(payment("late"), boss);
    w.must(return_money{1, true, "payer's", named("p_payer-1")}, clerk);
    EXPECT_EQ(w.refused(countersign{1}, boss), code::own_application);
    EXPECT_EQ(effects_of<pay_refund>(w.must(countersign{1}, reviewer)).size(), 1U);
}

TEST(unclaimed, an_account_that_was_named_since_is_held_first) {
    auto w = ended();
    w.rules = asking_nobody(72);
    w.must(payment("late"), machine);
    names(w, "account-9");
    w.must(return_money{1, false, {}, {}}, clerk);
    EXPECT_THAT(effects_of<pay_refund>(w.must(countersign{1}, reviewer)), IsEmpty());
    const auto until = w.now + base::hours{72};
    EXPECT_EQ(number::next_due(w.s), until);
    w.now = until;
    EXPECT_EQ(effects_of<pay_refund>(w.must(tick{}, machine)).at(0).account, "account-9");
}

TEST(unclaimed, is_the_owners_again_when_they_take_the_number_back) {
    auto w = ended();
    w.must(payment("late"), machine);
    const auto before = w.s.books.customer_money();
    w.see_in_person();
    w.signed_by(reviewer, reinstate_line{}, customer);
    EXPECT_EQ(w.s.books.customer_money(), before + 500);
    EXPECT_FALSE(w.s.unclaimed[0].waits());
    EXPECT_EQ(sum(w.s.books), 0);
}

TEST(unclaimed, is_brought_by_hand_within_the_same_bounds_and_looked_at_when_it_is_the_lines) {
    auto w = ended();
    const auto most = w.own_policy().by_hand.line_max_minor;
    EXPECT_THAT(names_of(w.must(payment("huge", 90'000'000), clerk, channel::counter)), ElementsAre("second_wanted"));
    EXPECT_EQ(w.s.asked.list.back().what, act::bring_money);
    w.must(payment("most", most), clerk, channel::counter);
    EXPECT_THAT(names_of(w.must(payment("more", 1), clerk, channel::counter)), ElementsAre("second_wanted"));
    auto over = payment("over", 1);
    over.over_budget = true;
    EXPECT_THAT(names_of(w.must(over, clerk, channel::counter)), ElementsAre("second_wanted"));
    ASSERT_EQ(w.s.unclaimed.size(), 1U);
    w.see_in_person();
    w.signed_by(reviewer, reinstate_line{}, customer);
    ASSERT_FALSE(w.s.moved.empty());
    EXPECT_EQ(w.s.moved.back().by, money_hand::staff);
    EXPECT_EQ(w.s.moved.back().minor, most);
    EXPECT_FALSE(w.s.moved.back().by_two);
    EXPECT_THAT(assess(w.s, w.own_policy(), w.now, {}).facts, Contains("money_brought"));
    EXPECT_THAT(names_of(w.must(payment("again", 1), clerk, channel::counter)), ElementsAre("second_wanted"))
        << "it is the line's by now, and brought all the same";
}

TEST(unclaimed, for_a_number_that_nobody_has_the_strictest_policy_bounds_it) {
    auto w = ended();
    w.must(certificate_signed{1, "a.b.c"}, machine);
    while (w.s.subscription) w.tick_when_due();
    const auto most = w.rules->policies.by_hand_in("CNY").line_max_minor;
    w.must(payment("most", most), clerk, channel::counter);
    EXPECT_THAT(names_of(w.must(payment("more", 1), clerk, channel::counter)), ElementsAre("second_wanted"));
    const add_money in_euro{booking_kind::payment, {1, "XTS"}, "no policy is in it"};
    EXPECT_THAT(names_of(w.must(in_euro, clerk, channel::counter)), ElementsAre("second_wanted"));
}

TEST(unclaimed, of_staff_leaves_places_for_what_customers_really_pay) {
    auto w = ended();
    for (int i = 0; i < 16; ++i) w.must(payment("cent-" + std::to_string(i), 1), clerk, channel::counter);
    EXPECT_EQ(w.refused(payment("one more", 1), clerk), code::too_many);
    w.must(payment("late", 90'000), machine);
    EXPECT_EQ(w.s.unclaimed.back().amount, yuan(90'000));
}

TEST(unclaimed, the_payers_account_is_destroyed_when_nobody_signs_and_some_time_after_they_were_paid) {
    auto w = ended();
    w.must(payment("late"), machine);
    w.must(return_money{1, true, "payer's", named("p_payer-1")}, clerk);
    EXPECT_EQ(payer_of(w.s, 1, w.now), named("p_payer-1"));
    EXPECT_EQ(w.refused(return_money{1, true, "a thief's", named("p_payer-9")}, clerk), code::blocked)
        << "whoever signs reads the account of one, and would sign for the other";
    EXPECT_EQ(w.refused(record_payer_read{1, ""}, reviewer), code::invalid);
    EXPECT_THAT(names_of(w.must(record_payer_read{1, "before I sign"}, reviewer)), ElementsAre("payer_read"));
    const auto& no = w.must(refuse_second{1, "Their bank knows nothing of it"}, reviewer);
    ASSERT_EQ(effects_of<forget_payer>(no).size(), 1U);
    EXPECT_EQ(effects_of<forget_payer>(no)[0].payee, named("p_payer-1"));
    EXPECT_TRUE(payer_of(w.s, 1, w.now).empty());
    EXPECT_EQ(w.refused(record_payer_read{1, "after it was refused"}, reviewer), code::not_found);

    w.must(return_money{1, true, "payer's", named("p_payer-2")}, clerk);
    w.now = *w.s.asked.next_expiry();
    EXPECT_EQ(effects_of<forget_payer>(w.must(tick{}, machine)).at(0).payee, named("p_payer-2"));

    w.must(return_money{1, true, "payer's", named("p_payer-3")}, clerk);
    const auto id = effects_of<pay_refund>(w.must(countersign{w.s.asked.made}, reviewer)).at(0).id;
    EXPECT_THAT(effects_of<forget_payer>(w.last()), IsEmpty());
    w.must(refund_answered{id, true}, machine);
    EXPECT_EQ(payer_of(w.s, 1, w.now), named("p_payer-3")) << "the bank may still say something else";
    w.now = w.now + base::days{w.own_policy().payout.payer_days};
    const auto& late = w.must(tick{}, machine);
    EXPECT_EQ(effects_of<forget_payer>(late).at(0).payee, named("p_payer-3"));
    EXPECT_TRUE(payer_of(w.s, 1, w.now).empty());
    EXPECT_THAT(effects_of<forget_payer>(w.must(tick{}, machine)), IsEmpty());
}

TEST(unclaimed, is_never_the_next_owners) {
    auto w = ended();
    w.must(certificate_signed{1, "a.b.c"}, machine);
    w.must(payment("late"), machine);
    while (w.s.subscription) w.tick_when_due();
    w.must(payment("later"), machine);
    EXPECT_THAT(w.must(payment("before"), machine).happened, IsEmpty()) << "a payment of the old owner, once more";
    auto next = w.imported();
    next.order.subscriber = named("sb-2");
    next.order.profiles = {{iccid_of(5), imsi_of(5), eid_of(5), profile_state::enabled}};
    w.must(next, machine);
    ASSERT_EQ(w.s.unclaimed.size(), 2U);
    EXPECT_EQ(w.s.books.customer_money(), 5000);
    EXPECT_THAT(w.must(payment("late"), machine).happened, IsEmpty());
    EXPECT_EQ(w.s.unclaimed[1].why, unclaimed_why::number_released);
    EXPECT_EQ(w.s.unclaimed[1].owner, customer.id);
    EXPECT_EQ(w.refused(return_money{1, false, {}, {}}, clerk), code::blocked) << "the number is somebody else's";
    w.must(return_money{1, true, "payer's", named("p_payer-1")}, clerk);
}

}  // namespace
}  // namespace keepline::domain
