#include "phone/vpcd_card.hpp"

#include <array>
#include <cerrno>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace keepline::phone {

namespace {

constexpr std::uint8_t control_off = 0;
constexpr std::uint8_t control_on = 1;
constexpr std::uint8_t control_reset = 2;
constexpr std::uint8_t control_atr = 4;

bool receive_all(int from, std::uint8_t* into, std::size_t count) {
    while (count > 0) {
        const auto got = ::recv(from, into, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

bool send_message(int to, byte_view data) {
    bytes message{static_cast<std::uint8_t>(data.size() >> 8), static_cast<std::uint8_t>(data.size())};
    append(message, data);
    for (std::size_t at = 0; at < message.size();) {
        const auto count = ::send(to, message.data() + at, message.size() - at, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        at += static_cast<std::size_t>(count);
    }
    return true;
}

int connect_to(const std::string& host, const std::string& port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) != 0) return -1;
    int connected = -1;
    for (const auto* one = found; one != nullptr && connected < 0; one = one->ai_next) {
        connected = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (connected >= 0 && ::connect(connected, one->ai_addr, one->ai_addrlen) != 0) {
            ::close(connected);
            connected = -1;
        }
    }
    ::freeaddrinfo(found);
    return connected;
}

}  // namespace

bytes answer_to_reset() {
    bytes atr{0x3B, 0x9F, 0x96, 0x80, 0x1F, 0xC7, 0x80, 0x31, 0xA0, 0x73, 0xBE,
              0x21, 0x13, 0x67, 0x43, 0x20, 0x07, 0x18, 0x00, 0x00, 0x01};
    std::uint8_t check = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) check ^= atr[i];
    atr.push_back(check);  // TCK (ISO 7816-3 §8.2.5)
    return atr;
}

base::result<vpcd_connection> vpcd_connection::open(const std::string& host_and_port) {
    const auto colon = host_and_port.rfind(':');
    if (colon == std::string::npos) return base::refuse(base::code::invalid, "The reader's address is HOST:PORT.");
    const int connected = connect_to(host_and_port.substr(0, colon), host_and_port.substr(colon + 1));
    if (connected < 0)
        return base::refuse(base::code::peer_unreachable, "No virtual reader (vpcd) listens at " + host_and_port + ".");
    return vpcd_connection(connected);
}

vpcd_connection::vpcd_connection(vpcd_connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

vpcd_connection::~vpcd_connection() {
    if (socket_ >= 0) ::close(socket_);
}

void vpcd_connection::stop() { ::shutdown(socket_, SHUT_RDWR); }

void vpcd_connection::serve(apdu_card& card, const std::function<void()>& after) {
    std::array<std::uint8_t, 2> head{};
    while (receive_all(socket_, head.data(), head.size())) {
        bytes message(static_cast<std::size_t>(head[0] << 8 | head[1]));
        if (!receive_all(socket_, message.data(), message.size())) break;
        if (message.size() == 1) {
            if (message[0] == control_off || message[0] == control_on || message[0] == control_reset) card.reset();
            if (message[0] == control_atr && !send_message(socket_, answer_to_reset())) break;
            continue;
        }
        const auto response = card.transmit(message);
        after();
        if (!send_message(socket_, response)) break;
    }
}

}  // namespace keepline::phone
