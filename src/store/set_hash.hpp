// One hash over a set of rows, kept up while rows come and go (LtHash: Bellare and Micciancio's sum, with 1,024 lanes
// of 16 bits, so that nobody finds another set with the same sum). The order of rows does not matter.
#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"

#include <array>

namespace keepline::store {

class set_hash {
 public:
    static constexpr std::size_t lanes = 1024;

    set_hash() = default;
    /// From bytes(); anything else is an empty set.
    explicit set_hash(base::byte_view kept);

    void add(const base::digest& row) { change(row, 1); }
    void remove(const base::digest& row) { change(row, -1); }
    base::bytes bytes() const;
    base::digest digest() const { return base::sha256(bytes()); }
    bool operator==(const set_hash&) const = default;

 private:
    void change(const base::digest& row, int sign);
    std::array<std::uint16_t, lanes> sums_{};
};

}  // namespace keepline::store
