// What a person's journal has of staff who read what is theirs. Reads the store: for requests that do so anyway.
#pragma once

#include "desk/asked.hpp"
#include "engine/codec.hpp"

namespace keepline::desk {

/// Each reading from that version of the journal on, the oldest first. `take`: (const domain::personal_data_read&) ->
/// bool, whether to go on.
template <typename Take>
result<void> each_read(const asked& c, const engine::stream_view& of, std::uint64_t from, const Take& take) {
    constexpr std::size_t entries_at_once = 200;
    while (from <= of.version) {
        TRY(entries, c.core_of().history(of, from, entries_at_once));
        if (entries.empty()) break;
        for (const auto& entry : entries) {
            TRY(events, engine::decode_events(port::stream_kind::subscriber, entry.events));
            for (const auto& one : events) {
                const auto* event = std::get_if<domain::subscriber_event>(&one);
                const auto* read = event == nullptr ? nullptr : std::get_if<domain::personal_data_read>(event);
                if (read != nullptr && !take(*read)) return {};
            }
        }
        from = entries.back().version + 1;
    }
    return {};
}

/// Has whoever asks, by any of their tokens, ever read this person's numbers here (of their document, of their
/// account)? Ever: what was read once can be written down, and a person's number often stays the same for life. A
/// picture is what is compared, not what it is compared with: those in `of_checks` were opened for that.
result<bool> has_read_numbers(const asked& c, const label& whose, const std::vector<label>& of_checks);

}  // namespace keepline::desk
