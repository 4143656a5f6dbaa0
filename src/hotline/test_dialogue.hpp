// For tests only: the dialogue that the program brings, read once.
#pragma once

#include "base/ensure.hpp"
#include "hotline/dialogue.hpp"

namespace keepline::hotline {

inline const spoken_dialogue& shipped_dialogue() {
    static const auto read = read_dialogue(shipped_files());
    ENSURE(read.has_value());
    return *read;
}

}  // namespace keepline::hotline
