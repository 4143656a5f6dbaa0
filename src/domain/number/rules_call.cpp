// Calls in which a line was proved: its owner and the staff see that there was one. It changes nothing.
#include "domain/noted_call.hpp"
#include "domain/number/draft.hpp"

namespace keepline::domain::rules {

using base::code;
using base::refuse;

/// How many there are is bounded by what proves a line: each code and each saved code stands in the journal itself.
result<void> decide(draft& d, const note_line_call& c) {
    if (d.now.by.as != role::portal || d.now.through != channel::hotline)
        return refuse(code::forbidden, "The hotline notes its calls.");
    if (!d.state().subscription) return refuse(code::line_missing, "The number has no line.");
    if (!is_noted_call(c.call, c.state, c.outcome) || c.seconds < 0)
        return refuse(code::invalid, "A call has a name, a state and an outcome.");
    d.emit(line_called{c.call, c.by_saved_code, c.state, c.outcome, c.seconds, d.now.now});
    return {};
}

}  // namespace keepline::domain::rules
