#include "link/target_guard.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>

namespace keepline::link {

namespace {

using network = target_guard::network;

constexpr unsigned bits_before_v4 = 96;

/// The IPv4 address of these four bytes.
ip_address mapped(const unsigned char* four) noexcept {
    ip_address out{};
    out[10] = out[11] = 0xFF;
    std::copy_n(four, 4, out.begin() + 12);
    return out;
}

bool is_v4(const ip_address& one) noexcept {
    constexpr ip_address first{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return network{first, bits_before_v4}.has(one);
}

std::optional<network> network_of(const std::string& text) {
    const auto slash = text.find('/');
    const auto first = ip_address_of(text.substr(0, slash));
    if (!first) return std::nullopt;
    const auto before = text.find(':') == std::string::npos ? bits_before_v4 : 0U;
    if (slash == std::string::npos) return network{*first, 128};  // an address alone is a network of one
    unsigned bits = 0;
    const auto* end = text.data() + text.size();
    const auto [read, wrong] = std::from_chars(text.data() + slash + 1, end, bits);
    if (wrong != std::errc{} || read != end || bits > 128 - before) return std::nullopt;
    return network{*first, before + bits};
}

template <std::size_t N>
std::array<network, N> networks_of(const std::array<const char*, N>& all) {
    std::array<network, N> out;
    std::ranges::transform(all, out.begin(), [](const char* text) { return network_of(text).value(); });
    return out;
}

/// IANA's lists.
struct registry {
    std::array<network, 2> at_the_end = networks_of(std::array{"::/96", "64:ff9b::/96"});  // compatible, NAT64
    std::array<network, 1> six_to_four = networks_of(std::array{"2002::/16"});
    std::array<network, 15> special_v4 =
        networks_of(std::array{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                               "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
                               "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "198.51.100.0/24", "203.0.113.0/24"});
    std::array<network, 3> special_v6 = networks_of(std::array{"2001::/23", "2001:db8::/32", "3fff::/20"});
    std::array<network, 1> global_v6 = networks_of(std::array{"2000::/3"});
};

/// Read before anybody may ask: what could throw does so while the program is started, and not inside libcurl.
const registry listed;  // NOLINT(cert-err58-cpp): a list that cannot be read ends the program, as it should

template <typename Networks>
bool lies_in(const Networks& all, const ip_address& one) noexcept {
    return std::ranges::any_of(all, [&](const network& net) { return net.has(one); });
}

/// The IPv4 address that such an IPv6 address stands for.
std::optional<ip_address> carried(const ip_address& one) noexcept {
    if (lies_in(listed.at_the_end, one)) return mapped(one.data() + 12);
    if (lies_in(listed.six_to_four, one)) return mapped(one.data() + 2);
    return std::nullopt;
}

}  // namespace

std::optional<ip_address> ip_address_of(const std::string& text) {
    in_addr four{};
    if (inet_pton(AF_INET, text.c_str(), &four) == 1) return mapped(reinterpret_cast<const unsigned char*>(&four));
    ip_address out{};
    if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return out;
    return std::nullopt;
}

bool target_guard::network::has(const ip_address& one) const noexcept {
    const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
    if (!std::equal(first.begin(), first.begin() + whole, one.begin())) return false;
    if (bits % 8 == 0) return true;
    const auto mask = 0xFFU << (8 - bits % 8) & 0xFFU;
    return (first[bits / 8] & mask) == (one[bits / 8] & mask);
}

bool is_public(const ip_address& one) noexcept {
    if (is_v4(one)) return !lies_in(listed.special_v4, one);
    if (const auto inner = carried(one)) return is_public(*inner);
    return lies_in(listed.global_v6, one) && !lies_in(listed.special_v6, one);
}

base::result<target_guard> target_guard::allowing(const std::vector<std::string>& networks) {
    target_guard out;
    for (const auto& text : networks) {
        const auto one = network_of(text);
        if (!one) return base::refuse(base::code::config_invalid, "private_targets: `" + text + "` is no network.");
        out.allowed_.push_back(*one);
    }
    return out;
}

base::result<target_guard> target_guard::allowing_only(const std::vector<std::string>& networks) {
    TRY(out, allowing(networks));
    out.public_too_ = false;
    return out;
}

bool target_guard::allows(const ip_address& to) const noexcept {
    if ((public_too_ && is_public(to)) || lies_in(allowed_, to)) return true;
    const auto inner = carried(to);
    return inner && allows(*inner);
}

bool target_guard::allows(const sockaddr& to) const noexcept {
    if (to.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &to, sizeof in);
        return allows(mapped(reinterpret_cast<const unsigned char*>(&in.sin_addr)));
    }
    if (to.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &to, sizeof in);
        ip_address six{};
        std::memcpy(six.data(), &in.sin6_addr, six.size());
        return allows(six);
    }
    return false;
}

}  // namespace keepline::link
