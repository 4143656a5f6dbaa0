// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104): names for bytes, and names that only a key holder can make.
#pragma once

#include "base/bytes.hpp"

#include <string_view>

namespace keepline::base {

digest sha256(byte_view data);
digest hmac_sha256(byte_view key, byte_view data);
/// Takes the same time whatever the difference.
bool equal_secrets(byte_view a, byte_view b);

/// SHA-256 over parts, each preceded by its length, so that no two lists of parts make the same bytes.
class part_hasher {
 public:
    part_hasher();
    ~part_hasher();
    part_hasher(const part_hasher&) = delete;
    part_hasher& operator=(const part_hasher&) = delete;
    part_hasher& add(byte_view part);
    part_hasher& add(std::string_view part) { return add(view(part)); }
    part_hasher& add(std::uint64_t number);
    digest finish();

 private:
    void* context_;
};

}  // namespace keepline::base
