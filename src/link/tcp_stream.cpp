#include "link/tcp_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;

/// Waits until the socket is ready; false when the time is over.
bool wait_ready(int fd, short events, deadline until) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
        pollfd one{fd, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
        if (ready > 0) return true;
        if (ready == 0 && left <= 0) return false;
        if (ready < 0 && errno != EINTR) return false;
    }
}

bool is_over(deadline until) { return std::chrono::steady_clock::now() >= until; }

std::unexpected<base::error> unreachable(const std::string& peer, std::string_view why) {
    return refuse(code::peer_unreachable, peer + " cannot be reached: " + std::string(why) + ".");
}

using address_list = std::unique_ptr<addrinfo, decltype([](addrinfo* a) { ::freeaddrinfo(a); })>;

/// 0, or errno.
int connect_one(const file_descriptor& fd, const addrinfo& to, deadline until) {
    if (::connect(fd.number(), to.ai_addr, to.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (!wait_ready(fd.number(), POLLOUT, until)) return ETIMEDOUT;
    int failure = 0;
    socklen_t size = sizeof failure;
    if (::getsockopt(fd.number(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0) return errno;
    return failure;
}

}  // namespace

result<tcp_stream> tcp_stream::connect(std::string peer, const std::string& host, int port, deadline until) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); failure != 0)
        return unreachable(peer, ::gai_strerror(failure));
    const address_list addresses(found);

    int last = EHOSTUNREACH;
    for (const auto* one = addresses.get(); one != nullptr; one = one->ai_next) {
        file_descriptor fd(::socket(one->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol));
        if (!fd) {
            last = errno;
            continue;
        }
        last = connect_one(fd, *one, until);
        if (last != 0) continue;
        const int yes = 1;
        ::setsockopt(fd.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        tcp_stream out;
        out.peer_ = std::move(peer);
        out.fd_ = std::move(fd);
        return out;
    }
    return unreachable(peer, std::generic_category().message(last));
}

bool tcp_stream::is_stale() const {
    if (!fd_) return true;
    char byte = 0;
    const auto got = ::recv(fd_.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return !(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

bool tcp_stream::has_ended() const {
    if (!fd_) return true;
    char byte = 0;
    const auto got = ::recv(fd_.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void tcp_stream::shut_down() {
    if (fd_) ::shutdown(fd_.number(), SHUT_RDWR);
}

result<void> tcp_stream::write(base::byte_view data, deadline until) {
    if (!fd_) return unreachable(peer_, "not connected");
    if (is_over(until)) return unreachable(peer_, "the time for it is over");
    while (!data.empty()) {
        const auto put = ::send(fd_.number(), data.data(), data.size(), MSG_NOSIGNAL);
        if (put >= 0) {
            data = data.subspan(static_cast<std::size_t>(put));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_ready(fd_.number(), POLLOUT, until)) return unreachable(peer_, "it does not take what is sent");
        } else if (errno != EINTR) {
            return unreachable(peer_, std::generic_category().message(errno));
        }
    }
    return {};
}

result<std::size_t> tcp_stream::read_some(base::bytes& into, deadline until) {
    if (is_over(until)) return unreachable(peer_, "no answer in time");
    return receive(into, until);
}

result<std::size_t> tcp_stream::receive(base::bytes& into, deadline until) {
    if (!fd_) return unreachable(peer_, "not connected");
    std::array<std::uint8_t, 16384> part;
    for (;;) {
        const auto got = ::recv(fd_.number(), part.data(), part.size(), 0);
        if (got > 0) {
            into.insert(into.end(), part.begin(), part.begin() + got);
            return static_cast<std::size_t>(got);
        }
        if (got == 0) return unreachable(peer_, "it closed the connection");
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_ready(fd_.number(), POLLIN, until)) return unreachable(peer_, "no answer in time");
        } else if (errno != EINTR) {
            return unreachable(peer_, std::generic_category().message(errno));
        }
    }
}

result<std::size_t> tcp_stream::poll_some(base::bytes& into, base::duration wait) {
    if (!fd_) return unreachable(peer_, "not connected");
    if (!wait_ready(fd_.number(), POLLIN, in(wait))) return std::size_t{0};
    return receive(into, in(base::duration{0}));
}

}  // namespace keepline::link
