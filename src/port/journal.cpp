// The parts of the journal's contract that are code: what an entry's hash covers, and what a write must look like.
#include "port/journal.hpp"

#include "base/digest.hpp"
#include "base/ensure.hpp"
#include "base/json.hpp"
#include "domain/number/closure.hpp"

namespace keepline::port {

// Covered is what the entry says. Not covered are its places in the store (stream, position), which may differ in a
// restored one; partition and number are given at commit, and are covered by the partition's chain.
base::digest entry_hash(const base::digest& before, const entry& e) {
    return base::part_hasher()
        .add(before)
        .add(e.version)
        .add(static_cast<std::uint64_t>(e.at.ms))
        .add(e.meta)
        .add(e.events)
        .add(e.effects)
        .add(std::uint64_t{e.destinations})
        .finish();
}

base::digest chain_after(const base::digest& before, entry_id which, const base::digest& hash) {
    return base::part_hasher()
        .add(before)
        .add(static_cast<std::uint64_t>(which.partition))
        .add(static_cast<std::uint64_t>(which.seq))
        .add(hash)
        .finish();
}

bool is_end_of_case(std::string_view stage) {
    const auto known = base::enum_named<domain::stage>(stage);
    return known && !domain::is_open(*known);
}

void ensure_well_formed(const write& what) {
    ENSURE(!what.after.key.key.empty());
    if (!what.record) return;
    ENSURE(what.after.version >= 1);
    ENSURE(!what.after.public_id.empty());
    ENSURE(what.record->version == what.after.version);
    ENSURE(what.record->hash == what.after.head);
    ENSURE(what.record->partition == partition_of(what.after.key));
    ENSURE(what.record->effects.empty() == (what.record->destinations == 0));
}

}  // namespace keepline::port
