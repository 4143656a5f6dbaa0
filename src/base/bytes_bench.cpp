// Base64 there and back, as packages and backups need it: MB of bytes a second.
#include "base/bytes.hpp"

#include <chrono>
#include <cstdio>

using namespace keepline::base;

namespace {

template <typename Work>
void measure(const char* name, std::size_t size, Work work) {
    using clock = std::chrono::steady_clock;
    std::size_t rounds = 0;
    const auto began = clock::now();
    std::chrono::duration<double> took{0};
    for (; took.count() < 0.5; took = clock::now() - began, ++rounds) work();
    std::printf("%-16s %8zu bytes  %8.0f MB/s\n", name, size, static_cast<double>(rounds * size) / took.count() / 1e6);
}

}  // namespace

int main() {
    volatile std::size_t kept = 0;  // so that the work is done
    for (const std::size_t size : {48UL, 1'500UL, 100'000UL}) {
        bytes data(size);
        for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i * 131 + (i >> 8));
        const auto text = base64(data);
        const auto url = base64url(data);
        measure("base64", size, [&] { kept = kept + base64(data).size(); });
        measure("from_base64", size, [&] { kept = kept + from_base64(text)->size(); });
        measure("base64url", size, [&] { kept = kept + base64url(data).size(); });
        measure("from_base64url", size, [&] { kept = kept + from_base64url(url)->size(); });
    }
}
