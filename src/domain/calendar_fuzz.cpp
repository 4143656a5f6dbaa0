// Fuzz target: load_calendar on hostile text; whatever loads must also count.
#include "base/ensure.hpp"
#include "domain/calendar.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keepline::domain;
    const auto loaded = load_calendar({reinterpret_cast<const char*>(data), size});
    if (!loaded) {
        ENSURE(loaded.error().what == keepline::base::code::calendar_invalid);
        return 0;
    }
    const auto found = due(*loaded, loaded->covers_from, 10);
    ENSURE(loaded->is_working(found.day) && found.day > loaded->covers_from);
    return 0;
}
