// The one reading of UTF-8 (RFC 3629 §4): no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keepline::base {

struct code_point {
    char32_t value = 0;
    std::size_t length = 0;  // bytes; zero: no character begins here
};

/// Of a text that is not empty.
code_point first_code_point(std::string_view text);
bool is_utf8(std::string_view text);
/// Of a text in UTF-8: its code points, which SIZE of an ASN.1 UTF8String counts.
std::size_t characters(std::string_view text);
/// The same of a text that comes in pieces, which may end anywhere.
class utf8_check {
 public:
    /// The offset of the first wrong byte in this piece, or its size. After a wrong one nothing more is fed.
    std::size_t feed(std::string_view piece);
    /// Does the text so far end with a whole character?
    bool whole() const { return wanted_ == 0; }

 private:
    int wanted_ = 0;  // bytes of the character that has begun
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xBF;
};
/// What is no character of it stands as U+FFFD.
std::string repaired_utf8(std::string_view text);
/// As many whole characters of its beginning as fit into so many bytes.
std::string_view first_bytes(std::string_view text, std::size_t most);
/// A name that its bearer and who knows them recognise, and nobody else learns: of each of at most four words the first
/// character ("Zhang Wei" is "Z* W*", "张伟" is "张*").
std::string masked_name(std::string_view name);
/// Forms of width (U+FF01 to U+FF5E), as input methods write ASCII, as the ASCII that they stand for; all else as it
/// is.
std::string narrowed(std::string_view text);
/// A scalar value, as it stands in UTF-8.
void append_utf8(std::string& to, char32_t value);

}  // namespace keepline::base
