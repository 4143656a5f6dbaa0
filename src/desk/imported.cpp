#include "desk/imported.hpp"

#include "desk/commands.hpp"
#include "domain/days.hpp"

#include <algorithm>
#include <iterator>

namespace keepline::desk {

namespace {

/// Where the line is: a date in its import is a day there.
const base::zone& zone_of(const domain::rule_book& rules, const label& policy) {
    static const base::zone utc;
    const auto* known = rules.policies.find(policy.text());
    return known == nullptr ? utc : rules.zones.of(known->zone);
}

}  // namespace

result<import_dates> dates_of(const domain::rule_book& rules, const imported_line_body& in) {
    const auto& zone = zone_of(rules, in.policy);
    TRY(since, domain::read_time("line.since", in.since));
    TRY(valid_until, domain::read_time("line.valid_until", in.valid_until));
    return import_dates{since.as_beginning(zone), valid_until.as_end(zone)};
}

void take_over(domain::order_line& order, const domain::subscriber_state& from) {
    order.subscriber = from.id;
    if (order.language.empty()) order.language = from.language;
    order.refund_account = from.refund_account;
    order.account_on_word = from.account_on_word;
    order.document_on_word = from.document_on_word;
    order.account_named_at = from.account_named_at;
    order.contacts = from.contacts;  // the replaced ones too: they are still told, of this line as of every other
}

std::vector<domain::new_profile> profiles_from(const std::vector<profile_body>& in) {
    std::vector<domain::new_profile> out;
    std::ranges::transform(in, std::back_inserter(out), make::profile_from);
    return out;
}

domain::import_line import_from(imported_line_body in, const import_dates& dates,
                                const domain::subscriber_state& subscriber) {
    domain::import_line out;
    out.order.number = in.number;
    out.order.policy = in.policy.text();
    out.order.language = in.language.value_or("");
    out.order.profiles = profiles_from(in.profiles);
    take_over(out.order, subscriber);
    out.since = dates.since;
    out.valid_until = dates.valid_until;
    out.balance = in.balance;
    out.bonus = in.bonus;
    out.debt = in.debt;
    out.term = std::move(in.contract);
    out.products = std::move(in.products);
    return out;
}

}  // namespace keepline::desk
