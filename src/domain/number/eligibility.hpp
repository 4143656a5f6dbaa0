// What stands in the way of closing a line, all of it at once, each with what lifts it and its price (docs/rules.md P3,
// rows 3 and 4): a debt or a contract never kills a request silently, it becomes a choice with a price.
#pragma once

#include "domain/context.hpp"
#include "domain/number/number.hpp"

#include <vector>

namespace keepline::domain {

/// Every block of this line now, the priced ones first. Needs a subscription.
std::vector<block> blocks_of(const number_state& s, const policy& p, const context& now);

/// What stops a case that was submitted, or its line's end, as things are now; each with what lifts it.
std::vector<block> stops_of(const number_state& s);

/// The price of leaving a contract at `today`: its own fixed fee, or the policy's share of the months left, capped;
/// nothing once it has ended. The only formula: what is quoted, charged, and bounded when hands change it.
money contract_price(const contract& term, const closing_fee& fee, local_day today);

/// What leaving costs, at `today`, that a command or an import can change: the contract, and detaching what is linked.
std::int64_t leaving_price(const std::optional<contract>& term, const std::vector<linked_product>& products,
                           const closing_fee& fee, local_day today);

/// How much cheaper, and how much dearer, leaving becomes on whichever day between now and the later end it differs
/// most: who moves an end changes what leaving costs after it.
struct leaving_change {
    std::int64_t cheaper = 0;
    std::int64_t dearer = 0;
    std::int64_t largest() const { return cheaper > dearer ? cheaper : dearer; }
};
/// By this command; nothing: it changes nothing about that.
std::optional<leaving_change> leaving_changed_by(const number_state& s, const number_command& what,
                                                 const rule_book& rules, instant now);

/// Months begun between today and the end, at least 1 while it runs.
int months_left(local_day today, local_day ends);

}  // namespace keepline::domain
