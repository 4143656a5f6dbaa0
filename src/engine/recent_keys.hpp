// The Idempotency-Keys that a stream remembers, as the bytes kept in its row (`stream.recent`). Pure; any thread.
// After a byte that names the form, records of 36 bytes: key 16, fingerprint 8, whose 4, version 4, second 4; newest
// first. Only the first 8 bytes of a fingerprint are kept: enough to tell two requests apart. Stores of before have
// more of the fingerprint where it says whose: nobody's, for a day.
#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::engine {

/// Beyond what a stream remembers (settings::remembered_keys), this part more for what only stops something.
inline constexpr std::size_t places_for_stopping = 4;

struct remembered_key {
    std::uint64_t version = 0;  // of the stream after the entry that the key made
    bool same_request = false;  // the fingerprint is the one of the first time
};

/// The key as the stream remembers it; none when it is unknown or older than `remember_for`.
std::optional<remembered_key> find_key(std::string_view recent, const idempotency& once, instant now,
                                       base::duration remember_for);
/// A few bytes that stand for a credential.
std::uint32_t mark_of(const domain::actor& by);

/// The memory with one key more: without those that are too old, and at most `keep` of them.
std::string with_key(std::string_view recent, const idempotency& once, std::uint64_t version, instant now,
                     base::duration remember_for, std::size_t keep, std::uint32_t by = 0);

/// No room for another key within the promise: `keep` of them are younger than `remember_for`. When the oldest ends.
std::optional<instant> no_room_until(std::string_view recent, instant now, base::duration remember_for,
                                     std::size_t keep);
/// The same of what one credential may have remembered here.
std::optional<instant> no_place_until(std::string_view recent, std::uint32_t by, instant now,
                                      base::duration remember_for, std::size_t most);

}  // namespace keepline::engine
