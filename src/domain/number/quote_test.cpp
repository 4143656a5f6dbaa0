// Eligibility and the quote: everything that stands in the way at once, each with its price; and a price that stays.
#include "domain/number/quote.hpp"

#include "domain/number/eligibility.hpp"
#include "domain/number/risk.hpp"
#include "domain/test_world.hpp"

#include <gmock/gmock.h>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<block_kind> kinds_of(const std::vector<block>& blocks) {
    std::vector<block_kind> out;
    for (const auto& one : blocks) out.push_back(one.kind);
    return out;
}

TEST(eligibility, every_block_comes_in_the_first_answer_the_priced_ones_first) {
    world w;
    auto what = w.imported();
    what.debt = yuan(1200);
    what.term = contract{day("2026-12-31"), yuan(5900), yuan(20000), "contract-7"};
    what.products = {{named("tv"), "broadband", yuan(1500)}};
    w.must(what, machine);
    w.must(set_port_out{true}, machine);
    w.must(set_legal_hold{"order-9"}, clerk);
    w.must(set_customer_lock{true});
    w.must(note_sim_change{}, machine);

    w.must(open_closure{});
    const auto& blocks = w.open_case().blocks;
    using enum block_kind;
    EXPECT_THAT(kinds_of(blocks),
                ElementsAre(debt, contract_term, linked_products, port_out, legal_hold, customer_lock, recent_change));
    EXPECT_EQ(blocks[0].price, yuan(1200));
    EXPECT_EQ(blocks[0].by, lift::pay_or_offset);
    EXPECT_EQ(blocks[1].price, yuan(20000));
    EXPECT_EQ(blocks[1].reference, "contract-7");
    EXPECT_EQ(blocks[1].until, at("2026-12-31T16:00:00Z"));  // 24:00 in Shanghai
    EXPECT_EQ(blocks[2].price, yuan(1500));
    EXPECT_EQ(blocks[3].by, lift::cancel_port);
    EXPECT_EQ(blocks[4].reference, "order-9");
    EXPECT_EQ(blocks[6].until, w.now + base::days{7});
    ASSERT_TRUE(w.open_case().offer.has_value());
    EXPECT_EQ(charges(*w.open_case().offer), 1200 + 20000 + 1500);
    EXPECT_EQ(w.open_case().offer->to_pay, yuan(22700 - 5000));
}

TEST(eligibility, a_fraud_hold_is_a_block_for_staff) {
    world w;
    w.have_line();
    w.s.subscription->fraud_hold = true;
    EXPECT_THAT(kinds_of(blocks_of(w.s, w.own_policy(), {w.now, w.rules.get(), customer, channel::web})),
                ElementsAre(block_kind::fraud_hold));
}

TEST(eligibility, a_change_of_contacts_locks_closing_for_days_then_falls_away_by_itself) {
    world w;
    w.have_line();
    w.must(take_contacts{customer.id, {{named("mail-2"), medium::mail, true, w.now, {}, {}}}, "", "zh-CN"}, machine);
    w.must(open_closure{});
    ASSERT_THAT(kinds_of(w.open_case().blocks), ElementsAre(block_kind::recent_change));
    EXPECT_EQ(w.open_case().blocks[0].until, w.now + base::days{3});
    w.pass(base::days{3});
    w.must(ask_quote{});
    EXPECT_TRUE(w.open_case().blocks.empty());
}

TEST(eligibility, a_month_counts_when_it_has_begun) {
    EXPECT_EQ(months_left(day("2026-03-15"), day("2026-03-31")), 1);
    EXPECT_EQ(months_left(day("2026-03-15"), day("2026-04-15")), 1);
    EXPECT_EQ(months_left(day("2026-03-15"), day("2026-04-16")), 2);
    EXPECT_EQ(months_left(day("2026-03-31"), day("2027-03-31")), 12);
}

