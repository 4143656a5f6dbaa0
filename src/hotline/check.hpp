// What is wrong with a dialogue before anybody calls: a state that nothing leads to, one that cannot end, a circle in
// which nobody is heard, a command that a caller could come to without the proof for it, a sentence that a language
// lacks or that has a hole in its middle. Pure; any thread.
#pragma once

#include "hotline/dialogue.hpp"

#include <string>
#include <vector>

namespace keepline::hotline {

struct finding {
    std::string where;  // a state, or language and sentence
    std::string what;
    bool operator==(const finding&) const = default;
};

/// Empty: the dialogue is in order.
std::vector<finding> check(const spoken_dialogue& of);

/// As a graph, in the language of Graphviz.
std::string draw(const spoken_dialogue& of);

/// Every sentence that a state may say, and those that are said of themselves: by name, with the states that say it.
std::map<std::string, std::vector<std::string>> sentences_of(const dialogue& way);

/// Where a state may lead: what leads there, and the state.
struct way_on {
    std::string by;
    std::string to;
};
std::vector<way_on> ways_on(const state& from);

}  // namespace keepline::hotline
