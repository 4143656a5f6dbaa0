// What a change of a plan is about: as it was when the plan was made (prints), and as it is now. Before a change is
// carried out, and after. Reads the vault: on a side thread.
#pragma once

#include "desk/plan_changes.hpp"
#include "port/person.hpp"

namespace keepline::desk {

// -- prints: of what a change rests on, so that another change of the same plan, time or a message do not move it

/// What `import_line` compares.
std::string print_of_line(const domain::number_state& s);
/// Whether the line has this one profile, and with which IMSI.
std::string print_of_profile(const domain::number_state& s, const base::iccid& iccid);
/// Addresses and the account.
std::string print_of_person(const domain::subscriber_state& s, const port::person& stored);

result<port::person> stored_person(const parts& with, const label& id);

// -- as it is now

struct looked_at {
    enum class verdict { as_planned, done_already, changed_since };
    verdict is = verdict::changed_since;
    std::string if_match;  // of the stream that the change is written to
};
result<looked_at> look_at(const parts& with, const planned_change& what);

}  // namespace keepline::desk