TEST(eligibility, a_contracts_own_fee_wins_over_the_policys_share_and_the_cap_over_both) {
    const closing_fee share{fee_kind::remaining_contract_percent, {}, 30, {}};
    const closing_fee capped{fee_kind::remaining_contract_percent, {}, 30, yuan(1000)};
    const contract plain{day("2026-06-02"), yuan(5000), {}, "p"};
    const contract with_fee{day("2026-06-02"), yuan(5000), yuan(7000), "p"};
    EXPECT_EQ(contract_price(plain, share, day("2026-03-02")), yuan(4500));
    EXPECT_EQ(contract_price(plain, capped, day("2026-03-02")), yuan(1000));
    EXPECT_EQ(contract_price(with_fee, share, day("2026-03-02")), yuan(7000));
    EXPECT_EQ(contract_price(plain, {}, day("2026-03-02")), yuan(0));
}

TEST(risk, facts_of_the_journal_raise_it_to_the_policys_level) {
    world w;
    w.have_line();
    const auto& p = w.own_policy();
    EXPECT_EQ(assess(w.s, p, w.now, {}).level, risk_level::low);
    EXPECT_EQ(assess(w.s, p, w.now, {"channel_mismatch", "made up"}).facts,
              std::vector<std::string>{"channel_mismatch"});
    EXPECT_EQ(assess(w.s, p, w.now, {"bulk_pattern"}).level, risk_level::high);

    w.s.subscription->since = w.now - base::days{3};
    EXPECT_EQ(assess(w.s, p, w.now, {}).level, risk_level::medium);
    w.s.subscription->locked_since = w.now;
    const auto found = assess(w.s, p, w.now, {});
    EXPECT_EQ(found.level, risk_level::high);
    EXPECT_THAT(found.facts, UnorderedElementsAre("young_line", "lost_device"));
}

TEST(risk, every_fact_is_known_to_the_policies) {
    // A fact that no policy weighs would be a lock without a key.
    world w;
    w.have_line();
    auto& l = *w.s.subscription;
    l.sim_changed_at = l.contacts_changed_at = l.refund_account_changed_at = l.locked_since = w.now;
    l.since = w.now;
    l.customer_lock = true;
    l.customer_unlocked_at = w.now;
    w.s.memory.held_at = w.now;
    w.s.current.emplace().otp.wrong = 3;
    w.s.moved.push_back({w.now, money_hand::staff, w.own_policy().risk.money_by_hand_minor});
    const auto found = assess(w.s, w.own_policy(), w.now, {"bulk_pattern", "channel_mismatch"});
    EXPECT_EQ(found.facts.size(), 11U);
    for (const auto& fact : found.facts) EXPECT_TRUE(w.own_policy().risk.levels.contains(fact)) << fact;
}

// ------------------------------------------------------------------------------------------------ the quote

TEST(quote, names_money_and_dates) {
    world w;
    w.have_line();
    w.must(add_money{booking_kind::bonus, yuan(700), "gift-1"}, machine);
    w.must(open_closure{});
    const auto& q = *w.open_case().offer;
    EXPECT_EQ(q.number, 1);
    EXPECT_EQ(q.to_pay, yuan(0));
    EXPECT_EQ(q.to_refund, yuan(5000));
    EXPECT_THAT(q.items, ElementsAre(quote_item{quote_item_kind::prepaid_refund, yuan(5000)},
                                     quote_item{quote_item_kind::bonus_forfeited, yuan(700)}));
    EXPECT_EQ(q.expires_at, w.now + base::hours{72});
    EXPECT_EQ(base::iso(q.review_due), "2026-03-11");  // seven working days after Monday 2 March
    EXPECT_FALSE(q.review_due_provisional);
    EXPECT_EQ(q.quarantine_until, day("2026-03-02") + 90);
}

TEST(quote, a_number_that_was_harassed_rests_longer_and_the_quote_says_so) {
    world w;
    w.have_line();
    w.must(open_closure{closing_reason::harassment, {}});
    EXPECT_EQ(w.open_case().offer->quarantine_until, day("2026-03-02") + 365);
}

TEST(quote, past_the_calendar_its_date_is_provisional) {
    world w;
    w.now = at("2026-12-28T02:00:00Z");
    w.have_line();
    w.must(open_closure{});
    EXPECT_TRUE(w.open_case().offer->review_due_provisional);
}

TEST(quote, inside_its_time_asking_again_gives_the_same_one) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.pass(base::hours{71});
    EXPECT_TRUE(w.must(ask_quote{}).happened.empty());
    w.pass(base::hours{1});
    w.must(ask_quote{});
    EXPECT_EQ(w.open_case().offer->number, 2);
}

