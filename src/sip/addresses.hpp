// IP addresses as sockets have them, and the networks that a trunk calls from. Pure.
#pragma once

#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace keepline::sip {

/// Of no family where the text is no address.
sockaddr_storage socket_address(const std::string& address, std::uint16_t port);
socklen_t length_of(const sockaddr_storage& address);
std::uint16_t port_of(const sockaddr_storage& address);
/// "192.0.2.7", "2001:db8::7"; an IPv4 address that came as IPv6 is shown as what it is.
std::string address_text(const sockaddr_storage& address);
/// Address and port.
bool same_place(const sockaddr_storage& a, const sockaddr_storage& b);

/// "203.0.113.0/24", "2001:db8::/32", "192.0.2.7".
class network_list {
 public:
    static base::result<network_list> parse(const std::vector<std::string>& text);
    bool has(const std::string& address) const;
    bool empty() const { return all_.empty(); }

 private:
    struct network {
        std::array<std::uint8_t, 16> address{};  // IPv4 mapped
        int bits = 0;
    };
    std::vector<network> all_;
};

}  // namespace keepline::sip
