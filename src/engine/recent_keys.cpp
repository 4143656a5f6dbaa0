#include "engine/recent_keys.hpp"

#include <algorithm>

namespace keepline::engine {

namespace {

constexpr std::size_t key_size = 16;
constexpr std::size_t fingerprint_kept = 12;
constexpr std::size_t record_size = key_size + fingerprint_kept + 4 + 4;
constexpr std::size_t record_chars = record_size / 3 * 4;
constexpr std::size_t key_only_bytes = key_size / 3 * 3;  // the part of the key that fills whole characters
constexpr std::size_t key_only_chars = key_only_bytes / 3 * 4;

void put_u32(std::uint8_t* to, std::uint64_t value) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}
std::uint32_t take_u32(const std::uint8_t* from) {
    return (std::uint32_t{from[0]} << 24) | (std::uint32_t{from[1]} << 16) | (std::uint32_t{from[2]} << 8) |
           std::uint32_t{from[3]};
}

bool too_old(std::uint32_t second, instant now, base::duration remember_for) {
    return std::int64_t{second} * 1000 + remember_for.count() <= now.ms;
}

}  // namespace

std::optional<remembered_key> find_key(std::string_view recent, const idempotency& once, instant now,
                                       base::duration remember_for) {
    if (recent.empty()) return std::nullopt;
    // Compared as text first: most commands carry a key that the stream has never seen.
    const auto wanted = base::base64url(base::byte_view(once.key).first(key_only_bytes));
    for (std::size_t at = 0; at + record_chars <= recent.size(); at += record_chars) {
        if (recent.substr(at, key_only_chars) != wanted) continue;
        const auto record = base::from_base64url(recent.substr(at, record_chars));
        if (!record || !std::equal(once.key.begin(), once.key.end(), record->begin())) continue;
        const std::uint8_t* after_key = record->data() + key_size;
        if (too_old(take_u32(after_key + fingerprint_kept + 4), now, remember_for)) return std::nullopt;
        return remembered_key{take_u32(after_key + fingerprint_kept),
                              std::equal(after_key, after_key + fingerprint_kept, once.fingerprint.begin())};
    }
    return std::nullopt;
}

std::string with_key(std::string_view recent, const idempotency& once, std::uint64_t version, instant now,
                     base::duration remember_for, std::size_t keep) {
    base::byte_array<record_size> record{};
    std::copy(once.key.begin(), once.key.end(), record.begin());
    std::copy_n(once.fingerprint.begin(), fingerprint_kept, record.begin() + key_size);
    put_u32(record.data() + key_size + fingerprint_kept, version);
    put_u32(record.data() + key_size + fingerprint_kept + 4, static_cast<std::uint64_t>(now.ms / 1000));
    std::string out = base::base64url(record);
    out.reserve(std::min(keep, recent.size() / record_chars + 1) * record_chars);
    for (std::size_t at = 0; at + record_chars <= recent.size() && out.size() < keep * record_chars;
         at += record_chars) {
        // The second is in the last six characters; records are sorted by age, so the first old one ends the list.
        const auto record_text = recent.substr(at, record_chars);
        const auto tail = base::from_base64url(record_text.substr(record_chars - 8));
        if (!tail || too_old(take_u32(tail->data() + 2), now, remember_for)) break;
        out += record_text;
    }
    return out;
}

}  // namespace keepline::engine
