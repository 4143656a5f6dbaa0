// A few secret bytes in a page of their own: never swapped out, never in a core dump, overwritten at the end. Any
// thread may read them. Copies are locked, too.
#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace keepline::base {

class locked_bytes {
 public:
    /// Zeroes. Where the system lets no more memory be locked (RLIMIT_MEMLOCK) the bytes are kept all the same;
    /// all_locked() tells.
    explicit locked_bytes(std::size_t size);
    explicit locked_bytes(byte_view copied);
    locked_bytes(const locked_bytes& other) : locked_bytes(other.view()) {}
    locked_bytes(locked_bytes&& from) noexcept;
    locked_bytes& operator=(locked_bytes other) noexcept;
    ~locked_bytes();

    std::uint8_t* data() { return data_; }
    const std::uint8_t* data() const { return data_; }
    std::size_t size() const { return size_; }
    byte_view view() const { return {data_, size_}; }

    /// Whether every one that was made in this process could be locked.
    static bool all_locked();

 private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// From now on OpenSSL keeps private keys (signatures, TLS) in locked pages of its own, too. Before the first is made.
void lock_private_keys();

/// Overwrites what held a secret for a moment; never optimised away.
void wipe(void* data, std::size_t size);

}  // namespace keepline::base
