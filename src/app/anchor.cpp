#include "app/anchor.hpp"

#include "base/digest.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <set>

namespace keepline::app {

namespace {

std::optional<base::digest> digest_of(const std::string& hex) {
    const auto raw = base::from_hex(hex);
    base::digest out{};
    if (!raw || raw->size() != out.size()) return std::nullopt;
    std::ranges::copy(*raw, out.begin());
    return out;
}

std::unexpected<base::error> broken(std::int64_t line, const std::string& what) {
    return base::refuse(base::code::certificate_invalid, "Line " + std::to_string(line) + " of the anchors " + what);
}

/// What moves though no server runs: the command line writes notes and tokens, and the server itself goes on after its
/// last anchor (the clock's mark, the heads).
bool moves_without_a_server(std::string_view table) {
    return table == "note" || table == "token" || table == "token_on_hold" || table == "partition" ||
           table.starts_with("keys.");
}

std::string table_mismatch(const anchored_table& then, const store::store_summary& now, bool nothing_since) {
    const auto found = std::ranges::find(now.tables, then.name, &store::table_summary::name);
    if (found == now.tables.end()) return "the table " + then.name + " is not summed up any more";
    if (found->changes < then.changes ||
        (nothing_since && !moves_without_a_server(then.name) && found->changes != then.changes))
        return "the table " + then.name + " had been changed " + std::to_string(then.changes) + " times, and now " +
               std::to_string(found->changes) + " times";
    if (found->changes == then.changes && (found->rows != then.rows || base::hex(found->sum) != then.sum))
        return "the table " + then.name + " has other rows than when it was anchored";
    return {};
}

}  // namespace

anchor anchor_of(const store::store_summary& now, base::instant at, const std::map<int, std::int64_t>& known) {
    anchor out;
    out.at = at;
    out.complete = known.empty();
    out.epoch = now.epoch;
    out.position = now.position;
    out.streams = now.streams;
    for (const auto& one : now.heads) {
        const auto before = known.find(one.partition);
        if (before != known.end() && before->second == one.seq) continue;
        out.heads.push_back({one.partition, one.seq, base::hex(one.chain)});
    }
    for (const auto& one : now.horizons) out.horizons.push_back({one.destination, one.position});
    out.cursors = base::hex(now.cursors);
    for (const auto& one : now.tables) out.tables.push_back({one.name, one.rows, one.changes, base::hex(one.sum)});
    for (const auto& one : now.tokens) out.tokens.push_back({one.id, base::hex(one.row), one.revoked});
    return out;
}

std::string line_hash(std::string_view line) { return base::hex(base::sha256(base::view(line))); }

namespace {

std::string since(const anchor& before, const anchor& one) {
    return " (the line of " + base::iso(one.at) + " after that of " + base::iso(before.at) + ")";
}

/// What `one` says less of than the lines before it; empty: nothing.
std::string taken_back(const anchors& before, const anchor& one, const std::map<int, port::partition_head>& heads) {
    const auto& last = before.newest;
    if (one.position < last.position)
        return "the anchors saw " + std::to_string(last.position) + " entries, and later " +
               std::to_string(one.position) + since(last, one) + ": the journal's end was cut, and a server went on";
    if (one.streams < last.streams || one.epoch < last.epoch)
        return "the anchors saw more streams, or a later owner, than afterwards" + since(last, one);
    for (const auto& [partition, head] : before.heads) {
        const auto now = heads.find(partition);
        if (now == heads.end() && !one.complete) continue;
        const auto seq = now == heads.end() ? 0 : now->second.seq;
        if (seq < head.seq || (seq == head.seq && now->second.chain != head.chain))
            return "the anchors saw partition " + std::to_string(partition) + " at entry " + std::to_string(head.seq) +
                   ", and later not any more" + since(last, one);
    }
    return {};
}

/// A person accepted what did not fit: the journal is held to what is named from here on. (The line is written after
/// the start, when partitions that were cut may have gone on past heads that they had before, with other entries.)
void begin_again(anchors& out, const anchor& one) {
    out.accepted.push_back(base::iso(one.at) + ": " + one.accepted);
    out.went_back.clear();
    out.noticed.clear();
    out.missing.clear();
    out.heads.clear();
    out.all_heads.clear();
}

result<void> add_line(anchors& out, anchor one, std::int64_t number) {
    std::map<int, port::partition_head> heads;
    for (const auto& head : one.heads) {
        const auto chain = digest_of(head.chain);
        if (!chain) return broken(number, "cannot be read.");
        heads[head.partition] = {head.partition, head.seq, *chain};
    }
    if (!one.accepted.empty() && one.complete)
        begin_again(out, one);
    else if (number > 1 && out.went_back.empty())
        out.went_back = taken_back(out, one, heads);
    if (out.noticed.empty()) out.noticed = one.noticed;
    if (!one.restored.empty()) out.restored.insert(one.restored);
    for (const auto& [partition, head] : heads) {
        const auto known = out.heads.find(partition);
        if (known != out.heads.end() && known->second == head) continue;
        out.all_heads.push_back(head);
        // Where the lines go back, the furthest stays what the journal is held to.
        if (known == out.heads.end() || known->second.seq <= head.seq) out.heads[partition] = head;
    }
    out.newest = std::move(one);
    return {};
}

}  // namespace

namespace {

/// Which key signs now and which have been exchanged, from line to line.
class key_succession {
 public:
    explicit key_succession(std::string_view jwks) {
        const auto set = base::parse_json(jwks);
        const auto* keys = set && set->is_object() ? set->get_object().if_contains("keys") : nullptr;
        if (keys == nullptr || !keys->is_array() || keys->get_array().empty()) return;
        const auto* first = keys->get_array().front().if_object();
        const auto* kid = first == nullptr ? nullptr : first->if_contains("kid");
        if (kid != nullptr && kid->is_string()) first_ = kid->get_string();
    }
    bool allows(const std::string& kid) {
        if (kid == now_) return true;
        if (kid != first_ && gone_.contains(kid)) return false;
        if (!now_.empty()) gone_.insert(now_);
        now_ = kid;
        return true;
    }

