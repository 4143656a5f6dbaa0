// Double-entry book-keeping of one line, in whole minor units of one currency. Every booking adds up to zero, so money
// is neither made nor lost; a test proves it over random sequences.
#pragma once

#include "base/json.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace keepline::domain {

/// Signs: money that we owe is negative, money that we hold or are owed is positive.
enum class account {
    cash,       // came in from, or went out to, the outside world
    prepaid,    // the customer's own money (negative: we owe it)
    bonus,      // given credit (negative); never paid out unless the policy says so
    promotion,  // the other side of bonus
    debt,       // owed by the customer (positive)
    revenue,    // earned (negative)
    refund,     // ordered to be paid out, not yet settled by the bank (negative)
    overpaid,   // left twice, because the bank corrected itself: to be had back from it (positive)
};
BOOST_DESCRIBE_ENUM(account, cash, prepaid, bonus, promotion, debt, revenue, refund, overpaid)

struct posting {
    account where = account::cash;
    std::int64_t minor = 0;
    bool operator==(const posting&) const = default;
};
BOOST_DESCRIBE_STRUCT(posting, (), (where, minor))

/// Why money moved; shown on bills.
enum class booking_kind {
    top_up,
    bonus,
    charge,
    charge_on_credit,
    payment,
    retention_fee,
    closing_fee,
    contract_fee,
    debt_offset,
    refund_ordered,
    refund_settled,
    refund_returned,
    prepaid_forfeited,
    bonus_forfeited,
    adjustment,
    opening_balance,
    refund_waived,
    unclaimed_credited  // money that had found no line, and whose line came back
};
BOOST_DESCRIBE_ENUM(booking_kind, top_up, bonus, charge, charge_on_credit, payment, retention_fee, closing_fee,
                    contract_fee, debt_offset, refund_ordered, refund_settled, refund_returned, prepaid_forfeited,
                    bonus_forfeited, adjustment, opening_balance, refund_waived, unclaimed_credited)

struct booking {
    booking_kind kind = booking_kind::adjustment;
    std::vector<posting> postings;  // add up to zero
    std::string reference;          // of the payment system; no personal data
    bool operator==(const booking&) const = default;
};
BOOST_DESCRIBE_STRUCT(booking, (), (kind, postings, reference))

/// A transfer of `minor` > 0 from one account to another: from gets -minor, to gets +minor.
booking transfer(booking_kind kind, account from, account to, std::int64_t minor, std::string reference = {});

struct ledger {
    std::string currency;
    std::map<std::string, std::int64_t> balances;  // account name -> minor
    bool operator==(const ledger&) const = default;

    std::int64_t of(account where) const;
    base::money amount(account where) const { return {of(where), currency}; }
    /// What the customer could have paid out or used: prepaid money, as a non-negative number.
    std::int64_t customer_money() const { return -of(account::prepaid); }
};
BOOST_DESCRIBE_STRUCT(ledger, (), (currency, balances))

/// code::money_mismatch when the postings do not add up to zero, are too many (> 16) or a balance would overflow.
base::result<ledger> post(const ledger& before, const booking& what);

}  // namespace keepline::domain
