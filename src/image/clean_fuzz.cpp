// A document as somebody sends it. What is kept of a picture must be one that is kept again, as it looks; anything else
// is refused.
#include "image/clean.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace keepline;

constexpr std::int64_t most = 100'000;  // pixels: many inputs, not large ones

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto kept = image::clean({data, size}, most);
    if (kept && kept->as == image::media::jpeg && image::look(kept->content) != image::looks::jpeg) std::abort();
    if (kept && kept->as == image::media::pdf && image::look(kept->content) != image::looks::pdf) std::abort();
    return 0;
}
