// DER (ITU-T X.690 §10, §11) as SGP.22 uses it: a reader that never copies and accepts exactly one form of everything,
// and a writer. Takes hostile bytes. Pure; any thread; views live as long as the bytes they were read from.
//
// A tag is written as its bytes read as a number: 0x30, 0xbf38, 0x5f37. The modules of SGP.22 are EXTENSIBILITY
// IMPLIED, so a reader takes the elements it knows in their order and ignores what follows them; nothing is ever
// re-encoded, because signatures are over the bytes that were received.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::rsp::der {

using tag = std::uint32_t;

// Universal tags that SGP.22, X.509 and SAIP meet.
inline constexpr tag boolean = 0x01, integer = 0x02, bit_string = 0x03, octet_string = 0x04, null = 0x05,
                     object_identifier = 0x06, utf8_string = 0x0c, sequence = 0x30, set = 0x31, printable_string = 0x13,
                     ia5_string = 0x16, utc_time = 0x17, generalized_time = 0x18;

struct tlv {
    tag what = 0;
    base::byte_view whole;  // tag, length and value, as received
    base::byte_view value;

    bool constructed() const;
};

/// The first element of `in`, whose size is at most 4 bytes of tag, 4 of length. Refused: indefinite and non-minimal
/// lengths, non-minimal tags, a value that goes past the end.
base::result<tlv> first_element(base::byte_view in);
/// The only element: nothing may follow it.
base::result<tlv> only_element(base::byte_view in);
/// The same, and it must have this tag.
base::result<tlv> only_element(base::byte_view in, tag wanted);
/// Whether all constructed elements inside are well formed, at most `depth` deep. For whatever is stored or passed on
/// without being understood.
bool well_formed(base::byte_view in, int depth = 16);

/// Walks the elements of one constructed value, in order.
class reader {
 public:
    explicit reader(base::byte_view value) : rest_(value) {}
    explicit reader(const tlv& element) : rest_(element.value) {}

    bool at_end() const { return rest_.empty(); }
    base::byte_view rest() const { return rest_; }
    /// The next element, whatever it is.
    base::result<tlv> next();
    /// The next element, which must have this tag. `name` is for the words of the error.
    base::result<tlv> expect(tag wanted, std::string_view name);
    /// The next element if it has this tag; anything else stays. Malformed bytes are an error.
    base::result<std::optional<tlv>> maybe(tag wanted);
    /// The first element with this tag anywhere ahead; nothing is taken. For extensions behind what is known.
    base::result<std::optional<tlv>> find(tag wanted) const;

 private:
    base::byte_view rest_;
};

// Typed values. Each checks the whole content; `name` is for the words of the error.
base::result<bool> boolean_of(const tlv& element, std::string_view name);
base::result<std::uint64_t> unsigned_of(const tlv& element, std::string_view name);  // 0 … 2^64-1
/// Bits in the order of X.680: bit 0 is the first one; at most 32, later ones are ignored.
base::result<std::uint32_t> bits_of(const tlv& element, std::string_view name);
constexpr bool has_bit(std::uint32_t bits, int number) { return (bits >> number & 1u) != 0; }
base::result<std::string_view> utf8_of(const tlv& element, std::string_view name, std::size_t most);
base::result<base::byte_view> octets_of(const tlv& element, std::string_view name, std::size_t least, std::size_t most);
/// "2.999.10".
base::result<std::string> oid_of(const tlv& element, std::string_view name);
std::string oid_text(base::byte_view content);                    // "" for what is no OID
std::optional<base::bytes> oid_content(std::string_view dotted);  // nullopt for what is no OID

/// How many bytes tag and length take, and the whole element.
constexpr std::size_t tag_size(tag what) { return what > 0xffffff ? 4 : what > 0xffff ? 3 : what > 0xff ? 2 : 1; }
constexpr std::size_t length_size(std::size_t length) {
    return length < 0x80 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x1000000 ? 4 : 5;
}
constexpr std::size_t element_size(tag what, std::size_t length) {
    return tag_size(what) + length_size(length) + length;
}

/// Appends elements to a growing buffer.
///
///     der::writer out;
///     out.nested(0x30, [&] { out.octets(0x80, transaction); out.boolean(true); });
///     bytes = std::move(out).take();
class writer {
 public:
    writer() = default;
    explicit writer(std::size_t expected) { out_.reserve(expected); }

    writer& element(tag what, base::byte_view value);
    writer& octets(tag what, base::byte_view value) { return element(what, value); }
    writer& text(tag what, std::string_view value) { return element(what, base::view(value)); }
    writer& boolean(bool value, tag what = der::boolean);
    writer& number(std::uint64_t value, tag what = der::integer);  // two's complement, minimal
    /// A BIT STRING with named bits: trailing zero bits are not written (X.690 §11.2.2).
    writer& bits(std::uint32_t value, tag what = der::bit_string);
    writer& oid(std::string_view dotted, tag what = der::object_identifier);  // ENSUREs that it is one
    /// Bytes that are already encoded.
    writer& raw(base::byte_view encoded);
    /// Only tag and length; the caller appends exactly `length` bytes.
    writer& header(tag what, std::size_t length);

    /// A constructed element whose content `fill()` writes to this writer.
    template <std::invocable Fill>
    writer& nested(tag what, Fill&& fill) {
        const std::size_t from = open(what);
        fill();
        close(from);
        return *this;
    }

    std::size_t size() const { return out_.size(); }
    base::byte_view view() const { return out_; }
    base::bytes& buffer() { return out_; }
    base::bytes take() && { return std::move(out_); }

 private:
    std::size_t open(tag what);
    void close(std::size_t from);

    base::bytes out_;
};

}  // namespace keepline::rsp::der
