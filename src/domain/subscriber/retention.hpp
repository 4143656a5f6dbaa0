// How long what is known of a person is kept once they have no line any more (policy.retention_days). What stands
// against their erasure comes first (domain/erasure.hpp). Pure.
#pragma once

#include "domain/context.hpp"
#include "domain/number/line.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace keepline::domain {

/// The classes of data that a policy names days for.
namespace kept {
inline constexpr std::string_view identity = "identity_after_end";  // who they are: name, document, account, addresses
inline constexpr std::string_view usage = "usage_detail";           // records that they could take along at the end
}  // namespace kept

/// One of a person's lines has ended, and until when what is known for its sake is kept.
struct line_end {
    base::msisdn number;
    std::optional<instant> at;  // none: it lives
    label policy{};
    instant identity_until;
    instant records_until;
    bool records_gone = false;
    bool operator==(const line_end&) const = default;
};
BOOST_DESCRIBE_STRUCT(line_end, (), (number, at, policy, identity_until, records_until, records_gone))

/// Of this class, after `from`, by this policy; by the longest of all where it is not loaded (any more). Whole days,
/// where the policy's lines are.
instant kept_until(const rule_book& rules, std::string_view policy, std::string_view data_class, instant from);

/// `end` with its dates by the policies of now.
line_end dated(line_end end, const rule_book& rules);

}  // namespace keepline::domain
