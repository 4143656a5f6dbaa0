// A sentence as a row of pieces, each with one recording of its own: words that stand, and the words of a value. And
// the list of everything that has to be recorded. Pure; any thread.
#pragma once

#include "hotline/interpreter.hpp"

#include <string>
#include <vector>

namespace keepline::hotline {

/// One piece of sound: "say.main.menu", "word.n7"; "pause" is none.
struct piece {
    std::string id;
    std::string language;
    bool operator==(const piece&) const = default;
};
std::vector<piece> pieces_of(const spoken_dialogue& of, const utterance& one);

/// As a reader would see it: for scenarios, `hotline say` and logs of tests.
std::string text_of(const spoken_dialogue& of, const utterance& one);

/// What a piece says; empty: there is none.
std::string words_of(const spoken_dialogue& of, const piece& one);

/// Everything that may be said, in every language.
std::vector<piece> everything(const spoken_dialogue& of);

}  // namespace keepline::hotline
