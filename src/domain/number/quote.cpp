#include "domain/number/quote.hpp"

#include "domain/number/eligibility.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

using base::code;
using base::refuse;

bool is_fee(quote_item_kind kind) {
    return kind == quote_item_kind::closing_fee || kind == quote_item_kind::contract_fee ||
           kind == quote_item_kind::detach_fee;
}

std::int64_t fees(const quote& q) {
    std::int64_t sum = 0;
    for (const auto& item : q.items)
        if (is_fee(item.kind)) sum += item.amount.minor;
    return sum;
}

quote_item_kind item_for(block_kind kind) {
    switch (kind) {
        case block_kind::debt: return quote_item_kind::debt;
        case block_kind::contract_term: return quote_item_kind::contract_fee;
        default: return quote_item_kind::detach_fee;
    }
}

result<std::vector<quote_item>> charged_items(const policy& p, const ledger& books, const std::vector<block>& blocks) {
    std::vector<quote_item> items;
    if (p.closing.fee.kind == fee_kind::fixed && !p.closing.fee.amount.is_zero())
        items.push_back({quote_item_kind::closing_fee, p.closing.fee.amount});
    for (const auto& b : blocks)
        if (b.in_quote && !b.price.is_zero()) items.push_back({item_for(b.kind), b.price});
    money total{0, books.currency};
    for (const auto& item : items) {
        TRY(sum, base::add(total, item.amount));
        total = sum;
    }
    return items;
}

/// What of the given credit goes back, and what is lost.
void add_bonus(quote& q, const ledger& books, const closure_terms& terms) {
    const auto bonus = -books.of(account::bonus);
    if (bonus <= 0) return;
    q.items.push_back({terms.refund_bonus ? quote_item_kind::bonus_refund : quote_item_kind::bonus_forfeited,
                       {bonus, books.currency}});
}

}  // namespace

due_day last_day(const term& t, const calendar& c, local_day start) {
    if (t.unit == day_unit::calendar_day) return {start + t.n, false};
    return due(c, start, t.n);
}

std::int64_t quoted(const quote& q, quote_item_kind kind) {
    std::int64_t sum = 0;
    for (const auto& item : q.items)
        if (item.kind == kind) sum += item.amount.minor;
    return sum;
}

std::int64_t charges(const quote& q) { return fees(q) + quoted(q, quote_item_kind::debt); }

std::int64_t still_to_pay(const quote& q, const ledger& books) {
    return std::max<std::int64_t>(0, fees(q) + books.of(account::debt) - books.customer_money());
}

result<quote> make_quote(const number_state& s, const policy& p, const context& now, const std::vector<block>& blocks,
                         int number) {
    const auto* days = now.rules->calendars.find(p.calendar);
    if (days == nullptr)
        return refuse(code::calendar_unknown, "The policy's calendar is not loaded.", {{"calendar", p.calendar}});
    quote q;
    q.number = number;
    TRY(items, charged_items(p, s.books, blocks));
    q.items = std::move(items);
    const auto money_held = s.books.customer_money();
    const auto left = money_held - charges(q);
    q.to_pay = {std::max<std::int64_t>(0, -left), s.books.currency};
    if (left > 0)
        q.items.push_back(
            {p.closing.refund_unused_prepaid ? quote_item_kind::prepaid_refund : quote_item_kind::prepaid_forfeited,
             {left, s.books.currency}});
    add_bonus(q, s.books, p.closing);
    const auto back = quoted(q, quote_item_kind::prepaid_refund) + quoted(q, quote_item_kind::bonus_refund);
    q.to_refund = {back >= p.closing.refund_min_minor ? back : 0, s.books.currency};

    const auto today = now.rules->zones.of(p.zone).day_of(now.now);
    const auto review = last_day(p.closing.review, *days, today);
    q.issued_at = now.now;
    q.expires_at = now.now + base::hours{p.quote_valid_hours};
    q.review_due = review.day;
    q.review_due_provisional = review.provisional;
    q.refund_due = last_day(p.closing.refund_within, *days, today).day;
    const bool harassed = s.current && s.current->reason == closing_reason::harassment;
    q.quarantine_until = today + (harassed ? std::max(p.closing.quarantine_days, p.closing.harassment_quarantine_days)
                                           : p.closing.quarantine_days);
    q.reclaim_until = today + p.closing.reclaim_days;
    return q;
}

quote kindest(quote accepted, const closure_terms& terms, const std::optional<contract>& term, local_day received) {
    const auto fixed = terms.fee.kind == fee_kind::fixed ? terms.fee.amount.minor : 0;
    for (auto& item : accepted.items) {
        auto& minor = item.amount.minor;
        if (item.kind == quote_item_kind::closing_fee) minor = std::min(minor, fixed);
        if (item.kind == quote_item_kind::contract_fee && term)
            minor = std::min(minor, contract_price(*term, terms.fee, received).minor);
    }
    std::erase_if(accepted.items, [](const quote_item& item) { return item.amount.is_zero(); });
    return accepted;
}

settlement settle(const quote& q, const ledger& books, const closure_terms& terms, const std::string& reference) {
    settlement out;
    auto prepaid = books.customer_money();
    const auto note = [&](quote_item_kind kind, std::int64_t minor) {
        if (minor > 0) out.charged.push_back({kind, {minor, books.currency}});
    };
    const auto take = [&](booking_kind kind, account into, std::int64_t minor) {
        minor = std::clamp<std::int64_t>(minor, 0, prepaid);  // submission made sure that it covers the quote
        if (minor == 0) return minor;
        prepaid -= minor;
        out.bookings.push_back(transfer(kind, into, account::prepaid, minor, reference));
        return minor;
    };
    const auto contract_fee = quoted(q, quote_item_kind::contract_fee);
    note(quote_item_kind::debt, take(booking_kind::debt_offset, account::debt, books.of(account::debt)));
    note(quote_item_kind::closing_fee,
         take(booking_kind::closing_fee, account::revenue, quoted(q, quote_item_kind::closing_fee)));
    const auto leaving =
        take(booking_kind::contract_fee, account::revenue, contract_fee + quoted(q, quote_item_kind::detach_fee));
    note(quote_item_kind::contract_fee, std::min(leaving, contract_fee));
    note(quote_item_kind::detach_fee, leaving - std::min(leaving, contract_fee));

    const auto bonus = -books.of(account::bonus);
    const auto bonus_back = terms.refund_bonus ? bonus : 0;
    const auto payable = (terms.refund_unused_prepaid ? prepaid : 0) + bonus_back;
    if (payable > 0 && payable >= terms.refund_min_minor) {
        out.refund_minor = payable;
        booking back{booking_kind::refund_ordered, {{account::refund, -payable}}, reference};
        if (payable > bonus_back) back.postings.push_back({account::prepaid, payable - bonus_back});
        if (bonus_back > 0) back.postings.push_back({account::bonus, bonus_back});
        out.bookings.push_back(std::move(back));
    }
    if (!terms.refund_unused_prepaid && prepaid > 0) {
        out.bookings.push_back(
            transfer(booking_kind::prepaid_forfeited, account::revenue, account::prepaid, prepaid, reference));
        note(quote_item_kind::prepaid_forfeited, prepaid);
    }
    if (bonus > bonus_back) {
        out.bookings.push_back(
            transfer(booking_kind::bonus_forfeited, account::promotion, account::bonus, bonus, reference));
        note(quote_item_kind::bonus_forfeited, bonus);
    }
    return out;
}

}  // namespace keepline::domain
