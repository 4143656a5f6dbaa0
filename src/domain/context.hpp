// What the core may know of the world while it decides: handed in by the shell, never fetched.
#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "domain/calendar.hpp"
#include "domain/number/line.hpp"
#include "domain/policy.hpp"

#include <map>
#include <optional>

namespace keepline::domain {

class zone_book {
 public:
    zone_book() = default;
    explicit zone_book(std::map<std::string, base::zone, std::less<>> zones) : by_name_(std::move(zones)) {}
    /// UTC for an unknown name; the shell refuses policies whose zone it cannot load.
    const base::zone& of(std::string_view name) const {
        static const base::zone utc;
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? utc : found->second;
    }

 private:
    std::map<std::string, base::zone, std::less<>> by_name_;
};

/// The rules in force. Immutable; shared by every decision between two reloads.
struct rule_book {
    policy_book policies;
    calendar_book calendars;
    zone_book zones;
};

/// The identifiers that the command names (ICCID, IMSI) are reserved for this owner of the number (see claim.hpp).
struct reservation {
    int generation = 0;
    instant until;
};

struct context {
    instant now;
    const rule_book* rules = nullptr;  // never null while deciding
    actor by;
    channel through = channel::staff;
    std::optional<actor> second{};  // who countersigned what `by` asked for (second_person.hpp)
    /// Drawn for this decision alone, so that nobody can guess it before: what is left to chance, and opaque ids.
    base::byte_array<16> draw{};
    std::optional<reservation> reserved{};  // none: the command may take up no identifier
};

}  // namespace keepline::domain
