// The one reading of UTF-8 (RFC 3629 §4): no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
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
/// A scalar value, as it stands in UTF-8.
void append_utf8(std::string& to, char32_t value);

}  // namespace keepline::base
