// Which phones the machine calls back ([hotline] call_prefixes): those of the operator's country that cost what a call
// costs, named one by one, so that nobody earns by being called. Set once; any thread.
#pragma once

#include "port/number_ranges.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::port {

struct callable_phones {
    std::vector<std::string> prefixes{};  // "+861"; none: nobody is called
    number_ranges ranges{};

    bool any() const { return !prefixes.empty(); }
    bool lets(std::string_view number) const {
        return !ranges.is_costly(number) &&
               std::ranges::any_of(prefixes, [&](const std::string& one) { return number.starts_with(one); });
    }
};

}  // namespace keepline::port
