#include "text/bare_words.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace keepline::text {

namespace {

bool is_mark(char32_t c) {
    struct span {
        char32_t first;
        char32_t last;
    };
    constexpr std::array marks{span{0x80, 0xBF},       span{0xD7, 0xD7},      span{0xF7, 0xF7},
                               span{0x2000, 0x2BFF},   span{0x3000, 0x303F},  span{0xFE00, 0xFE6F},
                               span{0xFEFF, 0xFEFF},   span{0xFF5F, 0xFF65},  span{0xFFE0, 0xFFEF},
                               span{0x1F000, 0x1FAFF}, span{0xE0000, 0xE0FFF}};
    return std::ranges::any_of(marks, [c](const span& one) { return c >= one.first && c <= one.last; });
}

}  // namespace

std::string bare_words(std::string_view text) {
    const auto narrow = base::narrowed(text);
    std::string out;
    for (std::string_view rest = narrow; !rest.empty();) {
        const auto c = rest.front();
        const auto point = base::first_code_point(rest);
        const auto one = rest.substr(0, std::max<std::size_t>(1, point.length));
        rest.remove_prefix(one.size());
        if (c >= 'a' && c <= 'z')
            out += static_cast<char>(c - 32);
        else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out += c;
        else if (static_cast<unsigned char>(c) >= 0x80 && (point.length == 0 || !is_mark(point.value)))
            out += one;
    }
    return out;
}

}  // namespace keepline::text
