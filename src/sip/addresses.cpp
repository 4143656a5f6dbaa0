#include "sip/addresses.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>

namespace keepline::sip {

namespace {

constexpr int address_bits = 128;
constexpr int mapped_bits = 96;

std::optional<std::array<std::uint8_t, 16>> bytes_of(const std::string& address) {
    std::array<std::uint8_t, 16> out{};
    if (::inet_pton(AF_INET6, address.c_str(), out.data()) == 1) return out;
    constexpr std::size_t mapped_at = 12;
    out[mapped_at - 2] = out[mapped_at - 1] = UINT8_MAX;
    if (::inet_pton(AF_INET, address.c_str(), out.data() + mapped_at) == 1) return out;
    return std::nullopt;
}

}  // namespace

sockaddr_storage socket_address(const std::string& address, std::uint16_t port) {
    sockaddr_storage out{};
    auto* four = reinterpret_cast<sockaddr_in*>(&out);
    auto* six = reinterpret_cast<sockaddr_in6*>(&out);
    if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
    } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
    } else {
        out = {};
    }
    return out;
}

socklen_t length_of(const sockaddr_storage& address) {
    return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::uint16_t port_of(const sockaddr_storage& address) {
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                                               : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string address_text(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* from = address.ss_family == AF_INET6
                           ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr)
                           : &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
    if (::inet_ntop(address.ss_family, from, text.data(), text.size()) == nullptr) return {};
    std::string out = text.data();
    constexpr std::string_view mapped = "::ffff:";
    if (out.starts_with(mapped) && out.find('.') != std::string::npos) out.erase(0, mapped.size());
    return out;
}

bool same_place(const sockaddr_storage& a, const sockaddr_storage& b) {
    return port_of(a) == port_of(b) && address_text(a) == address_text(b);
}

base::result<network_list> network_list::parse(const std::vector<std::string>& text) {
    network_list out;
    for (const auto& one : text) {
        const auto slash = one.find('/');
        const auto address = one.substr(0, slash);
        const auto bytes = bytes_of(address);
        const bool four = address.find(':') == std::string::npos;
        int bits = four ? address_bits - mapped_bits : address_bits;
        bool good = bytes.has_value();
        if (slash != std::string::npos) {
            int said = -1;
            const auto [end, wrong] = std::from_chars(one.data() + slash + 1, one.data() + one.size(), said);
            good = good && wrong == std::errc() && end == one.data() + one.size() && said >= 0 && said <= bits;
            bits = said;
        }
        if (!good) return base::refuse(base::code::invalid, "\"" + one + "\" is no address or network (192.0.2.0/24).");
        out.all_.push_back({*bytes, four ? bits + mapped_bits : bits});
    }
    return out;
}

bool network_list::has(const std::string& address) const {
    const auto bytes = bytes_of(address);
    if (!bytes) return false;
    return std::ranges::any_of(all_, [&](const network& of) {
        for (int i = 0; i < of.bits; ++i) {
            const auto at = static_cast<std::size_t>(i / 8);
            const int bit = 7 - i % 8;
            if (((*bytes)[at] >> bit & 1) != (of.address[at] >> bit & 1)) return false;
        }
        return true;
    });
}

}  // namespace keepline::sip
