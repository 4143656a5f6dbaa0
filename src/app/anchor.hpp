// What the journal's heads were at a moment, signed and kept outside of the store's file: one JWS per line, each with
// the hash of the line before. Whoever has the newest line knows later whether anything up to then was cut off or
// rewritten: no line takes back what one before it said. Reading and comparing is pure; any thread.
#pragma once

#include "base/json.hpp"
#include "link/jws.hpp"
#include "store/store_check.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace keepline::app {

using base::result;

/// `typ` of our anchors: no anchor passes for a certificate, and no certificate for an anchor.
inline constexpr std::string_view anchor_type = "keepline-anchor+jwt";
/// A line names 1,024 heads at most, and the tokens of staff and machines.
inline constexpr std::size_t anchor_octets_max = 16U << 20;

struct anchored_head {
    int partition = 0;
    std::int64_t seq = 0;
    std::string chain;
    bool operator==(const anchored_head&) const = default;
};
BOOST_DESCRIBE_STRUCT(anchored_head, (), (partition, seq, chain))

struct anchored_table {
    std::string name;
    std::int64_t rows = 0;
    std::int64_t changes = 0;
    std::string sum;
    bool operator==(const anchored_table&) const = default;
};
BOOST_DESCRIBE_STRUCT(anchored_table, (), (name, rows, changes, sum))

struct anchored_horizon {
    int destination = 0;
    std::int64_t position = 0;
    bool operator==(const anchored_horizon&) const = default;
};
BOOST_DESCRIBE_STRUCT(anchored_horizon, (), (destination, position))

struct anchored_token {
    std::string id;
    std::string row;
    bool revoked = false;
    bool operator==(const anchored_token&) const = default;
};
BOOST_DESCRIBE_STRUCT(anchored_token, (), (id, row, revoked))

struct anchor {
    base::instant at;
    bool stopped = false;   // the server ended in order right after it
    bool complete = false;  // names the heads of all partitions, not only of those that moved since the line before
    std::string previous;   // SHA-256 of the line before, hex; empty: the first of its file
    std::int64_t epoch = 0;
    std::int64_t position = 0;
    std::int64_t streams = 0;
    std::vector<anchored_head> heads;
    std::vector<anchored_horizon> horizons;
    std::string cursors;
    std::vector<anchored_table> tables;
    std::vector<anchored_token> tokens;
    std::string noticed;   // what of the store did not fit the lines before, when a server started
    std::string accepted;  // complete; what a person who has the machine let go on though it did not fit, and why
    bool anew = false;     // with `accepted`: after a restore, which nothing from before is held to
    std::string restored;  // when the store was restored last; empty: never
};
BOOST_DESCRIBE_STRUCT(anchor, (),
                      (at, stopped, complete, previous, epoch, position, streams, heads, horizons, cursors, tables,
                       tokens, noticed, accepted, anew, restored))

/// Of a store now; with the heads that `known` has not got, or all.
anchor anchor_of(const store::store_summary& now, base::instant at, const std::map<int, std::int64_t>& known);

std::string line_hash(std::string_view line);

/// A file of anchors, read to its end.
struct anchors {
    std::int64_t lines = 0;
    anchor newest;
    std::map<int, port::partition_head> heads;    // as the lines together say
    std::vector<port::partition_head> all_heads;  // each that ever was and is held to: the journal must still have it
    std::string went_back;                        // in words, where a line takes back what one before it said
    std::string noticed;                          // what a server noticed at its start, and nobody accepted
    std::vector<std::string> accepted;            // what was accepted, the oldest first
    std::vector<std::string> missing;             // in words, before which lines others are missing
    std::set<std::string> restored;               // of which restores any line says that it came after them
};

/// Is every line from before the store was restored (its note, empty: never)? What such a file saw is not held against
/// the store; from its first line after the restore on, all is. A store of an older restore than the file's is none.
bool is_from_before(const anchors& then, std::string_view restored);

/// Each line's signature, and that each follows the one before; a complete one may come after a gap, which is said. A
/// key that another one has taken the place of signs nothing more, unless it is the first of `jwks`, which signs now.
/// code::certificate_invalid with the line.
result<anchors> read_anchors(std::string_view text, std::string_view jwks);

/// In words, what shows that the store ends before what was anchored, or did so once; empty: it does not. A crash does
/// not lead to it: a line is written about what is committed and synced.
std::string ends_before(const anchors& then, const store::store_summary& now);

/// In words, what in the store cannot have become of what the anchor saw; empty: nothing. All heads are for
/// engine::verify. `with_keys`: the summary has the tables of the subscribers' keys; another journal than the server's
/// own (a backup, say) is looked at without.
std::string mismatch(const anchors& then, const store::store_summary& now, bool with_keys);

}  // namespace keepline::app
