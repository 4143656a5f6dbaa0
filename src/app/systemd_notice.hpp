// The server's word to systemd (sd_notify, Type=notify): ready, reloading, stopping, and a sign of life as often as the
// unit's WatchdogSec asks for. Datagrams to $NOTIFY_SOCKET, as sd_notify(3) describes them; where that is not set,
// nothing is said. The main thread only.
#pragma once

#include "app/config.hpp"
#include "port/metrics.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::app {

class systemd_notice {
 public:
    /// $NOTIFY_SOCKET, and $WATCHDOG_USEC where $WATCHDOG_PID is this process or absent.
    explicit systemd_notice(const environment& from);
    ~systemd_notice();
    systemd_notice(const systemd_notice&) = delete;
    systemd_notice& operator=(const systemd_notice&) = delete;

    void ready(std::string_view status);
    void reloading();
    void stopping();
    void alive();

    /// How often `alive` should be called: half of what the manager waits for. None: it does not wait.
    std::optional<std::chrono::milliseconds> beat() const { return beat_; }

 private:
    void say(const std::string& words);

    int socket_ = -1;
    std::optional<std::chrono::milliseconds> beat_;
};

/// Whether the engine moves. A full disk is no standstill (commands are refused, and counted); a commit that never ends
/// is.
class pulse {
 public:
    /// Nothing waits, or something was done since the last look.
    bool beats(const port::engine_metrics& of);

 private:
    std::uint64_t done_before_ = 0;
};

}  // namespace keepline::app
