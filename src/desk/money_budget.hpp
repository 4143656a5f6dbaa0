// Before a person moves money, or an import brings or changes it, the amount is noted for the person who asks: what one
// may move alone within a day is bounded over all lines of a currency, whatever their policies (policy.by_hand; the
// strictest holds). What all whom one person made lately move together is bounded as well, by as much as some people
// (made_days_max): none of them spends another's day, nor their maker's, and nobody makes himself a hundred days.
#pragma once

#include "desk/asked.hpp"

#include <functional>

namespace keepline::desk {

enum class budget { by_hand, import };

/// What the command would do as it stands now, on this person's word alone. The same reference again moves nothing, nor
/// does what becomes a request. Only what moves money spends anything of a day.
enum class moving { nothing, money, refused };
moving what_moves(const asked& c, const domain::number_state& s, const domain::number_command& what);

/// `then` hears whether this goes beyond the day's budget; the command then takes a second person. What was noted is
/// not given back when the command is refused. `line`: empty while it has none.
void spend_money(const asked_ptr& c, const std::string& line, budget of, const domain::money& amount,
                 std::function<void(bool over)> then);

/// The command with that said in it, ready to be submitted; what no person of the staff moves is not counted.
void within_budget(const asked_ptr& c, const engine::view_ptr& line, domain::number_command what,
                   std::function<void(engine::submission what)> then);

}  // namespace keepline::desk
