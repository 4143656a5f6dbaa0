// Unpredictable bytes from the kernel. Any thread.
#pragma once

#include "port/random.hpp"

namespace keepline::app {

class system_random final : public port::random {
 public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace keepline::app
