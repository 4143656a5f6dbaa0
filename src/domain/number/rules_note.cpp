// Notes of the staff: what is written stays. Nobody takes a part in a case by it, and nobody mends what another wrote.
#include "domain/number/draft.hpp"

#include <algorithm>

namespace keepline::domain::rules {

using base::code;
using base::refuse;

namespace {

constexpr std::ptrdiff_t notes_max = 100;           // about one owner's line
constexpr std::ptrdiff_t notes_max_of_person = 30;  // by one person: whoever has a token does not fill all of it

}  // namespace

result<void> decide(draft& d, const write_note& c) {
    CHECK(d.need_line());
    if (!d.by_staff() || d.now.by.as == role::portal)
        return refuse(code::forbidden, "Notes are written by people who work here.");
    if (c.closure != 0 && (!d.state().current || d.state().current->number != c.closure))
        return refuse(code::closure_missing, "There is no such closure.");
    const auto& all = d.state().notes;
    // The name is of the request, and is remembered longer than the request: what was written under it stays.
    if (std::ranges::find(all, c.words, &staff_note::words) != all.end())
        return refuse(code::idempotency_key_reused, "A note was written by this request before; write the next anew.");
    const auto own = [&](const staff_note& one) { return same_person(one.by, d.now.by); };
    if (std::ssize(all) >= notes_max || std::ranges::count_if(all, own) >= notes_max_of_person)
        return refuse(code::too_many, "As many notes about this line have been written as it takes.");
    d.emit(note_written{{d.state().notes_made + 1, c.closure, c.words, c.digest, d.now.by, d.now.now}});
    return {};
}

}  // namespace keepline::domain::rules
