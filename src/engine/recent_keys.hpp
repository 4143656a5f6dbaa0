// The Idempotency-Keys that a stream remembers, as the bytes kept in its row (`stream.recent`). Pure; any thread.
// After a byte that names the form, records of 36 bytes: key 16, fingerprint 12, version 4, second 4; newest first.
// Only the first 12 bytes of a fingerprint are kept: enough to tell two requests apart.
#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::engine {

struct remembered_key {
    std::uint64_t version = 0;  // of the stream after the entry that the key made
    bool same_request = false;  // the fingerprint is the one of the first time
};

/// The key as the stream remembers it; none when it is unknown or older than `remember_for`.
std::optional<remembered_key> find_key(std::string_view recent, const idempotency& once, instant now,
                                       base::duration remember_for);
/// The memory with one key more: without those that are too old, and at most `keep` of them.
std::string with_key(std::string_view recent, const idempotency& once, std::uint64_t version, instant now,
                     base::duration remember_for, std::size_t keep);

/// No room for another key within the promise: `keep` of them are younger than `remember_for`. When the oldest ends.
std::optional<instant> no_room_until(std::string_view recent, instant now, base::duration remember_for,
                                     std::size_t keep);

}  // namespace keepline::engine
