// What changed, as staff hear of it who look at pages of it: of entries of the journal, which cases, lines, persons,
// checks, disputes, requests, plans, accounts, tokens and webhooks they are about. Ids and versions only, nothing that
// a journal says of a person; and to each role what it may list anyway. Reads; any thread.
#pragma once

#include "desk/roles.hpp"
#include "engine/front.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::desk {

struct changed {
    std::string_view kind;      // of static storage; all of them are in api/openapi.yaml
    std::string id;             // empty: of a list
    std::uint64_t version = 0;  // as its ETag has it now; 0: it has none
    role_set to = who::everyone_but_customers;

    auto operator<=>(const changed&) const = default;
};

/// Each once, as it is now.
std::vector<changed> changes_in(engine::front& core, const std::vector<port::change>& entries);

/// Effects that failed stand beside the journal: the list of them.
inline changed effects_changed() { return {"effect", {}, 0}; }

}  // namespace keepline::desk
