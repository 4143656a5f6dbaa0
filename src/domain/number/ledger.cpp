#include "domain/number/ledger.hpp"

namespace keepline::domain {

namespace {

constexpr std::size_t postings_max = 16;

std::string name_of(account where) { return boost::describe::enum_to_string(where, ""); }

}  // namespace

booking transfer(booking_kind kind, account from, account to, std::int64_t minor, std::string reference) {
    return {kind, {{from, -minor}, {to, minor}}, std::move(reference)};
}

std::int64_t ledger::of(account where) const {
    const auto found = balances.find(name_of(where));
    return found == balances.end() ? 0 : found->second;
}

base::result<ledger> post(const ledger& before, const booking& what) {
    using base::code;
    if (what.postings.size() > postings_max) return base::refuse(code::money_mismatch, "A booking has too many parts.");
    ledger after = before;
    std::int64_t sum = 0;
    for (const auto& part : what.postings) {
        auto& balance = after.balances[name_of(part.where)];
        if (part.minor == INT64_MIN || __builtin_add_overflow(balance, part.minor, &balance) || balance == INT64_MIN ||
            __builtin_add_overflow(sum, part.minor, &sum))
            return base::refuse(code::money_mismatch, "The amount is too large.");
    }
    if (sum != 0) return base::refuse(code::money_mismatch, "A booking's parts must add up to zero.");
    std::erase_if(after.balances, [](const auto& item) { return item.second == 0; });
    return after;
}

}  // namespace keepline::domain
