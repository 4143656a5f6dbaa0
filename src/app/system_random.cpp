#include "app/system_random.hpp"

#include "base/ensure.hpp"

#include <cerrno>
#include <sys/random.h>

namespace keepline::app {

void system_random::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const auto n = ::getrandom(out.data(), out.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        ENSURE(n > 0);
        out = out.subspan(static_cast<std::size_t>(n));
    }
}

}  // namespace keepline::app
