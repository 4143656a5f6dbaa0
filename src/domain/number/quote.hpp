// What closing costs and gives back, and when: computed once, then binding until it expires (docs/rules.md R4).
#pragma once

#include "domain/context.hpp"
#include "domain/number/number.hpp"

namespace keepline::domain {

/// Needs a subscription. Errors: money_mismatch (currencies differ), calendar_unknown.
result<quote> make_quote(const number_state& s, const policy& p, const context& now, const std::vector<block>& blocks,
                         int number);

/// The last day of a term that starts on `start`.
due_day last_day(const term& t, const calendar& c, local_day start);

/// What the customer must still pay before submitting: the quoted fees and today's debt, less the prepaid money.
std::int64_t still_to_pay(const quote& q, const ledger& books);

std::int64_t quoted(const quote& q, quote_item_kind kind);

/// The accepted quote with its fees lowered to what the terms ask now (docs/rules.md R8): never raised (rule 4).
quote kindest(quote accepted, const closure_terms& terms, const std::optional<contract>& term, local_day received);

/// The bookings that settle a line by its quote, in order; the last one empties the prepaid account into the refund.
struct settlement {
    std::vector<booking> bookings;
    std::vector<quote_item> charged;
    std::int64_t refund_minor = 0;
};
settlement settle(const quote& q, const ledger& books, const closure_terms& terms, const std::string& reference);

}  // namespace keepline::domain
