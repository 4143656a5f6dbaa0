#include "link/target_guard.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace keepline::link {

namespace {

namespace ip = boost::asio::ip;

bool lies_in(const ip::network_v4& net, const ip::address_v4& one) {
    const auto bits = net.prefix_length();
    const auto mask = bits == 0 ? 0U : ~0U << (32U - bits);
    return (one.to_uint() & mask) == (net.address().to_uint() & mask);
}

bool lies_in(const ip::network_v6& net, const ip::address_v6& one) {
    const auto a = net.address().to_bytes();
    const auto b = one.to_bytes();
    for (unsigned bit = 0; bit < net.prefix_length(); ++bit) {
        const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
        if ((a[bit / 8] & mask) != (b[bit / 8] & mask)) return false;
    }
    return true;
}

bool is_public_v4(const ip::address_v4& one) {
    static const auto special = [] {
        constexpr std::array<const char*, 15> text{"0.0.0.0/8",      "10.0.0.0/8",      "100.64.0.0/10", "127.0.0.0/8",
                                                   "169.254.0.0/16", "172.16.0.0/12",   "192.0.0.0/24",  "192.0.2.0/24",
                                                   "192.88.99.0/24", "192.168.0.0/16",  "198.18.0.0/15", "224.0.0.0/4",
                                                   "240.0.0.0/4",    "198.51.100.0/24", "203.0.113.0/24"};
        std::vector<ip::network_v4> out;
        for (const auto* net : text) out.push_back(ip::make_network_v4(net));
        return out;
    }();
    return std::ranges::none_of(special, [&](const ip::network_v4& net) { return lies_in(net, one); });
}

ip::address_v4 v4_in(const ip::address_v6& one, std::size_t at) {
    const auto bytes = one.to_bytes();
    ip::address_v4::bytes_type out{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return ip::address_v4(out);
}

/// The IPv4 address that such an IPv6 address stands for.
std::optional<ip::address_v4> carried(const ip::address_v6& one) {
    static const auto compatible = ip::make_network_v6("::/96");
    static const auto nat64 = ip::make_network_v6("64:ff9b::/96");
    static const auto six_to_four = ip::make_network_v6("2002::/16");
    if (one.is_v4_mapped() || lies_in(compatible, one) || lies_in(nat64, one)) return v4_in(one, 12);
    if (lies_in(six_to_four, one)) return v4_in(one, 2);
    return std::nullopt;
}

bool is_public_v6(const ip::address_v6& one) {
    if (const auto inner = carried(one)) return is_public_v4(*inner);
    static const auto special = [] {
        constexpr std::array<const char*, 3> text{"2001::/23", "2001:db8::/32", "3fff::/20"};
        std::vector<ip::network_v6> out;
        for (const auto* net : text) out.push_back(ip::make_network_v6(net));
        return out;
    }();
    static const auto global = ip::make_network_v6("2000::/3");
    return lies_in(global, one) &&
           std::ranges::none_of(special, [&](const ip::network_v6& net) { return lies_in(net, one); });
}

}  // namespace

bool is_public(const ip::address& one) { return one.is_v4() ? is_public_v4(one.to_v4()) : is_public_v6(one.to_v6()); }

base::result<target_guard> target_guard::allowing(const std::vector<std::string>& networks) {
    target_guard out;
    for (const auto& text : networks) {
        boost::system::error_code none;
        if (const auto one = ip::make_address(text, none); !none) {  // an address alone is a network of one
            if (one.is_v4())
                out.v4_.emplace_back(one.to_v4(), 32);
            else
                out.v6_.emplace_back(one.to_v6(), 128);
            continue;
        }
        if (const auto v4 = ip::make_network_v4(text, none); !none) {
            out.v4_.push_back(v4);
            continue;
        }
        const auto v6 = ip::make_network_v6(text, none);
        if (none) return base::refuse(base::code::config_invalid, "private_targets: `" + text + "` is no network.");
        out.v6_.push_back(v6);
    }
    return out;
}

bool target_guard::allows(const ip::address& to) const {
    if (is_public(to)) return true;
    if (to.is_v6()) {
        if (std::ranges::any_of(v6_, [&](const ip::network_v6& net) { return lies_in(net, to.to_v6()); })) return true;
        const auto inner = carried(to.to_v6());
        return inner && allows(ip::address(*inner));
    }
    return std::ranges::any_of(v4_, [&](const ip::network_v4& net) { return lies_in(net, to.to_v4()); });
}

bool target_guard::allows(const sockaddr& to) const {
    if (to.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &to, sizeof in);
        return allows(ip::address_v4(ntohl(in.sin_addr.s_addr)));
    }
    if (to.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &to, sizeof in);
        ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return allows(ip::address_v6(bytes));
    }
    return false;
}

}  // namespace keepline::link
