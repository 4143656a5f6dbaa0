#include "app/systemd_notice.hpp"

#include <charconv>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace keepline::app {

namespace {

std::string word_of(const environment& from, const std::string& name) {
    const auto found = from.find(name);
    return found == from.end() ? std::string() : found->second;
}

std::optional<std::uint64_t> number_in(const std::string& text) {
    std::uint64_t out = 0;
    const auto* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, out);
    if (text.empty() || failure != std::errc() || stopped != end) return std::nullopt;
    return out;
}

/// A path, or with `@` a name in the abstract namespace. -1: it cannot be reached.
int connected(const std::string& address) {
    sockaddr_un to{};
    if (address.size() < 2 || address.size() >= sizeof to.sun_path || (address[0] != '/' && address[0] != '@'))
        return -1;
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, address.data(), address.size());
    if (address[0] == '@') to.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (made < 0) return -1;
    if (::connect(made, reinterpret_cast<const sockaddr*>(&to), length) == 0) return made;
    ::close(made);
    return -1;
}

}  // namespace

systemd_notice::systemd_notice(const environment& from) : socket_(connected(word_of(from, "NOTIFY_SOCKET"))) {
    constexpr std::uint64_t microseconds = 1000;
    constexpr std::uint64_t two = 2;
    const auto pid = word_of(from, "WATCHDOG_PID");
    const auto period = number_in(word_of(from, "WATCHDOG_USEC"));
    const bool ours = pid.empty() || number_in(pid) == static_cast<std::uint64_t>(::getpid());
    if (socket_ >= 0 && ours && period && *period >= two * microseconds)
        beat_ = std::chrono::milliseconds(*period / microseconds / two);
}

systemd_notice::~systemd_notice() {
    if (socket_ >= 0) ::close(socket_);
}

void systemd_notice::ready(std::string_view status) { say("READY=1\nSTATUS=" + std::string(status)); }

void systemd_notice::reloading() {
    constexpr std::int64_t per_second = 1'000'000;
    constexpr std::int64_t nanoseconds = 1000;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);  // Type=notify-reload wants to know when it began
    say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * per_second + now.tv_nsec / nanoseconds));
}

void systemd_notice::stopping() { say("STOPPING=1\nSTATUS=stopping: what is queued is committed"); }

void systemd_notice::alive() { say("WATCHDOG=1"); }

void systemd_notice::say(const std::string& words) {
    // A manager that does not read is no reason to stand still.
    if (socket_ >= 0) static_cast<void>(::send(socket_, words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

bool pulse::beats(const port::engine_metrics& of) {
    const auto done =
        of.commits.load() + of.commands_accepted.load() + of.commands_refused.load() + of.commands_replayed.load();
    const bool moved = done != done_before_;
    done_before_ = done;
    return moved || of.queue_length.load() == 0;
}

}  // namespace keepline::app
