// The phone's own DER: elements cut out of received bytes, and elements made. Written apart from src/rsp on purpose: a
// mistake in one must show up against the other. Nothing is copied on the way in; whatever is signed is kept as
// received.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace keepline::phone {

using base::byte_view;
using base::bytes;

/// One element. `tag` is its tag bytes as a number: 0x30, 0x5F37, 0xBF38.
struct tlv {
    std::uint32_t tag = 0;
    byte_view value;
    byte_view whole;
};

/// The beginning of an element that may not have arrived completely.
struct tlv_head {
    enum class state { complete, more, bad };
    state is = state::bad;
    std::uint32_t tag = 0;
    std::size_t size = 0;   // of tag and length
    std::size_t value = 0;  // announced length of the value
};
tlv_head read_head(byte_view);

/// Reads elements one after another, strictly DER: shortest lengths and tags, nothing indefinite.
class tlv_reader {
 public:
    explicit tlv_reader(byte_view data) : rest_(data) {}
    bool empty() const { return rest_.empty(); }
    /// The next element; none at the end or where the bytes are no DER.
    std::optional<tlv> next();
    /// The next element if it has this tag; the reader stays where it is otherwise.
    std::optional<tlv> take(std::uint32_t tag);

 private:
    byte_view rest_;
};

/// All elements of a value; none if some byte of it is no DER.
std::optional<std::vector<tlv>> elements(byte_view);
/// The one element that fills the data exactly and has this tag.
std::optional<tlv> only(byte_view data, std::uint32_t tag);
/// The first element with this tag.
std::optional<tlv> find(byte_view data, std::uint32_t tag);
/// A non-negative INTEGER's value.
std::optional<std::uint64_t> unsigned_value(byte_view value);
/// True when the element and everything constructed in it is DER, at most `depth` levels deep.
bool well_formed(const tlv&, int depth = 16);

bytes make(std::uint32_t tag, byte_view value);
bytes make(std::uint32_t tag, std::string_view value);
bytes make(std::uint32_t tag, std::initializer_list<byte_view> parts);
bytes make_unsigned(std::uint32_t tag, std::uint64_t value);
/// BIT STRING with these bits set; trailing zeros are cut as DER asks of named bits.
bytes make_bits(std::uint32_t tag, std::initializer_list<int> set_bits);
bytes joined(std::initializer_list<byte_view> parts);
void append(bytes& to, byte_view more);
bool same(byte_view a, byte_view b);
/// Bit n (0 is the first) of a BIT STRING's value.
bool bit(byte_view bit_string, int n);

}  // namespace keepline::phone