 private:
    std::string first_, now_;
    std::set<std::string> gone_;
};

}  // namespace

result<anchors> read_anchors(std::string_view text, std::string_view jwks) {
    anchors out;
    std::string before;
    key_succession keys(jwks);
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        const bool ended = end != std::string_view::npos;
        text.remove_prefix(ended ? end + 1 : text.size());
        if (line.empty()) continue;
        const auto signed_by_us = link::verify_jws(line, jwks, anchor_type, anchor_octets_max);
        if (!signed_by_us && !ended) break;  // half a line: the power went while it was written
        const auto number = ++out.lines;
        if (!signed_by_us) return broken(number, "does not hold. " + signed_by_us.error().words);
        if (!keys.allows(signed_by_us->kid))
            return broken(number, "is signed by a key that had been exchanged before.");
        auto one = base::from_json<anchor>(signed_by_us->claims);
        if (!one) return broken(number, "cannot be read.");
        const bool follows = number > 1 && one->previous == before;
        if (!follows && !one->complete) return broken(number, "does not follow the line before.");
        if (!follows && number > 1) out.missing.push_back("lines are missing before that of " + base::iso(one->at));
        before = line_hash(line);
        CHECK(add_line(out, std::move(*one), number));
    }
    if (out.lines == 0) return base::refuse(base::code::certificate_invalid, "The file has no anchor.");
    return out;
}

bool is_from_before(const anchors& then, std::string_view restored) {
    return !restored.empty() && (then.restored.empty() || *then.restored.rbegin() < restored);
}

std::string ends_before(const anchors& then, const store::store_summary& now) {
    if (!then.went_back.empty()) return then.went_back;
    const auto& last = then.newest;
    if (now.position < last.position)
        return "the journal ends at entry " + std::to_string(now.position) + " of " + std::to_string(last.position) +
               " that were anchored at " + base::iso(last.at);
    if (now.streams < last.streams) return "streams that were anchored are gone";
    if (now.epoch < last.epoch) return "the owner's epoch was set back";
    for (const auto& [partition, head] : then.heads) {
        const auto found = std::ranges::find(now.heads, partition, &port::partition_head::partition);
        const auto reached = found == now.heads.end() ? 0 : found->seq;
        if (reached < head.seq || (reached == head.seq && found->chain != head.chain))
            return "partition " + std::to_string(partition) + " is not what was anchored: it is at entry " +
                   std::to_string(reached) + " of " + std::to_string(head.seq);
    }
    return {};
}

std::string mismatch(const anchors& then, const store::store_summary& now, bool with_keys) {
    if (auto words = ends_before(then, now); !words.empty()) return words;
    if (!then.noticed.empty()) return then.noticed;
    if (!then.missing.empty()) return then.missing.front();
    const auto& last = then.newest;
    // After an orderly end, as long as no server has taken the store again, nothing moves but tokens.
    const bool nothing_since = last.stopped && now.epoch == last.epoch;
    if (nothing_since && now.position != last.position) return "entries were added while no server ran";
    for (const auto& one : last.tables) {
        if (!with_keys && one.name.starts_with("keys.")) continue;
        if (auto words = table_mismatch(one, now, nothing_since); !words.empty()) return words;
    }
    for (const auto& one : last.horizons) {
        const auto found = std::ranges::find(now.horizons, one.destination, &port::horizon::destination);
        const auto reached = found == now.horizons.end() ? 0 : found->position;
        if (reached < one.position || (nothing_since && reached != one.position))
            return "destination " + std::to_string(one.destination) + " was settled up to " +
                   std::to_string(one.position) + " and is now at " + std::to_string(reached);
    }
    if (nothing_since && base::hex(now.cursors) != last.cursors) return "cursors were moved while no server ran";
    for (const auto& one : last.tokens) {
        const auto found = std::ranges::find(now.tokens, one.id, &store::token_summary::id);
        // Sessions that are over are dropped; that nothing else is, the table's sum knows.
        if (found == now.tokens.end()) continue;
        if (one.revoked && !found->revoked)
            return "token " + one.id.substr(0, 8) + " had been revoked, and is not any more";
    }
    return {};
}

}  // namespace keepline::app
