// One command applied to one stream, in memory: what it is decided to be, and the write that makes it last. Pure but
// for the public id of a new stream. Called by the writer, on its thread.
#pragma once

#include "engine/stream_cache.hpp"

#include <memory>
#include <string>
#include <vector>

namespace keepline::engine {

/// Who an effect is about; the connectors get it with the effect.
struct addressee {
    port::stream_key key;
    std::string public_id;
    std::string language;
};

/// The effects of one entry on their way out. Immutable once committed, shared by the lanes that carry them.
struct outgoing {
    int partition = 0;
    std::int64_t seq = 0;       // in the partition
    std::int64_t position = 0;  // in the store's order of commits
    std::int64_t stream = 0;
    std::uint32_t destinations = 0;
    instant at;
    base::digest hash{};
    std::string correlation;
    std::vector<domain::effect> effects;
    std::optional<addressee> whose;  // none when read back from the journal: looked up before the delivery
};

struct transition {
    known_stream after;
    port::write write;  // numbers and positions are filled in by the commit
    std::vector<any_event> events;
    std::shared_ptr<outgoing> out;  // null: no effects
};

/// The command's refusal; or nothing (it was already so); or the step.
result<std::optional<transition>> apply(const known_stream& before, const submission& what,
                                        const domain::rule_book& rules, instant now, const settings& how,
                                        port::random& ids);

}  // namespace keepline::engine
