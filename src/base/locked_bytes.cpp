#include "base/locked_bytes.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sys/mman.h>
#include <utility>

#include <openssl/crypto.h>

namespace keepline::base {

namespace {
std::atomic<bool> every_one_locked{true};
}  // namespace

void wipe(void* data, std::size_t size) { ::explicit_bzero(data, size); }

void lock_private_keys() {
    constexpr std::size_t heap_bytes = 256UL * 1024;
    constexpr std::size_t least_piece = 32;
    if (CRYPTO_secure_malloc_initialized() == 0 && CRYPTO_secure_malloc_init(heap_bytes, least_piece) != 1)
        every_one_locked = false;
}

locked_bytes::locked_bytes(std::size_t size) : size_(size) {
    if (size == 0) return;
    void* const page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ENSURE(page != MAP_FAILED);
    data_ = static_cast<std::uint8_t*>(page);
    // As mlock would; but that one does nothing under the sanitizers, and the test of it would show nothing.
    if (::mlock2(page, size, 0) != 0) every_one_locked = false;
    ::madvise(page, size, MADV_DONTDUMP);
    ::madvise(page, size, MADV_WIPEONFORK);
}

locked_bytes::locked_bytes(byte_view copied) : locked_bytes(copied.size()) { std::ranges::copy(copied, data_); }

locked_bytes::locked_bytes(locked_bytes&& from) noexcept
    : data_(std::exchange(from.data_, nullptr)), size_(std::exchange(from.size_, 0)) {}

locked_bytes& locked_bytes::operator=(locked_bytes other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

locked_bytes::~locked_bytes() {
    if (data_ == nullptr) return;
    wipe(data_, size_);
    ::munmap(data_, size_);  // which unlocks it
}

bool locked_bytes::all_locked() { return every_one_locked; }

}  // namespace keepline::base
