#include "domain/subscriber/retention.hpp"

#include "domain/days.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

instant by(const policy& of, const rule_book& rules, std::string_view data_class, instant from) {
    const auto found = of.retention_days.find(std::string(data_class));
    return end_after(rules.zones.of(of.zone), from, found == of.retention_days.end() ? 0 : found->second);
}

}  // namespace

instant kept_until(const rule_book& rules, std::string_view policy, std::string_view data_class, instant from) {
    if (const auto* of = rules.policies.find(policy)) return by(*of, rules, data_class, from);
    auto out = from;
    for (const auto& [id, one] : rules.policies.all()) out = std::max(out, by(one, rules, data_class, from));
    return out;
}

line_end dated(line_end end, const rule_book& rules) {
    if (!end.at) return end;
    end.identity_until = kept_until(rules, end.policy.text(), kept::identity, *end.at);
    end.records_until = kept_until(rules, end.policy.text(), kept::usage, *end.at);
    return end;
}

}  // namespace keepline::domain
