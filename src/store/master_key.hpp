// The master key: 32 random bytes in a file that only the server's user may read. It wraps the subscribers' keys, so
// that a copy of keys.sqlite alone opens nothing. Keep it apart from every backup. Never logged, never in an error.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/locked_bytes.hpp"

#include <optional>
#include <string>

#include <sodium.h>

namespace keepline::store {

/// 32 secret bytes, overwritten when they are no longer used.
class secret_key {
 public:
    secret_key() = default;
    ~secret_key() { sodium_memzero(raw_.data(), raw_.size()); }
    secret_key(const secret_key&) = default;
    secret_key& operator=(const secret_key&) = default;
    std::uint8_t* data() { return raw_.data(); }
    const std::uint8_t* data() const { return raw_.data(); }
    std::size_t size() const { return raw_.size(); }
    base::byte_view view() const { return raw_; }
    operator base::byte_view() const { return raw_; }

 private:
    base::byte_array<crypto_aead_xchacha20poly1305_ietf_KEYBYTES> raw_{};
};

/// Reads the key; where there is no file and `may_create`, makes one (mode 0600, durable before it is used).
/// code::config_invalid when it is missing, has another length, or others may read it.
base::result<base::locked_bytes> load_master_key(const std::string& path, bool may_create);

/// Where the next master key lies while everything is wrapped anew: it takes the other's place once that is committed.
std::string next_master_key_of(const std::string& path);
/// A new key in a new file, durable. code::config_invalid.
base::result<base::locked_bytes> create_master_key(const std::string& path);

/// XChaCha20-Poly1305 under `key`: nonce (24 random bytes), sealed bytes, tag. `about` is bound to it without being in
/// it.
base::bytes seal_bytes(base::byte_view key, std::string_view about, base::byte_view plain);
/// The plain bytes; nothing when a bit, the key or `about` differs.
std::optional<base::bytes> open_bytes(base::byte_view key, std::string_view about, base::byte_view sealed);

}  // namespace keepline::store
