// Who asks something of the desk, and how: the same for every door (JSON, portal, hotline, command line). A door fills
// it in from what it knows of its caller; the desk believes it and checks everything else.
#pragma once

#include "desk/doorkeeper.hpp"
#include "domain/policy.hpp"
#include "engine/front.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace keepline::desk {

/// Where a caller wants to be answered: a connection's thread, a dialogue's, whoever waits. Any thread may call.
class executor {
 public:
    virtual ~executor() = default;
    executor() = default;
    executor(const executor&) = delete;
    executor& operator=(const executor&) = delete;
    /// Runs `work` soon, one after another; never inline.
    virtual void run(std::function<void()> work) = 0;
    /// The same, after a while.
    virtual void run_after(std::chrono::milliseconds pause, std::function<void()> work) = 0;
};
using executor_ptr = std::shared_ptr<executor>;

struct request {
    holder who;  // the person, their role, and what their token or session is bound to
    domain::channel through = domain::channel::staff;
    std::string correlation;
    std::optional<engine::idempotency> once;  // the same key again is the same request again
    std::optional<std::uint64_t> expected;    // the version that the caller decided upon
    executor_ptr where;
};

}  // namespace keepline::desk