TEST(quote, money_that_came_in_makes_a_new_one_when_asked) {
    world w;
    w.have_line();
    w.must(open_closure{});
    w.must(add_money{booking_kind::top_up, yuan(100), "pay-1"}, machine);
    EXPECT_EQ(w.open_case().offer->number, 1);
    w.must(ask_quote{});
    EXPECT_EQ(w.open_case().offer->number, 2);
    EXPECT_EQ(w.open_case().offer->to_refund, yuan(5100));
}

TEST(quote, a_dearer_policy_does_not_reach_into_a_running_one) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.fee = {fee_kind::fixed, yuan(500), 0, {}}; });
    auto what = w.imported();
    what.products = {{named("tv"), "broadband", yuan(300)}};
    w.must(what, machine);
    w.must(open_closure{});
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.fee = {fee_kind::fixed, yuan(900), 0, {}}; });
    w.must(link_product{{named("tv"), "broadband", yuan(800)}}, machine);
    w.must(add_money{booking_kind::top_up, yuan(100), "pay-1"}, machine);

    w.must(ask_quote{});
    EXPECT_EQ(w.open_case().offer->number, 2);
    EXPECT_EQ(charges(*w.open_case().offer), 500 + 300);
    w.pass(base::hours{72});
    w.must(ask_quote{});
    EXPECT_EQ(charges(*w.open_case().offer), 900 + 800);
}

TEST(quote, only_the_newest_binds_and_not_for_ever) {
    world w;
    w.have_line();
    w.must(open_closure{});
    EXPECT_EQ(w.refused(accept_quote{2, {}}), code::quote_expired);
    w.pass(base::hours{72});
    EXPECT_EQ(w.refused(accept_quote{1, {}}), code::quote_expired);
    w.must(ask_quote{});
    w.must(accept_quote{2, {}});
    EXPECT_TRUE(w.must(accept_quote{2, {}}).happened.empty());
}

TEST(quote, every_linked_product_is_named_to_be_detached) {
    world w;
    auto what = w.imported();
    what.products = {{named("tv"), "broadband", yuan(0)}};
    w.must(what, machine);
    w.must(open_closure{});
    EXPECT_EQ(w.refused(accept_quote{1, {}}), code::blocked);
    w.must(accept_quote{1, {named("tv")}});
}

TEST(eligibility, a_contract_binds_on_its_last_day_and_not_on_the_day_after) {
    const auto bound_on = [](std::string_view moment) {
        world w;
        auto what = w.imported();
        what.term = contract{day("2026-03-10"), yuan(5900), yuan(20000), "contract-7"};
        w.must(what, machine);
        w.now = at(moment);
        w.must(open_closure{});
        return std::ranges::count(kinds_of(w.open_case().blocks), block_kind::contract_term) == 1;
    };
    EXPECT_TRUE(bound_on("2026-03-09T16:00:00Z")) << "the last day begins in Shanghai";
    EXPECT_TRUE(bound_on("2026-03-10T15:59:59Z")) << "and is not over";
    EXPECT_FALSE(bound_on("2026-03-10T16:00:00Z"));
}

TEST(quote, exactly_the_smallest_payment_is_promised) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.refund_min_minor = 5000; });
    w.have_line();
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().offer->to_refund, yuan(5000));
}

TEST(quote, below_the_smallest_payment_it_promises_no_refund) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.closing.refund_min_minor = 6000; });
    w.have_line();
    w.must(open_closure{});
    EXPECT_EQ(w.open_case().offer->to_refund, yuan(0));
}

TEST(quote, a_kinder_fee_lowers_it_and_a_dearer_one_never_raises_it) {
    quote q;
    q.items = {{quote_item_kind::closing_fee, yuan(500)}, {quote_item_kind::contract_fee, yuan(4500)}};
    const contract term{day("2026-06-02"), yuan(5000), {}, "p"};
    closure_terms terms;
    terms.fee = {fee_kind::fixed, yuan(900), 0, {}};
    EXPECT_EQ(quoted(kindest(q, terms, {}, day("2026-03-02")), quote_item_kind::closing_fee), 500);
    terms.fee = {fee_kind::fixed, yuan(200), 0, {}};
    EXPECT_EQ(quoted(kindest(q, terms, {}, day("2026-03-02")), quote_item_kind::closing_fee), 200);
    terms.fee = {fee_kind::remaining_contract_percent, {}, 10, {}};
    EXPECT_EQ(charges(kindest(q, terms, term, day("2026-03-02"))), 1500);
    terms.fee = {};
    EXPECT_EQ(charges(kindest(q, terms, term, day("2026-03-02"))), 0);
}

