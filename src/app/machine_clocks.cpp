#include "app/machine_clocks.hpp"

#include <ctime>
#include <fstream>

namespace keepline::app {

namespace {

std::int64_t ms_of(clockid_t which) {
    timespec now{};
    ::clock_gettime(which, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

machine_clocks::machine_clocks() {
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    in >> boot_;
    if (boot_.empty()) boot_ = "unknown";
}

base::instant machine_clocks::wall() const { return {ms_of(CLOCK_REALTIME)}; }

std::int64_t machine_clocks::running_ms() const { return ms_of(CLOCK_BOOTTIME); }

}  // namespace keepline::app
