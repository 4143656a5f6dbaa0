// What is told again and again is told once, and then gathered: a switch that somebody flips a thousand times sends a
// few notices, says that more of them will come in one, and sends that one. Pure. The numbers are the policy's
// ([notices]); what was told lately is part of the number's state, so that no restart forgets it.
//
// Only what a single token can repeat at will is gathered. The steps of a case (receipt, approved, unbinding, closed,
// …), the bank's answers and the end of a line are never held back here: there are few of them by their nature.
#pragma once

#include "base/json.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::domain {

using base::instant;

/// What was told of one kind of thing lately.
struct notice_repeats {
    std::string group;                   // "customer_lock": locked and unlocked are one kind of thing
    std::vector<instant> told;           // of the last day
    std::optional<instant> quiet_until;  // until then nothing of it is told one by one
    int held = 0;                        // that happened meanwhile
    int rounds = 0;                      // quiet times one after the other: each is twice as long
    bool begins = false;                 // the one that began the quiet time comes next, and was told by saying so
    std::string last;                    // the notice of what happened last
    bool operator==(const notice_repeats&) const = default;
};
BOOST_DESCRIBE_STRUCT(notice_repeats, (), (group, told, quiet_until, held, rounds, begins, last))

/// The kind of thing that a notice tells of, where it may be gathered; empty: it never is.
std::string_view notice_group(std::string_view kind);

const notice_repeats* find_repeats(const std::vector<notice_repeats>& in, std::string_view group);
/// Is a notice of this kind, about something that happened at `at`, one of those that are gathered?
bool is_held(const std::vector<notice_repeats>& in, std::string_view kind, instant at);
/// How many were told within `span` before `at`: of one group, or of all (an empty name).
int told_within(const std::vector<notice_repeats>& in, std::string_view group, instant at, base::duration span);

// -- how events change it
void count_told(std::vector<notice_repeats>& in, std::string_view kind, instant at);
void hold_back(std::vector<notice_repeats>& in, std::string_view kind, instant at, instant until, int round);
void gathered(std::vector<notice_repeats>& in, std::string_view group, instant at);

}  // namespace keepline::domain
