// What happens in a run, one action after another; a seed writes it. An action carries its own dice, so that the others
// stay what they are when one is left out.
#pragma once

#include "base/enum_text.hpp"
#include "one_thread.hpp"

#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace keepline::sim {

// clang-format off
BOOST_DEFINE_ENUM_CLASS(deed,
    live,          // somebody does something about a line (domain/number/test_walk.hpp)
    lawful,        // the next step of somebody who wants a case to come to its end; now and then a wrong one
    person,        // an owner's contact points change, and their lines are told
    again,         // an earlier request is sent again under its key
    other_request, // another request under the key of an earlier one
    receipt,       // a delivery receipt comes
    work,          // the server goes on for a while
    crash,         // at one of the next commits, before or after it
    crash_now,
    restart,
    takeover,      // another server takes the journal while this one still runs
    disk,          // full, nearly full, or with room again
    conflict,       // somebody else has written to a stream meanwhile
    lost_answer,   // nobody knows what became of the next commit
    io_error,      // the journal cannot be read for a while
    clock,         // it jumps ahead, or is in doubt (that it never goes back is engine/trusted_clock)
    peers,         // they are well, flaky, or away
    rules          // other policies are in force
)
// clang-format on

struct action {
    deed what = deed::work;
    std::uint64_t dice = 0;
};
using script = std::vector<action>;

inline script script_of(std::uint64_t seed) {
    dice d(seed * 7919 + 17);
    struct weighed {
        deed what;
        int weight;
    };
    const bool calm = d.one_in(3);  // some runs see life more than faults
    const std::vector<weighed> table{{deed::live, 70},
                                     {deed::lawful, calm ? 75 : 55},
                                     {deed::person, 4},
                                     {deed::again, 10},
                                     {deed::other_request, 3},
                                     {deed::receipt, 14},
                                     {deed::work, 22},
                                     {deed::crash, calm ? 1 : 4},
                                     {deed::crash_now, calm ? 0 : 2},
                                     {deed::restart, 1},
                                     {deed::takeover, calm ? 0 : 2},
                                     {deed::disk, calm ? 0 : 5},
                                     {deed::conflict, calm ? 0 : 3},
                                     {deed::lost_answer, calm ? 0 : 3},
                                     {deed::io_error, calm ? 0 : 3},
                                     {deed::clock, 5},
                                     {deed::peers, 4},
                                     {deed::rules, 4}};
    int all = 0;
    for (const auto& one : table) all += one.weight;
    script out;
    if (!d.one_in(5)) out.assign(3, {deed::lawful, d.next()});  // the lines are there
    for (int left = 60 + d.roll(160); left > 0; --left) {
        int at = d.roll(all);
        for (const auto& one : table) {
            at -= one.weight;
            if (at >= 0) continue;
            out.push_back({one.what, d.next()});
            break;
        }
    }
    return out;
}

inline std::string text_of(const action& a) {
    return std::string(boost::describe::enum_to_string(a.what, "")) + " " + std::to_string(a.dice);
}

}  // namespace keepline::sim
