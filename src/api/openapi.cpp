// api/openapi.yaml inside the program, byte for byte. CMakeLists.txt names the file and rebuilds this when it changes.
#include "api/api.hpp"

// clang-format off
asm(
    ".section .rodata\n"
    ".global keepline_openapi_begin\n"
    ".global keepline_openapi_end\n"
    "keepline_openapi_begin:\n"
    ".incbin \"" KEEPLINE_OPENAPI_FILE "\"\n"
    "keepline_openapi_end:\n"
    ".byte 0\n"
    ".previous\n");
// clang-format on

extern "C" {
extern const char keepline_openapi_begin[];
extern const char keepline_openapi_end[];
}

namespace keepline::api {

std::string_view openapi_document() {
    return {keepline_openapi_begin, static_cast<std::size_t>(keepline_openapi_end - keepline_openapi_begin)};
}

}  // namespace keepline::api
