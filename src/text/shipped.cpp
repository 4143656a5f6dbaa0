// texts/en.toml and texts/zh-CN.toml inside the program, byte for byte. CMakeLists.txt rebuilds this when they change.
#include "text/book.hpp"

// clang-format off
asm(
    ".section .rodata\n"
    ".global keepline_texts_en_begin\n"
    ".global keepline_texts_en_end\n"
    ".global keepline_texts_zh_begin\n"
    ".global keepline_texts_zh_end\n"
    "keepline_texts_en_begin:\n"
    ".incbin \"" KEEPLINE_TEXTS "/en.toml\"\n"
    "keepline_texts_en_end:\n"
    ".byte 0\n"
    "keepline_texts_zh_begin:\n"
    ".incbin \"" KEEPLINE_TEXTS "/zh-CN.toml\"\n"
    "keepline_texts_zh_end:\n"
    ".byte 0\n"
    ".previous\n");
// clang-format on

extern "C" {
extern const char keepline_texts_en_begin[];
extern const char keepline_texts_en_end[];
extern const char keepline_texts_zh_begin[];
extern const char keepline_texts_zh_end[];
}

namespace keepline::text {

const std::vector<source>& shipped_sources() {
    static const std::vector<source> out{
        {"texts/en.toml", std::string(keepline_texts_en_begin, keepline_texts_en_end)},
        {"texts/zh-CN.toml", std::string(keepline_texts_zh_begin, keepline_texts_zh_end)},
    };
    return out;
}

}  // namespace keepline::text
