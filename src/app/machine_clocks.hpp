// The machine's two clocks, as the system gives them.
#pragma once

#include "port/clock.hpp"

namespace keepline::app {

class machine_clocks final : public port::machine_time {
 public:
    machine_clocks();
    base::instant wall() const override;
    std::int64_t running_ms() const override;
    std::string boot() const override { return boot_; }

 private:
    std::string boot_;
};

}  // namespace keepline::app
