#include "engine/recent_keys.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {

constexpr char form = 1;  // the first byte
constexpr std::size_t key_size = 16;
constexpr std::size_t fingerprint_kept = 8;
constexpr std::size_t mark_at = key_size + fingerprint_kept;
constexpr std::size_t record_size = mark_at + 4 + 4 + 4;

void put_u32(std::uint8_t* to, std::uint64_t value) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}
std::uint32_t take_u32(base::byte_view from) {
    return (std::uint32_t{from[0]} << 24) | (std::uint32_t{from[1]} << 16) | (std::uint32_t{from[2]} << 8) |
           std::uint32_t{from[3]};
}

bool too_old(base::byte_view record, instant now, base::duration remember_for) {
    return std::int64_t{take_u32(record.last(4))} * 1000 + remember_for.count() <= now.ms;
}

/// The records alone. Stores of before have them as base64url, which never begins with `form`: `decoded` keeps those.
base::byte_view records_of(std::string_view recent, base::bytes& decoded) {
    if (recent.empty()) return {};
    if (recent.front() == form) return base::view(recent.substr(1));
    if (auto raw = base::from_base64url(recent)) decoded = std::move(*raw);
    return decoded;
}

}  // namespace

std::optional<remembered_key> find_key(std::string_view recent, const idempotency& once, instant now,
                                       base::duration remember_for) {
    base::bytes decoded;
    const auto records = records_of(recent, decoded);
    for (std::size_t at = 0; at + record_size <= records.size(); at += record_size) {
        const auto record = records.subspan(at, record_size);
        if (!std::equal(once.key.begin(), once.key.end(), record.begin())) continue;
        if (too_old(record, now, remember_for)) return std::nullopt;
        const auto fingerprint = record.subspan(key_size, fingerprint_kept);
        return remembered_key{take_u32(record.subspan(mark_at + 4)),
                              std::equal(fingerprint.begin(), fingerprint.end(), once.fingerprint.begin())};
    }
    return std::nullopt;
}

std::optional<instant> no_room_until(std::string_view recent, instant now, base::duration remember_for,
                                     std::size_t keep) {
    base::bytes decoded;
    const auto records = records_of(recent, decoded);
    if (records.size() / record_size < keep) return std::nullopt;
    const auto oldest = records.subspan((keep - 1) * record_size, record_size);
    if (too_old(oldest, now, remember_for)) return std::nullopt;
    return instant{std::int64_t{take_u32(oldest.last(4))} * 1000} + remember_for;
}

std::uint32_t mark_of(const domain::actor& by) {
    const auto whole = base::sha256(base::view(by.id.text()));
    return take_u32(base::byte_view(whole).first(4)) + static_cast<std::uint32_t>(by.as);
}

std::optional<instant> no_place_until(std::string_view recent, std::uint32_t by, instant now,
                                      base::duration remember_for, std::size_t most) {
    base::bytes decoded;
    const auto records = records_of(recent, decoded);
    std::size_t theirs = 0;
    for (std::size_t at = 0; at + record_size <= records.size(); at += record_size) {
        const auto record = records.subspan(at, record_size);
        if (take_u32(record.subspan(mark_at)) != by) continue;
        if (too_old(record, now, remember_for)) return std::nullopt;
        if (++theirs == most) return instant{std::int64_t{take_u32(record.last(4))} * 1000} + remember_for;
    }
    return std::nullopt;
}

std::string with_key(std::string_view recent, const idempotency& once, std::uint64_t version, instant now,
                     base::duration remember_for, std::size_t keep, std::uint32_t by) {
    base::byte_array<record_size> newest{};
    std::copy(once.key.begin(), once.key.end(), newest.begin());
    std::copy_n(once.fingerprint.begin(), fingerprint_kept, newest.begin() + key_size);
    put_u32(newest.data() + mark_at, by);
    put_u32(newest.data() + mark_at + 4, version);
    put_u32(newest.data() + mark_at + 8, static_cast<std::uint64_t>(now.ms / 1000));
    base::bytes decoded;
    const auto before = records_of(recent, decoded);
    // Records are sorted by age: the first old one ends the list.
    std::size_t kept = 0;
    while (kept + record_size <= before.size() && kept / record_size + 1 < keep &&
           !too_old(before.subspan(kept, record_size), now, remember_for))
        kept += record_size;
    std::string out(1, form);
    out.reserve(1 + record_size + kept);
    out += base::text(newest);
    out += base::text(before.first(kept));
    return out;
}

}  // namespace keepline::engine