TEST(quote, prices_in_another_currency_are_refused_where_they_come_in) {
    world w;
    w.have_line();
    EXPECT_EQ(w.refused(set_contract{contract{day("2026-12-31"), {100, "USD"}, {}, "p"}}, machine),
              code::money_mismatch);
    EXPECT_EQ(w.refused(link_product{{named("tv"), "x", {100, "USD"}}}, machine), code::money_mismatch);
    EXPECT_EQ(w.refused(link_product{{named("tv"), "x", yuan(-1)}}, machine), code::money_mismatch);
    world other;
    auto what = other.imported();
    what.products = {{named("tv"), "x", {100, "USD"}}};
    EXPECT_EQ(other.refused(what, machine), code::money_mismatch);
}

TEST(eligibility, a_contract_costs_its_last_month_on_its_last_day_and_nothing_on_the_next) {
    const closing_fee share{fee_kind::remaining_contract_percent, {}, 30, {}};
    const contract plain{day("2026-06-02"), yuan(5000), {}, "p"};
    EXPECT_EQ(contract_price(plain, share, day("2026-06-02")), yuan(1500));
    EXPECT_EQ(contract_price(plain, share, day("2026-06-03")), yuan(0));
    const closing_fee high{fee_kind::remaining_contract_percent, {}, 30, yuan(9000)};
    EXPECT_EQ(contract_price(plain, high, day("2026-06-02")), yuan(1500)) << "the cap is no price";
    const closing_fee foreign{fee_kind::remaining_contract_percent, {}, 30, money{1, "USD"}};
    EXPECT_EQ(contract_price(plain, foreign, day("2026-06-02")), yuan(1500)) << "of another currency";
    EXPECT_EQ(contract_price({day("2026-06-02"), yuan(5000), {0, "USD"}, "p"}, {}, day("2026-06-02")), yuan(0));
}

TEST(eligibility, leaving_costs_the_contract_and_each_product_and_nothing_pays_for_another) {
    const contract term{day("2026-06-02"), yuan(5000), yuan(7000), "p"};
    const linked_product tv{named("tv"), "broadband", yuan(300)};
    const linked_product owed{named("phone"), "loan", yuan(-9000)};
    const auto today = day("2026-03-02");
    EXPECT_EQ(leaving_price(term, {tv, tv}, {}, today), 7600);
    EXPECT_EQ(leaving_price(std::nullopt, {tv}, {}, today), 300);
    EXPECT_EQ(leaving_price(term, {owed}, {}, today), 7000);
    EXPECT_EQ(leaving_price(term, {tv}, {}, day("2026-06-03")), 300);
}

TEST(eligibility, the_later_of_two_changes_locks_and_one_that_the_policy_does_not_count_locks_nothing) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.contact_change_lock_days = 3, p.sim_change_lock_days = 7; });
    w.have_line();
    const auto until = [&]() -> std::optional<instant> {
        const auto found = blocks_of(w.s, w.own_policy(), {w.now, w.rules.get(), customer, channel::web});
        return found.empty() ? std::nullopt : found.front().until;
    };
    EXPECT_EQ(until(), std::nullopt);
    w.s.subscription->contacts_changed_at = w.now;
    EXPECT_EQ(until(), w.now + base::days{3});
    w.s.subscription->sim_changed_at = w.now;
    EXPECT_EQ(until(), w.now + base::days{7});
    w.s.subscription->sim_changed_at = w.now - base::days{5};
    EXPECT_EQ(until(), w.now + base::days{3});
    w.s.subscription->contacts_changed_at.reset();
    EXPECT_EQ(until(), w.now + base::days{2});
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.sim_change_lock_days = 0; });
    EXPECT_EQ(until(), std::nullopt);
}

