// One run: a server (engine over a journal in memory) among peers and people, in one thread, under a seed. Afterwards
// everything that must hold is looked at; checks.hpp says what.
#pragma once

#include "script.hpp"

#include <map>
#include <string>

namespace keepline::sim {

/// How often the runs came to something: commands and their answers, stages, ends, faults.
using reached = std::map<std::string, long>;

struct outcome {
    std::string broken;  // what does not hold; empty: all does
    std::string trace;   // everything that was answered, committed and sent, in order
};

outcome run(std::uint64_t seed, const script& what, reached* into = nullptr);

}  // namespace keepline::sim
