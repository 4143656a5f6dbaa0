// Going back in a stream's journal: the view as it was after one of its entries. Any thread; reads only.
#pragma once

#include "engine/engine.hpp"

namespace keepline::engine {

struct past_moment {
    view_ptr view;
    std::vector<any_event> events;  // of the entry that led there
};

/// Folds the stream's entries from the first up to `version`. code::journal_broken when they do not reach it.
result<past_moment> view_at(port::journal& of, const port::stream& row, std::uint64_t version);

}  // namespace keepline::engine