TEST(eligibility, what_stops_a_case_is_named_by_itself) {
    world w;
    EXPECT_TRUE(stops_of(w.s).empty());
    w.have_line();
    EXPECT_TRUE(stops_of(w.s).empty());
    w.s.subscription->port_out_since = w.now;
    w.s.subscription->legal_hold = "order-9";
    w.s.subscription->fraud_hold = true;
    w.s.subscription->customer_lock = true;
    w.s.mismatches.push_back({});
    const auto found = stops_of(w.s);
    using enum block_kind;
    EXPECT_THAT(kinds_of(found), ElementsAre(port_out, legal_hold, fraud_hold, customer_lock, network_mismatch));
    for (const auto& one : found) EXPECT_FALSE(one.in_quote);
    EXPECT_EQ(found[1].reference, "order-9");
}

TEST(quote, says_when_the_number_can_be_taken_back_and_when_the_money_comes) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.closing.reclaim_days = 40;
        p.closing.refund_within = {5, day_unit::calendar_day};
        p.closing.quarantine_days = 400;
        p.closing.harassment_quarantine_days = 365;
    });
    w.have_line();
    w.must(open_closure{closing_reason::harassment, {}});
    const auto& q = *w.open_case().offer;
    EXPECT_EQ(q.reclaim_until, day("2026-03-02") + 40);
    EXPECT_EQ(q.refund_due, day("2026-03-02") + 5);
    EXPECT_EQ(q.quarantine_until, day("2026-03-02") + 400) << "never shorter for having been harassed";
}

TEST(quote, given_credit_goes_back_where_the_policy_says_so_and_the_owners_money_is_kept_where_it_does_not) {
    world w;
    w.rules = with_policy(w.rules, "cn", [](policy& p) {
        p.closing.refund_bonus = true;
        p.closing.refund_unused_prepaid = false;
    });
    w.have_line();
    w.must(add_money{booking_kind::bonus, yuan(700), "gift-1"}, machine);
    w.must(open_closure{});
    const auto& q = *w.open_case().offer;
    EXPECT_THAT(q.items, ElementsAre(quote_item{quote_item_kind::prepaid_forfeited, yuan(5000)},
                                     quote_item{quote_item_kind::bonus_refund, yuan(700)}));
    EXPECT_EQ(q.to_refund, yuan(700));
    EXPECT_EQ(q.to_pay, yuan(0));
}

TEST(quote, without_its_calendar_none_is_made) {
    world w;
    w.have_line();
    w.rules = with_policy(w.rules, "cn", [](policy& p) { p.calendar = "none"; });
    EXPECT_EQ(make_quote(w.s, w.own_policy(), {w.now, w.rules.get(), customer, channel::web}, {}, 1).error().what,
              code::calendar_unknown);
}

// ------------------------------------------------------------------------------------------------ the final bill

ledger books_of(std::int64_t prepaid, std::int64_t debt, std::int64_t bonus) {
    ledger out;
    out.currency = "CNY";
    out = post(out, transfer(booking_kind::top_up, account::prepaid, account::cash, prepaid)).value();
    out = post(out, transfer(booking_kind::charge_on_credit, account::revenue, account::debt, debt)).value();
    return post(out, transfer(booking_kind::bonus, account::bonus, account::promotion, bonus)).value();
}
quote with_fees(std::int64_t closing, std::int64_t contract, std::int64_t detach) {
    quote q;
    q.items = {{quote_item_kind::closing_fee, yuan(closing)},
               {quote_item_kind::contract_fee, yuan(contract)},
               {quote_item_kind::detach_fee, yuan(detach)}};
    return q;
}
const closure_terms& refunding() {
    static const closure_terms terms = [] {
        closure_terms out;
        out.refund_unused_prepaid = true;
        return out;
    }();
    return terms;
}
std::int64_t left_on(ledger books, const settlement& plan) {
    for (const auto& one : plan.bookings) books = post(books, one).value();
    return books.customer_money();
}

