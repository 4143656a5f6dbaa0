// What stands in the way of closing a line, all of it at once, each with what lifts it and its price (PRACTICE §5, rows
// 3 and 4): a debt or a contract never kills a request silently, it becomes a choice with a price.
#pragma once

#include "domain/context.hpp"
#include "domain/number.hpp"

#include <vector>

namespace keepline::domain {

/// Every block of this line now, the priced ones first. Needs a subscription.
std::vector<block> blocks_of(const number_state& s, const policy& p, const context& now);

/// What stops a case that was submitted, or its line's end, as things are now; each with what lifts it.
std::vector<block> stops_of(const number_state& s);

/// The price of leaving a contract at `today`: its own fixed fee, or the policy's share of the months left, capped.
money contract_price(const contract& term, const closing_fee& fee, local_day today);

/// Months begun between today and the end, at least 1 while it runs.
int months_left(local_day today, local_day ends);

}  // namespace keepline::domain
