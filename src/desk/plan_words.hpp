// What a plan changes, in the words of whoever signs it: everything that will be carried out is shown; names, addresses
// and accounts by their ends. Pure.
#pragma once

#include "desk/masked.hpp"
#include "desk/plan_changes.hpp"
#include "desk/said.hpp"
#include "domain/number/number.hpp"
#include "port/person.hpp"

namespace keepline::desk {

std::string address_shown(const port::contact_address& one);
/// "王…", or that it is the customer's own.
std::string holder_shown(const std::string& holder, const port::person& owner);

/// The change that an import makes in this column of the line ("balance", "contract", …; see domain::changed_by).
difference difference_of(const domain::number_state& s, const domain::import_line& wanted, const base::zone& zone,
                         const std::string& what);
/// Of a profile that the line is to have.
std::vector<difference> differences_of(const profile_body& added);

}  // namespace keepline::desk
