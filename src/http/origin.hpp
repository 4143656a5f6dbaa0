// Where a connection or a request comes from: addresses, networks, and what a trusted proxy in front of us says about
// its own client (PROXY protocol 1 and 2, X-Forwarded-For). Who is trusted is said by the configuration; what anybody
// else says is not read. Pure; any thread.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepline::http {

/// IPv4 is held as ::ffff:a.b.c.d, so that a listener on both kinds sees one address of one machine.
struct ip_address {
    std::array<std::uint8_t, 16> bytes{};

    /// "192.0.2.1", "2001:db8::1"; nothing else.
    static std::optional<ip_address> parse(std::string_view text);
    bool is_v4() const;
    bool operator==(const ip_address&) const = default;
};

/// Whom limits are counted against: one IPv4 address, or one IPv6 /64, which is what one customer has.
std::string limit_key(const ip_address& of);

/// Networks such as "10.0.0.0/8", "2001:db8::/32" or a single address.
class networks {
 public:
    /// code::config_invalid for text that is none, or whose bits after the prefix are not zero.
    static base::result<networks> parse(const std::vector<std::string>& text);
    bool has(const ip_address& one) const;
    bool empty() const { return all_.empty(); }

 private:
    struct network {
        ip_address first;
        int bits = 0;
    };
    std::vector<network> all_;
};

/// X-Forwarded-For as a trusted proxy at `from` sent it (all its lines, joined by commas): the last address that is no
/// trusted proxy's. What stands before it, or before something that is no address, was said by somebody who is not
/// trusted.
ip_address forwarded_for(std::string_view value, const ip_address& from, const networks& trusted);

/// The head of a connection in PROXY protocol 1 or 2 (haproxy, doc/proxy-protocol.txt).
struct proxy_head {
    std::size_t size = 0;              // of the head in bytes; 0: more is needed
    std::optional<ip_address> client;  // none: the proxy speaks for itself (a health check, an unknown family)
};
/// code::malformed when this is no such head, or a longer one than anybody needs.
base::result<proxy_head> read_proxy_head(base::byte_view received);

}  // namespace keepline::http
