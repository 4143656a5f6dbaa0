// Whether a line is in its owner's hands: a code to a lost phone, or to a SIM of lately, proves nothing. Only for the
// desk's own files.
#pragma once

#include "desk/asked.hpp"

namespace keepline::desk {

/// code::line_missing, code::evidence_too_weak.
result<void> check_in_hand(const asked& c, const domain::number_state& s);
/// Of all lines of theirs: the phone that was lost may be the one with the passkey.
domain::lines_lost lost_lines(const asked& c, const domain::subscriber_state& s);

}  // namespace keepline::desk
