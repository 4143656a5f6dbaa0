// Forms and cookies from strangers: whatever comes, what is taken of it is UTF-8 and goes back as it was.
#include "base/ensure.hpp"
#include "base/utf8.hpp"
#include "portal/cookies.hpp"
#include "portal/form.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline;  // NOLINT(google-build-using-namespace): of this file alone
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(portal::cookie_named(text, "keepline"));
    if (const auto parts = portal::form::parse_parts("multipart/form-data; boundary=b", text)) {
        ENSURE(parts->file("a").size() <= size && base::is_utf8(parts->value("a")));
    }
    const auto read = portal::form::parse(text);
    if (!read) return 0;
    for (const auto& one : read->all("a")) {
        ENSURE(base::is_utf8(one));
        const auto again = portal::form::parse("b=" + portal::form_encoded(one));
        ENSURE(again && again->value("b") == one);
    }
    return 0;
}
