#include "app/systemd_notice.hpp"

#include "base/temporary_directory.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace keepline::app {
namespace {

/// What systemd is to a service: a socket that datagrams come to.
class listening {
 public:
    explicit listening(const std::string& address) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, address.data(), address.size());
        if (address[0] == '@') at.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), length), 0);
    }
    ~listening() { ::close(socket_); }
    listening(const listening&) = delete;
    listening& operator=(const listening&) = delete;

    std::string next() const {
        std::array<char, 512> piece{};
        const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
        return got < 0 ? "nothing" : std::string(piece.data(), static_cast<std::size_t>(got));
    }

 private:
    int socket_;
};

TEST(systemd_notice, is_told_of_each_step_of_a_service) {
    const base::temporary_directory where;
    for (const auto& address : {(where / "notify").string(), "@keepline-test-" + std::to_string(::getpid())}) {
        const listening systemd(address);
        systemd_notice to({{"NOTIFY_SOCKET", address}});
        to.ready("listens on http://127.0.0.1:8080");
        EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=listens on http://127.0.0.1:8080");
        to.reloading();
        EXPECT_TRUE(systemd.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        to.stopping();
        EXPECT_TRUE(systemd.next().starts_with("STOPPING=1\n"));
        to.alive();
        EXPECT_EQ(systemd.next(), "WATCHDOG=1");
        EXPECT_EQ(systemd.next(), "nothing");
    }
}

TEST(systemd_notice, is_given_a_sign_of_life_twice_as_often_as_it_asks_for_when_it_asks_this_process) {
    const base::temporary_directory where;
    const auto address = (where / "notify").string();
    const listening systemd(address);
    const auto own = std::to_string(::getpid());
    const auto beat = [&](environment more) {
        more.emplace("NOTIFY_SOCKET", address);
        return systemd_notice(more).beat();
    };
    EXPECT_EQ(beat({{"WATCHDOG_USEC", "30000000"}}), std::chrono::seconds(15));
    EXPECT_EQ(beat({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", own}}), std::chrono::seconds(15));
    EXPECT_EQ(beat({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}), std::nullopt);
    EXPECT_EQ(beat({{"WATCHDOG_USEC", "soon"}}), std::nullopt);
    EXPECT_EQ(beat({}), std::nullopt);
    EXPECT_EQ(systemd_notice({{"WATCHDOG_USEC", "30000000"}}).beat(), std::nullopt) << "nobody listens";
}

TEST(systemd_notice, is_not_needed) {
    for (const auto* address : {"", "relative", "/nowhere/at/all", "@"}) {
        systemd_notice to({{"NOTIFY_SOCKET", address}});
        to.ready("nobody hears it");
        EXPECT_EQ(to.beat(), std::nullopt);
    }
}

TEST(pulse, stands_still_only_while_something_waits_and_nothing_is_done) {
    port::engine_metrics engine;
    pulse of;
    EXPECT_TRUE(of.beats(engine)) << "idle";
    engine.queue_length = 3;
    EXPECT_FALSE(of.beats(engine)) << "three wait, and nothing was done since the last look";
    engine.commits = 1;
    EXPECT_TRUE(of.beats(engine));
    engine.commands_refused = 1;
    EXPECT_TRUE(of.beats(engine)) << "a full disk refuses, and lives";
    EXPECT_FALSE(of.beats(engine));
    engine.queue_length = 0;
    EXPECT_TRUE(of.beats(engine));
}

}  // namespace
}  // namespace keepline::app