TEST(final_bill, takes_debt_and_fees_in_their_order_and_pays_the_rest) {
    const auto books = books_of(5000, 1200, 0);
    const auto plan = settle(with_fees(500, 2000, 300), books, refunding(), "r");
    EXPECT_THAT(plan.charged, ElementsAre(quote_item{quote_item_kind::debt, yuan(1200)},
                                          quote_item{quote_item_kind::closing_fee, yuan(500)},
                                          quote_item{quote_item_kind::contract_fee, yuan(2000)},
                                          quote_item{quote_item_kind::detach_fee, yuan(300)}));
    EXPECT_EQ(plan.refund_minor, 1000);
    EXPECT_EQ(left_on(books, plan), 0);
}

TEST(final_bill, takes_no_more_than_there_is) {
    const auto books = books_of(3000, 1200, 0);
    const auto plan = settle(with_fees(500, 2000, 300), books, refunding(), "r");
    EXPECT_THAT(plan.charged, ElementsAre(quote_item{quote_item_kind::debt, yuan(1200)},
                                          quote_item{quote_item_kind::closing_fee, yuan(500)},
                                          quote_item{quote_item_kind::contract_fee, yuan(1300)}));
    EXPECT_EQ(plan.refund_minor, 0);
    EXPECT_EQ(left_on(books, plan), 0);
    EXPECT_TRUE(settle({}, books_of(0, 0, 0), refunding(), "r").bookings.empty());
}

TEST(final_bill, pays_from_the_smallest_payment_on_and_keeps_what_is_less_on_the_line) {
    auto terms = refunding();
    terms.refund_min_minor = 1000;
    EXPECT_EQ(settle({}, books_of(1000, 0, 0), terms, "r").refund_minor, 1000);
    const auto less = settle({}, books_of(999, 0, 0), terms, "r");
    EXPECT_EQ(less.refund_minor, 0);
    EXPECT_EQ(left_on(books_of(999, 0, 0), less), 999);
    terms.refund_min_minor = -1;
    EXPECT_TRUE(settle({}, books_of(0, 0, 0), terms, "r").bookings.empty()) << "nothing is no payment";
}

TEST(final_bill, keeps_money_and_credit_apart) {
    auto terms = refunding();
    const auto books = books_of(1000, 0, 700);
    const auto plain = settle({}, books, terms, "r");
    EXPECT_EQ(plain.refund_minor, 1000);
    EXPECT_THAT(plain.charged, ElementsAre(quote_item{quote_item_kind::bonus_forfeited, yuan(700)}));
    terms.refund_bonus = true;
    const auto both = settle({}, books, terms, "r");
    ASSERT_EQ(both.bookings.size(), 1U);
    EXPECT_THAT(both.bookings[0].postings, ElementsAre(posting{account::refund, -1700}, posting{account::prepaid, 1000},
                                                       posting{account::bonus, 700}));
    EXPECT_TRUE(both.charged.empty());
    const auto credit_only = settle({}, books_of(0, 0, 700), terms, "r");
    EXPECT_THAT(credit_only.bookings.at(0).postings,
                ElementsAre(posting{account::refund, -700}, posting{account::bonus, 700}));
    const auto money_only = settle({}, books_of(1000, 0, 0), terms, "r");
    EXPECT_THAT(money_only.bookings.at(0).postings,
                ElementsAre(posting{account::refund, -1000}, posting{account::prepaid, 1000}));
    terms.refund_unused_prepaid = false;
    const auto forfeited = settle({}, books, terms, "r");
    EXPECT_EQ(forfeited.refund_minor, 700);
    EXPECT_THAT(forfeited.charged, ElementsAre(quote_item{quote_item_kind::prepaid_forfeited, yuan(1000)}));
    EXPECT_EQ(left_on(books, forfeited), 0);
    EXPECT_TRUE(settle({}, books_of(0, 0, 0), terms, "r").bookings.empty());
}

TEST(quote, what_is_still_to_pay_is_what_the_line_cannot_cover) {
    const auto q = with_fees(500, 2000, 300);
    EXPECT_EQ(still_to_pay(q, books_of(3000, 1200, 700)), 1000) << "credit pays no fee";
    EXPECT_EQ(still_to_pay(q, books_of(4000, 1200, 0)), 0);
    EXPECT_EQ(still_to_pay(q, books_of(9000, 1200, 0)), 0);
    EXPECT_EQ(charges(q), 2800);
}

}  // namespace
}  // namespace keepline::domain
