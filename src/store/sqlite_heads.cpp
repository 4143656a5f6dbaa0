#include "store/sqlite_heads.hpp"

#include <algorithm>
#include <map>

namespace keepline::store {

namespace {

base::digest chain_at(rows& row, int column) {
    base::digest out{};
    const auto raw = row.blob(column);
    if (raw.size() == out.size()) std::copy(raw.begin(), raw.end(), out.begin());  // else zeros, which `verify` reports
    return out;
}

}  // namespace

result<std::vector<port::partition_head>> read_heads(connection& from) {
    std::map<int, port::partition_head> heads;
    std::int64_t noted = 0;
    {
        auto found = from.run(sql("SELECT id, seq, chain, position FROM partition"));
        while (found.next()) {
            const auto partition = static_cast<int>(found.integer(0));
            if (partition < 0 || partition >= port::partition_count) continue;
            heads[partition] = {partition, found.integer(1), chain_at(found, 2)};
            noted = std::max(noted, found.integer(3));
        }
        CHECK(found.ended());
    }
    auto since = from.run(sql("SELECT partition, seq, chain FROM entry WHERE position > ?1 ORDER BY position"), noted);
    while (since.next()) {
        const auto partition = static_cast<int>(since.integer(0));
        if (partition < 0 || partition >= port::partition_count)
            return base::refuse(base::code::journal_broken, "An entry's partition does not exist; restore a backup.");
        heads[partition] = {partition, since.integer(1), chain_at(since, 2)};
    }
    CHECK(since.ended());
    std::vector<port::partition_head> out;
    for (const auto& [partition, one] : heads) out.push_back(one);
    return out;
}

}  // namespace keepline::store
