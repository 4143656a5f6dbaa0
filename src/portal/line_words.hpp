// What belongs to a line in words, for the pages that show it. Pure.
#pragma once

#include "desk/masked.hpp"
#include "portal/visit.hpp"

namespace keepline::portal {

/// In groups of four, as it stands on a card.
std::string grouped(std::string_view digits);
/// Its state, and the last proof of it.
model device_model(const visit& v, const desk::profile_view& of);
/// Somebody may have it in their hands.
bool may_be_lost(const desk::profile_view& of);

/// What keeps the line, in words of its policy; empty: nothing has to.
std::string how_to_keep(const visit& v, const desk::line_view& line);
void add_balance(model& page, const visit& v, const desk::balance_view& of);

using desk::last_four;
using desk::masked_address;
using desk::masked_tail;

}  // namespace keepline::portal
