// A stream's state out of its journal: as its row has it now, and as it was after one of its entries. Any thread; reads
// only.
#pragma once

#include "engine/engine.hpp"

namespace keepline::engine {

/// A stream's snapshot is written with every so many entries: folding the few that came since costs little more than
/// reading it, and writing it each time would cost more than all the rest of a commit. Most lines and profiles lie idle
/// before their first.
inline constexpr std::uint64_t snapshot_every = 8;

/// The state that goes with this row: its snapshot, if it has one, and the entries since. code::journal_broken.
result<view_ptr> load_view(port::journal& of, const port::stream& row);
/// The state of the stream with this key; null when there is none.
result<view_ptr> load_view(port::journal& of, const port::stream_key& key);

struct past_moment {
    view_ptr view;
    std::vector<any_event> events;  // of the entry that led there
};

/// Folds the stream's entries from the first up to `version`. code::journal_broken when they do not reach it.
result<past_moment> view_at(port::journal& of, const port::stream& row, std::uint64_t version);

}  // namespace keepline::engine
