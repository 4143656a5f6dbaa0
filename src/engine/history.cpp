#include "engine/history.hpp"

#include "engine/codec.hpp"

namespace keepline::engine {

namespace {

constexpr std::size_t entries_at_once = 256;

/// From `start` on, up to `version`.
result<past_moment> folded(port::journal& of, const port::stream& row, stream_view start, std::uint64_t version) {
    auto view = std::make_shared<stream_view>(std::move(start));
    view->public_id = row.public_id;
    past_moment moment;
    while (view->version < version) {
        TRY(entries, of.entries(row.id, view->version + 1, entries_at_once));
        if (entries.empty()) break;
        for (const auto& one : entries) {
            if (one.version != view->version + 1 || one.version > version) break;
            TRY(events, decode_events(row.key.kind, one.events));
            for (const auto& event : events) evolve(*view, event);
            view->version = one.version;
            if (view->version == version) moment.events = std::move(events);
        }
        if (entries.back().version > view->version && view->version < version) break;  // a gap
    }
    if (view->version != version)
        return base::refuse(base::code::journal_broken, "The journal lacks entries of this stream.");
    moment.view = std::move(view);
    return moment;
}

}  // namespace

result<view_ptr> load_view(port::journal& of, const port::stream& row) {
    stream_view start = empty_view(row.key);
    if (!row.snapshot.empty()) {
        TRY(snapshot, decode_snapshot(row));
        start = std::move(snapshot);
    }
    TRY(now, folded(of, row, std::move(start), row.version));
    return std::move(now.view);
}

result<view_ptr> load_view(port::journal& of, const port::stream_key& key) {
    TRY(row, of.load(key));
    if (!row) return view_ptr();
    return load_view(of, *row);
}

result<past_moment> view_at(port::journal& of, const port::stream& row, std::uint64_t version) {
    return folded(of, row, empty_view(row.key), version);
}

}  // namespace keepline::engine
