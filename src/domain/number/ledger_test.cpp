// Money: what goes in comes out, to the last minor unit.
#include "domain/number/ledger.hpp"

#include "base/property.hpp"
#include "domain/number/eligibility.hpp"
#include "domain/number/quote.hpp"
#include "domain/test_world.hpp"

#include <numeric>

namespace keepline::domain {
namespace {

using namespace testing;
using base::code;

__int128 sum_of(const ledger& books) {
    __int128 sum = 0;
    for (const auto& [name, minor] : books.balances) sum += minor;
    return sum;
}

TEST(ledger, a_booking_that_does_not_add_up_is_refused) {
    EXPECT_EQ(post({}, {booking_kind::adjustment, {{account::cash, 1}}, ""}).error().what, code::money_mismatch);
    EXPECT_TRUE(post({}, {booking_kind::adjustment, {{account::cash, 1}, {account::prepaid, -1}}, ""}).has_value());
}

TEST(ledger, an_overflow_is_refused_not_wrapped) {
    const auto full = post({}, transfer(booking_kind::top_up, account::prepaid, account::cash, INT64_MAX));
    ASSERT_TRUE(full.has_value());
    EXPECT_FALSE(post(*full, transfer(booking_kind::top_up, account::prepaid, account::cash, 1)).has_value());
    EXPECT_FALSE(post({}, {booking_kind::adjustment, {{account::cash, INT64_MIN}, {account::debt, INT64_MIN}}, ""}));
}

TEST(ledger, an_empty_account_is_not_kept) {
    auto books = post({}, transfer(booking_kind::top_up, account::prepaid, account::cash, 5)).value();
    books = post(books, transfer(booking_kind::adjustment, account::cash, account::prepaid, 5)).value();
    EXPECT_TRUE(books.balances.empty());
}

TEST(ledger, random_bookings_always_add_up) {
    EXPECT_HOLDS("the ledger sums to zero, or the booking is refused",
                 [](const std::vector<std::vector<std::int64_t>>& all) {
                     ledger books;
                     for (const auto& amounts : all) {
                         booking one;
                         __int128 sum = 0;  // wide: the test itself must not overflow
                         for (std::size_t i = 0; i < amounts.size(); ++i) {
                             one.postings.push_back({static_cast<account>(i % 7), amounts[i]});
                             sum += amounts[i];
                         }
                         const auto after = post(books, one);
                         if (after) books = *after;
                         RC_ASSERT(!after || sum == 0);
                         if (sum <= INT64_MIN || sum > INT64_MAX) continue;
                         one.postings.push_back({account::cash, static_cast<std::int64_t>(-sum)});
                         if (const auto balanced = post(books, one)) books = *balanced;
                         RC_ASSERT(sum_of(books) == 0);
                     }
                 });
}

// ------------------------------------------------------------------------------------------------ rounding

TEST(rounding, a_split_gives_out_exactly_the_whole) {
    EXPECT_HOLDS("parts add up, none is off by a unit or more",
                 [](std::int64_t minor, const std::vector<std::uint16_t>& some) {
                     std::vector<std::int64_t> weights(some.begin(), some.end());
                     weights.push_back(1);
                     const auto total = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
                     const auto parts = base::split({minor, "CNY"}, weights);
                     std::int64_t sum = 0;
                     for (std::size_t i = 0; i < parts.size(); ++i) {
                         sum += parts[i].minor;
                         const auto exact = static_cast<long double>(minor) * weights[i] / total;
                         RC_ASSERT(std::abs(static_cast<long double>(parts[i].minor) - exact) < 1.01L);
                     }
                     RC_ASSERT(sum == minor);
                 });
}

TEST(rounding, a_fraction_is_off_by_half_a_unit_at_most) {
    EXPECT_HOLDS("|fraction - exact| <= 1/2, and both halves are never less than the whole", [] {
        const auto minor = *rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000);
        const auto whole = *rc::gen::inRange<std::int64_t>(1, 10'000);
        const auto part = *rc::gen::inRange<std::int64_t>(0, 10'000);
        const auto got = base::fraction({minor, "CNY"}, part, whole).value().minor;
        const auto twice_off = 2 * (got * whole - minor * part);
        RC_ASSERT(twice_off <= whole);
        RC_ASSERT(-twice_off <= whole);
    });
}

TEST(rounding, leaving_a_contract_never_costs_more_than_its_months_or_the_cap) {
    EXPECT_HOLDS("0 <= price <= months x monthly, and price <= cap", [] {
        const auto monthly = *rc::gen::inRange<std::int64_t>(0, 100'000);
        const auto percent = *rc::gen::inRange(0, 101);
        const auto today = base::local_day{*rc::gen::inRange(20'000, 22'000)};
        const auto left = *rc::gen::inRange(0, 900);
        const auto cap = *rc::gen::inRange<std::int64_t>(0, 500'000);
        const contract term{today + left, yuan(monthly), {}, "paper"};
        const int months = months_left(today, term.ends);
        RC_ASSERT(months >= 1);
        RC_ASSERT(months <= left / 28 + 1);
        const closing_fee open{fee_kind::remaining_contract_percent, {}, percent, {}};
        const closing_fee capped{fee_kind::remaining_contract_percent, {}, percent, yuan(cap)};
        const auto price = contract_price(term, open, today).minor;
        RC_ASSERT(price >= 0);
        RC_ASSERT(price <= monthly * months);
        RC_ASSERT(contract_price(term, capped, today).minor == std::min(price, cap));
    });
}

TEST(rounding, a_settlement_moves_every_unit_somewhere_and_none_twice) {
    EXPECT_HOLDS("prepaid + bonus = charged + refunded + forfeited + kept below the smallest payment", [] {
        const auto some = [](std::int64_t most) { return *rc::gen::inRange<std::int64_t>(0, most); };
        const auto prepaid = some(20'000);
        const auto bonus = some(3'000);
        const auto debt = some(3'000);
        ledger books{"CNY", {}};
        const auto give = [&](const booking& one) { books = post(books, one).value(); };
        give(transfer(booking_kind::top_up, account::prepaid, account::cash, prepaid));
        give(transfer(booking_kind::bonus, account::bonus, account::promotion, bonus));
        give(transfer(booking_kind::charge_on_credit, account::revenue, account::debt, debt));
        quote offer;
        offer.items = {{quote_item_kind::closing_fee, yuan(some(4'000))},
                       {quote_item_kind::contract_fee, yuan(some(4'000))},
                       {quote_item_kind::detach_fee, yuan(some(2'000))}};
        closure_terms terms;
        terms.refund_unused_prepaid = *rc::gen::arbitrary<bool>();
        terms.refund_bonus = *rc::gen::arbitrary<bool>();
        terms.refund_min_minor = some(2'000);
        RC_PRE(still_to_pay(offer, books) == 0);

        const auto plan = settle(offer, books, terms, "ref");
        for (const auto& one : plan.bookings) give(one);
        RC_ASSERT(sum_of(books) == 0);
        RC_ASSERT(books.of(account::debt) == 0);
        RC_ASSERT(-books.of(account::refund) == plan.refund_minor);
        std::int64_t charged = 0;
        for (const auto& item : plan.charged) charged += item.amount.minor;
        const auto kept = books.customer_money() - books.of(account::bonus);
        RC_ASSERT(charged + plan.refund_minor + kept == prepaid + bonus);
        RC_ASSERT(kept < std::max<std::int64_t>(1, terms.refund_min_minor));
        quote booked;
        booked.items = plan.charged;
        RC_ASSERT(quoted(booked, quote_item_kind::debt) == debt);
        if (plan.refund_minor > 0) RC_ASSERT(plan.refund_minor >= terms.refund_min_minor);
    });
}

}  // namespace
}  // namespace keepline::domain
