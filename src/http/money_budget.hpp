// Before a person moves money, or an import changes it, the amount is noted in the stream of who asks: what one may
// move alone within a day is bounded over all lines (policy.by_hand).
#pragma once

#include "http/call.hpp"

#include <functional>

namespace keepline::http {

/// `then` hears whether this goes beyond the day's budget; the command then takes a second person. What was noted is
/// not given back when the command is refused.
void spend_money(const call_ptr& c, const engine::stream_view& line, std::string_view kind, std::int64_t minor,
                 std::int64_t most, std::function<void(const call_ptr& c, bool over)> then);

/// The command with that said in it, ready to be submitted; what no person of the staff moves is not counted.
void within_budget(const call_ptr& c, const engine::view_ptr& line, domain::number_command what,
                   std::function<void(const call_ptr& c, engine::submission what)> then);

}  // namespace keepline::http
